"""Output writers, one file per format. A new one is a class here and a line in `WRITERS`.

A writer is created with a `WriteJob` before the first frame, gets every frame once, in order, and is closed at the end.
It may keep a few small pictures, never the frames.
"""

from .base import WriteJob, Writer
from .layers import LayersWriter
from .numbers import NumbersWriter
from .overlay import OverlayWriter
from .step_sheet import SheetWriter
from .stills import FirstFrameWriter, FramesWriter, SegmentationWriter
from .stroke_lists import StrokesWriter
from .timing import VideoOptions
from .video import VideoWriter, write_clip
from .write_all import WriterFactory, write_all

WRITERS: dict[str, type[Writer]] = {
    "frames": FramesWriter,
    "video": VideoWriter,
    "sheet": SheetWriter,
    "segmentation": SegmentationWriter,
    "first_frame": FirstFrameWriter,
    "overlay": OverlayWriter,
    "strokes": StrokesWriter,
    "layers": LayersWriter,
    "numbers": NumbersWriter,
}
DEFAULT = ("frames", "video", "sheet", "segmentation", "first_frame")

__all__ = [
    "DEFAULT", "WRITERS", "LayersWriter", "NumbersWriter", "WriteJob", "StrokesWriter", "VideoOptions", "Writer",
    "WriterFactory", "write_all", "write_clip",
]  # fmt: skip
