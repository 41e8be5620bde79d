"""Loss terms of the frames stage for one step. Shapes and names as in `FramePrediction`."""

import torch
from torch import Tensor
from torch.nn import functional

from ..finish_levels import TINT_STRENGTH
from .config import LossWeights
from .prediction import FramePrediction

CHANGED = 0.006  # a pixel of the true step changed when its max-RGB difference is above this
UNCHANGED = 0.002  # and surely did not when it is below this: frames are stored in steps of 1/255


def changed_pixels(before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
    """Find where a true step (B,3,H,W) changed the canvas, and where it surely did not: (B,1,H,W) float each."""
    change = (after - before).abs().amax(dim=1, keepdim=True)
    return (change > CHANGED).float(), (change < UNCHANGED).float()


def weighted_l1(frame: Tensor, target: Tensor, changed: Tensor) -> Tensor:
    """Mean |frame - target| in which changed pixels count as much as all others together."""
    error = (frame - target).abs().mean(dim=1, keepdim=True)
    share = changed.mean(dim=(2, 3), keepdim=True).clamp(min=0.02)
    return (error * (1 + changed / share)).mean() / 2


def stroke_mask_bce(prediction: FramePrediction, changed: Tensor, unchanged: Tensor, field: Tensor) -> Tensor:
    """Binary cross-entropy of the weight with the pixels that changed; 0 for a prediction without weight.

    Equation 2 alone lets the weight collapse to 0 within 50 steps. A pixel inside the field that did not change may
    have been painted in the colour it had: it hardly counts.
    """
    if prediction.weight_logits is None:
        return field.new_zeros(())
    certain = changed + unchanged * (1 - 0.8 * field)
    loss = functional.binary_cross_entropy_with_logits(prediction.weight_logits, changed, reduction="none")
    return (loss * certain).sum() / certain.sum().clamp(min=1)


def estimate_tint(states: Tensor, after: Tensor, changed: Tensor, finish: Tensor) -> Tensor:
    """Estimate the global tint (B,3,1,1) of the target's early paint relative to the requested states.

    Many artists begin darker than the picture: without this a dark flat looks like a shadow of a later state.

    Args:
        states: (B,M,3,H,W).
        after: (B,3,H,W) the target.
        changed: (B,1,H,W).
        finish: (B,M,H,W) one-hot, all zero where unspecified.
    """
    strength = finish.new_tensor(TINT_STRENGTH)[: finish.shape[1], None, None]
    requested = finish * changed * (strength > 0)
    off = after * requested.sum(dim=1, keepdim=True) - torch.einsum("bmhw,bmchw->bchw", requested, states)
    amount = (requested * strength).sum(dim=(1, 2, 3))[:, None, None, None].clamp(min=1)
    return (off.sum(dim=(2, 3), keepdim=True) / amount).clamp(-0.15, 0.15)


def mixture_ce(prediction: FramePrediction, states: Tensor, after: Tensor, changed: Tensor, finish: Tensor) -> Tensor:
    """Cross-entropy of the mixture with the state nearest to the target, where paint was laid.

    Arguments as in `estimate_tint`. Without this term the mixture averages two finishes into a grey veil. 0 where
    nothing is mixed.
    """
    if prediction.mix_logits is None:
        return after.new_zeros(())
    strength = states.new_tensor(TINT_STRENGTH)[: states.shape[1], None, None, None]
    tinted = states + strength * estimate_tint(states, after, changed, finish)[:, None]
    distance = (tinted - after[:, None]).abs().mean(dim=2)
    nearest = distance.amin(dim=1)
    # Several states may be equally near (a flat wall): any of them is right.
    right = (distance < nearest[:, None] + 0.01).float()
    log_mix = prediction.mix_logits.log_softmax(dim=1)
    loss = -torch.logsumexp(log_mix + right.clamp(min=1e-6).log(), dim=1)
    certain = changed[:, 0] * (nearest < 0.1).float()
    return (loss * certain).sum() / certain.sum().clamp(min=1)


def opacity_entropy(weight: Tensor) -> Tensor:
    """Mean 4 w (1 - w) of the weight (B,1,H,W): 0 for opaque paint with clean edges, 1 for a veil over everything."""
    return (4 * weight * (1 - weight)).mean()


def coarse_l1(frame: Tensor, target: Tensor, factor: int = 8) -> Tensor:
    """L1 of averages over squares of `factor` pixels: right on the whole, whichever strokes made it."""
    return (functional.avg_pool2d(frame, factor) - functional.avg_pool2d(target, factor)).abs().mean()


def diversity_hinge(one: Tensor, other: Tensor, field: Tensor, finish: Tensor, least: float = 0.04) -> Tensor:
    """Diversity hinge: penalise two samples with different z that differ by less than `least` where colour is free.

    Frames (B,3,H,W) of one step, field (B,1,H,W), finish (B,M,H,W) one-hot. What matters for the plan (where, how far)
    the two have in common; without this term the mean of all artists is the best guess, and every seed paints alike.
    """
    strength = finish.new_tensor(TINT_STRENGTH)[: finish.shape[1], None, None]
    tinted = (finish * strength).sum(dim=1, keepdim=True) * field
    difference = ((one - other).abs().mean(dim=1, keepdim=True) * tinted).sum() / tinted.sum().clamp(min=1)
    return torch.relu(least - difference) * (tinted.sum() > 1).to(one.dtype)


def regularisers(prediction: FramePrediction, weights: LossWeights) -> Tensor:
    """Sum the terms that look at the prediction alone: size of the free colour, veils of the weight."""
    veil = weights.veil * opacity_entropy(prediction.weight)
    return veil if prediction.mix is None else weights.free * prediction.free.abs().mean() + veil
