"""What a stage gives the training loop.

How to write a Task, in full:

    class MyTask(Task):
        stage = "firstframe"                     # name of the run, and the stage in config.json
        exported_model = "generator"             # the model that is averaged (EMA), drawn and saved

        def __init__(self, dataset, config, run):
            self.dataset = dataset               # see `SeededDataset`: sample(seed, epoch, index) is a pure function
            self.generator, self.discriminator = Model(config), PatchDiscriminator(...)
        def models(self):     return {"generator": self.generator, "discriminator": self.discriminator}
        def optimisers(self): return {"generator": Adam(self.generator.parameters(), 1e-4), "discriminator": ...}
        def lr(self, step):   return warmup_cosine(step, self.steps, 1e-4)
        def step(self, batch, step, loop):
            discriminator = loop.models["discriminator"]              # use loop.models, not self.discriminator:
            fake = loop.models["generator"](batch["labels"])
            d = hinge_d(discriminator(batch["x_1"]), discriminator(fake.detach()))
            loop.optimise("discriminator", d)                         # zero_grad, backward, checks, clip, step
            g = hinge_g(discriminator(fake))
            loop.optimise("generator", g, clip=1.0)
            return {"d": d, "g": g}                                   # logged; floats or 0-d tensors
        def sample_grid(self, seed):  ...        # draw with self.generator, which holds the EMA weights then
        def save(self, folder):       self.generator.save_pretrained(folder)
        def describe(self):           return {"config": asdict(self.config), "lr": ...}   # a resume must match it

`loop.models` holds the same modules wrapped by Fabric (precision). Several processes average gradients in
`loop.optimise`, which all must call equally often. A wrapped module lets only
`forward` through; name other methods that `step` calls in `forward_methods`. Random numbers drawn in `step` come from
torch's global generator, which the loop seeds afresh for every step from (seed, step): a resumed run draws the same
ones. Random numbers drawn in `sample` must come from `sample_rng(seed, epoch, index)`. Keep no other state, or hand it
over in `state`/`load_state`.

The learning rate of each parameter group is `lr(step)` times the group's own "lr_scale" (1 when it has none).
"""

from __future__ import annotations

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import default_collate

if TYPE_CHECKING:
    from .loop import LoopContext

__all__ = ["SeededDataset", "Task", "sample_rng", "step_seed", "warmup_cosine"]


class SeededDataset(Protocol):
    """The training samples of one epoch, numbered from 0.

    `sample` must be a pure function of its arguments and of what is on disk: workers call it in any order. It returns
    one sample as a dict of numpy arrays, tensors or numbers; the loop adds "index" and collates.
    Samples in shards may have `groups`, (len,) numbers of their shards: machines that train together divide those.
    """

    def __len__(self) -> int: ...

    def sample(self, seed: int, epoch: int, index: int) -> dict[str, Any]: ...

    def name(self, index: int) -> str:
        """Name sample `index` (a file, a process) for error messages."""
        ...


class Task(ABC):
    """A stage as the loop sees it. The module's docstring shows a whole one."""

    stage: ClassVar[str]
    exported_model: ClassVar[str]
    forward_methods: ClassVar[tuple[str, ...]] = ()
    dataset: SeededDataset

    @abstractmethod
    def models(self) -> dict[str, nn.Module]:
        """Return every module that is trained, by name."""

    @abstractmethod
    def optimisers(self) -> dict[str, Optimizer]:
        """Make the optimisers, by name; called once, after the models are on their device."""

    @abstractmethod
    def lr(self, step: int) -> float:
        """Return the learning rate of step 0, 1, ...: a pure function, so that a resume cannot apply a decay twice."""

    @abstractmethod
    def step(self, batch: dict[str, Any], step: int, loop: LoopContext) -> Mapping[str, Tensor | float]:
        """Train one step with calls of `loop.optimise`; returns the numbers to log."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the exported model (it holds the EMA weights during this call) as a model folder."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """Return everything (as JSON) that a run must share to continue this one."""

    def sample_grid(self, seed: int) -> np.ndarray | None:
        """Draw what the exported model does now (EMA weights, eval mode, no gradients): (H,W,3) uint8 RGB."""
        return None

    @staticmethod  # workers get a copy of it: a bound method would take the whole task, models too, with it
    def collate(samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Join samples to a batch; torch's own way unless a stage needs another."""
        return default_collate(list(samples))

    def state(self) -> dict[str, Any]:
        """Return further state for checkpoints (tensors, numbers, strings, lists, dicts)."""
        return {}

    def load_state(self, state: dict[str, Any]) -> None:  # noqa: B027
        """Restore what `state` returned."""


def sample_rng(seed: int, epoch: int, index: int, *more: int) -> np.random.Generator:
    """Make the generator of sample `index` in `epoch`: the same in any worker, process or resumed run."""
    return np.random.default_rng([seed & 0xFFFFFFFF, epoch, index, *more])


def step_seed(seed: int, step: int, rank: int = 0) -> int:
    """Derive the seed (63 bits) of torch's generator in a step: far apart for neighbouring seeds and steps."""
    digest = hashlib.sha256(f"{seed}/{step}/{rank}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def warmup_cosine(step: int, steps: int, peak: float, warmup: int = 50, floor: float = 0.02) -> float:
    """Learning rate: linear rise over `warmup` steps, then half a cosine from `peak` to `floor * peak` at the end."""
    if step < warmup:
        return peak * (step + 1) / warmup
    done = min(1.0, (step - warmup) / max(1, steps - warmup))
    return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done)))
