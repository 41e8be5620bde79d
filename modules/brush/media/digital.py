"""Digital painting and gouache: round opaque brushes, hard for shapes, soft for forms that turn away."""

from __future__ import annotations

import numpy as np

from ..stroke import StrokeList
from ..tracing import Brush
from .drawing import draw_lines
from .medium import Medium, Passage
from .soft_edges import soften_edges

GREY = np.array([1.0, 0.95, 1.05])


def paint(passage: Passage, medium: Medium) -> StrokeList:
    """Lay the strokes of a passage with round opaque brushes."""
    if passage.finish == "sketch":
        colour = GREY * (0.25 if passage.canvas.mean() > 0.35 else 0.8)
        lines = passage.context.sketch_lines()
        return draw_lines(
            passage, lines, mark="line", colour=colour, width=0.0022, opacity=0.5, loose=0.0015, taper=0.15
        )
    if passage.finish == "painting":
        return passage.reaching().brushwork(medium.brush("painting"))
    strokes = passage.brushwork(medium.brush(passage.finish))
    if passage.finish == "smooth":
        strokes = strokes + soften_edges(passage, size=0.018, mark="airbrush", opacity=0.45)
    return strokes


DIGITAL = Medium(
    name="digital",
    surface="smooth",
    grounds=((1.0, 1.0, 1.0), (0.50, 0.50, 0.52), (0.20, 0.20, 0.22)),
    reach=0.003,
    brushes={
        "ground": Brush(0.090, "round", (3.0, 8.0), tolerance=1.0, scatter=0.0, closed=True),
        "flat": Brush(
            0.050, "round", (1.2, 4.0), tolerance=0.13, scatter=0.004, overlap=0.7, pressure=(1, 1, 0.95), closed=True
        ),
        "form": Brush(0.026, "round", (1.5, 4.5), opacity=0.9, scatter=0.006, pressure=(0.7, 1, 0.5)),
        "smooth": Brush(
            0.016, "round", (1.5, 5.0), opacity=0.75, tolerance=0.09, scatter=0.004, pressure=(0.5, 1, 0.3)
        ),
        "painting": Brush(0.0100, "round", (1.5, 5.0), tolerance=1.0, scatter=0.0, pressure=(0.6, 1, 0.5)),
    },
    paint=paint,
    toned=True,
    habits=("masses", "objects", "lineart"),
)
