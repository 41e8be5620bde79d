"""Depth order of a picture's things: touching pairs are settled at their outlines, then all are sorted.

Pairs vote with the depth a few pixels to either side of their common outline, with the depth of the whole things, with
what their classes say, and with which bulges into which. The surest votes are locked first, and one that contradicts
those is dropped (ranked pairs, Tideman 1987): the order never contradicts itself.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from ..things import ALL_CLASSES
from .classes import order_prior
from .depth import covering

_BESIDE = 0.02  # how far from an outline depth is compared, as a share of the longest side
_LOCAL, _WHOLE, _CLASS, _BULGE = 1.0, 0.5, 0.5, 0.4  # what the voices count
_SKY = 2.0  # what the class does where one is the sky
_CERTAIN = 0.25  # difference of depth that is as sure as it gets


def far_to_near(parts: np.ndarray, kinds: Sequence[str], depth: np.ndarray) -> list[int]:
    """Sort things far to near.

    Args:
        parts: (h,w) thing of every pixel, 0..k-1, each with pixels.
        kinds: the class of each; others than `ALL_CLASSES` say nothing of depth.
        depth: (h,w) in [0,1], near = 1.

    Returns:
        The things' indices, the farthest first.
    """
    k = len(kinds)
    local, length = _at_outlines(parts, depth, k)
    medians = np.array([float(np.median(depth[parts == i])) for i in range(k)])
    known = [ALL_CLASSES.names.index(kind) if kind in ALL_CLASSES.names else 0 for kind in kinds]  # of "edge": nothing
    usual = order_prior()[np.ix_(known, known)]
    sky = np.array([kind == "sky" for kind in kinds])
    says = np.where(sky[:, None] != sky[None], _SKY, _CLASS)  # hardly anything lies behind the sky
    nearer = _WHOLE * _sure(medians) + says * usual
    touching = length > 0
    bulge = covering(parts, k)[0]
    nearer += np.where(touching, _LOCAL * np.clip(local / _CERTAIN, -1, 1) + _BULGE * 2 * bulge, 0)
    # A long outline is a better witness; things that do not touch only have to be somewhere.
    trust = np.where(touching, 0.5 + np.sqrt(length / max(parts.shape)), 0.1)
    return _ranked_pairs(nearer * trust, medians)


def _sure(values: np.ndarray) -> np.ndarray:
    """How much nearer i is than j, (k,k) in [-1,1]."""
    return np.clip((values[:, None] - values[None]) / _CERTAIN, -1, 1)


def _at_outlines(parts: np.ndarray, depth: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """How much nearer i is than j beside their common outline, (k,k), and its length in pixels."""
    sigma = max(1.0, _BESIDE * max(parts.shape))
    beside = np.empty((k, *parts.shape), np.float32)
    for i in range(k):
        mask = (parts == i).astype(np.uint8)
        core = cv2.erode(mask, np.ones((3, 3), np.uint8)).astype(np.float32)
        weight = (core + 1e-3 * mask).astype(np.float32)  # on the outline itself depth is of neither
        beside[i] = cv2.GaussianBlur(weight * depth.astype(np.float32), (0, 0), sigma)
        beside[i] /= np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-9)
    step, length = np.zeros((k, k)), np.zeros((k, k))
    for one, two, at in (
        (parts[:, :-1], parts[:, 1:], np.s_[:, :, :-1]),
        (parts[:-1], parts[1:], np.s_[:, :-1, :]),
    ):
        differ = one != two
        a, b, values = one[differ], two[differ], beside[at][:, differ]
        here = np.arange(len(a))
        np.add.at(step, (a, b), values[a, here] - values[b, here])
        np.add.at(length, (a, b), 1.0)
    step, length = step - step.T, length + length.T
    return step / np.maximum(length, 1), length


def _ranked_pairs(votes: np.ndarray, medians: np.ndarray) -> list[int]:
    """Sort by votes (k,k), i nearer than j where positive: surest first, none against those before it."""
    k = len(votes)
    before = np.eye(k, dtype=bool)  # before[i, j]: i is painted before j, by what is locked
    pairs = [(i, j) for i in range(k) for j in range(k) if votes[i, j] > 0]
    for near, far in sorted(pairs, key=lambda pair: (-votes[pair], pair)):
        if not before[near, far]:
            before |= before[:, [far]] & before[[near], :]
    return sorted(range(k), key=lambda i: (int(before[:, i].sum()), medians[i]))
