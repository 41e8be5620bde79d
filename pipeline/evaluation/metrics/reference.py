"""Comparison with a reference process: DTW-aligned SSIM and L1, IoU of changes, Kendall's tau of the region order.

Both processes are (N, H, W, 3) of one size and of the same painting; numbers of frames and pace may differ. Compared
are frames after dynamic time warping, what changes between aligned neighbours, and in which order the regions of the
picture are worked on and finished.
"""

from itertools import pairwise

import numpy as np

from ....modules.degree import touched
from ...frame_arrays import evenly, shrink, stays_under
from .distance_profile import distance_profile
from .monotonicity import DEAD_SHARE
from .perceptual_metric import PerceptualMetric, ssim

ALIGN_SIDE = 48  # longest side at which frames are aligned: masses, not strokes
MAX_ALIGNED = 120  # of longer processes so many are aligned, spread evenly
PAIRS = 24  # pairs of aligned frames that are compared, spread evenly over the alignment
CHANGE_MOMENTS = 21  # frames of the reference between which changes are compared: twenty steps
CELLS = 8  # the grid's cells per side
LEAST_PART = 0.005  # parts of a smaller share of the picture are no region
LEAST_CHANGE = 0.03  # nor is a region that the reference changes by no more than this
REGION_DONE = 0.1  # a region with this share of its change left is finished
TIE = 0.03  # moments nearer than this share of the process are one moment


def compare_to_reference(
    frames: np.ndarray, reference: np.ndarray, labels: np.ndarray, perceptual: PerceptualMetric | None = None
) -> dict[str, float]:
    """Compute every metric of a process beside a reference process.

    Returns:
        `aligned_l1`, `aligned_ssim` and the perceptual distance (if any) of PAIRS aligned pairs, at most 128 px large,
        and how far the two distance profiles are apart;
        `change_iou`, `order_finished`, `order_worked`, and `order`, the mean of the two.
    """
    ours, theirs = evenly(frames, MAX_ALIGNED), evenly(reference, MAX_ALIGNED)
    path = align_frames(ours, theirs)
    chosen = evenly(path, PAIRS)
    one, other = shrink(ours[chosen[:, 0]]), shrink(theirs[chosen[:, 1]])
    found = {
        "aligned_l1": float(np.abs(one - other).mean()),
        "aligned_ssim": float(ssim(one, other).mean()),
    }
    if perceptual is not None:
        found[perceptual.key("aligned")] = float(perceptual(one, other).mean())
        profiles = [distance_profile(process, perceptual) for process in (frames, reference)]
        found[perceptual.key("profile_apart")] = float(np.abs(profiles[0] - profiles[1]).mean())
    found["change_iou"] = change_iou(ours, theirs, path)
    return found | order_metrics(frames, reference, labels)


def align_frames(frames: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Align two processes by dynamic time warping: monotone pairs (M, 2) of frame indices, from first to last.

    The path is the cheapest one by mean |difference| of the frames at ALIGN_SIDE pixels.
    """
    from scipy.spatial.distance import cdist
    from skimage.graph import MCP

    ours, theirs = (shrink(p, ALIGN_SIDE).reshape(len(p), -1) for p in (frames, reference))
    costs = cdist(ours, theirs, "cityblock") / ours.shape[1]
    # A step costs a little of its own, so that frames that stand still are not walked along.
    paths = MCP(costs + 1e-6, offsets=[(1, 1), (1, 0), (0, 1)], fully_connected=False)
    paths.find_costs([(0, 0)])
    return np.array(paths.traceback((len(frames) - 1, len(reference) - 1)))


def change_iou(frames: np.ndarray, reference: np.ndarray, path: np.ndarray) -> float:
    """Compute IoU of the pixels that both processes touch between neighbouring moments, mean over the moments.

    Moments are CHANGE_MOMENTS frames of the reference, spread evenly, and the frames aligned with them (the middle one
    where there are several). Stretches in which the reference stands still are left out; NaN when it always does.
    """
    moments = evenly(np.arange(len(reference)), CHANGE_MOMENTS)
    partner = {j: int(np.median(path[path[:, 1] == j, 0])) for j in moments}
    overlaps = []
    for j, k in pairwise(moments):
        changed = touched(reference[j], reference[k])
        if changed.mean() >= DEAD_SHARE:
            ours = touched(frames[partner[j]], frames[partner[k]])
            overlaps.append((changed & ours).sum() / (changed | ours).sum())
    return float(np.mean(overlaps)) if overlaps else float("nan")


def order_metrics(frames: np.ndarray, reference: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Kendall's tau-b, in [-1, 1], of the order in which regions are worked on and finished; 0 = no order at all.

    Regions: the cells of a grid and the parts, those that the reference changes. NaN when it has no order itself.
    """
    regions = _regions(labels)
    finished, worked, change = region_times(reference, regions)
    changed = change > LEAST_CHANGE
    our_finished, our_worked, _ = region_times(frames, regions)
    found = {
        "order_finished": _kendall_tau(our_finished[changed], finished[changed]),
        "order_worked": _kendall_tau(our_worked[changed], worked[changed]),
    }
    return found | {"order": float(np.mean(list(found.values())))}


def _regions(labels: np.ndarray) -> np.ndarray:
    """Weights (R, H*W) float32, each row one region: 1 / its number of pixels inside, 0 outside."""
    height, width = labels.shape
    row = np.arange(height) * CELLS // height
    column = np.arange(width) * CELLS // width
    cells = row[:, None] * CELLS + column
    masks = [cells == i for i in np.unique(cells)]
    masks += [labels == k for k in np.unique(labels) if (labels == k).mean() >= LEAST_PART]
    stacked = np.stack(masks).reshape(len(masks), -1).astype(np.float32)
    return stacked / stacked.sum(1, keepdims=True)


def region_times(frames: np.ndarray, regions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Measure when each region (R, H*W) is finished and worked on, in [0, 1] of the process, and its change.

    Finished: within REGION_DONE of its way to the process's own last frame for good; so a process that ends beside the
    painting has an order too, and a cross-fade none. Worked on: the mean moment of all its change. All (R,).
    """
    n = len(frames)
    last = frames[-1]
    left = np.stack([regions @ np.abs(frame - last).mean(2).ravel() for frame in frames])  # (N, R)
    moved = np.stack([regions @ np.abs(b - a).mean(2).ravel() for a, b in pairwise(frames)])
    share = left / np.maximum(left[0], 1e-6)
    finished = np.array([stays_under(curve, REGION_DONE) for curve in share.T]) / (n - 1)
    middle = (np.arange(1, n) - 0.5) / (n - 1)
    total = moved.sum(0)
    # A region that never changes is worked on at no moment: it counts as being in the middle of everything.
    worked = np.where(total > 1e-6, middle @ moved / np.maximum(total, 1e-6), 0.5)
    return finished, worked, left[0]


def _kendall_tau(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Kendall's tau-b of two times (R,) in which moments nearer than TIE are tied (scipy's has no tolerance)."""
    one, other = (np.sign(t[:, None] - t) * (np.abs(t[:, None] - t) > TIE) for t in (ours, theirs))
    ordered, reference_ordered = np.square(one).sum(), np.square(other).sum()
    if not reference_ordered:
        return float("nan")
    return float((one * other).sum() / np.sqrt(ordered * reference_ordered)) if ordered else 0.0
