"""Candidate strokes for a region: seeds on a jittered grid, traced along the form until an outline or another tone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .direction import DirectionField, gradient, outline_distance
from .stroke import mark_index

HALF = 4  # points of a path to either side of its middle
POINTS = 2 * HALF + 1


@dataclass(frozen=True)
class Brush:
    """How an artist uses one brush.

    Attributes:
        size: width in shares of the longest side.
        mark: what it leaves, one of `MARKS`.
        length: shortest and longest stroke, in brush widths.
        opacity: in [0,1].
        tolerance: difference of colour, in [0,1], at which a stroke stops.
        scatter: spread of lightness from stroke to stroke, in [0,1].
        spacing: distance of candidates, in brush widths.
        overlap: share of a stroke's place that may be covered before it.
        pressure: width at the touch-down, in the middle and at the lift-off, in shares of the full width.
        wobble: how far a heading strays from the direction field, in radians.
        closed: whether gaps are closed with small strokes even where the region need not be complete.
    """

    size: float
    mark: str
    length: tuple[float, float] = (2.5, 5.0)
    opacity: float = 1.0
    tolerance: float = 0.10
    scatter: float = 0.012
    spacing: float = 0.55
    overlap: float = 0.6
    pressure: tuple[float, float, float] = (0.9, 1.0, 0.85)
    wobble: float = 0.10
    closed: bool = False


@dataclass(frozen=True)
class Region:
    """A place to paint, at the working size, cut out of the picture.

    Attributes:
        corner: (2,) x and y of the cut-out in the picture.
        parts: (h,w) int32, part of each pixel plus 1; 0 where nothing may be painted.
        inside: (h,w) bool, what is to be covered; strokes may run on from there as far as `parts` goes.
        room: (h,w) float32, pixels to the outline of its part or to the end of the place.
        form: (h,w) float32, pixels to that or to the next tone.
        inward: (h,w,2) float32, x and y of the direction away from that outline.
        what: (h,w,3) float32 in [0,1], the colour to lay.
        field: direction of the strokes.
        travel: (h,w) float32 in about [0,1], when within the pass a place is reached.
    """

    corner: np.ndarray
    parts: np.ndarray
    inside: np.ndarray
    room: np.ndarray
    form: np.ndarray
    inward: np.ndarray
    what: np.ndarray
    field: DirectionField
    travel: np.ndarray


def make_region(
    place: np.ndarray,
    what: np.ndarray,
    labels: np.ndarray,
    field: DirectionField,
    travel: np.ndarray,
    tolerance: float,
    loose: np.ndarray | None = None,
) -> Region:
    """Measure a place (h,w) bool, not empty, to be painted with `what`, whose tones differ by `tolerance` or more.

    loose: (h,w) bool, where in the place strokes run out; it need not be covered. None: nowhere.
    """
    inside = place if loose is None else place & ~loose
    rows, columns = np.flatnonzero(place.any(axis=1)), np.flatnonzero(place.any(axis=0))
    top, left = max(0, int(rows[0]) - 2), max(0, int(columns[0]) - 2)
    here = slice(top, int(rows[-1]) + 3), slice(left, int(columns[-1]) + 3)
    place, inside, what, labels, travel = (v[here] for v in (place, inside, what, labels, travel))
    parts = np.where(place, labels.astype(np.int32) + 1, 0)
    room = outline_distance(parts)
    inward = np.dstack(gradient(cv2.GaussianBlur(room, (0, 0), 1.2)))
    inward = inward / np.maximum(np.linalg.norm(inward, axis=2, keepdims=True), 1e-3)
    step = np.zeros(parts.shape, np.float32)
    step[:, :-1] = colour_difference(what[:, 1:], what[:, :-1])
    step[:-1] = np.maximum(step[:-1], colour_difference(what[1:], what[:-1]))
    calm = (step < 0.6 * tolerance).astype(np.uint8)
    form = room if calm.all() else np.minimum(cv2.distanceTransform(calm, cv2.DIST_L2, 5), room)
    field = DirectionField(field.angle[here], field.coherence[here])
    return Region(np.array([left, top]), parts, inside, room, form, inward, what, field, travel)


def colour_difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Take the largest difference of a channel of two images or lists of colours (…,3)."""
    apart = np.abs(a - b)
    return np.maximum(np.maximum(apart[..., 0], apart[..., 1]), apart[..., 2])


def pixels_at(shape: tuple[int, ...], points: np.ndarray) -> np.ndarray:
    """Find the numbers (…) of the pixels of a map (h,w,…) in which points (…,2) lie; beyond it those of its border."""
    h, w = shape[:2]
    place = points.astype(np.intp)
    np.maximum(place, 0, out=place)
    np.minimum(place, (w - 1, h - 1), out=place)
    number: np.ndarray = place[..., 1] * w + place[..., 0]
    return number


def take_pixels(values: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Look up a map (h,w,…) at pixels of `pixels_at`: cheaper where several maps are asked at the same points."""
    found: np.ndarray = values.reshape(-1, *values.shape[2:]).take(pixels, axis=0)
    return found


def sample_at(values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Look up a map (h,w,…) at the pixels in which points (…,2), x and y, lie; beyond it the border's values."""
    return take_pixels(values, pixels_at(values.shape, points))


@dataclass
class Candidates:
    """Strokes that could be laid.

    Attributes:
        path: (n,P,2), x and y in pixels.
        width: (n,P) in pixels.
        colour: (n,3) in [0,1].
        moment: (n,) when they are laid.
        part: (n,) part of each.
        mark: (n,) index in `MARKS`.
    """

    path: np.ndarray
    width: np.ndarray
    colour: np.ndarray
    moment: np.ndarray
    part: np.ndarray
    mark: np.ndarray

    def __len__(self) -> int:
        return len(self.path)

    def __getitem__(self, index: np.ndarray) -> Candidates:
        return Candidates(*(getattr(self, name)[index] for name in self.__dataclass_fields__))

    def in_order(self) -> Candidates:
        """Sort by the moment."""
        return self[np.argsort(self.moment, kind="stable")]


def join_candidates(lists: Sequence[Candidates]) -> Candidates:
    """Join lists of candidates with paths of equally many points."""
    return Candidates(*(np.concatenate([getattr(c, name) for c in lists]) for name in lists[0].__dataclass_fields__))


def _seeds(mask: np.ndarray, step: float, rng: np.random.Generator) -> np.ndarray:
    """Pick a place (n,2), x and y, in every cell of a grid of `step` pixels, where a mask (h,w) is set."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return np.zeros((0, 2))
    grid = np.mgrid[rows[0] : rows[-1] + 1 : step, columns[0] : columns[-1] + 1 : step][::-1]
    points = (grid + rng.uniform(0, 1, grid.shape) * step).reshape(2, -1).T
    points = points[(points < mask.shape[::-1]).all(axis=1)]
    return points[sample_at(mask, points)]


def _cut_in(region: Region, points: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Move points so that strokes of half width `half` (n,) lie along an outline, not over it, where there is room."""
    own = sample_at(region.parts, points)
    for _ in range(2):
        here = pixels_at(region.parts.shape, points)
        room = take_pixels(region.room, here)
        moved = points + take_pixels(region.inward, here) * (0.9 * np.maximum(half - room, 0))[:, None]
        there = pixels_at(region.parts.shape, moved)
        better = (take_pixels(region.parts, there) == own) & (take_pixels(region.room, there) > room)
        points = np.where(better[:, None], moved, points)
    return points


def _trace(
    region: Region,
    middle: np.ndarray,
    half: np.ndarray,
    length: np.ndarray,
    brush: Brush,
    reach: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Trace paths (n,POINTS,2) through points (n,2) along the field, until an outline or another tone stops them."""
    n, step, shape = len(middle), length / (2 * HALF), region.parts.shape
    begin = pixels_at(shape, middle)
    own, colour = take_pixels(region.parts, begin), take_pixels(region.what, begin)
    # Not all strokes lift off equally near an outline, else their ends would draw it.
    stop = np.minimum(half * rng.uniform(0.1, 0.9, n), take_pixels(region.room, begin)) - reach
    stray = rng.normal(0, brush.wobble, n)
    start = take_pixels(region.field.angle, begin) + stray
    # Both ways at once: rows i and n + i are the same stroke, to and fro.
    sign = np.repeat([-1.0, 1.0], n)[:, None]
    point, heading, here, own, colour, half, step, stop = (
        np.concatenate([each, each]) for each in (middle, start, begin, own, colour, half, step, stop)
    )
    alive, points = np.ones(2 * n, bool), []
    for _ in range(HALF):
        # Over the border of two tones of a part a stroke runs on by a step; at an outline it stops, short of a
        # whole step if need be.
        alive = alive & (colour_difference(take_pixels(region.what, here), colour) <= brush.tolerance)
        point, whole, rest = point.copy(), np.zeros(2 * n, bool), np.flatnonzero(alive)
        ahead = sign * np.stack([np.cos(heading), np.sin(heading)], 1)
        for share in (1.0, 0.55, 0.25):
            if not len(rest):
                break
            origin, mine = point[rest], own[rest]
            near = origin + (share * step[rest])[:, None] * ahead[rest]
            there = pixels_at(shape, near)
            short = 0.6 * share * np.maximum(half[rest] - take_pixels(region.room, there), 0)
            near += take_pixels(region.inward, there) * short[:, None]  # along an outline rather than over it
            there = pixels_at(shape, near)
            free = (take_pixels(region.parts, there) == mine) & (take_pixels(region.room, there) >= stop[rest])
            for between in (0.35, 0.7):  # no stroke jumps over what is thinner than its step
                free &= sample_at(region.parts, origin + between * (near - origin)) == mine
            point[rest[free]] = near[free]
            if share == 1.0:
                whole[rest[free]] = True
            rest = rest[~free]
        alive = whole
        points.append(point)
        here = pixels_at(shape, point)
        turn = (take_pixels(region.field.angle, here) - heading + np.pi / 2) % np.pi - np.pi / 2
        heading = heading + np.minimum(np.maximum(turn, -0.45), 0.45)
    path = np.stack([*(to[:n] for to in points[::-1]), middle, *(fro[n:] for fro in points)], axis=1)
    path[:, 1:-1] = 0.25 * path[:, :-2] + 0.5 * path[:, 1:-1] + 0.25 * path[:, 2:]
    return path


def stay_inside(path: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """End paths (n,P,2), to either side of their middle, before the first point that is not `inside` (n,P) bool."""
    path, middle = path.copy(), path.shape[1] // 2
    for side in (range(middle + 1, path.shape[1]), range(middle - 1, -1, -1)):
        free = np.ones(len(path), bool)
        for k in side:
            free &= inside[:, k]
            path[~free, k] = path[~free, k - 1 if k > middle else k + 1]
    return path


def find_candidates(
    region: Region, mask: np.ndarray, brush: Brush, pixels: float, reach: float, rng: np.random.Generator
) -> Candidates:
    """Find strokes of a brush `pixels` wide through a mask (h,w); they cross outlines by up to `reach` pixels."""
    middle = _seeds(mask, max(1.0, brush.spacing * pixels), rng)
    n = len(middle)
    form = sample_at(region.form, middle)
    width = pixels * rng.uniform(0.8, 1.2, n) * np.clip(0.7 + 0.45 * form / pixels, 0.7, 1.3)
    middle = _cut_in(region, middle, width / 2)
    own = sample_at(region.parts, middle)
    length = width * rng.uniform(*brush.length, n) * (0.65 + 0.6 * sample_at(region.field.coherence, middle))
    path = _trace(region, middle, width / 2, length, brush, reach, rng)

    # Where a stroke had to stop at once there is only place for a dab.
    laid = np.linalg.norm(np.diff(path, axis=1), axis=2).sum(axis=1)
    dab = laid < 0.9 * width
    width = np.where(dab, np.maximum(0.5 * width, laid), width)
    angle = sample_at(region.field.angle, middle) + rng.normal(0, 0.3, n)
    along = np.linspace(-0.45, 0.45, POINTS) * width[:, None]
    straight = middle[:, None] + np.stack([np.cos(angle)[:, None] * along, np.sin(angle)[:, None] * along], axis=2)
    path = np.where(dab[:, None, None], straight, path)
    path = stay_inside(path, sample_at(region.parts, path) == own[:, None])

    # Right-handed painters pull most strokes down and to the right.
    backward = ((path[:, -1] - path[:, 0]) @ np.array([0.45, 0.9]) < 0) ^ (rng.uniform(size=n) < 0.12)
    path = np.where(backward[:, None, None], path[:, ::-1], path)
    widths = width[:, None] * np.interp(np.linspace(0, 1, POINTS), [0, 0.4, 1], brush.pressure)
    room, form = sample_at(region.room, path), sample_at(region.form, path)
    widths = np.minimum(widths, np.minimum(2 * (room + reach), 2 * form + 0.7 * pixels))
    centre = path[:, HALF - 1 : HALF + 2]
    known = sample_at(region.parts, centre) == own[:, None]
    colour = np.where(known[..., None], sample_at(region.what, centre), sample_at(region.what, middle)[:, None])
    moment = sample_at(region.travel, middle) + rng.normal(0, 0.02, n)
    mark = np.full(n, mark_index(brush.mark))
    return Candidates(path, np.maximum(widths, 0.4), colour.mean(axis=1), moment, own - 1, mark)
