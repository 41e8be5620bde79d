"""Training of the firstframe stage: L1, choice of candidates, adversarial, feature matching, perceptual.

The target is the simulated painter's first frame of labelled pictures. The discriminator sees the condition beside the
frame, at two scales.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from ..io.config_json import config_to_json
from ..io.errors import UserError
from ..io.pretrained import load_model, load_state
from ..layers import MultiScaleDiscriminator
from ..losses import feature_matching, hinge_d, hinge_g, lsgan_d, lsgan_g
from ..perceptual import PerceptualLoss
from ..plans.spec import STARTS
from ..training.settings import RunConfig, apply_settings
from ..training.task import Task, warmup_cosine
from .conditioning import FirstFrameInputs
from .config import SETTINGS, FirstFrameConfig, FirstFrameLossWeights, FirstFrameTraining
from .dataset import FirstFrameDataset, TrainingPicture, find_training_pictures
from .generator import candidates, mix
from .inference import FirstFramePredictor
from .losses import candidate_ce
from .model import FirstFrameModel
from .targets import Target
from .torch_network import TorchFirstFrameNetwork

if TYPE_CHECKING:
    from ..training.loop import LoopContext

GAN_LOSSES = {"hinge": (hinge_d, hinge_g), "lsgan": (lsgan_d, lsgan_g)}


def linear_decay(step: int, steps: int, peak: float) -> float:
    """Keep the learning rate constant, then let it fall to 0 over the second half (pix2pixHD)."""
    return peak * min(1.0, max(0.0, 2 * (1 - step / max(1, steps))))


SCHEDULES: dict[str, Callable[[int, int, float], float]] = {"cosine": warmup_cosine, "linear": linear_decay}


class FirstFrameTask(Task):
    """The firstframe stage for the training loop."""

    stage: ClassVar[str] = "firstframe"
    exported_model: ClassVar[str] = "generator"
    forward_methods: ClassVar[tuple[str, ...]] = ("scores",)
    dataset: FirstFrameDataset

    def __init__(
        self,
        dataset: FirstFrameDataset,
        held_out: FirstFrameDataset,
        config: FirstFrameConfig,
        training: FirstFrameTraining,
        weights: FirstFrameLossWeights,
        run: RunConfig,
    ) -> None:
        self.dataset, self.held_out = dataset, held_out
        self.config, self.training, self.weights, self.steps = config, training, weights, run.steps
        self.generator = FirstFrameModel(config)
        if training.init:
            load_state(self.generator, load_model(training.init, self.stage)[1], training.init)
        in_channels = self.generator.generator.in_channels + 3
        self.discriminator = MultiScaleDiscriminator(in_channels, training.discriminator_width)
        self.d_loss, self.g_loss = GAN_LOSSES[training.gan]
        # Not among `models`: neither trained nor saved.
        self.perceptual = None if training.perceptual == "none" else PerceptualLoss(training.perceptual)

    def models(self) -> dict[str, nn.Module]:
        return {"generator": self.generator, "critic": self.discriminator}

    def optimisers(self) -> dict[str, Optimizer]:
        betas = (0.5, 0.999)
        return {name: Adam(model.parameters(), self.training.lr, betas) for name, model in self.models().items()}

    def lr(self, step: int) -> float:
        return SCHEDULES[self.training.schedule](step, self.steps, self.training.lr)

    def step(self, batch: dict[str, Any], step: int, loop: LoopContext) -> Mapping[str, Tensor | float]:
        weights, true, condition = self.weights, batch["x_1"], batch["condition"].contiguous()
        if self.generator.generator.mixes:
            scores, free = (t.float() for t in loop.models["generator"].scores(condition))
            fake = mix(scores, *candidates(condition), free)
            choice = candidate_ce(scores, *candidates(condition), free, true)
        else:
            fake, choice = loop.models["generator"](condition).float(), true.new_zeros(())
        l1 = (fake - true).abs().mean()
        loss = weights.l1 * l1 + weights.choice * choice
        values: dict[str, Tensor | float] = {"l1": l1.detach(), "choice": choice.detach()}
        if self.perceptual is not None:
            distance = self.perceptual.to(fake.device)(fake, true)
            loss = loss + weights.perceptual * distance
            values["perceptual"] = distance.detach()
        if step >= self.training.gan_from:
            discriminator = loop.models["critic"]
            real_features = discriminator(torch.cat([condition, true], 1))
            fake_features = discriminator(torch.cat([condition, fake.detach()], 1))
            d = self.d_loss(real_features, fake_features)
            loop.optimise("critic", d, clip=10.0)
            self.discriminator.requires_grad_(False)  # the generator's step needs no gradients of its weights
            fake_features = discriminator(torch.cat([condition, fake], 1))
            with torch.no_grad():
                real_features = discriminator(torch.cat([condition, true], 1))
            g = self.g_loss(fake_features)
            matching = feature_matching(real_features, fake_features)
            loss = loss + weights.adversarial * g + weights.matching * matching
            values |= {"d": d.detach(), "g": g.detach(), "matching": matching.detach()}
        loop.optimise("generator", loss, clip=10.0)
        self.discriminator.requires_grad_(True)
        return {"loss": loss.detach(), **values}

    def save(self, folder: Path) -> None:
        self.generator.save_pretrained(folder, extra={"starts": list(STARTS)})

    def describe(self) -> dict[str, Any]:
        training = self.training
        return {
            "config": config_to_json(self.config),
            "objective": {
                **asdict(self.weights),
                "gan": training.gan,
                "alone": training.gan_from,
                "lr": training.lr,
                "critic_width": training.discriminator_width,
            },
            "crop": training.crop,
            "artists": training.artists,
            "init": training.init,
            "perceptual": training.perceptual,
        }

    def sample_grid(self, seed: int) -> np.ndarray:
        """Six held-out pictures: the picture, then for sketch, mass and block the true first frame and the model's."""
        order = np.random.default_rng(seed).permutation(len(self.held_out.pictures))[:6]
        rows = []
        for index in (int(i) for i in order):
            picture = self.held_out.pictures[index]
            tiles = [picture.loaded[0]]
            for start in STARTS[1:]:
                target = self.held_out.target(index, start, 0)
                tiles += [target.frame, paint_picture(self.generator, picture, start, target)]
            rows.append(np.hstack([cv2.resize(tile, (160, 192), interpolation=cv2.INTER_AREA) for tile in tiles]))
        return np.vstack(rows)


def paint_picture(model: FirstFrameModel, picture: TrainingPicture, start: str, target: Target) -> np.ndarray:
    """Paint the first frame (H,W,3) uint8 of a picture under the conditions of a target."""
    inputs = FirstFrameInputs(start, picture.palette, target.ground, target.step)
    frame = FirstFramePredictor(TorchFirstFrameNetwork(model)).predict(picture.loaded[1], picture.label_set, inputs)
    return (frame * 255).round().astype(np.uint8)


def task(data: list[Path], options: dict[str, Any], run: RunConfig) -> FirstFrameTask:
    """Build the task of `ppp train firstframe DATA...`; options by the names in config.py."""
    training, weights, config = apply_settings("firstframe", SETTINGS, options)
    if training.crop % 16 or training.crop > config.size:
        why = f"Crops are a multiple of 16, at most {config.size}."
        raise UserError(f"--size {training.crop} cannot be used.", why)
    train, val = (find_training_pictures(data, config.size, split) for split in ("train", "val"))
    if not train:
        raise UserError(
            "There is nothing to learn from.", "No picture of the split train has a label map.",
            "Make some with: ppp data portraits 200 -o FOLDER",
        )  # fmt: skip
    cache = Path(training.cache) if training.cache else None
    dataset, held_out = (
        FirstFrameDataset(found, config, training.crop, training.artists, cache) for found in (train, val or train)
    )
    return FirstFrameTask(dataset, held_out, config, training, weights, run)
