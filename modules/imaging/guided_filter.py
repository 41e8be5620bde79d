"""Fast guided filter (He and Sun, 2015): enlarge small maps along the edges of the full-size picture.

A map is described at small size as a linear function of the picture's values around each pixel, and that function is
evaluated on the full picture.
"""

import cv2
import numpy as np

from .resize import crop_resize

EPSILON = 2e-3  # variance below which an edge of the picture does not guide
RADIUS = 2  # of the colour guide's window, in pixels of the small picture
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


class ColourGuide:
    """Enlarges maps along the colour edges of a picture, box by box.

    painting: (H,W,3) float32 in [0,1]; small: the same at the maps' size.
    """

    def __init__(self, painting: np.ndarray, small: np.ndarray) -> None:
        self.painting, self.small = painting, small
        self.mean = _box(small)
        products = [small[..., i] * small[..., j] for i, j in _PAIRS]
        covariance = _box(np.stack(products, axis=-1)) - np.stack(
            [self.mean[..., i] * self.mean[..., j] for i, j in _PAIRS], axis=-1
        )
        self.inverse = _inverse(covariance)

    def coefficients(self, values: np.ndarray) -> np.ndarray:
        """Fit a map (h,w) -> (h,w,4): three factors for the picture's colours and a constant."""
        mean = _box(values)
        covariance = _box(self.small * values[..., None]) - self.mean * mean[..., None]
        factors = np.einsum("hwij,hwj->hwi", self.inverse, covariance)
        constant = mean - (factors * self.mean).sum(axis=2)
        return _box(np.dstack([factors, constant]))

    def enlarge(self, values: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
        """Enlarge a map (h,w) in [0,1] inside box = (top, bottom, left, right) of the full picture."""
        factors = crop_resize(self.coefficients(values), self.painting.shape, box)
        top, bottom, left, right = box
        colours = self.painting[top:bottom, left:right]
        result = factors[..., 3]
        for channel in range(3):
            result = result + factors[..., channel] * colours[..., channel]
        return np.clip(result, 0, 1)


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


def _box(values: np.ndarray) -> np.ndarray:
    """Mean over a window of 2 RADIUS + 1 pixels, (h,w[,C]); windows are cut at the border."""
    side = (2 * RADIUS + 1, 2 * RADIUS + 1)
    return cv2.blur(np.ascontiguousarray(values), side, borderType=cv2.BORDER_REFLECT).reshape(values.shape)


def _inverse(covariance: np.ndarray) -> np.ndarray:
    """Symmetric 3x3 matrices given by their six entries (h,w,6) -> inverses of them + EPSILON * identity, (h,w,3,3)."""
    matrix = np.empty((*covariance.shape[:2], 3, 3), np.float64)
    for k, (i, j) in enumerate(_PAIRS):
        matrix[..., i, j] = matrix[..., j, i] = covariance[..., k]
    matrix[..., range(3), range(3)] += EPSILON
    return np.linalg.inv(matrix).astype(np.float32)
