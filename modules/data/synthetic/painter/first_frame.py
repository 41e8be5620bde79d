"""First frame: the first painted state as an artist starts, which the firstframe stage learns."""

import numpy as np

from ....finish_levels import draw_lines, line_drawing
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
) -> np.ndarray:
    """Paint frame 1 (H,W,3) of an artist who begins with `start` (one of `STARTS`) on a ground (3,).

    `toned` is the ground alone, `sketch` the parts' outlines on it, `mass` the first flat shape, `block` all of them.
    """
    if start not in STARTS:
        raise ValueError(f"start {start!r} is none of {', '.join(STARTS)}")
    tone = np.asarray(ground, np.float32)
    if start == "toned":  # these two need neither plan nor states, which take most of the time
        return np.broadcast_to(tone, painting.shape).copy()
    if start == "sketch":
        return draw_lines(tone, line_drawing(painting, labels, inner=False))
    context = make_context(painting, labels, label_set, tone)
    rng = np.random.default_rng([seed, 3])
    plan = build_plan(artist_spec(context, 3, seed, habit=BLOCK_IN.name, start=start, rng=rng), context)
    return SimulatedPainter(painting, labels, label_set, plan, seed).first()
