"""Change the size of label maps."""

from __future__ import annotations

import cv2
import numpy as np


def shrink_labels(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Label map (H,W) uint8 at a smaller (width, height): the class that covers most of each new pixel."""
    if (labels.shape[1], labels.shape[0]) == size:
        return labels.copy()
    best = np.zeros((size[1], size[0]), np.uint8)
    most = np.full((size[1], size[0]), -1, np.int16)
    for k in np.unique(labels):
        mask = (labels == k).astype(np.uint8) * 255
        share = cv2.resize(mask, size, interpolation=cv2.INTER_AREA).astype(np.int16)
        better = share > most
        best[better], most[better] = k, share[better]
    return best
