"""First frame: the first painted state as an artist starts, which the firstframe stage learns."""

from dataclasses import replace

import numpy as np

from ....labels import LabelSet
from ....plans.context import make_context
from ....plans.dry_run import build_plan
from ....plans.habits import BLOCK_IN
from ....plans.named_plans import artist_spec
from ....plans.spec import STARTS
from .painter import SimulatedPainter


def first_frame(
    painting: np.ndarray,
    labels: np.ndarray,
    label_set: LabelSet,
    start: str,
    ground: np.ndarray | tuple[float, float, float],
    seed: int,
    medium: str = "oil",
) -> np.ndarray:
    """Paint frame 1 (H,W,3) of an artist who begins with `start` (one of `STARTS`) on a ground (3,).

    `toned` is the ground alone, `sketch` a drawing on it, `mass` the first flat shape, `block` all of them.
    """
    if start not in STARTS:
        raise ValueError(f"start {start!r} is none of {', '.join(STARTS)}")
    tone = np.asarray(ground, np.float32)
    if start == "toned":  # needs neither plan nor states, which take most of the time
        return np.broadcast_to(tone, painting.shape).copy()
    context = make_context(painting, labels, label_set, tone)
    rng = np.random.default_rng([seed, 3])
    spec = artist_spec(context, 3, seed, habit=BLOCK_IN.name, start=start, rng=rng)
    return SimulatedPainter(
        painting, labels, label_set, build_plan(replace(spec, medium=medium), context), seed
    ).first()
