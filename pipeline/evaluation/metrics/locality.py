"""Locality of change: share of the canvas per step, opacity, and whether changes follow part outlines."""

from itertools import pairwise

import cv2
import numpy as np

from ....modules.degree import TOUCHED_DIFFERENCE, touched
from ....modules.labels import label_edges
from ...frame_arrays import evenly
from .monotonicity import DEAD_SHARE

TENTH_ENDS = 11  # frames between which ten equal stretches of a process lie
NEAR_OUTLINE = 2  # pixels


def changed_per_tenth(frames: np.ndarray) -> float:
    """Share of the canvas that differs visibly between the ends of a tenth, mean over the tenths."""
    return float(np.mean([touched(a, b).mean() for a, b in pairwise(evenly(frames, TENTH_ENDS))]))


def changed_per_step(frames: np.ndarray) -> float:
    """Share of the canvas touched in a step, median over the steps."""
    return float(np.median([touched(a, b).mean() for a, b in pairwise(frames)]))


def opacity(frames: np.ndarray) -> float:
    """Measure whether paint is laid at once or faded in: a pixel's largest change in a tenth over all its change.

    Mean over pixels; those whose changes add up to less than 0.05 are left out. A cross-fade has 0.1, paint laid once
    has 1, NaN stands for no change at all.
    """
    changes = np.stack([np.abs(b - a).mean(2) for a, b in pairwise(evenly(frames, TENTH_ENDS))])
    total = changes.sum(0)
    counted = total > TOUCHED_DIFFERENCE
    return float((changes.max(0)[counted] / total[counted]).mean()) if counted.any() else float("nan")


def outline(mask: np.ndarray) -> np.ndarray:
    """Find the pixels (H, W) bool of a mask or label map (H, W) with a 4-neighbour of another value."""
    return label_edges(mask[None])[0, 0] > 0


def outline_metrics(frames: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Measure whether changes end where parts end: strokes cross part outlines, masks do not.

    `outlines`: of the outlines of what each step touches (3x3 median against speckles; dead steps left out), the
    share within NEAR_OUTLINE pixels of an outline of the label map. `outlines_chance`: the share of the whole canvas
    that is so near, which is what changes that know nothing of the parts would get.
    """
    ring = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * NEAR_OUTLINE + 1,) * 2)
    near = cv2.dilate(outline(labels).astype(np.uint8), ring) > 0
    on, total = 0, 0
    for before, after in pairwise(frames):
        mask = cv2.medianBlur(touched(before, after).astype(np.uint8), 3) > 0
        if mask.mean() >= DEAD_SHARE:
            edge = outline(mask) & mask
            on, total = on + int((edge & near).sum()), total + int(edge.sum())
    return {"outlines": on / total if total else float("nan"), "outlines_chance": float(near.mean())}
