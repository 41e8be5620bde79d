"""How a picture lies on a model's canvas: scaled to the size it runs at, padded to a multiple."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .resize import fit_size, resize, resize_labels

LEAST_SIDE = 64  # smaller pictures are padded to this: networks need some room at the bottom


@dataclass(frozen=True)
class Letterbox:
    """How a full-size picture lies on a model's canvas: scaled to (width, height), then padded at the right and bottom.

    shape: (H,W) of the picture. size: (width, height) of its scaled copy. padded: (width, height) of the canvas.
    """

    shape: tuple[int, int]
    size: tuple[int, int]
    padded: tuple[int, int]

    @classmethod
    def of(cls, shape: tuple[int, ...], longest: int, multiple: int = 1) -> Letterbox:
        """For a picture of `shape` (H,W,...) on a model that runs at `longest` pixels and sizes of a multiple."""
        size = fit_size(shape, longest)
        padded = tuple(-(-max(side, LEAST_SIDE) // multiple) * multiple for side in size)
        return cls((shape[0], shape[1]), size, (padded[0], padded[1]))

    @property
    def scaled(self) -> bool:
        """Whether the model sees fewer pixels than the picture has."""
        return self.size != self.shape[::-1]

    def down(self, image: np.ndarray) -> np.ndarray:
        """A picture (H,W[,C]) -> (height,width[,C]) at the model's size by area, padded by repeating its border."""
        return self._pad(resize(image, self.size), cv2.BORDER_REPLICATE)

    def down_labels(self, labels: np.ndarray) -> np.ndarray:
        """A label map (H,W) -> (height,width) uint8, padded by repeating its border: a padding with a label of its own
        would have an outline, and the stages would draw it."""
        return self._pad(resize_labels(labels, self.size), cv2.BORDER_REPLICATE)

    def fit_map(self, values: np.ndarray, *, nearest: bool = False) -> np.ndarray:
        """A map (h,w) of any size that covers the whole picture -> the model's canvas; the padding is 0."""
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
        """The part of a canvas (height,width[,C]) that shows the picture."""
        return values[: self.size[1], : self.size[0]]
