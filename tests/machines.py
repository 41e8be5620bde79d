"""What two processes of one training do, started by torchrun: `machines.py OUT SHARDS`. See test_machines.py."""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ppp.cli.main import main
from ppp.modules.io.pretrained import save_model
from ppp.modules.training.loop import fit
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


if __name__ == "__main__":
    folder, shards = Path(sys.argv[1]), sys.argv[2]
    train(folder / "straight", 2)
    small = ["--size", "32", "--batch", "1", "--set", "width=16", "--set", "blocks=1"]
    sys.exit(main(["train", "frames", shards, "-o", str(folder / "frames"), "--steps", "3", *small, "--device", "cpu"]))
