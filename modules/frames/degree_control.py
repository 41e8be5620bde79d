"""Keeping to what was asked: the hand's own weight is shifted, part by part, until the step reaches the asked degree.

The network says where it would paint first and where last; how far down that order a step goes is a number per part,
and that number has an answer: the one at which the measured degree is the asked one. It is found by bisection on the
small canvas. Nothing is painted that the network holds for impossible: the shift is bounded.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..degree import DegreeMode, finished, measure

CLOSE = 0.015  # a degree this near to the asked one is kept
ROUNDS = 7  # bisections: the shift is known to 1/64 of its range


def calibrate_logits(
    weight_of: Callable[[np.ndarray], np.ndarray],
    colour: np.ndarray,
    canvas: np.ndarray,
    painting: np.ndarray,
    labels: np.ndarray,
    asked: np.ndarray,
    field: np.ndarray,
    most: float,
    mode: DegreeMode,
) -> np.ndarray:
    """The weight (h,w) of Equation 2 at which each part comes as near as possible to its asked degree.

    Args:
        weight_of: gives the weight (h,w) in [0,1] for a shift (h,w) of the network's logits; shift 0 is its own.
        colour, canvas, painting: (h,w,3) in [0,1]: what the stroke lays, what it is laid on, where it all leads.
        labels: (h,w) class indices below K.
        asked: (K,) degrees in [0,1].
        field: (h,w) in [0,1], where the step paints: elsewhere the weight is only ever lowered.
        most: bound of the shift, in logits.
        mode: of the degrees.
    """
    n_classes = len(asked)
    done = finished(canvas, painting, labels, n_classes)

    def reached(shift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        by = shift[labels].astype(np.float32)
        weight = weight_of(np.where(by > 0, by * field, by))
        after = canvas + weight[..., None] * (colour - canvas)
        return weight, measure(canvas, after, painting, labels, n_classes, mode)

    best = np.zeros(n_classes)
    weight, degrees = reached(best)
    error = np.abs(degrees - asked)
    open_ = ~done & (error > np.where(asked > 0, CLOSE, 0))
    low, high = np.full(n_classes, -most), np.full(n_classes, most)
    low[degrees < asked], high[degrees > asked] = 0.0, 0.0
    for _ in range(ROUNDS):
        if not open_.any():
            break
        tried = np.where(open_, (low + high) / 2, best)
        _, degrees = reached(tried)
        now = np.abs(degrees - asked)
        better = open_ & (now < error)
        best[better], error[better] = tried[better], now[better]
        open_ &= error > np.where(asked > 0, CLOSE, 0)
        low, high = np.where(degrees < asked, tried, low), np.where(degrees < asked, high, tried)
    return reached(best)[0] if best.any() else weight
