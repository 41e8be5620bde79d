"""Inference of the planner: numpy in, numpy out."""

from pathlib import Path

import numpy as np
import torch

from ...plans.context import PlanContext
from ...plans.learned import Proposal
from .inputs import STATES, pad_planes, planner_facts, planner_planes
from .model import PlanNetwork, choice_logits, planner_folder


class TorchProposer:
    """A `plans.learned.Proposer` with a trained planner."""

    def __init__(self, model: PlanNetwork) -> None:
        self.model, self.config = model.eval(), model.config

    def __call__(
        self, context: PlanContext, canvas: np.ndarray, medium: str, pace: float, seed: int, trail: np.ndarray | None
    ) -> Proposal:
        config, ground = self.config, context.ground.astype(np.float32)
        height, width = context.shape
        planes = planner_planes(
            context.painting, canvas, context.labels, context.label_set, ground, context.states[STATES], trail,
            config.n_classes,
        )  # fmt: skip
        facts = planner_facts(context.painting, canvas, ground, medium, pace, config.media)
        style = torch.randn(1, config.style, generator=torch.Generator().manual_seed(seed))
        device = next(self.model.parameters()).device
        inputs = (torch.from_numpy(pad_planes(planes, config.size))[None], torch.from_numpy(facts)[None], style)
        with torch.inference_mode():
            field, finish, choices = self.model(*(tensor.to(device) for tensor in inputs))
            field, finish = field[0].sigmoid(), finish[0].softmax(dim=0)
            parts = torch.from_numpy(context.labels[None] + 1)
            choice = choice_logits(choices[..., :height, :width].float().cpu(), parts)[0].softmax(dim=0)
            field, finish = (maps[..., :height, :width].float().cpu() for maps in (field, finish))
        return Proposal(field.numpy(), finish.numpy(), choice.reshape(-1, config.n_levels).numpy())


def load_proposer(frames: Path | str, device: torch.device | str = "cpu") -> TorchProposer | None:
    """Load the planner of a frames model folder or training run; None when it has none."""
    folder = planner_folder(frames)
    return None if folder is None else TorchProposer(PlanNetwork.from_pretrained(folder, device=device))
