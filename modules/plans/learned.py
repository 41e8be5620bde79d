"""Plan `learned`: a trained planner says where and how finely the next step paints; rolled out, it drafts the passes.

The planner looks at a virtual canvas, the pair of part and finish that it asks for most becomes the next pass, that one
is carried out, and so on until every part is finished. The result is a plain `PlanSpec`, which edits, plan files and
half-done canvases change like any other. A planner knows no names of parts but a portrait's: the others it tells by
their place in depth and their outlines.
"""

from collections import Counter
from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np

from ..degree import touched
from ..finish_levels import level
from ..labels import FACIAL_FEATURES
from .context import PlanContext
from .dry_run import LEAST_WORK, TIME_EXPONENT, start_canvas
from .habits import BROAD, FINE, LAST, MIDDLE
from .passes import make_pass
from .plan import WHOLE
from .spec import PlannedPass, PlanSpec

# Levels that a part is brought to, with the brush for them and that for features of a face.
BRUSHES = {
    "wash": (BROAD, FINE), "lined": (MIDDLE, FINE), "flat": (BROAD, FINE), "form": (MIDDLE, FINE),
    "smooth": (MIDDLE, FINE), "painting": (FINE, LAST),
}  # fmt: skip
PACE = 2 / 31  # share of the process that the planner is asked about: of the paces that it learned one in the middle
_SUREST = 0.25  # share of a part's pixels that speak for it: a step paints a corner of a wide part and all of an eye
_LEAST_SURE = 0.02  # a planner that asks for everything less than this has nothing more to say
_TEMPERATURE = 0.25  # of the draw among pairs, in units of the logarithm of how much they are asked for
_TOGETHER = 0.85  # a much smaller part that is asked for so much as the chosen one is begun with it (eyes in a face)
_SMALLER = 0.3  # most that it may cover, as a share of the chosen one; larger ones are asked for in doubt
_WEIGHTS = (0.5, 2.0)  # least and greatest weight of a pass


class Proposal(NamedTuple):
    """What a planner says of the next step: the odds that it paints, and to which level it paints there."""

    field: np.ndarray  # (h,w) float32 in [0,1]
    finish: np.ndarray  # (M,h,w) float32 in [0,1], of all `LEVELS`
    choice: np.ndarray  # (K,M) float32 in [0,1], the odds that part k is brought to level m by it; parts up to the last


class Proposer(Protocol):
    """A trained planner, whatever it runs on."""

    def __call__(
        self, context: PlanContext, canvas: np.ndarray, medium: str, pace: float, seed: int, trail: np.ndarray | None
    ) -> Proposal:
        """Propose the next step on a canvas (h,w,3).

        Args:
            medium: a key of `brush.MEDIA`.
            pace: share of the whole process that the step takes.
            seed: draws the style, the same for a whole process.
            trail: (h,w) bool, where the step before painted; None is not known.
        """


class _Asked(NamedTuple):
    """How much a planner asks for bringing a part to a level."""

    odds: float  # that the next step works on it
    sure: float  # that it paints the part's surest pixels so
    share: float  # of the part, what it paints
    part: int
    finish: str


def _ask(context: PlanContext, proposal: Proposal, reached: dict[int, int]) -> list[_Asked]:
    """Score every level of every part above what it has reached; the most asked for comes first."""
    found = []
    for part, before in reached.items():
        own = context.labels == part
        field, finish = proposal.field[own], proposal.finish[:, own]
        surest = max(1, int(_SUREST * len(field)))
        for name in BRUSHES:
            if level(name) > before:
                sure = float(np.sort(field * finish[level(name)])[-surest:].mean())
                odds = float(proposal.choice[part, level(name)])
                found.append(_Asked(odds, sure, float(field.mean()), part, name))
    return sorted(found, reverse=True)


def _choose(asked: list[_Asked], rng: np.random.Generator) -> _Asked:
    """Draw one: nearly always the most asked for, another where it is asked for about as much."""
    scores = np.log(np.array([one.odds for one in asked]) + 1e-6)
    return asked[int(np.argmax(scores + _TEMPERATURE * rng.gumbel(size=len(asked))))]


class _RollOut:
    """The virtual canvas, and the passes that were carried out on it."""

    def __init__(self, spec: PlanSpec, context: PlanContext) -> None:
        self.spec, self.context = spec, context
        self.passes: list[PlannedPass] = []
        self.numbers: Counter[int] = Counter()
        self.trail: np.ndarray | None = None  # where the last step painted
        self.reached = dict.fromkeys(context.present, -1)  # the level of every part that is not finished
        if context.initial_canvas is None:
            self.canvas = start_canvas(context, spec.start, [])
        else:  # what is done needs no pass
            self.canvas = context.initial_canvas
            left = touched(self.canvas, context.painting)
            self.reached = {part: -1 for part in self.reached if left[context.labels == part].any()}

    def paint(self, part: int, finish: str, share: float, *, together: bool = False) -> bool:
        """Carry out a pass or, where it would do next to nothing, the part's next one that does more.

        share: of the part, what the next step paints. Returns whether anything was painted.
        """
        later = [name for name in BRUSHES if level(name) >= level(finish)] if part != WHOLE else [finish]
        for name in later:
            planned = PlannedPass(part, name, _brush(self.context, part, name), together=together)
            if name == "painting":
                self.reached.pop(part)
            elif part != WHOLE:
                self.reached[part] = level(name)
            rng = self.spec.rng(part, self.numbers[part] + 1)
            made, after, work = make_pass(self.context, planned, self.canvas, self.spec.brush_style, rng)
            if made.extent.any() and (work >= LEAST_WORK or together):
                self.numbers[part] += 1
                self.canvas = after
                end = made.region(1 - min(share, 1.0), 1)  # the pass took several steps, of which this is the last
                self.trail = end | self.trail if together and self.trail is not None else end
                length = PACE / max(share, 0.01)  # of the whole process, as the planner sees it
                self.passes.append(replace(planned, weight=length / max(work, 1e-4) ** TIME_EXPONENT))
                return True
        return False


def draft_passes(
    spec: PlanSpec, context: PlanContext, propose: Proposer, medium: str, rng: np.random.Generator
) -> tuple[PlannedPass, ...]:
    """Roll a planner out on a virtual canvas, from the bare one or the context's initial one, and note its passes.

    spec: whose start, brush style and seed the passes are for.
    """
    work = _RollOut(spec, context)
    if spec.start == "sketch" and context.initial_canvas is None:
        work.paint(WHOLE, "sketch", 1.0)
    while work.reached:
        asked = _ask(context, propose(context, work.canvas, medium, PACE, spec.seed, work.trail), work.reached)
        if max(one.sure for one in asked) < _LEAST_SURE:
            break
        chosen = _choose(asked, rng)
        begun = work.paint(chosen.part, chosen.finish, chosen.share)
        seen, size = {chosen.part}, _SMALLER * context.share(chosen.part)
        for one in asked:  # each part at its likeliest level only
            if one.part not in seen and one.sure > _TOGETHER * chosen.sure and context.share(one.part) < size:
                begun |= work.paint(one.part, one.finish, one.share, together=begun)
            seen.add(one.part)
    middle = float(np.median([planned.weight for planned in work.passes])) if work.passes else 1.0
    passes = [replace(p, weight=round(float(np.clip(p.weight / middle, *_WEIGHTS)), 2)) for p in work.passes]
    rest = [PlannedPass(part, "painting", _brush(context, part, "painting")) for part in work.reached]
    return (*passes, *rest)  # what it never asked for is painted at the end, far to near


def _brush(context: PlanContext, part: int, finish: str) -> float:
    if part == WHOLE:
        return FINE
    return BRUSHES[finish][context.label_set.base_class_name(part) in FACIAL_FEATURES]
