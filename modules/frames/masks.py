"""Masks: the network's answer for one step as numpy arrays, and Equation 2 on arrays and tensors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

Array = TypeVar("Array", np.ndarray, "Tensor")


@dataclass(frozen=True)
class Masks:
    """Stroke and weight of one step on the model's canvas."""

    # (M,h,w) shares of the states of finish that add up to one, or None when the stroke is free RGB
    mix: np.ndarray | None
    free: np.ndarray  # (h,w,3) free colour that is added to the mixture; the stroke itself when `mix` is None
    weight: np.ndarray  # (h,w) in [0,1]
    # (h,w) smoothed logits behind the weight, for degree control; None for a stroke without weight
    weight_logits: np.ndarray | None = None
    adds: bool = False  # `free`, in [-1,1], is added to the canvas and the weight is unused: no Equation 2

    def without(self, states: list[int], instead: int, where: np.ndarray) -> Masks:
        """Give the shares of some states to another one, `instead`, where (h,w) bool; of a free stroke nothing."""
        if self.mix is None:
            return self
        mix = self.mix.copy()
        mix[instead] += np.where(where, mix[states].sum(axis=0), 0)
        mix[states] = np.where(where, 0, mix[states])
        return replace(self, mix=mix)

    def crop(self, width: int, height: int) -> Masks:
        """Cut off the padding at the right and bottom."""

        def cut(array: Any) -> Any:
            return None if array is None else np.ascontiguousarray(array[..., :height, :width])

        free = np.ascontiguousarray(self.free[:height, :width])
        return replace(
            self, mix=cut(self.mix), free=free, weight=cut(self.weight), weight_logits=cut(self.weight_logits)
        )


def equation2(stroke: Array, weight: Array, canvas: Array) -> Array:
    """Equation 2 of the paper: x_{t+1} = weight * stroke + (1 - weight) * x_t, all in [0,1]."""
    return weight * stroke + (1 - weight) * canvas


def mix_states(mix: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Sum states (M,h,w,3) weighted by (M,h,w) -> (h,w,3)."""
    result = np.zeros(states.shape[1:], np.float32)
    for share, state in zip(mix, states, strict=True):
        result += share[..., None] * state
    return result


def stroke_colours(masks: Masks, states: np.ndarray | None) -> np.ndarray:
    """Compute the stroke (h,w,3) in [0,1] of masks that have the size of the states (M,h,w,3)."""
    if masks.mix is None or states is None:
        return np.clip(masks.free, 0, 1)
    return np.clip(masks.free + mix_states(masks.mix, states), 0, 1)
