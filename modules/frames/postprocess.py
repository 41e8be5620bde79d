"""What the network's logits and free colour become at inference: sharper masks, one tint everywhere.

Paint is opaque. A network that is unsure answers with veils and blotches; these functions remove them. In training
nothing here is applied.
"""

import torch
from torch import Tensor
from torch.nn import functional

from ..layers import channel_softmax
from .patches import ANCHOR_SHARE, ANCHOR_SIDE, OPEN_END

LOGIT_LIMIT = 6.0  # logits are clipped to this when they are averaged: one pixel must not outvote its neighbours
WINDOW = 5  # pixels: a little more than the unfolding of the decoder's output, whose grid it removes


def smooth_logits(logits: Tensor) -> Tensor:
    """Average logits (B,C,H,W) around each pixel.

    The edge of a stroke is smooth; unfolding leaves a grid of single pixels where the network is unsure.
    """
    padded = functional.pad(logits.clamp(-LOGIT_LIMIT, LOGIT_LIMIT), (WINDOW // 2,) * 4, mode="replicate")
    rows = functional.avg_pool2d(padded, (WINDOW, 1), stride=1)  # one after the other: ten additions, not 25
    return functional.avg_pool2d(rows, (1, WINDOW), stride=1)


def sharpen_mixture(logits: Tensor, sharpness: float) -> Tensor:
    """Mixture (B,M,H,W) of its logits; sharpness 1 is the plain softmax of training."""
    return logits.softmax(dim=1) if sharpness == 1.0 else channel_softmax(sharpness * smooth_logits(logits))


def sharpen_weight(logits: Tensor, sharpness: float) -> Tensor:
    """Weight (B,1,H,W) in [0,1] of its logits; sharpness 1 is the plain sigmoid of training."""
    return torch.sigmoid(logits) if sharpness == 1.0 else weight_of_logits(smooth_logits(logits), sharpness)


def weight_of_logits(logits: Tensor, sharpness: float) -> Tensor:
    """Weight in [0,1] of smoothed logits, any shape.

    What is unlikely is left out altogether (exactly 0: the canvas stays as it is), what is almost sure is laid in full.
    """
    if sharpness == 1.0:
        return torch.sigmoid(logits)
    return ((torch.sigmoid(sharpness * logits) - OPEN_END) / (1 - 2 * OPEN_END)).clamp(0, 1)


def dark_light_anchors(painting: Tensor, share: float = ANCHOR_SHARE) -> Tensor:
    """Mean colours (B,2,3) of the darkest and the lightest `share` of a painting (B,3,H,W), seen at 64 pixels or more.

    Artists who begin dark, or chalky, mix these into all their first colours. The simulated painter has a function of
    this name, too: it looks at every pixel, once per painting, and gives other digits.
    """
    small = functional.avg_pool2d(painting, max(1, min(painting.shape[-2:]) // ANCHOR_SIDE)).flatten(2)
    light = small.sum(dim=1)
    count = max(1, round(share * light.shape[1]))
    ends = [light.topk(count, largest=largest).indices for largest in (False, True)]
    return torch.stack([small.gather(2, i[:, None].expand(-1, 3, -1)).mean(dim=2) for i in ends], dim=1)


def project_tint(
    free: Tensor, strength: Tensor, weight: Tensor, colour: Tensor, anchors: Tensor, residual_share: float
) -> Tensor:
    """Project the free colour onto one global direction, towards dark or light, to suppress blotches.

    Args:
        free: (B,3,H,W) free colour.
        strength: (B,1,H,W) how much of an artist's tint the mixed states show, `finish_levels.TINT_STRENGTH`.
        weight: (B,1,H,W) in [0,1].
        colour: (B,3,H,W) mixed from the states.
        anchors: (B,2,3) of the painting, `dark_light_anchors`.
        residual_share: how much of the deviation from that direction is kept, in [0,1].

    The tint leads to the darks of the painting or to its lights, in proportion to how far the mixed colour is from
    them: dark stays dark, and nothing gets a colour that the painting does not contain. Its size is fitted where paint
    is laid and may be tinted.
    """
    fitted = weight * (strength > 0)
    lighter = (free * fitted).sum(dim=(1, 2, 3), keepdim=True) > 0
    darks, lights = anchors[..., None, None].unbind(dim=1)
    towards = (torch.where(lighter, lights, darks) - colour) * strength
    fit = (free * towards * fitted).sum(dim=(1, 2, 3), keepdim=True)
    tint = fit.clamp(min=0) / (towards.square() * fitted).sum(dim=(1, 2, 3), keepdim=True).clamp(min=1.0) * towards
    return tint + residual_share * (free - tint)
