"""Writers: one file per format. A new one is a class here and a line in `WRITERS`.

A writer is made with a `Job` before the first frame, is given every frame once, in order, and closes at the end. It
may keep a few small pictures, never the frames.
"""

from __future__ import annotations

from .base import Job, Writer
from .frames import FramesWriter
from .sheet import SheetWriter
from .stills import FirstFrameWriter, SegmentationWriter
from .video import VideoWriter

WRITERS: dict[str, type[Writer]] = {
    "frames": FramesWriter,
    "video": VideoWriter,
    "sheet": SheetWriter,
    "segmentation": SegmentationWriter,
    "first_frame": FirstFrameWriter,
}

__all__ = ["WRITERS", "Job", "Writer"]
