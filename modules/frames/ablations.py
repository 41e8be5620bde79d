"""Parts of the default model that a config may switch off or replace; benchmarks/ablations.py trains each of them.

`skips` false: `PlainDecoder`. `predict`: `FreeHead`, `DifferenceHead`. `latent` false: `latent.NoLatent` and
`train.NoLatentTask`. `field` false: `inference.PartwisePredictor`.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..layers import ConvNormAct
from .config import FramesConfig
from .decoder import Decoder
from .heads import FOLD, Features, MixtureHead, UpSampler, WeightedHead, init_outputs, init_silent
from .postprocess import sharpen_weight
from .prediction import FramePrediction


class PlainUpSampler(nn.Module):
    """From the bottom (1/16) back to a quarter of the size; of the down-sampler it only sees the sizes."""

    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.middle = ConvNormAct(2 * width, width + 16)
        self.top = ConvNormAct(width + 16, out)

    def forward(self, features: Features) -> Tensor:
        x = self.middle(functional.interpolate(features.bottom, size=features.middle.shape[-2:], mode="nearest"))
        return self.top(functional.interpolate(x, size=features.top.shape[-2:], mode="nearest"))


class SkipLocalZ(nn.Module):
    """In place of `JoinLocalZ`: without skips nothing looks at its output."""

    def __init__(self, width: int, local: int) -> None:
        super().__init__()

    def forward(self, features: Tensor, local_z: Tensor) -> Tensor:
        return features


class PlainDecoder(Decoder):
    """The decoder without U-Net skips."""

    join_local_z_layer = SkipLocalZ
    upsampler = PlainUpSampler


class FreeHead(WeightedHead):
    """The stroke is free RGB, as in the paper."""

    def __init__(self, config: FramesConfig, upsampler: type[nn.Module] = UpSampler) -> None:
        super().__init__()
        self.config, w = config, config.width
        self.up_stroke, self.up_weight = upsampler(w, w), upsampler(w, w // 2)
        self.stroke = nn.Conv2d(w, 3 * FOLD * FOLD, 1)
        self.weight = nn.Conv2d(w // 2, FOLD * FOLD, 1)
        self.condition_to_weight = nn.Conv2d(config.n_states + 1, 1, 1, bias=False)
        init_outputs(self.stroke, self.weight)
        init_silent(self.condition_to_weight)

    def forward(
        self, features: Features, request: Tensor, z: Tensor, states: Tensor, anchors: Tensor
    ) -> FramePrediction:
        colours = functional.pixel_shuffle(self.stroke(self.up_stroke(features)), FOLD)
        logits = self.weight_logits(features, request)
        weight = sharpen_weight(logits, 1.0 if self.training else self.config.sharpness)
        return FramePrediction(None, torch.sigmoid(colours), weight, weight_logits=logits)


class DifferenceHead(nn.Module):
    """A difference image is added to the canvas: no weight, no Equation 2."""

    def __init__(self, config: FramesConfig, upsampler: type[nn.Module] = UpSampler) -> None:
        super().__init__()
        self.up_stroke = upsampler(config.width, config.width)
        self.stroke = nn.Conv2d(config.width, 3 * FOLD * FOLD, 1)
        init_outputs(self.stroke)

    def forward(
        self, features: Features, request: Tensor, z: Tensor, states: Tensor, anchors: Tensor
    ) -> FramePrediction:
        difference = torch.tanh(functional.pixel_shuffle(self.stroke(self.up_stroke(features)), FOLD))
        return FramePrediction(None, difference, torch.ones_like(difference[:, :1]), adds=True)


HEADS: dict[str, type[nn.Module]] = {"mixture": MixtureHead, "free": FreeHead, "difference": DifferenceHead}


def make_decoder(config: FramesConfig) -> Decoder:
    """Build the decoder that `skips` and `predict` of a config choose."""
    kind = Decoder if config.skips else PlainDecoder
    return kind(config, HEADS[config.predict])
