"""The network's condition as tensors: built here alone, for training and inference."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..degree_map import degree_map
from .config import FramesConfig


@dataclass
class Condition:
    """What a step requests."""

    degree_map: Tensor  # (B,G+1,H,W) requested degrees over the bins, spread over the label map
    field: Tensor  # (B,1,H,W) in [0,1], where the step paints
    finish: Tensor  # (B,M,H,W) one-hot level of finish, all zero where unspecified


def class_channels(classes: Tensor, n_classes: int) -> Tensor:
    """One-hot channels (B,K,H,W) float of class indices (B,H,W) int64."""
    return functional.one_hot(classes, n_classes).permute(0, 3, 1, 2).float()


def step_condition(degrees: Tensor, field: Tensor, finish: Tensor, labels: Tensor, config: FramesConfig) -> Condition:
    """Build the condition of one step.

    Args:
        degrees: (B,K) requested degrees in [0,1].
        field: (B,H,W) float in [0,1].
        finish: (B,H,W) levels of finish, `plans.plan.UNSPECIFIED` where the plan leaves them open.
        labels: (B,H,W) int64 part indices below K.
    """
    n_states = max(config.n_states, 1)
    levels = torch.arange(n_states, dtype=torch.float32, device=finish.device)[:, None, None]
    return Condition(
        degree_map(degrees, labels, config.granularity, config.hard_bins),
        field[:, None],
        (finish[:, None].float() == levels).float(),  # UNSPECIFIED is none of them: zeros
    )
