"""What every frames block is: the ports of the loop's step, and three facts about it."""

from __future__ import annotations

from typing import ClassVar

from ...modules.degree import DegreeMode
from ..graph.graph import Port, Step

__all__ = ["FramesStep"]

_PICTURE = {"kind": "picture", "channels": 3, "range": (0.0, 1.0)}


class FramesStep(Step):
    """(x_T, x_t, labels, degrees, z) -> x_next. `begin` gets the whole series of steps under `degrees`.

    name: what process.json says a step was made by. whole: it makes frame 1 too, from the bare canvas, so the graph
    leaves the firstframe stage out. closing: whether the last frame is the model's own, or the input put there.
    degree_mode: how it counts degrees.
    """

    stage: ClassVar[str] = "frames"
    name: ClassVar[str]
    whole: ClassVar[bool] = False
    closing: ClassVar[str] = "model"
    degree_mode: DegreeMode = "progress"

    inputs: tuple[Port, ...] = (
        Port("x_T", **_PICTURE),  # type: ignore[arg-type]
        Port("x_t", **_PICTURE),  # type: ignore[arg-type]
        Port("labels", "labels", unnamed=True),
        Port("degrees", "degrees"),
        Port("z", "noise"),
        Port("beginning", "beginning", optional=True),
    )
    outputs = (Port("x_next", **_PICTURE),)  # type: ignore[arg-type]
