"""Parts that the artist moved or rescaled between two frames, as programs allow: not painted, and not the canvas."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from .similarity_transform import angle_of, displacement, find_features, fit_points, match, scale_of, warp

LEAST = 8  # features that must agree
FAR = 2.0  # pixels by which they must have moved
PARTS = 4  # at most so many parts per pair are looked for
SMALL = 0.003  # of the canvas; smaller is a cursor
GAIN = 0.6  # the move must leave at most this share of the difference that is there without it


def find_moved(before: np.ndarray, after: np.ndarray) -> list[dict[str, Any]]:
    """Moved parts between two aligned frames (H,W,3) uint8.

    Returns:
        For each part, the largest first: `box` [left, top, width, height] of where it is now, `dx`, `dy` how far its
        middle has moved in pixels, `scale`, `angle` in degrees, and `inliers`, the number of features that agree.
    """
    grey = [np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)) for frame in (before, after)]
    touched = (cv2.absdiff(before, after).max(axis=2) > 13).astype(np.uint8)
    if touched.mean() < 0.002:
        return []
    near = np.asarray(cv2.dilate(touched, np.ones((9, 9), np.uint8))) > 0
    a, b = match(find_features(grey[0], near), find_features(grey[1], near))
    going = np.linalg.norm(b - a, axis=1) > FAR
    a, b = a[going], b[going]
    found = []
    for _ in range(PARTS):
        fitted = fit_points(a, b, 1.5)
        if fitted is None or fitted[0].inliers < LEAST:
            break
        fit, agree = fitted
        part = _part(grey, fit.matrix, a[agree], b[agree])
        if part is not None:
            found.append(part | {"inliers": fit.inliers})
        a, b = a[~agree], b[~agree]
    return sorted(found, key=lambda part: -part["inliers"])


def _part(grey: list[np.ndarray], matrix: np.ndarray, a: np.ndarray, b: np.ndarray) -> dict[str, Any] | None:
    """The part whose features moved from a to b, or None when the pictures do not bear the move out."""
    height, width = grey[0].shape
    left, top = np.floor(b.min(axis=0)).astype(int).clip(0)
    right, bottom = (np.ceil(b.max(axis=0)).astype(int) + 1).clip(0, (width, height))
    inside = (slice(top, bottom), slice(left, right))
    moved, shown = warp(grey[0], matrix, (width, height))
    shown = shown[inside]
    if shown.size < SMALL * width * height or shown.mean() < 0.5 or displacement(matrix, (width, height)) < FAR:
        return None
    with_it = cv2.absdiff(moved, grey[1])[inside][shown].mean()
    without = cv2.absdiff(grey[0], grey[1])[inside][shown].mean()
    if with_it > GAIN * without:
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
