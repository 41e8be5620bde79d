"""A frames block that leaves alone what a plan says must not be touched, whatever its network would like."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...modules.plans.plan import PlanStep
from ...modules.plans.spec import FROM_CANVAS
from ..graph import StepFunction
from ..port_values import Parts, PlanSteps
from .frames_step import FramesStep


class LockedParts(FramesStep):
    """Another frames block, after each step of which the pixels of parts at rest are what they were.

    A plan asks 0 of a part in most of its steps and a hand may stray a little; at rest is only what a person said must
    not be touched (skipped parts, steps that were told 0). Frame 1 of a block that makes it itself lays the ground
    everywhere.
    """

    def __init__(self, frames: FramesStep) -> None:
        self.frames = frames
        self.inputs, self.outputs = frames.inputs, frames.outputs
        self.degree_mode = frames.degree_mode
        for fact in ("name", "whole", "closing"):
            setattr(self, fact, getattr(frames, fact))

    def begin(self, *, labels: Parts, degrees: PlanSteps, **constants: Any) -> StepFunction:
        do = self.frames.begin(labels=labels, degrees=degrees, **constants)
        plan = degrees.plan
        masks: dict[frozenset[int], np.ndarray] = {}

        def step(*, x_t: np.ndarray, degrees: PlanStep) -> dict[str, Any]:
            result = do(x_t=x_t, degrees=degrees)
            resting = plan.locked_parts(degrees.index)
            if not resting or (degrees.index == 1 and plan.start != FROM_CANVAS):
                return result
            if resting not in masks:
                masks[resting] = np.isin(labels.labels, list(resting))
            after = result["x_next"].copy()
            after[masks[resting]] = x_t[masks[resting]]
            return result | {"x_next": after}

        return step
