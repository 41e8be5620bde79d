"""Planner: make the plan of a painting by name or from a plan file, with edits."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..brush.layout import find_medium
from ..brush.media import MEDIA
from ..brush.media.detect import detect_medium
from ..io.errors import UserError, choices
from ..labels import LabelSet
from .context import make_context
from .dry_run import build_plan
from .edits import PlanEdit
from .habits import HABITS
from .learned import Proposer
from .named_plans import DRAFTS, PLANS, PlanRequest
from .plan import Plan
from .plan_file import PlanFile
from .spec import FROM_CANVAS, PlanSpec, check_n_frames


def make_plan(
    name: str | PlanFile,
    painting: np.ndarray,
    labels: np.ndarray,
    label_set: LabelSet,
    n_frames: int,
    seed: int,
    *,
    habit: str | None = None,
    medium: str | None = None,
    ending: str | None = None,
    degree_rows: np.ndarray | None = None,
    edits: Sequence[PlanEdit] = (),
    canvas: np.ndarray | None = None,
    notes: list[str] | None = None,
    proposer: Proposer | None = None,
) -> Plan:
    """Make the plan `name` for a painting.

    Args:
        name: a key of `PLANS`, or a plan file (whose frames and seed the caller has read already).
        painting: (H,W,3) float32 in [0,1].
        labels: (H,W) class indices of `label_set`.
        label_set: the classes.
        n_frames: N, 2 to `MOST_FRAMES`, frame 0 (bare canvas) included.
        seed: which artist, or which draw.
        habit: a key of `HABITS` for the plans `artist` and `reverse`; None draws one.
        medium: a key of `brush.MEDIA`; None sees it from the painting, or takes one that suits the habit.
        ending: one of `ENDINGS`; None is what a plan file says, or else "painting".
        degree_rows: (R, 1+K) time and degrees seen in training, for plan `dataset`.
        edits: applied one after the other.
        canvas: (H,W,3) float32 in [0,1], an initial canvas as frame 0; what is right on it is left.
        notes: gets sentences that the person should read.
        proposer: the planner of the frames stage, for plan `learned`.

    Raises:
        UserError: unknown plan, habit or medium, a number of frames that cannot be, no training degrees, no planner,
            an impossible edit.
    """
    if isinstance(name, PlanFile):
        edits, habit, medium, name = (name, *edits), habit or name.habit, medium or name.medium, name.draft
    elif name not in DRAFTS:
        raise UserError(f"There is no plan {name!r}.", fix=choices(name, PLANS, ", or a plan file"))
    if habit is not None and habit not in HABITS:
        raise UserError(f"There is no habit {habit!r}.", fix=choices(habit, HABITS))
    check_n_frames(n_frames)

    # From a given canvas all steps are steps; from a bare one the first is the artist's start.
    n_frames += canvas is not None
    medium = choose_medium(painting, medium, habit)
    request = PlanRequest(painting, labels, label_set, n_frames, seed, habit, degree_rows, canvas, medium, proposer)
    spec, context = DRAFTS[name](request)
    spec = replace(spec, medium=medium)
    if canvas is not None:
        spec = _continue_from_canvas(spec)
    names = request.names
    for edit in edits:
        spec = edit.apply(spec, names)
    spec = replace(spec, medium=medium, ending=ending or spec.ending)  # what is requested outdoes a plan file
    if spec.ground != context.ground_rgb:
        context = make_context(painting, labels, label_set, np.array(spec.ground, np.float32), canvas, medium)
    if notes is not None:
        notes.extend(names.notes)
    return build_plan(spec, context)


def choose_medium(painting: np.ndarray, medium: str | None, habit: str | None) -> str:
    """Choose the medium: the requested one, or else what a painting (H,W,3) looks like, if the habit suits it.

    Raises UserError for an unknown one.
    """
    if medium is not None:
        return find_medium(medium).name
    seen = detect_medium(painting)
    if habit is None or habit in MEDIA[seen].habits:
        return seen
    return next((name for name in MEDIA if habit in MEDIA[name].habits), seen)


def _continue_from_canvas(spec: PlanSpec) -> PlanSpec:
    """Adapt a spec to an initial canvas: no first frame, and nobody draws lines over paint."""
    passes = tuple(planned for planned in spec.passes if planned.finish != "sketch")
    rows = None if spec.rows is None else spec.rows[1:]
    return replace(spec, start=FROM_CANVAS, passes=passes, rows=rows, n_frames=spec.n_frames - 1)
