"""The exact similarity between two pictures of a canvas that lie within a pixel or two of each other already.

Gauss-Newton on the brightness differences themselves (inverse compositional: Baker and Matthews, "Lucas-Kanade 20 years
on", 2004), with weights that leave out what was painted in between (Tukey's): what differs more than the rest of the
picture does counts for nothing. Four numbers, so that a canvas that is bare but for a corner is placed as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from .similarity_transform import compose, displacement, invert

BLUR = 1.4  # pixels; takes off the codec's noise, and what interpolation does to single pixels
SLOPE = 3.0  # of 255 per pixel: flatter places do not tell where they are
POINTS = 30_000  # so many places are looked at
LEAST = 200  # fewer agreeing places say nothing
WIDE, NARROW = 60.0, 5.0  # of 255: differences that count for nothing, at first and at least
STEPS, DONE = 30, 0.002  # steps at most; a step of so many pixels is the last
SQUARE = 24  # pixels: parts of the picture that are painted on together, and tell alike
NOISE = 2.0  # square of a grey value: no picture is as exact as its pixels agree


@dataclass(frozen=True)
class Exact:
    """A transform, and what speaks for it.

    `agree` is the share of the places looked at that are alike in both pictures; `information` (4,4) the inverse
    covariance of (scale-1, angle in radians, dx, dy) about the picture's middle.
    """

    matrix: np.ndarray
    agree: float
    information: np.ndarray

    def error(self, size: tuple[int, int]) -> float:
        """By how many pixels a corner is likely off."""
        reach = np.hypot(*size) / 2
        lever = np.diag([reach, reach, 1.0, 1.0])
        covariance = lever @ np.linalg.pinv(self.information) @ lever
        return float(np.sqrt(np.trace(covariance)))


@dataclass(frozen=True)
class Shown:
    """A picture as it is compared: (H,W) uint8 grey."""

    grey: np.ndarray

    @cached_property
    def soft(self) -> np.ndarray:
        """(H,W) float32, blurred."""
        return cv2.GaussianBlur(self.grey.astype(np.float32), (0, 0), BLUR)

    @cached_property
    def places(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where it has outlines: points (N,2) in pixels, brightness (N,), and its slope (N,2)."""
        soft = self.soft
        dx, dy = (cv2.Sobel(soft, cv2.CV_32F, a, b, scale=1 / 8) for a, b in ((1, 0), (0, 1)))
        steep = np.hypot(dx, dy) > SLOPE
        steep[:3], steep[-3:], steep[:, :3], steep[:, -3:] = False, False, False, False
        rows, columns = np.nonzero(steep)
        every = max(1, -(-len(rows) // POINTS))
        rows, columns = rows[::every], columns[::every]
        points = np.column_stack([columns, rows]).astype(np.float64)
        return points, soft[rows, columns], np.column_stack([dx[rows, columns], dy[rows, columns]])


def refine(source: Shown, target: Shown, start: np.ndarray) -> Exact | None:
    """The similarity from `source` to `target` near `start`; None where too little is alike in both."""
    points, values, slopes = target.places
    height, width = target.grey.shape
    if len(points) < LEAST:
        return None
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    x, y = (points - middle).T
    gx, gy = slopes.astype(np.float64).T
    jacobian = np.column_stack([gx * x + gy * y, gy * x - gx * y, gx, gy])
    back, wide = invert(start), WIDE
    for step in range(STEPS):
        there = (points @ back[:, :2].T + back[:, 2]).astype(np.float32)
        inside = _inside(there, source.grey.shape)
        seen = np.asarray(cv2.remap(source.soft, there[:, :1], there[:, 1:], cv2.INTER_LINEAR))[:, 0]
        off = (seen - values).astype(np.float64)
        usual = float(np.median(np.abs(off[inside]))) if inside.any() else np.inf
        wide = max(min(wide, 4 * 1.48 * usual), NARROW)
        weight = np.where(inside, np.square(np.maximum(1 - np.square(off / wide), 0)), 0)
        alike = weight > 0.1
        if np.count_nonzero(alike) < LEAST:
            return None
        weighted = jacobian * weight[:, None]
        normal = weighted.T @ jacobian
        try:
            a, b, dx, dy = np.linalg.solve(normal, weighted.T @ off)
        except np.linalg.LinAlgError:
            return None
        linear = np.array([[1 + a, -b], [b, 1 + a]])
        change = np.column_stack([linear, middle + np.array([dx, dy]) - linear @ middle])
        back = compose(back, invert(change))
        if displacement(change, (width, height)) < DONE and step > 2:
            break
    u = np.square(off / wide)
    slope = np.where(inside & (u < 1), (1 - u) * (1 - 5 * u), 0)  # how the pull of a place grows with what it is off
    bread = (jacobian * slope[:, None]).T @ jacobian
    return Exact(invert(back), float(alike.mean()), _information(points, weighted * off[:, None], bread))


def _information(points: np.ndarray, pulls: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """The inverse covariance (4,4) of what was found, by how much parts of the picture disagree (the "sandwich" of
    White and Huber, summed over squares): neighbours share what was painted, so that single pixels say too much."""
    square = (points // SQUARE).astype(np.int64)
    _, number = np.unique(square[:, 1] * 10_000 + square[:, 0], return_inverse=True)
    sums = np.column_stack([np.bincount(number, weights=pull) for pull in pulls.T])
    inner = sums.T @ sums + NOISE * normal
    return np.asarray(normal @ np.linalg.pinv(inner) @ normal)


def _inside(points: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    height, width = shape[:2]
    x, y = points.T
    return (x >= 2) & (y >= 2) & (x <= width - 3) & (y <= height - 3)
