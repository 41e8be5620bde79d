"""From an intention ("lay in the face, flat") to a pass: where it goes, in which order, and how much work it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..degree import TOUCHED_DIFFERENCE, touched
from ..finish_levels import depth_order, level
from .context import PlanContext
from .plan import UNSPECIFIED, WHOLE, Pass, ideal_canvas

LOOSE = ("flat",)  # levels laid past the outlines of the part; washes and line art keep to theirs
FIRST = ("flat", "wash", "lined")  # levels a part is laid in with: what is small and lies on it does not exist yet
COATS = 0.4  # share of artists whose first coat goes on behind all that will stand before it
UNSEEN = 0.02  # a smaller difference of colours makes no stroke
SPILL = 0.2  # of a part's own pixels: more is not laid past its outline


@dataclass(frozen=True)
class PlannedPass:
    """A pass that somebody means to make: part (or `WHOLE`), level of finish, brush, and weight of time spent on it.

    `together`: begins when the pass before it begins (small features are painted while their face is).
    """

    part: int
    finish: str
    brush: float
    weight: float = 1.0
    together: bool = False


@dataclass(frozen=True)
class BrushStyle:
    """How an artist goes over a part: direction (radians), how much the light orders the work, how much it wanders."""

    direction: float
    by_light: float
    wander: float
    reach: float  # how far masses are drawn past outlines, share of the longest side
    covers: bool  # is the first coat of a far thing laid under all that will stand before it, leaving no hole?


def draw_brush_style(rng: np.random.Generator) -> BrushStyle:
    """One artist's manner. Most work from the top down and somewhat sideways, some from the darks to the lights."""
    return BrushStyle(
        direction=float(np.pi / 2 + rng.normal(0, 0.6)),
        by_light=float(rng.choice([0.0, 0.3, 0.6])),
        wander=float(rng.uniform(0.08, 0.25)),
        reach=float(rng.uniform(0.005, 0.018)),
        covers=bool(rng.random() < COATS),
    )


def _extent(
    scene: PlanContext, part: int, finish: str, manner: BrushStyle, canvas: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where a pass over a canvas (h,w,3) lays paint (h,w) bool, and what it lays there (h,w) uint8."""
    levels = np.full(scene.shape, UNSPECIFIED, np.uint8)
    if part == WHOLE:
        levels[:] = level(finish)
        if finish == "sketch":
            # Lines are only drawn where there are any; around them the ground stays as it is.
            drawn = np.abs(scene.states[level("sketch")] - scene.ground).max(axis=2) > 0.04
            near = cv2.dilate(drawn.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
            levels[~near] = UNSPECIFIED
            return near, levels
        return ~_spared(scene, finish, canvas), levels
    own = scene.labels == part
    left = np.abs(canvas - scene.painting).max(axis=2)
    extent = own & ~_spared(scene, finish, canvas)
    levels[own] = level(finish)
    if finish not in FIRST:
        return extent, levels
    rank = depth_order(scene.label_set)
    # A small thing is not drawn as far past its outline as a large one.
    reach = min(manner.reach * max(scene.shape), 0.12 * float(np.sqrt(own.sum()))) if finish in LOOSE else 0.0
    around = _dilate(own, reach)
    # What is done is not painted over: neither where it is right all around, nor the single touch that sits already.
    unfinished = cv2.blur(left, (5, 5)) > 1.6 * TOUCHED_DIFFERENCE
    unfinished &= cv2.blur(left, (3, 3)) > 1.2 * TOUCHED_DIFFERENCE
    bare = np.abs(canvas - scene.ground).max(axis=2) < TOUCHED_DIFFERENCE
    outside, coat = np.zeros_like(own), np.zeros_like(own)
    for other in scene.present:
        theirs = scene.labels == other
        if other == part:
            continue
        if _lies_in(scene, other, part):
            if finish != "lined":  # eyes do not exist yet while the face is laid in; line art has drawn them
                area = theirs & unfinished
                levels[area], extent = level("under" if finish == "flat" else finish), extent | area
            continue
        # Paint goes on under what will lie over it, though not across the whole of a small thing.
        under = min(3.0 * reach, 0.2 * float(np.sqrt(theirs.sum())))
        nearer = rank[other] > rank[part]
        shown = (scene.behind if nearer else scene.front) == part  # of several neighbours' colours only the part's own
        area = theirs & unfinished & shown
        if nearer:  # what was laid in before is cut in around, not buried
            area &= around | bare
        if nearer and manner.covers and finish in LOOSE and theirs.sum() < 1.5 * own.sum():
            # A wall goes on behind the sitter (a neck does not behind a coat), where that can be seen: over all that
            # is bare, since who covers does not look for the spots at which the ground happens to be right.
            area |= theirs & bare & shown
            area &= touched(canvas, scene.states[level("under")])[theirs].mean() > 0.5
            coat |= area
        else:
            area &= _dilate(own, under) if nearer else around
            outside |= area
        levels[area] = level("under" if nearer else "over")
    return extent | coat | _worth(scene, own & extent, outside, levels, canvas), levels


def _spared(scene: PlanContext, finish: str, canvas: np.ndarray) -> np.ndarray:
    """(h,w) bool: what a pass on its way leaves alone, since the canvas (h,w,3) shows the picture there already.

    White paper stays as light, a toned ground where it happens to be right: hardly anything final is painted over.
    """
    if finish == "painting":
        return np.zeros(scene.shape, bool)
    left = cv2.blur(np.abs(canvas - scene.painting).max(axis=2), (5, 5))
    then = cv2.blur(np.abs(scene.states[level(finish)] - scene.painting).max(axis=2), (5, 5))
    if scene.begun is not None:  # on somebody's own canvas nothing is laid over that is nearer to the picture already
        return np.asarray(then > 0.95 * left)
    # Bare ground shows beside first colours that lean another way: it must be nearer than paint to be left.
    bare = np.abs(canvas - scene.ground).max(axis=2) < 0.01
    return np.asarray((left < np.where(bare, 0.6, 1.2) * TOUCHED_DIFFERENCE) & (then > left))


def _worth(
    scene: PlanContext, own: np.ndarray, outside: np.ndarray, levels: np.ndarray, canvas: np.ndarray
) -> np.ndarray:
    """The part of `outside` (h,w) bool that is painted past the outline: no more is spoilt there than won within."""
    if outside.sum() > SPILL * own.sum():
        near = cv2.distanceTransform((~own).astype(np.uint8), cv2.DIST_L2, 5)
        limit = np.partition(near[outside], int(SPILL * own.sum()))[int(SPILL * own.sum())]
        outside = outside & (near < limit)
    rows, columns = np.nonzero(own | outside)
    after = canvas.copy()
    after[rows, columns] = scene.states[levels[rows, columns], rows, columns]
    gain = (np.abs(canvas - scene.painting) - np.abs(after - scene.painting)).mean(axis=2)
    inside, lost = float(gain[own].sum()), -float(gain[outside].sum())
    return outside if lost < 0.5 * max(inside, 0.0) else np.zeros_like(outside)


def _lies_in(scene: PlanContext, child: int, part: int) -> bool:
    """Is `child` a small thing on `part` (an eye in a face)? Hair is not: it only borders on the face."""
    kinds = scene.label_set.base_classes
    beneath = (a for a in scene.label_set.ancestors(child) if (kinds[scene.labels] == a).any())
    if next(beneath, None) != kinds[part]:
        return False
    theirs = scene.labels == child
    rim = _dilate(theirs, 1) & ~theirs
    family = np.array([kinds[part] in (kinds[k], *scene.label_set.ancestors(k)) for k in range(len(kinds))])
    small = theirs.sum() < 0.25 * (scene.labels == part).sum()
    return bool(small and family[scene.labels[rim]].mean() > 0.6)


def _dilate(mask: np.ndarray, radius: float) -> np.ndarray:
    """A mask (h,w) bool grown by `radius` pixels with round corners."""
    if radius < 0.5:
        return mask
    size = 2 * round(radius) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return cv2.dilate(mask.astype(np.uint8), kernel) > 0


def _noise(shape: tuple[int, int], cells: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise (h,w) in about [-1,1] with `cells` bumps along a side."""
    coarse = rng.normal(0, 1, (cells + 2, cells + 2)).astype(np.float32)
    return cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC) * 0.6


def _travel(
    scene: PlanContext, extent: np.ndarray, work: np.ndarray, manner: BrushStyle, rng: np.random.Generator
) -> np.ndarray:
    """The moment (h,w) in [0,1] at which a pass reaches each pixel; equal times do equal amounts of `work` (h,w)."""
    rows, columns = np.nonzero(extent)
    angle = manner.direction + rng.normal(0, 0.35)
    spread = max(np.ptp(rows), np.ptp(columns), 1)
    along = (columns * np.cos(angle) + rows * np.sin(angle)) / spread
    # Broad light and dark, not every fold: else the work goes round and round in rings.
    light = cv2.GaussianBlur(scene.light, (0, 0), max(scene.shape) / 16)[rows, columns]
    light = (light - light.min()) / max(float(np.ptp(light)), 0.05)
    order = along + manner.wander * _noise(scene.shape, 5, rng)[rows, columns] + manner.by_light * light
    ranking = np.argsort(order, kind="stable")
    done = np.cumsum(work[rows, columns][ranking])
    travel = np.ones(scene.shape, np.float32)
    travel[rows[ranking], columns[ranking]] = np.clip((done - done[0]) / max(done[-1] - done[0], 1e-6), 0, 1)
    return travel


def make_pass(
    scene: PlanContext,
    intention: PlannedPass,
    canvas: np.ndarray,
    manner: BrushStyle,
    rng: np.random.Generator,
    barred: np.ndarray | None = None,
) -> tuple[Pass, np.ndarray, float]:
    """Turn an intention into a pass over the canvas (h,w,3) it will find; nothing is laid where `barred` (h,w) bool.

    Returns:
        the pass, the canvas after it, and its work: the share of the canvas that it visibly changes.
    """
    extent, levels = _extent(scene, intention.part, intention.finish, manner, canvas)
    if barred is not None:
        extent = extent & ~barred
    blank = Pass(intention.part, level(intention.finish), extent, levels, np.zeros(scene.shape, np.float32), 0.0)
    after = ideal_canvas(canvas, blank, 0, 1, scene.states)
    if intention.part != WHOLE:  # nobody lays paint that will not be seen; the last look goes over all of it
        least = 0.2 * UNSEEN if intention.finish == "painting" else UNSEEN
        extent = extent & (cv2.blur(np.abs(after - canvas).max(axis=2), (3, 3)) > least)
        blank = replace(blank, extent=extent)
        after = ideal_canvas(canvas, blank, 0, 1, scene.states)
    changed = touched(canvas, after)
    if not extent.any():
        return blank, canvas, 0.0
    travel = _travel(scene, extent, 0.08 + changed.astype(np.float32), manner, rng)
    made = Pass(intention.part, level(intention.finish), extent, levels, travel, intention.brush)
    return made, after, float(changed.mean())
