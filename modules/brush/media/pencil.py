"""Pencil and charcoal: contour, tone by hatching along the form, cross-hatching for darks, smudges, paper grain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..cover import cover, select_uncovered, to_strokes
from ..direction import DirectionField
from ..stroke import EMPTY, StrokeList, concatenate
from ..tracing import Brush, Candidates, find_candidates, make_region
from .areas import blur_inside
from .drawing import draw_lines
from .medium import Medium, Passage

LIGHTNESS = np.array([0.299, 0.587, 0.114])
GRAPHITE = np.array([0.20, 0.20, 0.215])
LINE = 0.0016  # width of a line of hatching, a share of the longest side
OVERLAP = 0.35  # share of a line's strip that lines beside it may fill


@dataclass(frozen=True)
class Hatching:
    """One layer of hatching.

    Attributes:
        least: darkness in [0,1] from which it is laid.
        turn: radians against the form.
        spacing: of its lines, a share of the longest side.
        pressure: in [0,1].
    """

    least: float
    turn: float
    spacing: float
    pressure: float


LAYERS = {
    "flat": (Hatching(0.10, 0.0, 0.0075, 0.40), Hatching(0.42, 0.0, 0.0060, 0.50)),
    "form": (Hatching(0.14, 0.0, 0.0058, 0.44), Hatching(0.34, 0.9, 0.0060, 0.47), Hatching(0.58, -0.7, 0.0056, 0.52)),
    "smooth": (
        Hatching(0.10, 0.2, 0.0044, 0.42), Hatching(0.30, 1.1, 0.0045, 0.47), Hatching(0.52, -0.5, 0.0042, 0.52),
        Hatching(0.72, 0.5, 0.0040, 0.62),
    ),
}  # fmt: skip


def pigment(painting: np.ndarray) -> np.ndarray:
    """Choose the colour (3,) of the pencil or chalk: the picture's darks if it has but one hue, else graphite."""
    pixels = painting.reshape(-1, 3)
    dark = pixels[np.argsort(pixels.sum(axis=1), kind="stable")[: max(1, len(pixels) // 50)]].mean(axis=0)
    hue = pixels - pixels.mean(axis=1, keepdims=True)
    single = float(np.abs(hue - hue.mean(axis=0)).mean()) < 0.03
    return np.clip(0.8 * dark + 0.2 * GRAPHITE, 0.05, 0.4) if single else GRAPHITE


def paint(passage: Passage, medium: Medium) -> StrokeList:
    """Lay the strokes of a passage in pencil or charcoal."""
    colour: np.ndarray = passage.context.remember("pigment", lambda: pigment(passage.context.painting))
    if passage.finish == "sketch":
        lines = passage.context.sketch_lines()
        search = draw_lines(
            passage, lines, mark="contour", colour=colour, width=0.0012, opacity=0.4, loose=0.004, taper=0.3
        )
        firm = draw_lines(
            passage, lines, mark="contour", colour=colour, width=0.0014, opacity=0.75, loose=0.001, taper=0.3
        )
        return search + firm
    if passage.finish == "painting":
        return passage.brushwork(medium.brush("painting"))
    goal, now = ((image @ LIGHTNESS).astype(np.float32) for image in (passage.what, passage.canvas))
    range_ = max(0.2, float((passage.context.ground - colour) @ LIGHTNESS))
    paper = float(passage.context.ground @ LIGHTNESS)
    # Share of the pigment that is wanted, and what is missing of it: of tones, not of the lines that are there.
    wanted = np.clip((paper - blur_inside(goal, passage.place, 0.8)) / range_, 0, 1)
    missing = np.clip(blur_inside(now - goal, passage.place, 0.008 * passage.context.longest) / range_, 0, 1)
    if passage.finish == "form":
        return _hatch(passage, np.minimum(wanted, 2.2 * missing + 0.05), colour, LAYERS["form"])
    if passage.finish == "smooth":
        hatching = _hatch(passage, np.minimum(wanted, 2.5 * missing), colour, LAYERS["smooth"])
        lines = passage.context.ink_lines()
        return hatching + draw_lines(passage, lines, mark="hatch", colour=colour, width=0.0016, opacity=0.9, taper=0.2)
    return _smudge(passage, medium.brush("flat"), missing, colour) + _hatch(passage, wanted, colour, LAYERS["flat"])


def _smudge(passage: Passage, brush: Brush, missing: np.ndarray, colour: np.ndarray) -> StrokeList:
    """Lay a broad tone wherever the passage must become darker."""
    place, longest = passage.place & (missing > 0.08), passage.context.longest
    if not place.any():
        return EMPTY
    tones = np.dstack([missing] * 3).astype(np.float32)
    field = passage.context.direction(brush.size)
    region = make_region(place, tones, passage.parts, field, passage.travel, brush.tolerance)
    strokes = cover(region, brush, longest, passage.reach, passage.rng, complete=False)
    return _press(passage, strokes, brush, colour, brush.opacity * strokes.colour[:, 0])


def _press(passage: Passage, strokes: Candidates, brush: Brush, colour: np.ndarray, pressure: np.ndarray) -> StrokeList:
    """Make strokes in the pigment `colour` (3,), with a pressure (n,) each."""
    strokes.colour = np.tile(colour, (len(strokes), 1))
    return to_strokes(strokes, brush, passage.context.longest, passage.rng, **passage.values, opacity=pressure)


def _hatch(passage: Passage, wanted: np.ndarray, colour: np.ndarray, layers: tuple[Hatching, ...]) -> StrokeList:
    """Lay layers of hatching where they are wanted, (h,w) in [0,1]."""
    longest, rng = passage.context.longest, passage.rng
    form = passage.context.direction(0.03)
    # One slant, bent by the form; crossing layers are turned against it.
    slanted = 0.55 * np.exp(2j * form.angle) * form.coherence + 0.6 * np.exp(2j * (passage.context.slant - 1.3))
    tones = np.dstack([wanted] * 3).astype(np.float32)
    found = []
    for layer in layers:
        place = passage.place & (wanted > layer.least)
        if not place.any():
            continue
        field = DirectionField((0.5 * np.angle(slanted) + layer.turn).astype(np.float32), form.coherence)
        apart = layer.spacing / LINE  # in widths of a line
        brush = Brush(
            LINE, "hatch", (5 * apart, 13 * apart), tolerance=0.22, scatter=0.0, spacing=0.9 * apart, wobble=0.04
        )
        region = make_region(place, tones, passage.parts, field, passage.travel, brush.tolerance)
        strokes = find_candidates(region, region.parts > 0, brush, LINE * longest, passage.reach * longest, rng)
        strokes.width[:] = layer.spacing * longest
        strokes = strokes[select_uncovered(np.zeros(region.parts.shape, np.uint8), strokes, OVERLAP)]
        strokes.path += region.corner
        strokes = strokes.in_order()
        press = np.clip(0.5 + 0.8 * (strokes.colour[:, 0] - layer.least), 0.4, 1)
        u = np.linspace(0, 1, strokes.path.shape[1])
        lift = 0.35 + 0.65 * np.sin(np.pi * np.clip(0.15 + 0.8 * u, 0, 1))
        strokes.width = LINE * longest * (0.55 + 0.6 * press)[:, None] * lift
        found.append(_press(passage, strokes, brush, colour, layer.pressure * press))
    return concatenate(found)


PENCIL = Medium(
    name="pencil",
    surface="paper",
    grounds=((0.97, 0.96, 0.94), (0.82, 0.76, 0.66)),
    reach=0.003,
    brushes={
        "flat": Brush(0.040, "smudge", (1.5, 4.0), opacity=0.5, tolerance=0.25, scatter=0.0),
        "painting": Brush(0.010, "smudge", (2.0, 6.0), tolerance=1.0, scatter=0.0),
    },
    paint=paint,
    transparent=True,
    tinted=True,
)
