"""Registration by outline directions: how well the outlines of two pictures agree, and where they agree most.

Paint changes colours and contrasts; the direction of an outline stays. So two pictures are correlated by the directions
of their outlines, as doubled angles (a line that was dark on light may be light on dark now), over all shifts and a
grid of scales and angles. It finds no large turns and is exact to a few pixels only, but needs no features: a few
strokes on a bare canvas do. Source: Argyriou and Vlachos, "Estimation of sub-pixel motion using gradient
cross-correlation", 2003, for the correlation.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import cv2
import numpy as np

from .similarity_transform import IDENTITY, compose, from_parts, invert

BARE_OUTLINE_SHARE = 0.02  # share of outline pixels below which a canvas is nearly bare
MIN_MEAN_STRENGTH = 0.001  # mean outline strength below which nothing tells where a canvas lies
# Agreements. Of 72 pairs of neighbours in films of 8 frames (four habits, three sitters) all but bare ones agree by
# .097 and more at their true pose; of different sitters 96 pairs by .074 at most, and by .129 where they agree most.
SAME_CANVAS, SURELY_SAME_CANVAS = 0.085, 0.16
COARSE_SIDE, FINE_SIDE = 96, 192  # pixels of the longest side, for the full search, and near its result
SCALES, ANGLES = np.exp(np.linspace(-0.16, 0.16, 9)), np.arange(-10, 10.1, 2.5)  # of a canvas between two frames
FINE_SCALES, FINE_ANGLES = np.exp(np.linspace(-0.02, 0.02, 5)), np.linspace(-1.25, 1.25, 5)
FULL_GRADIENT = 3.0  # of 255 per pixel: an outline that counts in full
OUTLINE_BLUR = 1.0  # pixels


def outline_strength(grey: np.ndarray) -> np.ndarray:
    """Measure outline strength at each pixel of (H,W) uint8, as (H,W) uint8, whatever lies on either side."""
    steepness = np.abs(_gradient(grey.astype(np.float32)))
    return np.round(255 * np.minimum(steepness / FULL_GRADIENT, 1)).astype(np.uint8)


def is_nearly_bare(grey: np.ndarray) -> bool:
    """Tell whether there is hardly an outline on (H,W) uint8."""
    blurred = cv2.GaussianBlur(grey, (3, 3), 0)
    dx, dy = cv2.Sobel(blurred, cv2.CV_32F, 1, 0), cv2.Sobel(blurred, cv2.CV_32F, 0, 1)
    return float((cv2.magnitude(dx, dy) > 60).mean()) < BARE_OUTLINE_SHARE


@dataclass(frozen=True)
class OutlineFit:
    """A transform, and how well outlines agree under it, in [-1,1]; chance gives about 0."""

    matrix: np.ndarray
    agreement: float


class OutlineMap:
    """The outline directions of a picture (H,W) uint8, its longest side reduced to `longest` pixels."""

    def __init__(self, grey: np.ndarray, longest: int = FINE_SIDE) -> None:
        height, width = grey.shape
        shrink = min(1.0, longest / max(height, width))
        self.size = (max(8, round(width * shrink)), max(8, round(height * shrink)))
        self.grey = cv2.resize(grey, self.size, interpolation=cv2.INTER_AREA).astype(np.float32)
        self.to_small = np.array([[self.size[0] / width, 0, 0], [0, self.size[1] / height, 0]])
        self.to_small[:, 2] = self.to_small[:, :2] @ (0.5, 0.5) - 0.5  # (0, 0) is the middle of a pixel

    @cached_property
    def directions(self) -> np.ndarray:
        """(h,w) complex64: the doubled angle of each outline; the magnitude is its strength in [0,1]."""
        return self._directions(self.grey)

    @property
    def is_empty(self) -> bool:
        """Whether there is no outline that tells where the picture lies."""
        return float(np.abs(self.directions).mean()) < MIN_MEAN_STRENGTH

    def warped_directions(self, matrix: np.ndarray) -> np.ndarray:
        """Compute the directions after a transform of the small picture; 0 where it shows nothing."""
        grey = cv2.warpAffine(self.grey, matrix, self.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        inside = cv2.warpAffine(np.ones(grey.shape, np.uint8), matrix, self.size, flags=cv2.INTER_NEAREST)
        return self._directions(grey) * inside

    def _directions(self, grey: np.ndarray) -> np.ndarray:
        gradient = _gradient(grey)
        steepness = np.abs(gradient)
        doubled = np.square(gradient / np.maximum(steepness, 1e-3)) * np.minimum(steepness / FULL_GRADIENT, 1)
        doubled[:2], doubled[-2:], doubled[:, :2], doubled[:, -2:] = 0, 0, 0, 0
        return np.asarray(doubled)


def _gradient(grey: np.ndarray) -> np.ndarray:
    blurred = cv2.GaussianBlur(grey, (0, 0), OUTLINE_BLUR)
    across, down = (cv2.Sobel(blurred, cv2.CV_32F, a, b, scale=1 / 8) for a, b in ((1, 0), (0, 1)))
    return np.asarray(across + 1j * down)


def outline_agreement(one: OutlineMap, two: OutlineMap, matrix: np.ndarray | None = None) -> float:
    """Measure how well the outlines of picture `one`, moved by the transform, agree with those of `two`, in [-1,1]."""
    moved = one.directions if matrix is None else one.warped_directions(_between_small(matrix, one, two))
    return _normalise(float(np.vdot(moved, two.directions).real), moved, two.directions)


def fit_outlines(a: np.ndarray, b: np.ndarray) -> OutlineFit | None:
    """Find the similarity from (H,W) uint8 `a` to `b` under which outlines agree most; None if one of them has none.

    Finds scales within 17 % and angles within 11 degrees, to about one pixel in a hundred at the corners.
    """
    coarse = _search(OutlineMap(a, COARSE_SIDE), OutlineMap(b, COARSE_SIDE), SCALES, ANGLES, IDENTITY)
    return None if coarse is None else _search(OutlineMap(a), OutlineMap(b), FINE_SCALES, FINE_ANGLES, coarse.matrix)


def _search(
    one: OutlineMap, two: OutlineMap, scales: np.ndarray, angles: np.ndarray, start: np.ndarray
) -> OutlineFit | None:
    """Find the best of these scales and angles after `start`, and of all shifts."""
    if one.is_empty or two.is_empty:
        return None
    rows, columns = shape = [cv2.getOptimalDFTSize(2 * n) for n in two.directions.shape]
    spectrum = np.fft.fft2(two.directions, shape)
    best = OutlineFit(start, -1.0)
    for scale, angle in product(scales, angles):
        matrix = compose(from_parts((0, 0), float(scale), float(angle), one.size), _between_small(start, one, two))
        moved = one.warped_directions(matrix)
        correlation = np.fft.ifft2(spectrum * np.conj(np.fft.fft2(moved, shape))).real
        y, x = (int(v) for v in np.unravel_index(np.argmax(correlation), correlation.shape))
        agreement = _normalise(float(correlation[y, x]), moved, two.directions)
        if agreement > best.agreement:
            shift = np.array([x - columns * (x > columns // 2), y - rows * (y > rows // 2)])
            small = compose(np.column_stack([np.eye(2), shift]), matrix)
            best = OutlineFit(compose(invert(two.to_small), compose(small, one.to_small)), agreement)
    return best


def _between_small(matrix: np.ndarray, one: OutlineMap, two: OutlineMap) -> np.ndarray:
    """Convert a transform to one between the reduced pictures."""
    return compose(two.to_small, compose(matrix, invert(one.to_small)))


def _normalise(correlation: float, a: np.ndarray, b: np.ndarray) -> float:
    return correlation / float(np.sqrt(np.abs(a).sum() * np.abs(b).sum()) + 1e-6)
