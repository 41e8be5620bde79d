"""Training by several processes: they start from equal weights, and average gradients after every backward.

Torch's DistributedDataParallel averages while it goes backward and must be told beforehand which weights take part. It
fails where a step goes through a model several times before it goes back (the sequence phase of the frames stage). Here
nothing wraps the models, so a step may do with them what it likes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, distributed, nn
from torch.nn.modules.batchnorm import _BatchNorm


def share_weights(modules: Iterable[nn.Module]) -> None:
    """Give all processes the weights and buffers of the first one."""
    for module in modules:
        for value in [*module.parameters(), *module.buffers()]:
            sent = value.detach().clone(memory_format=torch.contiguous_format)
            distributed.broadcast(sent, 0)
            value.data.copy_(sent)


def average_gradients(weights: Sequence[Tensor], healthy: bool) -> bool:
    """Average gradients over all processes; return whether all are `healthy`.

    A weight that a process did not use counts with zero there; one that none used keeps no gradient. All processes take
    part whatever happened to them, or they would wait for each other for ever.
    """
    grads = [torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in weights]
    facts = weights[0].new_tensor([*(weight.grad is not None for weight in weights), not healthy])
    flat = torch.cat([*(grad.reshape(-1) for grad in grads), facts])
    distributed.all_reduce(flat)
    *parts, facts = flat.split([*(grad.numel() for grad in grads), len(facts)])
    *counts, unhealthy = facts.tolist()
    for weight, part, count in zip(weights, parts, counts, strict=True):
        if count:
            mean = (part / distributed.get_world_size()).view(weight.shape)
            weight.grad = mean if weight.grad is None else weight.grad.copy_(mean)
    return unhealthy == 0


def average_statistics(modules: Iterable[nn.Module]) -> None:
    """Average the running means and variances of batch normalisation, each process's from its own samples."""
    layers = [layer for module in modules for layer in module.modules() if isinstance(layer, _BatchNorm)]
    found = [value for layer in layers for value in (layer.running_mean, layer.running_var) if value is not None]
    if found:
        flat = torch.cat(found)
        distributed.all_reduce(flat)
        for value, part in zip(found, flat.split([len(value) for value in found]), strict=True):
            value.copy_(part / distributed.get_world_size())


def average_numbers(values: dict[str, float], device: torch.device) -> dict[str, float]:
    """Average numbers over all processes, which have those of the same names."""
    names = sorted(values)
    flat = torch.tensor([values[name] for name in names], dtype=torch.float64, device=device)
    distributed.all_reduce(flat)
    return dict(zip(names, (flat / distributed.get_world_size()).tolist(), strict=True))
