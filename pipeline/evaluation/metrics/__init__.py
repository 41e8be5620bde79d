"""Metrics of painting processes, computed from frames and label maps, never read from a manifest.

A process is `frames` (N, H, W, 3) in [0, 1], frame 0 the bare canvas; `painting` (H, W, 3); `labels` (H, W) class
indices below `n_classes`. A pixel is touched when the largest difference of its channels is above 0.05. A tenth runs
between two of eleven frames spread evenly over the process, so the number of frames hardly matters.

One process: final_frame, distance_profile, monotonicity, touches, locality, plan_adherence, colour_validity. Beside a
true process: reference. Label maps: segmentation. Pictures: perceptual_metric. Several processes:
pipeline/diversity.py.
docs/evaluation.md says what each metric means and what fools it. scipy and scikit-image (extra `train`) do what they
have: rank correlations, SSIM, alignment.
"""

from collections.abc import Iterable

import numpy as np

from ...frame_arrays import as_frames, distance_curve
from .colour_validity import colour_cast, is_valid, out_of_gamut
from .distance_profile import distance_profile
from .final_frame import MAX_PSNR, final_frame_metrics
from .locality import NEAR_OUTLINE, changed_per_step, changed_per_tenth, opacity, outline_metrics
from .monotonicity import COLLAPSE, DEAD_SHARE, FINAL, UNDONE, dead_steps, monotone_share, peak_over_start, undone
from .perceptual_metric import PERCEPTUAL_NETWORKS, PerceptualMetric, find_perceptual_metric
from .plan_adherence import part_order_tau, plan_adherence_metrics
from .reference import align_frames, change_iou, compare_to_reference, order_metrics, region_times
from .segmentation import intersection_and_union
from .touches import touch_metrics

__all__ = [
    "score_process",
    "final_frame_metrics", "MAX_PSNR", "distance_profile",
    "monotone_share", "peak_over_start", "dead_steps", "undone", "COLLAPSE", "DEAD_SHARE", "FINAL", "UNDONE",
    "touch_metrics",
    "changed_per_step", "changed_per_tenth", "opacity", "outline_metrics", "NEAR_OUTLINE",
    "plan_adherence_metrics", "part_order_tau",
    "is_valid", "out_of_gamut", "colour_cast",
    "compare_to_reference", "align_frames", "change_iou", "order_metrics", "region_times",
    "intersection_and_union",
    "PerceptualMetric", "PERCEPTUAL_NETWORKS", "find_perceptual_metric",
]  # fmt: skip


def score_process(
    frames: Iterable[np.ndarray],
    painting: np.ndarray,
    labels: np.ndarray,
    n_classes: int,
    requested: np.ndarray | None = None,
    perceptual: PerceptualMetric | None = None,
) -> dict[str, float]:
    """Compute every metric of one process.

    Args:
        frames: at least two, (H, W, 3) each, float in [0, 1] or uint8.
        painting: (H, W, 3) in [0, 1].
        labels: (H, W) class indices below `n_classes`.
        n_classes: K.
        requested: degrees (N-1, K) of the plan; without them plan adherence is left out.
        perceptual: adds its distance of the last frame, and the mean of the distance profile.

    Returns:
        Metric name -> value; only `valid` and `collapsed` where a frame holds NaN or infinity.
    """
    stack = as_frames(frames)
    if not np.isfinite(stack).all():
        return {"valid": 0.0, "collapsed": 1.0}  # no other metric would mean anything
    curve = distance_curve(stack, painting)
    peak = peak_over_start(curve)
    found = {
        **final_frame_metrics(stack[-1], painting, perceptual),
        "start_l1": float(curve[0]),
        "not_away": monotone_share(curve),
        "worst_over_start": peak,
        "collapsed": float(peak > COLLAPSE),
        "dead": dead_steps(stack),
        "undone": undone(stack, painting),
        "per_tenth": changed_per_tenth(stack),
        "per_step": changed_per_step(stack),
        "opacity": opacity(stack),
        **outline_metrics(stack, labels),
        "foreign": out_of_gamut(stack, painting),
        "cast": colour_cast(stack, painting, labels, n_classes),
        "valid": float(is_valid(stack)),
    }
    if perceptual is not None:
        found[perceptual.key("profile")] = float(distance_profile(stack, perceptual).mean())
    if requested is not None:
        found |= plan_adherence_metrics(stack, painting, labels, n_classes, requested)
        found["kept_order"] = part_order_tau(stack, painting, labels, n_classes, requested)
    return found
