"""Plan `artist`: one artist of a habit, who is finished at the last frame, however many there are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .context import PlanContext
from .dry_run import build_plan
from .habits import HABITS
from .plan import Plan
from .spec import PlanSpec, draw_brush_style


def artist_spec(
    context: PlanContext, n_frames: int, seed: int, *, habit: str, start: str, rng: np.random.Generator
) -> PlanSpec:
    """Draw how one artist of a habit paints this picture in N frames."""
    if n_frames == 2:
        start = "block"  # the first frame is the last one, too: no sketch that is left standing
    style = draw_brush_style(rng)
    if start == "sketch":
        style = replace(style, covers=False)  # nobody draws lines to bury them under the first coat
    return PlanSpec(
        name="artist",
        habit=habit,
        start=start,
        ground=context.ground_rgb,
        seed=seed,
        n_frames=n_frames,
        label_set=context.label_set,
        brush_style=style,
        passes=tuple(HABITS[habit].passes(context, start, rng)),
    )


def artist_plan(
    context: PlanContext, n_frames: int, seed: int, *, habit: str, start: str, rng: np.random.Generator
) -> Plan:
    """Draw the plan of one artist of a habit for this picture in N frames."""
    return build_plan(artist_spec(context, n_frames, seed, habit=habit, start=start, rng=rng), context)
