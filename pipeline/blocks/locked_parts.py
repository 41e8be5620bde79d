"""Locked parts: a frames block that cannot touch what a plan says must stay as it is."""

from typing import Any

import numpy as np

from ...modules.plans.plan import PlanStep
from ...modules.plans.spec import FROM_CANVAS
from ..graph import StepFunction
from ..port_values import Parts, PlanSteps
from .frames_step import FramesStep


class LockedParts(FramesStep):
    """Wrapper of a frames block: restore the pixels of locked parts after every step.

    A plan requests degree 0 of a part in most of its steps, and a painter may stray a little; locked is only what a
    person said must not be touched (skipped parts, steps with degree 0). Frame 1 of a block that makes it itself lays
    the ground everywhere.
    """

    def __init__(self, frames: FramesStep) -> None:
        self.frames = frames
        self.inputs, self.outputs = frames.inputs, frames.outputs
        self.degree_mode = frames.degree_mode
        for fact in ("name", "whole", "closing"):
            setattr(self, fact, getattr(frames, fact))

    def begin(self, *, labels: Parts, degrees: PlanSteps, **constants: Any) -> StepFunction:
        paint = self.frames.begin(labels=labels, degrees=degrees, **constants)
        plan = degrees.plan
        masks: dict[frozenset[int], np.ndarray] = {}

        def step(*, x_t: np.ndarray, degrees: PlanStep) -> dict[str, Any]:
            result = paint(x_t=x_t, degrees=degrees)
            locked = plan.locked_parts(degrees.index)
            if not locked or (degrees.index == 1 and plan.start != FROM_CANVAS):
                return result
            if locked not in masks:
                masks[locked] = np.isin(labels.labels, list(locked))
            after = result["x_next"].copy()
            after[masks[locked]] = x_t[masks[locked]]
            return result | {"x_next": after}

        return step
