"""Touch statistics: how often pixels are touched, how right at first, and when."""

from itertools import pairwise

import numpy as np

from ....modules.degree import touched

NEAR_COLOUR = 0.12  # largest channel difference of a first touch that is nearly right


def touch_metrics(frames: np.ndarray, painting: np.ndarray) -> dict[str, float]:
    """Measure how often, how right and when pixels are touched, from frame 1 on (the ground is no touch).

    `touches`: per pixel, mean. `first_near`: of the pixels touched, the share that their first touch brings to within
    NEAR_COLOUR of the painting. `once`: share touched once and never again. `quarter_1` … `quarter_4`: shares of
    all touches in the four quarters of the steps. `local`: share of the steps that touch under a quarter of the canvas.
    """
    changes = np.stack([touched(a, b) for a, b in pairwise(frames[1:])])
    count, first = changes.sum(0), changes.argmax(0)
    after_first = np.take_along_axis(frames[2:], first[None, ..., None], axis=0)[0]
    near = np.abs(after_first - painting).max(axis=2) < NEAR_COLOUR
    per_step = changes.mean(axis=(1, 2))
    quarters = np.array([part.sum() for part in np.array_split(per_step, 4)]) / max(float(per_step.sum()), 1e-9)
    return {
        "touches": float(count.mean()),
        "first_near": float(near[count > 0].mean()) if count.any() else float("nan"),
        "once": float((count == 1).mean()),
        **{f"quarter_{i + 1}": float(share) for i, share in enumerate(quarters)},
        "local": float((per_step < 0.25).mean()),
    }
