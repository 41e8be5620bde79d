"""Segmentation without a network: `cluster(painting)` finds 6 to 14 things and orders them far to near.

A small copy of the picture is cut into a few hundred pieces along its edges; the two neighbours
that differ least are joined until the *things* are left (colour, texture and place, weighed by size as Ward
does, times how strong the edge between them is and how little of their outline they share: a patch inside a
cow joins the cow, not the next patch). Then each part gets a depth from what painters know: sky touches the
top and has no detail, the ground is wide and reaches the bottom, what stands lower stands nearer, what bulges
into its neighbour covers it, air takes contrast away. Deterministic in (painting, seed, n).
"""

import cv2
import numpy as np

from ..imaging.guided_filter import GreyGuide
from ..imaging.nearest import nearest
from ..imaging.resize import resize
from ..labels import LabelSet, cluster_label_set
from .depth import depths

FEWEST, MOST = 6, 14
"""Parts of an ordinary picture: more than about fourteen stop being things. `cluster` says when there are fewer."""

_LONG, _SHORT = 160, 24  # working size: the longest side, and the least that any side may have
_PIECE = 7  # spacing of the first pieces, working pixels
_UNEXPLAINED = 0.11  # joining stops when more than this share of the picture's variation would be lost
_CRUMB = 0.012  # no part smaller than this share of the picture
_GUIDE = 384  # longest side at which outlines are fitted to the painting
_REACH = 0.02  # how far a part spreads over what is of its class, as a share of the longest side


def cluster(painting: np.ndarray, seed: int = 0, n: int | None = None) -> tuple[np.ndarray, LabelSet]:
    """Find the parts of a picture.

    Args:
        painting: (H, W, 3) float32 RGB in [0, 1], any size from 1x1.
        seed: shifts where the first pieces start, which changes close decisions.
        n: at most how many parts; None lets the picture decide between FEWEST and MOST.

    Returns:
        Labels (H, W) uint8 with the values 1..m, and their LabelSet "part 1".."part m", part 1 the farthest. m is n,
        except that parts without a core go, and that a picture with less to tell apart (one flat colour, a handful of
        pixels) has fewer than FEWEST.

    Raises:
        ValueError: another shape, or n < 1.
    """
    if painting.ndim != 3 or painting.shape[2] != 3 or 0 in painting.shape:
        raise ValueError(f"cluster: painting must be (H, W, 3), got {painting.shape}")
    if n is not None and not 1 <= n <= 255:
        raise ValueError(f"cluster: n must be 1 to 255, got {n}")
    painting = np.clip(np.nan_to_num(painting.astype(np.float32, copy=False)), 0.0, 1.0)
    small = working_copy(painting)
    features, edges, detail = look(small)
    pieces = watershed_pieces(small, edges, seed)
    found = without_rims(join_pieces(pieces, features, edges, n), small)
    found = _in_order(found, depths(found, small, detail))
    labels = full_size(found, painting)
    present = np.unique(labels)  # a sliver of the small copy can vanish at full size
    labels = (np.searchsorted(present, labels) + 1).astype(np.uint8)
    return labels, cluster_label_set(len(present))


def working_copy(painting: np.ndarray) -> np.ndarray:
    """Resize to the working copy: longest side _LONG, no side under _SHORT (narrow strips are stretched)."""
    h, w = painting.shape[:2]
    scale = _LONG / max(h, w)
    size = max(_SHORT, round(w * scale)), max(_SHORT, round(h * scale))
    shrinks = size[0] <= w and size[1] <= h
    return cv2.resize(painting, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def look(small: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features (h, w, 6) whose squared distance says how different two places are; edges and detail (h, w)."""
    h, w = small.shape[:2]
    eight = (small * 255).astype(np.uint8)
    # Mean shift flattens brush marks and keeps outlines: what is left are the tones a painter would mix.
    flat = cv2.pyrMeanShiftFiltering(eight, 5, 14).astype(np.float32) / 255.0
    lab = cv2.cvtColor(flat, cv2.COLOR_RGB2LAB)
    light = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)[..., 0]
    fine = light - cv2.GaussianBlur(light, (0, 0), 1.5)
    detail = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), 2.5))
    detail = cv2.erode(detail, np.ones((5, 5), np.uint8))  # the outline of a smooth thing is no detail
    edges = edge_strength(lab)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32) / max(h, w)
    # Light counts less than hue, because one thing has a lit and a shaded side.
    features = np.dstack([0.75 * lab[..., 0], 1.2 * lab[..., 1], 1.2 * lab[..., 2], 1.2 * detail, 5 * x, 24 * y])
    return features.astype(np.float32), edges, detail


def edge_strength(planes: np.ndarray) -> np.ndarray:
    """Strength (h, w) of the edges of planes (h, w, C)."""
    edges = np.zeros(planes.shape[:2], np.float32)
    for sigma in (1.0, 2.0):  # an outline shows at both scales, a brush mark only at the fine one
        squares = np.zeros_like(edges)
        for plane in np.moveaxis(planes, 2, 0):
            soft = cv2.GaussianBlur(plane, (0, 0), sigma)
            across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(soft, cv2.CV_32F, 0, 1) / 8
            squares += across**2 + down**2
        edges += np.sqrt(squares) * sigma
    return edges


def watershed_pieces(small: np.ndarray, edges: np.ndarray, seed: int) -> np.ndarray:
    """Cut a picture into a few hundred connected pieces along its edges: (h, w) int32, 0..k-1."""
    h, w = small.shape[:2]
    offset = np.random.default_rng(seed).integers(0, _PIECE, 2)
    around = cv2.dilate(edges, np.ones((_PIECE + 2, _PIECE + 2), np.uint8))
    # A piece that starts on the slope of a strong edge would be its rim, and rims would look like things.
    slope = (edges > 0.6 * around) & (edges > 2.0)
    markers = np.zeros((h, w), np.int32)
    count = 0
    for top in range(-int(offset[0]), h, _PIECE):
        for left in range(-int(offset[1]), w, _PIECE):
            y0, x0 = max(top, 0), max(left, 0)
            cell = edges[y0 : max(top + _PIECE, y0), x0 : max(left + _PIECE, x0)]
            if cell.size:
                y, x = np.unravel_index(int(cell.argmin()), cell.shape)  # start where there is no edge
                if count and slope[y0 + y, x0 + x]:
                    continue
                count += 1
                markers[y0 + y, x0 + x] = count
    height = np.clip(np.sqrt(edges) * 40, 0, 255).astype(np.uint8)
    pieces = cv2.watershed(np.dstack([height] * 3), markers)
    return grow(pieces, pieces > 0) - 1


def grow(labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Give every pixel that is not `known` the label of the nearest known one; (h, w) integers."""
    if known.all():
        return labels.astype(np.int32)
    return labels.ravel()[nearest(known)[1]].astype(np.int32)


def join_pieces(pieces: np.ndarray, features: np.ndarray, edges: np.ndarray, n: int | None) -> np.ndarray:
    """Join pieces into parts: (h, w) int32 with the values 0..m-1."""
    k = int(pieces.max()) + 1
    size = np.bincount(pieces.ravel(), minlength=k).astype(np.float64)
    # Pixels on an outline have the colours of both sides: they hardly count, or rims would look like things.
    inner = 1.0 / (0.05 + (edges / (np.median(edges) + 1e-6)) ** 2)
    sums = np.stack([np.bincount(pieces.ravel(), (f * inner).ravel(), k) for f in np.moveaxis(features, 2, 0)], 1)
    mean = sums / np.maximum(np.bincount(pieces.ravel(), inner.ravel(), k), 1e-9)[:, None]
    touch, strength = contacts(pieces, edges, k)
    owner = np.arange(k)
    alive = size > 0
    apart = size[:, None] * (mean - np.average(mean, axis=0, weights=size)) ** 2
    total = apart.sum() + 1e-9
    typical = strength.sum() / max(touch.sum(), 1) + 1e-6

    def costs(i: int) -> tuple[np.ndarray, np.ndarray]:
        """Compute what joining i with each other part would lose, and how little the eye would like it."""
        apart = ((mean - mean[i]) ** 2).sum(1)
        loss = size[i] * size / np.maximum(size[i] + size, 1) * apart
        around = touch.sum(1)
        shared = touch[i] / np.maximum(np.minimum(around, around[i]), 1)
        edge = strength[i] / np.maximum(touch[i], 1) / typical
        # Less than Ward's weight for size: a wide sky may shade from one side to the other and stay one thing.
        weight = np.maximum(size[i] * size / np.maximum(size[i] + size, 1), 1.0) ** 0.7
        dislike = (weight * apart + 1e-6) * (0.25 + edge) ** 1.3 * (1.15 - shared)
        # Pieces of sky between branches do not touch: allowed, but it must be worth it.
        dislike = np.where(touch[i] > 0, dislike, weight * apart * 6.0 + 1.0)
        return loss, np.where(alive & (np.arange(k) != i), dislike, np.inf)

    table = np.full((k, k), np.inf)
    for i in np.flatnonzero(alive).tolist():
        table[i] = costs(i)[1]
    lost, left = 0.0, int(alive.sum())
    # Where colour and texture deviate by less than a unit of Lab there is nothing to tell apart.
    flat = apart[:, :4].sum() / size.sum() < 1.0
    least = 1 if flat else FEWEST
    while left > 1:
        i, j = divmod(int(table.argmin()), k)
        loss = costs(i)[0][j]
        # A crumb is a small part or a thin one: an outline's length eats its area.
        bulk = np.where(alive, np.minimum(size, 50.0 * (size / np.maximum(touch.sum(1), 1)) ** 2), np.inf)
        small = bulk.min() < _CRUMB * size.sum()
        if n is not None:
            if left <= n:
                break
        elif left <= least or (left <= MOST and not small and not flat and (lost + loss) / total > _UNEXPLAINED):
            break
        if small and left <= MOST + 6:
            i = int(bulk.argmin())
            j = int(table[i].argmin())
            loss = costs(i)[0][j]
        lost += loss
        mean[i] = (size[i] * mean[i] + size[j] * mean[j]) / (size[i] + size[j])
        size[i] += size[j]
        touch[i] += touch[j]
        strength[i] += strength[j]
        touch[:, i], strength[:, i] = touch[i], strength[i]
        touch[i, i] = strength[i, i] = 0
        touch[j], touch[:, j], strength[j], strength[:, j] = 0, 0, 0, 0
        alive[j], size[j] = False, 0
        owner[owner == j] = i
        table[j], table[:, j] = np.inf, np.inf
        table[i] = costs(i)[1]
        table[:, i] = table[i]
        left -= 1
    return np.unique(owner[pieces], return_inverse=True)[1].reshape(pieces.shape).astype(np.int32)


def without_rims(parts: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Shrink every part to its core and let the cores flood back along the sharp picture's edges.

    A part that is nothing but the blurred rim of another has no core and goes; outlines settle on the edge.
    The last two parts stay whatever their shape. (h, w) int32 with the values 0..m-1.
    """
    cores = np.zeros(parts.shape, np.int32)
    framed = cv2.copyMakeBorder(parts + 1, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    for i in range(int(parts.max()) + 1):
        mask = (framed == i + 1).astype(np.uint8)
        core = cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=2)[1:-1, 1:-1] > 0
        if core.sum() > 0.04 * mask.sum():
            cores[core] = i + 1
    if len(np.unique(cores[cores > 0])) < 2:
        return parts
    soft = cv2.bilateralFilter((small * 255).astype(np.uint8), 5, 24, 2)
    flooded = cv2.watershed(soft, cores)
    found = grow(flooded, flooded > 0)
    return np.unique(found, return_inverse=True)[1].reshape(parts.shape).astype(np.int32)


def contacts(pieces: np.ndarray, edges: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Length of the outline that two pieces share, and the edge strength summed along it: (k, k) twice."""
    touch, strength = np.zeros((k, k)), np.zeros((k, k))
    for a, b, s, t in (
        (pieces[:, :-1], pieces[:, 1:], edges[:, :-1], edges[:, 1:]),
        (pieces[:-1], pieces[1:], edges[:-1], edges[1:]),
    ):
        differ = a != b
        at = (a[differ], b[differ])
        np.add.at(touch, at, 1.0)
        np.add.at(strength, at, np.maximum(s, t)[differ])
    return touch + touch.T, strength + strength.T


def _in_order(parts: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Renumber so that part 0 is the farthest."""
    rank = np.empty(len(near), np.int32)
    rank[np.argsort(near, kind="stable")] = np.arange(len(near))
    return rank[parts]


def full_size(parts: np.ndarray, painting: np.ndarray, likely: np.ndarray | None = None) -> np.ndarray:
    """Bring parts (h, w) to the painting's size (H, W), outlines fitted to its edges by a guided filter per part.

    likely: (m, h', w') how likely each part's class is at each pixel, in [0, 1]; a part spreads over what is near and
    rather of its class.
    """
    h, w = painting.shape[:2]
    scale = min(1.0, _GUIDE / max(h, w))
    size = max(1, round(w * scale)), max(1, round(h * scale))
    grey = cv2.cvtColor(painting, cv2.COLOR_RGB2GRAY)
    guide = GreyGuide(grey, size, radius=max(2, round(max(size) / 60)))
    best, labels = np.full((h, w), -np.inf, np.float32), np.zeros((h, w), np.uint8)
    masks = [cv2.resize((parts == i).astype(np.float32), size) for i in range(int(parts.max()) + 1)]
    if likely is not None:
        masks = _by_class(masks, likely)
    for i, mask in enumerate(masks):
        value = guide.enlarge(cv2.GaussianBlur(mask, (0, 0), max(size) / 250))
        better = value > best
        best[better], labels[better] = value[better], i
    return _without_crumbs(labels)


def _by_class(masks: list[np.ndarray], likely: np.ndarray) -> list[np.ndarray]:
    """Masks (h, w) of the parts that are likeliest at each pixel, by class and by how near they are."""
    size = masks[0].shape[::-1]
    scores = []
    for mask, plane in zip(masks, likely, strict=True):
        away = nearest(mask >= 0.5)[0] if (mask >= 0.5).any() else np.full(mask.shape, 1e3, np.float32)
        near = 1 / (1 + (away / (_REACH * max(size))) ** 2)
        scores.append(near * (0.15 + resize(plane, size)))
    best = np.argmax(scores, axis=0)
    return [(best == i).astype(np.float32) for i in range(len(masks))]


def _without_crumbs(labels: np.ndarray) -> np.ndarray:
    """Give islands under a thousandth of the picture to what is around them; (H, W) uint8."""
    h, w = labels.shape
    if min(h, w) >= 16:
        labels = cv2.medianBlur(labels, 5)
    known = np.ones((h, w), bool)
    for i in np.unique(labels):
        count, where, stats, _ = cv2.connectedComponentsWithStats((labels == i).astype(np.uint8), connectivity=4)
        areas = stats[1:count, cv2.CC_STAT_AREA]
        crumbs = 1 + np.flatnonzero((areas < 1e-3 * h * w) & (areas < areas.max(initial=0)))
        if len(crumbs):
            known &= ~np.isin(where, crumbs)
    return grow(labels, known).astype(np.uint8)
