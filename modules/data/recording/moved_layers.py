"""Moved layers: parts that the artist moved or rescaled between two frames with a program's tool, without painting."""

from typing import Any

import cv2
import numpy as np

from ...degree import TOUCHED_LEVEL
from .difference import difference
from .similarity_transform import angle_of, displacement, find_features, fit_points, match_features, scale_of, warp

MIN_INLIERS = 8
MIN_DISPLACEMENT = 2.0  # pixels
MAX_LAYERS = 4  # that are looked for in a pair
MIN_LAYER_AREA = 0.003  # of the canvas; smaller is a cursor
LAYER_GAIN = 0.6  # the move must reduce the difference to at most this part of what it is without


def find_moved_layers(before: np.ndarray, after: np.ndarray) -> list[dict[str, Any]]:
    """Find moved parts between two aligned frames (H,W,3) uint8.

    Returns for each part, the largest first: `box` [left, top, width, height] of where it is now, `dx`, `dy` how far
    its middle has moved in pixels, `scale`, `angle` in degrees, and `inliers`, the number of features that agree.
    """
    grey = [np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)) for frame in (before, after)]
    touched = (difference(before, after) > TOUCHED_LEVEL).astype(np.uint8)
    if touched.mean() < 0.002:
        return []
    nearby = np.asarray(cv2.dilate(touched, np.ones((9, 9), np.uint8))) > 0
    a, b = match_features(find_features(grey[0], nearby), find_features(grey[1], nearby))
    moved = np.linalg.norm(b - a, axis=1) > MIN_DISPLACEMENT
    a, b = a[moved], b[moved]
    found = []
    for _ in range(MAX_LAYERS):
        fitted = fit_points(a, b, 1.5)
        if fitted is None or fitted[0].inliers < MIN_INLIERS:
            break
        fit, inliers = fitted
        layer = _describe_layer(grey, fit.matrix, a[inliers], b[inliers])
        if layer is not None:
            found.append(layer | {"inliers": fit.inliers})
        a, b = a[~inliers], b[~inliers]
    return sorted(found, key=lambda layer: -layer["inliers"])


def _describe_layer(grey: list[np.ndarray], matrix: np.ndarray, a: np.ndarray, b: np.ndarray) -> dict[str, Any] | None:
    """Describe the part whose features moved from a to b; None when the pictures do not confirm the move."""
    height, width = grey[0].shape
    left, top = np.floor(b.min(axis=0)).astype(int).clip(0)
    right, bottom = (np.floor(b.max(axis=0)).astype(int) + 1).clip(0, (width, height))
    box = (slice(top, bottom), slice(left, right))
    moved, inside = warp(grey[0], matrix, (width, height))
    inside = inside[box]
    if inside.size < MIN_LAYER_AREA * width * height or inside.mean() < 0.5:
        return None
    if displacement(matrix, (width, height)) < MIN_DISPLACEMENT:
        return None
    with_move = cv2.absdiff(moved, grey[1])[box][inside].mean()
    without = cv2.absdiff(grey[0], grey[1])[box][inside].mean()
    if with_move > LAYER_GAIN * without:
        return None
    middle = (a.min(axis=0) + a.max(axis=0)) / 2
    dx, dy = matrix[:, :2] @ middle + matrix[:, 2] - middle
    return {
        "box": [int(left), int(top), int(right - left), int(bottom - top)],
        "dx": round(float(dx), 2),
        "dy": round(float(dy), 2),
        "scale": round(scale_of(matrix), 4),
        "angle": round(angle_of(matrix), 3),
    }
