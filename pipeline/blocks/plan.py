"""The plan of a process as a block."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from ...modules.brush.artist import draw_artist
from ...modules.brush.pass_layout import PassLayout, bare_canvas
from ...modules.degree import DegreeMode
from ...modules.io.errors import UserError
from ...modules.plans import make_context, make_plan
from ...modules.plans.dry_run import expected_degrees
from ...modules.plans.learned import Proposer
from ...modules.plans.plan import Plan
from ...modules.plans.spec import FROM_CANVAS
from ..graph import SERIES, Block, Port
from ..port_values import Beginning, Parts, PlanSettings, PlanSteps
from .ports import BEGINNING, LABELS, NOTES, PAINTING, picture_port

_DEFAULT = PlanSettings()
_REQUEST = Port(
    "request",
    "request",
    optional=True,
    description="The number of frames, the seed, the plan, the artist's habit, and edits of the plan.",
    default={name: getattr(_DEFAULT, name) for name in ("n_frames", "seed", "plan", "habit")},
)
_DEGREES = Port("degrees", SERIES + "degrees", description="The steps of the loop, with the degree of every part.")


class PlanBlock(Block):
    """Plan what is painted in which step.

    Args:
        degree_mode: how the frames stage measures degrees.
        degree_rows: (R, 1+K) time and degrees seen in training, for the plan "dataset".
        proposer: the planner of the frames stage, for the plan "learned".
    """

    inputs = (_REQUEST, PAINTING, LABELS)

    def __init__(
        self,
        degree_mode: DegreeMode = "progress",
        degree_rows: np.ndarray | None = None,
        proposer: Proposer | None = None,
    ) -> None:
        self.degree_mode, self.degree_rows, self.proposer = degree_mode, degree_rows, proposer
        self.outputs = (
            Port("plan", "plan", description="The plan of the whole process."),
            replace(_DEGREES, degree_mode=degree_mode),
            replace(BEGINNING, optional=False),
            picture_port("canvas", "Frame 0: the bare canvas, or a half-finished one that was given."),
            NOTES,
        )

    def __call__(self, *, painting: np.ndarray, labels: Parts, request: PlanSettings = _DEFAULT) -> dict[str, Any]:
        notes: list[str] = []
        plan = self._plan(painting, labels, request, notes)
        if self.degree_mode != "progress":
            # Plans count degrees as progress. The same steps are requested in the numbers that this model learned.
            ground = np.array(plan.ground, np.float32)
            canvas = request.canvas if plan.start == FROM_CANVAS else None
            context = make_context(painting, labels.labels, labels.label_set, ground, canvas)
            degrees = expected_degrees(plan, context, self.degree_mode)
            plan = replace(plan, degrees=degrees)
        canvas = bare_canvas(plan, *painting.shape[:2]) if request.canvas is None else request.canvas

        @cache
        def layout() -> PassLayout:
            artist = draw_artist(request.seed)
            return PassLayout(painting, labels.labels, labels.label_set, plan, artist, request.seed)

        return {
            "plan": plan,
            "degrees": PlanSteps(plan, request.first_step),
            "beginning": Beginning(plan.start, plan.ground, plan.step(1), canvas, layout),
            "canvas": canvas,
            "notes": tuple(notes),
        }

    def _plan(self, painting: np.ndarray, labels: Parts, request: PlanSettings, notes: list[str]) -> Plan:
        """Make the plan, or check the ready one; notes get what a person should read."""
        if not isinstance(request.plan, Plan):
            return make_plan(
                request.plan, painting, labels.labels, labels.label_set, request.n_frames, request.seed,
                habit=request.habit, medium=request.medium, ending=request.ending, degree_rows=self.degree_rows,
                edits=request.edits, canvas=request.canvas,
                notes=notes, proposer=self.proposer,
            )  # fmt: skip
        plan = request.plan
        if plan.n_frames != request.n_frames or plan.part_names != labels.label_set.names:
            raise UserError(
                "The plan does not fit this run.",
                f"It has {plan.n_frames} frames and the parts {', '.join(plan.part_names)}.",
                f"This run has {request.n_frames} frames and {', '.join(labels.label_set.names)}.",
            )
        return plan
