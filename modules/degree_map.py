"""Degrees as the networks read them: soft or hard bins, spread over the label map."""

import torch
from torch import Tensor

from .degree import GRANULARITY, bin_edges


def degree_bin(degrees: Tensor, granularity: int = GRANULARITY) -> Tensor:
    """Find the bin 0..G of each degree, any shape, int64; bin i holds degrees up to and including its upper edge."""
    edges = torch.tensor(bin_edges(granularity), dtype=degrees.dtype, device=degrees.device)
    return torch.bucketize(degrees.contiguous(), edges, right=False).clamp(max=granularity)


def bin_weights(degrees: Tensor, granularity: int = GRANULARITY, *, hard: bool = False) -> Tensor:
    """Convert degrees (B,K) in [0,1] to weights over the bins (B,K,G+1) that add up to one.

    hard: the one-hot bin, as in the paper. Soft (default): 0 is bin 0, i/G is bin i, and a degree between two bin
    centres is shared between its neighbours, so that nothing is lost by rounding.
    """
    if hard:
        return torch.nn.functional.one_hot(degree_bin(degrees, granularity), granularity + 1).to(degrees.dtype)
    position = degrees.clamp(0, 1) * granularity
    bins = torch.arange(granularity + 1, dtype=degrees.dtype, device=degrees.device)
    return (1 - (position.unsqueeze(-1) - bins).abs()).clamp(min=0)


def degree_map(degrees: Tensor, labels: Tensor, granularity: int = GRANULARITY, hard: bool = False) -> Tensor:
    """Spread degrees (B,K) over label maps (B,H,W) int64: float (B,G+1,H,W), bins add up to one at each pixel."""
    weights = bin_weights(degrees, granularity, hard=hard)
    batch = torch.arange(labels.shape[0], device=labels.device)[:, None, None]
    return weights[batch, labels].permute(0, 3, 1, 2).contiguous()
