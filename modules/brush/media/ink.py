"""Ink and flat colour: the picture's own lines with pressure, flats that stay flat, shadows as shapes, soft light."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..stroke import EMPTY, StrokeList, concatenate
from ..tracing import Brush, colour_difference, sample_at
from .areas import area_strokes, tone_shapes
from .drawing import draw_lines
from .medium import Medium, Passage

BLUE_PENCIL = np.array([0.55, 0.65, 0.80])
LINE = 9  # pixels at the working size that lines between flats are wide, at most
THERE = 0.02  # difference of colour at which a flat is there already
PIECE = 0.012  # of the picture that a hand fills in one go: what is larger is filled piece by piece
MOST_PIECES = 24  # of a place
FRONT = 0.14  # how uneven the front of such filling is, in widths of the brush and shares of the work
TONES = {"form": (0.07, 0.00012)}  # least difference of two tones, and least area in squares of the longest side
COARSE_TONES = (0.10, 0.0003)


def paint(passage: Passage, medium: Medium) -> StrokeList:
    """Lay the strokes of a passage in ink and flat colour."""
    if passage.finish == "sketch":
        lines = passage.context.sketch_lines()
        return draw_lines(passage, lines, mark="line", colour=BLUE_PENCIL, width=0.0020, opacity=0.5, loose=0.002)
    if passage.finish == "painting":
        return passage.reaching().brushwork(medium.brush("painting"))
    own = replace(passage, place=passage.place & (passage.parts == passage.context.labels))  # not of what will hide it
    inked = draw_lines(own, passage.context.ink_lines(), mark="line", colour=None, width=None, opacity=1.0)
    if passage.finish == "smooth":  # soft light where the flats are not yet the picture: flat art stays flat
        missing = colour_difference(passage.what, passage.canvas) > 0.03
        place = passage.place & (cv2.boxFilter(missing.astype(np.float32), -1, (5, 5)) > 0.4)
        return replace(passage, place=place, complete=False).brushwork(medium.brush("smooth")) + inked
    if passage.finish == "lined":  # inked, then filled in
        return inked + _flats(replace(passage, what=_without_lines(passage, inked)), inked, medium.brush("flat"))
    return _flats(passage, inked, medium.brush("flat"))


def _without_lines(passage: Passage, lines: StrokeList) -> np.ndarray:
    """Take dark lines off the flats of a passage, (h,w,3), where they are drawn: with what is beside them in it."""
    what, place = passage.what, passage.place[..., None]
    drawn = np.zeros(what.shape[:2], np.uint8)
    for path in np.split(lines.points * passage.context.longest, lines.starts[1:-1]) if len(lines) else ():
        cv2.polylines(drawn, [np.rint((path - 0.5) * 8).astype(np.int32)], False, 1, LINE, cv2.LINE_8, 3)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (LINE, LINE))
    wide = cv2.dilate(np.where(place, what, 0), kernel)
    return np.where(place & (drawn[..., None] > 0), cv2.erode(np.where(place, wide, 1), kernel), what)


def _pieces(passage: Passage, brush: Brush) -> np.ndarray:
    """Cut a place into the pieces (h,w) int, 0, 1, 2, ... in which a hand fills it, as the passage travels.

    Their fronts are ragged, as the ends of strokes side by side are.
    """
    longest = passage.context.longest
    count = int(np.clip(passage.place.sum() / (PIECE * longest**2), 1, MOST_PIECES))
    y, x = np.indices(passage.place.shape, np.float32)
    across = (y * np.cos(passage.context.slant) - x * np.sin(passage.context.slant)) / (0.5 * brush.size * longest)
    lanes = np.floor(across - across.min()).astype(int)
    ragged = FRONT * passage.rng.uniform(-1, 1, lanes.max() + 1)[lanes]
    return (count * np.clip(passage.travel + ragged * min(1, 6 / count), 0, 0.999)).astype(int)


def _flats(passage: Passage, lines: StrokeList, brush: Brush) -> StrokeList:
    """Lay flat shapes for every tone of a passage that is not there yet, larger ones first, and its lines on them.

    A large place is filled piece by piece, each in all its tones.
    """
    longest = passage.context.longest
    apart, least = TONES.get(passage.finish, COARSE_TONES)
    # Shadows and lights lie on what is filled already, and stay in it.
    beyond = 2 * round(passage.reach * longest) * (passage.finish != "form") + 1
    reached = cv2.dilate(passage.place.astype(np.uint8), np.ones((beyond, beyond), np.uint8)) > 0
    shapes = tone_shapes(passage.what, passage.place, passage.parts, apart=apart, least=least * longest**2)
    pieces = _pieces(passage, brush)
    found: list[tuple[int, StrokeList]] = []
    for part, mask, colour in shapes:
        if colour_difference(passage.canvas[mask], colour).mean() < THERE:
            continue
        # A flat goes on a little under the lines and under what comes next, so that no seam shows.
        now = (
            [int(n) for n in np.unique(pieces[mask])] if mask.sum() > PIECE * longest**2 else [int(pieces[mask].max())]
        )
        for number in now:
            own = mask & (pieces == number) if len(now) > 1 else mask
            wide = (cv2.dilate(own.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=2) > 0) & reached | own
            found.append((number, area_strokes(passage, wide, colour, mark="fill", part=part)))
            if len(lines):  # lines stand on a layer above the colours
                hidden = sample_at(wide, lines.points * longest)
                found.append((number, lines[np.logical_or.reduceat(hidden, lines.starts[:-1])]))
    return concatenate([strokes for _, strokes in sorted(found, key=lambda one: one[0])] or [EMPTY])


INK = Medium(
    name="ink",
    surface="smooth",
    grounds=((1.0, 1.0, 1.0), (0.96, 0.94, 0.90)),
    reach=0.004,
    brushes={
        "flat": Brush(0.050, "round", scatter=0.0),
        "smooth": Brush(0.020, "airbrush", (1.0, 3.0), opacity=0.6, tolerance=0.08, scatter=0.0, overlap=0.8),
        "painting": Brush(0.009, "round", (1.5, 5.0), tolerance=1.0, scatter=0.0, pressure=(0.6, 1, 0.5)),
    },
    paint=paint,
    residual={"flat": 0.01, "form": 0.02, "smooth": 0.02},
    shapes=("lined", "flat", "form"),
    habits=("lineart", "shapes"),
)
