"""Habit `lineart`: lines on white, flat colour per part, shadows, soft light over everything; the background waits."""

import numpy as np

from ..context import PlanContext
from ..plan import WHOLE
from ..spec import PlannedPass
from .base import (
    BROAD,
    FINE,
    LAST,
    MIDDLE,
    Habit,
    Start,
    background_first,
    feature_passes,
    flatten,
    jitter,
    split_features,
)


def _passes(context: PlanContext, start: str, rng: np.random.Generator) -> list[PlannedPass]:
    parts, features = split_features(context)
    things = background_first(context, parts)
    far = things[0] if len(things) > 1 else []
    near = jitter(context, things[1:] or things, rng, 0.5)
    order = flatten(near)
    passes = [PlannedPass(WHOLE, "sketch", FINE, 1.0)]
    passes += [PlannedPass(p, "lined", MIDDLE) for p in order]
    late = rng.random() < 0.6
    if not late:
        passes += [PlannedPass(p, "flat", BROAD) for p in far]
    passes += feature_passes(features, "lined", FINE, 1.4)
    passes += [PlannedPass(p, "form", MIDDLE) for p in flatten(jitter(context, near, rng, 0.3))]
    if late:
        passes += [PlannedPass(p, "flat", BROAD) for p in far]
    passes += [PlannedPass(p, "form", MIDDLE) for p in far]
    if rng.random() < 0.6:  # soft light over everything
        passes.append(PlannedPass(WHOLE, "smooth", MIDDLE))
    passes += feature_passes(features, "painting", LAST, 1.4)
    passes += [PlannedPass(p, "painting", FINE) for p in [*flatten(jitter(context, near, rng, 0.3)), *far]]
    return passes


LINEART = Habit(
    "lineart",
    "lines first, then flat colours, then light",
    _passes,
    starts=(Start(0.85, "sketch", "white"), Start(0.15, "sketch", "toned")),
    on_paper=True,
)
