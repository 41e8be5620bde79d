"""Plan `artist`: one artist of a habit, who is finished at the last frame, however many there are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .context import PlanContext
from .dry_run import build_plan
from .habits import HABITS
from .passes import draw_brush_style
from .plan import Plan
from .spec import PlanSpec


def artist_spec(
    scene: PlanContext, n_frames: int, seed: int, *, habit: str, start: str, rng: np.random.Generator
) -> PlanSpec:
    """How one artist of a habit paints this scene in N frames."""
    if n_frames == 2:
        start = "block"  # the first frame is the last one, too: no sketch that is left standing
    manner = draw_brush_style(rng)
    if start == "sketch":
        manner = replace(manner, covers=False)  # nobody draws lines to bury them under the first coat
    return PlanSpec(
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


def artist_plan(
    scene: PlanContext, n_frames: int, seed: int, *, habit: str, start: str, rng: np.random.Generator
) -> Plan:
    """One artist of a habit paints this scene in N frames."""
    return build_plan(artist_spec(scene, n_frames, seed, habit=habit, start=start, rng=rng), scene)
