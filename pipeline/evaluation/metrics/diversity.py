"""Many pasts: how much the processes of one painting differ."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from .monotonicity import distance_curve
from .perceptual_metric import PerceptualMetric, shrink

LEVELS = (0.8, 0.6, 0.4, 0.2)  # shares of the first distance to the painting at which processes are compared


def half_way_difference(one: np.ndarray, other: np.ndarray) -> float:
    """Mean |difference| of the middle frames of two processes of one painting."""
    return float(np.abs(one[len(one) // 2] - other[len(other) // 2]).mean())


def at_levels(frames: np.ndarray, painting: np.ndarray, start: float) -> np.ndarray:
    """The first frame of a process that is as near to the painting as each of LEVELS times `start`, small."""
    curve = distance_curve(frames, painting)
    reached = [np.flatnonzero(curve <= level * start) for level in LEVELS]
    return shrink(frames[[int(found[0]) if len(found) else len(frames) - 1 for found in reached]])


def spread_of(states: Sequence[np.ndarray], ruler: PerceptualMetric | None = None) -> dict[str, float]:
    """What `spread` finds, from the states of each process at LEVELS (`at_levels`): nothing for under two."""
    pairs = list(combinations(states, 2))
    if not pairs:
        return {}
    found = {"spread_l1": float(np.mean([np.abs(one - other).mean() for one, other in pairs]))}
    if ruler is not None:
        found[ruler.key("spread")] = float(np.mean([ruler(one, other).mean() for one, other in pairs]))
    return found


def spread(
    processes: Sequence[np.ndarray], painting: np.ndarray, ruler: PerceptualMetric | None = None
) -> dict[str, float]:
    """How far the processes (N_i, H, W, 3) of one painting are apart when they are equally far from the painting.

    At LEVELS of the first distance, mean over levels and pairs, at most SIDE pixels large: `spread_l1`, and with a
    ruler its distance. Nothing for under two processes. Processes that differ in pace alone have none.
    """
    if len(processes) < 2:
        return {}
    start = float(np.mean([np.abs(frames[0] - painting).mean() for frames in processes]))
    return spread_of([at_levels(frames, painting, start) for frames in processes], ruler)
