"""Content of the PDF sheet: what all its pages are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..brush_words import Arrow
from ..canvas_size import CanvasSize

MOST_SQUARES = 60  # of a grid along the longest side
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
USUAL_SQUARES = 8  # along the longest side, about


@dataclass(frozen=True)
class SheetStep:
    """One step of the sheet.

    Attributes:
        number, frame: of the step, and of the frame that it shows.
        picture: (h,w,3) uint8 after it.
        painted: (h,w) bool, where it paints.
        do: what to do, and how.
        palette: rgb, name, part and perhaps recipe of every colour.
        arrows: in which direction strokes run.
        minutes: that it takes about; None where no strokes are known.
    """

    number: int
    frame: int
    picture: np.ndarray
    painted: np.ndarray
    do: Sequence[tuple[str, str]]
    palette: Sequence[Mapping[str, Any]]
    arrows: Sequence[Arrow]
    minutes: int | None


@dataclass(frozen=True)
class SheetContent:
    """What the pages say and show, in English.

    Attributes:
        title: the painting's name, readable.
        habit: how the artist works; "" where that is unknown.
        n_frames: of the process.
        size: (width, height) of the painting in pixels.
        picture: (h,w,3) uint8, the last frame.
        labels: (h,w) its label map.
        numbers: of the parts that are told by numbers, by their index.
        ground: rgb of the ground, or None.
        materials: what somebody needs, each kind with its words.
        canvas: the size at which somebody paints along.
        poster: whether the outline is given at that size, in tiles where it is larger than a page.
        square: side of the grid's squares in the canvas's unit; 0 for no grid.
        steps: the steps.
        heading: the title of the pages; "" for one made of the painting's name.
    """

    title: str
    habit: str
    n_frames: int
    size: tuple[int, int]
    picture: np.ndarray
    labels: np.ndarray
    numbers: Mapping[int, str]
    ground: tuple[int, int, int] | None
    materials: Mapping[str, str]
    canvas: CanvasSize
    poster: bool
    square: float
    steps: Sequence[SheetStep]
    heading: str = ""

    @property
    def minutes(self) -> int:
        """That all steps take about."""
        total = sum(step.minutes or 0 for step in self.steps)
        return 10 * round(total / 10) if total >= 60 else total


def usual_square(canvas: CanvasSize) -> float:
    """Choose a round side of the grid's squares, about an eighth of a canvas's longest side, in its unit."""
    wanted = canvas.longest / USUAL_SQUARES
    base = 10.0 ** np.floor(np.log10(wanted))
    return float(base * min(_NICE, key=lambda nice: abs(np.log(nice * base / wanted))))


def length_words(canvas: CanvasSize, length: float) -> str:
    """Write a length in a canvas's unit: "5 cm", "2.5 in", "100 px"."""
    return f"{length / 10:g} cm" if canvas.unit == "mm" else f"{length:g} {canvas.unit}"
