"""Fast guided filter (He and Sun, 2015): enlarge small maps along the edges of the full-size picture.

A map is described at small size as a linear function of the picture's values around each pixel, and that function is
evaluated on the full picture.
"""

import cv2
import numpy as np

EPSILON = 2e-3  # variance below which an edge of the picture does not guide


class GreyGuide:
    """Enlarges maps along the lightness edges of a picture.

    grey: (H,W) float32 in [0,1]; size: (width, height) of the maps; radius of the window in their pixels.
    """

    def __init__(self, grey: np.ndarray, size: tuple[int, int], radius: int) -> None:
        self.grey, self.window = grey, (2 * radius + 1,) * 2
        self.small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        self.mean = self._blur(self.small)
        self.spread = self._blur(self.small * self.small) - self.mean * self.mean + EPSILON

    def _blur(self, values: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.blur(values, self.window))

    def enlarge(self, values: np.ndarray) -> np.ndarray:
        """Enlarge a map (h,w) to the size of the full picture, (H,W)."""
        full = self.grey.shape[::-1]
        slope = (self._blur(self.small * values) - self.mean * self._blur(values)) / self.spread
        shift = self._blur(self._blur(values) - slope * self.mean)
        slope = self._blur(slope)
        return cv2.resize(slope, full) * self.grey + cv2.resize(shift, full)
