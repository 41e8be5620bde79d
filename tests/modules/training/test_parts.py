"""The loop's parts alone: averages, order, seeds, learning rate."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from ppp.modules.training.dataloader import epoch_order
from ppp.modules.training.ema import EMA
from ppp.modules.training.task import sample_rng, step_seed, warmup_cosine


def test_ema_golden():
    layer = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        layer.weight.fill_(1.0)
    ema = EMA(layer, 0.5)
    wanted = 1.0
    for n, value in enumerate([2.0, 4.0, 8.0, -1.0], start=1):
        with torch.no_grad():
            layer.weight.fill_(value)
        ema.update(layer)
        decay = min(0.5, (1 + n) / (10 + n))  # 2/11, 3/12, 4/13, 5/14: all under 0.5 still
        wanted = decay * wanted + (1 - decay) * value
    assert ema.shadow["weight"].item() == pytest.approx(wanted, rel=1e-6)


def test_ema_reaches_its_decay_and_copies_counts():
    norm = nn.BatchNorm1d(2)
    ema = EMA(norm, 0.25)
    ema.updates = 100
    norm(torch.randn(8, 2) + 5)
    before = ema.shadow["running_mean"].clone()
    ema.update(norm)
    assert torch.allclose(ema.shadow["running_mean"], 0.25 * before + 0.75 * norm.running_mean)
    assert ema.shadow["num_batches_tracked"].item() == 1


def test_ema_applied_gives_the_weights_back():
    layer = nn.Linear(2, 2)
    ema = EMA(layer, 0.9)
    with torch.no_grad():
        layer.weight.add_(1.0)
    own = layer.weight.detach().clone()
    with pytest.raises(RuntimeError, match="inside"), ema.applied(layer):
        assert torch.equal(layer.weight, ema.shadow["weight"]) and not layer.training
        raise RuntimeError("inside")
    assert torch.equal(layer.weight, own) and layer.training


def test_every_epoch_has_every_sample_once_in_its_own_order():
    orders = [epoch_order(3, epoch, 50) for epoch in range(4)]
    for order in orders:
        assert sorted(order) == list(range(50))
    assert len({tuple(order) for order in orders}) == 4
    assert np.array_equal(orders[2], epoch_order(3, 2, 50))
    assert not np.array_equal(orders[2], epoch_order(4, 2, 50))


def test_seeds_differ_by_every_argument():
    draws = {sample_rng(s, e, i).random() for s in (0, 1) for e in (0, 1) for i in (0, 1)}
    assert len(draws) == 8
    seeds = {step_seed(s, t, r) for s in (0, 1) for t in (-1, 0, 1) for r in (0, 1)}
    assert len(seeds) == 12 and all(0 <= seed < 2**63 for seed in seeds)


def test_learning_rate_rises_then_falls_to_its_floor():
    rates = [warmup_cosine(step, 1000, 0.1, warmup=10, floor=0.05) for step in range(1001)]
    assert rates[0] == pytest.approx(0.01) and max(rates) == pytest.approx(0.1) == rates[10]
    assert all(a >= b for a, b in itertools.pairwise(rates[10:]))
    assert rates[-1] == pytest.approx(0.005)
