"""The frames stage as a block: the network sees its own small canvas, strokes are laid at full size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np

from ...modules.brush.artist import draw_artist
from ...modules.brush.pass_layout import PassLayout
from ...modules.degree import DegreeMode
from ...modules.frames.inference import FramesNetwork, set_painting
from ...modules.labels import PORTRAIT
from ...modules.plans.plan import PlanStep
from ..graph import StepFunction
from ..port_values import Beginning, Noise, Parts, PlanSteps
from .frames_step import FramesStep

WHITE = (1.0, 1.0, 1.0)


class FramesBlock(FramesStep):
    """(x_T, x_t, labels, degrees, z) -> x_next by a frames model. The canvas is carried at full size."""

    name, closing = "frames", "input"  # with strokes; `TimeLapse` looks whether the last frame is the painting

    def __init__(self, network: FramesNetwork) -> None:
        self.network = network
        config, self.degree_mode = network.config, cast(DegreeMode, network.config.degree_mode)
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
        ground, layout = beginning.ground if beginning else WHITE, None
        if beginning and beginning.layout:
            layout = beginning.layout()
        elif self.network.config.n_states:
            layout = PassLayout(x_T, labels.labels, labels.label_set, degrees.plan, draw_artist(z.seed), z.seed)
        predictor = set_painting(self.network, x_T, labels.labels, labels.label_set, ground, layout)
        redraws_style = self.network.config.redraws_style

        def step(*, x_t: np.ndarray, degrees: PlanStep) -> dict[str, Any]:
            style_seed = z.seed_of(degrees.index if redraws_style else 0)
            canvas, strokes = predictor.paint_step(x_t, degrees, style_seed, z.seed_of(degrees.index))
            return {"x_next": canvas, "strokes": strokes}

        return step
