"""Training of the frames stage: pair-wise steps first, then sequences on the model's own output."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam, Optimizer

from ..data.processes.degree_rows import degree_rows
from ..data.processes.process import find_processes
from ..data.processes.sampler import DegreeBalance
from ..degree import DegreeMode
from ..io.config_json import config_to_json
from ..io.pretrained import load_model, load_state
from ..layers import reparameterise
from ..losses import Scores, hinge_d, hinge_g, kl_standard_normal
from ..training.settings import RunConfig, apply_settings
from ..training.task import Task, warmup_cosine
from .batch import SequenceBatch, StepBatch
from .config import FramesConfig, FramesTraining, LossWeights
from .dataset import SequenceDataset
from .discriminator import FrameDiscriminator
from .losses import (
    changed_pixels,
    coarse_l1,
    diversity_hinge,
    mixture_ce,
    regularisers,
    stroke_mask_bce,
    weighted_l1,
)
from .model import FramesModel
from .planner.config import PlannerTraining
from .planner.train import planner_task
from .prediction import FramePrediction, Prepared, next_frame
from .sample_grid import draw_sample_grid
from .variants import SETTINGS, task_class

if TYPE_CHECKING:
    from ..training.loop import LoopContext

# Settings that came later: at their defaults a run does not record them, so that older runs are continued.
LATER = ("skips", "field", "latent", "predict", "gan", "intervals", "sequence_z")

Terms = dict[str, Tensor]


class FramesTask(Task):
    """The default frames stage for the training loop."""

    stage: ClassVar[str] = "frames"
    exported_model: ClassVar[str] = "model"
    forward_methods: ClassVar[tuple[str, ...]] = ("prepare", "predict", "encode")
    model_class: ClassVar[type[FramesModel]] = FramesModel
    critic_class: ClassVar[type[nn.Module]] = FrameDiscriminator
    weights: ClassVar[LossWeights] = LossWeights()
    betas: ClassVar[tuple[float, float]] = (0.5, 0.99)
    augment: ClassVar[bool] = True
    discriminator_loss = staticmethod(hinge_d)
    generator_loss = staticmethod(hinge_g)
    dataset: SequenceDataset

    def __init__(self, dataset: SequenceDataset, config: FramesConfig, training: FramesTraining) -> None:
        self.dataset, self.config, self.training = dataset, config, training
        self.model = self.model_class(config)
        self.critic = self.critic_class(config) if training.gan else None
        if training.init:
            load_state(self.model, load_model(training.init, self.stage)[1], training.init)
        self.perceptual: nn.Module | None = None
        if training.perceptual != "none":
            from ..perceptual import PerceptualLoss

            self.perceptual = PerceptualLoss(training.perceptual)

    def models(self) -> dict[str, nn.Module]:
        return {"model": self.model} | ({"critic": self.critic} if self.critic else {})

    def optimisers(self) -> dict[str, Optimizer]:
        return {name: Adam(m.parameters(), self.training.lr, betas=self.betas) for name, m in self.models().items()}

    def lr(self, step: int) -> float:
        return warmup_cosine(step, self.training.steps, self.training.lr)

    def in_sequence_phase(self, step: int) -> bool:
        """Whether the model is fed its own output in this step."""
        return step >= self.training.sequence * self.training.steps

    def describe(self) -> dict[str, Any]:
        config = _recorded(self.config)
        del config["degree_rows"]
        return {"config": config, "training": _recorded(self.training), "weights": asdict(self.weights)}

    def save(self, folder: Path) -> None:
        self.model.save_pretrained(folder, extra={"training": config_to_json(self.training)})

    def sample_grid(self, seed: int) -> np.ndarray | None:
        return draw_sample_grid(self.model, self.dataset, seed)

    def step(self, batch: dict[str, Any], step: int, loop: LoopContext) -> Mapping[str, Tensor | float]:
        sequences = SequenceBatch.of(batch, self.config, self.training.drop_names)
        train = self.train_sequences if self.in_sequence_phase(step) else self.train_pairs
        return train(sequences, step, loop)

    def train_pairs(self, batch: SequenceBatch, step: int, loop: LoopContext) -> Mapping[str, Tensor | float]:
        """Pair-wise phase: every step of the sequences is a sample of its own; z comes from the encoder."""
        model, w = loop.models["model"], self.weights
        steps = batch.flat()
        prepared = model.prepare(batch.painting, batch.classes, batch.edges, batch.states).repeat(batch.length)
        changed, unchanged = changed_pixels(steps.before, steps.after)

        # z of the true step: reconstruct it.
        z, kl = self.posterior(model, steps, step)
        prediction = model.predict(prepared, steps.before, steps.condition, z)
        frame = next_frame(prediction, prepared.states, steps.before)
        terms = {
            "own": regularisers(prediction, w),
            "l1": w.l1 * weighted_l1(frame, steps.after, changed),
            "touch": w.touch * stroke_mask_bce(prediction, changed, unchanged, steps.condition.field),
            "choice": w.choice * mixture_ce(prediction, prepared.states, steps.after, changed, steps.condition.finish),
        }
        if self.perceptual is not None:
            terms["perceptual"] = w.perceptual * self.perceptual(frame, steps.after)
        terms |= kl

        # z ~ N(0,1), as at inference: some samples are tried with two of them, and the discriminator judges those.
        some = len(steps.before) // 3 or 1
        twice, prepared = steps.first(some).twice(), prepared.first(some).repeat(2)
        changed, unchanged = (mask[:some].repeat(2, 1, 1, 1) for mask in (changed, unchanged))
        prediction = model.predict(prepared, twice.before, twice.condition, self.model.latent.sample(twice.before))
        frame = next_frame(prediction, prepared.states, twice.before)
        own_touch = stroke_mask_bce(prediction, changed, unchanged, twice.condition.field)
        own_choice = mixture_ce(prediction, prepared.states, twice.after, changed, twice.condition.finish)
        terms["touch"] = terms["touch"] + 0.3 * own_touch
        terms["choice"] = terms["choice"] + 0.5 * w.choice * own_choice
        terms["coarse"] = w.coarse * coarse_l1(frame, twice.after)
        terms |= self.diversity(frame, steps.first(some))
        return self.optimise(twice, frame, terms, step, loop)

    def train_sequences(self, batch: SequenceBatch, step: int, loop: LoopContext) -> Mapping[str, Tensor | float]:
        """Sequence phase: the model's own output is fed back; z ~ N(0,1) and no KL, or z as `sequence_z` says.

        With a z that explains nothing one true outcome of many is the wrong target. The encoder's z explains how the
        true next state comes of the canvas the model has made.
        """
        model = loop.models["model"]
        prepared = model.prepare(batch.painting, batch.classes, batch.edges, batch.states)
        canvas = batch.frames[:, 0]
        frames, befores, total = [], [], canvas.new_zeros(())
        for index in range(batch.length):
            true = batch.at(index)
            if self.training.sequence_z == "encoder":
                true = replace(true, before=canvas.detach())
                z, kl = self.posterior(model, true, step)
                total = sum(kl.values(), start=total)
            else:
                z = self.model.latent.sample(canvas)
            prediction = model.predict(prepared, canvas, true.condition, z)
            befores.append(canvas.detach())
            canvas = next_frame(prediction, prepared.states, canvas)  # convex in [0,1]: bounded without a clamp
            frames.append(canvas)
            for term in self.rollout_terms(prediction, prepared, canvas, true):
                total = total + term
        steps = replace(batch.flat(), before=torch.cat(befores))
        return self.optimise(steps, torch.cat(frames), {"sequence": total / batch.length}, step, loop)

    def rollout_terms(
        self, prediction: FramePrediction, prepared: Prepared, frame: Tensor, true: StepBatch
    ) -> Iterator[Tensor]:
        """Loss terms of one step of a sequence.

        No z explains the true strokes here: the step must be right on the whole, and end where it should.
        """
        w = self.weights
        changed, unchanged = changed_pixels(true.before, true.after)
        yield w.coarse * coarse_l1(frame, true.after)
        yield 0.2 * w.l1 * weighted_l1(frame, true.after, changed)
        yield 0.3 * w.touch * stroke_mask_bce(prediction, changed, unchanged, true.condition.field)
        yield 0.5 * w.choice * mixture_ce(prediction, prepared.states, true.after, changed, true.condition.finish)
        yield regularisers(prediction, w)

    def posterior(self, model: Any, steps: StepBatch, step: int) -> tuple[Tensor, Terms]:
        """Draw z from the encoder for true steps; also the KL term."""
        mu, logvar = model.encode(
            steps.painting, steps.before, steps.after, steps.classes, steps.edges, steps.condition.degree_map
        )
        return reparameterise(mu, logvar), {"kl": self.kl(mu, logvar, step)}

    def kl(self, mu: Tensor, logvar: Tensor, step: int) -> Tensor:
        """Compute the KL term per patch. Its weight rises slowly: at once in full, z collapses before it is used."""
        rise = min(1.0, max(0.0, (step - self.training.kl_from) / max(self.training.kl_from, 1)))
        cells = mu[0, 0].numel()
        return rise * self.weights.kl * kl_standard_normal(mu, logvar).mean() / cells

    def diversity(self, frames: Tensor, steps: StepBatch) -> Terms:
        """Compute the term by which two z give two frames of one step; frames (2B,3,H,W) of B steps."""
        one, other = frames.chunk(2)
        return {"many": self.weights.many * diversity_hinge(one, other, steps.condition.field, steps.condition.finish)}

    def optimise(
        self, steps: StepBatch, fake: Tensor, terms: Terms, step: int, loop: LoopContext
    ) -> Mapping[str, Tensor | float]:
        """Let the discriminator learn real from fake, then the model from it and from all other terms."""
        found: dict[str, Tensor | float] = {}
        if self.critic is not None:
            judge = self.judge(steps, loop.models["critic"])
            d = self.discriminator_loss(judge(steps.after), judge(fake.detach()))
            loop.optimise("critic", d, clip=10.0)
            if step >= self.gan_from:
                terms["gan"] = self.weights.gan * self.generator_loss(judge(fake))
            found["d"] = d
        loss = sum(terms.values(), start=fake.new_zeros(()))
        loop.optimise("model", loss, clip=10.0)
        return {**terms, "loss": loss, **found}

    @property
    def gan_from(self) -> int:
        """Step at which the adversarial loss starts."""
        return self.training.gan_from

    def judge(self, steps: StepBatch, critic: nn.Module) -> Callable[[Tensor], Scores]:
        """Set the discriminator on steps: it scores frames (B,3,H,W) where the steps worked.

        Most of a canvas is left alone in a step: where nothing is painted there is nothing to judge, and the few places
        that tell would be lost in the mean.
        """
        work = torch.maximum((steps.condition.field > 0.3).float(), changed_pixels(steps.before, steps.after)[0])

        def judged(frame: Tensor) -> Scores:
            scores = scores_of(critic, steps, frame)
            worked = functional.adaptive_max_pool2d(work, scores.shape[-2:]) > 0
            return scores[worked] if bool(worked.any()) else scores

        return judged


class NoLatentMixin:
    """The ablation without latent, mixed into a task: no encoder, no KL, no term that wants two z to differ."""

    model: FramesModel

    def posterior(self, model: Any, steps: StepBatch, step: int) -> tuple[Tensor, Terms]:
        return self.model.latent.sample(steps.before), {}

    def diversity(self, frames: Tensor, steps: StepBatch) -> Terms:
        return {}


class NoLatentTask(NoLatentMixin, FramesTask):
    """The default without latent."""


def scores_of(critic: nn.Module, steps: StepBatch, frame: Tensor) -> Tensor:
    """Score patches of a frame (B,3,H,W) after steps: (B,1,h,w)."""
    return critic(steps.painting, steps.before, frame, steps.classes, steps.edges, steps.condition)[-1]


def _recorded(settings: FramesConfig | FramesTraining) -> dict[str, Any]:
    values, standard = config_to_json(settings), config_to_json(type(settings)())
    return {name: value for name, value in values.items() if name not in LATER or value != standard[name]}


def task(data: list[Path], options: dict[str, Any], run: RunConfig) -> Task:
    """Make the frames task over the processes in `data`; options of `SETTINGS` by name."""
    training, config = apply_settings("frames", SETTINGS, options)
    training = replace(training, steps=run.steps)
    if isinstance(training, PlannerTraining):
        return planner_task(data, config, training)
    processes = find_processes(data, labelled=True, split="train")
    here = [process for process in processes if process.files.is_local] or processes
    _, seen = degree_rows(here)
    config = replace(
        config,
        n_classes=len(here[0].label_set) if here[0].label_set.named else 10,
        degree_rows=tuple(tuple(round(float(value), 3) for value in row) for row in seen),
    )
    kind = task_class(config)
    mode, intervals = cast(DegreeMode, config.degree_mode), training.intervals
    balance = DegreeBalance.fit(here, training.length, intervals, mode=mode) if training.balanced else None
    dataset = SequenceDataset(
        processes, steps=training.length, crop=training.crop, mode=mode, intervals=intervals, augment=kind.augment,
        balance=balance, field=config.field,
    )  # fmt: skip
    made: Task = kind(dataset, config, training)
    return made
