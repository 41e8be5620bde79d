"""For every pixel the nearest one of a set."""

from __future__ import annotations

import cv2
import numpy as np


def nearest(known: np.ndarray, *, window: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """How far each pixel is from the nearest of `known` (H,W) bool, in pixels, and which that is.

    Returns (H,W) float32, and (H,W) int64 flat indices into the map; where nothing is known, they mean nothing.
    window: 3 or 5, of the distance transform; the larger is nearer to the Euclidean distance.
    """
    away, number = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, window, labelType=cv2.DIST_LABEL_PIXEL
    )
    index = np.zeros(int(number.max()) + 1, np.int64)
    index[number[known]] = np.flatnonzero(known)
    return away, index[number]
