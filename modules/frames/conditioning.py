"""From pictures, labels and a step of a plan to the tensors that the networks read; the same in training and use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..degree_map import degree_map
from ..labels import LabelSet, label_edges
from .config import FramesConfig


@dataclass
class Condition:
    """What a step asks for: degree map (B,G+1,H,W), field (B,1,H,W) in [0,1], finish (B,M,H,W) one-hot or zero."""

    degree_map: Tensor
    field: Tensor
    finish: Tensor


def image_tensor(image: np.ndarray) -> Tensor:
    """(H,W,3), uint8 or float in [0,1], as (1,3,H,W) float32 in [0,1]."""
    tensor = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None]
    return tensor.float() / 255 if image.dtype == np.uint8 else tensor.float()


def label_tensors(labels: np.ndarray, label_set: LabelSet, config: FramesConfig) -> tuple[Tensor, Tensor, Tensor]:
    """Label map (1,H,W) int64, its classes (1,K,H,W) one-hot (zeros when the parts have no names), edges (1,1,H,W)."""
    index = torch.from_numpy(labels.astype(np.int64))[None]
    if label_set.named:
        kinds = torch.from_numpy(label_set.base_classes)[index]  # for the model a piece is what it was cut from
        classes = functional.one_hot(kinds, config.n_classes).permute(0, 3, 1, 2).float()
    else:
        classes = torch.zeros(1, config.n_classes, *labels.shape)
    return index, classes, label_edges(index)


def step_condition(
    degrees: np.ndarray, asked: tuple[np.ndarray, np.ndarray], labels: Tensor, config: FramesConfig
) -> Condition:
    """The condition of one step.

    Args:
        degrees: (K,) asked degrees in [0,1].
        asked: field (h,w) float in [0,1] and finish (h,w) uint8 levels, `plans.plan.UNTOLD` where nothing is told.
        labels: (1,h,w) int64.
    """
    field, finish = asked
    n_states = max(config.n_states, 1)
    far = torch.from_numpy(finish.astype(np.int64))
    told = functional.one_hot(far.clamp(max=n_states), n_states + 1)[..., :n_states]  # UNTOLD is all zero
    return Condition(
        degree_map(torch.from_numpy(degrees.astype(np.float32))[None], labels, config.granularity, config.hard_bins),
        torch.from_numpy(field.astype(np.float32))[None, None],
        told.permute(2, 0, 1)[None].float(),
    )
