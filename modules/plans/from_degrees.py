"""Plan specs from given degrees: drawn at random (the paper), from data (`sampled.py`), or written by a person.

Each part has its own queue of passes (flat, form, picture). A degree of d moves the part along its queue until the
share d of its remaining distance to the painting is covered.
"""

from __future__ import annotations

import numpy as np

from ..labels import FACIAL_FEATURES
from .context import PlanContext
from .habits import BROAD, FINE, LAST, MIDDLE
from .spec import PlannedPass, PlanSpec, draw_brush_style


def spec_from_degrees(
    context: PlanContext, degrees: np.ndarray, name: str, seed: int, rng: np.random.Generator
) -> PlanSpec:
    """Make the spec that requests `degrees` (N-1,K) in [0,1].

    Row 0 belongs to the first frame and is not used; nothing is requested of parts that are absent.
    """
    passes = []
    degrees = np.where(np.isin(np.arange(degrees.shape[1]), context.present), degrees, np.float32(0))
    for part in context.present:
        small = context.label_set.base_class_name(part) in FACIAL_FEATURES
        levels = [("flat", FINE if small else BROAD), ("form", MIDDLE), ("painting", LAST if small else FINE)]
        passes += [PlannedPass(part, finish, brush) for finish, brush in levels]
    return PlanSpec(
        name=name,
        habit="given",
        start="toned",
        ground=context.ground_rgb,
        seed=seed,
        n_frames=len(degrees) + 1,
        label_set=context.label_set,
        brush_style=draw_brush_style(rng),
        passes=tuple(passes),
        rows=degrees,
    )


def random_degrees(context: PlanContext, n_frames: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the paper's random plan, (N-1,K): in each step each part has a chance of 0.4 of a uniform degree."""
    size = (n_frames - 1, len(context.label_set))
    return (rng.random(size) * (rng.random(size) < 0.4)).astype(np.float32)
