"""The frames stage as a block: the model sees its own small canvas, Equation 2 is composed at full size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...modules.finish_levels import finish_states
from ...modules.frames.composite import Composite
from ...modules.frames.inference import FramesPredictor
from ...modules.imaging.resize import fit_size, resize, resize_labels
from ...modules.labels import PORTRAIT
from ...modules.plans.plan import PlanStep
from ..graph import StepFunction
from ..port_values import Beginning, Noise, Parts, PlanSteps
from .frames_step import FramesStep

if TYPE_CHECKING:
    from ...modules.frames.model import FramesModel

STATES_SIZE = 512  # longest side of the states that are mixed at full size; only the painting itself has finer detail
WHITE = (1.0, 1.0, 1.0)


class FramesBlock(FramesStep):
    """(x_T, x_t, labels, degrees, z) -> x_next by a frames model. The canvas is carried at full size."""

    name = "frames"

    def __init__(self, model: FramesModel, device: torch.device | str) -> None:
        self.model = model.to(device).eval()
        self.degree_mode = model.config.degree_mode
        known = PORTRAIT.hash if model.config.n_classes == len(PORTRAIT) else None
        more: dict[str, dict[str, Any]] = {"degrees": {"degree_mode": self.degree_mode}, "labels": {"label_set": known}}
        self.inputs = tuple(replace(port, **more.get(port.name, {})) for port in FramesStep.inputs)

    def begin(
        self, *, x_T: np.ndarray, labels: Parts, degrees: PlanSteps, z: Noise, beginning: Beginning | None = None
    ) -> StepFunction:
        """What holds for the whole run: states of finish, and the model's features of the painting."""
        ground = beginning.ground if beginning else WHITE
        hand = FramesPredictor(self.model, x_T, labels.labels, labels.label_set, ground)
        mixed, parts = hand.states, None
        if mixed is not None and hand.canvas.scaled:
            size = fit_size(x_T.shape, STATES_SIZE)
            copy, wide = resize(x_T, size).reshape(size[1], size[0], 3), resize_labels(labels.labels, size)
            mixed, parts = finish_states(copy, wide, labels.label_set, ground), (hand.labels, wide)
        composite = Composite(x_T, hand.small, mixed, parts)
        # The paper draws all of z anew for every frame; ours keeps an artist's style for the whole process.
        anew = self.model.config.variant == "paper"

        def step(*, x_t: np.ndarray, degrees: PlanStep) -> dict[str, Any]:
            style, local = z.generator(degrees.index if anew else 0), z.generator(degrees.index)
            return {"x_next": composite(x_t, hand.predict(x_t, degrees, style, local))}

        return step
