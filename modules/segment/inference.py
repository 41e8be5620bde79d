"""Inference of the segment stage: a painting of any size to its label map, with any runtime behind it."""

from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np

from .classes import DEPTH, portrait_probabilities, shows_nobody
from .config import SegmentConfig
from .postprocess import keep_portrait_parts


class SegmentNetwork(Protocol):
    """The segmentation network in some runtime (torch_network.py has PyTorch's)."""

    config: SegmentConfig

    def predict(self, painting: np.ndarray) -> np.ndarray:
        """Return class probabilities (K,h,w) of a painting (3,h,w) float32 in [0,1], sides multiples of `multiple`.

        With `config.scenes` the depth in [0,1], near = 1, is one plane more (`classes.DEPTH`).
        """

    def predict_portrait(self, painting: np.ndarray) -> np.ndarray:
        """Return what the network beside it (`config.portrait`) finds, (K,h,w) of the portrait's classes."""


class SegmentPredictor:
    """Finds the parts of paintings.

    Args:
        flip: whether to average with the mirrored painting; None: as the config says.
        clean: whether to correct faces without features and stray pieces of person (postprocess.py).
    """

    def __init__(self, network: SegmentNetwork, *, flip: bool | None = None, clean: bool = True) -> None:
        self.network, self.config = network, network.config
        self.label_set = self.config.label_set
        self.flip, self.clean = self.config.flip if flip is None else flip, clean

    def prepare(self, painting: np.ndarray, longest: int | None = None) -> np.ndarray:
        """Scale a painting (H,W,3) to a longest side (None: `config.size`): (3,h,w) float32 in [0,1], no padding."""
        if painting.ndim != 3 or painting.shape[2] != 3 or 0 in painting.shape:
            raise ValueError(f"painting must be (H,W,3) with H and W of 1 or more, got {painting.shape}")
        scale = (longest or self.config.size) / max(painting.shape)
        h, w = (max(1, round(side * scale)) for side in painting.shape[:2])
        return _resample(painting.transpose(2, 0, 1).astype(np.float32), (h, w), antialias=True).clip(0.0, 1.0)

    def look(self, painting: np.ndarray) -> np.ndarray:
        """Run the network on a painting (H,W,3): its planes (K,h,w) at the size it runs at, averaged over the flips.

        With `config.portrait` the planes of the network for portraits follow: all background where nobody is seen, and
        then it need not run.
        """
        prepared = self.prepare(painting)
        found, size = self._both_ways(self.network.predict, prepared), prepared.shape[1:]
        if self.config.scenes and self.config.more_sizes:
            others = (self.prepare(painting, longest) for longest in self.config.more_sizes)
            seen = [_resample(self._both_ways(self.network.predict, other), size) for other in others]
            found = np.mean([found, *seen], axis=0)
        if self.config.portrait is None:
            return found
        if shows_nobody(found[:DEPTH]):
            parts = np.zeros((len(self.label_set), *size), found.dtype)
            parts[self.label_set.index("background")] = 1.0
        else:
            parts = self._both_ways(self.network.predict_portrait, prepared)
        return np.concatenate([found, parts])

    def _both_ways(self, predict: Callable[[np.ndarray], np.ndarray], painting: np.ndarray) -> np.ndarray:
        """Average what is predicted of a painting (3,h,w) and of its mirror image: planes (K,h,w)."""
        h, w = painting.shape[1:]
        # The last row and column are repeated: black would look like a dark background or a frame.
        bottom, right = -h % self.config.multiple, -w % self.config.multiple
        padded = np.pad(painting, ((0, 0), (0, bottom), (0, right)), mode="edge")
        found = predict(padded)
        if self.flip:
            found = (found + predict(padded[..., ::-1])[..., ::-1]) / 2
        return found[:, :h, :w]

    def label(self, planes: np.ndarray, size: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Label every pixel of a painting of `size` (H,W) by what the network saw (`look`).

        Returns:
            Label map (H,W) uint8, indices into `label_set`, and confidence (H,W) float32 in [0,1].
        """
        found = planes
        if self.config.portrait is not None:
            found = planes[DEPTH + 1 :]
        elif self.config.scenes:
            found = portrait_probabilities(planes[:DEPTH])
        if self.clean:
            found = _swap_corrected(found, keep_portrait_parts(found.argmax(0), self.label_set))
        # One plane per class at a time is enlarged, so memory grows with the painting's size only.
        labels, confidence = np.zeros(size, np.uint8), np.full(size, -1.0, np.float32)
        for k in range(len(found)):
            plane = _resample(found[k : k + 1], size)[0]
            labels[plane > confidence] = k
            confidence = np.maximum(plane, confidence)
        return labels, confidence.clip(0.0, 1.0)


def _resample(planes: np.ndarray, size: tuple[int, ...], antialias: bool = False) -> np.ndarray:
    """Scale planes (C,h,w) float32 to (C,*size), bilinear: as torch's `interpolate`, to 1e-5."""
    if antialias:
        return _shrink(_shrink(planes, size[0]).transpose(0, 2, 1), size[1]).transpose(0, 2, 1)
    width_height = (size[1], size[0])
    return np.stack([cv2.resize(plane, width_height, interpolation=cv2.INTER_LINEAR) for plane in planes])


def _shrink(planes: np.ndarray, rows: int) -> np.ndarray:
    """Scale planes (C,h,w) to (C,rows,w); where they shrink, every row of theirs counts."""
    height = planes.shape[1]
    scale = height / rows
    reach = max(scale, 1.0)
    result = np.empty((len(planes), rows, planes.shape[2]), np.float32)
    for i in range(rows):
        centre = scale * (i + 0.5)
        first, last = max(0, int(centre - reach + 0.5)), min(height, int(centre + reach + 0.5))
        weights = (1 - np.abs(np.arange(first, last) - centre + 0.5) / reach).clip(0)
        result[:, i] = (weights / weights.sum()).astype(np.float32) @ planes[:, first:last]
    return result


def _swap_corrected(probabilities: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Where `wanted` (h,w) is not the likeliest class, it and the likeliest change places."""
    found = probabilities.argmax(0)
    rows, columns = np.nonzero(wanted != found)
    old, new = found[rows, columns], wanted[rows, columns]
    result = probabilities.copy()
    result[old, rows, columns], result[new, rows, columns] = (
        probabilities[new, rows, columns],
        probabilities[old, rows, columns],
    )
    return result
