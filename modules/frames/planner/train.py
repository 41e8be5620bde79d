"""Training of the planner: field and finish of the next steps, with a style that explains the process (CVAE)."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from ...io.config_json import config_to_json
from ...io.errors import UserError
from ...io.files import atomic_folder
from ...io.model_folder import CONFIG, WEIGHTS, model_folder, read_manifest
from ...io.pretrained import load_model, load_state
from ...layers import reparameterise
from ...losses import kl_standard_normal
from ...training.task import Task, warmup_cosine
from .config import PlannerConfig, PlannerTraining
from .dataset import PlanStepDataset, find_sources
from .inputs import PLANES
from .losses import choice_loss, field_loss, finish_loss
from .model import FOLDER, PlanNetwork, planner_folder

if TYPE_CHECKING:
    from ...training.loop import LoopContext

UNEXPLAINED = 0.3  # share of the processes that are learned with z ~ N(0,1), as at inference: the canvas has to tell
KL_RISE = 100  # steps in which the KL term reaches its weight
SHOWN = 6  # steps in the sample grid


class PlannerTask(Task):
    """The planner for the training loop; what it saves is the frames model of `init` with the planner in it."""

    stage: ClassVar[str] = "frames"
    exported_model: ClassVar[str] = "planner"
    forward_methods: ClassVar[tuple[str, ...]] = ("encode",)
    dataset: PlanStepDataset

    def __init__(self, dataset: PlanStepDataset, config: PlannerConfig, training: PlannerTraining) -> None:
        self.dataset, self.config, self.training = dataset, config, training
        self.planner = PlanNetwork(config)
        if (start := planner_folder(training.init)) is not None and not training.afresh:
            load_state(self.planner, load_model(start, PlanNetwork.stage)[1], start)

    def models(self) -> dict[str, nn.Module]:
        return {"planner": self.planner}

    def optimisers(self) -> dict[str, Optimizer]:
        return {"planner": Adam(self.planner.parameters(), self.training.lr)}

    def lr(self, step: int) -> float:
        return warmup_cosine(step, self.training.steps, self.training.lr)

    def step(self, batch: dict[str, Any], step: int, loop: LoopContext) -> Mapping[str, Tensor | float]:
        model, training, order = loop.models["planner"], self.training, batch["order"]
        count, device = len(order), order.device
        mu, logvar = model.encode(order)
        explained = torch.rand(count, 1, device=device) >= UNEXPLAINED
        style = torch.where(explained, reparameterise(mu, logvar), torch.randn_like(mu))
        named = batch["named"] * (torch.rand(count, device=device) >= training.drop_names)
        planes = batch["planes"].clone()
        planes[:, :, PLANES:] *= named[:, None, None, None, None]
        moments = planes.shape[1]
        planes, facts = planes.flatten(0, 1), batch["facts"].flatten(0, 1)
        field, finish = batch["field"].flatten(0, 1), batch["finish"].flatten(0, 1)
        parts = batch["parts"].repeat_interleave(moments, dim=0)
        field_logits, finish_logits, choices = model(planes, facts, style.repeat_interleave(moments, dim=0))
        kl = (kl_standard_normal(mu, logvar) * explained[:, 0]).mean() * min(1.0, step / KL_RISE)
        terms = {
            "field": field_loss(field_logits.float(), field, planes[:, PLANES - 1]),
            "finish": finish_loss(finish_logits.float(), finish, field),
            "choice": training.choice * choice_loss(choices.float(), parts, finish, field),
            "kl": training.kl * kl,
        }
        loss = sum(terms.values(), start=kl.new_zeros(()))
        loop.optimise("planner", loss, clip=5.0)
        return {**terms, "loss": loss}

    def save(self, folder: Path) -> None:
        base = model_folder(self.training.init)
        with atomic_folder(folder) as part:
            for name in (CONFIG, WEIGHTS):
                shutil.copyfile(base / name, part / name)
            self.planner.save_pretrained(part / FOLDER, extra={"training": config_to_json(self.training)})

    def describe(self) -> dict[str, Any]:
        return {"config": config_to_json(self.config), "training": _without_steps(self.training)}

    def sample_grid(self, seed: int) -> np.ndarray:
        """Draw a few steps: the picture, the canvas, where the step paints, and where the planner thinks so."""
        rows = []
        for index in np.random.default_rng(seed).permutation(len(self.dataset))[:SHOWN].tolist():
            sample = self.dataset.sample(seed, 0, index)
            planes = torch.from_numpy(sample["planes"][:1])
            device = next(self.planner.parameters()).device
            inputs = (planes, torch.from_numpy(sample["facts"][:1]), torch.zeros(1, self.config.style))
            field = self.planner(*(tensor.to(device) for tensor in inputs))[0][0].sigmoid().cpu().numpy()
            maps = [np.repeat(grey[..., None], 3, axis=2) for grey in (sample["field"][0], field)]
            pictures = [sample["planes"][0, a : a + 3].transpose(1, 2, 0) for a in (0, 3)]
            rows.append(np.concatenate([*pictures, *maps], axis=1))
        return np.round(np.clip(np.concatenate(rows), 0, 1) * 255).astype(np.uint8)


def _without_steps(training: PlannerTraining) -> dict[str, Any]:
    return {name: value for name, value in config_to_json(training).items() if name not in ("steps", "cache")}


def planner_task(data: list[Path], config: PlannerConfig, training: PlannerTraining) -> PlannerTask:
    """Make the planner's task over processes and labelled pictures in `data`.

    Raises UserError without a frames model that the planner is for.
    """
    if not training.init:
        raise UserError(
            "A planner belongs to a frames model, which paints what it plans.",
            "None was named.",
            "Name one: --set init=RUN (of ppp train frames), or the folder of its weights.",
        )
    if (stage := read_manifest(training.init)["stage"]) != "frames":
        raise UserError(f"{training.init} cannot be planned for.", f"Its stage is {stage!r}.", "Give a frames model.")
    dataset = PlanStepDataset(
        find_sources(data, Path(training.cache) if training.cache else None), config,
        artists=training.artists, moments=training.moments,
    )  # fmt: skip
    return PlannerTask(dataset, config, training)
