"""Similarity transforms (shift, rotation, one scale) between pictures: features, and frequencies where there are none.

A transform is a (2,3) float64 matrix that maps pixels (x, y) of one picture to pixels of another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

IDENTITY = np.array([[1.0, 0, 0], [0, 1, 0]])
RATIO = 0.8  # Lowe's: the best match must be this much nearer than the second best
FEATURES = 1500
STRUCTURE = 12  # of 255, between the darkest and the lightest 2 %: a bare canvas with a speck on it has none


@dataclass(frozen=True)
class Features:
    """Key points (N,2) in pixels and their SIFT descriptors (N,128)."""

    points: np.ndarray
    descriptors: np.ndarray


@dataclass(frozen=True)
class Fit:
    """A transform, how many matches agree with it of how many, and their mean error in pixels (root mean square)."""

    matrix: np.ndarray
    inliers: int
    matches: int
    rmse: float


def compose(second: np.ndarray, first: np.ndarray) -> np.ndarray:
    """First `first`, then `second`."""
    return (_square(second) @ _square(first))[:2]


def invert(matrix: np.ndarray) -> np.ndarray:
    """The way back."""
    return cv2.invertAffineTransform(matrix)


def scale_of(matrix: np.ndarray) -> float:
    """How much larger the second picture shows things."""
    return float(np.hypot(matrix[0, 0], matrix[1, 0]))


def angle_of(matrix: np.ndarray) -> float:
    """Rotation in degrees, positive from x to y."""
    return float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))


def shift_of(matrix: np.ndarray, size: tuple[int, int]) -> tuple[float, float]:
    """Where the middle of a picture of (width, height) goes, in pixels."""
    middle = np.array([(size[0] - 1) / 2, (size[1] - 1) / 2])
    dx, dy = matrix[:, :2] @ middle + matrix[:, 2] - middle
    return float(dx), float(dy)


def from_parts(shift: tuple[float, float], scale: float, angle: float, size: tuple[int, int]) -> np.ndarray:
    """The transform that turns by `angle` degrees and scales about the middle, and then shifts."""
    cos, sin = scale * np.cos(np.radians(angle)), scale * np.sin(np.radians(angle))
    linear = np.array([[cos, -sin], [sin, cos]])
    middle = np.array([(size[0] - 1) / 2, (size[1] - 1) / 2])
    return np.column_stack([linear, middle + np.asarray(shift) - linear @ middle])


def displacement(matrix: np.ndarray, size: tuple[int, int]) -> float:
    """How far the corner that moves most goes, in pixels."""
    corners = np.array([[0, 0], [size[0] - 1, 0], [0, size[1] - 1], [size[0] - 1, size[1] - 1]], float)
    return float(np.linalg.norm(corners @ matrix[:, :2].T + matrix[:, 2] - corners, axis=1).max())


def warp(image: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """An image moved by a transform into a picture of (width, height), and which of its pixels (bool) it covers."""
    moved = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.full(image.shape[:2], 255, np.uint8), matrix, size, flags=cv2.INTER_LINEAR)
    return moved, inside > 254


@lru_cache(maxsize=1)
def _sift() -> cv2.SIFT:
    return cv2.SIFT.create(nfeatures=FEATURES, contrastThreshold=0.015)


def find_features(grey: np.ndarray, mask: np.ndarray | None = None) -> Features:
    """SIFT key points of (H,W) uint8, where the mask (bool) is true."""
    points, descriptors = _sift().detectAndCompute(grey, None if mask is None else mask.astype(np.uint8))
    if descriptors is None:
        return Features(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
    return Features(np.array([p.pt for p in points], np.float32), descriptors)


def match(a: Features, b: Features) -> tuple[np.ndarray, np.ndarray]:
    """Points of a and of b, (N,2) each, that look alike and are each other's nearest."""
    none = np.zeros((0, 2), np.float32)
    if min(len(a.points), len(b.points)) < 4:
        return none, none
    distance = cdist(a.descriptors, b.descriptors)
    rows = np.arange(len(distance))
    best = distance.argmin(axis=1)
    mutual = distance.argmin(axis=0)[best] == rows
    nearest = distance[rows, best]
    distance[rows, best] = np.inf
    good = mutual & (nearest < RATIO * distance.min(axis=1))
    return a.points[good], b.points[best[good]]


def cdist(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Euclidean distances (N,M) of all rows of a (N,D) from all rows of b (M,D)."""
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * (a @ b.T)
    return np.sqrt(np.maximum(squares, 0))


def fit_points(a: np.ndarray, b: np.ndarray, threshold: float) -> tuple[Fit, np.ndarray] | None:
    """The similarity that takes most of the points a (N,2) to within `threshold` pixels of b, and which (bool)."""
    if len(a) < 4:
        return None
    matrix, used = cv2.estimateAffinePartial2D(
        a, b, method=cv2.RANSAC, ransacReprojThreshold=threshold, maxIters=4000, confidence=0.999, refineIters=20
    )
    if matrix is None or not np.isfinite(matrix).all() or not 0.05 < scale_of(matrix) < 20:
        return None
    inside = used.ravel().astype(bool)
    error = np.linalg.norm(a[inside] @ matrix[:, :2].T + matrix[:, 2] - b[inside], axis=1)
    rmse = float(np.sqrt((error**2).mean())) if inside.any() else np.inf
    return Fit(matrix, int(inside.sum()), len(a), rmse), inside


def fit_features(a: Features, b: Features, threshold: float = 1.5, least: int = 8) -> Fit | None:
    """The similarity from picture a to picture b by SIFT and RANSAC, or None when fewer than `least` matches agree, or
    so few of all that chance would do it."""
    found = fit_points(*match(a, b), threshold)
    if found is None or found[0].inliers < max(least, 0.15 * found[0].matches):
        return None
    return found[0]


def fourier_mellin(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, float] | None:
    """The similarity from (H,W) uint8 `a` to `b` of the same size by log-polar phase correlation, and the height of the
    peak in [0,1]; for pictures of large soft forms, where there are no features. None when they have no structure.

    Source: Reddy and Chatterji, "An FFT-based technique for translation, rotation, and scale-invariant image
    registration", 1996. Finds scales from 1/2 to 2 and angles within 90 degrees.
    """
    height, width = a.shape
    side = cv2.getOptimalDFTSize(max(height, width))
    if any(np.ptp(np.percentile(picture, (2, 98))) < STRUCTURE for picture in (a, b)):
        return None
    one, two = (_windowed(picture, side) for picture in (a, b))
    polar = [_log_polar(picture) for picture in (one, two)]
    (dr, da), _ = cv2.phaseCorrelate(polar[0], polar[1])
    rows, columns = polar[0].shape
    step = np.log(side / 2) / columns
    best: tuple[np.ndarray, float] | None = None
    scale, turn = float(np.exp(-dr * step)), float(da * 360 / rows)
    turn = (turn + 90) % 180 - 90  # a spectrum looks the same upside down
    if 0.5 <= scale <= 2:
        spin = from_parts((0, 0), scale, turn, (side, side))
        turned = cv2.warpAffine(one, spin, (side, side), flags=cv2.INTER_LINEAR)
        (dx, dy), peak = cv2.phaseCorrelate(turned, two)
        best = from_parts((dx, dy), scale, turn, (side, side)), float(peak)
    if best is None:
        return None
    x0, y0 = (side - width) / 2, (side - height) / 2
    to_square, back = IDENTITY.copy(), IDENTITY.copy()
    to_square[:, 2], back[:, 2] = (int(x0), int(y0)), (-int(x0), -int(y0))
    return compose(back, compose(best[0], to_square)), best[1]


def _windowed(picture: np.ndarray, side: int) -> np.ndarray:
    """The picture without its mean, faded out to its borders, in the middle of a square."""
    height, width = picture.shape
    soft = cv2.createHanningWindow((width, height), cv2.CV_32F)
    values = picture.astype(np.float32) / 255
    square = np.zeros((side, side), np.float32)
    y, x = int((side - height) / 2), int((side - width) / 2)
    square[y : y + height, x : x + width] = (values - (values * soft).sum() / soft.sum()) * soft
    return square


def _log_polar(square: np.ndarray) -> np.ndarray:
    """Magnitude of the spectrum, high-passed, in log-polar form; rows are angles."""
    side = len(square)
    spectrum = np.fft.fftshift(np.abs(np.fft.fft2(square))).astype(np.float32)
    axis = np.cos(np.pi * (np.arange(side) / side - 0.5))
    ridge = np.outer(axis, axis)
    spectrum = np.log1p(spectrum * ((1 - ridge) * (2 - ridge)).astype(np.float32))
    centre = (side // 2, side // 2)
    polar = cv2.warpPolar(spectrum, (side, 2 * side), centre, side / 2, cv2.WARP_POLAR_LOG | cv2.INTER_LINEAR)
    return polar - polar.mean()


def _square(matrix: np.ndarray) -> np.ndarray:
    return np.vstack([matrix, [0, 0, 1]])
