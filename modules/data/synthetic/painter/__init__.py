"""Simulated painter: paints a finished picture, given its label map, the way a person would.

Deterministic in (picture, labels, seed); the last frame of a plan that ends finished is the painting itself.
"""

from collections.abc import Iterator

import numpy as np

from ....labels import LabelSet
from ....plans import make_plan
from ....plans.plan import Plan
from .first_frame import first_frame
from .painter import SimulatedPainter


def simulate(
    painting: np.ndarray,
    labels: np.ndarray,
    label_set: LabelSet,
    n_frames: int,
    seed: int,
    plan: Plan | None = None,
) -> Iterator[np.ndarray]:
    """Paint a picture step by step.

    Args:
        painting: (H,W,3) float32 in [0,1].
        labels: (H,W) class indices of `label_set`.
        n_frames: N >= 2; ignored when a plan is given.
        seed: draws the artist: plan and strokes, or the strokes alone when a plan is given.
        plan: what to carry out; None draws one.

    Yields:
        N frames (H,W,3) float32 in [0,1], bare canvas first.
    """
    plan = plan or make_plan("artist", painting, labels, label_set, n_frames, seed)
    yield from SimulatedPainter(painting, labels, label_set, plan, seed).frames()


__all__ = ["SimulatedPainter", "first_frame", "simulate"]
