"""Brush blocks: the plan carried out in brush strokes by the simulated painter, without a network."""

from typing import Any

import numpy as np

from ...modules.brush.media import MEDIA
from ...modules.data.synthetic.painter import SimulatedPainter
from ...modules.plans.plan import PlanStep
from ..graph import StepFunction
from ..port_values import Noise, Parts, PlanSteps
from .frames_step import FramesStep


class Simulate(FramesStep):
    """Run the simulated painter, which knows the painting and carries out the plan in the plan's medium."""

    name, whole, closing = "simulate", True, "input"

    def begin(self, *, x_T: np.ndarray, labels: Parts, degrees: PlanSteps, z: Noise, **_: Any) -> StepFunction:
        """Look at the painting."""
        painter = SimulatedPainter(x_T, labels.labels, labels.label_set, degrees.plan, z.seed)

        def step(*, x_t: np.ndarray, degrees: PlanStep) -> dict[str, Any]:
            canvas, strokes = painter.paint_step(x_t, degrees.index)
            return {"x_next": canvas, "strokes": strokes}

        return step


# `--stage frames=oil` and the like: one class for each medium, which `registry.MEDIA` names.
for _medium in MEDIA:
    _facts = {"name": _medium, "medium": _medium, "__doc__": f"Run the simulated painter in {_medium}."}
    globals()[f"{_medium.title()}Block"] = type(f"{_medium.title()}Block", (Simulate,), _facts)
