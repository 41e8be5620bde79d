"""Writer interface, and the job that writers get."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...modules.brush.stroke import StrokeList
from ...modules.paints.pigments import Shelf
from ..port_values import Parts
from .canvas_size import CanvasSize
from .timing import VideoOptions


@dataclass(frozen=True)
class WriteJob:
    """Everything that writers know before the first frame.

    Attributes:
        folder: where to write; it becomes the result folder when everything is complete.
        name: the painting's file name.
        size: (width, height) of the frames.
        n_frames: how many frames will come.
        parts: the label map.
        requested: (N-1,K) degrees that the plan requests, row i-1 for frame i.
        text: metadata for every picture and video.
        plan: the plan as in process.json.
        video: formats and speed of the video.
        canvas_size: at which the step sheet gives brush widths; None: one that is usual for the medium.
        painting: (H,W,3) float32 in [0,1], whose pixels strokes of the last finish lay.
        strokes: whether the frames' strokes are known.
        reference: (H,W,3) float32 in [0,1], the painting, to be shown beside the canvas.
        palette: the paints in whose colours it is painted.
    """

    folder: Path
    name: str
    size: tuple[int, int]
    n_frames: int
    parts: Parts
    requested: np.ndarray
    text: Mapping[str, str]
    plan: Mapping[str, Any] = field(default_factory=dict)
    video: VideoOptions = field(default_factory=VideoOptions)
    canvas_size: CanvasSize | None = None
    painting: np.ndarray | None = None
    strokes: bool = False
    reference: np.ndarray | None = None
    palette: Shelf | None = None


class Writer(ABC):
    """Base class: writes one kind of file from the stream of frames."""

    def __init__(self, job: WriteJob) -> None:
        self.job = job

    @abstractmethod
    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        """Write a frame, without changing it.

        Args:
            index: its number; 0 is the bare canvas.
            frame: (H,W,3) uint8 RGB.
            strokes: what made it of the frame before; None where that is not known as strokes.
        """

    def close(self) -> dict[str, Any]:
        """Finish the files and return their entries for process.json."""
        return {}

    def abort(self) -> None:  # noqa: B027  (most writers have nothing open)
        """Close open files after a failure; the folder is deleted."""
