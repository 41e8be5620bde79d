"""Like a person: a process beside a true one of the same painting.

Both are (N, H, W, 3) of one size; they may have different numbers of frames and different pace. Not what is in frame i
but the way is compared: frames after monotone alignment, what changes between aligned neighbours, and in which order
the regions of the picture are worked on and finished.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ....modules.degree import touched
from ...frame_arrays import evenly, shrink, stays_under
from .monotonicity import DEAD_SHARE
from .perceptual_metric import PerceptualMetric, structure

ALIGN_SIDE = 48  # longest side at which frames are aligned: masses, not strokes
MOST_FRAMES = 120  # of longer processes so many are aligned, spread evenly
PAIRS = 24  # pairs of aligned frames that are compared, spread evenly over the alignment
MOMENTS = 21  # frames of the true process between which changes are compared: twenty steps
CELLS = 8  # the grid's cells per side
LEAST_PART = 0.005  # parts of a smaller share of the picture are no region
LEAST_CHANGE = 0.03  # nor is a region of which the true process changes no more than this
DONE = 0.1  # a region with this share of its change left is finished
TIE = 0.03  # moments nearer than this share of the process are one moment


def compare_to_reference(
    frames: np.ndarray, true: np.ndarray, labels: np.ndarray, ruler: PerceptualMetric | None = None
) -> dict[str, float]:
    """Every figure of a process beside the true one, by name.

    `aligned_l1`, `aligned_ssim` and, with a ruler, its distance: of PAIRS pairs of the alignment, at most SIDE pixels
    large. `change_iou`, `order_finished`, `order_worked`, and `order`, the mean of the two.
    """
    ours, theirs = evenly(frames, MOST_FRAMES), evenly(true, MOST_FRAMES)
    path = align(ours, theirs)
    chosen = evenly(path, PAIRS)
    one, other = shrink(ours[chosen[:, 0]]), shrink(theirs[chosen[:, 1]])
    found = {
        "aligned_l1": float(np.abs(one - other).mean()),
        "aligned_ssim": float(structure(one, other).mean()),
    }
    if ruler is not None:
        found[ruler.key("aligned")] = float(ruler(one, other).mean())
    found["change_iou"] = change_overlap(ours, theirs, path)
    return found | order_figures(frames, true, labels)


def align(frames: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Dynamic time warping: pairs (M, 2) of a frame and a true frame, both from the first to the last, never back.

    The cheapest such path by mean |difference| of the frames at ALIGN_SIDE pixels.
    """
    from scipy.spatial.distance import cdist
    from skimage.graph import MCP

    ours, theirs = (shrink(p, ALIGN_SIDE).reshape(len(p), -1) for p in (frames, true))
    costs = cdist(ours, theirs, "cityblock") / ours.shape[1]
    # A step costs a little of its own, so that frames that stand still are not walked along.
    paths = MCP(costs + 1e-6, offsets=[(1, 1), (1, 0), (0, 1)], fully_connected=False)
    paths.find_costs([(0, 0)])
    return np.array(paths.traceback((len(frames) - 1, len(true) - 1)))


def change_overlap(frames: np.ndarray, true: np.ndarray, path: np.ndarray) -> float:
    """Intersection over union of the pixels that both touch between neighbouring moments, mean over the moments.

    Moments are MOMENTS frames of the true process, spread evenly, and the frames aligned with them (the middle one
    where there are several). Stretches in which the true process stands still are left out.
    """
    moments = evenly(np.arange(len(true)), MOMENTS)
    partner = {j: int(np.median(path[path[:, 1] == j, 0])) for j in moments}
    overlaps = []
    for j, k in pairwise(moments):
        changed = touched(true[j], true[k])
        if changed.mean() >= DEAD_SHARE:
            ours = touched(frames[partner[j]], frames[partner[k]])
            overlaps.append((changed & ours).sum() / (changed | ours).sum())
    return float(np.mean(overlaps)) if overlaps else float("nan")


# --- order ------------------------------------------------------------------------------------------------------------


def order_figures(frames: np.ndarray, true: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Are regions worked on, and finished, in the true order? Kendall tau-b, in [-1, 1]; 0 = no order at all.

    Regions: the cells of a grid and the parts, those that the true process changes. NaN when it has no order itself.
    """
    regions = _regions(labels)
    finished, worked, change = region_times(true, regions)
    told = change > LEAST_CHANGE
    our_finished, our_worked, _ = region_times(frames, regions)
    found = {
        "order_finished": _agreement(our_finished[told], finished[told]),
        "order_worked": _agreement(our_worked[told], worked[told]),
    }
    return found | {"order": float(np.mean(list(found.values())))}


def _regions(labels: np.ndarray) -> np.ndarray:
    """(R, H*W) float32, each row one region: 1 / its number of pixels inside, 0 outside."""
    height, width = labels.shape
    row = np.arange(height) * CELLS // height
    column = np.arange(width) * CELLS // width
    cells = row[:, None] * CELLS + column
    masks = [cells == i for i in np.unique(cells)]
    masks += [labels == k for k in np.unique(labels) if (labels == k).mean() >= LEAST_PART]
    stacked = np.stack(masks).reshape(len(masks), -1).astype(np.float32)
    return stacked / stacked.sum(1, keepdims=True)


def region_times(frames: np.ndarray, regions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """When each region (R, H*W) is finished, when it is worked on, in [0, 1] of the process, and how much it changes.

    Finished: within DONE of its way to the process's own last frame for good; so a process that ends beside the
    painting has an order too, and a cross-fade none. Worked on: the mean moment of all its change. All (R,).
    """
    n = len(frames)
    last = frames[-1]
    left = np.stack([regions @ np.abs(frame - last).mean(2).ravel() for frame in frames])  # (N, R)
    moved = np.stack([regions @ np.abs(b - a).mean(2).ravel() for a, b in pairwise(frames)])
    share = left / np.maximum(left[0], 1e-6)
    finished = np.array([stays_under(curve, DONE) for curve in share.T]) / (n - 1)
    middle = (np.arange(1, n) - 0.5) / (n - 1)
    total = moved.sum(0)
    # A region that never changes is worked on at no moment: it counts as being in the middle of everything.
    worked = np.where(total > 1e-6, middle @ moved / np.maximum(total, 1e-6), 0.5)
    return finished, worked, left[0]


def _agreement(ours: np.ndarray, true: np.ndarray) -> float:
    """Kendall's tau-b of two times (R,) in which moments nearer than TIE are tied (which scipy's does not know)."""
    one, other = (np.sign(t[:, None] - t) * (np.abs(t[:, None] - t) > TIE) for t in (ours, true))
    ordered, truly = np.square(one).sum(), np.square(other).sum()
    if not truly:
        return float("nan")
    return float((one * other).sum() / np.sqrt(ordered * truly)) if ordered else 0.0
