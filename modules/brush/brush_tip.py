"""The brush over a picture, at the end of the stroke that is being laid: for films, drawn by code."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .media import MEDIA
from .stroke import AREAS, StrokeList
from .touch import Box, clip_box

SHIFT = 4  # bits of a pixel's fraction in OpenCV's coordinates
NARROWEST, WIDEST = 0.006, 0.045  # of the bristles, in shares of the longest side
REACH = 0.3  # of the longest side, from the tip to where the handle ends
LEAN = 0.25  # how far the handle follows the way of the stroke, in radians
HELD = np.deg2rad(52)  # a right hand holds it to the lower right
WOOD, VARNISH, METAL, GLEAM = (122, 62, 30), (176, 104, 58), (150, 150, 146), (224, 224, 220)
CEDAR, GRAPHITE = (222, 184, 135), (70, 70, 74)
SHADE = 0.22  # how much darker the shadow is
Shape = list[tuple[float, float]]  # along and across the handle, in shares of the longest side


def draw_brush(picture: np.ndarray, strokes: StrokeList, stroke: int, share: float) -> np.ndarray:
    """Draw the tool of the strokes' medium on a picture.

    Args:
        picture: (H,W,3) uint8; it is not changed.
        strokes: those of a step.
        stroke: number of the one that is being laid.
        share: of it that is laid, in [0,1].

    Returns:
        A new picture.
    """
    shown = picture.copy()
    height, width = picture.shape[:2]
    longest = max(height, width)
    one = strokes.stroke(stroke)
    at = share * (len(one.path) - 1)
    tip = np.array([np.interp(at, np.arange(len(one.path)), values) for values in one.path.T])
    behind = np.array([np.interp(max(at - 1, 0), np.arange(len(one.path)), values) for values in one.path.T])
    way = tip - behind
    lean = LEAN * float(np.clip(way[0] / max(float(np.hypot(*way)), 1e-6), -1, 1))
    broad = WIDEST if one.mark in AREAS else float(one.widths.max())
    broad = float(np.clip(broad, NARROWEST, WIDEST))
    pencil = list(MEDIA)[one.medium] == "pencil"
    along = np.array([np.cos(HELD + lean), np.sin(HELD + lean)])
    frame = _Frame(tip * longest, along, longest)
    shadow = _Frame((tip + 0.012) * longest, np.array([along[0] * 1.02, along[1] * 0.94]), longest)
    box = frame.box(height, width)
    if box is None:
        return shown
    top, bottom, left, right = box
    here = shown[top:bottom, left:right].copy()
    dark = np.zeros(here.shape[:2], np.uint8)
    outline = _pencil(broad) if pencil else _brush(broad)
    for shape, _ in outline:
        shadow.fill(dark, box, shape, [255])
    soft = cv2.blur(dark, (1 + 2 * max(1, longest // 200),) * 2).astype(np.float32) / 255
    here[...] = np.rint(here * (1 - SHADE * soft[..., None])).astype(np.uint8)
    for shape, colour in outline:
        frame.fill(here, box, shape, one.colour if colour is None else colour)
    if not pencil:
        for hair in np.linspace(-0.8, 0.8, 5):
            tint = np.clip(np.array(one.colour, int) + (26 if hair < 0 else -22), 0, 255).tolist()
            frame.line(here, box, [(0.15 * broad, 0.12 * hair * broad), (1.5 * broad, 0.45 * hair * broad)], tint)
    shown[top:bottom, left:right] = here
    return shown


class _Frame:
    """Places what is given along and across a handle, in shares of the longest side, in a picture."""

    def __init__(self, tip: np.ndarray, along: np.ndarray, longest: int) -> None:
        self.tip, self.along, self.longest = tip, along, longest
        self.across = np.array([-along[1], along[0]])

    def box(self, height: int, width: int) -> Box | None:
        """Find the box around the tool and its shadow."""
        end = self.tip + self.along * REACH * self.longest
        low, high = np.minimum(self.tip, end), np.maximum(self.tip, end)
        margin = (WIDEST + 0.02) * self.longest
        return clip_box(np.array([low[1] - margin, high[1] + margin, low[0] - margin, high[0] + margin]), height, width)

    def _pixels(self, box: Box, shape: Shape) -> np.ndarray:
        places = self.tip + np.array([u * self.along + v * self.across for u, v in shape]) * self.longest
        return np.rint((places - (box[2], box[0])) * (1 << SHIFT)).astype(np.int32)

    def fill(self, picture: np.ndarray, box: Box, shape: Shape, colour: Sequence[int]) -> None:
        cv2.fillPoly(picture, [self._pixels(box, shape)], colour, cv2.LINE_AA, SHIFT)

    def line(self, picture: np.ndarray, box: Box, shape: Shape, colour: Sequence[int]) -> None:
        thick = max(1, self.longest // 700)
        cv2.polylines(picture, [self._pixels(box, shape)], False, colour, thick, cv2.LINE_AA, SHIFT)


Shapes = list[tuple[Shape, tuple[int, int, int] | None]]


def _brush(broad: float) -> Shapes:
    """Shape a round brush: handle, ferrule, bristles; a colour of None is the stroke's."""
    half, metal = broad / 2, 1.7 * broad
    end, thick = metal + 1.4 * broad, max(0.42 * broad, 0.007)
    belly, back = end + 0.05, REACH
    handle = [(end, -0.8 * thick), (belly, -1.15 * thick), (back, -0.25 * thick), (back, 0.25 * thick),
              (belly, 1.15 * thick), (end, 0.8 * thick)]  # fmt: skip
    gleam = [(end, -0.45 * thick), (belly, -0.7 * thick), (back - 0.02, -0.1 * thick), (belly, -0.25 * thick)]
    ferrule = [(metal, -0.9 * half), (end, -0.8 * thick), (end, 0.8 * thick), (metal, 0.9 * half)]
    shine = [(metal, -0.6 * half), (end, -0.5 * thick), (end, -0.15 * thick), (metal, -0.1 * half)]
    hairs = [(0.0, 0.0), (0.35 * broad, -0.6 * half), (0.9 * broad, -half), (metal, -0.9 * half), (metal, 0.9 * half),
             (0.9 * broad, half), (0.35 * broad, 0.6 * half)]  # fmt: skip
    return [(handle, WOOD), (gleam, VARNISH), (ferrule, METAL), (shine, GLEAM), (hairs, None)]


def _pencil(broad: float) -> Shapes:
    """Shape a pencil: shaft, sharpened wood, lead."""
    thick, cone = 0.0085, 0.03
    shaft = [(cone, -thick), (REACH, -thick), (REACH, thick), (cone, thick)]
    gleam = [(cone, -0.6 * thick), (REACH, -0.6 * thick), (REACH, -0.1 * thick), (cone, -0.1 * thick)]
    wood = [(0.0, 0.0), (cone, -thick), (cone, thick)]
    lead = [(0.0, 0.0), (0.3 * cone, -0.3 * thick), (0.3 * cone, 0.3 * thick)]
    return [(shaft, GRAPHITE), (gleam, METAL), (wood, CEDAR), (lead, None)]
