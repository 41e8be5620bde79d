"""The frames stage as a block: the network sees its own small canvas, Equation 2 is composed at full size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...modules.frames.inference import set_painting
from ...modules.labels import PORTRAIT
from ...modules.plans.plan import PlanStep
from ..graph import StepFunction
from ..port_values import Beginning, Noise, Parts, PlanSteps
from .frames_step import FramesStep

if TYPE_CHECKING:
    import torch

    from ...modules.frames.model import FramesModel

WHITE = (1.0, 1.0, 1.0)


class FramesBlock(FramesStep):
    """(x_T, x_t, labels, degrees, z) -> x_next by a frames model. The canvas is carried at full size."""

    name = "frames"

    def __init__(self, model: FramesModel, device: torch.device | str) -> None:
        from ...modules.frames.torch_network import TorchFramesNetwork

        self.model = model.to(device).eval()
        self.network = TorchFramesNetwork(self.model)
        config, self.degree_mode = model.config, model.config.degree_mode
        known = PORTRAIT.hash if config.n_classes == len(PORTRAIT) else None
        more: dict[str, dict[str, Any]] = {
            "degrees": {"degree_mode": config.degree_mode},
            "labels": {"label_set": known},
        }
        self.inputs = tuple(replace(port, **more.get(port.name, {})) for port in FramesStep.inputs)

    def begin(
        self, *, x_T: np.ndarray, labels: Parts, degrees: PlanSteps, z: Noise, beginning: Beginning | None = None
    ) -> StepFunction:
        """Set the network on the painting."""
        ground = beginning.ground if beginning else WHITE
        predictor = set_painting(self.network, x_T, labels.labels, labels.label_set, ground)
        redraws_style = self.network.config.redraws_style

        def step(*, x_t: np.ndarray, degrees: PlanStep) -> dict[str, Any]:
            style_seed = z.seed_of(degrees.index if redraws_style else 0)
            return {"x_next": predictor.paint_step(x_t, degrees, style_seed, z.seed_of(degrees.index))}

        return step
