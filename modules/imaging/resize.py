"""Resize pictures and label maps."""

import cv2
import numpy as np


def resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize (H,W[,C]) float to size = (width, height): by area when it shrinks, linear when it grows."""
    if image.shape[1::-1] == size:
        return image
    shrinks = size[0] * size[1] < image.shape[0] * image.shape[1]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def resize_labels(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize a label map (H,W) to size = (width, height) by nearest neighbour, as uint8."""
    return cv2.resize(labels.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT)


def fit_size(shape: tuple[int, ...], longest: int) -> tuple[int, int]:
    """Scale a picture's `shape` (H,W,…) down, never up, to `longest` pixels: (width, height), at least 1 x 1."""
    height, width = shape[:2]
    scale = min(1.0, longest / max(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))


def crop_resize(values: np.ndarray, shape: tuple[int, ...], box: tuple[int, int, int, int]) -> np.ndarray:
    """Enlarge (h,w[,C]) to a picture of `shape` (H,W,...) by linear interpolation, only inside a box of it.

    box: (top, bottom, left, right) in pixels of the picture; gives the values of cutting it out of the whole.
    """
    top, bottom, left, right = box
    scale_x, scale_y = values.shape[1] / shape[1], values.shape[0] / shape[0]
    # Pixel centres: x of the picture lies at (x + 0.5) * scale - 0.5 of the small map.
    matrix = np.array(
        [[scale_x, 0, (left + 0.5) * scale_x - 0.5], [0, scale_y, (top + 0.5) * scale_y - 0.5]], np.float64
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (right - left, bottom - top)
    return cv2.warpAffine(values, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def affected_box(mask: np.ndarray, shape: tuple[int, ...], margin: int) -> tuple[int, int, int, int] | None:
    """Find the box (top, bottom, left, right) of a picture of `shape` in which a small mask can have any effect.

    mask: (h,w) bool, widened by `margin` of its pixels. None for an empty mask.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    scale_y, scale_x = shape[0] / mask.shape[0], shape[1] / mask.shape[1]
    return (
        max(0, int((rows[0] - margin) * scale_y)),
        min(shape[0], int(np.ceil((rows[-1] + 1 + margin) * scale_y))),
        max(0, int((columns[0] - margin) * scale_x)),
        min(shape[1], int(np.ceil((columns[-1] + 1 + margin) * scale_x))),
    )


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
