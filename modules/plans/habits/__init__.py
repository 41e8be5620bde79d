"""Habits: in which order and in how many passes people paint. One file a habit, `HABITS` is the table.

A new one is a file with a `Habit`, and its name in the table below.
"""

from collections.abc import Collection

from ..subject import SUBJECTS
from .base import BROAD, FINE, LAST, MIDDLE, Habit, Start
from .drawing import DRAWING
from .lineart import LINEART
from .masses import MASSES
from .objects import OBJECTS
from .shapes import SHAPES
from .watercolour import WATERCOLOUR

HABITS: dict[str, Habit] = {habit.name: habit for habit in (MASSES, OBJECTS, LINEART, WATERCOLOUR, SHAPES, DRAWING)}
# Whose first masses the firstframe stage learns; a bare ground and a drawing look the same in every habit.
BLOCK_IN = next(habit for habit in HABITS.values() if any(start.start == "block" for start in habit.starts))


def draw_habit(light: float, subject: str, seed: int, suited: Collection[str]) -> str:
    """Draw the name of a seed's habit, for a picture of mean `light` in [0,1].

    Those of the names `suited` (to the medium) that suit the picture and its subject, too, take turns, so that
    neighbouring seeds are different artists.
    """
    named = {name for row in SUBJECTS.values() for name in row.habits}
    turns = [name for name in SUBJECTS[subject].habits if name in suited]
    turns += [name for name in suited if name not in named]
    drawn = [name for name in turns if light >= HABITS[name].least_light]
    if not drawn:  # the medium has one way of working, and the picture is too dark for it
        return next(iter(turns or suited))
    return drawn[seed % len(drawn)]


__all__ = ["BLOCK_IN", "BROAD", "FINE", "HABITS", "LAST", "MIDDLE", "Habit", "Start", "draw_habit"]
