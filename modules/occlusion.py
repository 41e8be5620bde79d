"""Amodal completion: what lies behind, from a label map and the depth order of its parts.

A part is certainly where it shows, and certainly not where a farther part shows. Where nearer parts hide both, its
outline is carried on: by push-pull interpolation between the two, drawn a little to the nearest of them. On 596 partly
hidden layers of vector scenes, on which its constants were also chosen, that gives a mean IoU of .78 with the true
extents, against .74 for the part that shows nearest by (of what is hidden .59 against .51). Surfaces end along level
lines (a meadow does not rise up to a horse's back behind it), so they are carried on sideways rather than upward, and
never above where they end on both sides.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from .imaging.nearest import nearest
from .imaging.push_pull import push_pull_fill
from .imaging.resize import fit_size, resize, resize_labels
from .labels import LabelSet

_WORKING_SIZE = 192  # longest side at which outlines are carried on; they are smooth
_NEAREST = 0.25  # weight of the nearest visible part, beside push-pull interpolation
_SURFACES = ("background", "sky", "water", "ground", "grass", "wall")
_SURFACE_ENDS = 0.36  # value below which a surface goes on no more
_LEVEL = 3  # how much shorter a way is along the horizon than across it, where a surface goes on
_OFF = 0.008  # of the longest side: how far off a label map's outlines may be
_THING_ENDS, _FADES = 0.4, 0.2  # of a thing; and what it loses on the way of its own width


def extents(labels: np.ndarray, label_set: LabelSet) -> np.ndarray:
    """Estimate each part's amodal mask: where it shows, and what nearer parts hide of it.

    Args:
        labels: (H,W) indices of `label_set`.

    Returns:
        (K,H,W) bool; nothing for parts that do not show.
    """
    result = np.zeros((len(label_set), *labels.shape), bool)
    for part, extent in _completed(labels, label_set):
        result[part] = extent
    return result


def behind_map(labels: np.ndarray, label_set: LabelSet) -> np.ndarray:
    """Find the part that lies directly behind each pixel of a label map (H,W): (H,W) of its type.

    It is the pixel's own where nothing lies behind; "edge", which is no part of the painting, never does.
    """
    behind = labels.copy()
    rank = label_set.depth_order
    for part, extent in _completed(labels, label_set):  # far to near
        behind[extent & (rank[labels] > rank[part])] = part
    nothing = behind == labels
    if nothing.any():
        shown = labels[across(labels, label_set, nearer=False)]
        behind[nothing] = shown[nothing]
    return behind


def behind_colours(image: np.ndarray, labels: np.ndarray, label_set: LabelSet) -> np.ndarray:
    """Carry the colours of an image (H,W,3) on behind what hides them: (H,W,3) float32, of `behind_map`'s parts."""
    behind = behind_map(labels, label_set)
    result = image.astype(np.float32)
    size = fit_size(labels.shape, _WORKING_SIZE)
    small, parts = cv2.resize(image, size, interpolation=cv2.INTER_NEAREST), resize_labels(labels, size)
    for part in np.unique(behind[behind != labels]):
        hidden = (behind == part) & (labels != part)
        if (parts == part).any():
            carried = push_pull_fill(small.reshape(*parts.shape, 3), parts == part)
            result[hidden] = resize(carried, labels.shape[::-1]).reshape(result.shape)[hidden]
        else:  # too small for the working size
            result[hidden] = image[labels == part].mean(axis=0)
    return result


def well_inside(mask: np.ndarray) -> np.ndarray:
    """Leave out what a mask (h,w) bool has along its outlines, which are a little off those in a picture.

    Pieces that are thin all over stay.
    """
    side = 2 * max(1, round(_OFF * max(mask.shape))) + 1
    inner = cv2.erode(mask.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    pieces = cv2.connectedComponents(mask.astype(np.uint8))[1]
    return np.asarray(inner | (mask & ~np.isin(pieces, np.unique(pieces[inner]))))


def across(labels: np.ndarray, label_set: LabelSet, *, nearer: bool) -> tuple[np.ndarray, np.ndarray]:
    """Find for each pixel the nearest pixel (row, column), (H,W) each, of a part that lies behind its own.

    nearer: of a part that lies in front of it. Where there is none it is the pixel itself.
    """
    rank = label_set.depth_order[labels]
    grid: np.ndarray = np.indices(labels.shape).astype(np.int32)
    at_y, at_x = grid.copy()
    padding = _padding(labels, label_set)
    for part in np.unique(labels):
        here = labels == part
        own = rank[here][0]
        source = (rank > own if nearer else rank < own) & ~padding
        if not source.any():
            continue
        at_y[here], at_x[here] = np.divmod(nearest(source)[1][here], labels.shape[1])
    return at_y, at_x


def _padding(labels: np.ndarray, label_set: LabelSet) -> np.ndarray:
    """Where a label map (H,W) says that there is no painting, bool."""
    return labels == label_set.names.index("edge") if "edge" in label_set.names else np.zeros(labels.shape, bool)


def _completed(labels: np.ndarray, label_set: LabelSet) -> Iterator[tuple[int, np.ndarray]]:
    """Yield each part that shows, far to near, and its extent (H,W) bool; without "edge"."""
    rank = label_set.depth_order
    small = resize_labels(labels, fit_size(labels.shape, _WORKING_SIZE))
    ranks, padding = rank[labels], _padding(labels, label_set)
    for part in sorted(np.unique(labels[~padding]).tolist(), key=lambda k: rank[k]):
        visible, hidden = labels == part, (ranks > rank[part]) & ~padding
        if not hidden.any() or (visible | hidden).all():
            yield part, visible | hidden
            continue
        goes_on = _carried_on(small == part, rank[small] < rank[part], label_set.kind(part) in _SURFACES)
        yield part, visible | (hidden & (cv2.resize(goes_on, labels.shape[::-1]).reshape(labels.shape) > 0))


def _carried_on(inside: np.ndarray, outside: np.ndarray, surface: bool) -> np.ndarray:
    """Find where a part goes on, (h,w) above 0, from masks of where it shows and where something farther does."""
    value = _interpolated(*(_squeezed(mask) for mask in (inside, outside))) if surface else None
    if value is None:
        value = _interpolated(inside, outside)
    if value is None:  # too small for the working size, or nothing there ends it
        return inside.astype(np.float32) - 0.5
    if surface:
        goes_on = cv2.resize(value - _SURFACE_ENDS, inside.shape[::-1]).reshape(inside.shape)
        return np.where(_above_horizon(inside, outside), np.float32(-1), goes_on)
    return np.asarray(value - _THING_ENDS - _FADES * nearest(inside)[0] / np.sqrt(inside.sum()))


def _above_horizon(inside: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """Find what is higher than a surface's upper end beside it, on the left and on the right, (h,w) bool."""
    height, width = inside.shape
    ends = inside[1:] & outside[:-1]
    columns = np.flatnonzero(ends.any(axis=0))
    if not columns.size:
        return np.zeros_like(inside)
    top = 1 + ends.argmax(axis=0)[columns]
    right = np.minimum(np.searchsorted(columns, np.arange(width)), columns.size - 1)
    return np.arange(height)[:, None] < np.minimum(top[right], top[np.maximum(right - 1, 0)])


def _squeezed(mask: np.ndarray) -> np.ndarray:
    """Squeeze a mask (h,w) bool sideways by `_LEVEL`."""
    size = (max(1, round(mask.shape[1] / _LEVEL)), mask.shape[0])
    return cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA).reshape(size[::-1]) > 0.5


def _interpolated(inside: np.ndarray, outside: np.ndarray) -> np.ndarray | None:
    """Interpolate between where a part shows, 1, and something farther, 0: (h,w) float32; None without both."""
    known = inside | outside
    if not inside.any() or not outside.any():
        return None
    smooth = push_pull_fill(np.dstack([inside.astype(np.float32)] * 3), known)[..., 0]
    return np.asarray((1 - _NEAREST) * smooth + _NEAREST * inside.ravel()[nearest(known)[1]], np.float32)
