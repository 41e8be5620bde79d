"""The plan of a process as a block."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ...modules.degree import DegreeMode
from ...modules.io.errors import UserError
from ...modules.plans import make_context, make_plan
from ...modules.plans.dry_run import expected_degrees
from ...modules.plans.plan import Plan
from ...modules.plans.spec import FROM_CANVAS
from ..graph.graph import SERIES, Block, Port
from ..images import bare_canvas
from ..values import Beginning, Parts, PlanSteps, RunRequest
from .ports import PAINTING

__all__ = ["PlanBlock"]


class PlanBlock(Block):
    """painting, labels, request -> the plan, its steps (after the first frame, and all), the canvas, the beginning."""

    inputs = (Port("request", "request"), PAINTING, Port("labels", "labels", unnamed=True))

    def __init__(self, degree_mode: DegreeMode = "progress", degree_rows: np.ndarray | None = None) -> None:
        self.degree_mode, self.degree_rows = degree_mode, degree_rows
        self.outputs = (
            Port("plan", "plan"),
            Port("degrees", SERIES + "degrees", degree_mode=degree_mode),
            Port("all_degrees", SERIES + "degrees", degree_mode=degree_mode),
            Port("beginning", "beginning"),
            Port("canvas", "picture", 3, (0.0, 1.0)),
        )

    def __call__(self, *, request: RunRequest, painting: np.ndarray, labels: Parts) -> dict[str, Any]:
        if isinstance(request.plan, Plan):
            plan = request.plan
            if plan.n_frames != request.n_frames or plan.part_names != labels.label_set.names:
                raise UserError(
                    "The plan does not fit this run.",
                    f"It has {plan.n_frames} frames and the parts {', '.join(plan.part_names)}.",
                    f"This run has {request.n_frames} frames and {', '.join(labels.label_set.names)}.",
                )
        else:
            plan = make_plan(
                request.plan, painting, labels.labels, labels.label_set, request.n_frames, request.seed,
                habit=request.habit, degree_rows=self.degree_rows, edits=request.steering,
                canvas=request.canvas, notes=request.notes,
            )  # fmt: skip
        if self.degree_mode != "progress":
            # Plans count degrees as progress. The same steps are asked for in the numbers that this model learned.
            ground = np.array(plan.ground, np.float32)
            begun = request.canvas if plan.start == FROM_CANVAS else None
            scene = make_context(painting, labels.labels, labels.label_set, ground, begun)
            degrees = expected_degrees(scene, plan.start, plan.passes, plan.slices, self.degree_mode, plan.constrained)
            plan = replace(plan, degrees=degrees)
        return {
            "plan": plan,
            "degrees": PlanSteps(plan, 2),
            "all_degrees": PlanSteps(plan, request.first),
            "beginning": Beginning(plan.start, plan.ground, plan.step(1)),
            "canvas": next((c for c in (request.now, request.canvas) if c is not None), bare_canvas(painting.shape)),
        }
