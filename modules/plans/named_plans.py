"""Plans by name: how each of `PLANS` drafts a spec for a picture."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..io.errors import UserError
from ..labels import LabelSet
from .artist import artist_spec
from .context import PlanContext, ground_beneath, ground_colour, make_context
from .edits import PartNames, Reverse
from .from_degrees import random_degrees, spec_from_degrees
from .habits import HABITS, MIDDLE, draw_habit
from .plan import WHOLE
from .sampled import dataset_degrees
from .spec import PlannedPass, PlanSpec


@dataclass(frozen=True)
class PlanSubject:
    """The picture to plan for.

    Attributes:
        painting: (H,W,3) float32 in [0,1].
        labels: (H,W) class indices of `label_set`.
        seed: draws the ground.
        initial_canvas: (H,W,3) float32 in [0,1] to continue from, if any.
    """

    painting: np.ndarray
    labels: np.ndarray
    label_set: LabelSet
    seed: int
    initial_canvas: np.ndarray | None = None

    def context(self, ground: str) -> PlanContext:
        """The context on a kind of ground (`GROUNDS`); an initial canvas has a ground already."""
        colour = ground_colour(self.painting, ground, _rng(self.seed, "ground"))
        if self.initial_canvas is not None:
            colour = ground_beneath(self.initial_canvas, self.painting, colour)
        return make_context(self.painting, self.labels, self.label_set, colour, self.initial_canvas)

    @property
    def names(self) -> PartNames:
        """Its parts that can be named."""
        return PartNames(self.label_set, frozenset(int(k) for k in np.unique(self.labels) if k != 0))


@dataclass(frozen=True)
class PlanRequest:
    """What is requested of a plan: N frames, a seed, a habit (`artist`, `reverse`), training's degrees (`dataset`)."""

    n_frames: int
    seed: int
    habit: str | None = None
    rows: np.ndarray | None = None


Draft = tuple[PlanSpec, PlanContext]


def _rng(seed: int, name: str) -> np.random.Generator:
    """A generator that depends on the seed and the plan's name only."""
    return np.random.default_rng([seed, int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")])


def _artist(subject: PlanSubject, request: PlanRequest) -> Draft:
    rng = _rng(request.seed, "artist")
    habit = (
        HABITS[request.habit]
        if request.habit
        else draw_habit(float(subject.painting.mean()), subject.label_set.named, request.seed)
    )
    start = habit.draw_start(rng)
    context = subject.context(start.ground)
    spec = artist_spec(context, request.n_frames, request.seed, habit=habit.name, start=start.start, rng=rng)
    return spec, context


def _reverse(subject: PlanSubject, request: PlanRequest) -> Draft:
    spec, context = _artist(subject, request)
    return Reverse().apply(spec, subject.names), context


def _random(subject: PlanSubject, request: PlanRequest) -> Draft:
    rng = _rng(request.seed, "random")
    context = subject.context("toned")
    degrees = random_degrees(context, request.n_frames, rng)
    return spec_from_degrees(context, degrees, "random", request.seed, rng), context


def _dataset(subject: PlanSubject, request: PlanRequest) -> Draft:
    if request.rows is None or not len(request.rows):
        raise UserError(
            "Plan 'dataset' needs the degrees that the model saw in training.",
            "The frames stage in use has none stored with it.",
            "Use plan dataset=FILE (from `ppp data check --degrees FILE`), or weights made by `ppp train frames`.",
        )
    rng = _rng(request.seed, "dataset")
    context = subject.context("toned")
    degrees = dataset_degrees(context, request.n_frames, request.rows, rng)
    spec = spec_from_degrees(context, degrees, "dataset", request.seed, rng)
    last_look = PlannedPass(WHOLE, "painting", MIDDLE)  # people end finished: at the end they look at all of it again
    return replace(spec, passes=(*spec.passes, last_look)), context


def _own(subject: PlanSubject, request: PlanRequest) -> Draft:
    context = subject.context("toned")
    degrees = np.zeros((request.n_frames - 1, len(subject.label_set)), np.float32)
    return spec_from_degrees(context, degrees, OWN, request.seed, _rng(request.seed, OWN)), context


PLANS: dict[str, Callable[[PlanSubject, PlanRequest], Draft]] = {
    "artist": _artist, "reverse": _reverse, "random": _random, "dataset": _dataset,
}  # fmt: skip
OWN = "own"  # the plan of a file that gives every step itself: it has a draft of nothing, and no name to ask for
DRAFTS = PLANS | {OWN: _own}
