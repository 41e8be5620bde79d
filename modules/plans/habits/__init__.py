"""Habits: in which order and in how many passes people paint. One file a habit, `HABITS` is the table.

A new one is a file with a `Habit`, and its name in the table below.
"""

from collections.abc import Collection

from .base import BROAD, FINE, LAST, MIDDLE, Habit, Start
from .lineart import LINEART
from .masses import MASSES
from .objects import OBJECTS
from .watercolour import WATERCOLOUR

HABITS: dict[str, Habit] = {habit.name: habit for habit in (MASSES, OBJECTS, LINEART, WATERCOLOUR)}
# Whose first masses the firstframe stage learns; a bare ground and a drawing look the same in every habit.
BLOCK_IN = next(habit for habit in HABITS.values() if any(start.start == "block" for start in habit.starts))


def draw_habit(light: float, has_person: bool, seed: int, suited: Collection[str]) -> str:
    """Draw the name of a seed's habit, for a picture of mean `light` in [0,1].

    Those of the names `suited` (to the medium) that suit the picture, too, take turns, so that neighbouring seeds are
    different artists; people are begun in masses first, everything else object by object.
    """
    habits = [HABITS[name] for name in suited]
    turns = [(habit.turns[not has_person], habit) for habit in habits if light >= habit.least_light]
    drawn = sorted(((turn, habit) for turn, habit in turns if turn is not None), key=lambda pair: pair[0])
    if not drawn:  # the medium has one way of working, and the picture is too dark for it
        return habits[0].name
    return drawn[seed % len(drawn)][1].name


__all__ = ["BLOCK_IN", "BROAD", "FINE", "HABITS", "LAST", "MIDDLE", "Habit", "Start", "draw_habit"]
