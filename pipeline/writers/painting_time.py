"""Painting time: about how long somebody takes for a step, from what its strokes cover. A rule of thumb, not measured.

A person fills an area with a few wide strokes where the program lays many, so that areas count, not strokes; lines that
are drawn count by their length.
"""

import numpy as np

from ...modules.brush.stroke import MARKS, StrokeList
from .brush_words import brush_sizes, cover_map
from .canvas_size import CanvasSize

SPEED = 4.0  # centimetres per second that a brush is led, loading it included
LINE_SPEED = 6.0  # centimetres per second of a line that is drawn
LINES = ("thin", "line", "contour", "hatch")
LAYERS = 1.5  # times that an area is gone over at most in a step
MIX, CHANGE = 1.5, 1.0  # minutes for a colour to be mixed, and for a brush to be taken up
SCREEN = 30.0  # centimetres of the longest side that a picture has on a tablet


def painting_minutes(strokes: StrokeList, canvas: CanvasSize, colours: int) -> int:
    """Estimate the minutes that somebody takes for strokes, drying not counted; rounded to 5 from 10 on.

    Args:
        colours: that are mixed for them.
    """
    longest = {"mm": canvas.longest / 10, "in": canvas.longest * 2.54, "px": SCREEN}[canvas.unit]
    minutes = MIX * colours
    if len(strokes):
        widths, work = brush_sizes(strokes)
        drawn = np.isin(strokes.mark, [MARKS.index(mark) for mark in LINES])
        minutes += float(strokes.lengths()[drawn].sum()) * longest / LINE_SPEED / 60
        brush = canvas.brushes(widths)
        for size in np.unique(brush[~drawn]):
            mine = ~drawn & (brush == size)
            covered = min(float(work[mine].sum()), LAYERS * float(cover_map(strokes[mine]).mean()))
            width = float(np.median(widths[mine])) * longest
            minutes += covered * longest**2 / (width * SPEED) / 60
        minutes += CHANGE * len(np.unique(brush))
    return max(1, round(minutes)) if minutes < 10 else 5 * round(minutes / 5)
