"""Degree control: bisect a per-part bias of the weight's logits until the step reaches the requested degrees.

The network says where it would paint first and where last; how far down that order a step goes is a number per part,
and that number has an answer: the one at which the measured degree is the requested one. It is found by bisection on
the small canvas. Nothing is painted that the network holds for impossible: the shift is bounded.
"""

from collections.abc import Callable

import numpy as np

from ..degree import TOUCHED_DIFFERENCE, DegreeMode, area, finished, measure, progress

TOLERANCE = 0.015  # a degree this near to the requested one is accepted
ROUNDS = 7  # bisections: the shift is known to 1/64 of its range


def calibrate_weight(
    weight_of: Callable[[np.ndarray], np.ndarray],
    stroke: np.ndarray,
    canvas: np.ndarray,
    painting: np.ndarray,
    labels: np.ndarray,
    requested: np.ndarray,
    field: np.ndarray,
    max_shift: float,
    mode: DegreeMode,
) -> np.ndarray:
    """Find the weight (h,w) of Equation 2 at which each part comes as near as possible to its requested degree.

    Args:
        weight_of: gives the weight (h,w) in [0,1] for a shift (h,w) of the network's logits; shift 0 is its own.
        stroke, canvas, painting: (h,w,3) in [0,1].
        labels: (h,w) class indices below K.
        requested: (K,) degrees in [0,1].
        field: (h,w) in [0,1], where the step paints: elsewhere the weight is only ever lowered.
        max_shift: bound of the shift, in logits.
    """
    n_classes = len(requested)
    done = finished(canvas, painting, labels, n_classes)
    tolerance = np.where(requested > 0, TOLERANCE, 0)

    def reached(shift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        by = shift[labels].astype(np.float32)
        weight = weight_of(np.where(by > 0, by * field, by))
        after = canvas + weight[..., None] * (stroke - canvas)  # Equation 2
        return weight, measure(canvas, after, painting, labels, n_classes, mode)

    best = np.zeros(n_classes)
    weight, degrees = reached(best)
    error = np.abs(degrees - requested)
    open_ = ~done & (error > tolerance)
    low, high = np.full(n_classes, -max_shift), np.full(n_classes, max_shift)
    low[degrees < requested], high[degrees > requested] = 0.0, 0.0
    for _ in range(ROUNDS):
        if not open_.any():
            break
        tried = np.where(open_, (low + high) / 2, best)
        _, degrees = reached(tried)
        now = np.abs(degrees - requested)
        better = open_ & (now < error)
        best[better], error[better] = tried[better], now[better]
        open_ &= error > tolerance
        low, high = np.where(degrees < requested, tried, low), np.where(degrees < requested, high, tried)
    return reached(best)[0] if best.any() else weight


def stroke_shifts(
    needed: np.ndarray,
    stroke: np.ndarray,
    canvas: np.ndarray,
    base: np.ndarray,
    painting: np.ndarray,
    labels: np.ndarray,
    requested: np.ndarray,
    most: np.ndarray,
    mode: DegreeMode,
) -> np.ndarray:
    """Find by how much the logits of each part's strokes are shifted, so that what they cover reaches its degree.

    Strokes are laid whole and one after the other, so the degrees that are possible can be listed: no bisection.

    Args:
        needed: (h,w) the shift from which on a pixel is covered, infinity for never.
        stroke, canvas, base, painting: (h,w,3) in [0,1]: what is laid, the canvas as the step finds it, the canvas with
            what the step has laid already, and the painting.
        labels: (h,w) class indices below K.
        requested: (K,) degrees in [0,1].
        most: (K,) bounds of the shift, which is never below minus the largest of them.
        mode: how degrees are measured.

    Returns:
        (K,) shifts; 0 where the network's own choice is near enough, and for finished parts.
    """
    shifts = np.zeros(len(requested))
    done = finished(canvas, painting, labels, len(requested))
    total = max(float(np.abs(np.where(needed[..., None] < 0, stroke, base) - canvas).sum()), 1e-6)
    for part in np.unique(labels[np.isfinite(needed)]):
        here = labels == part
        if done[part] and not requested[part]:
            continue
        when = needed[here]
        order = np.argsort(when, kind="stable")
        order = order[: int(np.searchsorted(when[order], most[part]))]
        when = when[order]
        before, now, then, target = (picture[here] for picture in (canvas, base, stroke, painting))

        def reached(values: np.ndarray, after: np.ndarray, order: np.ndarray = order) -> np.ndarray:
            """Sum values (n,) of the part's pixels, those of the first 0, 1, 2, ... covered ones as they are after."""
            gain: np.ndarray = np.cumsum(np.concatenate([[values.sum()], (after - values)[order]]))
            return gain

        touched_before, touched_after = (np.abs(p - before).max(axis=1) > TOUCHED_DIFFERENCE for p in (now, then))
        share = reached(touched_before.astype(float), touched_after.astype(float)) / len(now)
        if mode == "area":
            degrees = area(share)
        elif mode == "contribution":
            degrees = reached(np.abs(now - before).sum(axis=1), np.abs(then - before).sum(axis=1)) / total
        else:
            left = reached(np.abs(now - target).mean(axis=1), np.abs(then - target).mean(axis=1)) / len(now)
            degrees = progress(share, np.abs(before - target).mean(), left)
        own = int(np.searchsorted(when, 0.0))
        if abs(degrees[own] - requested[part]) <= (TOLERANCE if requested[part] > 0 else 0):
            continue
        bounds = np.concatenate([[-np.inf], when, [np.inf]])
        whole = np.flatnonzero(bounds[1:] > bounds[:-1])  # strokes are not cut
        best = int(whole[np.abs(degrees[whole] - requested[part]).argmin()])
        if best != own:
            shifts[part] = -most.max() if best == 0 else np.nextafter(when[best - 1], np.inf)
    return shifts
