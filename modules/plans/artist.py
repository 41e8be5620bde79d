"""Plan `artist`: one artist of a habit, who is finished at the last frame, however many there are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .habits import HABITS
from .passes import draw_manner
from .perform import perform
from .plan import Plan
from .recipe import Recipe
from .scene import Scene


def artist_recipe(
    scene: Scene, n_frames: int, seed: int, *, habit: str, start: str, rng: np.random.Generator
) -> Recipe:
    """How one artist of a habit paints this scene in N frames."""
    if n_frames == 2:
        start = "block"  # the first frame is the last one, too: no sketch that is left standing
    manner = draw_manner(rng)
    if start == "sketch":
        manner = replace(manner, covers=False)  # nobody draws lines to bury them under the first coat
    return Recipe(
        name="artist",
        habit=habit,
        start=start,
        ground=scene.ground_rgb,
        seed=seed,
        n_frames=n_frames,
        label_set=scene.label_set,
        manner=manner,
        passes=tuple(HABITS[habit](scene, start, rng)),
    )


def artist_plan(scene: Scene, n_frames: int, seed: int, *, habit: str, start: str, rng: np.random.Generator) -> Plan:
    """One artist of a habit paints this scene in N frames."""
    return perform(artist_recipe(scene, n_frames, seed, habit=habit, start=start, rng=rng), scene)
