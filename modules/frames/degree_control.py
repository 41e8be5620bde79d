"""Degree control: shift the weight's logits, part by part, until the step reaches the requested degrees.

The network says where it would paint first and where last; how far down that order a step goes is a number per part,
and that number has an answer: the one at which the measured degree is the requested one. Of masks it is found by
bisection on the small canvas, of strokes by listing the degrees that the first 0, 1, 2, ... of them reach. Nothing is
painted that the network holds for impossible: the shift is bounded.
"""

from collections.abc import Callable

import numpy as np

from ..degree import FINISHED_DISTANCE, DegreeMode, area, difference, finished, measure, progress, touched

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
    left: np.ndarray,
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
        left: (K,) distance of each part of the canvas to the painting.
        requested: (K,) degrees in [0,1].
        most: (K,) bounds of the shift, which is never below minus the largest of them.
        mode: how degrees are measured.

    Returns:
        (K,) shifts; 0 where the network's own choice is near enough, and for finished parts.
    """
    shifts = np.zeros(len(requested))
    done = left < FINISHED_DISTANCE
    moved, moves = touched(canvas, base), touched(canvas, stroke)
    if mode == "contribution":
        now, then = difference(base, canvas), difference(stroke, canvas)
        total = max(float(np.where(needed < 0, then, now).sum()), 1e-6)
    else:
        now, then = difference(base, painting), difference(stroke, painting)
    for part in np.unique(labels[np.isfinite(needed)]):
        if done[part] and not requested[part]:
            continue
        here = labels == part
        covered = np.flatnonzero(here & (needed < most[part]))
        covered = covered[np.argsort(needed.ravel()[covered], kind="stable")]
        when = needed.ravel()[covered]

        def summed(before: np.ndarray, after: np.ndarray, here=here, covered=covered) -> np.ndarray:  # type: ignore[no-untyped-def]
            """Sum a map over the part with its first 0, 1, 2, ... covered pixels as they are after: (m+1,)."""
            gain = after.ravel()[covered].astype(np.float64) - before.ravel()[covered]
            total: np.ndarray = np.cumsum(np.concatenate([[before[here].sum(dtype=np.float64)], gain]))
            return total

        n_pixels = int(here.sum())
        share = summed(moved, moves) / n_pixels
        if mode == "area":
            degrees = area(share)
        elif mode == "contribution":
            degrees = summed(now, then) / total
        else:
            degrees = progress(share, left[part], summed(now, then) / n_pixels)
        own = int(np.searchsorted(when, 0.0))
        if abs(degrees[own] - requested[part]) <= (TOLERANCE if requested[part] > 0 else 0):
            continue
        bounds = np.concatenate([[-np.inf], when, [np.inf]])
        whole = np.flatnonzero(bounds[1:] > bounds[:-1])  # strokes are not cut
        best = int(whole[np.abs(degrees[whole] - requested[part]).argmin()])
        if best != own:
            shifts[part] = -most.max() if best == 0 else np.nextafter(when[best - 1], np.inf)
    return shifts
