"""Areas to paint by numbers: a picture as flat areas of few colours, none too small to paint or to hold its number."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...modules.imaging.resize import resize, resize_labels
from .colour_names import to_lab

WORKING = 1000  # longest side at which areas are found; on A4 a pixel is .28 mm
MOST_COLOURS = 24
TONES = 6  # most of one part
ALIKE = 8.0  # CIE76: colours nearer than this are one
LEAST_RADIUS = 0.006  # of the longest side, of the largest circle in an area: a number of two digits
LEAST_AREA = 0.00022  # of the picture
OTHER_PART = 12.0  # so much nearer in colour must an area of another part be, to be merged with
SMOOTH = 0.0035  # of the longest side: finer wiggles of outlines go
SAMPLE = 20_000  # pixels that colours are found on
FINER = 3  # outlines are traced at so many times the working size


@dataclass(frozen=True)
class NumberArea:
    """One area.

    Attributes:
        part: that most of it belongs to.
        colour: index into the palette.
        outlines: closed lines (n,2) float32 in shares of the longest side: the outer one, and those of holes.
        place: x, y of its number: the point that is farthest from all outlines.
        radius: distance from there to the nearest outline.
        size: share of the picture.
    """

    part: int
    colour: int
    outlines: tuple[np.ndarray, ...]
    place: tuple[float, float]
    radius: float
    size: float


@dataclass(frozen=True)
class NumberedPicture:
    """A picture to paint by numbers: `palette` (n,3) uint8, its areas, and each one's place, (h,w) its index."""

    palette: np.ndarray
    areas: tuple[NumberArea, ...]
    index: np.ndarray


def find_areas(picture: np.ndarray, labels: np.ndarray, longest: int = WORKING) -> NumberedPicture:
    """Divide a picture (H,W,3) uint8 with parts (H,W) into numbered areas, found at a longest side in pixels."""
    scale = longest / max(picture.shape[:2])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    small = np.rint(np.clip(resize(picture.astype(np.float32), size), 0, 255)).astype(np.uint8)
    small = small.reshape(size[1], size[0], 3)
    parts = _smooth(resize_labels(labels, size), max(1, round(SMOOTH * max(size))))
    flat = _calm(small)
    lab = to_lab(flat.reshape(-1, 3)).reshape(small.shape)
    tones, owner = _tones(lab, parts)
    owned = {int(part): np.flatnonzero([part in own for own in owner]) for part in np.unique(parts)}
    keys = _nearest_tones(lab, parts, tones, owned)
    keys = _merge_small(keys, tones)
    return _trace(keys, tones, small)


def _calm(picture: np.ndarray) -> np.ndarray:
    """Take texture from a picture (h,w,3) uint8; edges stay."""
    reach = max(1.0, max(picture.shape) / 180)
    for _ in range(2):
        picture = cv2.bilateralFilter(picture, 0, 28, reach)
    return picture


def _smooth(labels: np.ndarray, radius: int) -> np.ndarray:
    """Smooth the outlines of a map of whole numbers (h,w) of any range; what is thinner than about `radius` goes."""
    values, compact = np.unique(labels, return_inverse=True)
    compact = compact.reshape(labels.shape)
    best, result = np.full(labels.shape, -1.0, np.float32), np.zeros(labels.shape, np.int32)
    for value in range(len(values)):
        near = cv2.GaussianBlur((compact == value).astype(np.float32), (0, 0), radius, borderType=cv2.BORDER_REFLECT)
        wins = near > best
        best[wins], result[wins] = near[wins], value
    return values[result]


def _tones(lab: np.ndarray, parts: np.ndarray) -> tuple[np.ndarray, list[set[int]]]:
    """Find the colours to mix, (n,3) Lab, and for each the parts that it is used in."""
    centres, weights, owner = [], [], []
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    for part in np.unique(parts):
        own = lab[parts == part]
        share = len(own) / parts.size
        count = int(np.clip(round(TONES * 1.6 * share**0.25), 1, TONES))
        sample = own[:: max(1, len(own) // SAMPLE)]
        count = min(count, len(np.unique(sample, axis=0)))
        cv2.setRNGSeed(0)
        _, found, means = cv2.kmeans(sample, count, np.zeros(0, np.int32), criteria, 2, cv2.KMEANS_PP_CENTERS)
        counts = np.bincount(found.ravel(), minlength=count) / len(sample)
        for mean, many in zip(means, counts, strict=True):
            centres.append(mean)
            weights.append(many * share + 1e-6)
            owner.append({int(part)})
    return _merge_tones(np.array(centres, np.float32), np.array(weights), owner)


def _merge_tones(centres: np.ndarray, weights: np.ndarray, owner: list[set[int]]) -> tuple[np.ndarray, list[set[int]]]:
    """Mix colours that are alike once, and the nearest ones until there are few enough; rare ones go first."""
    while len(centres) > 1:
        apart = np.linalg.norm(centres[:, None] - centres[None], axis=2) + np.diag([np.inf] * len(centres))
        both = weights[:, None] * weights[None] / (weights[:, None] + weights[None])
        cost = apart if len(centres) <= MOST_COLOURS else apart * both**0.3
        one, other = np.unravel_index(cost.argmin(), cost.shape)
        if len(centres) <= MOST_COLOURS and apart[one, other] >= ALIKE:
            break
        total = weights[one] + weights[other]
        centres[one] = (weights[one] * centres[one] + weights[other] * centres[other]) / total
        weights[one] = total
        owner[one] = owner[one] | owner[other]
        centres, weights = np.delete(centres, other, axis=0), np.delete(weights, other)
        owner.pop(int(other))
    return centres, owner


def _nearest_tones(lab: np.ndarray, parts: np.ndarray, tones: np.ndarray, owned: dict[int, np.ndarray]) -> np.ndarray:
    """Give every pixel a tone of its part: (h,w), part * number of tones + tone, with calm outlines."""
    keys = np.zeros(parts.shape, np.int64)
    radius = max(1, round(SMOOTH * max(parts.shape)))
    for part, own in owned.items():
        inside = parts == part
        score = np.full((len(own), *parts.shape), np.float32(0))
        nearest = np.linalg.norm(lab[:, :, None] - tones[own], axis=3).argmin(axis=2)
        for i in range(len(own)):
            chosen = ((nearest == i) & inside).astype(np.float32)
            score[i] = cv2.GaussianBlur(chosen, (0, 0), radius, borderType=cv2.BORDER_REFLECT)
        keys[inside] = part * len(tones) + own[score.argmax(axis=0)][inside]
    return keys


def _pieces(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the connected pieces of a map: their numbers (h,w) from 0, and the key of each (n,)."""
    found = np.zeros(keys.shape, np.int64)
    values: list[int] = []
    for key in np.unique(keys):
        count, pieces = cv2.connectedComponents((keys == key).astype(np.uint8), connectivity=4)
        inside = pieces > 0
        found[inside] = pieces[inside] - 1 + len(values)
        values += [int(key)] * (count - 1)
    return found, np.array(values, np.int64)


def _depths(pieces: np.ndarray) -> np.ndarray:
    """Measure how far each pixel (h,w) of pieces is from the outline of its own."""
    padded = np.pad(pieces, 1, constant_values=-1)
    centre = padded[1:-1, 1:-1]
    inner = np.ones(pieces.shape, bool)
    for rows, columns in ((slice(0, -2), slice(1, -1)), (slice(2, None), slice(1, -1)), (slice(1, -1), slice(0, -2)),
                          (slice(1, -1), slice(2, None))):  # fmt: skip
        inner &= padded[rows, columns] == centre
    inside = np.pad(inner.astype(np.uint8), 1)
    return cv2.distanceTransform(inside, cv2.DIST_L2, 5)[1:-1, 1:-1] + 0.5 * inner


def _deepest(pieces: np.ndarray, depths: np.ndarray, count: int) -> np.ndarray:
    """Find the pixel of each piece (n,), as an index into the flat map, that is farthest from its outline."""
    order = np.argsort(depths, axis=None, kind="stable")
    deepest = np.zeros(count, np.int64)
    deepest[pieces.ravel()[order]] = order  # the last one written is the deepest
    return deepest


def _neighbours(pieces: np.ndarray) -> np.ndarray:
    """List the pairs of pieces that touch, (m,2), and how long their border is, as a third column."""
    pairs = np.concatenate(
        [np.stack([one.ravel(), other.ravel()], axis=1) for one, other in
         ((pieces[:, 1:], pieces[:, :-1]), (pieces[1:], pieces[:-1]))]
    )  # fmt: skip
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    if not len(pairs):
        return np.zeros((0, 3), np.int64)
    found, counts = np.unique(pairs, axis=0, return_counts=True)
    return np.column_stack([found, counts])


def _merge_small(keys: np.ndarray, tones: np.ndarray) -> np.ndarray:
    """Merge areas that are too small to paint, or to hold a number, with the neighbour whose colour is nearest."""
    least_radius, least_area = LEAST_RADIUS * max(keys.shape), LEAST_AREA * keys.size
    while True:
        pieces, values = _pieces(keys)
        depths = _depths(pieces)
        area = np.bincount(pieces.ravel(), minlength=len(values))
        radius = depths.ravel()[_deepest(pieces, depths, len(values))]
        small = (radius < least_radius) | (area < least_area)
        if not small.any() or len(values) == 1:
            return keys
        borders = _neighbours(pieces)
        part, tone = values // len(tones), values % len(tones)
        one, other = borders[:, 0], borders[:, 1]
        cost = np.linalg.norm(tones[tone[one]] - tones[tone[other]], axis=1) + OTHER_PART * (part[one] != part[other])
        into = np.arange(len(values))
        best = np.full(len(values), np.inf)
        for a, b, far in zip(one.tolist(), other.tolist(), (cost - 1e-3 * borders[:, 2]).tolist(), strict=True):
            for piece, target in ((a, b), (b, a)):
                larger = (area[target], target) > (area[piece], piece)
                if small[piece] and far < best[piece] and (larger or not small[target]):
                    best[piece], into[piece] = far, target
        # Those that wait have only smaller neighbours, which come to them.
        keys = values[into][pieces]


def _trace(keys: np.ndarray, tones: np.ndarray, picture: np.ndarray) -> NumberedPicture:
    """Trace the areas of a map of parts and tones; their colours are those of the picture (h,w,3) uint8 there."""
    used, compact = np.unique(keys % len(tones), return_inverse=True)
    compact = compact.reshape(keys.shape)
    palette = np.array([np.median(picture[compact == i], axis=0) for i in range(len(used))]).astype(np.uint8)
    pieces, values = _pieces(keys)
    depths = _depths(pieces)
    deepest = _deepest(pieces, depths, len(values))
    height, width = keys.shape
    longest, areas = max(height, width), []
    count = np.bincount(pieces.ravel(), minlength=len(values))
    for i, value in enumerate(values.tolist()):
        row, column = divmod(int(deepest[i]), width)
        areas.append(
            NumberArea(
                part=value // len(tones),
                colour=int(np.searchsorted(used, value % len(tones))),
                outlines=_outlines(pieces == i, longest),
                place=((column + 0.5) / longest, (row + 0.5) / longest),
                radius=float(depths[row, column]) / longest,
                size=float(count[i]) / keys.size,
            )
        )
    return NumberedPicture(palette, tuple(areas), pieces)


def _outlines(mask: np.ndarray, longest: int) -> tuple[np.ndarray, ...]:
    """Trace a mask (h,w) bool: closed lines in shares of the longest side, smooth, with few points."""
    top, left, width, height = (cv2.boundingRect(mask.astype(np.uint8))[i] for i in (1, 0, 2, 3))
    pad = 4
    piece = np.pad(mask[top : top + height, left : left + width].astype(np.float32), pad)
    # What reaches the edge of the picture goes on beyond it, so that smoothing rounds no corner there.
    sides = (top == 0, top + height == mask.shape[0], left == 0, left + width == mask.shape[1])
    if sides[0]:
        piece[:pad] = piece[pad]
    if sides[1]:
        piece[-pad:] = piece[-pad - 1]
    if sides[2]:
        piece[:, :pad] = piece[:, pad : pad + 1]
    if sides[3]:
        piece[:, -pad:] = piece[:, -pad - 1 : -pad]
    large = cv2.resize(piece, None, fx=FINER, fy=FINER, interpolation=cv2.INTER_LINEAR)
    large = cv2.GaussianBlur(large, (0, 0), 0.8 * FINER)
    lines, _ = cv2.findContours((large >= 0.5).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    found = []
    for line in sorted(lines, key=len, reverse=True):
        short = cv2.approxPolyDP(line, 0.35 * FINER, True).reshape(-1, 2).astype(np.float32)
        if len(short) >= 3:
            points = (short + 0.5) / FINER - pad + (left, top)
            found.append(np.clip(points, 0, (mask.shape[1], mask.shape[0])).astype(np.float32) / longest)
    return tuple(found)


def order_colours(picture: NumberedPicture, parts: Sequence[int]) -> list[int]:
    """Sort the palette by when it is needed: part after part, in each the colours of the largest areas first."""
    order: list[int] = []
    rest = [area.part for area in picture.areas if area.part not in parts]
    for part in dict.fromkeys([*parts, *rest]):
        sizes: dict[int, float] = {}
        for area in picture.areas:
            if area.part == part:
                sizes[area.colour] = sizes.get(area.colour, 0) + area.size
        order += [colour for colour in sorted(sizes, key=lambda c: -sizes[c]) if colour not in order]
    return order
