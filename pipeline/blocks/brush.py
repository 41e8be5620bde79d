"""Brush blocks: frames painted in brush strokes of a medium, by the plan and without a network."""

from typing import Any, ClassVar

import numpy as np

from ...modules.brush.brush_painter import BrushPainter
from ...modules.brush.media import MEDIA
from ...modules.brush.media.detect import detect_medium
from ...modules.plans.plan import PlanStep
from ..graph import StepFunction
from ..port_values import Noise, Parts, PlanSteps
from .frames_step import FramesStep


class BrushBlock(FramesStep):
    """Carry the plan out in brush strokes, in the medium that the painting looks most like."""

    name, whole, closing = "brush", True, "input"
    medium: ClassVar[str | None] = None  # None: seen from the painting

    def habits(self, painting: np.ndarray) -> tuple[str, ...]:
        """List the habits that suit the medium, for a painting (H,W,3) float32 in [0,1]."""
        return MEDIA[self.medium or detect_medium(painting)].habits

    def begin(self, *, x_T: np.ndarray, labels: Parts, degrees: PlanSteps, z: Noise, **_: Any) -> StepFunction:
        """Look at the painting."""
        medium = self.medium or detect_medium(x_T)
        painter = BrushPainter(x_T, labels.labels, labels.label_set, degrees.plan, medium, z.seed)

        def step(*, x_t: np.ndarray, degrees: PlanStep) -> dict[str, Any]:
            canvas, strokes = painter.paint_step(x_t, degrees.index)
            return {"x_next": canvas, "strokes": strokes}

        return step


# `--stage frames=oil` and the like: one class for each medium, which `registry.MEDIA` names.
for _medium in MEDIA:
    _facts = {"name": _medium, "medium": _medium, "__doc__": f"Carry the plan out in brush strokes: {_medium}."}
    globals()[f"{_medium.title()}Block"] = type(f"{_medium.title()}Block", (BrushBlock,), _facts)
