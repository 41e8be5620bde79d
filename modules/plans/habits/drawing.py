"""Habit `drawing`: a contour of everything, a light tone over all of it, then layer by layer darker."""

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

_LAYERS = (("wash", BROAD, 0.6), ("flat", BROAD, 0.8), ("form", MIDDLE, 1.0), ("smooth", MIDDLE, 1.0))
_LAST = ("painting", FINE, 0.8)
# What features are drawn to with a layer of their face; until then its tone lies over them and their contours show.
_FEATURES = {"flat": ("wash", FINE), "form": ("form", FINE), "smooth": ("smooth", FINE), "painting": ("painting", LAST)}


def _layer(
    context: PlanContext, parts: list[int], features: list[int], layer: tuple[str, float, float]
) -> list[PlannedPass]:
    """Bring parts to one level, a face and its features at the same time."""
    finish, brush, weight = layer
    passes = []
    for part in parts:
        passes.append(PlannedPass(part, finish, brush, weight))
        if finish in _FEATURES and context.label_set.base_class_name(part) == "face":
            passes += feature_passes(features, *_FEATURES[finish], 1.2, together=True)
    return passes


def _passes(context: PlanContext, start: str, rng: np.random.Generator) -> list[PlannedPass]:
    parts, features = split_features(context)
    things = background_first(context, parts)
    # The tone around a sitter follows them, often a layer behind: nobody draws round a blank.
    far, near = (things[0], things[1:]) if context.subject == "portrait" and len(things) > 1 else ([], things)
    waits = rng.random() < 0.6
    layers = (*_LAYERS, _LAST) if rng.random() < 0.7 else (*_LAYERS[:3], _LAST)
    passes = [PlannedPass(WHOLE, "sketch", FINE, 0.7)] if start == "sketch" else []
    for number, layer in enumerate(layers):
        near = jitter(context, near, rng, 0.2)
        passes += _layer(context, flatten(near), features, layer)
        if number or not waits:
            passes += _layer(context, far, features, layers[number - waits])
    return passes + (_layer(context, far, features, _LAST) if waits else [])


DRAWING = Habit(
    "drawing",
    "a contour first, then tone in layers, from light to dark",
    _passes,
    starts=(Start(1.0, "sketch", "white"),),
    on_paper=True,
)
