"""Degree control: bisect a per-part bias of the weight's logits until the step reaches the requested degrees.

The network says where it would paint first and where last; how far down that order a step goes is a number per part,
and that number has an answer: the one at which the measured degree is the requested one. It is found by bisection on
the small canvas. Nothing is painted that the network holds for impossible: the shift is bounded.
"""

from collections.abc import Callable

import numpy as np

from ..degree import DegreeMode, finished, measure

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
