"""Writer of frames/00000.png ...: every frame at full size, lossless."""

import numpy as np

from ..provenance import stamped_png
from .base import WriteJob, Writer


class FramesWriter(Writer):
    """Writes every frame as a PNG."""

    def __init__(self, job: WriteJob) -> None:
        super().__init__(job)
        self.folder = job.folder / "frames"
        self.folder.mkdir()

    def add(self, index: int, frame: np.ndarray) -> None:
        (self.folder / f"{index:05}.png").write_bytes(stamped_png(frame, self.job.text))
