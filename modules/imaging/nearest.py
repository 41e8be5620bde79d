"""Distance transform that also gives the nearest pixel."""

import cv2
import numpy as np


def nearest(known: np.ndarray, *, window: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Find for each pixel the nearest of the known ones (H,W) bool.

    Args:
        known: (H,W) bool.
        window: 3 or 5, of the distance transform; the larger is nearer to the Euclidean distance.

    Returns:
        Distance (H,W) float32 in pixels, and flat indices (H,W) int64 of the nearest pixels; both are meaningless
        where nothing is known.
    """
    distance, number = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, window, labelType=cv2.DIST_LABEL_PIXEL
    )
    index = np.zeros(int(number.max()) + 1, np.int64)
    index[number[known]] = np.flatnonzero(known)
    return distance, index[number]
