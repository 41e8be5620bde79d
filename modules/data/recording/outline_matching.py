"""Outlines: how well those of two pictures of a canvas agree, and where they agree most, whatever was painted.

Paint changes colours and contrasts; the direction of an outline stays. So two pictures are laid on each other by the
directions of their outlines, taken twice (a line that was dark on light may be light on dark now), over all shifts and
a grid of scales and angles. It finds no large turns and is exact to a few pixels only, but needs no features: a few
strokes on a bare canvas do. Source: Argyriou and Vlachos, "Estimation of sub-pixel motion using gradient
cross-correlation", 2003, for the correlation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import cv2
import numpy as np

from .similarity_transform import IDENTITY, compose, from_parts, invert

PLAIN = 0.02  # share of outline pixels below which a canvas is nearly bare
BARE = 0.001  # mean clearness below which nothing tells where a canvas lies
# Agreements. Of 72 pairs of neighbours in films of 8 frames (four habits, three sitters) all but bare ones agree by
# .097 and more where they lie; of different sitters 96 pairs by .074 at most, and by .129 where they agree most.
SAME_PLACE, SURELY = 0.085, 0.16
COARSE, FINE = 96, 192  # pixels of the longest side, when searched in all directions, and near what was found
SCALES, ANGLES = np.exp(np.linspace(-0.16, 0.16, 9)), np.arange(-10, 10.1, 2.5)  # of a canvas between two frames
NEAR_SCALES, NEAR_ANGLES = np.exp(np.linspace(-0.02, 0.02, 5)), np.linspace(-1.25, 1.25, 5)
STEEP = 3.0  # of 255 per pixel: an outline that counts in full
BLUR = 1.0  # pixels


def clearness(grey: np.ndarray) -> np.ndarray:
    """(H,W) uint8: how clear an outline is at each pixel of (H,W) uint8, whatever lies on its sides."""
    steep = np.abs(_slope(grey.astype(np.float32)))
    return np.round(255 * np.minimum(steep / STEEP, 1)).astype(np.uint8)


def is_nearly_bare(grey: np.ndarray) -> bool:
    """Whether there is hardly an outline on (H,W) uint8."""
    soft = cv2.GaussianBlur(grey, (3, 3), 0)
    dx, dy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    return float((cv2.magnitude(dx, dy) > 60).mean()) < PLAIN


@dataclass(frozen=True)
class Fitted:
    """A transform, and how well outlines agree with it, in [-1,1]; chance gives about 0."""

    matrix: np.ndarray
    agreement: float


class Lines:
    """The outlines of a picture (H,W) uint8, its longest side made so many pixels."""

    def __init__(self, grey: np.ndarray, longest: int = FINE) -> None:
        height, width = grey.shape
        shrink = min(1.0, longest / max(height, width))
        self.size = (max(8, round(width * shrink)), max(8, round(height * shrink)))
        self.grey = cv2.resize(grey, self.size, interpolation=cv2.INTER_AREA).astype(np.float32)
        self.to_small = np.array([[self.size[0] / width, 0, 0], [0, self.size[1] / height, 0]])
        self.to_small[:, 2] = self.to_small[:, :2] @ (0.5, 0.5) - 0.5  # (0, 0) is the middle of a pixel

    @cached_property
    def unmoved(self) -> np.ndarray:
        """(h,w) complex64: direction of each outline taken twice; its length is how clear it is, in [0,1]."""
        return self._directions(self.grey)

    @property
    def are_none(self) -> bool:
        """Whether there is nothing that tells where the picture lies."""
        return float(np.abs(self.unmoved).mean()) < BARE

    def moved(self, matrix: np.ndarray) -> np.ndarray:
        """The same after a transform of the small picture; 0 where it shows nothing."""
        grey = cv2.warpAffine(self.grey, matrix, self.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        inside = cv2.warpAffine(np.ones(grey.shape, np.uint8), matrix, self.size, flags=cv2.INTER_NEAREST)
        return self._directions(grey) * inside

    def _directions(self, grey: np.ndarray) -> np.ndarray:
        slope = _slope(grey)
        steep = np.abs(slope)
        twice = np.square(slope / np.maximum(steep, 1e-3)) * np.minimum(steep / STEEP, 1)
        twice[:2], twice[-2:], twice[:, :2], twice[:, -2:] = 0, 0, 0, 0
        return np.asarray(twice)


def _slope(grey: np.ndarray) -> np.ndarray:
    soft = cv2.GaussianBlur(grey, (0, 0), BLUR)
    across, down = (cv2.Sobel(soft, cv2.CV_32F, a, b, scale=1 / 8) for a, b in ((1, 0), (0, 1)))
    return np.asarray(across + 1j * down)


def agreement(one: Lines, two: Lines, matrix: np.ndarray | None = None) -> float:
    """How well the outlines of a picture, moved by the transform, agree with those of another; see `Fitted`."""
    moved = one.unmoved if matrix is None else one.moved(_small(matrix, one, two))
    return _share(float(np.vdot(moved, two.unmoved).real), moved, two.unmoved)


def fit_outlines(a: np.ndarray, b: np.ndarray) -> Fitted | None:
    """The similarity from (H,W) uint8 `a` to `b` by which outlines agree most; None where one of them has none.

    Finds scales within 17 % and angles within 11 degrees, to about one pixel in a hundred at the corners.
    """
    rough = _fit(Lines(a, COARSE), Lines(b, COARSE), SCALES, ANGLES, IDENTITY)
    return None if rough is None else _fit(Lines(a), Lines(b), NEAR_SCALES, NEAR_ANGLES, rough.matrix)


def _fit(one: Lines, two: Lines, scales: np.ndarray, angles: np.ndarray, start: np.ndarray) -> Fitted | None:
    """The best of these scales and angles after `start`, and of all shifts."""
    if one.are_none or two.are_none:
        return None
    rows, columns = shape = [cv2.getOptimalDFTSize(2 * n) for n in two.unmoved.shape]
    spectrum = np.fft.fft2(two.unmoved, shape)
    best = Fitted(start, -1.0)
    for scale, angle in product(scales, angles):
        matrix = compose(from_parts((0, 0), float(scale), float(angle), one.size), _small(start, one, two))
        moved = one.moved(matrix)
        peaks = np.fft.ifft2(spectrum * np.conj(np.fft.fft2(moved, shape))).real
        y, x = (int(v) for v in np.unravel_index(np.argmax(peaks), peaks.shape))
        share = _share(float(peaks[y, x]), moved, two.unmoved)
        if share > best.agreement:
            shift = np.array([x - columns * (x > columns // 2), y - rows * (y > rows // 2)])
            whole = compose(np.column_stack([np.eye(2), shift]), matrix)
            best = Fitted(compose(invert(two.to_small), compose(whole, one.to_small)), share)
    return best


def _small(matrix: np.ndarray, one: Lines, two: Lines) -> np.ndarray:
    """The transform between the small pictures."""
    return compose(two.to_small, compose(matrix, invert(one.to_small)))


def _share(common: float, a: np.ndarray, b: np.ndarray) -> float:
    return common / float(np.sqrt(np.abs(a).sum() * np.abs(b).sum()) + 1e-6)
