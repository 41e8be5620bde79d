"""Losses of the firstframe stage."""

import torch
from torch import Tensor
from torch.nn import functional

from .generator import IMPOSSIBLE
from .palette import TONES

FAR = 0.10  # mean difference per channel from every candidate, above which only a free colour will do


def candidate_ce(scores: Tensor, ground: Tensor, tones: Tensor, free: Tensor, true: Tensor) -> Tensor:
    """Cross-entropy of the choice among candidates, and L1 of the free colour where none of the others is near.

    A mixture that is sure of the wrong candidate has no gradient of its own to leave it.

    Args:
        scores: (B,CANDIDATES,H,W) of ground, tones and free colour.
        ground, free, true: (B,3,H,W); `true` is the frame whose nearest candidate is right.
        tones: (B,9,H,W).
    """
    b, _, h, w = true.shape
    known = torch.cat([ground[:, None], tones.reshape(b, TONES, 3, h, w)], 1)
    distance = (known - true[:, None]).abs().mean(2) + (scores[:, :-1] < IMPOSSIBLE / 2)
    # One more than the last of the known: the free colour.
    target = torch.where(distance.amin(1) < FAR, distance.argmin(1), known.shape[1])
    far = (target == known.shape[1])[:, None]
    missed = ((free - true).abs() * far).sum() / (3 * far.sum()).clamp_min(1)
    return functional.cross_entropy(scores, target) + missed
