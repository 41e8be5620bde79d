"""Habit `masses`: flat shapes of everything, then planes of light, then details, highlights last."""

import numpy as np

from ..context import PlanContext
from ..plan import WHOLE
from ..spec import PlannedPass
from .base import (
    BROAD,
    FINE,
    MIDDLE,
    REFINES,
    Habit,
    Start,
    background_first,
    flatten,
    jitter,
    split_features,
    with_features,
)


def _passes(context: PlanContext, start: str, rng: np.random.Generator) -> list[PlannedPass]:
    parts, features = split_features(context)
    things = background_first(context, parts)
    order = things[:1] + jitter(context, things[1:], rng, 0.35)
    around = context.subject in ("portrait", "unknown")  # what is about a figure may have its background around it
    if rng.random() > 0.75 and order and around:  # of a lone eye there are features only
        order = order[1:] + order[:1]  # the figure first, the background around it
        # It begins with a mass, not with the bit of neck that lies farthest back.
        order.insert(0, order.pop(next((i for i, p in enumerate(order) if context.share(p[0]) > 0.06), 0)))
    passes = []
    for part in flatten(order):
        passes += with_features(context, PlannedPass(part, "flat", BROAD, 1.1), features)
    second = jitter(context, order, rng, 0.5)
    forms = "form" if rng.random() < 0.75 else "smooth"
    passes += [PlannedPass(part, forms, MIDDLE, 1.0) for part in flatten(second)]
    last = jitter(context, second, rng, 0.4)
    # The face and its features come before the accessories of the picture, the background may wait.
    if rng.random() < 0.5 and len(last) > 2 and around:
        last = last[1:] + last[:1]
    # Some pull everything together in one light before the details, others part by part.
    together = forms == "form" and rng.random() < 0.35
    if together:
        passes.append(PlannedPass(WHOLE, "smooth", MIDDLE, 0.8))
    for part in flatten(last):
        if forms == "form" and not together and rng.random() < REFINES:
            passes.append(PlannedPass(part, "smooth", FINE, 0.7))
        passes += with_features(context, PlannedPass(part, "painting", FINE, 1.0), features)
    return passes


MASSES = Habit(
    "masses",
    "big masses first, then forms, then details",
    _passes,
    starts=(
        Start(0.15, "toned", "dark"),
        Start(0.15, "toned", "toned"),
        Start(0.15, "mass", "dark"),
        Start(0.2, "mass", "toned"),
        Start(0.15, "mass", "white"),
        Start(0.1, "block", "toned"),
        Start(0.1, "block", "white"),
    ),
)
