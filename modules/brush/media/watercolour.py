"""Watercolour: washes are shapes, not strokes; light to dark on white paper, ever smaller, accents with a brush."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..direction import gradient
from ..marks import smoothstep
from ..stroke import StrokeList, concatenate
from ..tracing import Brush
from ..wash import BASE
from .areas import area_strokes, blur_inside, mean_of_channels, plain_colours, thinned
from .drawing import draw_lines
from .medium import Medium, Passage

OVERLAP = 0.12  # share of the reach by which neighbouring washes overlap where they do not run into each other
SEAMLESS = (0.6, 0.9)  # how softly the picture goes on, in [0,1], where no wash may end with an edge
RUNNING = 0.25  # and where they do: more is a dark seam, less a light one
UNDER = (0.05, 0.4)  # darkness (natural logarithm) by which a neighbour is darker, and the overlap where it is
THIN = 1.4  # density that a first wash approaches in the darks
WHITE = 0.10  # darkness (natural logarithm) below which paper is the light
TINT = 0.05  # difference of densities (natural logarithms) from which a light has a hue, and is no white paper
BRIGHTEST = (6, 0.13)  # percentile of a part that is left white, too, where it is not darker than that
SAMPLE = 4000  # pixels that colours are chosen from
RUN = 0.03  # how far colour runs that is dropped into a wet wash, a share of the longest side


@dataclass(frozen=True)
class Glaze:
    """How washes of a finish are laid.

    Attributes:
        blur: how finely shapes follow the picture, a share of the longest side.
        layers: for each layer, over what the one before left too light, the percentile of the missing darkness within
            a wash that it brings: low ones leave the lights of its place to the paper.
        strength: share of that which it brings.
        least: darkness (natural logarithm) below which paper is left as it is.
        tones: number of colours that a layer is split into.
        area: smallest wash, a share of the longest side squared.
        wet: whether colours are dropped into the wet wash.
    """

    blur: float
    layers: tuple[float, ...]
    strength: float
    least: float
    tones: int
    area: float
    wet: bool = False


GLAZES = {
    "wash": Glaze(0.012, (35,), 0.80, 0.07, 2, 0.0010, wet=True),
    "flat": Glaze(0.009, (18, 32), 0.85, 0.08, 3, 0.0006, wet=True),
    "form": Glaze(0.0048, (25, 35, 45), 0.90, 0.13, 4, 0.00014),
    "smooth": Glaze(0.0018, (30, 40, 50), 0.92, 0.12, 3, 0.000025),
}


def paint(passage: Passage, medium: Medium) -> StrokeList:
    """Lay the washes of a passage."""
    if passage.finish == "sketch":
        lines = passage.context.sketch_lines()
        grey = np.array([0.45, 0.44, 0.45])
        return draw_lines(
            passage, lines, mark="contour", colour=grey, width=0.0013, opacity=0.6, loose=0.002, taper=0.2
        )
    if passage.finish == "painting":
        return passage.reaching().brushwork(medium.brush("painting"))
    glaze = GLAZES.get(passage.finish, GLAZES["flat"])
    canvas = passage.canvas.astype(np.float32).copy()
    soft, wet = _softness(passage, glaze)
    sigma = max(0.8, 0.7 * glaze.blur * passage.context.longest)
    seen, what = blur_inside(passage.context.painting, passage.place, sigma), passage.what
    if passage.finish == "wash":
        first = np.maximum(seen, blur_inside(plain_colours(passage), passage.place, sigma))
        paper = np.log(passage.context.ground)
        what = np.exp(paper - thinned(np.maximum(paper - np.log(np.clip(first, 0.03, 1)), 0), THIN))
    place, under = passage.place, _darker_beside(passage, seen, glaze)
    dry = np.where(under, UNDER[1], OVERLAP)
    overlap = dry + (RUNNING - dry) * wet
    passage = replace(passage.reaching(overlap), what=np.maximum(what, seen))
    under &= passage.place & ~place
    parts = np.unique(passage.parts[passage.place])
    order = np.argsort([passage.travel[passage.place & (passage.parts == p)].mean() for p in parts], kind="stable")
    found = [_layer(passage, glaze, canvas, soft, under, int(p), share) for share in glaze.layers for p in parts[order]]
    return concatenate(found)


def _darker_beside(passage: Passage, seen: np.ndarray, glaze: Glaze) -> np.ndarray:
    """Find where what lies beside a place is darker than it is `seen` (h,w,3) there, (h,w) bool.

    A wash goes on under such neighbours, whenever they are painted: no hairline of paper is left between the two.
    """
    sigma = max(0.8, 0.7 * glaze.blur * passage.context.longest)
    beside = blur_inside(passage.context.painting, ~passage.place, sigma)
    dark = mean_of_channels(np.log(np.clip(seen, 0.03, 1)) - np.log(np.clip(beside, 0.03, 1)))
    found: np.ndarray = ~passage.place & glaze.wet & (dark > UNDER[0])
    return found


def _layer(
    passage: Passage,
    glaze: Glaze,
    canvas: np.ndarray,
    soft: np.ndarray,
    under: np.ndarray,
    part: int,
    share: float,
) -> StrokeList:
    """Lay washes over all of a part that is still too light, and on `under` (h,w) bool what is darker beside it.

    Darkens `canvas` (h,w,3) as they will.
    """
    longest = passage.context.longest
    own = passage.place & (passage.parts == part)
    missing = np.log(np.clip(canvas, 0.03, 1)) - np.log(np.clip(passage.what, 0.03, 1))
    missing = blur_inside(np.maximum(missing, 0).astype(np.float32), own, max(0.8, glaze.blur * longest))
    dark = mean_of_channels(missing)
    typical = float(np.median(dark[own]))
    # Paint cannot be taken away: where the picture is light, the paper stays.
    area = own & (dark > max(glaze.least, min(0.35 * typical, 0.25)))
    if glaze.wet:
        depth = mean_of_channels(
            np.log(passage.context.ground / np.clip(passage.context.painting, 0.03, 1)).astype(np.float32)
        )
        brightest = float(np.percentile(depth[own], BRIGHTEST[0]))
        area &= cv2.GaussianBlur(depth, (0, 0), 1.0) > max(WHITE, brightest if brightest < BRIGHTEST[1] else 0)
    area |= own & under
    found, darker = [], _split(passage, missing, area, glaze.tones)
    # From light to dark: each wash goes on under those that are darker.
    masks = [np.any(darker[k:], axis=0) for k in range(len(darker))]
    if glaze.wet and (pale := _tinted_lights(missing, own & ~area)).any():
        masks.insert(0, own & (cv2.dilate(pale.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0))
    for k, mask in enumerate(masks):
        if mask.sum() < 0.6 * glaze.area * longest**2:
            continue
        tint = np.exp(-glaze.strength * np.percentile(_sample(missing[mask]), share, axis=0).clip(0))
        if tint.min() > 0.97:
            continue
        colour = np.clip(1 - (1 - tint) / BASE, 0.03, 1)
        washes = area_strokes(
            passage, mask, colour, mark="wash", part=part, soft=soft,
            smooth=max(0.7, 0.3 * glaze.blur * longest), least=glaze.area * longest**2,
        )  # fmt: skip
        if len(washes):
            laid = 1 - BASE * (1 - colour)
            found.append(washes)
            canvas[mask] *= laid
            missing[mask] += np.log(laid)
            if glaze.wet and k == len(masks) - len(darker):
                found.append(_charge(passage, mask, missing, canvas, part, glaze.strength))
    return concatenate(found)


def _tinted_lights(missing: np.ndarray, light: np.ndarray) -> np.ndarray:
    """Find where the lights (h,w) bool of a part lack a hue, (h,w) bool: a lilac lapel is no white paper."""
    hue = missing.max(axis=2) - missing.min(axis=2)
    found: np.ndarray = light & (hue > TINT)
    return found


def _sample(values: np.ndarray) -> np.ndarray:
    return values[:: max(1, len(values) // SAMPLE)]


def _split(passage: Passage, missing: np.ndarray, area: np.ndarray, count: int) -> list[np.ndarray]:
    """Split an area (h,w) bool by what colour is missing there, lightest first: at most `count` masks."""
    if count < 2 or area.sum() < 3 * count:
        return [area] if area.any() else []
    values = missing[area]
    mean = values @ np.full(3, 1 / 3, np.float32)
    tone = np.concatenate([0.35 * values / np.maximum(mean, 0.08)[:, None], values], axis=1)
    few, light = _sample(tone), np.argsort(_sample(mean), kind="stable")
    centres = few[light[((np.arange(count) + 0.5) / count * len(few)).astype(int)]]
    for _ in range(6):
        nearest = _nearest(few, centres)
        filled = [few[nearest == k].mean(axis=0) if (nearest == k).any() else centres[k] for k in range(count)]
        centres = np.stack(filled)
    kinds = np.zeros(area.shape, np.uint8)
    kinds[area] = _nearest(tone, centres) + 1
    whole = cv2.medianBlur(kinds, 5)
    masks = [(whole == k + 1) & area for k in range(count)]
    return sorted((m for m in masks if m.any()), key=lambda m: float(missing[m].mean()))


def _nearest(values: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Find which of centres (k,C) each of (n,C) is nearest to: (n,)."""
    found: np.ndarray = ((centres**2).sum(axis=1) - 2 * values @ centres.T).argmin(axis=1)
    return found


def _softness(passage: Passage, glaze: Glaze) -> tuple[np.ndarray, np.ndarray]:
    """Map how far a wash's edge runs, (h,w) in shares of the longest side: where the picture has no edge.

    Also, (h,w) in [0,1], where neighbours run into each other.
    """
    longest = passage.context.longest
    scale = max(1.0, 0.35 * glaze.blur * longest)
    grey = np.log(np.clip(cv2.GaussianBlur(passage.context.painting, (0, 0), scale), 0.03, 1)).mean(axis=2)
    dx, dy = gradient(grey)
    edge = cv2.dilate(np.hypot(dx, dy) * scale, np.ones((5, 5), np.uint8))
    run = cv2.GaussianBlur(np.clip(1 - edge / 0.16, 0, 1), (0, 0), 3.0)
    chance = cv2.resize(passage.rng.normal(size=(14, 14)), passage.place.shape[::-1], interpolation=cv2.INTER_CUBIC)
    # Chance keeps edges, but makes none: two pieces of one sky always meet without one.
    seamless = smoothstep(*SEAMLESS, run)
    wet = np.maximum(np.clip(0.9 * run + 0.6 * chance - 0.5, 0, 1), seamless).astype(np.float32)
    run = np.maximum(run * 1.1 - 0.15 + 0.28 * chance * (run > 0.05), wet)
    run = np.clip(run, 0, 1) * max(0.006, 1.8 * glaze.blur)
    # Beyond the place a wash runs only as far as the artist reaches.
    room = cv2.distanceTransform(passage.place.astype(np.uint8), cv2.DIST_L2, 3) / longest
    return np.minimum(run, 1.4 * (room + passage.reach)).astype(np.float32), wet


def _charge(
    passage: Passage, mask: np.ndarray, missing: np.ndarray, canvas: np.ndarray, part: int, strength: float
) -> StrokeList:
    """Drop colours into a wet wash: shapes without edges, where it is still too light."""
    longest = passage.context.longest
    rest = strength * np.maximum(missing, 0) * mask[..., None]
    # What runs must not run over the outline of the place.
    room = cv2.distanceTransform(np.pad(passage.place, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    calm = room > 0.5 * RUN * longest
    found = []
    for shape in _split(passage, rest, mask & (mean_of_channels(rest) > 0.07), 3):
        inner = shape & calm
        if inner.sum() < 0.001 * longest**2:
            continue
        colour = np.exp(-0.9 * np.percentile(_sample(rest[inner]), 45, axis=0))
        drops = area_strokes(
            passage, inner, np.clip(1 - (1 - colour) / 0.8, 0.03, 1), mark="wet", part=part, soft=RUN, smooth=3.0,
            least=0.0008 * longest**2,
        )  # fmt: skip
        if len(drops):
            found.append(drops)
            canvas[inner] *= colour
            missing[inner] += np.log(colour)
    return concatenate(found)


WATERCOLOUR = Medium(
    name="watercolour",
    surface="paper",
    grounds=((0.985, 0.98, 0.965),),
    reach=0.010,
    brushes={
        "flat": Brush(0.055, "pointed", scatter=0.0),
        "painting": Brush(0.0095, "pointed", (1.8, 4.5), tolerance=1.0, scatter=0.0, overlap=0.5),
    },
    paint=paint,
    habits=("watercolour",),
    transparent=True,
    residual={"flat": 0.045, "form": 0.045, "smooth": 0.04},
    shapes=("wash", "flat", "form", "smooth"),
    tinted=True,
)
