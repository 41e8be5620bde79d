"""Plans by name: how each of `PLANS` drafts a spec for a picture."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..brush.media import MEDIA
from ..io.errors import UserError
from ..labels import FACIAL_FEATURES, LabelSet
from .context import PlanContext, ground_beneath, ground_colour, make_context
from .edits import Reverse
from .habits import BROAD, FINE, HABITS, LAST, MIDDLE, draw_habit
from .learned import Proposer, draft_passes
from .part_names import PartNames
from .plan import WHOLE
from .sampled import dataset_degrees
from .spec import PlannedPass, PlanSpec, draw_brush_style
from .subject import SUBJECTS, find_subject


@dataclass(frozen=True)
class PlanRequest:
    """What a plan is requested for."""

    painting: np.ndarray  # (H,W,3) float32 in [0,1]
    labels: np.ndarray  # (H,W) class indices of `label_set`
    label_set: LabelSet
    n_frames: int  # N, frame 0 and the artist's start included
    seed: int  # which artist, or which draw
    habit: str | None = None  # a key of `HABITS`, for `artist` and `reverse`; None draws one
    rows: np.ndarray | None = None  # (R, 1+K) time and degrees seen in training, for `dataset`
    initial_canvas: np.ndarray | None = None  # (H,W,3) float32 in [0,1] to continue from, if any
    medium: str = "oil"  # a key of `brush.MEDIA`
    proposer: Proposer | None = None  # the planner of the frames stage, for `learned`

    def rng(self, name: str) -> np.random.Generator:
        """Make a generator that depends on the seed and a name only."""
        return np.random.default_rng([self.seed, int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")])

    def context(self, ground: str) -> PlanContext:
        """Make the context on a kind of ground (`GROUNDS`); an initial canvas has a ground already."""
        medium = MEDIA[self.medium]
        if medium.toned and ground != "white":
            colour = ground_colour(self.painting, ground, self.rng("ground"))
        else:
            colour = medium.choose_ground(self.painting)
        if self.initial_canvas is not None:
            colour = ground_beneath(self.initial_canvas, self.painting, colour)
        return make_context(self.painting, self.labels, self.label_set, colour, self.initial_canvas, self.medium)

    @property
    def names(self) -> PartNames:
        return PartNames(self.label_set, frozenset(self.label_set.present(self.labels)))


Draft = tuple[PlanSpec, PlanContext]


def artist_spec(
    context: PlanContext, n_frames: int, seed: int, *, habit: str, start: str, rng: np.random.Generator
) -> PlanSpec:
    """Draw one artist of a habit, who is finished at the last frame, however many there are."""
    if n_frames == 2:
        start = "block"  # the first frame is the last one, too: no sketch that is left standing
    subject = SUBJECTS[context.subject]
    style = draw_brush_style(rng, subject.covers_lines if start == "sketch" else subject.covers)
    return PlanSpec(
        name="artist",
        habit=habit,
        start=start,
        ground=context.ground_rgb,
        seed=seed,
        n_frames=n_frames,
        label_set=context.label_set,
        brush_style=style,
        passes=tuple(HABITS[habit].passes(context, start, rng)),
    )


def spec_from_degrees(
    context: PlanContext, degrees: np.ndarray, name: str, seed: int, rng: np.random.Generator
) -> PlanSpec:
    """Make the spec that requests `degrees` (N-1,K) in [0,1].

    Each part has its own queue of passes (flat, form, picture). A degree of d moves the part along its queue until the
    share d of its remaining distance to the painting is covered. Row 0 belongs to the first frame and is not used;
    nothing is requested of parts that are absent.
    """
    passes = []
    degrees = np.where(np.isin(np.arange(degrees.shape[1]), context.present), degrees, np.float32(0))
    for part in context.present:
        small = context.label_set.base_class_name(part) in FACIAL_FEATURES
        levels = [("flat", FINE if small else BROAD), ("form", MIDDLE), ("painting", LAST if small else FINE)]
        passes += [PlannedPass(part, finish, brush) for finish, brush in levels]
    return PlanSpec(
        name=name,
        habit="given",
        start="toned",
        ground=context.ground_rgb,
        seed=seed,
        n_frames=len(degrees) + 1,
        label_set=context.label_set,
        brush_style=draw_brush_style(rng, SUBJECTS[context.subject].covers),
        passes=tuple(passes),
        rows=degrees,
    )


def random_degrees(context: PlanContext, n_frames: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the paper's random plan, (N-1,K): in each step each part has a chance of 0.4 of a uniform degree."""
    size = (n_frames - 1, len(context.label_set))
    return (rng.random(size) * (rng.random(size) < 0.4)).astype(np.float32)


def _artist(request: PlanRequest) -> Draft:
    rng, light = request.rng("artist"), float(request.painting.mean())
    suited = MEDIA[request.medium].habits
    subject = find_subject(request.painting, request.labels, request.label_set, request.medium)
    name = request.habit or draw_habit(light, subject, request.seed, suited)
    start = HABITS[name].draw_start(rng, SUBJECTS[subject])
    context = request.context(start.ground)
    return artist_spec(context, request.n_frames, request.seed, habit=name, start=start.start, rng=rng), context


def _reverse(request: PlanRequest) -> Draft:
    spec, context = _artist(request)
    return Reverse().apply(spec, request.names), context


def _random(request: PlanRequest) -> Draft:
    rng, context = request.rng("random"), request.context("toned")
    degrees = random_degrees(context, request.n_frames, rng)
    return spec_from_degrees(context, degrees, "random", request.seed, rng), context


def _dataset(request: PlanRequest) -> Draft:
    if request.rows is None or not len(request.rows):
        raise UserError(
            "Plan 'dataset' needs the degrees that the model saw in training.",
            "The frames stage in use has none stored with it.",
            "Use plan dataset=FILE (from `ppp data check --degrees FILE`), or weights made by `ppp train frames`.",
        )
    rng, context = request.rng("dataset"), request.context("toned")
    degrees = dataset_degrees(context, request.n_frames, request.rows, rng)
    spec = spec_from_degrees(context, degrees, "dataset", request.seed, rng)
    last_look = PlannedPass(WHOLE, "painting", MIDDLE)  # people end finished: at the end they look at all of it again
    return replace(spec, passes=(*spec.passes, last_look)), context


def _learned(request: PlanRequest) -> Draft:
    """Begin as an artist of the medium does, and go on as the planner says."""
    if request.proposer is None:
        raise UserError(
            "Plan 'learned' needs a planner, which has learned an order from processes.",
            "The frames stage in use has none.",
            "Train one: ppp train frames PROCESSES -o RUN --variant planner --set init=FRAMES; then --stage frames=RUN",
        )
    artist, context = _artist(replace(request, habit=None))
    spec = replace(artist, name="learned", habit="given", passes=())
    return replace(
        spec, passes=draft_passes(spec, context, request.proposer, request.medium, request.rng("learned"))
    ), context


def _own(request: PlanRequest) -> Draft:
    context = request.context("toned")
    degrees = np.zeros((request.n_frames - 1, len(request.label_set)), np.float32)
    return spec_from_degrees(context, degrees, OWN, request.seed, request.rng(OWN)), context


OWN = "own"  # the plan of a file that gives every step itself
PLANS: dict[str, Callable[[PlanRequest], Draft]] = {
    "artist": _artist, "reverse": _reverse, "random": _random, "dataset": _dataset, "learned": _learned,
}  # fmt: skip
DRAFTS = PLANS | {OWN: _own}  # what a plan file may name
