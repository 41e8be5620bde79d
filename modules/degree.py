"""Degrees: how much of each part of a picture is painted in a step, and their bins.

A degree belongs to one part (one class of the label map) and one step `before -> after`. Three modes share one
interface; the mode is stored with the weights that were trained with it (docs/design.md, "Degree"). Does not import
torch, which plans do without.
"""

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np

DegreeMode = Literal["area", "contribution", "progress"]
MODES: tuple[DegreeMode, ...] = ("area", "contribution", "progress")

TOUCHED_DIFFERENCE = 0.05  # a pixel is touched when its max-RGB difference is above this (values in [0,1])
TOUCHED_LEVEL = round(255 * TOUCHED_DIFFERENCE)  # the same for uint8 pictures; what differs by less may be the codec's
TOUCHED_SHARE = 0.03  # a part counts as touched when more than this share of its pixels is
TOUCHED_DEGREE = 0.02  # the least degree of a touched part in mode "progress"
FINISHED_DISTANCE = 0.02  # a part nearer to the painting than this (mean |difference|) is finished
BAND = 1 << 18  # pixels that are measured at a time
GRANULARITY = 5  # G: bins 1..G above "not touched"


def bin_edges(granularity: int = GRANULARITY) -> tuple[float, ...]:
    """Return the upper edges of bins 0..G: 0.03, then i * 0.97 / G; higher degrees join the last bin."""
    return (TOUCHED_SHARE, *(i * 0.97 / granularity for i in range(1, granularity + 1)))


def degree_bins(degrees: np.ndarray, granularity: int = GRANULARITY) -> np.ndarray:
    """Find the bin 0..G of each degree (float array); bin i holds degrees up to and including its upper edge."""
    edges = np.asarray(bin_edges(granularity), degrees.dtype)
    return np.minimum(np.searchsorted(edges, degrees), granularity)


def _share_per_part(values_of: Callable[[slice], np.ndarray], labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Mean of values over each class of `labels` (H,W), (K,); 0 for a class without pixels.

    Args:
        values_of: computes the values (h,W), numbers or bool, of a slice of rows: a large picture is measured band by
            band, so that no map of its size is made.
        labels: class indices.
        n_classes: K.
    """
    total, count = np.zeros(n_classes), np.zeros(n_classes, np.intp)
    band = max(1, BAND // max(1, labels.shape[1]))
    for top in range(0, len(labels), band):
        rows = slice(top, top + band)
        values, flat = values_of(rows), labels[rows].astype(np.intp, copy=False)  # else `bincount` converts each time
        count += np.bincount(flat.ravel(), minlength=n_classes)[:n_classes]
        if values.dtype == bool:
            total += np.bincount(flat[values], minlength=n_classes)[:n_classes]
        else:
            total += np.bincount(flat.ravel(), weights=values.ravel(), minlength=n_classes)[:n_classes]
    share: np.ndarray = total / np.maximum(count, 1)
    return share


def _unit(picture: np.ndarray) -> np.ndarray:
    """Convert a picture to float in [0,1], where it is uint8."""
    return picture.astype(np.float32) / 255 if picture.dtype == np.uint8 else picture


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Mean |one - other| over the channels of two pictures (H,W,3), (H,W) in [0,1]."""
    # Channel by channel: faster than .mean(axis=2), and large pictures need one plane of memory, not three.
    apart = np.abs(one[..., 0] - other[..., 0])
    for channel in (1, 2):
        apart += np.abs(one[..., channel] - other[..., channel])
    apart /= 3
    return apart


def touched(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Find the pixels (H,W) bool that a step `before -> after`, both (H,W,3) in [0,1], visibly changed."""
    change = cv2.absdiff(np.ascontiguousarray(after, np.float32), np.ascontiguousarray(before, np.float32))
    return cv2.inRange(change, (0,) * 3, (TOUCHED_DIFFERENCE,) * 3) == 0


def distance(canvas: np.ndarray, painting: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Mean |canvas - painting| per part, (K,) in [0,1]; 0 for a part without pixels. A canvas may be uint8."""
    return _share_per_part(lambda rows: difference(_unit(canvas[rows]), painting[rows]), labels, n_classes)


def finished(canvas: np.ndarray, painting: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Find the parts with too little left for a request to change anything, (K,) bool; empty parts are finished."""
    return distance(canvas, painting, labels, n_classes) < FINISHED_DISTANCE


def measure(
    before: np.ndarray,
    after: np.ndarray,
    painting: np.ndarray,
    labels: np.ndarray,
    n_classes: int,
    mode: DegreeMode = "progress",
    left: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """Measure the degree of every part in the step `before -> after`.

    Args:
        before, after: (H,W,3) in [0,1], or uint8.
        painting: (H,W,3) in [0,1].
        labels: (H,W) class indices below `n_classes`.
        mode: `area` (the paper's code) is the share of the part's pixels that changed visibly; `contribution` (the
            paper's words) is the part's share of the whole picture's summed change; `progress` (ours) is the share
            of the remaining distance to the painting that the step covers.
        left: the `distance` (K,) before and after, where it is known.

    Returns:
        (K,) float32 in [0,1]; 0 for a part that is empty or not touched.

    Raises:
        ValueError: there is no such mode.
    """
    if mode not in MODES:
        raise ValueError(f"unknown degree mode {mode!r}, use one of: {', '.join(MODES)}")
    if mode == "contribution":
        return contribution(before, after, labels, n_classes)
    share = touched_share(before, after, labels, n_classes)
    if mode == "area":
        return area(share)
    return progress(share, *(left or (distance(canvas, painting, labels, n_classes) for canvas in (before, after))))


def touched_share(before: np.ndarray, after: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Measure the share (K,) of each part's pixels that a step `before -> after` visibly changed."""
    return _share_per_part(lambda rows: touched(_unit(before[rows]), _unit(after[rows])), labels, n_classes)


def area(share: np.ndarray) -> np.ndarray:
    """Compute degrees (K,) in mode `area` from the touched shares (K,)."""
    return np.where(share < TOUCHED_SHARE, 0.0, share).astype(np.float32)


def contribution(before: np.ndarray, after: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Measure degrees (K,) in mode `contribution`: shares of the summed change; all 0 where nothing changes."""
    change = np.abs(_unit(after) - _unit(before)).sum(axis=2)
    total = float(change.sum())
    sums = np.bincount(labels.ravel(), weights=change.ravel().astype(np.float64), minlength=n_classes)
    return (sums[:n_classes] / total if total > 0 else np.zeros(n_classes)).astype(np.float32)


def progress(share: np.ndarray, left_before: np.ndarray, left_after: np.ndarray) -> np.ndarray:
    """Compute degrees (K,) in mode `progress` from the touched shares and the distances before and after, all (K,)."""
    covered = np.maximum((left_before - left_after) / np.maximum(left_before, FINISHED_DISTANCE), 0.0)
    # A touched part may move away (a dark ground, a parent under its child) and must still be requested.
    return np.where(share > TOUCHED_SHARE, np.maximum(covered, TOUCHED_DEGREE), covered).astype(np.float32)


def average_over_parts(
    degrees: np.ndarray, finish: np.ndarray, labels: np.ndarray, unspecified: int
) -> tuple[np.ndarray, np.ndarray]:
    """Reduce a step's field and finish to one value per part.

    Args:
        degrees: (K,) requested degree of every part in [0,1].
        finish: (H,W) uint8 levels, `unspecified` where the plan leaves them open.
        labels: (H,W) class indices below K.
        unspecified: the value of `finish` that is no level.

    Returns:
        Field (H,W) float32 in [0,1]: the part's degree everywhere in it. Finish (H,W) uint8: the commonest level of the
        part everywhere in it; `unspecified` in parts without a level and in those with degree 0.
    """
    most = np.full(len(degrees), unspecified, np.uint8)
    for part in np.unique(labels[finish != unspecified]):
        if degrees[part] > 0:
            levels = finish[(labels == part) & (finish != unspecified)]
            most[part] = np.bincount(levels).argmax()
    return degrees.astype(np.float32)[labels], most[labels]
