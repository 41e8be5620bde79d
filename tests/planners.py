"""Planners of known opinions, in place of trained ones."""

import numpy as np

from ppp.modules.finish_levels import LEVELS, level
from ppp.modules.plans.context import PlanContext
from ppp.modules.plans.learned import Proposal


def proposed(context: PlanContext, field: np.ndarray, levels: np.ndarray) -> Proposal:
    """A proposal whose odds of a part and level are the mean of what is asked for in it."""
    choice = np.zeros((int(context.labels.max()) + 1, len(LEVELS)), np.float32)
    for part in context.present:
        choice[part] = (field * levels)[:, context.labels == part].mean(axis=1)
    return Proposal(field, levels, choice / max(float(choice.sum()), 1e-6))


def asking(context: PlanContext, part: int, finish: str, odds: float = 0.9) -> Proposal:
    """A proposal for one part and finish."""
    levels = np.zeros((len(LEVELS), *context.shape), np.float32)
    levels[level(finish)] = 1
    return proposed(context, np.where(context.labels == part, np.float32(odds), np.float32(0.05)), levels)


def near_to_far(
    context: PlanContext, canvas: np.ndarray, medium: str, pace: float, seed: int, trail: object
) -> Proposal:
    """An odd artist: the nearest part that is not done first, flat and then to its end; the others less and less."""
    left = np.abs(canvas - context.painting).max(axis=2)
    bare = np.abs(canvas - context.ground).max(axis=2) < 0.02
    field = np.zeros(context.shape, np.float32)
    levels = np.zeros((len(LEVELS), *context.shape), np.float32)
    odds = 0.9
    for part in reversed(context.present):
        own = context.labels == part
        if left[own].mean() > 0.004:
            field[own] = odds
            odds *= 0.4
        levels[level("flat" if bare[own].mean() > 0.5 else "painting"), own] = 1
    return proposed(context, field, levels)


def silent(context: PlanContext, canvas: np.ndarray, medium: str, pace: float, seed: int, trail: object) -> Proposal:
    """One who never asks for anything."""
    shape = context.shape
    return proposed(context, np.zeros(shape, np.float32), np.full((len(LEVELS), *shape), 0.1, np.float32))
