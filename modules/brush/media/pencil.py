"""Pencil: contour, a rubbed tone, hatching along the form that is crossed in the darks, paper grain.

Graphite or one chalk where the picture has a single hue, else coloured pencils: each stroke takes the hue that its
place still lacks, so tone and colour grow together and the end is no jump.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..cover import cover, select_uncovered, to_strokes
from ..direction import DirectionField
from ..stroke import EMPTY, StrokeList, concatenate
from ..tracing import Brush, Candidates, find_candidates, make_region, sample_at
from .areas import blur_inside, mean_of_channels, plain_colours, thinned
from .drawing import draw_lines
from .medium import Medium, Passage

GRAPHITE = np.array([0.16, 0.16, 0.175])
OVERLAP = 0.35  # share of a line's strip that lines beside it may fill
FULL = 0.4  # density (natural logarithm) that a pencil of any hue has where it is pressed
TWICE = 1.8  # times that rubbing covers a place, since strokes overlap
THIN = 0.75  # mean width of a line, which swells and lifts off, as a share of its full width
RIM = (0.5, 0.4)  # along outlines tone is rubbed in again: how far from them, and how broadly, in widths of the brush
LIGHT = 0.22  # density that a first light tone approaches in the darks
RUBBED = 0.75  # share of the missing tone that is rubbed in before it is hatched


@dataclass(frozen=True)
class Hatching:
    """One layer of hatching.

    Attributes:
        least: share of the surface in [0,1] still to be covered from which it is laid.
        turn: radians against the form.
        spacing: of its lines, a share of the longest side.
        width: of a line, a share of the longest side.
    """

    least: float
    turn: float
    spacing: float
    width: float


LAYERS = {
    "wash": (Hatching(0.05, 0.0, 0.0074, 0.0024),),
    "flat": (Hatching(0.10, 0.0, 0.0070, 0.0024), Hatching(0.40, 0.35, 0.0066, 0.0024)),
    "form": (Hatching(0.10, 0.0, 0.0060, 0.0020), Hatching(0.25, 0.7, 0.0056, 0.0020)),
    "smooth": (Hatching(0.12, 0.1, 0.0048, 0.0017), Hatching(0.25, 0.8, 0.0044, 0.0017)),
}
# how finely tones are seen, a share of the longest side
SEEN = {"wash": 0.014, "flat": 0.010, "form": 0.0045, "smooth": 0.0018}
STRENGTH = {"wash": 1.0, "flat": 0.75, "form": 0.92, "smooth": 1.0}  # of the tone that is reached with each finish
HALF_CLOSED = 0.006  # how finely the tone of what is drawn already is seen
# Opacity of the stump that smooths what is drawn before the next layer; none in a picture that is a drawing itself.
STUMP = {"form": 0.35, "smooth": 0.6}
LACKS = 0.05  # density that must be missing where contours are drawn again over a tone that is nearly done


def pigment(painting: np.ndarray) -> np.ndarray | None:
    """Choose the colour (3,) of the pencil or chalk: the picture's darks if it has but one hue, else None."""
    pixels = painting.reshape(-1, 3)
    dark = pixels[np.argsort(pixels.sum(axis=1), kind="stable")[: max(1, len(pixels) // 50)]].mean(axis=0)
    hue = pixels - pixels.mean(axis=1, keepdims=True)
    single = float(np.abs(hue - hue.mean(axis=0)).mean()) < 0.012
    return np.clip(0.8 * dark + 0.2 * GRAPHITE, 0.05, 0.4) if single else None


def paint(passage: Passage, medium: Medium) -> StrokeList:
    """Lay the strokes of a passage in pencil."""
    colour: np.ndarray | None = passage.context.remember("pigment", lambda: pigment(passage.context.painting))
    lead = GRAPHITE if colour is None else colour
    if passage.finish == "sketch":
        lines = passage.context.sketch_lines()
        search = draw_lines(
            passage, lines, mark="contour", colour=lead, width=0.0012, opacity=0.25, loose=0.004, taper=0.3
        )
        firm = draw_lines(
            passage, lines, mark="contour", colour=lead, width=0.0014, opacity=0.5, loose=0.001, taper=0.3
        )
        return search + firm
    if passage.finish == "painting":
        return passage.reaching().brushwork(medium.brush("painting"), _slanted(passage, 0.0))
    finish = passage.finish if passage.finish in LAYERS else "flat"
    longest, place = passage.context.longest, passage.place
    sigma = max(0.8, SEEN[finish] * longest)
    # Where the picture is lighter than its flat tone the paper is spared: nothing can be taken away again.
    light = blur_inside(passage.context.painting, place, sigma)
    what = blur_inside(plain_colours(passage), place, sigma) if finish == "wash" else passage.what
    light = blur_inside(np.maximum(what, light), place, sigma)
    goal, paper = np.log(np.clip(light, 0.03, 1)), np.log(passage.context.ground)
    goal = paper + STRENGTH[finish] * (goal - paper)
    if finish == "wash":
        goal = paper - thinned(np.maximum(paper - goal, 0), LIGHT)
    # Of what is there the tone counts, not the lines that it is made of.
    canvas = np.log(np.clip(blur_inside(passage.canvas, place, max(0.8, HALF_CLOSED * longest)), 0.03, 1))
    passage = passage.reaching()
    missing = mean_of_channels(np.maximum(canvas - goal, 0))
    layers = [_stump(passage, canvas, STUMP[finish])] if finish in STUMP and colour is None else []
    layers.append(_rub(passage, medium.brush(finish), goal, canvas, colour))
    layers += [_hatch(passage, layer, goal, canvas, colour) for layer in LAYERS[finish]]
    strokes = concatenate(layers)
    if finish == "wash":  # so light a tone leaves the contours as they are
        return strokes
    # Contours are drawn again, since tone softens them.
    lines = passage.context.sketch_lines() if finish == "flat" else passage.context.ink_lines()
    if finish in STUMP:  # place by place, since each layer alone is little to be seen
        order = sample_at(passage.travel, strokes.middles() * longest) + np.repeat(
            0.04 * np.arange(len(layers)), [len(layer) for layer in layers]
        )
        strokes = strokes[np.argsort(order, kind="stable")]
        passage = replace(passage, place=passage.place & (missing > LACKS))
    return strokes + draw_lines(
        passage, lines, mark="hatch", colour=None, width=0.0015, opacity=0.8 if finish == "smooth" else 0.6, taper=0.2
    )


def _stump(passage: Passage, canvas: np.ndarray, opacity: float) -> StrokeList:
    """Smooth what is drawn, the logarithm `canvas` (h,w,3), with a stump, which carries pigment into the hollows."""
    brush = Brush(0.014, "stump", (1.5, 4.0), opacity=opacity, tolerance=0.1, scatter=0.0)
    return replace(passage, what=np.exp(canvas).astype(np.float32), complete=False).brushwork(brush)


def _missing(goal: np.ndarray, canvas: np.ndarray, colour: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Find the pencil (h,w,3) for every place, and the share (h,w) of its surface that it must still cover."""
    density = np.maximum(canvas - goal, 0)
    if colour is None:
        most = np.maximum(np.maximum(density[..., 0], density[..., 1]), density[..., 2])
        pencil = np.exp(-density * np.maximum(1, FULL / np.maximum(most, 1e-3))[..., None])
    else:
        pencil = np.broadcast_to(colour, density.shape)
    share = mean_of_channels(1 - np.exp(-density)) / np.maximum(mean_of_channels(1 - pencil), 1e-3)
    return pencil.astype(np.float32), np.clip(share, 0, 1).astype(np.float32)


def _rub(passage: Passage, brush: Brush, goal: np.ndarray, canvas: np.ndarray, colour: np.ndarray | None) -> StrokeList:
    """Lay a broad tone wherever the passage must become darker, then a narrow one along its outline.

    Darkens the logarithm `canvas` as they will.
    """
    longest = passage.context.longest
    room = np.pad(passage.place, 1, mode="edge").astype(np.uint8)
    away = np.minimum(cv2.distanceTransform(room, cv2.DIST_L2, 3)[1:-1, 1:-1], longest)  # endless without an outline
    away = away / np.float32(brush.size * longest)
    narrow = replace(brush, size=RIM[1] * brush.size)
    # Broad strokes thin out towards outlines, which would stand in a halo of paper.
    broad = _rub_once(passage, brush, goal, canvas, colour, np.clip(away / RIM[0], 0, 1))
    along = replace(passage, place=passage.place & (away < RIM[0]))
    both = broad + _rub_once(along, narrow, goal, canvas, colour, np.ones_like(away))
    # One goes up to an outline as one gets there: what comes last may be left out, and would leave a rim of paper.
    return both[np.argsort(sample_at(passage.travel, both.middles() * longest), kind="stable")]


def _rub_once(
    passage: Passage,
    brush: Brush,
    goal: np.ndarray,
    canvas: np.ndarray,
    colour: np.ndarray | None,
    reached: np.ndarray,
) -> StrokeList:
    """Rub with one brush; darkens `canvas` as far as it is `reached`, (h,w) in [0,1]."""
    pencil, share = _missing(goal, canvas, colour)
    place, longest = passage.place & (share > 0.06), passage.context.longest
    if not place.any():
        return EMPTY
    field = _slanted(passage, 0.0) if passage.finish == "wash" else passage.direction(brush.size)
    tones = np.dstack([share] * 3)
    region = make_region(place, tones, passage.parts, field, passage.travel, brush.tolerance)
    strokes = cover(region, brush, longest, passage.reach, passage.rng, complete=False)
    canvas += np.log(1 - np.where(place, RUBBED * share * reached, 0)[..., None] * (1 - pencil))
    return _press(passage, strokes, brush, pencil, RUBBED / TWICE * strokes.colour[:, 0])


def _press(passage: Passage, strokes: Candidates, brush: Brush, pencil: np.ndarray, covers: np.ndarray) -> StrokeList:
    """Make strokes of the pencils (h,w,3) at their middles, each pressed so as to cover a share (n,) of its place."""
    strokes.colour = sample_at(pencil, strokes.path[:, strokes.path.shape[1] // 2])
    return to_strokes(strokes, brush, passage.context.longest, passage.rng, **passage.values, opacity=_pressure(covers))


def _pressure(covers: np.ndarray) -> np.ndarray:
    """Find the pressure at which paper grain takes so much of a pencil (the mean response of `surface.catch_paint`)."""
    return np.clip(covers / 1.2, 0, 1) ** (2 / 3)


def _slanted(passage: Passage, turn: float) -> DirectionField:
    """Bend one slant by the form; crossing layers are turned against it."""
    context = passage.context

    def bend() -> DirectionField:
        form = context.direction(0.05)
        slanted = 0.45 * np.exp(2j * form.angle) * form.coherence + 0.6 * np.exp(2j * (context.slant - 1.3))
        return DirectionField((0.5 * np.angle(slanted) + turn).astype(np.float32), form.coherence)

    field: DirectionField = context.remember(("hatching", turn), bend)
    return field


def _hatch(
    passage: Passage, layer: Hatching, goal: np.ndarray, canvas: np.ndarray, colour: np.ndarray | None
) -> StrokeList:
    """Lay a layer of hatching where it is wanted; darkens the logarithm `canvas` as it will."""
    longest, rng = passage.context.longest, passage.rng
    pencil, share = _missing(goal, canvas, colour)
    place = passage.place & (share > layer.least)
    if not place.any():
        return EMPTY
    apart = layer.spacing / layer.width  # in widths of a line
    brush = Brush(
        layer.width, "hatch", (5 * apart, 13 * apart), tolerance=0.22, scatter=0.0, spacing=0.9 * apart, wobble=0.04
    )
    field = _slanted(passage, layer.turn)
    region = make_region(place, np.dstack([share] * 3), passage.parts, field, passage.travel, brush.tolerance)
    strokes = find_candidates(region, region.parts > 0, brush, layer.width * longest, passage.reach * longest, rng)
    strokes.width[:] = layer.spacing * longest
    strokes = strokes[select_uncovered(np.zeros(region.parts.shape, np.uint8), strokes, OVERLAP)]
    strokes.path += region.corner
    strokes = strokes.in_order()
    filled = THIN * layer.width / layer.spacing
    canvas += np.log(1 - np.where(place, np.minimum(share, 0.9 * filled), 0)[..., None] * (1 - pencil))
    covers = np.clip(strokes.colour[:, 0] / filled, 0.12, 0.9)
    u = np.linspace(0, 1, strokes.path.shape[1])
    lift = 0.35 + 0.65 * np.sin(np.pi * np.clip(0.15 + 0.8 * u, 0, 1))
    strokes.width = layer.width * longest * (0.6 + 0.5 * covers)[:, None] * lift
    return _press(passage, strokes, brush, pencil, covers)


PENCIL = Medium(
    name="pencil",
    surface="paper",
    grounds=((0.97, 0.96, 0.94), (0.82, 0.76, 0.66)),
    reach=0.005,
    brushes={
        "wash": Brush(0.024, "smudge", (2.0, 5.0), tolerance=0.25, scatter=0.0, overlap=0.85),
        "flat": Brush(0.034, "smudge", (1.5, 4.0), tolerance=0.25, scatter=0.0, overlap=0.85),
        "form": Brush(0.018, "smudge", (1.5, 4.0), tolerance=0.2, scatter=0.0, overlap=0.8),
        "smooth": Brush(0.009, "smudge", (1.5, 4.0), tolerance=0.2, scatter=0.0, overlap=0.8),
        "painting": Brush(0.0085, "hatch", (4.0, 10.0), tolerance=1.0, scatter=0.0, spacing=0.8, wobble=0.04),
    },
    paint=paint,
    transparent=True,
    residual={"flat": 0.115, "form": 0.075, "smooth": 0.05},
    tinted=True,
    habits=("drawing",),
)
