"""The decoder's end: up-samplers for stroke and weight (Figure 2, right), and the head that makes a stroke."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..finish_levels import TINT_STRENGTH
from ..layers import ConvNormAct
from .config import FramesConfig
from .postprocess import project_tint, sharpen_mixture, sharpen_weight
from .prediction import FramePrediction

FOLD = 4  # pixels fold into channels (pixel-unshuffle) by this factor, and back at the end
DIRECT = 20.0  # lets single numbers grow as fast as the sums of many in the networks beside them


class Features(NamedTuple):
    """What the down-sampler saw, and the bottom: (B,C,h,w) at 1/16, 1/8 and 1/4 of the size."""

    bottom: Tensor
    middle: Tensor
    top: Tensor


class UpSampler(nn.Module):
    """From the bottom (1/16) back to a quarter of the size, with U-Net skips."""

    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.middle = ConvNormAct(3 * width + 16, width + 16)
        self.top = ConvNormAct(2 * width + 16, out)

    def forward(self, features: Features) -> Tensor:
        x = functional.interpolate(features.bottom, size=features.middle.shape[-2:], mode="nearest")
        x = self.middle(torch.cat([x, features.middle], dim=1))
        x = functional.interpolate(x, size=features.top.shape[-2:], mode="nearest")
        return self.top(torch.cat([x, features.top], dim=1))


class WeightedHead(nn.Module):
    """Base of heads with a weight. Field and finish also reach the heads directly, pixel by pixel."""

    up_weight: nn.Module
    weight: nn.Conv2d
    condition_to_weight: nn.Conv2d

    def weight_logits(self, features: Features, request: Tensor) -> Tensor:
        """Logits (B,1,H,W) of the weight; request (B,1+M,H,W) is field and finish."""
        logits = functional.pixel_shuffle(self.weight(self.up_weight(features)), FOLD)
        return DIRECT * self.condition_to_weight(request) + logits


class MixtureHead(WeightedHead):
    """The stroke is a mixture of the states of finish plus a small free colour."""

    def __init__(self, config: FramesConfig, upsampler: type[nn.Module] = UpSampler) -> None:
        super().__init__()
        self.config = config
        w, folded, n_states = config.width, FOLD * FOLD, config.n_states
        self.up_stroke, self.up_weight = upsampler(w, w), upsampler(w, w // 2)
        self.stroke = nn.Conv2d(w, (n_states + 3) * folded, 1)
        self.weight = nn.Conv2d(w // 2, folded, 1)
        # An artist mixes first colours by feeling: the style tints all of them.
        self.style_to_tint = nn.Conv2d(config.style, 3, 1, bias=False)
        nn.init.normal_(self.style_to_tint.weight, std=0.08)
        self.tint_strength: Tensor
        strength = torch.tensor(TINT_STRENGTH[:n_states])[None, :, None, None]
        self.register_buffer("tint_strength", strength, persistent=False)
        self.condition_to_mix = nn.Conv2d(n_states + 1, n_states, 1, bias=False)
        self.condition_to_weight = nn.Conv2d(n_states + 1, 1, 1, bias=False)
        init_outputs(self.stroke, self.weight)
        init_silent(self.condition_to_mix, self.condition_to_weight)

    def forward(
        self, features: Features, request: Tensor, z: Tensor, states: Tensor, anchors: Tensor
    ) -> FramePrediction:
        """Request (B,1+M,H,W) is field and finish, z (B,Z,H/16,W/16), states (B,M,3,H,W), anchors (B,2,3)."""
        config = self.config
        colours = functional.pixel_shuffle(self.stroke(self.up_stroke(features)), FOLD)
        weight_logits = self.weight_logits(features, request)
        mix_logits, free = colours[:, : config.n_states], colours[:, config.n_states :]
        mix_logits = DIRECT * self.condition_to_mix(request) + mix_logits
        sharpness = 1.0 if self.training else config.sharpness
        mix, weight = sharpen_mixture(mix_logits, sharpness), sharpen_weight(weight_logits, sharpness)
        # A copy: where several processes train, torch 2.4 writes buffers anew before each forward pass, also those that
        # the backward pass of the one before still needs.
        strength = (mix * self.tint_strength.clone()).sum(dim=1, keepdim=True)
        style = z[:, : config.style].mean(dim=(2, 3), keepdim=True)
        # Averaged over the folding (its grid would show in even colours), and none where the picture itself is laid.
        free = functional.interpolate(functional.avg_pool2d(free, FOLD), scale_factor=FOLD, mode="bilinear")
        free = torch.tanh(free + strength * self.style_to_tint(style)) * (1 - mix[:, -1:])
        if not self.training:
            colour = (mix[:, :, None] * states).sum(dim=1)
            free = config.tint_gain * project_tint(free, strength, weight, colour, anchors, config.residual_share)
        return FramePrediction(mix, config.free_limit * free, weight, mix_logits, weight_logits)


def init_outputs(*layers: nn.Conv2d) -> None:
    """Start output layers small: larger weights leave the grid of the folding in the first pictures."""
    for layer in layers:
        nn.init.normal_(layer.weight, std=0.02)
        nn.init.zeros_(layer.bias)  # type: ignore[arg-type]


def init_silent(*layers: nn.Conv2d) -> None:
    """Start layers at 0: without effect before they are trained."""
    for layer in layers:
        nn.init.zeros_(layer.weight)
