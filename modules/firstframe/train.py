"""Training the firstframe stage: L1, adversarial, feature matching, and, when asked for, perceptual.

The target is the simulated painter's first frame of labelled pictures. The discriminator sees the condition beside the
frame, at two scales.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from ..io.errors import UserError
from ..io.files import atomic_file
from ..io.pretrained import load_model, load_state
from ..labels import PORTRAIT, label_edges
from ..layers import MultiScaleDiscriminator
from ..losses import feature_matching, hinge_d, hinge_g, lsgan_d, lsgan_g
from ..perceptual import PerceptualLoss
from ..training.settings import RunConfig
from ..training.task import Task, warmup_cosine
from .dataset import FirstFrameSamples, Picture, read_pictures
from .generator import mix
from .inference import FirstFrameInputs, paint_first_frame
from .model import NEVER, STARTS, VARIANTS, FirstFrameCondition, FirstFrameConfig, FirstFrameModel, candidates, hide
from .palette import TONES
from .targets import Target

if TYPE_CHECKING:
    from ..training.loop import Loop


@dataclass(frozen=True)
class Objective:
    """Weights of the loss terms and how the two networks are trained."""

    l1: float = 20.0
    choice: float = 1.0  # default variant: cross-entropy of the choice among ground, tones and free colour
    adversarial: float = 1.0
    matching: float = 5.0
    perceptual: float = 2.0
    gan: str = "hinge"
    alone: int = 200  # steps of L1 (and perceptual) alone, before the discriminator has a say
    lr: float = 1e-3
    critic_width: int = 24

    @classmethod
    def of(cls, variant: str) -> Objective:
        """pix2pixHD's own numbers for the paper variant: LSGAN 1, feature matching 10, perceptual 10, no L1."""
        return cls(0.0, 0.0, 1.0, 10.0, 10.0, "lsgan", 0, 2e-4, 64) if variant == "paper" else cls()


FAR = 0.10  # mean difference per channel from every candidate, above which only a free colour will do
WEIGHTS = ("l1", "choice", "adversarial", "matching", "alone")
OPTIONS = (
    "init",
    "variant",
    "crop",
    "lr",
    "perceptual",
    "cache",
    "artists",
    "widths",
    "blocks",
    "paper_width",
    *WEIGHTS,
)


class FirstFrameTask(Task):
    """What the loop needs to train a `FirstFrameModel`."""

    stage: ClassVar[str] = "firstframe"
    shipped: ClassVar[str] = "generator"
    methods: ClassVar[tuple[str, ...]] = ("scores",)
    samples: FirstFrameSamples

    def __init__(
        self,
        samples: FirstFrameSamples,
        held_out: FirstFrameSamples,
        config: FirstFrameConfig,
        objective: Objective,
        run: RunConfig,
        perceptual: str = "none",
        init: str = "",
    ) -> None:
        self.samples, self.held_out, self.config, self.objective, self.run = samples, held_out, config, objective, run
        self.generator, self.init = FirstFrameModel(config), init
        if init:
            load_state(self.generator, load_model(init, self.stage)[1], init)
        self.critic = MultiScaleDiscriminator(self.generator.channels + 3, objective.critic_width)
        self.perceptual_name = perceptual
        # Not among `models`: a ruler, neither trained nor saved.
        self.ruler = None if perceptual == "none" else PerceptualLoss(perceptual)

    def models(self) -> dict[str, nn.Module]:
        return {"generator": self.generator, "critic": self.critic}

    def optimisers(self) -> dict[str, Optimizer]:
        betas = (0.5, 0.999)
        return {
            "generator": Adam(self.generator.parameters(), self.objective.lr, betas),
            "critic": Adam(self.critic.parameters(), self.objective.lr, betas),
        }

    def lr(self, step: int) -> float:
        if self.config.variant == "paper":  # constant, then straight down over the second half
            left = 2 * (1 - step / max(1, self.run.steps))
            return self.objective.lr * min(1.0, max(0.0, left))
        return warmup_cosine(step, self.run.steps, self.objective.lr)

    def condition(self, batch: Mapping[str, Tensor]) -> Tensor:
        """The generator's input (B,C,H,W) of a batch of `FirstFrameSamples`."""
        labels = batch["labels"]
        known = labels.clamp_max(self.config.classes - 1)  # parts without names may have higher numbers
        one_hot = PORTRAIT.one_hot(known) * batch["named"][:, None, None, None]
        start = nn.functional.one_hot(batch["start"], len(STARTS))
        told = FirstFrameCondition(start, batch["colours"], batch["light"], batch["ground"], batch["where"])
        condition = self.generator.condition(one_hot, label_edges(labels), told)
        if self.config.variant == "default":
            hide(condition, batch["coloured"], batch["told"])
        return condition

    def step(self, batch: dict[str, Any], step: int, loop: Loop) -> Mapping[str, Tensor | float]:
        goal, true = self.objective, batch["x_1"]
        condition = self.condition(batch)
        if self.config.variant == "paper":
            fake, choice = loop.models["generator"](condition).float(), true.new_zeros(())
        else:
            scores, free = (t.float() for t in loop.models["generator"].scores(condition))
            fake = mix(scores, *candidates(condition), free)
            choice = candidate_ce(scores, *candidates(condition), free, true)
        l1 = (fake - true).abs().mean()
        loss = goal.l1 * l1 + goal.choice * choice
        values: dict[str, Tensor | float] = {"l1": l1.detach(), "choice": choice.detach()}
        if self.ruler is not None:
            ruled = self.ruler.to(fake.device)(fake, true)
            loss = loss + goal.perceptual * ruled
            values["perceptual"] = ruled.detach()
        if step >= goal.alone:
            critic = loop.models["critic"]
            real_features = critic(torch.cat([condition, true], 1))
            fake_features = critic(torch.cat([condition, fake.detach()], 1))
            d = (hinge_d if goal.gan == "hinge" else lsgan_d)(real_features, fake_features)
            loop.optimise("critic", d, clip=10.0)
            self.critic.requires_grad_(False)  # the generator's step needs no gradients of the critic's weights
            fake_features = critic(torch.cat([condition, fake], 1))
            with torch.no_grad():
                real_features = critic(torch.cat([condition, true], 1))
            g = (hinge_g if goal.gan == "hinge" else lsgan_g)(fake_features)
            matching = feature_matching(real_features, fake_features)
            loss = loss + goal.adversarial * g + goal.matching * matching
            values |= {"d": d.detach(), "g": g.detach(), "matching": matching.detach()}
        loop.optimise("generator", loss, clip=10.0)
        self.critic.requires_grad_(True)
        return {"loss": loss.detach(), **values}

    def save(self, folder: Path) -> None:
        self.generator.save_pretrained(folder, extra={"starts": list(STARTS)})

    def describe(self) -> dict[str, Any]:
        return {
            "config": asdict(self.config),
            "objective": asdict(self.objective),
            "crop": self.samples.crop,
            "artists": self.samples.artists,
            "init": self.init,
            "perceptual": self.perceptual_name,
        }

    def sheet(self, path: Path, seed: int) -> None:
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
        with atomic_file(path) as part:
            cv2.imwrite(str(part), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


def candidate_ce(scores: Tensor, ground: Tensor, tones: Tensor, free: Tensor, true: Tensor) -> Tensor:
    """Cross-entropy of scores (B,C,H,W) against the candidate nearest to the true frame (B,3,H,W), and L1 of the free
    colour where none is near. A mixture that is sure of the wrong candidate has no gradient of its own to leave it."""
    b, _, h, w = true.shape
    known = torch.cat([ground[:, None], tones.reshape(b, TONES, 3, h, w)], 1)
    distance = (known - true[:, None]).abs().mean(2) + (scores[:, :-1] < NEVER / 2)
    # One more than the last of the known: the free colour.
    target = torch.where(distance.amin(1) < FAR, distance.argmin(1), known.shape[1])
    far = (target == known.shape[1])[:, None]
    missed = ((free - true).abs() * far).sum() / (3 * far.sum()).clamp_min(1)
    return nn.functional.cross_entropy(scores, target) + missed


def paint_picture(model: FirstFrameModel, picture: Picture, start: str, target: Target) -> np.ndarray:
    """The model's first frame (H,W,3) uint8 of a `samples.Picture`, told what the artist of `target` was."""
    begun = FirstFrameInputs(start, picture.palette, target.ground, target.step)
    frame = paint_first_frame(model, picture.loaded[1], picture.label_set, begun)
    return (frame * 255).round().astype(np.uint8)


def task(data: list[Path], options: dict[str, Any], run: RunConfig) -> FirstFrameTask:
    """The task of `ppp train firstframe DATA...`.

    options: init (a model folder or RUN whose weights training goes on from), variant, crop (side in pixels), lr,
    perceptual (none, squeezenet, vgg16), cache (folder for the simulated painter's first frames), artists (first frames
    per picture and start), widths, blocks, paper_width, and the objective's l1, choice, adversarial, matching, alone.
    UserError for others, and when no picture of the split train has a label map.
    """
    if strange := sorted(set(options) - set(OPTIONS)):
        raise UserError(
            f"The firstframe stage knows no setting {strange[0]!r}.", fix=f"Use one of: {', '.join(OPTIONS)}."
        )
    variant = options.get("variant", "default")
    if variant not in VARIANTS:
        raise UserError(f"There is no variant {variant!r}.", fix=f"Use one of: {', '.join(VARIANTS)}.")
    net: dict[str, Any] = {name: options[name] for name in ("blocks", "paper_width") if name in options}
    if "widths" in options:
        net["widths"] = tuple(options["widths"])
    config = FirstFrameConfig(variant, **net)
    crop = int(options.get("crop", 256 if variant == "paper" else 128))
    if crop % 16 or crop > config.size:
        raise UserError(f"--size {crop} cannot be used.", f"Crops are a multiple of 16, at most {config.size}.")
    objective = Objective.of(variant)
    changed = {name: options[name] for name in ("lr", *WEIGHTS) if name in options}
    objective = Objective(**{**asdict(objective), **changed})
    cache = Path(options["cache"]) if options.get("cache") else None
    artists = int(options.get("artists", 2))
    train, val = (read_pictures(data, config.size, split) for split in ("train", "val"))
    if not train:
        raise UserError(
            "There is nothing to learn from.", "No picture of the split train has a label map.",
            "Make some with: ppp data portraits 200 -o FOLDER",
        )  # fmt: skip
    samples = FirstFrameSamples(train, crop, artists, cache)
    held_out = FirstFrameSamples(val or train, crop, artists, cache)
    return FirstFrameTask(
        samples, held_out, config, objective, run, options.get("perceptual", "none"), options.get("init", "")
    )
