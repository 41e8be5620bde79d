"""Make passes: where a planned pass ("lay in the face, flat") goes, in which order, and how much work it is."""

from dataclasses import replace
from functools import lru_cache, partial

import cv2
import numpy as np

from ..brush.layout import SMALL
from ..degree import TOUCHED_DIFFERENCE, touched
from ..finish_levels import level
from ..imaging.push_pull import push_pull_fill
from ..occlusion import well_inside
from ..things import LAND
from .context import PlanContext, remembered
from .plan import UNSPECIFIED, WHOLE, Pass, ideal_canvas
from .spec import BrushStyle, PlannedPass
from .subject import PLANES, SUBJECTS

FIRST_COATS = ("flat", "wash", "lined")  # levels a part is laid in with, before what is small and lies on it exists
VISIBLE_DIFFERENCE = 0.02  # a smaller difference of colours makes no stroke
MAX_OVERSPILL = 0.2  # most that is laid past a part's outline, as a share of its own pixels
MAX_COVERED = 1.5  # most of another part that is covered by one going on behind it, as a multiple of its own pixels
GOES_ON = 3.0  # in scenes: how much farther paint goes on behind a tree or a house than behind the next piece of land
GROWING = ("tree", "plant")  # kinds that are laid in from dark to light: trunk and branches before leaves in the sun
# levels that part way follow a first coat behind what comes later; and how far, in overspills of it
FADING = {"form": 4.0, "smooth": 2.5}
HOLE = 0.012  # of the picture: nobody leaves so small a patch of bare ground within a coat
BY_TONE = 2.0  # how far their tones order that, beside the direction of the work


def _extent(
    context: PlanContext, part: int, finish: str, style: BrushStyle, canvas: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find where a pass over a canvas (h,w,3) lays paint, (h,w) bool, and what it lays there, (h,w) uint8."""
    levels = np.full(context.shape, UNSPECIFIED, np.uint8)
    if part == WHOLE:
        levels[:] = level(finish)
        if finish == "sketch":
            # Lines are only drawn where there are any; around them the ground stays as it is.
            lines = np.abs(context.states[level("sketch")] - context.ground).max(axis=2) > 0.04
            near = cv2.dilate(lines.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
            levels[~near] = UNSPECIFIED
            return near, levels
        return ~_already_right(context, finish, canvas), levels
    own = context.labels == part
    left = np.abs(canvas - context.painting).max(axis=2)
    extent = own & ~_already_right(context, finish, canvas)
    levels[own] = level(finish)
    overspills = finish == "flat"  # washes and line art keep to the outlines of the part
    rank = context.label_set.depth_order
    # A small thing is not drawn as far past its outline as a large one.
    reach = min(style.reach * max(context.shape), 0.12 * float(np.sqrt(own.sum())))
    if finish in FADING and style.covers:
        further = _worked_over(context, part, reach * FADING[finish], canvas)
        levels[further] = level("under")
        return extent | further, levels
    if finish not in FIRST_COATS:
        return extent, levels
    if not overspills:
        reach = 0.0
    around = _dilate(own, reach)
    grown = lru_cache(maxsize=None)(partial(_dilate, own))  # by whole pixels
    scene = SUBJECTS[context.subject].deep
    # What is done is not painted over: neither where it is right all around, nor the single touch that sits already.
    unfinished = cv2.blur(left, (5, 5)) > 1.6 * TOUCHED_DIFFERENCE
    unfinished &= cv2.blur(left, (3, 3)) > 1.2 * TOUCHED_DIFFERENCE
    bare = np.abs(canvas - context.ground).max(axis=2) < TOUCHED_DIFFERENCE
    # Lines of a sketch are painted over and part nothing that they run through; hair that is painted does.
    bare |= np.abs(canvas - context.states[level("sketch")]).max(axis=2) < TOUCHED_DIFFERENCE
    open_ = bare  # nothing that stands before the part is laid in there yet
    if scene:  # what is farther may have been carried on there
        open_ = bare | (touched(canvas, context.states[level("flat")]) & touched(canvas, context.states[level("form")]))
    outside, covered = np.zeros_like(own), np.zeros_like(own)
    hiding = style.covers and overspills
    for other in _within_reach(context, part, _dilate(own, 3.0 * reach) if scene else own, hiding=hiding):
        theirs = context.labels == other
        if _lies_in(context, other, part):
            area = theirs & unfinished  # eyes do not exist yet while the face is laid in
            levels[area], extent = level("under" if finish in ("flat", "lined") else finish), extent | area
            continue
        # Paint goes on under what will lie over it, though not across the whole of a small thing.
        under = min(3.0 * reach, 0.2 * float(np.sqrt(theirs.sum())))
        if scene and context.label_set.kind(other) not in LAND:
            under *= GOES_ON
        nearer = rank[other] > rank[part]
        # Of several neighbours' colours only the part's own.
        shown = (context.behind if nearer else context.front) == part
        if scene and nearer:  # and as far past a horizon behind a horse as it goes beside the horse
            shown |= _dilate(own | (theirs & shown), 3.0 * reach) & (rank[context.behind] > rank[part])
        area = theirs & unfinished & shown
        if nearer:  # what was laid in before is cut in around, not buried
            area &= around | open_
        if scene:  # the sky goes on behind a tree, though not behind a meadow, and a meadow behind the same tree
            hidden = theirs & shown
            whole = context.subject == "illustration" and hidden.sum() > 0.9 * theirs.sum()  # a road lies on a meadow
            hides = whole or context.label_set.kind(other) not in PLANES
        else:  # a figure is asked as a whole, and covered as a whole: what is behind single places is hard to tell
            hidden = np.isin(context.labels, _figure(context, other, part))
            hides = shown[hidden].mean() > 0.5
            shown = theirs
        if nearer and hiding and hides and 0 < hidden.sum() < MAX_COVERED * own.sum():
            # A wall goes on behind the sitter (a neck does not behind a coat), wholly or not at all: over all that is
            # bare, since who covers does not look for the spots at which the ground happens to be right.
            area |= theirs & bare & shown
            area &= touched(canvas, context.states[level("under")])[hidden].mean() > 0.5
            covered |= area
        else:
            area &= grown(round(under)) if nearer else around
            outside |= area
        levels[area] = level("under" if nearer else "over")
    covered &= _reached(covered | own, own)
    extent = extent | covered | _limit_overspill(context, own & extent, outside, levels, canvas)
    if overspills and scene:
        left = bare & ~extent & (rank[context.labels] > rank[part])
        islands = _islands(left, own | extent, bare, HOLE * left.size)
        extent, levels[islands] = extent | islands, level("under")
    return extent, levels


def _worked_over(context: PlanContext, part: int, reach: float, canvas: np.ndarray) -> np.ndarray:
    """Find where a part's first coat went on behind what is not begun yet and is worked over with it, (h,w) bool.

    Clouds do not end at the outline of a horse that is not there: they fade into the coat behind it.
    """
    rank, own = context.label_set.depth_order, context.labels == part
    bare = np.abs(canvas - context.ground).max(axis=2) < TOUCHED_DIFFERENCE
    open_ = np.logical_and.reduce(
        [touched(canvas, context.states[level(name)]) for name in ("flat", "form", "painting")]
    )
    coat = (rank[context.labels] > rank[part]) & (context.behind == part) & ~bare & open_
    return coat & _dilate(own, reach)


def _within_reach(context: PlanContext, part: int, near: np.ndarray, *, hiding: bool) -> list[int]:
    """List the parts on which a first coat of `part` can be laid, far to near: of hundreds there are few.

    Args:
        near: (h,w) bool, the part and as far round it as it goes on behind what is near.
        hiding: whether it is laid behind whole figures, too.
    """
    behind, front = _shown_on(context)
    rank, close = context.label_set.depth_order, np.bincount(context.labels[near], minlength=len(behind))

    def reached(other: int) -> bool:
        if other == part:
            return False
        if _lies_in(context, other, part):
            return True
        if rank[other] < rank[part]:
            return bool(front[other, part])
        if SUBJECTS[context.subject].deep:
            return bool(behind[other, part] or close[other])
        return bool(behind[_figure(context, other, part) if hiding else other, part].any())

    return [other for other in context.present if reached(other)]


@remembered
def _shown_on(context: PlanContext) -> tuple[np.ndarray, np.ndarray]:
    """Count the pixels of each part where the colours of another one go on behind it, and before it, (256,256) each."""
    pairs = (256 * context.labels.astype(np.int32) + shown for shown in (context.behind, context.front))
    behind, front = (np.bincount(pair.reshape(-1), minlength=256**2).reshape(256, 256) for pair in pairs)
    return behind, front


def _islands(mask: np.ndarray, sea: np.ndarray, bare: np.ndarray, most: float) -> np.ndarray:
    """Find the pieces of a mask (h,w) bool of at most so many pixels that a coat, `sea`, closes in as the last one."""
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    coat, painted, open_ = (
        np.bincount(pieces[_dilate(around & ~mask, 1) & mask], minlength=count)
        for around in (sea, ~sea & ~bare, ~sea & bare)
    )
    return mask & ((stats[:, cv2.CC_STAT_AREA] <= most) & (coat > painted + 4 * open_))[pieces]


@remembered
def _figure(context: PlanContext, other: int, part: int) -> list[int]:
    """List the parts that stand before `part` as one with `other`: a whole sitter before a wall, an eye on its face."""
    if sitter := _sitter(context, other, part):
        return sitter
    on = next((k for k in _carriers(context, other) if k != part), other)
    return [on, *(k for k in _upon(context, on) if k != on)]


@remembered
def _carriers(context: PlanContext, part: int) -> list[int]:
    """List what has a parent itself and carries a part: a face its eyes."""
    return [k for k in context.present if context.label_set.ancestors(k) and _lies_in(context, part, k)]


@remembered
def _upon(context: PlanContext, part: int) -> list[int]:
    """List what lies on a part."""
    return [k for k in context.present if _lies_in(context, k, part)]


@remembered
def _sitter(context: PlanContext, other: int, part: int) -> list[int]:
    """List the parts of the sitter that `other` belongs to, if it stands before `part` as before a wall."""
    ancestors, wall = context.label_set.ancestors, context.label_set.base_classes[part]
    if ancestors(part) or wall not in ancestors(other):
        return []
    return [k for k in context.present if wall in ancestors(k)]


def _reached(mask: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Find the pieces of a mask (h,w) bool that hold a pixel of `start`: no wall goes on behind a face within hair."""
    pieces = cv2.connectedComponents(mask.astype(np.uint8))[1]
    return mask & np.isin(pieces, pieces[start])


def _already_right(context: PlanContext, finish: str, canvas: np.ndarray) -> np.ndarray:
    """Find pixels (h,w) bool that a pass skips because the canvas (h,w,3) already matches the painting there.

    White paper stays as light, a toned ground where it happens to be right: hardly anything final is painted over.
    """
    if finish == "painting":
        return np.zeros(context.shape, bool)
    if context.initial_canvas is not None:  # nothing is laid over what is nearer to the picture already
        return _nearer(context, canvas, context.states[level(finish)])
    left = cv2.blur(np.abs(canvas - context.painting).max(axis=2), (5, 5))
    then = cv2.blur(np.abs(context.states[level(finish)] - context.painting).max(axis=2), (5, 5))
    # Bare ground shows beside first colours that lean another way: it must be nearer than paint to be left.
    bare = np.abs(canvas - context.ground).max(axis=2) < 0.01
    return np.asarray((left < np.where(bare, 0.6, 1.2) * TOUCHED_DIFFERENCE) & (then > left))


def _nearer(context: PlanContext, canvas: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Find pixels (h,w) bool where a canvas (h,w,3) is about as near to the painting as it would be after a pass."""
    left, then = (cv2.blur(np.abs(picture - context.painting).max(axis=2), (5, 5)) for picture in (canvas, after))
    return np.asarray(then > 0.95 * left)


def _limit_overspill(
    context: PlanContext, own: np.ndarray, outside: np.ndarray, levels: np.ndarray, canvas: np.ndarray
) -> np.ndarray:
    """Limit `outside`, the pixels (h,w) bool past the outline: no more is lost there than is gained inside."""
    share = MAX_OVERSPILL * (2 if SUBJECTS[context.subject].deep else 1)
    limit = int(share * own.sum())
    if outside.sum() > share * own.sum():
        near = cv2.distanceTransform((~own).astype(np.uint8), cv2.DIST_L2, 5)
        outside = outside & (near < np.partition(near[outside], limit)[limit])
    rows, columns = np.nonzero(own | outside)
    after = canvas.copy()
    after[rows, columns] = context.states[levels[rows, columns], rows, columns]
    gain = (np.abs(canvas - context.painting) - np.abs(after - context.painting)).mean(axis=2)
    inside, lost = float(gain[own].sum()), -float(gain[outside].sum())
    return outside if lost < 0.5 * max(inside, 0.0) else np.zeros_like(outside)


@remembered
def _lies_in(context: PlanContext, child: int, part: int) -> bool:
    """Whether `child` is a small thing on `part` (an eye in a face), or on one there (an eye in the face of a body).

    Hair is not: it only borders on the face. On a wall a small sitter is, as a whole.
    """
    if sitter := _sitter(context, child, part):
        return bool(np.isin(context.labels, sitter).sum() < SMALL * (context.labels == part).sum())
    return _borders_in(context, child, part) or any(
        _borders_in(context, k, part) for k in _beneath(context, child) if k != child
    )


@remembered
def _beneath(context: PlanContext, child: int) -> list[int]:
    """List the parts that most of what surrounds a small `child` is."""
    return [k for k in context.present if _borders_in(context, child, k)]


@remembered
def _borders_in(context: PlanContext, child: int, part: int) -> bool:
    """Whether most of what surrounds a small `child` is its parent `part` or the family of that."""
    kinds = context.label_set.base_classes
    beneath = (a for a in context.label_set.ancestors(child) if (kinds[context.labels] == a).any())
    if next(beneath, None) != kinds[part]:
        return False
    theirs = context.labels == child
    rim = _dilate(theirs, 1) & ~theirs
    family = np.array([kinds[part] in (kinds[k], *context.label_set.ancestors(k)) for k in range(len(kinds))])
    small = theirs.sum() < SMALL * (context.labels == part).sum()
    return bool(small and family[context.labels[rim]].mean() > 0.6)


def _dilate(mask: np.ndarray, radius: float) -> np.ndarray:
    """Grow a mask (h,w) bool by `radius` pixels with round corners."""
    if radius < 0.5:
        return mask
    size = 2 * round(radius) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return cv2.dilate(mask.astype(np.uint8), kernel) > 0


def _noise(shape: tuple[int, int], cells: int, rng: np.random.Generator) -> np.ndarray:
    """Draw smooth noise (h,w) in about [-1,1] with `cells` bumps along a side."""
    coarse = rng.normal(0, 1, (cells + 2, cells + 2)).astype(np.float32)
    return cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC) * 0.6


def _travel(
    context: PlanContext,
    extent: np.ndarray,
    work: np.ndarray,
    style: BrushStyle,
    rng: np.random.Generator,
    tones: np.ndarray | None,
) -> np.ndarray:
    """Order a pass: the moment (h,w) in [0,1] of each pixel; equal times do equal amounts of `work` (h,w).

    tones: (h,w) in [0,1]; what is laid tone by tone, dark ones first.
    """
    rows, columns = np.nonzero(extent)
    angle = style.direction + rng.normal(0, 0.35)
    spread = max(np.ptp(rows), np.ptp(columns), 1)
    along = (columns * np.cos(angle) + rows * np.sin(angle)) / spread
    # Broad light and dark, not every fold: else the work goes round and round in rings.
    broad = cv2.GaussianBlur(context.light, (0, 0), max(context.shape) / 16)
    light, strength = (broad, style.by_light) if tones is None else (tones, BY_TONE)
    light = light[rows, columns]
    light = (light - light.min()) / max(float(np.ptp(light)), 0.05)
    order = along + style.wander * _noise(context.shape, 5, rng)[rows, columns] + strength * light
    ranking = np.argsort(order, kind="stable")
    done = np.cumsum(work[rows, columns][ranking])
    travel = np.ones(context.shape, np.float32)
    travel[rows[ranking], columns[ranking]] = np.clip((done - done[0]) / max(done[-1] - done[0], 1e-6), 0, 1)
    return travel


def make_pass(
    context: PlanContext,
    planned: PlannedPass,
    canvas: np.ndarray,
    style: BrushStyle,
    rng: np.random.Generator,
    blocked: np.ndarray | None = None,
) -> tuple[Pass, np.ndarray, float]:
    """Make the pass that carries out a planned one.

    Args:
        canvas: (h,w,3) in [0,1], what the pass will find.
        blocked: (h,w) bool, where nothing may be laid.

    Returns:
        The pass, the canvas after it, and its work: the share of the canvas that it visibly changes.
    """
    extent, levels = _extent(context, planned.part, planned.finish, style, canvas)
    if blocked is not None:
        extent = extent & ~blocked
    blank = Pass(planned.part, level(planned.finish), extent, levels, np.zeros(context.shape, np.float32), 0.0)
    further = extent & (levels == level("under")) & ((context.behind != planned.part) | (planned.finish in FADING))
    if further.any():
        own = push_pull_fill(context.states[level(planned.finish)], well_inside(context.labels == planned.part))
        blank = replace(blank, carried_on=np.where(further[..., None], own, np.float32(np.nan)))
    after = ideal_canvas(canvas, blank, 0, 1, context.states)
    if planned.part != WHOLE:  # nobody lays paint that will not be seen; the last look goes over all of it
        least = 0.2 * VISIBLE_DIFFERENCE if planned.finish == "painting" else VISIBLE_DIFFERENCE
        extent = extent & (cv2.blur(np.abs(after - canvas).max(axis=2), (3, 3)) > least)
        if context.initial_canvas is not None:  # what lies on a part (eyes on a face) may be done already
            extent &= ~_nearer(context, canvas, after)
        blank = replace(blank, extent=extent)
        after = ideal_canvas(canvas, blank, 0, 1, context.states)
    changed = touched(canvas, after)
    if not extent.any():
        return blank, canvas, 0.0
    grows = planned.part != WHOLE and context.label_set.kind(planned.part) in GROWING
    tones = context.states[level("flat")].mean(axis=2) if grows and planned.finish == "flat" else None
    travel = _travel(context, extent, 0.08 + changed.astype(np.float32), style, rng, tones)
    return replace(blank, travel=travel, brush=planned.brush), after, float(changed.mean())
