"""Which way the brush goes at every place: along the form, along outlines, and else as the artist slants it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

WEAK = 0.012  # slope of the picture, per pixel, at which form and slant weigh the same


@dataclass(frozen=True)
class DirectionField:
    """Direction of strokes.

    Attributes:
        angle: (h,w) float32 radians, modulo pi.
        coherence: (h,w) float32 in [0,1], how sure it is: 1 along hair, 0 where nothing leads the brush.
    """

    angle: np.ndarray
    coherence: np.ndarray


def outline_distance(regions: np.ndarray) -> np.ndarray:
    """Measure how far each pixel's middle is from the nearest border of two regions (h,w): (h,w) float32 pixels."""
    inner = np.ones(regions.shape, np.uint8)
    for axis in (0, 1):
        differs = np.diff(regions, axis=axis) != 0
        first, second = [slice(None), slice(None)], [slice(None), slice(None)]
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        inner[tuple(first)][differs] = 0
        inner[tuple(second)][differs] = 0
    if inner.all():
        return np.full(regions.shape, float(sum(regions.shape)), np.float32)
    away: np.ndarray = cv2.distanceTransform(inner, cv2.DIST_L2, 5)
    return away + np.float32(0.5)


def gradient(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take the slopes along x and y of a map (h,w[,C]) float32, per pixel (Sobel)."""
    return (
        cv2.Sobel(values, cv2.CV_32F, 1, 0, ksize=3, scale=0.125),
        cv2.Sobel(values, cv2.CV_32F, 0, 1, ksize=3, scale=0.125),
    )


def direction_field(picture: np.ndarray, labels: np.ndarray, size: float, slant: float) -> DirectionField:
    """Find the direction of the strokes of a brush of `size`, a share of the longest side.

    The picture's structure tensor at the brush's own scale leads where there is form; near a part's outline strokes
    turn along it; flat regions take the directions around them and, the less there are, the artist's own slant.

    Args:
        picture: (h,w,3) float32 in [0,1].
        labels: (h,w) part of each pixel.
        slant: radians.
    """
    pixels = max(1.5, size * max(labels.shape))
    grey = cv2.cvtColor(np.ascontiguousarray(picture, np.float32), cv2.COLOR_RGB2GRAY)
    grey = cv2.GaussianBlur(grey, (0, 0), max(0.8, 0.15 * pixels))
    dx, dy = gradient(grey)
    xx, yy, xy = (cv2.GaussianBlur(v, (0, 0), max(1.0, 0.6 * pixels)) for v in (dx * dx, dy * dy, dx * dy))
    energy = xx + yy
    # Twice the angle, so that opposite directions add up; minus, since strokes run across the gradient.
    strength = 1 / (energy + WEAK**2)
    form = np.stack([-(xx - yy) * strength, -2 * xy * strength])

    away = outline_distance(labels)
    near = np.exp(-away / (0.7 * pixels))
    soft = cv2.GaussianBlur(np.minimum(away, 4 * pixels), (0, 0), max(0.8, 0.35 * pixels))
    gx, gy = gradient(soft)
    # Around things smaller than the brush these cancel.
    outline = np.stack([cv2.GaussianBlur(v * near, (0, 0), 0.5 * pixels) for v in (gy * gy - gx * gx, -2 * gx * gy)])

    both = form + 2.2 * outline
    # Outlines lead less far than form does: else strokes run in rings to the middle of a sleeve.
    around = np.stack([_wide(v, 3.5 * pixels) for v in form + 0.7 * outline])
    total = both + 0.9 * around
    calm = 0.22 * (1 - np.minimum(np.hypot(*total), 1))
    total += calm * np.array([np.cos(2 * slant), np.sin(2 * slant)], np.float32)[:, None, None]
    angle = 0.5 * np.arctan2(total[1], total[0])
    return DirectionField(angle.astype(np.float32), np.minimum(np.hypot(*both), 1).astype(np.float32))


def _wide(values: np.ndarray, sigma: float) -> np.ndarray:
    """Blur (h,w) with a wide Gaussian, on a smaller map."""
    step = max(1, int(sigma / 3))
    height, width = values.shape
    small = cv2.resize(values, (max(1, width // step), max(1, height // step)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / step)
    wide: np.ndarray = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return wide
