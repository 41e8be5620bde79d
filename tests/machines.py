"""What two processes of one training do, by torchrun: `machines.py all|killed OUT DATA`. See test_distributed.py.

OUT/shards holds the processes of DATA in shards.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ppp.cli.main import main
from ppp.modules.frames.train import FramesTask
from ppp.modules.io.pretrained import save_model
from ppp.modules.training.loop import TrainingState, fit
from ppp.modules.training.settings import RunConfig
from ppp.modules.training.task import Task, sample_rng

STEPS = 6


class Squares:
    """16-pixel squares and what is to be made of them."""

    def __len__(self):
        return 11

    def name(self, index):
        return f"square {index}"

    def sample(self, seed, epoch, index):
        given = sample_rng(seed, epoch, index).uniform(0, 1, (3, 16, 16)).astype(np.float32)
        return {"given": given, "wanted": np.sqrt(given) * np.float32(1 + index / 11)}


class Straight(Task):
    """Nothing by chance, and a loss that is the mean over the batch: so any number of processes does the same."""

    stage, exported_model = "segment", "net"

    def __init__(self):
        self.dataset = Squares()
        torch.manual_seed(5)
        self.net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.GELU(), nn.Conv2d(8, 3, 3, padding=1))
        self.net.register_buffer("tone", torch.full((1, 3, 1, 1), 0.1), persistent=False)

    def models(self):
        return {"net": self.net}

    def optimisers(self):
        return {"net": torch.optim.SGD(self.net.parameters(), momentum=0.9)}

    def lr(self, step):
        return 0.1

    def step(self, batch, step, loop):
        loss = F.mse_loss(loop.models["net"](batch["given"]) + self.net.tone, batch["wanted"])
        return {"loss": loss, "norm": loop.optimise("net", loss, clip=1.0)}

    def save(self, folder):
        save_model(folder, self.stage, {}, self.net.state_dict())

    def describe(self):
        return {"kind": "straight"}


def train(out: Path, batch: int) -> None:
    """Train the straight task, `batch` samples a step and process."""
    fit(Straight(), RunConfig(out=out, steps=STEPS, batch=batch, ema_decay=0.5, device="cpu", quiet=True))


TINY = ["--size", "32", "--steps", "6", "--set", "sequence=0.5"]
SMALL = [*TINY, "--set", "width=16", "--set", "blocks=1", "--set", "gan_from=2", "--set", "kl_from=2"]
# Stages and variants, with phases that change within six steps: the adversarial loss, the KL term, the sequences.
CASES = {
    "frames": ["frames", *SMALL],
    "frames, z of the encoder": ["frames", *SMALL, "--set", "sequence_z=encoder"],
    "frames without latent": ["frames", *SMALL, "--set", "latent=false"],
    "frames, paper": ["frames", "--variant", "paper", *TINY, "--set", "width=4", "--set", "blocks=1",
                      "--set", "style=8"],
    "planner": ["frames", "--variant", "planner", "--steps", "6", "--set", "widths=[8,8,8,8]", "--set", "artists=1",
                "--set", "moments=1"],
    "firstframe": ["firstframe", "--size", "64", "--steps", "6", "--set", "widths=[8,8,8,8]", "--set", "blocks=1",
                   "--set", "alone=3", "--set", "artists=1"],
    "firstframe, paper": ["firstframe", "--variant", "paper", "--size", "64", "--steps", "6", "--set", "paper_width=4",
                          "--set", "artists=1"],
    "segment": ["segment", "--size", "64", "--steps", "6", "--set", "encoder=squeezenet", "--set", "decoder=unet",
                "--set", "decoder_channels=[16,8,8,8,8]"],
}  # fmt: skip


def run_case(name: str, data: Path, folder: Path, batch: int) -> Path:
    """Train a case, `batch` samples a step and process, with every step in its log; return the run."""
    out = folder / name
    init = ["--set", f"init={folder / 'frames'}"] if name == "planner" else []
    words = ["train", *CASES[name], *init, "--batch", batch, "--log-every", 1, "--device", "cpu", "--quiet"]
    code = main([str(word) for word in [*words[:2], data, *words[2:], "-o", out]])
    assert code == 0, f"{name} ended with {code}"
    return out


def all_equal() -> bool:
    """Whether the weights that this process trained last are those of the other, bit by bit."""
    weights = torch.cat([p.detach().reshape(-1) for m in STATES[-1].models.values() for p in m.parameters()])
    both = [torch.empty_like(weights) for _ in range(2)]
    torch.distributed.all_gather(both, weights)
    return torch.equal(*both)


STATES: list[TrainingState] = []


def remember_states() -> None:
    """Keep what trainings start with, to look at it when they are over."""
    start = TrainingState.start

    def remembered(*arguments):
        STATES.append(start(*arguments))
        return STATES[-1]

    TrainingState.start = staticmethod(remembered)


class Crash(Exception):
    """What ends a training in the middle of a step."""


def crash_once(mark: Path, crash: Callable[[int], None]) -> None:
    """Let the frames training end in its sixth step, unless it has done so before; crash: gets the process's rank."""
    step = FramesTask.step

    def crashing(self, batch, number, loop):
        if number == 5 and not mark.exists():
            crash(loop.fabric.global_rank)
        return step(self, batch, number, loop)

    FramesTask.step = crashing


def kill_second(mark: Path, rank: int) -> None:
    if rank == 1:
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def raise_in_all(mark: Path, rank: int) -> None:
    raise Crash


def train_saved(data: Path, out: Path) -> int:
    """Train frames with a checkpoint every other step."""
    words = ["train", *CASES["frames"], "--batch", 1, "--save-every", 2, "--device", "cpu", "--quiet"]
    return main([str(word) for word in [*words[:2], data, *words[2:], "-o", out]])


def resume_by_hand(data: Path, folder: Path) -> None:
    """Train, end in the middle, and go on."""
    mark = folder / "resumed"
    crash_once(mark, partial(raise_in_all, mark))
    assert train_saved(data, folder / "by hand") == 1
    torch.distributed.barrier()
    mark.touch()
    assert train_saved(data, folder / "by hand") == 0


if __name__ == "__main__":
    what, folder, data = sys.argv[1], *map(Path, sys.argv[2:4])
    if what == "killed":
        crash_once(folder / "killed", partial(kill_second, folder / "killed"))
        sys.exit(train_saved(data, folder / "restarted"))
    remember_states()
    train(folder / "straight", 2)
    small = ["--size", "32", "--batch", "1", "--set", "width=16", "--set", "blocks=1", "--steps", "3"]
    words = ["train", "frames", str(folder / "shards"), "-o", str(folder / "shards-frames"), "--device", "cpu"]
    assert main([*words, *small, "--quiet"]) == 0
    for name in CASES:
        run_case(name, data, folder, 1)
        assert all_equal(), f"{name}: the processes have different weights"
    resume_by_hand(data, folder)
