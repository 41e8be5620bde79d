"""Plan `artist`: a habit's passes laid along the time of the process, finished at the last frame however many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..degree import DegreeMode, measure
from ..finish import draw_lines, line_drawing
from .habits import HABITS, MIDDLE
from .passes import Intention, Manner, draw_manner, make_pass
from .plan import WHOLE, Pass, Plan, Slice, ideal_canvas
from .scene import Scene

LOOK_STEPS = 0.05  # share of the process for the last look over the whole picture
_LEAST_WORK = 0.0012  # passes that change less of the canvas than this are left to a later one
_TIME_EXPONENT = 0.55  # large masses go down fast, so that the change per step is large early and small late


def bare_canvas(shape: tuple[int, int]) -> np.ndarray:
    """Frame 0: (h,w,3), white."""
    return np.ones((*shape, 3), np.float32)


def start_canvas(scene: Scene, start: str, opening: list[Pass]) -> np.ndarray:
    """Frame 1 (h,w,3) as an ideal hand paints it: the ground, with outlines or with the opening masses on it."""
    canvas = np.broadcast_to(scene.ground, (*scene.shape, 3)).astype(np.float32)
    if start == "sketch":
        return draw_lines(scene.ground, line_drawing(scene.painting, scene.labels, inner=False))
    for work in opening:
        canvas = ideal_canvas(canvas, work, 0, 1, scene.states)
    return canvas


def opening_length(start: str, intentions: list[Intention]) -> int:
    """How many of the intentions the first frame already shows: none, one mass, or the whole block-in."""
    if start == "mass":
        return 1
    if start == "block":
        return next((i for i, it in enumerate(intentions) if it.finish != "flat"), len(intentions))
    return 0


def rehearse(
    scene: Scene, intentions: list[Intention], start: str, manner: Manner, rng: np.random.Generator
) -> tuple[list[Pass], int, np.ndarray]:
    """Go through all intentions once on the small canvas.

    Returns:
        the passes that change something, how many of them the first frame already shows, and (P,2) their begin and
        end in units of work, counted from the first frame on.
    """
    opening = opening_length(start, intentions)
    canvas = start_canvas(scene, start, [])
    passes: list[Pass] = []
    times: list[tuple[float, float]] = []
    kept_opening, clock, began = 0, 0.0, 0.0
    for number, intention in enumerate(intentions):
        work, after, amount = make_pass(scene, intention, canvas, manner, rng)
        if amount < _LEAST_WORK:
            continue
        canvas = after
        passes.append(work)
        if number < opening:
            kept_opening += 1
            times.append((0.0, 0.0))
            continue
        length = intention.weight * amount**_TIME_EXPONENT
        begin = began if intention.together and len(times) > kept_opening else clock
        times.append((begin, begin + length))
        began, clock = begin, max(clock, begin + length)
    look, after, amount = make_pass(scene, Intention(WHOLE, "painting", MIDDLE), canvas, manner, rng)
    passes.append(look)
    length = max(LOOK_STEPS * max(clock, 0.1), 0.15 * amount**_TIME_EXPONENT)
    times.append((clock, clock + length))
    return passes, kept_opening, np.array(times)


def schedule(times: np.ndarray, opening: int, n_frames: int) -> list[tuple[Slice, ...]]:
    """Cut the time of the passes (P,2) into N-1 steps; the first one makes frame 1 and holds the opening."""
    slices: list[tuple[Slice, ...]] = [tuple(Slice(i, 0.0, 1.0) for i in range(opening))]
    end = times[:, 1].max()
    if n_frames == 2:  # one step has to do it all
        return [tuple(Slice(i, 0.0, 1.0) for i in range(len(times)))]
    for step in range(n_frames - 2):
        begin, stop = end * step / (n_frames - 2), end * (step + 1) / (n_frames - 2)
        last = step == n_frames - 3
        now = []
        for index in range(opening, len(times)):
            first, length = times[index, 0], max(times[index, 1] - times[index, 0], 1e-9)
            a, b = np.clip((begin - first) / length, 0, 1), 1.0 if last else np.clip((stop - first) / length, 0, 1)
            if b > a:
                now.append(Slice(index, float(a), float(b)))
        slices.append(tuple(now))
    return slices


def expected_degrees(
    scene: Scene,
    start: str,
    passes: Sequence[Pass],
    slices: Sequence[tuple[Slice, ...]],
    mode: DegreeMode = "progress",
) -> np.ndarray:
    """The degree (N-1,K) that an ideal hand reaches in every step: what the plan asks for."""
    n_classes = len(scene.label_set)
    before = bare_canvas(scene.shape)
    rows = []
    for number, now in enumerate(slices):
        if number == 0:
            after = start_canvas(scene, start, [passes[s.index] for s in now])
        else:
            after = before
            for piece in now:
                after = ideal_canvas(after, passes[piece.index], piece.begin, piece.end, scene.states)
        rows.append(measure(before, after, scene.painting, scene.labels, n_classes, mode))
        before = after
    return np.stack(rows).astype(np.float32)


def artist_plan(scene: Scene, n_frames: int, seed: int, *, habit: str, start: str, rng: np.random.Generator) -> Plan:
    """One artist of a habit paints this scene in N frames."""
    if n_frames == 2:
        start = "block"  # the first frame is the last one, too: no sketch that is left standing
    manner = draw_manner(rng)
    if start == "sketch":
        manner = replace(manner, covers=False)  # nobody draws lines to bury them under the first coat
    intentions = HABITS[habit](scene, start, rng)
    passes, opening, times = rehearse(scene, intentions, start, manner, rng)
    slices = schedule(times, opening, n_frames)
    degrees = expected_degrees(scene, start, passes, slices)
    return Plan(
        name="artist",
        habit=habit,
        start=start,
        ground=(float(scene.ground[0]), float(scene.ground[1]), float(scene.ground[2])),
        seed=seed,
        n_frames=n_frames,
        part_names=scene.label_set.names,
        passes=tuple(passes),
        slices=tuple(slices),
        degrees=degrees,
        shape=scene.shape,
    )
