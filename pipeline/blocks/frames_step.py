"""The interface of every frames block: the ports of the loop's step, and facts about it."""

from __future__ import annotations

from typing import ClassVar

from ...modules.degree import DegreeMode
from ..graph import Port, Step
from .ports import BEGINNING, LABELS, STROKES, picture_port

__all__ = ["FramesStep"]


class FramesStep(Step):
    """Paint the next frame: (x_T, x_t, labels, degrees, z) -> x_next and its brush strokes.

    `begin` gets all steps under `degrees`. A block that works without brush strokes leaves the port `strokes` out.

    Attributes:
        stage: "frames", for blocks that come in by name.
        name: what process.json says that a step was made by.
        whole: whether it makes frame 1 too, from the bare canvas, so that the firstframe stage is left out.
        closing: "model", or "input" for a block that puts the painting at the end.
        degree_mode: how it measures degrees.
    """

    stage: ClassVar[str] = "frames"
    name: ClassVar[str]
    whole: ClassVar[bool] = False
    closing: ClassVar[str] = "model"
    degree_mode: DegreeMode = "progress"

    inputs: tuple[Port, ...] = (
        picture_port("x_T", "The finished painting."),
        picture_port("x_t", "The canvas before the step."),
        LABELS,
        Port("degrees", "degrees", description="The step of the plan: how much of each part is painted, and where."),
        Port("z", "noise", description="The source of z, for which frames are possible."),
        BEGINNING,
    )
    outputs: tuple[Port, ...] = (picture_port("x_next", "The canvas after the step."), STROKES)
