"""Removes colour fringes: paint that spills over a part boundary keeps the colour of the part it comes from.

The states of finish hold every place's own colours. A network that is unsure on which side of an outline a pixel lies
lays the neighbour's own colour in a strip one or two pixels wide, and a mass of paint gets a dotted rim.
"""

import cv2
import numpy as np

from ..finish_levels import level
from .nearest import nearest

OWN = tuple(level(name) for name in ("wash", "flat", "form"))  # early paint in a place's own colours
UNDER, OVER = level("under"), level("over")
STROKE = 0.02  # of the longest side: the narrowest that early paint is, about five pixels of 256
LAID = 0.03  # a weight above this lays paint
_NEIGHBOURS = np.ones((3, 3), np.uint8)


def remove_fringes(
    mix: np.ndarray, weight: np.ndarray, labels: np.ndarray, rank: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give strips of early paint that are narrower than a stroke the colour of the paint across the outline.

    Args:
        mix: (M,h,w) shares of all states of finish.
        weight: (h,w) in [0,1].
        labels: (h,w) class indices.
        rank: (K,) of each class from far to near, as in `finish_levels.depth_order`.

    Returns:
        The mixture, in which strips are `over` (or `under`, where the paint across lies further back), and where paint
        may be laid, (h,w) 1 or 0: not where a strip is alone.
    """
    thin = find_fringes((mix[list(OWN)].sum(axis=0) > 0.5) & (weight > LAID), labels)
    if not thin.any():
        return mix, np.ones_like(weight)
    across = _painted_across(thin, (weight > LAID) & ~thin, labels)
    mix, may = mix.copy(), np.ones_like(weight)
    for state, chosen in (
        (OVER, thin & (across >= 0) & (rank[across] > rank[labels])),
        (UNDER, thin & (across >= 0) & (rank[across] < rank[labels])),
    ):
        mix[:, chosen] = 0
        mix[state, chosen] = 1
    may[thin & (across < 0)] = 0
    return mix, may


def find_fringes(mask: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Find the pixels (h,w) bool of a mask (h,w) bool that no stroke inside one part of `labels` (h,w) covers.

    Where a part itself is narrower than a stroke, it is covered.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_side(labels.shape),) * 2)
    result = mask.copy()
    for part in np.unique(labels[mask]):
        here = labels == part
        stroke = cv2.morphologyEx((mask & here).astype(np.uint8), cv2.MORPH_OPEN, kernel)
        covered = cv2.dilate(stroke, _NEIGHBOURS) > 0  # a stroke is round, a corner is none the less painted
        room = cv2.dilate(cv2.morphologyEx(here.astype(np.uint8), cv2.MORPH_OPEN, kernel), kernel) > 0
        result &= ~(here & (covered | ~room))
    return result


def _painted_across(strip: np.ndarray, painted: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Find for pixels of a strip (h,w) bool the other part whose painted pixels (h,w) bool are nearest: (h,w) int64.

    -1 where there are none within a stroke's width, and everywhere else.
    """
    result = np.full(labels.shape, -1, np.int64)
    for part in np.unique(labels[strip]):
        source = painted & (labels != part)
        if not source.any():
            continue
        away, at = nearest(source)
        near = strip & (labels == part) & (away <= _side(labels.shape))
        result[near] = labels.ravel()[at[near]]
    return result


def _side(shape: tuple[int, ...]) -> int:
    """Width of a stroke in pixels, odd."""
    return 2 * max(1, round(STROKE * max(shape) / 2)) + 1
