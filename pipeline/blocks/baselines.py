"""Baselines: frames blocks without a network, scored beside the models in every table (docs/evaluation.md).

They make the whole process from the bare canvas and end on the painting by construction: what a model has to beat.
"""

from typing import Any

import numpy as np

from ...modules.data.synthetic.painter import SimulatedPainter
from ...modules.finish_levels import part_colours
from ...modules.plans.plan import PlanStep
from ..graph import StepFunction
from ..port_values import Noise, Parts, PlanSteps
from .frames_step import FramesStep


class Crossfade(FramesStep):
    """Fade linearly from the canvas to the painting, everywhere at once."""

    name, whole, closing = "crossfade", True, "input"
    outputs = FramesStep.outputs[:1]

    def begin(self, *, x_T: np.ndarray, labels: Parts, degrees: PlanSteps, z: Noise, **_: Any) -> StepFunction:
        left = len(degrees)

        def step(*, x_t: np.ndarray, degrees: Any) -> dict[str, Any]:
            nonlocal left
            result = x_t + (x_T - x_t) / np.float32(left)
            left -= 1
            return {"x_next": np.clip(result, 0, 1)}

        return step


class Partfade(FramesStep):
    """Fade in part after part, far to near: each appears in its flat colour and becomes the painting.

    Large parts take longer, by the square root of their area. Steady and local, and not painting: nothing is painted
    twice, no stroke crosses an outline, and there is no order inside a part.
    """

    name, whole, closing = "partfade", True, "input"
    outputs = FramesStep.outputs[:1]

    def begin(self, *, x_T: np.ndarray, labels: Parts, degrees: PlanSteps, z: Noise, **_: Any) -> StepFunction:
        rank = labels.label_set.depth_order
        # Padding has no place of its own in the order, and must be gone at the end like everything else.
        order = sorted(np.flatnonzero(np.bincount(labels.labels.reshape(-1))), key=lambda part: rank[part])
        spans = np.sqrt([float((labels.labels == part).mean()) for part in order])
        ends = np.cumsum(spans) / spans.sum()
        ends[-1] = 1.0
        begins = np.concatenate([[0.0], ends[:-1]])
        colours = part_colours(x_T, labels.labels, len(labels.label_set))
        last = degrees.plan.n_frames - 1

        def step(*, x_t: np.ndarray, degrees: Any) -> dict[str, Any]:
            now = degrees.index / last
            result = x_t.copy()
            for part, begin, end in zip(order, begins, ends, strict=True):
                if now <= begin or (degrees.index - 1) / last >= end:
                    continue
                done = np.float32(min(1.0, (now - begin) / (end - begin)))
                here = labels.labels == part
                result[here] = x_T[here] if done == 1 else colours[part] + done * (x_T[here] - colours[part])
            return {"x_next": result}

        return step


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
