"""Depth order of a picture's things: touching pairs are settled by evidence, then all are sorted.

What speaks for one of two being nearer: the network's depth beside their common outline and as a whole, what their
classes say, and their shapes, for what is behind goes on behind: it reaches farther along the picture's border and
round the other, and is cut into pieces by it. `WEIGHTS` says how much each counts: a logistic regression on layers of
true order (benchmarks/things.py --fit). The surest votes are locked first, and one that contradicts those is dropped
(ranked pairs, Tideman 1987): the order never contradicts itself.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from ..things import ALL_CLASSES, LAND
from .classes import order_prior
from .thing_regions import SURFACES

# How much each piece of evidence counts, in log-odds of the first being nearer where it is 1. `pair_evidence` has them.
# Fitted to layers, then rounded. "planes" and "lower" count more than fitted: flat art calls a moon before the sky sky,
# and what is lower is nearer in paintings rather than in signs. On the layers that tells as many pairs rightly. "land"
# was set by the pairs of 15 hand-made scenes: .829 of 70 without it, .871 with it; on held-out layers .874 and .880.
WEIGHTS = {
    "depth beside": 0.9,
    "depth whole": 0.6,
    "class": 0.75,
    "planes": 1.5,
    "inside": 1.25,
    "enclosed": 1.15,
    "border": 1.05,
    "whole": 0.7,
    "below": 0.35,
    "lower": 0.2,
    "land": 1.5,
}
_BESIDE = 0.02  # how far from an outline depth is compared, as a share of the longest side
_CERTAIN = 0.25  # difference of depth that is as sure as it gets
_SPECK = 6  # points of an outline under which a piece of a thing is not counted
_APART = 0.1  # what class and depth count of things that do not touch: they only have to be somewhere


def far_to_near(parts: np.ndarray, kinds: Sequence[str], depth: np.ndarray) -> list[int]:
    """Sort things far to near.

    Args:
        parts: (h,w) thing of every pixel, 0..k-1, each with pixels.
        kinds: the class of each; others than `ALL_CLASSES` say nothing of depth.
        depth: (h,w) in [0,1], near = 1.

    Returns:
        The things' indices, the farthest first.
    """
    evidence, length = pair_evidence(parts, kinds, depth)
    touching = sum(WEIGHTS[name] * values for name, values in evidence.items())
    nearer = np.where(length > 0, touching, _APART * (evidence["class"] + evidence["depth whole"]))
    return _ranked_pairs(nearer, np.array([float(np.median(depth[parts == i])) for i in range(len(kinds))]))


def pair_evidence(
    parts: np.ndarray, kinds: Sequence[str], depth: np.ndarray
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Collect what tells of each two things i, j which is nearer.

    Args:
        parts, kinds, depth: as for `far_to_near`.

    Returns:
        Evidence by its name in `WEIGHTS`, (k,k) in [-1,1] each, above 0 where i is nearer, the opposite for j and i;
        and the length (k,k) in pixels of their common outline.
    """
    k, size = len(kinds), np.bincount(parts.ravel(), minlength=len(kinds))
    masks = [(parts == i).astype(np.uint8) for i in range(k)]
    beside, length, above = _at_outlines(parts, masks, depth)
    known = [ALL_CLASSES.names.index(kind) if kind in ALL_CLASSES.names else 0 for kind in kinds]  # of "edge": nothing
    usual = order_prior()[np.ix_(known, known)].astype(np.float64)
    plane = np.array([kind in SURFACES for kind in kinds])
    land = np.array([kind in LAND for kind in kinds])
    outlines = [cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0] for mask in masks]
    hulls = [cv2.fillConvexPoly(np.zeros_like(masks[0]), cv2.convexHull(np.concatenate(c)), 1) for c in outlines]
    in_hull = np.array([np.bincount(parts[hull > 0], minlength=k) for hull in hulls])  # [i, j]: of j in the hull of i
    pieces = np.array([sum(len(piece) > _SPECK for piece in c) for c in outlines])
    rim = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    border = np.bincount(rim, minlength=k) / len(rim)
    rows = np.repeat(np.arange(len(parts)), parts.shape[1])
    height = np.bincount(parts.ravel(), rows) / np.maximum(size, 1) / len(parts)
    medians = np.array([float(np.median(depth[mask > 0])) for mask in masks])
    further, below = _less(border), (above.T - above) / np.maximum(length, 1)
    evidence = {
        "depth beside": np.clip(beside / _CERTAIN, -1, 1),
        "depth whole": np.clip(-_less(medians) / _CERTAIN, -1, 1),
        "class": usual,
        "planes": usual * (plane[:, None] & plane[None]),
        "inside": (in_hull / np.maximum(size, 1)).T - in_hull / np.maximum(size, 1),
        "enclosed": (share := length / np.maximum(length.sum(1, keepdims=True), 1)) - share.T,
        "border": np.sign(further) * np.sqrt(np.abs(further)),
        "whole": np.clip(_less(np.log1p(pieces)), -1, 1),
        "below": below,
        "lower": -_less(height),
        "land": below * (land[:, None] & land[None]),
    }
    return evidence, length


def _less(values: np.ndarray) -> np.ndarray:
    """How much less i has than j, (k,k)."""
    return np.asarray(values[None] - values[:, None])


def _at_outlines(
    parts: np.ndarray, masks: list[np.ndarray], depth: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How much nearer i is than j beside their outline, its length, and that where i lies above j, (k,k) each."""
    k, sigma = len(masks), max(1.0, _BESIDE * max(parts.shape))
    beside = np.empty((k, *parts.shape), np.float32)
    for i, mask in enumerate(masks):
        core = cv2.erode(mask, np.ones((3, 3), np.uint8)).astype(np.float32)
        weight = (core + 1e-3 * mask).astype(np.float32)  # on the outline itself depth is of neither
        beside[i] = cv2.GaussianBlur(weight * depth.astype(np.float32), (0, 0), sigma)
        beside[i] /= np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-9)
    step, beside_each_other, above = np.zeros((k, k)), np.zeros((k, k)), np.zeros((k, k))
    for one, two, at, count in (
        (parts[:, :-1], parts[:, 1:], np.s_[:, :, :-1], beside_each_other),
        (parts[:-1], parts[1:], np.s_[:, :-1, :], above),
    ):
        differ = one != two
        a, b, values = one[differ], two[differ], beside[at][:, differ]
        here = np.arange(len(a))
        np.add.at(step, (a, b), values[a, here] - values[b, here])
        np.add.at(count, (a, b), 1.0)
    step, length = step - step.T, beside_each_other + beside_each_other.T + above + above.T
    return step / np.maximum(length, 1), length, above


def _ranked_pairs(votes: np.ndarray, medians: np.ndarray) -> list[int]:
    """Sort by votes (k,k), i nearer than j where positive: surest first, none against those before it."""
    k = len(votes)
    before = np.eye(k, dtype=bool)  # before[i, j]: i is painted before j, by what is locked
    pairs = [(i, j) for i in range(k) for j in range(k) if votes[i, j] > 0]
    for near, far in sorted(pairs, key=lambda pair: (-votes[pair], pair)):
        if not before[near, far]:
            before |= before[:, [far]] & before[[near], :]
    return sorted(range(k), key=lambda i: (int(before[:, i].sum()), medians[i]))
