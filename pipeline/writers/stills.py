"""segmentation.png (paletted, pixel value = class index) and first_frame.png (frame 1)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..images import encode_png
from .base import Writer


class SegmentationWriter(Writer):
    def add(self, index: int, frame: np.ndarray) -> None:
        pass

    def close(self) -> dict[str, Any]:
        parts = self.job.parts
        parts.label_set.save_png(self.job.folder / "segmentation.png", parts.labels)
        return {}


class FirstFrameWriter(Writer):
    def add(self, index: int, frame: np.ndarray) -> None:
        if index == 1:
            (self.job.folder / "first_frame.png").write_bytes(encode_png(frame, self.job.text))
