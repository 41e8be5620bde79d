"""What every writer is and knows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..values import Parts
from .timing import VideoOptions


@dataclass(frozen=True)
class Job:
    """What is known before the first frame.

    folder: where to write; it becomes the result folder when everything is complete. name: the painting's file name.
    size: (width, height) of the frames. asked: (N-1,K) degrees that the plan asks for, row i-1 for frame i.
    text: metadata for every picture and video. plan: the plan as process.json has it. video: what was asked of it.
    """

    folder: Path
    name: str
    size: tuple[int, int]
    n_frames: int
    parts: Parts
    asked: np.ndarray
    text: Mapping[str, str]
    plan: Mapping[str, Any] = field(default_factory=dict)
    video: VideoOptions = field(default_factory=VideoOptions)


class Writer(ABC):
    """Writes one kind of file from the stream of frames."""

    def __init__(self, job: Job) -> None:
        self.job = job

    @abstractmethod
    def add(self, index: int, frame: np.ndarray) -> None:
        """Frame `index` (0 is the bare canvas), (H,W,3) uint8 RGB. Not to be changed."""

    def close(self) -> dict[str, Any]:
        """Finish the files -> what process.json should say of them."""
        return {}

    def abort(self) -> None:  # noqa: B027  (most writers have nothing open)
        """Let go of open files after a failure; the folder is thrown away."""
