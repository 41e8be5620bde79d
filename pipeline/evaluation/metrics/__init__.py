"""The figures of painting processes, computed from frames and label maps, never read from a manifest.

A process is `frames` (N, H, W, 3) in [0, 1], frame 0 the bare canvas; `painting` (H, W, 3); `labels` (H, W) class
indices below `n_classes`. "Touched" is DESIGN section 3's word: the largest of a pixel's differences is above 0.05.
A "tenth" runs between two of eleven frames spread evenly over the process, so the number of frames hardly matters.
One file per question: end, way, touches, local, obey, colours (of one process), person (beside the true process), many
(several processes of one painting), classes (label maps), ruler (perceptual distance). docs/evaluation.md says what
each figure means and what fools it. scipy and scikit-image (extra `train`) do what they have: ranks, SSIM, alignment.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...diversity import at_levels, half_way_difference, spread, spread_of
from ...frame_arrays import as_frames, distance_curve, evenly
from .colour_validity import HULL_MARGIN, colour_cast, foreign_colours, valid
from .final_frame import MOST_DB, end_figures
from .locality import NEAR_OUTLINE, changed_per_step, changed_per_tenth, opacity, outline_figures
from .monotonicity import (
    AWAY,
    COLLAPSE,
    DEAD_SHARE,
    FINAL,
    LEFT,
    dead_steps,
    not_away,
    undone,
    worst_over_start,
)
from .perceptual_metric import RULERS, PerceptualMetric, find_perceptual_metric
from .plan_adherence import kept_order, obedience_figures
from .reference import align, change_overlap, compare_to_reference, order_figures, region_times
from .segmentation import intersection_over_union
from .touches import NEARLY, touch_figures

__all__ = [
    "score", "as_frames", "evenly",
    "end_figures", "MOST_DB",
    "distance_curve", "not_away", "worst_over_start", "dead_steps", "undone",
    "AWAY", "COLLAPSE", "DEAD_SHARE", "FINAL", "LEFT",
    "touch_figures", "NEARLY",
    "changed_per_step", "changed_per_tenth", "opacity", "outline_figures", "NEAR_OUTLINE",
    "obedience_figures", "kept_order",
    "valid", "foreign_colours", "colour_cast", "HULL_MARGIN",
    "compare_to_reference", "align", "change_overlap", "order_figures", "region_times",
    "half_way_difference", "spread", "spread_of", "at_levels",
    "intersection_over_union",
    "PerceptualMetric", "RULERS", "find_perceptual_metric",
]  # fmt: skip


def score(
    frames: Iterable[np.ndarray],
    painting: np.ndarray,
    labels: np.ndarray,
    n_classes: int,
    asked: np.ndarray | None = None,
    ruler: PerceptualMetric | None = None,
) -> dict[str, float]:
    """Every figure of one process, by name.

    Those of obedience only when `asked` (N-1, K) is given, the perceptual distance only with a `ruler`.
    """
    stack = as_frames(frames)
    if not np.isfinite(stack).all():
        return {"valid": 0.0, "collapsed": 1.0}  # no other figure would mean anything
    curve = distance_curve(stack, painting)
    worst = worst_over_start(curve)
    found = {
        **end_figures(stack[-1], painting, ruler),
        "start_l1": float(curve[0]),
        "not_away": not_away(curve),
        "worst_over_start": worst,
        "collapsed": float(worst > COLLAPSE),
        "dead": dead_steps(stack),
        "undone": undone(stack, painting),
        "per_tenth": changed_per_tenth(stack),
        "per_step": changed_per_step(stack),
        "opacity": opacity(stack),
        **outline_figures(stack, labels),
        "foreign": foreign_colours(stack, painting),
        "cast": colour_cast(stack, painting, labels, n_classes),
        "valid": float(valid(stack)),
    }
    if asked is not None:
        found |= obedience_figures(stack, painting, labels, n_classes, asked)
        found["kept_order"] = kept_order(stack, painting, labels, n_classes, asked)
    return found
