"""Training of the frames stage: pairs first, then sequences on the model's own output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam, Optimizer

from ..data.processes.degree_rows import degree_rows
from ..data.processes.pairs import INTERVALS
from ..data.processes.process import find_processes
from ..data.processes.sampler import DegreeBalance
from ..degree import DegreeMode
from ..degree_map import degree_map
from ..io.errors import UserError
from ..io.pretrained import load_model, load_state
from ..labels import label_edges
from ..layers import reparameterise
from ..losses import Scores, hinge_d, hinge_g, kl_standard_normal, kl_weight, lsgan_d, lsgan_g
from ..training.settings import RunConfig
from ..training.task import Task, warmup_cosine
from .conditioning import Condition
from .config import SWITCHES, FramesConfig, paper_config
from .dataset import SequenceDataset
from .discriminator import FrameDiscriminator
from .losses import (
    PAPER_WEIGHTS,
    LossWeights,
    changed_pixels,
    coarse_l1,
    diversity_hinge,
    mixture_ce,
    regularisers,
    stroke_mask_bce,
    weighted_l1,
)
from .model import FramesModel
from .prediction import FramePrediction, Prepared, next_frame
from .sample_grid import draw_sample_grid

if TYPE_CHECKING:
    from ..training.loop import Loop

PAPER_EPOCHS, PAPER_SEQUENCE_FROM, PAPER_DECAY_FROM = 600, 400, 400  # epochs in all; sequences begin; the decay begins


@dataclass(frozen=True)
class FramesTraining:
    """What training is like, apart from the model. The paper's own: Adam 2e-4 (0.9, 0.999), batch 1, 256 px."""

    variant: str = "default"
    steps: int = 10_000
    lr: float = 4e-4
    crop: int = 128
    sequence: float = 0.75  # share of the steps after which sequences are trained
    length: int = 3  # steps of a sequence before back-propagation is cut
    drop_names: float = 0.3  # share of samples whose class channels are zero: parts without names
    gan_from: int = 200  # the discriminator's voice is heard after so many steps
    kl_from: int = 200  # the KL term begins after so many steps and has its full weight after twice as many
    balanced: bool = True  # draw steps so that degrees come evenly, not as often as the processes have them
    perceptual: str = "none"
    gan: bool = True  # False: no discriminator
    intervals: tuple[int, ...] = INTERVALS  # frames that lie between the states of a sequence
    init: str = ""  # a model folder or RUN whose weights training starts from (for videos of one's own)

    def __post_init__(self) -> None:
        object.__setattr__(self, "intervals", tuple(self.intervals))  # JSON knows lists only
        if not self.intervals or any(type(k) is not int or k < 1 for k in self.intervals):
            raise UserError(f"intervals {list(self.intervals)} do not work", fix="use whole numbers from 1 on: [1,3,5]")


class FramesTask(Task):
    """The frames stage for the training loop."""

    stage: ClassVar[str] = "frames"
    shipped: ClassVar[str] = "model"
    methods: ClassVar[tuple[str, ...]] = ("prepare", "predict", "encode")
    samples: SequenceDataset

    def __init__(self, samples: SequenceDataset, config: FramesConfig, training: FramesTraining) -> None:
        self.samples, self.config, self.training = samples, config, training
        self.paper = config.variant == "paper"
        self.weights = PAPER_WEIGHTS if self.paper else LossWeights()
        self.model = FramesModel(config)
        self.critic = FrameDiscriminator(config) if training.gan else None
        if training.init:
            load_state(self.model, load_model(training.init, self.stage)[1], training.init)
        self.perceptual: nn.Module | None = None
        if training.perceptual != "none":
            from ..perceptual import PerceptualLoss

            self.perceptual = PerceptualLoss(training.perceptual)

    def models(self) -> dict[str, nn.Module]:
        return {"model": self.model} | ({"critic": self.critic} if self.critic else {})

    def optimisers(self) -> dict[str, Optimizer]:
        betas = (0.9, 0.999) if self.paper else (0.5, 0.99)
        return {name: Adam(m.parameters(), self.training.lr, betas=betas) for name, m in self.models().items()}

    def lr(self, step: int) -> float:
        if self.paper:  # constant, then linear to zero over the last third
            epoch = step * PAPER_EPOCHS / max(self.training.steps, 1)
            left = (PAPER_EPOCHS - epoch) / (PAPER_EPOCHS - PAPER_DECAY_FROM)
            return self.training.lr * min(1.0, max(left, 0.0))
        return warmup_cosine(step, self.training.steps, self.training.lr)

    def in_sequence_phase(self, step: int) -> bool:
        """Is the model fed its own output in this step?"""
        share = PAPER_SEQUENCE_FROM / PAPER_EPOCHS if self.paper else self.training.sequence
        return step >= share * self.training.steps

    def describe(self) -> dict[str, Any]:
        return {
            "config": {k: v for k, v in _told(self.config, SWITCHES).items() if k != "degree_rows"},
            "training": _told(self.training, ("gan", "intervals")),
            "weights": asdict(self.weights),
        }

    def save(self, folder: Path) -> None:
        self.model.save_pretrained(folder, extra={"training": asdict(self.training)})

    def sheet(self, path: Path, seed: int) -> None:
        draw_sample_grid(path, self.model, self.samples, seed)

    def step(self, batch: dict[str, Any], step: int, loop: Loop) -> Mapping[str, Tensor | float]:
        scene = SequenceBatch.of(batch, self.config, self.training.drop_names)
        if self.in_sequence_phase(step):
            return self._sequence(scene, step, loop)
        return self._pairs(scene, step, loop)

    # Pair-wise phase: every step of the sequence is a sample of its own; z comes from the encoder.

    def _pairs(self, scene: SequenceBatch, step: int, loop: Loop) -> Mapping[str, Tensor | float]:
        model = loop.models["model"]
        flat = scene.flat()
        prepared = repeat(model.prepare(scene.painting, scene.classes, scene.edges, scene.states), scene.length)
        ask = flat.condition
        kl: dict[str, Tensor] = {}
        if self.config.latent:
            mu, logvar = model.encode(flat.painting, flat.before, flat.after, flat.classes, flat.edges, ask.degree_map)
            z, kl = reparameterise(mu, logvar), {"kl": self._kl(mu, logvar, step)}
        else:
            z = self._noise(flat.before)
        prediction = model.predict(prepared, flat.before, ask.degree_map, ask.field, ask.finish, z)
        frame = next_frame(prediction, prepared.states, flat.before)
        changed, unchanged = changed_pixels(flat.before, flat.after)
        terms = self._reconstruction(prediction, prepared, frame, flat, changed, unchanged)
        terms |= kl
        if self.paper:
            return self._adversarial(flat, frame, terms, step, loop)
        # z ~ N(0,1) is what use brings: some samples are tried with two of them, and the discriminator judges those.
        some = len(flat.before) // 3 or 1
        few = Prepared(prepared.features[:some], flat.states(prepared)[:some])
        part, some_twice = flat.first(some).twice(), repeat(few, 2)
        sure, unsure = changed[:some].repeat(2, 1, 1, 1), unchanged[:some].repeat(2, 1, 1, 1)
        ask = part.condition
        free = model.predict(some_twice, part.before, ask.degree_map, ask.field, ask.finish, self._noise(part.before))
        dreamt = next_frame(free, some_twice.states, part.before)
        terms["touch"] = terms["touch"] + 0.3 * stroke_mask_bce(free, sure, unsure, ask.field)
        own_choice = mixture_ce(free, flat.states(some_twice), part.after, sure, ask.finish)
        terms["choice"] = terms["choice"] + 0.5 * self.weights.choice * own_choice
        terms["coarse"] = self.weights.coarse * coarse_l1(dreamt, part.after)
        if self.weights.many and self.config.latent:
            one, other = dreamt.chunk(2)
            terms["many"] = self.weights.many * diversity_hinge(one, other, ask.field[:some], ask.finish[:some])
        return self._adversarial(part, dreamt, terms, step, loop)

    # Sequence phase: the model's own output is fed back, z ~ N(0,1), no KL.

    def _sequence(self, scene: SequenceBatch, step: int, loop: Loop) -> Mapping[str, Tensor | float]:
        model, w = loop.models["model"], self.weights
        prepared = model.prepare(scene.painting, scene.classes, scene.edges, scene.states)
        canvas = scene.frames[:, 0]
        frames, befores, total = [], [], canvas.new_zeros(())
        for index in range(scene.length):
            now = scene.at(index)
            ask = now.condition
            prediction = model.predict(prepared, canvas, ask.degree_map, ask.field, ask.finish, self._noise(canvas))
            befores.append(canvas.detach())
            canvas = next_frame(prediction, prepared.states, canvas)  # convex in [0,1]: bounded without a clamp
            frames.append(canvas)
            changed, unchanged = changed_pixels(now.before, now.after)
            if self.paper:
                total = total + w.l1 * (canvas - now.after).abs().mean() + regularisers(prediction, w)
                continue
            # No z explains the true strokes here: the step must be right on the whole, and end where it should.
            total = total + w.coarse * coarse_l1(canvas, now.after)
            total = total + 0.2 * w.l1 * weighted_l1(canvas, now.after, changed)
            total = total + 0.3 * w.touch * stroke_mask_bce(prediction, changed, unchanged, ask.field)
            total = total + 0.5 * w.choice * mixture_ce(
                prediction, now.states(prepared), now.after, changed, ask.finish
            )
            total = total + regularisers(prediction, w)
        flat = scene.flat()
        flat.before = torch.cat(befores)
        return self._adversarial(flat, torch.cat(frames), {"sequence": total / scene.length}, step, loop)

    def _noise(self, canvas: Tensor) -> Tensor:
        """z ~ N(0,1) for canvases (B,3,H,W), from torch's global generator; 0 without latent."""
        if not self.config.latent:
            return torch.zeros(len(canvas), self.config.z_size, 1, 1, device=canvas.device)
        height, width = (canvas.shape[-2] // 16, canvas.shape[-1] // 16) if self.config.local else (1, 1)
        z = torch.randn(len(canvas), self.config.z_size, height, width, device=canvas.device)
        z[:, : self.config.style] = z[:, : self.config.style, :1, :1]
        return z

    def _kl(self, mu: Tensor, logvar: Tensor, step: int) -> Tensor:
        if self.paper:  # summed over z, per sample
            epoch = int(step * PAPER_EPOCHS / max(self.training.steps, 1))
            return kl_weight(epoch) * kl_standard_normal(mu, logvar).mean()
        # Rises slowly: at full weight from the start z falls silent before the decoder has learned to listen.
        rise = min(1.0, max(0.0, (step - self.training.kl_from) / max(self.training.kl_from, 1)))
        cells = mu[0, 0].numel()
        return rise * self.weights.kl * kl_standard_normal(mu, logvar).mean() / cells

    def _reconstruction(
        self, prediction: FramePrediction, prepared: Prepared, frame: Tensor, flat: StepBatch, changed: Tensor,
        unchanged: Tensor,
    ) -> dict[str, Tensor]:  # fmt: skip
        w = self.weights
        terms = {"own": regularisers(prediction, w)}
        if self.paper:
            terms["l1"] = w.l1 * (frame - flat.after).abs().mean()
        else:
            terms["l1"] = w.l1 * weighted_l1(frame, flat.after, changed)
            terms["touch"] = w.touch * stroke_mask_bce(prediction, changed, unchanged, flat.condition.field)
            terms["choice"] = w.choice * mixture_ce(
                prediction, flat.states(prepared), flat.after, changed, flat.condition.finish
            )
        if self.perceptual is not None:
            terms["perceptual"] = w.perceptual * self.perceptual(frame, flat.after)
        return terms

    def _adversarial(
        self, flat: StepBatch, fake: Tensor, terms: dict[str, Tensor], step: int, loop: Loop
    ) -> Mapping[str, Tensor | float]:
        """Let the discriminator learn real from fake, then the model from it and from all other terms."""
        if not self.training.gan:
            loss = sum(terms.values(), start=fake.new_zeros(()))
            loop.optimise("model", loss, clip=10.0)
            return {**terms, "loss": loss}
        critic = loop.models["critic"]

        # Most of a canvas is left alone in a step: where nothing is painted there is nothing to judge, and the few
        # places that tell would be lost in the mean. The paper's own judges everything.
        work = torch.maximum((flat.condition.field > 0.3).float(), changed_pixels(flat.before, flat.after)[0])

        def judge(frame: Tensor) -> Scores:
            ask = flat.condition
            args = (flat.painting, flat.before, frame, flat.classes, flat.edges, ask.degree_map, ask.field)
            scores: Tensor = critic(*args)[-1]
            if self.paper:
                return scores
            worked = functional.adaptive_max_pool2d(work, scores.shape[-2:]) > 0
            return scores[worked] if bool(worked.any()) else scores

        d_loss, g_loss = (lsgan_d, lsgan_g) if self.paper else (hinge_d, hinge_g)
        d = d_loss(judge(flat.after), judge(fake.detach()))
        loop.optimise("critic", d, clip=10.0)
        if step >= self.training.gan_from or self.paper:
            terms["gan"] = self.weights.gan * g_loss(judge(fake))
        loss = sum(terms.values(), start=d.new_zeros(()))
        loop.optimise("model", loss, clip=10.0)
        return {**terms, "loss": loss, "d": d}


@dataclass
class StepBatch:
    """One step of B processes: before and after (B,3,H,W), and what was asked."""

    painting: Tensor
    classes: Tensor
    edges: Tensor
    before: Tensor
    after: Tensor
    condition: Condition

    def twice(self) -> StepBatch:
        """All samples, and all of them again."""
        ask = self.condition

        def both(x: Tensor) -> Tensor:
            return x.repeat(2, 1, 1, 1)

        condition = Condition(both(ask.degree_map), both(ask.field), both(ask.finish))
        return StepBatch(
            both(self.painting), both(self.classes), both(self.edges), both(self.before), both(self.after), condition
        )

    def first(self, count: int) -> StepBatch:
        """The first `count` samples."""
        ask = self.condition
        return StepBatch(
            self.painting[:count], self.classes[:count], self.edges[:count], self.before[:count], self.after[:count],
            Condition(ask.degree_map[:count], ask.field[:count], ask.finish[:count]),
        )  # fmt: skip

    @staticmethod
    def states(prepared: Prepared) -> Tensor:
        """The states (B,M,3,H,W) that the stroke is mixed from."""
        assert prepared.states is not None
        return prepared.states


@dataclass
class SequenceBatch:
    """A batch of sequences as tensors: frames (B,S+1,3,H,W), the rest per painting (B,…) or per step (B,S,…)."""

    painting: Tensor
    states: Tensor
    classes: Tensor
    edges: Tensor
    frames: Tensor
    maps: Tensor
    fields: Tensor
    finishes: Tensor

    @property
    def length(self) -> int:
        """Steps S of each sequence."""
        return self.frames.shape[1] - 1

    @classmethod
    def of(cls, batch: dict[str, Any], config: FramesConfig, drop_names: float) -> SequenceBatch:
        """From the arrays of `SequenceDataset.sample`; drops the class channels of some samples."""
        labels, steps = batch["labels"], batch["field"].shape[1]
        named = batch["named"] * (torch.rand(len(labels), device=labels.device) >= drop_names)
        index = labels.clamp(max=config.n_classes - 1)
        classes = functional.one_hot(index, config.n_classes).permute(0, 3, 1, 2).float()
        degrees = batch["degrees"]
        maps = [degree_map(degrees[:, s], labels, config.granularity, config.hard_bins) for s in range(steps)]
        states = max(config.n_states, 1)
        told = functional.one_hot(batch["finish"].long().clamp(max=states), states + 1)[..., :states]
        return cls(
            batch["painting"],
            batch["states"],
            classes * named[:, None, None, None],
            label_edges(labels),
            batch["frames"],
            torch.stack(maps, dim=1),
            batch["field"][:, :, None],
            told.permute(0, 1, 4, 2, 3).float(),
        )

    def at(self, index: int) -> StepBatch:
        """Step number `index` of all sequences."""
        return StepBatch(
            self.painting, self.classes, self.edges, self.frames[:, index], self.frames[:, index + 1],
            Condition(self.maps[:, index], self.fields[:, index], self.finishes[:, index]),
        )  # fmt: skip

    def flat(self) -> StepBatch:
        """All steps as one batch (S*B), step after step."""
        steps = [self.at(i) for i in range(self.length)]
        return StepBatch(
            self.painting.repeat(self.length, 1, 1, 1),
            self.classes.repeat(self.length, 1, 1, 1),
            self.edges.repeat(self.length, 1, 1, 1),
            torch.cat([s.before for s in steps]),
            torch.cat([s.after for s in steps]),
            Condition(
                torch.cat([s.condition.degree_map for s in steps]),
                torch.cat([s.condition.field for s in steps]),
                torch.cat([s.condition.finish for s in steps]),
            ),
        )


def repeat(prepared: Prepared, times: int) -> Prepared:
    """What was prepared for B paintings, for `times` steps of each (times * B)."""
    states = None if prepared.states is None else prepared.states.repeat(times, 1, 1, 1, 1)
    return Prepared(prepared.features.repeat(times, 1, 1, 1), states)


def _told(settings: FramesConfig | FramesTraining, later: tuple[str, ...]) -> dict[str, Any]:
    """All entries; those that came `later` only where they are not standard, so that runs begun before go on."""
    standard = type(settings)()
    return {k: v for k, v in asdict(settings).items() if k not in later or v != getattr(standard, k)}


def _chosen(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options sorted into those of `FramesTraining` and those of `FramesConfig`; UserError for others."""
    training = {field.name: field.default for field in fields(FramesTraining)}
    # These follow from the data; the variant is known to both.
    config = {f.name: f.default for f in fields(FramesConfig) if f.name not in ("variant", "n_classes", "degree_rows")}
    for name, value in options.items():
        if name not in training | config:
            raise UserError(
                f"the frames stage knows no option {name!r}", fix=f"options: {', '.join([*training, *config])}"
            )
        if isinstance((training | config)[name], bool) and not isinstance(value, bool):
            raise UserError(f"{name} is {value!r}", "it is a switch", f"write {name}=true or {name}=false")
    return {k: v for k, v in options.items() if k in training}, {k: v for k, v in options.items() if k in config}


def task(data: list[Path], options: dict[str, Any], run: RunConfig) -> FramesTask:
    """The frames task over the processes in `data`; options of `FramesTraining` and `FramesConfig` by name."""
    options, chosen = _chosen(options)
    paper = options.get("variant") == "paper"
    defaults: dict[str, Any] = {"lr": 2e-4, "crop": 256, "drop_names": 0.0, "balanced": False} if paper else {}
    training = FramesTraining(**{**defaults, **options, "steps": run.steps})
    processes = find_processes(data, labelled=True, split="train")
    here = [process for process in processes if process.files.is_local] or processes
    _, seen = degree_rows(here)
    rows = tuple(tuple(round(float(value), 3) for value in row) for row in seen)
    classes = len(here[0].label_set) if here[0].label_set.named else 10
    config = paper_config(classes) if paper else FramesConfig(n_classes=classes)
    config = FramesConfig(**{**asdict(config), **chosen, "degree_rows": rows})
    mode = cast(DegreeMode, config.degree_mode)
    intervals = training.intervals
    balance = DegreeBalance.fit(here, training.length, intervals, mode=mode) if training.balanced else None
    samples = SequenceDataset(
        processes, steps=training.length, crop=training.crop, mode=mode, intervals=intervals, augment=not paper,
        balance=balance, field=config.field,
    )  # fmt: skip
    return FramesTask(samples, config, training)
