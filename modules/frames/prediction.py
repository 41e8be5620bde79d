"""What the frames stage predicts for a step, and Equation 2 that makes the next frame of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass
class FramePrediction:
    """Stroke and weight of one step.

    Attributes:
        mix: (B,M,H,W) shares of the states of finish that add up to one, or None when the stroke is free RGB.
        free: (B,3,H,W) what is added to the mixture; the stroke itself when `mix` is None.
        weight: (B,1,H,W) in [0,1].
        mix_logits, weight_logits: what the shares and the weight come from, where there are any; losses read them.
        adds: `free`, in [-1,1], is added to the canvas and the weight means nothing: no Equation 2.
    """

    mix: Tensor | None
    free: Tensor
    weight: Tensor
    mix_logits: Tensor | None = None
    weight_logits: Tensor | None = None
    adds: bool = False


@dataclass
class Prepared:
    """What depends on the painting and its labels alone: computed once, used in every step.

    Attributes:
        features: (B,C,H/4,W/4) of the default variant; (B,C,H,W) painting, labels and edges of the paper's.
        states: (B,M,3,H,W) states of finish in [0,1], or None in the paper variant.
    """

    features: Tensor
    states: Tensor | None


@dataclass(frozen=True)
class Masks:
    """What a frames model answers for one step, on its unpadded canvas, as numpy.

    mix: (M,h,w) shares of the states of finish, or None when `free` is the whole stroke. free: (h,w,3), added to the
    mixture. weight: (h,w) in [0,1]. adds: `free` in [-1,1] is added to the canvas instead.
    """

    mix: np.ndarray | None
    free: np.ndarray
    weight: np.ndarray
    adds: bool = False


def stroke(prediction: FramePrediction, states: Tensor | None) -> Tensor:
    """The stroke's colour (B,3,H,W) in [0,1]; states (B,M,3,H,W)."""
    if prediction.mix is None or states is None:
        return prediction.free.clamp(0, 1)
    mixed = torch.einsum("bmhw,bmchw->bchw", prediction.mix, states)
    return (mixed + prediction.free).clamp(0, 1)


def equation2(colour: Tensor, weight: Tensor, canvas: Tensor) -> Tensor:
    """Equation 2 of the paper: x_{t+1} = weight * stroke + (1 - weight) * x_t, all in [0,1]."""
    return weight * colour + (1 - weight) * canvas


def next_frame(prediction: FramePrediction, states: Tensor | None, canvas: Tensor) -> Tensor:
    """The canvas (B,3,H,W) after the step."""
    if prediction.adds:
        return (canvas + prediction.free).clamp(0, 1)
    return equation2(stroke(prediction, states), prediction.weight, canvas)


def compose(masks: Masks, states: np.ndarray | None, canvas: np.ndarray) -> np.ndarray:
    """The canvas (h,w,3) after a step whose masks have its size; states (M,h,w,3)."""
    if masks.adds:
        return np.clip(canvas + masks.free, 0, 1)
    weight = masks.weight[..., None]
    result: np.ndarray = weight * colours(masks, states) + (1 - weight) * canvas
    return np.clip(result, 0, 1)


def colours(masks: Masks, states: np.ndarray | None) -> np.ndarray:
    """The stroke (h,w,3) in [0,1] of masks that have the size of the states (M,h,w,3)."""
    found: np.ndarray = masks.free if masks.mix is None or states is None else masks.free + mixture(masks.mix, states)
    return np.clip(found, 0, 1)


def mixture(mix: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Sum of states (M,h,w,3) weighted by (M,h,w) -> (h,w,3)."""
    result = np.zeros(states.shape[1:], np.float32)
    for share, state in zip(mix, states, strict=True):
        result += share[..., None] * state
    return result
