"""Recorded painting processes: from time-lapse videos to process folders with a stationary canvas.

`video_reader` decodes (`packets`: only what is needed), `canvas_detection` finds the canvas, `shots` tracks moves,
zooms and other paintings, `frame_selection` decides what is kept (`occlusions`: menus; `dithering`: GIFs), `extract`
writes the processes (`whole_picture`, `surroundings`, `captions`, `exposure`, `levels`: what is no state of it);
`align` undoes moves of the canvas by `registration` (features, `outline_matching`,
`registration_refine`, all on a `similarity_transform`) and reports `moved_layers`.
"""

from .align import align
from .canvas_detection import CanvasBox, find_canvas, parse_box
from .extract import extract
from .frame_selection import SelectionRules
from .joined_video import join_videos
from .video_reader import open_video

__all__ = ["CanvasBox", "SelectionRules", "align", "extract", "find_canvas", "join_videos", "open_video", "parse_box"]
