"""Losses of the planner."""

import torch
from torch import Tensor
from torch.nn import functional

from ...plans.plan import UNSPECIFIED

MOST_BALANCE = 8.0  # most that a painted pixel weighs, where a step paints little


def field_loss(logits: Tensor, field: Tensor, inside: Tensor) -> Tensor:
    """Cross-entropy of the field, balanced between what is painted and what is not, and Dice; all (B,h,w)."""
    count = inside.sum(dim=(1, 2)).clamp(min=1)
    share = ((field * inside).sum(dim=(1, 2)) / count).clamp(1e-3, 1)
    heavier = ((1 - share) / share).clamp(1, MOST_BALANCE)[:, None, None]
    weight = inside * torch.where(field > 0.5, heavier, torch.ones_like(field))
    bce = functional.binary_cross_entropy_with_logits(logits, field, reduction="none")
    p = logits.sigmoid() * inside
    dice = 1 - (2 * (p * field).sum(dim=(1, 2)) + 1) / (p.sum(dim=(1, 2)) + (field * inside).sum(dim=(1, 2)) + 1)
    return (bce * weight).sum() / weight.sum() + dice.mean()


def finish_loss(logits: Tensor, finish: Tensor, field: Tensor) -> Tensor:
    """Cross-entropy of the levels (B,M,h,w) with finish (B,h,w), where the field (B,h,w) is painted."""
    known = (finish != UNSPECIFIED) & (field > 0.5)
    target = torch.where(known, finish.long(), -1)
    total = functional.cross_entropy(logits, target, ignore_index=-1, reduction="sum")
    return total / known.sum().clamp(min=1)
