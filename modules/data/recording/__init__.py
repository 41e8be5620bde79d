"""Recorded painting processes: from a person's time-lapse videos to process folders, and their canvas held still.

`video` reads (`packets`: only what is needed), `canvas` finds the canvas, `views` tells moves, zooms and other
pictures, `select` decides what is kept (`excursions`: menus; `palette`: dithering), `extract` writes; `align` undoes
moves of the canvas, which `place` finds by features, `outlines` and, to a fraction of a pixel, `refine`; `similarity`
holds the transforms.
"""

from .align import align
from .canvas_detection import CanvasBox, find_canvas, parse_box
from .extract import extract
from .frame_selection import Rules
from .video_reader import open_video

__all__ = ["CanvasBox", "Rules", "align", "extract", "find_canvas", "open_video", "parse_box"]
