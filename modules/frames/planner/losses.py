"""Losses of the planner."""

import torch
from torch import Tensor
from torch.nn import functional

from ...finish_levels import level
from ...plans.dry_run import TIME_EXPONENT
from ...plans.learned import BRUSHES
from ...plans.plan import UNSPECIFIED
from .model import choice_logits

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


def choice_loss(maps: Tensor, parts: Tensor, finish: Tensor, field: Tensor) -> Tensor:
    """Cross-entropy of the pairs of part and level with the time that the step spends on each.

    Args:
        maps: (B,M,h,w) of the network.
        parts: (B,h,w) integers, part k is k + 1 and 0 is none.
        finish, field: (B,h,w), as for `finish_loss`.
    """
    levels = maps.shape[1]
    logits = choice_logits(maps, parts)
    asked = torch.zeros(levels, dtype=torch.bool, device=maps.device)
    asked[[level(name) for name in BRUSHES]] = True  # what a pass brings its own part to
    painted = (field > 0.5) & (parts > 0) & (finish < levels) & asked[finish.long().clamp(max=levels - 1)]
    pair = ((parts.long() - 1) * levels + finish.long()).where(painted, torch.zeros_like(parts, dtype=torch.long))
    count = torch.zeros_like(logits).scatter_add(1, pair.flatten(1), painted.flatten(1).to(logits.dtype))
    time = count**TIME_EXPONENT
    target = time / time.sum(1, keepdim=True).clamp(min=1e-6)
    told = functional.log_softmax(logits, dim=1).masked_fill(target == 0, 0)
    return -(target * told).sum(1).mean()
