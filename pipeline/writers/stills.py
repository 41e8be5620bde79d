"""Writers of pictures: frames/00000.png ... (lossless, at full size), segmentation.png and first_frame.png."""

from typing import Any

import numpy as np

from ...modules.brush.stroke import StrokeList
from ..images import pixels_sha256
from ..provenance import PIXELS, stamped_png
from .base import WriteJob, Writer


class FramesWriter(Writer):
    """Writes every frame."""

    def __init__(self, job: WriteJob) -> None:
        super().__init__(job)
        self.folder = job.folder / "frames"
        self.folder.mkdir()

    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        (self.folder / f"{index:05}.png").write_bytes(stamped_png(frame, self.job.text))


class SegmentationWriter(Writer):
    """Writes the label map, paletted: pixel value = class index."""

    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        pass

    def close(self) -> dict[str, Any]:
        parts = self.job.parts
        seen = pixels_sha256(parts.label_set.colourise(parts.labels))
        path = self.job.folder / "segmentation.png"
        parts.label_set.save_png(path, parts.labels, {**self.job.text, PIXELS: seen})
        return {}


class FirstFrameWriter(Writer):
    """Writes frame 1."""

    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        if index == 1:
            (self.job.folder / "first_frame.png").write_bytes(stamped_png(frame, self.job.text))
