"""Diversity: how much several processes of one painting differ where they are equally far from it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from .frame_arrays import distance_curve, shrink

if TYPE_CHECKING:
    from .evaluation.metrics.perceptual_metric import PerceptualMetric

LEVELS = (0.8, 0.6, 0.4, 0.2)  # shares of the first distance to the painting at which processes are compared


def at_levels(frames: np.ndarray, painting: np.ndarray, start: float) -> np.ndarray:
    """Pick the first frame that is as near to the painting as each of LEVELS times `start`, scaled down.

    Args:
        frames: (N, H, W, 3) in [0, 1].
        painting: (H, W, 3) in [0, 1].
        start: the mean |bare canvas - painting|.
    """
    curve = distance_curve(frames, painting)
    reached = [np.flatnonzero(curve <= level * start) for level in LEVELS]
    return shrink(frames[[int(found[0]) if len(found) else len(frames) - 1 for found in reached]])


def spread_of(states: Sequence[np.ndarray], perceptual: PerceptualMetric | None = None) -> dict[str, float]:
    """Measure how far processes of one painting are apart where they are equally far from it.

    Processes that differ in pace alone have no spread.

    Args:
        states: the frames of each at LEVELS (`at_levels`).
        perceptual: a perceptual metric, measured in addition.

    Returns:
        `spread_l1`, and the metric's distance: means over LEVELS and pairs; {} for under two processes.
    """
    pairs = list(combinations(states, 2))
    if not pairs:
        return {}
    found = {"spread_l1": float(np.mean([np.abs(one - other).mean() for one, other in pairs]))}
    if perceptual is not None:
        found[perceptual.key("spread")] = float(np.mean([perceptual(one, other).mean() for one, other in pairs]))
    return found
