"""Habits: in which order and in how many passes people paint. One function a habit, `HABITS` is the table.

Each returns the intentions of one artist for one picture; what true processes show stands in DESIGN section 5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ..labels import FACIAL_FEATURES
from .context import PlanContext
from .passes import PlannedPass
from .plan import WHOLE

BROAD, MIDDLE, FINE, LAST = 0.075, 0.042, 0.022, 0.012  # brush widths as shares of the longest side


@dataclass(frozen=True)
class Start:
    """How an artist begins: kind of first frame, kind of ground, and how many of the intentions it already contains."""

    start: str
    ground: str


T = TypeVar("T")
Habit = Callable[[PlanContext, str, np.random.Generator], list[PlannedPass]]


def _split(scene: PlanContext) -> tuple[list[int], list[int]]:
    """Parts far to near without the facial features, and the features."""
    features = [p for p in scene.present if scene.label_set.base_class_name(p) in FACIAL_FEATURES]
    return [p for p in scene.present if p not in features], features


def _jitter(parts: list[T], rng: np.random.Generator, chance: float) -> list[T]:
    """Swap neighbours in an order now and then: artists differ, but the far stays roughly before the near."""
    order = list(parts)
    for i in range(len(order) - 1):
        if rng.random() < chance:
            order[i], order[i + 1] = order[i + 1], order[i]
    return order


def _features(features: list[int], finish: str, brush: float, weight: float) -> list[PlannedPass]:
    """All features to one level, at the same time: each alone would be a step that nobody sees."""
    return [PlannedPass(p, finish, brush, weight, together=i > 0) for i, p in enumerate(features)]


def _is_face(scene: PlanContext, part: int) -> bool:
    return scene.label_set.base_class_name(part) == "face"


def _things(scene: PlanContext, parts: list[int]) -> list[list[int]]:
    """Parts that are painted as one thing, far to near: a head is one thing, whatever it is made of."""
    head = [p for p in parts if scene.label_set.base_class_name(p) in ("body", "face", "hair")]
    things = [[p] for p in parts if p not in head]
    return [*things, head] if head else things


def objects(scene: PlanContext, start: str, rng: np.random.Generator) -> list[PlannedPass]:
    """Object by object, back to front: each is taken almost to its finish before the next begins."""
    parts, features = _split(scene)
    things = _things(scene, parts)
    if rng.random() < 0.9 and len(things) > 2:  # the ground that all stands on comes first, the rest as one likes
        things = things[:1] + _jitter(things[1:], rng, 0.3)
    else:
        things = _jitter(things, rng, 0.3)
    steps: list[PlannedPass] = []
    if start == "sketch":
        steps.append(PlannedPass(WHOLE, "sketch", FINE, 0.7))
    forms = "form" if rng.random() < 0.7 else "smooth"
    # Most who paint people cover the canvas thinly first: nobody finishes a wall around a hole where the face will be.
    covered = rng.random() < (0.75 if features else 0.3)
    if covered:
        steps += [PlannedPass(p, "flat", BROAD, 0.7) for thing in things for p in thing]
    for thing in things:
        if not covered:
            steps += [PlannedPass(p, "flat", BROAD) for p in thing]
        for part in thing:
            steps.append(PlannedPass(part, forms, MIDDLE, 1.1))
            if _is_face(scene, part):
                steps += _features(features, "flat", FINE, 1.6)
        for part in thing:
            steps.append(PlannedPass(part, "painting", FINE, 1.2))
            if _is_face(scene, part):
                steps += _features(features, "painting", LAST, 1.6)
    return steps


def masses(scene: PlanContext, start: str, rng: np.random.Generator) -> list[PlannedPass]:
    """Masses, forms, features: flat shapes of everything, then planes of light, then details, highlights last."""
    parts, features = _split(scene)
    order = parts[:1] + _jitter(parts[1:], rng, 0.35)
    if rng.random() > 0.75 and order:  # of a lone eye there are features only
        order = order[1:] + order[:1]  # the figure first, the background around it
        # It begins with a mass, not with the bit of neck that lies farthest back.
        order.insert(0, order.pop(next((i for i, p in enumerate(order) if scene.share(p) > 0.06), 0)))
    steps = [PlannedPass(p, "flat", BROAD, 1.1) for p in order]
    second = _jitter(order, rng, 0.5)
    forms = "form" if rng.random() < 0.75 else "smooth"
    for part in second:
        steps.append(PlannedPass(part, forms, MIDDLE, 1.0))
        if _is_face(scene, part):
            steps += _features(features, "flat", FINE, 1.6)
    last = _jitter(second, rng, 0.4)
    # The face and its features come before the accessories of the picture, the background may wait.
    if rng.random() < 0.5 and len(last) > 2:
        last = last[1:] + last[:1]
    # Some pull everything together in one light before the details, others part by part.
    together = forms == "form" and rng.random() < 0.35
    if together:
        steps.append(PlannedPass(WHOLE, "smooth", MIDDLE, 0.8))
    for part in last:
        if forms == "form" and not together and rng.random() < 0.4:
            steps.append(PlannedPass(part, "smooth", FINE, 0.7))
        steps.append(PlannedPass(part, "painting", FINE, 1.0))
        if _is_face(scene, part):
            steps += _features(features, "painting", LAST, 1.6)
    return steps


def lineart(scene: PlanContext, start: str, rng: np.random.Generator) -> list[PlannedPass]:
    """Line art, flats, light: lines on white, flat colour per part, shadows, soft light; the background waits."""
    parts, features = _split(scene)
    far, near = parts[:1], parts[1:] or parts
    far = [] if far == near else far
    order = _jitter(near, rng, 0.5)
    steps = [PlannedPass(WHOLE, "sketch", FINE, 1.0)]
    steps += [PlannedPass(p, "lined", MIDDLE) for p in order]
    late = rng.random() < 0.6
    if not late:
        steps += [PlannedPass(p, "flat", BROAD) for p in far]
    steps += _features(features, "lined", FINE, 1.4)
    steps += [PlannedPass(p, "form", MIDDLE) for p in _jitter(order, rng, 0.3)]
    if late:
        steps += [PlannedPass(p, "flat", BROAD) for p in far]
    steps += [PlannedPass(p, "form", MIDDLE) for p in far]
    if rng.random() < 0.6:  # soft light over everything
        steps.append(PlannedPass(WHOLE, "smooth", MIDDLE))
    steps += _features(features, "painting", LAST, 1.4)
    steps += [PlannedPass(p, "painting", FINE) for p in [*_jitter(order, rng, 0.3), *far]]
    return steps


def watercolour(scene: PlanContext, start: str, rng: np.random.Generator) -> list[PlannedPass]:
    """Washes from light to dark: pale and large first, darker and smaller layer by layer; the paper is the light."""
    parts, features = _split(scene)
    light = {p: float(scene.light[scene.labels == p].mean()) for p in parts}
    order = _jitter(sorted(parts, key=lambda p: -light[p]), rng, 0.25)
    steps = [PlannedPass(p, "wash", BROAD, 0.9) for p in order]
    second = _jitter(order, rng, 0.3)
    if rng.random() < 0.5:
        steps += [PlannedPass(p, "flat", BROAD, 0.9) for p in second]
    for part in second:
        steps.append(PlannedPass(part, "form", MIDDLE, 1.0))
        if _is_face(scene, part):
            steps += _features(features, "flat", FINE, 1.6)
    for part in _jitter(second, rng, 0.3):
        steps.append(PlannedPass(part, "painting", FINE, 1.0))
        if _is_face(scene, part):
            steps += _features(features, "painting", LAST, 1.6)
    return steps


HABITS: dict[str, Habit] = {"masses": masses, "objects": objects, "lineart": lineart, "watercolour": watercolour}
LIGHT_ENOUGH = 0.42  # mean of a picture that anybody would paint in washes


def habit_of(light: float, has_person: bool, seed: int) -> str:
    """The habit that a seed draws for a picture of mean `light` in [0,1].

    The possible ones take turns, so that neighbouring seeds are different artists; people are begun in masses first,
    everything else object by object.
    """
    names = ["masses", "objects", "lineart", "watercolour"]
    if not has_person:
        names = ["objects", "masses", "watercolour", "lineart"]
    if light < LIGHT_ENOUGH:
        names.remove("watercolour")
    return names[seed % len(names)]


_STARTS: dict[str, list[tuple[float, Start]]] = {
    "objects": [
        (0.3, Start("toned", "toned")),
        (0.15, Start("sketch", "white")),
        (0.25, Start("sketch", "toned")),
        (0.3, Start("mass", "toned")),
    ],
    "masses": [
        (0.2, Start("toned", "dark")),
        (0.2, Start("toned", "toned")),
        (0.2, Start("mass", "dark")),
        (0.25, Start("mass", "toned")),
        (0.15, Start("block", "toned")),
    ],
    "lineart": [(0.85, Start("sketch", "white")), (0.15, Start("sketch", "toned"))],
    "watercolour": [(0.7, Start("sketch", "white")), (0.3, Start("toned", "white"))],
}


def draw_start(habit: str, rng: np.random.Generator) -> Start:
    """How an artist of this habit begins."""
    chances = [chance for chance, _ in _STARTS[habit]]
    return _STARTS[habit][int(rng.choice(len(chances), p=chances))][1]
