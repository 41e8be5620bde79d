"""Schedule passes: turn time, or per-step degrees, into slices of each part's queue of passes."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..brush.media import MEDIA
from ..degree import FINISHED_DISTANCE
from ..finish_levels import level
from .context import PlanContext
from .plan import WHOLE, Pass, Slice, ideal_canvas, protected_pixels
from .spec import PlanSpec

LINES = 0.15  # width of a drawn line, as a share of a pixel of a plan's maps
WASHES = 4  # the broad washes of a pass come first: how much sooner their tone is there than their number
_BISECTIONS = 8
Slices = list[tuple[Slice, ...]]


class PassQueues:
    """Queue of passes of every part; position i + f in it is the fraction f of the part's pass number i."""

    def __init__(self, context: PlanContext, passes: Sequence[Pass], medium: str = "oil") -> None:
        self.context, self.passes, self.medium = context, passes, MEDIA[medium]
        self.states = context.states
        if any(plan_pass.finish_name == "lined" for plan_pass in passes):
            flat, lined = context.states[level("flat")], context.states[level("lined")]
            self.states = context.states.copy()
            self.states[level("lined")] = flat + np.float32(LINES) * (lined - flat)
        self.indices: dict[int, list[int]] = {}
        for index, plan_pass in enumerate(passes):
            self.indices.setdefault(plan_pass.part, []).append(index)

    def between(self, part: int, begin: float, end: float) -> tuple[Slice, ...]:
        """Cut the slices of a part's queue between two positions."""
        found = []
        for place, index in enumerate(self.indices[part]):
            a, b = max(begin - place, 0.0), min(end - place, 1.0)
            if b > a:
                found.append(Slice(index, a, b))
        return tuple(found)

    def paint(
        self, canvas: np.ndarray, slices: Sequence[Slice], constrained: frozenset[int] = frozenset()
    ) -> np.ndarray:
        """Carry out slices on a canvas (h,w,3), as far as the medium goes, in a step with these constrained parts."""
        for piece in slices:
            plan_pass = self.passes[piece.index]
            protected = protected_pixels(self.context.labels, constrained, plan_pass.part)
            finish, begin, end, done, share = plan_pass.finish_name, piece.begin, piece.end, 0.0, 1.0
            if self.medium.transparent and finish in self.medium.shapes:  # they lie all over the place, not here first
                done, share = (float(1 - (1 - at) ** WASHES) for at in (begin, end))
                begin, end = 0.0, 1.0
            ideal = ideal_canvas(canvas, plan_pass, begin, end, self.states, protected)
            if finish == "sketch":
                share = LINES
            elif residual := self.medium.residual.get(finish, 0.0):
                change = np.abs(ideal - canvas).mean(axis=2)
                far = float(change.sum()) / max(int(np.count_nonzero(change)), 1)
                # `done` of the way down to `residual` is behind: at first it was (far - residual * done) / (1 - done).
                reach = max(0.0, 1 - residual * (1 - done) / max(far - residual * done, 1e-6))
                done, share = reach * done, reach * share
            share = (share - done) / max(1 - done, 1e-6)
            canvas = ideal if share == 1 else np.clip(canvas + np.float32(share) * (ideal - canvas), 0, 1)
        return canvas

    def left(self, canvas: np.ndarray, part: int) -> float:
        """Measure the mean distance of a part of a canvas (h,w,3) from the painting, in [0,1]."""
        mask = self.context.labels == part
        return float(np.abs(canvas[mask] - self.context.painting[mask]).mean())

    def advance(self, canvas: np.ndarray, part: int, begin: float, degree: float) -> float:
        """Bisect the position from `begin` at which a part has covered the share `degree` of its distance, or the end.

        canvas: (h,w,3), where the part's queue stands at `begin`.
        """
        low, high = begin, float(len(self.indices[part]))
        target = (1 - degree) * self.left(canvas, part)
        if target <= 0:
            return high
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            if self.left(self.paint(canvas, self.between(part, begin, middle)), part) > target:
                low = middle
            else:
                high = middle
        return high

    def ends(self, canvas: np.ndarray, degrees: Mapping[int, float]) -> dict[int, float]:
        """Find the last position of each part, by its degree over the whole process, from the first canvas (h,w,3)."""
        return {
            part: self.advance(canvas, part, 0.0, degrees[part]) if degrees.get(part, 1.0) < 1 else float(len(queue))
            for part, queue in self.indices.items()
        }


def constrained_parts(spec: PlanSpec) -> tuple[frozenset[int], ...]:
    """List for every step the parts that nothing but their own passes may touch; () when there never is any."""
    if not spec.partial_parts and not spec.steps:
        return ()
    requested = {frame: {p for f, p in spec.steps if f == frame} for frame, _ in spec.steps}
    return tuple(spec.partial_parts | requested.get(frame, set()) for frame in range(1, spec.n_frames))


def cut_into_steps(
    times: np.ndarray, opening: int, n_frames: int, *, from_canvas: bool = False, shapes: np.ndarray | None = None
) -> Slices:
    """Cut the times of passes into N-1 steps of equal length.

    Args:
        times: (P,2) begin and end of each pass.
        opening: how many passes frame 1 already shows: the first step holds them.
        from_canvas: frame 0 is an initial canvas, and frame 1 a step like all others.
        shapes: (P,) bool, passes that lay whole shapes: they are not cut but where they last for several steps.
    """
    slices: Slices = [] if from_canvas else [tuple(Slice(i, 0.0, 1.0) for i in range(opening))]
    end, steps = times[:, 1].max(), n_frames - 1 - len(slices)
    if n_frames == 2:  # one step has to do it all
        return [tuple(Slice(i, 0.0, 1.0) for i in range(len(times)))]
    if shapes is not None:
        times = np.where(shapes[:, None], _whole_steps(times, end / steps, steps), times)
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


def _whole_steps(times: np.ndarray, length: float, steps: int) -> np.ndarray:
    """Round begins and ends (P,2) of passes to those of steps; what is shorter than a step lies within one."""
    whole = np.rint(times / length)
    middle = np.minimum(np.floor(times.mean(axis=1) / length), steps - 1)
    short = np.stack([middle + 0.25, middle + 0.75], axis=1)
    rounded: np.ndarray = length * np.where((whole[:, 1] > whole[:, 0])[:, None], whole, short)
    return rounded


def schedule_by_time(spec: PlanSpec, queues: PassQueues, slices: Slices, canvas: np.ndarray) -> Slices:
    """Adjust slices that were cut by time to the requested degrees.

    A step with a requested degree reaches it; the rest of the part is spread over the rest of its time.
    canvas: (h,w,3), before the first step.
    """
    ends = queues.ends(canvas, spec.degrees)
    constrained = constrained_parts(spec)
    if not constrained:
        return slices
    positions = _positions(queues, slices)
    for part, line in positions.items():
        line *= ends[part] / len(queues.indices[part])
    at = dict.fromkeys(positions, 0.0)
    result: Slices = []
    for step in range(len(slices)):
        for (frame, part), degree in spec.steps.items():
            if frame == step + 1 and part in positions:
                goal = queues.advance(canvas, part, at[part], degree) if degree > 0 else at[part]
                _move_position(positions[part], step, goal, max(ends[part], goal))
        moves = [piece for part in positions for piece in queues.between(part, at[part], positions[part][step])]
        now = tuple(sorted(moves, key=lambda piece: piece.index))
        canvas = queues.paint(canvas, now, constrained[step])
        at = {part: float(line[step]) for part, line in positions.items()}
        result.append(now)
    return result


def _positions(queues: PassQueues, slices: Slices) -> dict[int, np.ndarray]:
    """Find the position of each part in its queue after every step, (N-1,)."""
    done = np.zeros(len(queues.passes))
    positions = {part: np.zeros(len(slices)) for part in queues.indices}
    for step, now in enumerate(slices):
        for piece in now:
            done[piece.index] = piece.end
        for part, queue in queues.indices.items():
            positions[part][step] = done[queue].sum()
    return positions


def _move_position(line: np.ndarray, step: int, goal: float, end: float) -> None:
    """Set a part's position after `step`, in place; what is left up to `end` keeps its time, or gets all there is."""
    planned, rest = float(line[step]), line[step + 1 :]
    if end > planned + 1e-9:
        rest[:] = goal + (rest - planned) * (end - goal) / (end - planned)
    else:
        rest[:] = np.linspace(goal, end, len(rest) + 1)[1:]
    line[step] = goal


def schedule_by_degrees(spec: PlanSpec, queues: PassQueues, canvas: np.ndarray) -> Slices:
    """Make slices that reach the spec's rows of degrees; requested degrees, of a step or in all, come before them.

    Nothing is asked of a finished part. canvas: (h,w,3), before the first step.
    """
    assert spec.rows is not None
    ends = queues.ends(canvas, spec.degrees)
    constrained = constrained_parts(spec) or (frozenset(),) * len(spec.rows)
    present = [part for part in queues.context.present if part in queues.indices]
    present = [part for part in spec.order if part in present] + [p for p in present if p not in spec.order]
    at = dict.fromkeys(present, 0.0)
    result: Slices = []
    for step, row in enumerate(spec.rows):
        last, now = step == len(spec.rows) - 1, tuple[Slice, ...]()
        for part in present if step + 1 >= spec.first_step else []:
            requested = spec.steps.get((step + 1, part))
            degree = float(row[part]) if requested is None else requested
            if requested is None and last and spec.degrees.get(part, 0.0) > 0:
                goal = ends[part]
            elif degree <= 0 or (requested is None and queues.left(canvas, part) < FINISHED_DISTANCE / 4):
                continue
            else:
                goal = queues.advance(canvas, part, at[part], degree)
                goal = min(goal, ends[part]) if requested is None else goal
            pieces = queues.between(part, at[part], goal)
            canvas, now, at[part] = queues.paint(canvas, pieces, constrained[step]), now + pieces, max(goal, at[part])
        if last and WHOLE in queues.indices:  # a last look over the whole picture
            now += queues.between(WHOLE, 0.0, float(len(queues.indices[WHOLE])))
        result.append(now)
    return result
