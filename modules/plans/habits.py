"""Habits: in which order and in how many passes people paint. One function a habit, `HABITS` is the table.

Each returns the intentions of one artist for one picture; what true processes show stands in DESIGN section 5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .passes import Intention
from .plan import WHOLE
from .scene import Scene

FEATURES = ("eyebrows", "eyes", "nose", "mouth")
BROAD, MIDDLE, FINE, LAST = 0.075, 0.042, 0.022, 0.012  # brush widths as shares of the longest side


@dataclass(frozen=True)
class Start:
    """How an artist begins: kind of first frame, kind of ground, and how many of the intentions it already contains."""

    start: str
    ground: str


Habit = Callable[[Scene, str, np.random.Generator], list[Intention]]


def _split(scene: Scene) -> tuple[list[int], list[int]]:
    """Parts far to near without the facial features, and the features."""
    features = [p for p in scene.present if scene.label_set.names[p] in FEATURES]
    return [p for p in scene.present if p not in features], features


def _jitter(parts: list[int], rng: np.random.Generator, chance: float) -> list[int]:
    """Swap neighbours in an order now and then: artists differ, but the far stays roughly before the near."""
    order = list(parts)
    for i in range(len(order) - 1):
        if rng.random() < chance:
            order[i], order[i + 1] = order[i + 1], order[i]
    return order


def _features(features: list[int], finish: str, brush: float, weight: float) -> list[Intention]:
    """All features to one level, at the same time: each alone would be a step that nobody sees."""
    return [Intention(p, finish, brush, weight, together=i > 0) for i, p in enumerate(features)]


def _is_face(scene: Scene, part: int) -> bool:
    return scene.label_set.names[part] == "face"


def objects(scene: Scene, start: str, rng: np.random.Generator) -> list[Intention]:
    """Object by object, back to front: each is taken almost to its finish before the next begins."""
    parts, features = _split(scene)
    order = _jitter(parts, rng, 0.15)
    steps: list[Intention] = []
    if start == "sketch":
        steps.append(Intention(WHOLE, "sketch", FINE, 0.7))
    forms = "form" if rng.random() < 0.7 else "smooth"
    for part in order:
        steps.append(Intention(part, "flat", BROAD))
        steps.append(Intention(part, forms, MIDDLE, 1.1))
        if _is_face(scene, part):
            steps += _features(features, "flat", FINE, 1.6)
        steps.append(Intention(part, "painting", FINE, 1.2))
        if _is_face(scene, part):
            steps += _features(features, "painting", LAST, 1.6)
    return steps


def masses(scene: Scene, start: str, rng: np.random.Generator) -> list[Intention]:
    """Masses, forms, features: flat shapes of everything, then planes of light, then details, highlights last."""
    parts, features = _split(scene)
    order = _jitter(parts, rng, 0.35)
    steps = [Intention(p, "flat", BROAD, 1.1) for p in order]
    second = _jitter(order, rng, 0.5)
    forms = "form" if rng.random() < 0.75 else "smooth"
    for part in second:
        steps.append(Intention(part, forms, MIDDLE, 1.0))
        if _is_face(scene, part):
            steps += _features(features, "flat", FINE, 1.6)
    last = _jitter(second, rng, 0.4)
    # The face and its features come before the accessories of the picture, the background may wait.
    if rng.random() < 0.5 and len(last) > 2:
        last = last[1:] + last[:1]
    for part in last:
        if forms == "form" and rng.random() < 0.4:
            steps.append(Intention(part, "smooth", FINE, 0.7))
        steps.append(Intention(part, "painting", FINE, 1.0))
        if _is_face(scene, part):
            steps += _features(features, "painting", LAST, 1.6)
    return steps


def lineart(scene: Scene, start: str, rng: np.random.Generator) -> list[Intention]:
    """Line art, flats, light: lines on white, flat colour per part, shadows, soft light; the background waits."""
    parts, features = _split(scene)
    far, near = parts[:1], parts[1:] or parts
    far = [] if far == near else far
    order = _jitter(near, rng, 0.5)
    steps = [Intention(WHOLE, "sketch", FINE, 1.0)]
    steps += [Intention(p, "flat", MIDDLE) for p in order]
    late = rng.random() < 0.6
    if not late:
        steps += [Intention(p, "flat", BROAD) for p in far]
    steps += _features(features, "flat", FINE, 1.4)
    steps += [Intention(p, "form", MIDDLE) for p in _jitter(order, rng, 0.3)]
    if late:
        steps += [Intention(p, "flat", BROAD) for p in far]
    steps += [Intention(p, "form", MIDDLE) for p in far]
    steps += _features(features, "painting", LAST, 1.4)
    steps += [Intention(p, "painting", FINE) for p in [*_jitter(order, rng, 0.3), *far]]
    return steps


HABITS: dict[str, Habit] = {"objects": objects, "masses": masses, "lineart": lineart}
_STARTS: dict[str, list[tuple[float, Start]]] = {
    "objects": [
        (0.5, Start("toned", "toned")),
        (0.2, Start("sketch", "white")),
        (0.3, Start("sketch", "toned")),
    ],
    # Starts with a first mass or a whole block-in are not drawn: the firstframe stage paints them worse than the frames
    # stage lays the same masses afterwards (weights/portrait/README.md has the figures).
    "masses": [(0.55, Start("toned", "dark")), (0.45, Start("toned", "toned"))],
    "lineart": [(0.85, Start("sketch", "white")), (0.15, Start("sketch", "toned"))],
}


def draw_start(habit: str, rng: np.random.Generator) -> Start:
    """How an artist of this habit begins."""
    chances = [chance for chance, _ in _STARTS[habit]]
    return _STARTS[habit][int(rng.choice(len(chances), p=chances))][1]
