"""Monotonicity: progress towards the painting, without collapse, dead steps or undone paint."""

from itertools import pairwise

import numpy as np

from ....modules.degree import touched

DEAD_SHARE = 0.002  # a step that touches fewer pixels than this share is dead
RISE_TOLERANCE = 1e-4  # a rise of the distance below this is rounding, not moving away
COLLAPSE = 1.05  # further from the painting than frame 0 by this factor
FINAL, UNDONE = 0.05, 0.10  # a painted pixel is final within FINAL of the painting, and undone when later beyond UNDONE


def monotone_share(curve: np.ndarray) -> float:
    """Share of steps that do not raise the distance to the painting (by more than RISE_TOLERANCE)."""
    return float((np.diff(curve) <= RISE_TOLERANCE).mean())


def peak_over_start(curve: np.ndarray) -> float:
    """Divide the largest distance by that of frame 0; above COLLAPSE the process collapsed."""
    return float(curve.max() / max(curve[0], 1e-6))


def dead_steps(frames: np.ndarray) -> float:
    """Share of steps that touch under DEAD_SHARE of the pixels."""
    return float(np.mean([touched(a, b).mean() < DEAD_SHARE for a, b in pairwise(frames)]))


def undone(frames: np.ndarray, painting: np.ndarray) -> float:
    """Share of pixels that were painted to within FINAL of the painting and were later beyond UNDONE of it.

    Only pixels touched before count as painted: a canvas that happens to have the right colour is nobody's work.
    """
    was_final = np.zeros(painting.shape[:2], bool)
    left, painted = was_final.copy(), was_final.copy()
    for before, after in pairwise(frames):
        painted |= touched(before, after)
        error = np.abs(after - painting)
        off = np.maximum(np.maximum(error[..., 0], error[..., 1]), error[..., 2])
        left |= was_final & (off > UNDONE)
        was_final |= painted & (off <= FINAL)
    return float(left.mean())
