"""Plans whose degrees are given: drawn at random (the paper), drawn from data (`drawn.py`), or told by a person.

Each part has its own queue of passes (flat, form, picture). A degree of d moves the part along its queue until an
ideal hand would have covered the share d of its remaining distance to the painting.
"""

from __future__ import annotations

import numpy as np

from ..degree import FINISHED_DISTANCE
from .artist import expected_degrees, start_canvas
from .habits import BROAD, FEATURES, FINE, LAST, MIDDLE
from .passes import Intention, draw_manner, make_pass
from .plan import Pass, Plan, Slice, ideal_canvas
from .scene import Scene

_BISECTIONS = 8


def _queues(scene: Scene, rng: np.random.Generator) -> tuple[list[Pass], dict[int, list[int]]]:
    """The passes of every part, and for each part the indices of its own, in order."""
    manner = draw_manner(rng)
    canvas = start_canvas(scene, "toned", [])
    passes: list[Pass] = []
    queues: dict[int, list[int]] = {}
    for part in scene.present:
        small = scene.label_set.names[part] in FEATURES
        levels = [("flat", FINE if small else BROAD), ("form", MIDDLE), ("painting", LAST if small else FINE)]
        for finish, brush in levels:
            work, canvas, _ = make_pass(scene, Intention(part, finish, brush), canvas, manner, rng)
            queues.setdefault(part, []).append(len(passes))
            passes.append(work)
    return passes, queues


def _pieces(queue: list[int], begin: float, end: float) -> tuple[Slice, ...]:
    """The slices of a queue between two positions; position i + f is the fraction f of its pass number i."""
    found = []
    for place, index in enumerate(queue):
        a, b = max(begin - place, 0.0), min(end - place, 1.0)
        if b > a:
            found.append(Slice(index, a, b))
    return tuple(found)


def _left(canvas: np.ndarray, scene: Scene, part: int) -> float:
    mask = scene.labels == part
    return float(np.abs(canvas[mask] - scene.painting[mask]).mean())


def _advance(
    canvas: np.ndarray, scene: Scene, part: int, passes: list[Pass], queue: list[int], begin: float, degree: float
) -> tuple[np.ndarray, float]:
    """The canvas (h,w,3) after part `part` moved on by `degree`, and its new position in the queue."""

    def at(position: float) -> np.ndarray:
        result = canvas
        for piece in _pieces(queue, begin, position):
            result = ideal_canvas(result, passes[piece.index], piece.begin, piece.end, scene.states)
        return result

    target = (1 - degree) * _left(canvas, scene, part)
    low, high = begin, float(len(queue))
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if _left(at(middle), scene, part) > target:
            low = middle
        else:
            high = middle
    return at(high), high


def given_plan(
    scene: Scene, wanted: np.ndarray, name: str, seed: int, rng: np.random.Generator, *, start: str = "toned"
) -> Plan:
    """A plan that does what the degrees `wanted` (N-1,K) in [0,1] say; row 0 belongs to the first frame.

    What a request cannot change (an absent or finished part) is left out of the plan's degrees, which are those that
    an ideal hand reaches.
    """
    passes, queues = _queues(scene, rng)
    position = dict.fromkeys(queues, 0.0)
    canvas = start_canvas(scene, start, [])
    slices: list[tuple[Slice, ...]] = [()]
    for row in wanted[1:]:
        now: tuple[Slice, ...] = ()
        for part in scene.present:
            if row[part] <= 0 or _left(canvas, scene, part) < FINISHED_DISTANCE / 4:
                continue
            canvas, reached = _advance(canvas, scene, part, passes, queues[part], position[part], float(row[part]))
            now += _pieces(queues[part], position[part], reached)
            position[part] = reached
        slices.append(now)
    ground = scene.ground
    return Plan(
        name=name,
        habit="given",
        start=start,
        ground=(float(ground[0]), float(ground[1]), float(ground[2])),
        seed=seed,
        n_frames=len(wanted) + 1,
        part_names=scene.label_set.names,
        passes=tuple(passes),
        slices=tuple(slices),
        degrees=expected_degrees(scene, start, passes, slices),
        shape=scene.shape,
    )


def random_degrees(scene: Scene, n_frames: int, rng: np.random.Generator) -> np.ndarray:
    """The paper's plan, (N-1,K): in every step each part is touched with a chance of 0.4, by a uniform degree."""
    size = (n_frames - 1, len(scene.label_set))
    return (rng.random(size) * (rng.random(size) < 0.4)).astype(np.float32)
