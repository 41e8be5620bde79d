"""Degrees into stretches of passes: how far each part gets along its own queue of passes in every step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..degree import FINISHED_DISTANCE
from .context import PlanContext
from .plan import WHOLE, Pass, Slice, ideal_canvas, spared
from .spec import PlanSpec

_BISECTIONS = 8
Slices = list[tuple[Slice, ...]]


class Queues:
    """The passes of every part as one line to walk along: position i + f is the fraction f of its pass number i."""

    def __init__(self, scene: PlanContext, passes: Sequence[Pass]) -> None:
        self.scene, self.passes = scene, passes
        self.of: dict[int, list[int]] = {}
        for index, work in enumerate(passes):
            self.of.setdefault(work.part, []).append(index)

    def pieces(self, part: int, begin: float, end: float) -> tuple[Slice, ...]:
        """The slices of a part's queue between two positions."""
        found = []
        for place, index in enumerate(self.of[part]):
            a, b = max(begin - place, 0.0), min(end - place, 1.0)
            if b > a:
                found.append(Slice(index, a, b))
        return tuple(found)

    def lay(self, canvas: np.ndarray, pieces: Sequence[Slice], told: frozenset[int] = frozenset()) -> np.ndarray:
        """The canvas (h,w,3) after an ideal hand carried the slices out, in a step with these parts told."""
        for piece in pieces:
            work = self.passes[piece.index]
            kept = spared(self.scene.labels, told, work.part)
            canvas = ideal_canvas(canvas, work, piece.begin, piece.end, self.scene.states, kept)
        return canvas

    def left(self, canvas: np.ndarray, part: int) -> float:
        """Mean distance of a part from the painting."""
        mask = self.scene.labels == part
        return float(np.abs(canvas[mask] - self.scene.painting[mask]).mean())

    def advance(self, canvas: np.ndarray, part: int, begin: float, degree: float) -> float:
        """The position at which a part has covered the share `degree` of its distance on a canvas (h,w,3)."""
        return self.until(canvas, part, begin, (1 - degree) * self.left(canvas, part))

    def until(self, canvas: np.ndarray, part: int, begin: float, target: float) -> float:
        """The first position from `begin` at which no more than `target` of a part's distance is left, or the end."""
        low, high = begin, float(len(self.of[part]))
        if target <= 0:
            return high
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            if self.left(self.lay(canvas, self.pieces(part, begin, middle)), part) > target:
                low = middle
            else:
                high = middle
        return high

    def ends(self, canvas: np.ndarray, degrees: Mapping[int, float]) -> dict[int, float]:
        """How far each part goes in all, from the canvas (h,w,3) that nobody has worked on yet."""
        return {
            part: self.advance(canvas, part, 0.0, degrees[part]) if degrees.get(part, 1.0) < 1 else float(len(queue))
            for part, queue in self.of.items()
        }


def constrained_parts(recipe: PlanSpec) -> tuple[frozenset[int], ...]:
    """For every step the parts that nothing but their own passes may touch in it; () when there never is any."""
    if not recipe.held and not recipe.steps:
        return ()
    now = {frame: {p for f, p in recipe.steps if f == frame} for frame, _ in recipe.steps}
    return tuple(recipe.held | now.get(frame, set()) for frame in range(1, recipe.n_frames))


def by_time(recipe: PlanSpec, queues: Queues, slices: Slices, canvas: np.ndarray) -> Slices:
    """What was scheduled, with the degrees that were told: a step does as told, the rest of the part is spread over the
    rest of its time. canvas: (h,w,3), the one that nobody has worked on yet."""
    ends = queues.ends(canvas, recipe.degrees)
    told = constrained_parts(recipe)
    if not told:
        return slices
    position = _positions(queues, slices)
    for part, line in position.items():
        line *= ends[part] / len(queues.of[part])
    at = dict.fromkeys(position, 0.0)
    result: Slices = []
    for step in range(len(slices)):
        for (frame, part), degree in recipe.steps.items():
            if frame == step + 1 and part in position:
                goal = queues.advance(canvas, part, at[part], degree) if degree > 0 else at[part]
                _go_on(position[part], step, goal, max(ends[part], goal))
        moves = [piece for part in position for piece in queues.pieces(part, at[part], position[part][step])]
        now = tuple(sorted(moves, key=lambda piece: piece.index))
        canvas = queues.lay(canvas, now, told[step])
        at = {part: float(line[step]) for part, line in position.items()}
        result.append(now)
    return result


def _positions(queues: Queues, slices: Slices) -> dict[int, np.ndarray]:
    """Where each part stands in its queue after every step, (N-1,)."""
    done = np.zeros(len(queues.passes))
    position = {part: np.zeros(len(slices)) for part in queues.of}
    for step, now in enumerate(slices):
        for piece in now:
            done[piece.index] = piece.end
        for part, queue in queues.of.items():
            position[part][step] = done[queue].sum()
    return position


def _go_on(line: np.ndarray, step: int, goal: float, end: float) -> None:
    """Let a part stand at `goal` after `step`; what is left up to `end` keeps its time, or gets all there is."""
    planned, rest = float(line[step]), line[step + 1 :]
    if end > planned + 1e-9:
        rest[:] = goal + (rest - planned) * (end - goal) / (end - planned)
    else:
        rest[:] = np.linspace(goal, end, len(rest) + 1)[1:]
    line[step] = goal


def by_rows(recipe: PlanSpec, queues: Queues, canvas: np.ndarray) -> Slices:
    """Slices that do what the rows of degrees say; what was told for a step, or for all of a part, comes before them.

    A part that is finished is not asked any more. canvas: (h,w,3), the one that nobody has worked on yet.
    """
    assert recipe.rows is not None
    ends = queues.ends(canvas, recipe.degrees)
    told = constrained_parts(recipe) or (frozenset(),) * len(recipe.rows)
    present = [part for part in queues.scene.present if part in queues.of]
    present = [part for part in recipe.order if part in present] + [p for p in present if p not in recipe.order]
    at = dict.fromkeys(present, 0.0)
    result: Slices = []
    for step, row in enumerate(recipe.rows):
        now: tuple[Slice, ...] = ()
        for part in present if step + 1 >= recipe.first_step else []:
            wish = recipe.steps.get((step + 1, part))
            closing = step == len(recipe.rows) - 1 and recipe.degrees.get(part, 0.0) > 0
            degree = float(row[part]) if wish is None else wish
            if wish is None and closing:
                goal = ends[part]
            elif degree <= 0 or (wish is None and queues.left(canvas, part) < FINISHED_DISTANCE / 4):
                continue
            else:
                goal = queues.advance(canvas, part, at[part], degree)
                goal = min(goal, ends[part]) if wish is None else goal
            pieces = queues.pieces(part, at[part], goal)
            canvas, now, at[part] = queues.lay(canvas, pieces, told[step]), now + pieces, max(goal, at[part])
        if step == len(recipe.rows) - 1 and WHOLE in queues.of:  # a last look over the whole picture
            now += queues.pieces(WHOLE, 0.0, float(len(queues.of[WHOLE])))
        result.append(now)
    return result
