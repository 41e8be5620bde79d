"""The figures of one painting process, computed from its frames and a label map, never read from a manifest.

A process is `frames` (N, H, W, 3) in [0, 1], frame 0 the bare canvas; `painting` (H, W, 3); `labels` (H, W) class
indices below `n_classes`. "Touched" is DESIGN section 3's word: the largest of a pixel's differences is above 0.05.
A "tenth" runs between two of eleven frames spread evenly over the process, so the number of frames hardly matters.
scipy and scikit-image (extra `train`) do what they have: ranks, SSIM, PSNR.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import cv2
import numpy as np

from ..modules.degree import TOUCHED_DIFFERENCE, finished, measure, touched

DEAD_SHARE = 0.002  # a step that touches fewer pixels than this share is dead
AWAY = 1e-4  # a rise of the distance below this is rounding, not moving away
COLLAPSE = 1.05  # further from the painting than frame 0 by this factor
FINAL, LEFT = 0.05, 0.10  # a painted pixel is final within FINAL of the painting, and undone when later beyond LEFT
NEARLY = 0.12  # of a colour that is nearly right at the first touch
NEAR_OUTLINE = 2  # pixels
MOST_DB = 100.0  # PSNR of equal pictures, which is infinite, so that tables and JSON can hold it
HULL_MARGIN = 0.05  # a colour this far outside what canvas and painting can mix is foreign


def as_frames(frames: Iterable[np.ndarray]) -> np.ndarray:
    """Stack frames to (N, H, W, 3) float32; uint8 frames become [0, 1]. ValueError for other shapes or under two."""
    stack = np.stack([np.asarray(frame) for frame in frames])
    if stack.ndim != 4 or stack.shape[3] != 3 or len(stack) < 2:
        raise ValueError(f"a process is at least two frames of (H, W, 3), got {stack.shape}")
    return stack.astype(np.float32) / 255 if stack.dtype == np.uint8 else stack.astype(np.float32, copy=False)


# --- ends right -------------------------------------------------------------------------------------------------------


def end_figures(last: np.ndarray, painting: np.ndarray) -> dict[str, float]:
    """PSNR in dB (at most MOST_DB), L1 and SSIM (Gaussian, sigma 1.5; absent under 11 px) of the last frame."""
    from skimage.metrics import structural_similarity

    error = float(np.square(last.astype(np.float64) - painting).mean())
    found = {
        "end_psnr": min(MOST_DB, -10 * np.log10(error)) if error > 0 else MOST_DB,
        "end_l1": float(np.abs(last - painting).mean()),
    }
    if min(painting.shape[:2]) >= 11:
        found["end_ssim"] = float(
            structural_similarity(
                last, painting, channel_axis=2, data_range=1.0, gaussian_weights=True, use_sample_covariance=False
            )
        )
    return found


# --- goes one way -----------------------------------------------------------------------------------------------------


def distance_curve(frames: np.ndarray, painting: np.ndarray) -> np.ndarray:
    """Mean |frame - painting| of every frame, (N,)."""
    return np.array([np.abs(frame - painting).mean() for frame in frames])


def not_away(curve: np.ndarray) -> float:
    """Share of steps after which the canvas is not further from the painting than before, by more than AWAY."""
    return float((np.diff(curve) <= AWAY).mean())


def worst_over_start(curve: np.ndarray) -> float:
    """The largest distance over that of frame 0; above COLLAPSE the process collapsed."""
    return float(curve.max() / max(curve[0], 1e-6))


def dead_steps(frames: np.ndarray) -> float:
    """Share of steps that touch under DEAD_SHARE of the pixels."""
    return float(np.mean([touched(a, b).mean() < DEAD_SHARE for a, b in pairwise(frames)]))


def undone(frames: np.ndarray, painting: np.ndarray) -> float:
    """Share of all pixels that were painted to within FINAL of the painting and were later beyond LEFT of it.

    Only pixels touched before count as painted: a canvas that happens to have the right colour is nobody's work.
    """
    was_final = np.zeros(painting.shape[:2], bool)
    left, painted = was_final.copy(), was_final.copy()
    for before, after in pairwise(frames):
        painted |= touched(before, after)
        error = np.abs(after - painting)
        off = np.maximum(np.maximum(error[..., 0], error[..., 1]), error[..., 2])
        left |= was_final & (off > LEFT)
        was_final |= painted & (off <= FINAL)
    return float(left.mean())


# --- how paint comes to a place ---------------------------------------------------------------------------------------


def touch_figures(frames: np.ndarray, painting: np.ndarray) -> dict[str, float]:
    """How often, how right and when pixels are touched, from frame 1 on (the ground is no touch).

    `touches`: per pixel, mean. `first_near`: of the pixels touched, the share that their first touch brings to within
    NEARLY of the painting. `once`: share touched once and never again. `quarter_1` … `quarter_4`: how all touches are
    spread over the four quarters of the steps. `local`: share of the steps that touch under a quarter of the canvas.
    """
    changes = np.stack([touched(a, b) for a, b in pairwise(frames[1:])])
    count, first = changes.sum(0), changes.argmax(0)
    after_first = np.take_along_axis(frames[2:], first[None, ..., None], axis=0)[0]
    near = np.abs(after_first - painting).max(axis=2) < NEARLY
    per_step = changes.mean(axis=(1, 2))
    quarters = np.array([part.sum() for part in np.array_split(per_step, 4)]) / max(float(per_step.sum()), 1e-9)
    return {
        "touches": float(count.mean()),
        "first_near": float(near[count > 0].mean()) if count.any() else float("nan"),
        "once": float((count == 1).mean()),
        **{f"quarter_{i + 1}": float(share) for i, share in enumerate(quarters)},
        "local": float((per_step < 0.25).mean()),
    }


# --- works locally, with opaque paint ---------------------------------------------------------------------------------


def _tenths(frames: np.ndarray) -> np.ndarray:
    """Eleven frames (or all, when there are fewer) spread evenly from the first to the last."""
    return frames[np.unique(np.round(np.linspace(0, len(frames) - 1, 11)).astype(int))]


def changed_per_tenth(frames: np.ndarray) -> float:
    """Share of the canvas that differs visibly between the ends of a tenth, mean over the tenths."""
    return float(np.mean([touched(a, b).mean() for a, b in pairwise(_tenths(frames))]))


def changed_per_step(frames: np.ndarray) -> float:
    """Share of the canvas touched in a step, median over the steps."""
    return float(np.median([touched(a, b).mean() for a, b in pairwise(frames)]))


def opacity(frames: np.ndarray) -> float:
    """Is paint laid at once or faded in? A pixel's biggest tenth's change over the sum of them all, mean over pixels.

    Pixels whose changes add up to less than 0.05 are left out. A cross-fade has 0.1, paint laid once has 1.
    """
    changes = np.stack([np.abs(b - a).mean(2) for a, b in pairwise(_tenths(frames))])
    total = changes.sum(0)
    counted = total > TOUCHED_DIFFERENCE
    return float((changes.max(0)[counted] / total[counted]).mean()) if counted.any() else float("nan")


def _outline(mask: np.ndarray) -> np.ndarray:
    """Pixels (H, W) bool of a mask (H, W) bool or labels that have a 4-neighbour with another value."""
    found = np.zeros(mask.shape, bool)
    rows, columns = mask[1:] != mask[:-1], mask[:, 1:] != mask[:, :-1]
    found[1:] |= rows
    found[:-1] |= rows
    found[:, 1:] |= columns
    found[:, :-1] |= columns
    return found


def outline_figures(frames: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Do changes end where parts end? Strokes cross and ignore part outlines, masks do not.

    `outlines`: of the outlines of what each step touches (3x3 median against speckles; dead steps left out), the
    share within NEAR_OUTLINE pixels of an outline of the label map. `outlines_chance`: the share of the whole canvas
    that is so near, which is what changes that know nothing of the parts would get.
    """
    ring = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * NEAR_OUTLINE + 1,) * 2)
    near = cv2.dilate(_outline(labels).astype(np.uint8), ring) > 0
    on, total = 0, 0
    for before, after in pairwise(frames):
        mask = cv2.medianBlur(touched(before, after).astype(np.uint8), 3) > 0
        if mask.mean() >= DEAD_SHARE:
            outline = _outline(mask) & mask
            on, total = on + int((outline & near).sum()), total + int(outline.sum())
    return {"outlines": on / total if total else float("nan"), "outlines_chance": float(near.mean())}


# --- obeys ------------------------------------------------------------------------------------------------------------


def obedience_figures(
    frames: np.ndarray, painting: np.ndarray, labels: np.ndarray, n_classes: int, asked: np.ndarray, first_step: int = 2
) -> dict[str, float]:
    """Asked against reached degrees (mode `progress`), over all pairs of a step and a part with paint left to lay.

    asked: (N-1, K), row i-1 for the step that makes frame i. Steps before `first_step` are left out: frame 1 is made
    by the firstframe stage, which is not told degrees. A part that is `finished` before the step does not count.
    `obey_spearman` and `obey_mae` are over all pairs, `obey_mae_asked` over those asked above 0. `leakage`: of the
    pixels of parts asked 0, the share that a step touches, pooled over the steps (finished parts count: they should
    stay). NaN where there is nothing to measure.
    """
    from scipy.stats import spearmanr

    if asked.shape != (len(frames) - 1, n_classes):
        raise ValueError(f"asked must be {(len(frames) - 1, n_classes)}, got {asked.shape}")
    present = np.bincount(labels.ravel(), minlength=n_classes) > 0
    pairs: list[np.ndarray] = []
    leaked, idle = 0, 0
    for i in range(max(first_step, 1), len(frames)):
        before, after, row = frames[i - 1], frames[i], asked[i - 1]
        counts = present & ~finished(before, painting, labels, n_classes)
        reached = measure(before, after, painting, labels, n_classes)
        pairs.append(np.stack([row[counts], reached[counts]], 1))
        zero = (present & (row <= 0))[labels]
        leaked, idle = leaked + int((touched(before, after) & zero).sum()), idle + int(zero.sum())
    both = np.concatenate(pairs) if pairs else np.zeros((0, 2))
    wanted = both[both[:, 0] > 0]
    varies = len(both) > 2 and np.ptp(both[:, 0]) > 0 and np.ptp(both[:, 1]) > 0
    error = np.abs(both[:, 0] - both[:, 1])
    return {
        "obey_spearman": float(spearmanr(both[:, 0], both[:, 1]).statistic) if varies else float("nan"),
        "obey_mae": float(error.mean()) if len(both) else float("nan"),
        "obey_mae_asked": float(np.abs(wanted[:, 0] - wanted[:, 1]).mean()) if len(wanted) else float("nan"),
        "leakage": leaked / idle if idle else float("nan"),
    }


# --- colours ----------------------------------------------------------------------------------------------------------


def valid(frames: np.ndarray) -> bool:
    """Every number finite and within [0, 1]."""
    return bool(np.isfinite(frames).all() and frames.min() >= 0 and frames.max() <= 1)


def foreign_colours(frames: np.ndarray, painting: np.ndarray) -> float:
    """Share of pixels of the worst frame whose colour neither canvas nor painting nor any mixture of theirs has.

    Exactly: outside the convex hull of the colours of frame 0 and the painting in RGB by more than HULL_MARGIN.
    Every fourth row and column of a frame is looked at.
    """
    from scipy.spatial import ConvexHull, QhullError

    known = np.concatenate([frames[0, ::4, ::4].reshape(-1, 3), painting[::2, ::2].reshape(-1, 3)]).astype(np.float64)
    # Eight points round black give grey pictures, whose colours lie on a line, a hull with volume.
    corners = np.array(np.meshgrid(*[(-1e-3, 1e-3)] * 3)).reshape(3, -1).T
    try:
        hull = ConvexHull(np.concatenate([known, known.mean(0) + corners]))
    except QhullError:  # a single colour
        return float(np.max([(np.abs(f - known.mean(0)).max(2) > HULL_MARGIN).mean() for f in frames]))
    planes = hull.equations.astype(np.float32)
    worst = 0.0
    for frame in frames[1:, ::4, ::4]:
        beyond = (frame.reshape(-1, 3) @ planes[:, :3].T + planes[:, 3]).max(1)
        worst = max(worst, float((beyond > HULL_MARGIN).mean()))
    return worst


def colour_cast(frames: np.ndarray, painting: np.ndarray, labels: np.ndarray, n_classes: int) -> float:
    """How far a part's mean colour strays from every mixture of what it may be made of, worst part and frame.

    A part may show its canvas, its own colours (means of its dark, middle and light third), and those of the parts
    that touch it, which may lie under it or over its edge. The figure is the distance, per channel (root mean
    square), from the nearest mixture of these; parts under 1 % of the picture are left out. 0.05 is visible.
    """
    from scipy.optimize import nnls

    light = painting.mean(2)
    masks = {i: labels == i for i in range(n_classes) if (labels == i).mean() >= 0.01}
    tones = {}
    for i, mask in masks.items():
        order = np.argsort(light[mask], kind="stable")
        tones[i] = np.stack([painting[mask][third].mean(0) for third in np.array_split(order, 3)])
    worst, heavy = 0.0, 1e3
    for i, mask in masks.items():
        ring = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        beside = [tones[j] for j in np.unique(labels[ring]) if j in tones and j != i]
        allowed = np.concatenate([frames[0][mask].mean(0, keepdims=True), tones[i], *beside]).astype(np.float64)
        # Weights of a mixture are not negative and add up to one: the last, heavy row sees to the sum.
        system = np.concatenate([allowed.T, np.full((1, len(allowed)), heavy)])
        for frame in frames[1:]:
            mean = frame[mask].mean(0)
            if np.isfinite(mean).all():
                rest = nnls(system, np.append(mean, heavy))[1]
                worst = max(worst, float(rest) / np.sqrt(3))
    return worst


# --- many pasts -------------------------------------------------------------------------------------------------------


def half_way_difference(one: np.ndarray, other: np.ndarray) -> float:
    """Mean |difference| of the middle frames of two processes of one painting."""
    return float(np.abs(one[len(one) // 2] - other[len(other) // 2]).mean())


# --- all of them ------------------------------------------------------------------------------------------------------


def score(
    frames: Iterable[np.ndarray],
    painting: np.ndarray,
    labels: np.ndarray,
    n_classes: int,
    asked: np.ndarray | None = None,
) -> dict[str, float]:
    """Every figure of one process, by name; those of obedience only when `asked` (N-1, K) is given."""
    stack = as_frames(frames)
    if not np.isfinite(stack).all():
        return {"valid": 0.0, "collapsed": 1.0}  # no other figure would mean anything
    curve = distance_curve(stack, painting)
    worst = worst_over_start(curve)
    found = {
        **end_figures(stack[-1], painting),
        "start_l1": float(curve[0]),
        "not_away": not_away(curve),
        "worst_over_start": worst,
        "collapsed": float(worst > COLLAPSE),
        "dead": dead_steps(stack),
        "undone": undone(stack, painting),
        "per_tenth": changed_per_tenth(stack),
        "per_step": changed_per_step(stack),
        "opacity": opacity(stack),
        **outline_figures(stack, labels),
        "foreign": foreign_colours(stack, painting),
        "cast": colour_cast(stack, painting, labels, n_classes),
        "valid": float(valid(stack)),
    }
    if asked is not None:
        found |= obedience_figures(stack, painting, labels, n_classes, asked)
    return found


def intersection_over_union(found: np.ndarray, truth: np.ndarray, n_classes: int) -> np.ndarray:
    """Pixels in both over pixels in either, per class, (K, 2) counts: sum over pictures, then divide."""
    table = np.bincount((truth.astype(np.int64) * n_classes + found).ravel(), minlength=n_classes**2)
    table = table.reshape(n_classes, n_classes)
    both = np.diag(table)
    return np.stack([both, table.sum(0) + table.sum(1) - both], 1)
