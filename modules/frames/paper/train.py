"""The paper's training (section 4.2): Equations 3 and 4, pair-wise for 400 epochs, then sequence-wise for 200."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from torch import Tensor, nn

from ...losses import Scores, kl_standard_normal, lsgan_d, lsgan_g, total_variation
from ..batch import SequenceBatch, StepBatch
from ..config import LossWeights
from ..prediction import FramePrediction, Prepared, next_frame
from ..train import FramesTask, NoLatentMixin, scores_of
from .config import DECAY_FROM, EPOCHS, PAPER_WEIGHTS, SEQUENCE_FROM, kl_weight
from .discriminator import PaperDiscriminator
from .model import PaperFramesModel

if TYPE_CHECKING:
    from ...training.loop import LoopContext


class PaperTask(FramesTask):
    """The paper's frames stage for the training loop."""

    model_class = PaperFramesModel
    critic_class = PaperDiscriminator
    weights: ClassVar[LossWeights] = PAPER_WEIGHTS
    betas = (0.9, 0.999)
    augment = False
    discriminator_loss = staticmethod(lsgan_d)
    generator_loss = staticmethod(lsgan_g)

    def lr(self, step: int) -> float:
        """Return the learning rate: constant, then linear to zero over the last third."""
        left = (EPOCHS - self.epoch(step)) / (EPOCHS - DECAY_FROM)
        return self.training.lr * min(1.0, max(left, 0.0))

    def epoch(self, step: int) -> float:
        """Return the paper's epoch that a step stands for: a run of any length goes through all of them."""
        return step * EPOCHS / max(self.training.steps, 1)

    def in_sequence_phase(self, step: int) -> bool:
        return step >= SEQUENCE_FROM / EPOCHS * self.training.steps

    def train_pairs(self, batch: SequenceBatch, step: int, loop: LoopContext) -> Mapping[str, Tensor | float]:
        """Epochs 1 to 400: every step is a sample of its own; z comes from the encoder."""
        model, w = loop.models["model"], self.weights
        steps = batch.flat()
        prepared = model.prepare(batch.painting, batch.classes, batch.edges, batch.states).repeat(batch.length)
        z, kl = self.posterior(model, steps, step)
        prediction = model.predict(prepared, steps.before, steps.condition, z)
        frame = next_frame(prediction, prepared.states, steps.before)
        terms = {
            "own": w.tv * total_variation(prediction.weight),
            "l1": w.l1 * (frame - steps.after).abs().mean(),
        }
        if self.perceptual is not None:
            terms["perceptual"] = w.perceptual * self.perceptual(frame, steps.after)
        return self.optimise(steps, frame, terms | kl, step, loop)

    def rollout_terms(
        self, prediction: FramePrediction, prepared: Prepared, frame: Tensor, true: StepBatch
    ) -> Iterator[Tensor]:
        """Epochs 401 to 600: loss terms of one step of a sequence."""
        yield self.weights.l1 * (frame - true.after).abs().mean()
        yield self.weights.tv * total_variation(prediction.weight)

    def kl(self, mu: Tensor, logvar: Tensor, step: int) -> Tensor:
        """Compute the KL term, summed over z, mean of the samples."""
        return kl_weight(int(self.epoch(step))) * kl_standard_normal(mu, logvar).mean()

    @property
    def gan_from(self) -> int:
        return 0

    def judge(self, steps: StepBatch, critic: nn.Module) -> Callable[[Tensor], Scores]:
        """Score frames (B,3,H,W) everywhere."""
        return lambda frame: scores_of(critic, steps, frame)


class NoLatentPaperTask(NoLatentMixin, PaperTask):
    """The paper without latent."""
