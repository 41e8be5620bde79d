"""frames/00000.png ...: every frame at full size, without loss."""

from __future__ import annotations

import numpy as np

from ..provenance import stamped_png
from .base import Job, Writer


class FramesWriter(Writer):
    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.folder = job.folder / "frames"
        self.folder.mkdir()

    def add(self, index: int, frame: np.ndarray) -> None:
        (self.folder / f"{index:05}.png").write_bytes(stamped_png(frame, self.job.text))
