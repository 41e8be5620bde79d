"""Build a plan from its spec: dry-run the passes once on a small canvas, then schedule them by time or by degrees."""

from collections import Counter
from dataclasses import replace

import numpy as np

from ..brush.media import MEDIA
from ..degree import FINISHED_DISTANCE, DegreeMode, distance, measure
from ..finish_levels import draw_lines, line_drawing
from .context import PlanContext
from .habits import MIDDLE
from .passes import make_pass
from .plan import WHOLE, Pass, Plan, ideal_canvas
from .scheduler import LINES, PassQueues, constrained_parts, cut_into_steps, schedule_by_degrees, schedule_by_time
from .spec import FROM_CANVAS, PlannedPass, PlanSpec

NOTHING = 0.002  # distance from the painting below which nothing is left of a part
LAST_LOOK_SHARE = 0.05  # share of the process for the last look over the whole picture
LEAST_WORK = 0.0012  # passes of their own that change less of the canvas than this are left to a later one
_ROUGH = 0.6  # least work of a last coat over thin paint or pencil, as a share of its place: a plan sees no grain
TIME_EXPONENT = 0.55  # large masses go down fast, so that the change per step is large early and small late


def start_canvas(context: PlanContext, start: str, opening: list[Pass]) -> np.ndarray:
    """Make frame 1 (h,w,3) without strokes: the ground, with outlines or with the opening passes on it.

    For `FROM_CANVAS` it is frame 0, the initial canvas.
    """
    if start == FROM_CANVAS and context.initial_canvas is not None:
        return context.initial_canvas
    canvas = np.broadcast_to(context.ground, (*context.shape, 3)).astype(np.float32)
    if start == "sketch":
        return draw_lines(context.ground, line_drawing(context.painting, context.labels, inner=False))
    for plan_pass in opening:
        canvas = ideal_canvas(canvas, plan_pass, 0, 1, context.states)
    return canvas


def opening_length(start: str, passes: list[PlannedPass]) -> int:
    """Count the passes that the first frame already shows: none, one mass, or the whole block-in."""
    if start == "mass":
        return 1
    if start == "block":
        return next((i for i, planned in enumerate(passes) if planned.finish != "flat"), len(passes))
    return 0


def _blocked_pixels(spec: PlanSpec, context: PlanContext, part: int, started: list[int]) -> np.ndarray:
    """Find the pixels (h,w) bool that a pass over `part` must not touch because of edits.

    Parts that stay unfinished; those grouped with this one; and, where an order is requested, the `started` parts that
    lie nearer (eyes that were requested before their face).
    """
    rank = context.label_set.depth_order
    blocked = {*spec.partial_parts, *spec.grouped_with(part)}
    if part != WHOLE and spec.order:
        blocked |= {other for other in started if rank[other] > rank[part]}
    return np.isin(context.labels, sorted(blocked - {part}))


def dry_run(spec: PlanSpec, context: PlanContext) -> tuple[list[Pass], int, np.ndarray]:
    """Make all passes of a spec once on the small canvas.

    Returns the passes that change something, how many of them the first frame already shows, and (P,2) their begin and
    end in units of work, counted from the first frame on.
    """
    todo = [planned for planned in spec.passes if planned.part not in spec.skipped]
    after_opening = len(todo) - opening_length(spec.start, todo)
    canvas = start_canvas(context, spec.start, [])
    passes: list[Pass] = []
    times: list[tuple[float, float]] = []
    started: list[int] = []
    numbers: Counter[int] = Counter()
    opening, clock, last_begin = 0, 0.0, 0.0
    while todo:
        opens = len(todo) > after_opening
        planned = todo.pop(0)
        part = planned.part
        numbers[part] += 1
        edited = spec.partial_parts or spec.order or spec.groups
        blocked = _blocked_pixels(spec, context, part, started) if edited else None
        rng = spec.rng(part, numbers[part])
        made, after, work = make_pass(context, planned, canvas, spec.brush_style, rng, blocked)
        exact = spec.rows is not None or part in spec.order
        if not made.extent.any() or (work < LEAST_WORK and not (exact or planned.together)):
            if part in spec.order and part not in started:  # its turn is now: its next pass is tried at once
                later = next((i for i, other in enumerate(todo) if other.part == part), None)
                if later is not None:
                    todo.insert(0, todo.pop(later))
            continue
        if planned.finish == "painting" and MEDIA[spec.medium].transparent:
            work = max(work, _ROUGH * float(made.extent.mean()))
        canvas = after
        passes.append(made)
        started.append(part)
        if opens:
            opening += 1
            times.append((0.0, 0.0))
            continue
        length = planned.weight * max(work, 1e-4) ** TIME_EXPONENT
        begin = last_begin if planned.together and len(times) > opening else clock
        times.append((begin, begin + length))
        last_begin, clock = begin, max(clock, begin + length)
    if spec.rows is None:
        blocked = _blocked_pixels(spec, context, WHOLE, started) if spec.partial_parts else None
        last_look, rng = PlannedPass(WHOLE, "painting", MIDDLE), spec.rng(WHOLE, numbers[WHOLE] + 1)
        made, _, work = make_pass(context, last_look, canvas, spec.brush_style, rng, blocked)
        passes.append(made)
        times.append((clock, clock + max(LAST_LOOK_SHARE * max(clock, 0.1), 0.15 * work**TIME_EXPONENT)))
    return passes, opening, np.array(times)


def expected_degrees(plan: Plan, context: PlanContext, mode: DegreeMode = "progress") -> np.ndarray:
    """Measure the degrees (N-1,K), counted by `mode`, that a plan reaches without strokes: what it requests."""
    queues, n_classes = PassQueues(context, plan.passes, plan.medium), len(context.label_set)
    continues = plan.start == FROM_CANVAS and context.initial_canvas is not None
    if continues:
        before = start_canvas(context, plan.start, [])
    else:
        before = np.broadcast_to(np.array(plan.bare, np.float32), context.painting.shape)
    rows = []
    for number, step in enumerate(plan.slices, 1):
        if number == 1 and not continues:
            after = start_canvas(context, plan.start, [plan.passes[piece.index] for piece in step])
            if plan.start == "sketch":  # lines are as wide as a pixel here, and much finer on a canvas
                after = context.ground + np.float32(LINES) * (after - context.ground)
        else:
            after = queues.paint(before, step, plan.constrained_at(number))
        at = context.painting, context.labels, n_classes
        left = distance(before, *at), distance(after, *at)
        row = measure(before, after, context.painting, context.labels, n_classes, mode, left)
        if mode == "progress":
            # What is as good as finished without strokes is not on a canvas: of what is left all is asked, not a part.
            few = (row > 0) & (left[0] < FINISHED_DISTANCE) & (left[0] > NOTHING)
            row[few] = np.maximum(row[few], 1 - left[1][few] / left[0][few])
        rows.append(row)
        before = after
    return np.stack(rows).astype(np.float32)


def build_plan(spec: PlanSpec, context: PlanContext) -> Plan:
    """Build the plan of a spec for a context on the spec's ground; deterministic."""
    passes, opening, times = dry_run(spec, context)
    queues, canvas = PassQueues(context, passes, spec.medium), start_canvas(context, spec.start, [])
    if spec.rows is None:
        shapes = np.array([p.finish_name in MEDIA[spec.medium].shapes for p in passes])
        slices = cut_into_steps(times, opening, spec.n_frames, from_canvas=spec.start == FROM_CANVAS, shapes=shapes)
        slices = schedule_by_time(spec, queues, slices, canvas)
    else:
        slices = schedule_by_degrees(spec, queues, canvas)
    plan = Plan(
        name=spec.name,
        habit=spec.habit,
        start=spec.start,
        ground=spec.ground,
        seed=spec.seed,
        n_frames=spec.n_frames,
        part_names=context.label_set.names,
        passes=tuple(passes),
        slices=tuple(slices),
        degrees=np.zeros((spec.n_frames - 1, len(context.label_set)), np.float32),
        shape=context.shape,
        constrained=constrained_parts(spec),
        labels=context.labels,
        medium=spec.medium,
        ending=spec.ending,
        spec=spec,
    )
    degrees = expected_degrees(plan, context)
    for (frame, part), degree in spec.steps.items():  # a requested degree stands, whatever is expected
        if (context.labels == part).any():
            degrees[frame - 1, part] = degree
    return replace(plan, degrees=degrees)
