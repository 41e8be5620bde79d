"""Habit `watercolour`: washes from light to dark, large first, smaller layer by layer; the paper is the light."""

import numpy as np

from ..context import PlanContext
from ..spec import PlannedPass
from .base import BROAD, FINE, MIDDLE, Habit, Start, background_first, flatten, jitter, split_features, with_features


def _passes(context: PlanContext, start: str, rng: np.random.Generator) -> list[PlannedPass]:
    parts, features = split_features(context)
    things = background_first(context, parts)
    light = {p: float(context.light[context.labels == p].mean()) for p in parts}
    order = jitter(context, sorted(things, key=lambda thing: -light[thing[0]]), rng, 0.25)
    passes = [PlannedPass(p, "wash", BROAD, 0.6) for p in flatten(order)]
    second = jitter(context, order, rng, 0.3)
    if rng.random() < 0.5:
        passes += [PlannedPass(p, "flat", BROAD, 0.7) for p in flatten(second)]
    for part in flatten(second):
        passes += with_features(context, PlannedPass(part, "form", MIDDLE, 1.0), features)
    for part in flatten(jitter(context, second, rng, 0.3)):
        passes += with_features(context, PlannedPass(part, "painting", FINE, 1.0), features)
    return passes


WATERCOLOUR = Habit(
    "watercolour",
    "washes, from light to dark",
    _passes,
    starts=(Start(0.8, "sketch", "white"), Start(0.2, "mass", "white")),
    on_paper=True,
    least_light=0.42,
)
