"""What the network predicts for a step as tensors, and the next frame it makes."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .masks import equation2


@dataclass
class FramePrediction:
    """Stroke and weight of one step."""

    mix: Tensor | None  # (B,M,H,W) shares of the states of finish that add up to one; None: the stroke is free RGB
    free: Tensor  # (B,3,H,W) free colour that is added to the mixture; the stroke itself when `mix` is None
    weight: Tensor  # (B,1,H,W) in [0,1]
    mix_logits: Tensor | None = None  # of the shares; losses read these and the next
    weight_logits: Tensor | None = None  # of the weight, where there is one
    adds: bool = False  # `free`, in [-1,1], is added to the canvas and the weight is unused: no Equation 2


@dataclass
class Prepared:
    """What depends on the painting and its labels alone: computed once, used in every step."""

    features: Tensor  # (B,C,H/4,W/4) of the default; (B,C,H,W) painting, labels and edges of the paper's variant
    states: Tensor  # (B,M,3,H,W) states of finish in [0,1]; M is 0 in the paper's variant
    anchors: Tensor  # (B,2,3) the painting's dark and its light, `dark_light_anchors`

    def first(self, count: int) -> "Prepared":
        return Prepared(self.features[:count], self.states[:count], self.anchors[:count])

    def repeat(self, times: int) -> "Prepared":
        """Repeat the batch for `times` steps of each painting, (times * B)."""
        features, states = self.features.repeat(times, 1, 1, 1), self.states.repeat(times, 1, 1, 1, 1)
        return Prepared(features, states, self.anchors.repeat(times, 1, 1))


def stroke(prediction: FramePrediction, states: Tensor) -> Tensor:
    """Compute the stroke's colour (B,3,H,W) in [0,1]; states (B,M,3,H,W)."""
    if prediction.mix is None:
        return prediction.free.clamp(0, 1)
    mixed = torch.einsum("bmhw,bmchw->bchw", prediction.mix, states)
    return (mixed + prediction.free).clamp(0, 1)


def next_frame(prediction: FramePrediction, states: Tensor, canvas: Tensor) -> Tensor:
    """Make the canvas (B,3,H,W) after the step."""
    if prediction.adds:
        return (canvas + prediction.free).clamp(0, 1)
    return equation2(stroke(prediction, states), prediction.weight, canvas)
