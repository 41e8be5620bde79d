"""Strokes as objects: laid out once, rendered in five media at any size.

`Layout` turns where, what and how finely into a `StrokeList`; `draw_strokes` lays it on a canvas of any size.
"""

from .layout import Layout, find_medium
from .media import MEDIA, Medium
from .media.detect import detect_medium
from .raster import Layer, draw_strokes, first_cover, render_strokes
from .stroke import BrushStroke, StrokeList, concatenate
from .stroke_file import (
    JsonStrokes,
    StrokeFile,
    SvgStrokes,
    holds_strokes,
    read_strokes,
    strokes_from_json,
    strokes_from_svg,
    strokes_to_json,
    strokes_to_svg,
)
from .surface import bare_ground

__all__ = [
    "MEDIA",
    "BrushStroke",
    "JsonStrokes",
    "Layer",
    "Layout",
    "Medium",
    "StrokeFile",
    "StrokeList",
    "SvgStrokes",
    "bare_ground",
    "concatenate",
    "detect_medium",
    "draw_strokes",
    "find_medium",
    "first_cover",
    "holds_strokes",
    "read_strokes",
    "render_strokes",
    "strokes_from_json",
    "strokes_from_svg",
    "strokes_to_json",
    "strokes_to_svg",
]
