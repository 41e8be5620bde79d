"""Amodal completion: whole extents that are guessed of parts, beside the true ones."""

import numpy as np

from ....modules.imaging.nearest import nearest

LEAST_HIDDEN = 0.05  # share of an extent that nearer parts hide, from which it is scored
LEAST_VISIBLE = 12  # pixels that show


def hidden_parts(parts: np.ndarray, extents: np.ndarray) -> list[int]:
    """List the parts that show and are hidden by `LEAST_HIDDEN` or more: indices into `parts`, from 1.

    Args:
        parts: (H,W) integers; part i (from 1) is nearer than part i - 1; 0 is no part.
        extents: (n,H,W) bool, the true extent of part i is `extents[i - 1]`.
    """
    visible = np.bincount(parts.ravel(), minlength=len(extents) + 1)[1:]
    whole = np.maximum(extents.sum((1, 2)), 1)
    return (np.flatnonzero((visible >= LEAST_VISIBLE) & (1 - visible / whole >= LEAST_HIDDEN)) + 1).tolist()


def nearest_completion(parts: np.ndarray, part: int) -> np.ndarray:
    """Complete a part by the nearest of what is not nearer itself: it goes on where that is the part. (H,W) bool."""
    visible, known = parts == part, (parts <= part) & (parts > 0)
    return visible | ((parts > part) & visible.ravel()[nearest(known)[1]])


def amodal_iou(found: np.ndarray, extent: np.ndarray, visible: np.ndarray) -> tuple[float, float]:
    """Intersection over union of an extent (H,W) bool, and of its hidden part alone."""

    def iou(one: np.ndarray, other: np.ndarray) -> float:
        return float((one & other).sum() / max((one | other).sum(), 1))

    return iou(found, extent), iou(found & ~visible, extent & ~visible)
