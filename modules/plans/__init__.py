"""Plans: what is painted when. One plan drives the simulated painter and the frames stage alike (DESIGN section 6)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from ..errors import UserError
from ..labels import LabelSet
from .artist import artist_plan
from .given import dataset_degrees, given_plan, random_degrees
from .habits import HABITS, draw_start
from .plan import Pass, Plan, PlanStep, Slice
from .scene import Scene, ground_colour, make_scene

SceneMaker = Callable[[str], Scene]


def _rng(seed: int, name: str) -> np.random.Generator:
    """A generator that depends on the seed and the plan's name only."""
    return np.random.default_rng([seed, int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")])


def _artist(scene_on: SceneMaker, n_frames: int, seed: int, habit: str | None, rows: np.ndarray | None) -> Plan:
    rng = _rng(seed, "artist")
    drawn = str(rng.choice(list(HABITS)))
    habit = habit or drawn
    begin = draw_start(habit, rng)
    return artist_plan(scene_on(begin.ground), n_frames, seed, habit=habit, start=begin.start, rng=rng)


def _random(scene_on: SceneMaker, n_frames: int, seed: int, habit: str | None, rows: np.ndarray | None) -> Plan:
    rng = _rng(seed, "random")
    scene = scene_on("toned")
    return given_plan(scene, random_degrees(scene, n_frames, rng), "random", seed, rng)


def _dataset(scene_on: SceneMaker, n_frames: int, seed: int, habit: str | None, rows: np.ndarray | None) -> Plan:
    if rows is None or not len(rows):
        raise UserError(
            "plan 'dataset' needs the degrees that the model saw in training",
            "the frames stage in use has none stored with it",
            "use plan 'artist' or 'random', or weights made by `ppp train frames`",
        )
    rng = _rng(seed, "dataset")
    scene = scene_on("toned")
    return given_plan(scene, dataset_degrees(scene, n_frames, rows, rng), "dataset", seed, rng)


PLANS: dict[str, Callable[[SceneMaker, int, int, str | None, np.ndarray | None], Plan]] = {
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

    def scene_on(ground: str) -> Scene:
        return make_scene(painting, labels, label_set, ground_colour(painting, ground, _rng(seed, "ground")))

    return PLANS[name](scene_on, n_frames, seed, habit, degree_rows)


__all__ = ["HABITS", "PLANS", "Pass", "Plan", "PlanStep", "Scene", "Slice", "ground_colour", "make_plan", "make_scene"]
