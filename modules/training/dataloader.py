"""Batches in an order that depends on (seed, epoch) alone, with any number of loading processes."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from ..io.child_processes import exit_with_parent
from .settings import RunConfig
from .task import SeededDataset, Task


def epoch_order(seed: int, epoch: int, count: int) -> np.ndarray:
    """Permute the sample indices (count,) for `epoch`; a pure function."""
    return np.random.default_rng([seed & 0xFFFFFFFF, epoch]).permutation(count)


def own_share(groups: np.ndarray, rank: int, world: int) -> np.ndarray | None:
    """List the samples of the groups (shards) that process `rank` of `world` reads; groups are dealt out in turn.

    None when there are fewer groups than processes: then all read all.
    """
    present = np.unique(groups)
    return np.flatnonzero(np.isin(groups, present[rank::world])) if len(present) >= world else None


class _EpochSampler(Sampler[tuple[int, int]]):
    """Endless (epoch, index) pairs, from the step that a run starts at.

    Several processes take every `world`-th of one order or, where the samples lie in shards, each goes through its own
    shards in an order of its own, so that no machine needs the files of another.
    """

    def __init__(
        self, count: int, run: RunConfig, step: int, rank: int, world: int, groups: np.ndarray | None = None
    ) -> None:
        own = own_share(groups, rank, world) if groups is not None and world > 1 else None
        self.seed = run.seed
        self.indices = np.arange(count) if own is None else own
        self.stride = world if own is None else 1
        self.first = step * run.batch * self.stride + (rank if own is None else 0)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        count = len(self.indices)
        position, epoch, order = self.first, -1, np.empty(0, np.int64)
        while True:
            if position // count != epoch:
                epoch = position // count
                order = self.indices[epoch_order(self.seed, epoch, count)]
            yield epoch, int(order[position % count])
            position += self.stride


class _EpochDataset(Dataset[dict[str, Any]]):
    """Samples by (epoch, index)."""

    def __init__(self, dataset: SeededDataset, seed: int) -> None:
        self.dataset, self.seed = dataset, seed

    def __getitem__(self, key: tuple[int, int]) -> dict[str, Any]:
        epoch, index = key
        return {**self.dataset.sample(self.seed, epoch, index), "index": index, "epoch": epoch}


def make_batches(task: Task, run: RunConfig, step: int, rank: int = 0, world: int = 1) -> Iterator[dict[str, Any]]:
    """Yield the batches of step `step`, `step + 1`, ... without end."""
    loader = DataLoader(
        _EpochDataset(task.dataset, run.seed),
        batch_size=run.batch,
        sampler=_EpochSampler(len(task.dataset), run, step, rank, world, getattr(task.dataset, "groups", None)),
        num_workers=run.workers,
        collate_fn=task.collate,
        worker_init_fn=_start_worker,
        prefetch_factor=4 if run.workers else None,
        # Not fork: a copy of a process whose OpenCV or OpenMP threads have run can wait for them for ever.
        multiprocessing_context="forkserver" if run.workers and os.name != "nt" else None,
    )
    return iter(loader)


def _start_worker(_: int) -> None:
    # The main process decides when to stop. Ctrl-C and many a job scheduler's SIGTERM reach the whole group, and a
    # worker that died of it would turn a clean stop into an error. Workers end when their loader does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # Torch's workers notice the end of their parent, which is the fork server; that lives as long as they do.
    exit_with_parent()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
