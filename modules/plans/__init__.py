"""Plans: what is painted when. One plan drives the simulated painter and the frames stage alike (DESIGN section 6)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..io.errors import UserError
from ..labels import LabelSet
from .artist import artist_spec
from .context import PlanContext, ground_beneath, ground_colour, make_context
from .dry_run import build_plan
from .edits import Names, PlanEdit, Reverse
from .from_degrees import random_degrees, spec_from_degrees
from .habits import HABITS, MIDDLE, draw_start, habit_of
from .passes import PlannedPass
from .plan import WHOLE, Pass, Plan, PlanStep, Slice
from .plan_file import PlanFile
from .sampled import dataset_degrees
from .spec import FROM_CANVAS, PlanSpec


@dataclass(frozen=True)
class PlanSubject:
    """What is to be painted: painting (H,W,3), labels (H,W), the seed, and the canvas (H,W,3) to go on from, if any."""

    painting: np.ndarray
    labels: np.ndarray
    label_set: LabelSet
    seed: int
    canvas: np.ndarray | None = None

    def on(self, ground: str) -> PlanContext:
        """The scene on a kind of ground; somebody's own canvas has one already."""
        colour = ground_colour(self.painting, ground, _rng(self.seed, "ground"))
        if self.canvas is not None:
            colour = ground_beneath(self.canvas, self.painting, colour)
        return make_context(self.painting, self.labels, self.label_set, colour, self.canvas)

    @property
    def names(self) -> Names:
        """The parts of it that can be named."""
        return Names(self.label_set, frozenset(int(k) for k in np.unique(self.labels) if k != 0))


def _rng(seed: int, name: str) -> np.random.Generator:
    """A generator that depends on the seed and the plan's name only."""
    return np.random.default_rng([seed, int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")])


@dataclass(frozen=True)
class PlanRequest:
    """What a plan is made for: N frames, a seed, a habit (`artist`, `reverse`), training's degrees (`dataset`)."""

    n_frames: int
    seed: int
    habit: str | None = None
    rows: np.ndarray | None = None


def _artist(subject: PlanSubject, asked: PlanRequest) -> tuple[PlanSpec, PlanContext]:
    rng = _rng(asked.seed, "artist")
    habit = asked.habit or habit_of(float(subject.painting.mean()), subject.label_set.named, asked.seed)
    begin = draw_start(habit, rng)
    scene = subject.on(begin.ground)
    return artist_spec(scene, asked.n_frames, asked.seed, habit=habit, start=begin.start, rng=rng), scene


def _reverse(subject: PlanSubject, asked: PlanRequest) -> tuple[PlanSpec, PlanContext]:
    recipe, scene = _artist(subject, asked)
    return Reverse().on(recipe, subject.names), scene


def _random(subject: PlanSubject, asked: PlanRequest) -> tuple[PlanSpec, PlanContext]:
    rng = _rng(asked.seed, "random")
    scene = subject.on("toned")
    return spec_from_degrees(scene, random_degrees(scene, asked.n_frames, rng), "random", asked.seed, rng), scene


def _dataset(subject: PlanSubject, asked: PlanRequest) -> tuple[PlanSpec, PlanContext]:
    if asked.rows is None or not len(asked.rows):
        raise UserError(
            "plan 'dataset' needs the degrees that the model saw in training",
            "the frames stage in use has none stored with it",
            "use plan dataset=FILE (from `ppp data check --degrees FILE`), or weights made by `ppp train frames`",
        )
    rng = _rng(asked.seed, "dataset")
    scene = subject.on("toned")
    wanted = dataset_degrees(scene, asked.n_frames, asked.rows, rng)
    recipe = spec_from_degrees(scene, wanted, "dataset", asked.seed, rng)
    look = PlannedPass(WHOLE, "painting", MIDDLE)  # people end finished: at the end they look at all of it again
    return replace(recipe, passes=(*recipe.passes, look)), scene


def _own(subject: PlanSubject, asked: PlanRequest) -> tuple[PlanSpec, PlanContext]:
    """Nothing but what is told (a plan file's steps)."""
    scene = subject.on("toned")
    nothing = np.zeros((asked.n_frames - 1, len(subject.label_set)), np.float32)
    return spec_from_degrees(scene, nothing, OWN, asked.seed, _rng(asked.seed, OWN)), scene


OWN = "own"  # the plan of a file that tells every step itself
Draft = Callable[[PlanSubject, PlanRequest], tuple[PlanSpec, PlanContext]]
PLANS: dict[str, Draft] = {"artist": _artist, "reverse": _reverse, "random": _random, "dataset": _dataset}


def make_plan(
    name: str | PlanFile,
    painting: np.ndarray,
    labels: np.ndarray,
    label_set: LabelSet,
    n_frames: int,
    seed: int,
    *,
    habit: str | None = None,
    degree_rows: np.ndarray | None = None,
    steering: Sequence[PlanEdit] = (),
    canvas: np.ndarray | None = None,
    notes: list[str] | None = None,
) -> Plan:
    """Make the plan `name` for a painting.

    Args:
        name: a key of `PLANS`, or what a plan file says (its frames and seed have been asked for already).
        painting: (H,W,3) float32 in [0,1].
        labels: (H,W) class indices of `label_set`.
        n_frames: N >= 2, frame 0 (bare canvas) included.
        seed: which artist, or which draw.
        habit: a key of `HABITS` for the plans `artist` and `reverse`; None draws one.
        degree_rows: (R, 1+K) time and degrees seen in training, for plan `dataset`.
        steering: what is wanted otherwise, see `steer.py`; done one after the other.
        canvas: (H,W,3) float32 in [0,1], somebody's own canvas as frame 0; what is right on it is left.
        notes: gets sentences that the person should read.

    Raises:
        UserError: unknown plan or habit, fewer than two frames, no training degrees, steering that cannot be done.
    """
    if isinstance(name, PlanFile):
        steering, habit = (name, *steering), habit or name.habit
        name = OWN if name.drawn else name.plan if name.plan in (*PLANS, OWN) else "artist"  # it tells all its mistakes
    if name not in PLANS and name != OWN:
        raise UserError(f"there is no plan {name!r}", fix=f"choose one of: {', '.join(PLANS)}, or a plan file")
    if habit is not None and habit not in HABITS:
        raise UserError(f"there is no habit {habit!r}", fix=f"choose one of: {', '.join(HABITS)}")
    if n_frames < 2:
        raise UserError(f"{n_frames} frames are too few", "the bare canvas is frame 0", "ask for 2 or more")

    subject = PlanSubject(painting, labels, label_set, seed, canvas)
    # From a given canvas all steps are steps; from a bare one the first is the artist's start.
    asked = PlanRequest(n_frames + (canvas is not None), seed, habit, degree_rows)
    recipe, scene = _own(subject, asked) if name == OWN else PLANS[name](subject, asked)
    if canvas is not None:
        recipe = _going_on(recipe)
    names = subject.names
    for wish in steering:
        recipe = wish.on(recipe, names)
    if recipe.ground != scene.ground_rgb:
        scene = make_context(painting, labels, label_set, np.array(recipe.ground, np.float32), canvas)
    if notes is not None:
        notes.extend(names.notes)
    return build_plan(recipe, scene)


def _going_on(recipe: PlanSpec) -> PlanSpec:
    """The recipe for a canvas that was begun: no first frame, and nobody draws lines over paint."""
    passes = tuple(i for i in recipe.passes if i.finish != "sketch")
    rows = None if recipe.rows is None else recipe.rows[1:]
    return replace(recipe, start=FROM_CANVAS, passes=passes, rows=rows, n_frames=recipe.n_frames - 1)


__all__ = [
    "HABITS", "OWN", "PLANS", "PlanFile", "Pass", "Plan", "PlanStep", "PlanSpec", "PlanContext", "Slice", "PlanEdit",
    "ground_colour", "make_plan", "make_context",
]  # fmt: skip
