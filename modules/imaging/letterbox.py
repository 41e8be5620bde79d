"""Letterbox: pictures scaled to the size a model runs at and padded to a multiple, and back."""

from dataclasses import dataclass

import cv2
import numpy as np

from .resize import fit_size, resize, resize_labels

LEAST_SIDE = 64  # smaller pictures are padded to this: networks need some room at the bottom


@dataclass(frozen=True)
class Letterbox:
    """Geometry of a picture on a model's canvas: scaled, then padded at the right and bottom."""

    shape: tuple[int, int]  # (H,W) of the picture
    size: tuple[int, int]  # (width, height) of its scaled copy
    padded: tuple[int, int]  # (width, height) of the canvas

    @classmethod
    def of(cls, shape: tuple[int, ...], longest: int, multiple: int = 1) -> "Letterbox":
        """Fit a picture of `shape` (H,W,...) to a model that runs at `longest` pixels and multiples of `multiple`."""
        size = fit_size(shape, longest)
        padded = tuple(-(-max(side, LEAST_SIDE) // multiple) * multiple for side in size)
        return cls((shape[0], shape[1]), size, (padded[0], padded[1]))

    @property
    def scaled(self) -> bool:
        """Whether the model sees fewer pixels than the picture has."""
        return self.size != self.shape[::-1]

    def down(self, image: np.ndarray) -> np.ndarray:
        """Scale a picture (H,W[,C]) by area to the canvas (height,width[,C]), padded by repeating its border."""
        return self._pad(resize(image, self.size), cv2.BORDER_REPLICATE)

    def down_labels(self, labels: np.ndarray) -> np.ndarray:
        """Scale a label map (H,W) to the canvas (height,width) uint8, padded by repeating its border.

        A padding with a label of its own would have an outline, and the stages would draw it.
        """
        return self._pad(resize_labels(labels, self.size), cv2.BORDER_REPLICATE)

    def fit_map(self, values: np.ndarray, *, nearest: bool = False) -> np.ndarray:
        """Scale a map (h,w) of any size that covers the whole picture to the canvas; the padding is 0."""
        how = cv2.INTER_NEAREST_EXACT if nearest else cv2.INTER_LINEAR
        if values.shape[::-1] != self.size:
            shrinks = values.shape[1] > self.size[0] or values.shape[0] > self.size[1]
            values = cv2.resize(values, self.size, interpolation=cv2.INTER_AREA if shrinks and not nearest else how)
        return self._pad(values, cv2.BORDER_CONSTANT)

    def _pad(self, values: np.ndarray, border: int) -> np.ndarray:
        bottom, right = self.padded[1] - self.size[1], self.padded[0] - self.size[0]
        if not bottom and not right:
            return np.ascontiguousarray(values)
        return cv2.copyMakeBorder(values, 0, bottom, 0, right, border, value=0)

    def crop(self, values: np.ndarray) -> np.ndarray:
        """Cut the padding off a canvas (height,width[,C])."""
        return values[: self.size[1], : self.size[0]]
