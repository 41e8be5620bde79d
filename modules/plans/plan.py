"""Plan: which pass paints where in which step. Data only; the simulated painter and the frames stage carry it out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..brush.media import MEDIA
from ..finish_levels import LEVELS, level
from ..imaging.resize import resize_labels

if TYPE_CHECKING:
    from .spec import PlanSpec

WHOLE, EVERYTHING = -1, "everything"  # the part of a pass that goes over the whole canvas, and its name
OVERLAP = 1.0  # how far a step goes back over the slice before its own, as a share of its own
OVERSPILLING = tuple(map(level, ("flat", "form", "smooth")))  # levels that are laid past a part's outline
ROUNDED = 0.8  # pixels of a coarse map over which its outlines are rounded
REACHED = 0.1  # share of a part from which on a pass is laid over it, too
UNSPECIFIED = 255  # the finish of pixels for which a plan gives none (recorded videos)


@dataclass(frozen=True)
class Pass:
    """One pass over a part: lay `finish` everywhere inside `extent`, in the order of `travel`.

    Attributes:
        part: class index of the part that is painted, or `WHOLE`.
        finish: index into `finish_levels.LEVELS`.
        extent: (h,w) bool, where paint goes; early passes reach under nearer parts and past the outline.
        levels: (h,w) uint8, index into `LEVELS` of what is laid at each pixel of the extent (`finish` inside the
            part, `under` or `over` outside of it).
        travel: (h,w) float32 in [0,1], the moment within the pass at which each pixel is reached.
        brush: width of a stroke as a share of the longest side.
        carried_on: (h,w,3) float32 in [0,1], the part's colours also past its outline, where it goes on behind
            a thing whose state `under` shows another part (a wall behind an eye, which has a face behind it); else NaN.
    """

    part: int
    finish: int
    extent: np.ndarray = field(repr=False)
    levels: np.ndarray = field(repr=False)
    travel: np.ndarray = field(repr=False)
    brush: float
    carried_on: np.ndarray | None = field(default=None, repr=False)

    @property
    def finish_name(self) -> str:
        """Name of the finish in `finish_levels.LEVELS`."""
        return LEVELS[self.finish]

    def region(self, begin: float, end: float) -> np.ndarray:
        """Find where the pass works in [begin, end) of its moments, (h,w) bool; an end of 1 is included."""
        upper = self.travel < end if end < 1 else self.travel <= 1
        return self.extent & (self.travel >= begin) & upper


@dataclass(frozen=True)
class Slice:
    """The interval [begin, end) of pass number `index` that one step carries out."""

    index: int
    begin: float
    end: float


@dataclass(frozen=True)
class PlanStep:
    """What one step requests.

    Attributes:
        index: number of the frame that the step makes, 1 .. N-1.
        degrees: (K,) requested degree of every part in [0,1].
        field: (h,w) float32 in [0,1], where this step paints, at plan size.
        finish: (h,w) uint8, index into `finish_levels.LEVELS` of how far it paints there, `UNSPECIFIED` elsewhere.
        parts: names of the parts that are worked on.
    """

    index: int
    degrees: np.ndarray
    field: np.ndarray
    finish: np.ndarray
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """Passes, and for every step the slices of them that it carries out (frames 1 .. N-1; frame 0 is bare)."""

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
    # For every step the constrained parts: only their own passes touch them in it. Needs `labels` (h,w).
    constrained: tuple[frozenset[int], ...] = ()
    labels: np.ndarray | None = field(default=None, repr=False)
    medium: str = "oil"  # name in `brush.MEDIA`
    ending: str = "painting"  # one of `spec.ENDINGS`
    spec: PlanSpec | None = field(default=None, repr=False)  # what the plan was built from, and can be built from again

    @property
    def bare(self) -> tuple[float, float, float]:
        """RGB of frame 0: the ground, or what a first step tones."""
        medium = MEDIA[self.medium]
        return medium.grounds[0] if self.start == "toned" and medium.toned else self.ground

    def step(self, index: int) -> PlanStep:
        """Get the step that makes frame `index`, 1 <= index <= N-1."""
        if not 1 <= index < self.n_frames:
            raise IndexError(f"step {index} is not in 1..{self.n_frames - 1}")
        own, constrained = self.slices[index - 1], self.constrained_at(index)
        overlapping = tuple(Slice(s.index, self._overlapping_begin(s), s.end) for s in own)
        where, finish = self.region(overlapping, constrained)
        # Overlap inside the own part only: what lies past the outline belongs to parts this step may not ask for.
        where &= self.region(own)[0] | ~np.isin(finish, (level("under"), level("over")))
        # A person does not work along a line: the border of what is asked for is soft.
        soft = cv2.GaussianBlur(where.astype(np.float32), (0, 0), 0.8)
        if (protected := protected_pixels(self.labels, constrained, WHOLE)) is not None:
            soft[protected & ~where] = 0
        degrees = self.degrees[index - 1]
        parts = tuple(self.part_names[i] for i in np.flatnonzero(degrees > 0))
        return PlanStep(index, degrees, soft, finish, parts)

    def _overlapping_begin(self, piece: Slice) -> float:
        """Move the begin of a step within its pass back, so that consecutive steps overlap and leave no seam.

        The last slice of a pass over the whole canvas always covers all of it.
        """
        if self.passes[piece.index].part == WHOLE and piece.end >= 1:
            return 0.0
        return max(0.0, piece.begin - OVERLAP * (piece.end - piece.begin))

    def constrained_at(self, index: int) -> frozenset[int]:
        """Get the parts that only their own passes touch in the step that makes frame `index`."""
        return self.constrained[index - 1] if self.constrained else frozenset()

    def locked_parts(self, index: int) -> frozenset[int]:
        """Get the parts that the step that makes frame `index` must not touch at all."""
        return frozenset(part for part in self.constrained_at(index) if not self.degrees[index - 1, part])

    def region(
        self, slices: tuple[Slice, ...], constrained: frozenset[int] = frozenset()
    ) -> tuple[np.ndarray, np.ndarray]:
        """Find where slices work, (h,w) bool, and their finish there, (h,w) uint8 (a later slice lies on top)."""
        where = np.zeros(self.shape, bool)
        finish = np.full(self.shape, UNSPECIFIED, np.uint8)
        for piece in slices:
            plan_pass = self.passes[piece.index]
            region = plan_pass.region(piece.begin, piece.end)
            if (protected := protected_pixels(self.labels, constrained, plan_pass.part)) is not None:
                region &= ~protected
            where |= region
            finish[region] = plan_pass.levels[region]
        return where, finish

    def to_json(self) -> dict:
        """Convert to the values of process.json: the spec, the passes, and slices and degrees of each step."""
        return {
            "name": self.name,
            "habit": self.habit,
            "medium": self.medium,
            "ending": self.ending,
            "start": self.start,
            "ground": [round(float(v), 4) for v in self.ground],
            "bare": [round(float(v), 4) for v in self.bare],
            "seed": self.seed,
            "frames": self.n_frames,
            "recipe": None if self.spec is None else self.spec.to_json(),
            "passes": [
                {"part": EVERYTHING if p.part == WHOLE else self.part_names[p.part], "finish": p.finish_name}
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


def full_size_pass(
    plan_pass: Pass, labels: np.ndarray, rank: np.ndarray, n_levels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Enlarge a pass to a label map's size, with the part's own outline exact.

    Args:
        plan_pass: whose maps are coarse; at full size the label map itself says what lies on which side of the outline.
        labels: (H,W) part indices.
        rank: (K,) of every part from far to near.
        n_levels: number of levels of finish.

    Returns:
        The extent (H,W) bool, and the level of finish (H,W) uint8 that is laid at each pixel.
    """
    height, width = labels.shape
    coarse = width / plan_pass.extent.shape[1]
    soft = cv2.resize(plan_pass.extent.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    extent = soft > 0.5
    if plan_pass.part == WHOLE:
        levels = resize_labels(plan_pass.levels, (width, height))
        return extent & (levels < n_levels), levels
    own = labels == plan_pass.part
    levels = np.full(own.shape, plan_pass.finish, np.uint8)
    may_overspill = plan_pass.finish in OVERSPILLING
    if may_overspill:
        behind = rank[labels] < rank[plan_pass.part]
        levels[~own] = np.where(behind, level("over"), level("under"))[~own]
    small = resize_labels(labels, plan_pass.extent.shape[::-1])
    overspills = bool((plan_pass.extent & (small != plan_pass.part)).any())
    if overspills and coarse > 1 and may_overspill:
        # Past the part's outline only the coarse map says where: without its stairs, and off what it leaves out.
        covered, whole = (
            np.bincount(places, minlength=len(rank)) for places in (small[plan_pass.extent], small.ravel())
        )
        reached = covered > REACHED * whole
        extent = np.where(reached[labels], cv2.GaussianBlur(soft, (0, 0), ROUNDED * coarse) > 0.5, extent)
    left_out = (small == plan_pass.part) & ~plan_pass.extent
    own &= ~(cv2.resize(left_out.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) > 0.5)
    return (extent | own) if overspills else own, levels


def protected_pixels(labels: np.ndarray | None, constrained: frozenset[int], part: int) -> np.ndarray | None:
    """Find the other constrained parts of labels (h,w), which a pass over `part` leaves alone: bool, None if none."""
    others = constrained - {part}
    return None if labels is None or not others else np.isin(labels, list(others))


def ideal_canvas(
    canvas: np.ndarray,
    plan_pass: Pass,
    begin: float,
    end: float,
    states: np.ndarray,
    protected: np.ndarray | None = None,
) -> np.ndarray:
    """Carry out [begin, end) of a pass exactly, without strokes.

    Args:
        canvas: (h,w,3) in [0,1].
        states: (M,h,w,3), the painting at every level of finish.
        protected: (h,w) bool, what the pass leaves alone.

    Returns:
        (h,w,3), a copy.
    """
    region = plan_pass.region(begin, end)
    if protected is not None:
        region &= ~protected
    result = canvas.copy()
    rows, columns = np.nonzero(region)
    result[rows, columns] = states[plan_pass.levels[rows, columns], rows, columns]
    if plan_pass.carried_on is not None:
        further = region & ~np.isnan(plan_pass.carried_on[..., 0])
        result[further] = plan_pass.carried_on[further]
    return result
