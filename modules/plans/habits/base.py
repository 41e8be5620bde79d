"""Habit: one way of working, as data and a function that orders the passes; what several habits share."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...labels import FACIAL_FEATURES
from ..context import PlanContext
from ..spec import PlannedPass
from ..subject import PLANES, Subject

REFINES = 0.9  # share of those who model forms that work them over before the details
BROAD, MIDDLE, FINE, LAST = 0.075, 0.042, 0.022, 0.012  # brush widths as shares of the longest side


@dataclass(frozen=True)
class Start:
    """One way to begin: the odds of it, what frame 1 shows (one of `STARTS`), and the kind of ground (`GROUNDS`)."""

    odds: float
    start: str
    ground: str


@dataclass(frozen=True)
class Habit:
    """One way of working."""

    name: str  # key in `HABITS`, plan files, process.json and `--habit`
    words: str  # for the step sheet; what follows ", from" is left out where another order was requested
    # (context, start, rng) -> the passes of one artist for one picture, in their order
    passes: Callable[[PlanContext, str, np.random.Generator], list[PlannedPass]]
    starts: tuple[Start, ...]  # the ways to begin; their odds add up to one
    on_paper: bool = False  # whether white is the light, so that first colours are never darker than they end
    least_light: float = 0.0  # mean of a picture in [0,1] below which nobody paints so

    def draw_start(self, rng: np.random.Generator, subject: Subject) -> Start:
        """Draw how an artist of this habit begins a picture of a subject."""
        odds = np.array([start.odds for start in self.starts])
        odds *= [subject.white if start.ground == "white" else 1.0 for start in self.starts]
        odds *= [subject.block_in or start.start != "block" for start in self.starts]
        return self.starts[int(rng.choice(len(self.starts), p=odds / odds.sum()))]


def split_features(context: PlanContext) -> tuple[list[int], list[int]]:
    """Split the present parts, far to near, into those without the facial features, and the features."""
    features = [p for p in context.present if context.label_set.base_class_name(p) in FACIAL_FEATURES]
    return [p for p in context.present if p not in features], features


def background_first(context: PlanContext, parts: list[int]) -> list[list[int]]:
    """Group parts, far to near: what lies behind a sitter is one thing, of which the farthest is painted first."""
    behind = [p for p in parts if context.label_set.base_class_name(p) == "background"]
    rest = [[p] for p in parts if p not in behind]
    return [behind, *rest] if behind else rest


def jitter(context: PlanContext, order: list[list[int]], rng: np.random.Generator, chance: float) -> list[list[int]]:
    """Swap neighbouring groups of parts now and then: artists differ, but the far stays roughly before the near.

    In a portrait any two; elsewhere only such as stand at about the same depth, apart from each other.
    """
    order, free = list(order), context.subject == "portrait"
    for i in range(len(order) - 1):
        if rng.random() < chance and (free or not _depends(context, order[i], order[i + 1])):
            order[i], order[i + 1] = order[i + 1], order[i]
    return order


def _depends(context: PlanContext, first: list[int], second: list[int]) -> bool:
    """Whether it matters which of two groups is painted first: they touch, or one is a plane of the picture."""
    planes = any(context.label_set.kind(part) in PLANES for part in (*first, *second))
    return planes or any((a, b) in context.touching for a in first for b in second)


def flatten(groups: list[list[int]]) -> list[int]:
    """List the parts of groups in their order."""
    return [part for group in groups for part in group]


def feature_passes(
    features: list[int], finish: str, brush: float, weight: float, *, together: bool = False
) -> list[PlannedPass]:
    """Bring all features to one level, at the same time: each alone would be a step that nobody sees.

    together: begin with what was planned before them.
    """
    return [PlannedPass(p, finish, brush, weight, together=together or i > 0) for i, p in enumerate(features)]


def with_features(context: PlanContext, planned: PlannedPass, features: list[int]) -> list[PlannedPass]:
    """Add passes over the features to one over their face: as dark notes with an early coat, at last finished.

    After a first coat, which goes on under them; else at the same time: a finished face with holes for eyes is a mask.
    """
    if context.label_set.base_class_name(planned.part) != "face":
        return [planned]
    finish, brush = ("painting", LAST) if planned.finish == "painting" else ("flat", FINE)
    return [planned, *feature_passes(features, finish, brush, 1.6, together=planned.finish != "flat")]
