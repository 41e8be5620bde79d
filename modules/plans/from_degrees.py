"""Plans whose degrees are given: drawn at random (the paper), drawn from data (`drawn.py`), or told by a person.

Each part has its own queue of passes (flat, form, picture). A degree of d moves the part along its queue until an
ideal hand would have covered the share d of its remaining distance to the painting.
"""

from __future__ import annotations

import numpy as np

from .context import PlanContext
from .dry_run import build_plan
from .habits import BROAD, FACIAL_FEATURES, FINE, LAST, MIDDLE
from .passes import PlannedPass, draw_brush_style
from .plan import Plan
from .spec import PlanSpec


def spec_from_degrees(
    scene: PlanContext, wanted: np.ndarray, name: str, seed: int, rng: np.random.Generator, *, start: str = "toned"
) -> PlanSpec:
    """How to do what the degrees `wanted` (N-1,K) in [0,1] say; row 0 belongs to the first frame and is not used.

    Nothing is asked of parts that are not there.
    """
    passes = []
    wanted = np.where(np.isin(np.arange(wanted.shape[1]), scene.present), wanted, np.float32(0))
    for part in scene.present:
        small = scene.label_set.base_class_name(part) in FACIAL_FEATURES
        levels = [("flat", FINE if small else BROAD), ("form", MIDDLE), ("painting", LAST if small else FINE)]
        passes += [PlannedPass(part, finish, brush) for finish, brush in levels]
    return PlanSpec(
        name=name,
        habit="given",
        start=start,
        ground=scene.ground_rgb,
        seed=seed,
        n_frames=len(wanted) + 1,
        label_set=scene.label_set,
        manner=draw_brush_style(rng),
        passes=tuple(passes),
        rows=wanted,
    )


def plan_from_degrees(
    scene: PlanContext, wanted: np.ndarray, name: str, seed: int, rng: np.random.Generator, *, start: str = "toned"
) -> Plan:
    """A plan that does what the degrees `wanted` (N-1,K) in [0,1] say; row 0 belongs to the first frame.

    What a request cannot change (an absent or finished part) is left out of the plan's degrees, which are those that
    an ideal hand reaches.
    """
    return build_plan(spec_from_degrees(scene, wanted, name, seed, rng, start=start), scene)


def random_degrees(scene: PlanContext, n_frames: int, rng: np.random.Generator) -> np.ndarray:
    """The paper's plan, (N-1,K): in every step each part is touched with a chance of 0.4, by a uniform degree."""
    size = (n_frames - 1, len(scene.label_set))
    return (rng.random(size) * (rng.random(size) < 0.4)).astype(np.float32)
