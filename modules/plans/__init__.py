"""Plans: what is painted when. One plan drives the simulated painter and the frames stage alike (DESIGN section 6)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import UserError
from ..labels import LabelSet
from .artist import artist_plan
from .drawn import dataset_degrees
from .given import given_plan, random_degrees
from .habits import HABITS, draw_start, habit_of
from .plan import Pass, Plan, PlanStep, Slice
from .scene import Scene, ground_colour, make_scene


@dataclass(frozen=True)
class Subject:
    """What is to be painted, before anybody has chosen a ground: painting (H,W,3), labels (H,W), and the seed."""

    painting: np.ndarray
    labels: np.ndarray
    label_set: LabelSet
    seed: int

    def on(self, ground: str) -> Scene:
        """The scene on a kind of ground."""
        colour = ground_colour(self.painting, ground, _rng(self.seed, "ground"))
        return make_scene(self.painting, self.labels, self.label_set, colour)


def _rng(seed: int, name: str) -> np.random.Generator:
    """A generator that depends on the seed and the plan's name only."""
    return np.random.default_rng([seed, int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")])


def _artist(subject: Subject, n_frames: int, seed: int, habit: str | None, rows: np.ndarray | None) -> Plan:
    rng = _rng(seed, "artist")
    habit = habit or habit_of(float(subject.painting.mean()), subject.label_set.named, seed)
    begin = draw_start(habit, rng)
    return artist_plan(subject.on(begin.ground), n_frames, seed, habit=habit, start=begin.start, rng=rng)


def _random(subject: Subject, n_frames: int, seed: int, habit: str | None, rows: np.ndarray | None) -> Plan:
    rng = _rng(seed, "random")
    scene = subject.on("toned")
    return given_plan(scene, random_degrees(scene, n_frames, rng), "random", seed, rng)


def _dataset(subject: Subject, n_frames: int, seed: int, habit: str | None, rows: np.ndarray | None) -> Plan:
    if rows is None or not len(rows):
        raise UserError(
            "plan 'dataset' needs the degrees that the model saw in training",
            "the frames stage in use has none stored with it",
            "use plan dataset=FILE (from `ppp data check --degrees FILE`), or weights made by `ppp train frames`",
        )
    rng = _rng(seed, "dataset")
    scene = subject.on("toned")
    return given_plan(scene, dataset_degrees(scene, n_frames, rows, rng), "dataset", seed, rng)


PLANS: dict[str, Callable[[Subject, int, int, str | None, np.ndarray | None], Plan]] = {
    "artist": _artist,
    "random": _random,
    "dataset": _dataset,
}


def make_plan(
    name: str,
    painting: np.ndarray,
    labels: np.ndarray,
    label_set: LabelSet,
    n_frames: int,
    seed: int,
    *,
    habit: str | None = None,
    degree_rows: np.ndarray | None = None,
) -> Plan:
    """Make the plan `name` for a painting.

    Args:
        name: a key of `PLANS`.
        painting: (H,W,3) float32 in [0,1].
        labels: (H,W) class indices of `label_set`.
        n_frames: N >= 2, frame 0 (bare canvas) included.
        seed: which artist, or which draw.
        habit: a key of `HABITS` for plan `artist`; None draws one.
        degree_rows: (R, 1+K) time and degrees seen in training, for plan `dataset`.

    Raises:
        UserError: unknown plan or habit, fewer than two frames, no training degrees.
    """
    if name not in PLANS:
        raise UserError(f"there is no plan {name!r}", fix=f"choose one of: {', '.join(PLANS)}")
    if habit is not None and habit not in HABITS:
        raise UserError(f"there is no habit {habit!r}", fix=f"choose one of: {', '.join(HABITS)}")
    if n_frames < 2:
        raise UserError(f"{n_frames} frames are too few", "the bare canvas is frame 0", "ask for 2 or more")

    subject = Subject(painting, labels, label_set, seed)
    return PLANS[name](subject, n_frames, seed, habit, degree_rows)


__all__ = ["HABITS", "PLANS", "Pass", "Plan", "PlanStep", "Scene", "Slice", "ground_colour", "make_plan", "make_scene"]
