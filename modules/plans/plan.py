"""A plan: what is painted when. Data only; habits make it, the simulated painter and the frames stage carry it out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..finish_levels import LEVELS, level

if TYPE_CHECKING:
    from .spec import PlanSpec

WHOLE = -1  # the acting part of a pass that goes over the whole canvas
OVERLAP = 1.0  # how far a step goes back over the stretch before its own, as a share of its own
UNSPECIFIED = 255  # a place for which a plan says nothing about how far (recorded videos)


@dataclass(frozen=True)
class Pass:
    """One time over a part: lay `finish` everywhere inside `extent`, in the order of `travel`.

    Attributes:
        part: class index of the part that is painted, or `WHOLE`.
        finish: index into `finish.LEVELS`.
        extent: (h,w) bool, where paint goes; early passes reach under nearer parts and past the outline.
        levels: (h,w) uint8, index into `LEVELS` of what is laid at each pixel of the extent (`finish` inside the
            part, `under` or `over` outside of it).
        travel: (h,w) float32 in [0,1], the moment within the pass at which each pixel is reached.
        brush: width of a stroke as a share of the longest side.
    """

    part: int
    finish: int
    extent: np.ndarray = field(repr=False)
    levels: np.ndarray = field(repr=False)
    travel: np.ndarray = field(repr=False)
    brush: float

    @property
    def finish_name(self) -> str:
        """The finish as it is called in `finish.LEVELS`."""
        return LEVELS[self.finish]

    def region(self, begin: float, end: float) -> np.ndarray:
        """(h,w) bool: where the pass works between two of its moments; [begin, end), the last one closed."""
        upper = self.travel < end if end < 1 else self.travel <= 1
        return self.extent & (self.travel >= begin) & upper


@dataclass(frozen=True)
class Slice:
    """The stretch [begin, end) of pass number `index` that one step carries out."""

    index: int
    begin: float
    end: float


@dataclass(frozen=True)
class PlanStep:
    """What one step asks for.

    Attributes:
        index: number of the frame that the step makes, 1 .. N-1.
        degrees: (K,) asked degree of every part in [0,1].
        field: (h,w) float32 in [0,1], where this step paints, at the plan's own small size.
        finish: (h,w) uint8, index into `finish.LEVELS` of how far it paints there, `UNSPECIFIED` elsewhere.
        parts: names of the parts that are worked on.
    """

    index: int
    degrees: np.ndarray
    field: np.ndarray
    finish: np.ndarray
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """Passes, and for every step which stretches of them are carried out (frames 1 .. N-1; frame 0 is bare)."""

    name: str
    habit: str
    start: str
    ground: tuple[float, float, float]
    seed: int
    n_frames: int
    part_names: tuple[str, ...]
    passes: tuple[Pass, ...] = field(repr=False)
    slices: tuple[tuple[Slice, ...], ...] = field(repr=False)  # one tuple a step, N-1 of them
    degrees: np.ndarray = field(repr=False)  # (N-1, K) float32 in [0,1]
    shape: tuple[int, int] = (1, 1)  # (h, w) of all maps
    # For every step the parts that are told: only their own passes touch them in it. Needs `labels` (h,w).
    told: tuple[frozenset[int], ...] = ()
    labels: np.ndarray | None = field(default=None, repr=False)
    recipe: PlanSpec | None = field(default=None, repr=False)  # what the plan was made by, and can be made by again

    def step(self, index: int) -> PlanStep:
        """The step that makes frame `index`, 1 <= index <= N-1."""
        if not 1 <= index < self.n_frames:
            raise IndexError(f"step {index} is not in 1..{self.n_frames - 1}")
        again = tuple(Slice(s.index, self._again(s), s.end) for s in self.slices[index - 1])
        where, how_far = self.region(again, self.told_at(index))
        # Back over its own part only: what lies past the outline belongs to parts that this step may not ask for.
        where &= self.region(self.slices[index - 1])[0] | ~np.isin(how_far, (level("under"), level("over")))
        # A person does not work along a line: the border of what is asked for is soft.
        soft = cv2.GaussianBlur(where.astype(np.float32), (0, 0), 0.8)
        if (kept := spared(self.labels, self.told_at(index), WHOLE)) is not None:
            soft[kept & ~where] = 0
        degrees = self.degrees[index - 1]
        parts = tuple(self.part_names[i] for i in np.flatnonzero(degrees > 0))
        return PlanStep(index, degrees, soft, how_far, parts)

    def _again(self, piece: Slice) -> float:
        """Where a step really begins within its pass: nobody knows to a hair where the last stroke ended, so it goes
        back a little and leaves no seam; and the last of the last look is at all of the picture."""
        if self.passes[piece.index].part == WHOLE and piece.end >= 1:
            return 0.0
        return max(0.0, piece.begin - OVERLAP * (piece.end - piece.begin))

    def told_at(self, index: int) -> frozenset[int]:
        """The parts that only their own passes touch in the step that makes frame `index`."""
        return self.told[index - 1] if self.told else frozenset()

    def resting(self, index: int) -> frozenset[int]:
        """The parts that the step that makes frame `index` must not touch at all."""
        return frozenset(part for part in self.told_at(index) if not self.degrees[index - 1, part])

    def region(self, slices: tuple[Slice, ...], told: frozenset[int] = frozenset()) -> tuple[np.ndarray, np.ndarray]:
        """Where a set of slices works, (h,w) bool, and how far there, (h,w) uint8 (a later slice lies on top)."""
        where = np.zeros(self.shape, bool)
        how_far = np.full(self.shape, UNSPECIFIED, np.uint8)
        for part in slices:
            work = self.passes[part.index]
            region = work.region(part.begin, part.end)
            if (kept := spared(self.labels, told, work.part)) is not None:
                region &= ~kept
            where |= region
            how_far[region] = work.levels[region]
        return where, how_far

    def to_json(self) -> dict:
        """What a person may want to read of the plan: who does what, in which order, and the degrees of each step."""
        return {
            "name": self.name,
            "habit": self.habit,
            "start": self.start,
            "ground": [round(float(v), 4) for v in self.ground],
            "seed": self.seed,
            "frames": self.n_frames,
            "recipe": None if self.recipe is None else self.recipe.to_json(),
            "passes": [
                {"part": "everything" if p.part == WHOLE else self.part_names[p.part], "finish": p.finish_name}
                for p in self.passes
            ],
            "steps": [
                {
                    "frame": i + 1,
                    "passes": [[s.index, round(s.begin, 4), round(s.end, 4)] for s in slices],
                    "degrees": {self.part_names[k]: round(float(d), 4) for k, d in enumerate(row) if d > 0},
                }
                for i, (slices, row) in enumerate(zip(self.slices, self.degrees, strict=True))
            ],
        }


def spared(labels: np.ndarray | None, told: frozenset[int], part: int) -> np.ndarray | None:
    """(h,w) bool: what a pass over `part` leaves alone of labels (h,w): parts that are told; None for nothing."""
    others = told - {part}
    return None if labels is None or not others else np.isin(labels, list(others))


def ideal_canvas(
    canvas: np.ndarray,
    plan_pass: Pass,
    begin: float,
    end: float,
    states: np.ndarray,
    kept: np.ndarray | None = None,
) -> np.ndarray:
    """The canvas (h,w,3) after a hand without any strokes carried out [begin, end) of a pass; states (M,h,w,3).

    kept: (h,w) bool, what the pass leaves alone.
    """
    region = plan_pass.region(begin, end)
    if kept is not None:
        region &= ~kept
    result = canvas.copy()
    rows, columns = np.nonzero(region)
    result[rows, columns] = states[plan_pass.levels[rows, columns], rows, columns]
    return result
