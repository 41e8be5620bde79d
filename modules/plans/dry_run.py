"""From a recipe to a plan: the passes are rehearsed once on a small canvas, then laid along time or along degrees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ..degree import DegreeMode, measure
from ..finish_levels import depth_order, draw_lines, line_drawing
from .context import PlanContext
from .habits import MIDDLE
from .passes import PlannedPass, make_pass
from .plan import WHOLE, Pass, Plan, Slice, ideal_canvas, spared
from .scheduler import Queues, by_rows, by_time, constrained_parts
from .spec import FROM_CANVAS, PlanSpec

LOOK_STEPS = 0.05  # share of the process for the last look over the whole picture
_LEAST_WORK = 0.0012  # passes that change less of the canvas than this are left to a later one
_TIME_EXPONENT = 0.55  # large masses go down fast, so that the change per step is large early and small late


def bare_canvas(shape: tuple[int, int]) -> np.ndarray:
    """Frame 0: (h,w,3), white."""
    return np.ones((*shape, 3), np.float32)


def start_canvas(scene: PlanContext, start: str, opening: list[Pass]) -> np.ndarray:
    """Frame 1 (h,w,3) as an ideal hand paints it: the ground, with outlines or with the opening masses on it.

    For `FROM_CANVAS` it is frame 0: the canvas that somebody began.
    """
    if start == FROM_CANVAS and scene.begun is not None:
        return scene.begun
    canvas = np.broadcast_to(scene.ground, (*scene.shape, 3)).astype(np.float32)
    if start == "sketch":
        return draw_lines(scene.ground, line_drawing(scene.painting, scene.labels, inner=False))
    for work in opening:
        canvas = ideal_canvas(canvas, work, 0, 1, scene.states)
    return canvas


def opening_length(start: str, intentions: list[PlannedPass]) -> int:
    """How many of the intentions the first frame already shows: none, one mass, or the whole block-in."""
    if start == "mass":
        return 1
    if start == "block":
        return next((i for i, it in enumerate(intentions) if it.finish != "flat"), len(intentions))
    return 0


def _barred(scene: PlanContext, recipe: PlanSpec, part: int, begun: list[int]) -> np.ndarray:
    """(h,w) bool: what a pass over `part` must not touch, since a person wants it otherwise.

    Parts that are not to be finished; those that are painted together with this one; and of parts whose order was told
    those that are begun already and lie nearer (eyes that were wanted before their face).
    """
    rank = depth_order(scene.label_set)
    barred = {*recipe.held, *recipe.fellows(part)}
    if part != WHOLE and recipe.order:
        barred |= {other for other in begun if rank[other] > rank[part]}
    return np.isin(scene.labels, sorted(barred - {part}))


def dry_run(scene: PlanContext, recipe: PlanSpec) -> tuple[list[Pass], int, np.ndarray]:
    """Go through all intentions once on the small canvas.

    Returns:
        the passes that change something, how many of them the first frame already shows, and (P,2) their begin and
        end in units of work, counted from the first frame on.
    """
    todo = [intention for intention in recipe.passes if intention.part not in recipe.skipped]
    opening = len(todo) - opening_length(recipe.start, todo)
    canvas = start_canvas(scene, recipe.start, [])
    passes: list[Pass] = []
    times: list[tuple[float, float]] = []
    begun: list[int] = []
    numbers: Counter[int] = Counter()
    kept_opening, clock, began = 0, 0.0, 0.0
    while todo:
        opens = len(todo) > opening
        intention = todo.pop(0)
        part = intention.part
        numbers[part] += 1
        barred = _barred(scene, recipe, part, begun) if recipe.held or recipe.order or recipe.groups else None
        rng = recipe.rng(part, numbers[part])
        work, after, amount = make_pass(scene, intention, canvas, recipe.manner, rng, barred)
        exact = recipe.rows is not None or part in recipe.order
        if not work.extent.any() or (amount < _LEAST_WORK and not exact):
            if part in recipe.order and part not in begun:  # its turn is now: what comes next of it is tried at once
                later = next((i for i, other in enumerate(todo) if other.part == part), 0)
                todo.insert(0, todo.pop(later)) if todo else None
            continue
        canvas = after
        passes.append(work)
        begun.append(part)
        if opens:
            kept_opening += 1
            times.append((0.0, 0.0))
            continue
        length = intention.weight * max(amount, 1e-4) ** _TIME_EXPONENT
        begin = began if intention.together and len(times) > kept_opening else clock
        times.append((begin, begin + length))
        began, clock = begin, max(clock, begin + length)
    if recipe.rows is None:
        barred = _barred(scene, recipe, WHOLE, begun) if recipe.held else None
        rng = recipe.rng(WHOLE, numbers[WHOLE] + 1)
        look, after, amount = make_pass(
            scene, PlannedPass(WHOLE, "painting", MIDDLE), canvas, recipe.manner, rng, barred
        )
        passes.append(look)
        length = max(LOOK_STEPS * max(clock, 0.1), 0.15 * amount**_TIME_EXPONENT)
        times.append((clock, clock + length))
    return passes, kept_opening, np.array(times)


def schedule(times: np.ndarray, opening: int, n_frames: int, *, begun: bool = False) -> list[tuple[Slice, ...]]:
    """Cut the time of the passes (P,2) into N-1 steps; the first one makes frame 1 and holds the opening.

    begun: frame 0 is a canvas that somebody began, and frame 1 a step like all others.
    """
    slices: list[tuple[Slice, ...]] = [] if begun else [tuple(Slice(i, 0.0, 1.0) for i in range(opening))]
    end, steps = times[:, 1].max(), n_frames - 1 - len(slices)
    if n_frames == 2:  # one step has to do it all
        return [tuple(Slice(i, 0.0, 1.0) for i in range(len(times)))]
    for step in range(steps):
        begin, stop = end * step / steps, end * (step + 1) / steps
        last = step == steps - 1
        now = []
        for index in range(opening, len(times)):
            first, length = times[index, 0], max(times[index, 1] - times[index, 0], 1e-9)
            a, b = np.clip((begin - first) / length, 0, 1), 1.0 if last else np.clip((stop - first) / length, 0, 1)
            if b > a:
                now.append(Slice(index, float(a), float(b)))
        slices.append(tuple(now))
    return slices


def expected_degrees(
    scene: PlanContext,
    start: str,
    passes: Sequence[Pass],
    slices: Sequence[tuple[Slice, ...]],
    mode: DegreeMode = "progress",
    told: Sequence[frozenset[int]] = (),
) -> np.ndarray:
    """The degree (N-1,K) that an ideal hand reaches in every step: what the plan asks for.

    told: for every step the parts that only their own passes touch.
    """
    n_classes = len(scene.label_set)
    given = start == FROM_CANVAS and scene.begun is not None
    before = start_canvas(scene, start, []) if given else bare_canvas(scene.shape)
    rows = []
    for number, now in enumerate(slices):
        if number == 0 and not given:
            after = start_canvas(scene, start, [passes[s.index] for s in now])
        else:
            after = before
            for piece in now:
                work = passes[piece.index]
                kept = spared(scene.labels, told[number], work.part) if told else None
                after = ideal_canvas(after, work, piece.begin, piece.end, scene.states, kept)
        rows.append(measure(before, after, scene.painting, scene.labels, n_classes, mode))
        before = after
    return np.stack(rows).astype(np.float32)


def build_plan(recipe: PlanSpec, scene: PlanContext) -> Plan:
    """The plan that a recipe gives for a scene on the recipe's ground: always the same one."""
    passes, opening, times = dry_run(scene, recipe)
    queues, canvas = Queues(scene, passes), start_canvas(scene, recipe.start, [])
    if recipe.rows is None:
        slices = schedule(times, opening, recipe.n_frames, begun=recipe.start == FROM_CANVAS)
        slices = by_time(recipe, queues, slices, canvas)
    else:
        slices = by_rows(recipe, queues, canvas)
    told = constrained_parts(recipe)
    degrees = expected_degrees(scene, recipe.start, passes, slices, told=told)
    for (frame, part), degree in recipe.steps.items():  # what a person asked for is asked for, not what is expected
        if (scene.labels == part).any():
            degrees[frame - 1, part] = degree
    return Plan(
        name=recipe.name,
        habit=recipe.habit,
        start=recipe.start,
        ground=recipe.ground,
        seed=recipe.seed,
        n_frames=recipe.n_frames,
        part_names=scene.label_set.names,
        passes=tuple(passes),
        slices=tuple(slices),
        degrees=degrees,
        shape=scene.shape,
        told=told,
        labels=scene.labels,
        recipe=recipe,
    )
