"""Habit `objects`: thing by thing, back to front, each taken almost to its finish before the next begins."""

import numpy as np

from ..context import PlanContext
from ..plan import WHOLE
from ..spec import PlannedPass
from ..subject import SUBJECTS
from .base import BROAD, FINE, MIDDLE, REFINES, Habit, Start, background_first, jitter, split_features, with_features


def _group_things(context: PlanContext, parts: list[int]) -> list[list[int]]:
    """Parts that are painted as one thing, far to near: a head is one thing, whatever it is made of."""
    head = [p for p in parts if context.label_set.base_class_name(p) in ("body", "face", "hair")]
    things = background_first(context, [p for p in parts if p not in head])
    return [*things, head] if head else things


def _passes(context: PlanContext, start: str, rng: np.random.Generator) -> list[PlannedPass]:
    parts, features = split_features(context)
    things = _group_things(context, parts)
    if rng.random() < 0.9 and len(things) > 2:  # the ground that all stands on comes first, the rest as one likes
        things = things[:1] + jitter(context, things[1:], rng, 0.3)
    else:
        things = jitter(context, things, rng, 0.3)
    passes = [PlannedPass(WHOLE, "sketch", FINE, 0.7)] if start == "sketch" else []
    forms = "form" if rng.random() < 0.7 else "smooth"
    subject = SUBJECTS[context.subject if features or context.subject != "portrait" else "unknown"]
    covered = rng.random() < subject.covered
    refines = forms == "form" and rng.random() < REFINES

    def laid_in(part: int, weight: float) -> list[PlannedPass]:
        return with_features(context, PlannedPass(part, "flat", BROAD, weight), features)

    if covered:
        passes += [pass_ for thing in things for p in thing for pass_ in laid_in(p, 0.7)]
    for thing in things:
        if not covered:
            passes += [pass_ for p in thing for pass_ in laid_in(p, 1.0)]
        for part in thing:
            passes.append(PlannedPass(part, forms, MIDDLE, 1.1))
        if refines:
            passes += [PlannedPass(part, "smooth", FINE, 0.8) for part in thing]
        for part in thing:
            passes += with_features(context, PlannedPass(part, "painting", FINE, 1.2), features)
    return passes


OBJECTS = Habit(
    "objects",
    "one thing after the other, from far to near",
    _passes,
    starts=(
        Start(0.15, "toned", "toned"),
        Start(0.25, "sketch", "white"),
        Start(0.2, "sketch", "toned"),
        Start(0.2, "mass", "toned"),
        Start(0.2, "mass", "white"),
    ),
)
