"""Habit `shapes`: flat art, whole shapes from back to front, hidden parts included, each in its final colour."""

import numpy as np

from ..context import PlanContext
from ..plan import WHOLE
from ..spec import PlannedPass
from .base import BROAD, FINE, MIDDLE, Habit, Start, background_first, flatten, jitter, split_features, with_features


def _passes(context: PlanContext, start: str, rng: np.random.Generator) -> list[PlannedPass]:
    parts, features = split_features(context)
    order = flatten(jitter(context, background_first(context, parts), rng, 0.3))
    passes = [PlannedPass(WHOLE, "sketch", FINE, 0.7)] if start == "sketch" else []
    shaded = rng.random() < 0.5  # shadows go onto each shape at once, or onto all of them when the last is laid
    for part in order:
        passes += with_features(context, PlannedPass(part, "flat", BROAD), features)
        if shaded:
            passes.append(PlannedPass(part, "form", MIDDLE))
    if not shaded:
        passes += [PlannedPass(part, "form", MIDDLE) for part in order]
    for part in order:  # lines and what is small
        passes += with_features(context, PlannedPass(part, "painting", FINE), features)
    return passes


SHAPES = Habit(
    "shapes",
    "one whole shape after the other, from back to front, then shadows and lines",
    _passes,
    starts=(Start(0.6, "mass", "white"), Start(0.4, "sketch", "white")),
    on_paper=True,
)
