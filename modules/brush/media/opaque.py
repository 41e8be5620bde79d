"""Opaque paint: a drawing, strokes broad before fine, edges softened late; what oil and digital painting share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..stroke import StrokeList
from .drawing import draw_lines
from .medium import Medium, Passage
from .soft_edges import soften_edges

LIGHT = 0.3  # mean of a canvas in [0,1] from which on one draws dark on light


@dataclass(frozen=True)
class OpaquePaint:
    """How a medium of opaque paint lays a passage: `Medium.paint`.

    Attributes:
        dark, light: RGB (3,) in [0,1] of the drawing, on light and on dark grounds.
        line: arguments of `draw_lines`.
        edges: arguments of `soften_edges`.
    """

    dark: np.ndarray
    light: np.ndarray
    line: Mapping[str, Any]
    edges: Mapping[str, Any]

    def __call__(self, passage: Passage, medium: Medium) -> StrokeList:
        """Lay the strokes of a passage."""
        if passage.finish == "sketch":
            colour = self.dark if passage.canvas.mean() > LIGHT else self.light
            return draw_lines(passage, passage.context.sketch_lines(), colour=colour, **self.line)
        if passage.finish == "painting":
            return passage.reaching().brushwork(medium.brush("painting"))
        strokes = passage.brushwork(medium.brush(passage.finish))
        return strokes + soften_edges(passage, **self.edges) if passage.finish == "smooth" else strokes
