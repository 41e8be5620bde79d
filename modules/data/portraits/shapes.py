"""Curves, ribbons and noise fields: the drawing tools of the sitters. All pure functions of their arguments."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float32]


def f32(values: ArrayLike) -> Array:
    """A number, list or array as a new float32 array. (`np.float32(list)` does the same, unseen by type checkers.)"""
    return np.array(values, np.float32)


SHIFT = 4  # sub-pixel bits of OpenCV's polygon filler
_SCALE = 1 << SHIFT
_LEFT = f32([-1, 1])


@lru_cache
def _basis(per_span: int) -> Array:
    """Catmull-Rom weights (per_span,4) of the four control points along one span."""
    t = np.linspace(0, 1, per_span, endpoint=False)[:, None]
    m = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2
    return (t ** np.arange(4) @ m).astype(np.float32)


def spline(points: Array | list[tuple[float, float]], closed: bool = False, per_span: int = 8) -> Array:
    """Catmull-Rom curve through `points` (n,2); returns (m,2) float32. One or two points come back as they are."""
    pts = np.asarray(points, np.float32)
    n = len(pts)
    if n < 3:
        return pts
    if closed:
        padded = np.concatenate([pts[-1:], pts, pts[:2]])
        spans = n
    else:
        padded = np.concatenate([2 * pts[:1] - pts[1:2], pts, 2 * pts[-1:] - pts[-2:-1]])
        spans = n - 1
    windows = np.stack([padded[i : i + spans] for i in range(4)])
    curve = np.einsum("tk,knc->ntc", _basis(per_span), windows).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, pts[-1:]])


@lru_cache
def _profile(n: int) -> tuple[Array, Array]:
    """Positions (n,) along a mark and how full it is there."""
    s = np.linspace(0, 1, n, dtype=np.float32)
    return s, np.sqrt(np.clip(4 * s * (1 - s), 0, 1)).astype(np.float32)


def ribbon(points: Array | list[tuple[float, float]], width: float, taper: tuple[float, float] = (0.2, 0.2)) -> Array:
    """Outline (m,2) of a brush mark along `points` (n,2): `width` wide in the middle, `taper` of it at both ends."""
    line = spline(points, per_span=4) if len(points) < 12 else np.asarray(points, np.float32)
    tangent = np.empty_like(line)
    tangent[1:-1] = line[2:] - line[:-2]
    tangent[0], tangent[-1] = line[1] - line[0], line[-1] - line[-2]
    normal = tangent[:, ::-1] * _LEFT / (np.sqrt((tangent * tangent).sum(1, keepdims=True)) + f32(1e-6))
    s, belly = _profile(len(line))
    ends = taper[0] + (taper[1] - taper[0]) * s
    half = (0.5 * width * (ends + (1 - ends) * belly))[:, None]
    return np.concatenate([line + normal * half, (line - normal * half)[::-1]]).astype(np.float32)


def fill(shape: tuple[int, int], *outlines: Array) -> Array:
    """Anti-aliased union mask float32 (H,W) in [0,1] of closed outlines given in pixels (x, y)."""
    mask = np.zeros(shape, np.uint8)
    for outline in outlines:
        if len(outline) >= 3:
            fixed = np.round(np.clip(outline, -4e4, 4e4) * _SCALE).astype(np.int32)
            cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, SHIFT)
    return mask.astype(np.float32) * f32(1 / 255)


def patch(shape: tuple[int, int], outline: Array) -> tuple[tuple[slice, slice], Array] | None:
    """Like `fill` for one outline, but only its bounding box: (rows and columns, mask), or None outside the picture."""
    low = np.floor(outline.min(0)).astype(int) - 1
    high = np.ceil(outline.max(0)).astype(int) + 2
    x0, y0 = max(low[0], 0), max(low[1], 0)
    x1, y1 = min(high[0], shape[1]), min(high[1], shape[0])
    if x0 >= x1 or y0 >= y1 or len(outline) < 3:
        return None
    mask = fill((y1 - y0, x1 - x0), outline - f32([x0, y0]))
    return (slice(y0, y1), slice(x0, x1)), mask


def ellipse(centre: tuple[float, float], rx: float, ry: float, angle: float = 0.0, n: int = 36) -> Array:
    """Outline (n,2) of an ellipse turned by `angle` radians."""
    a = np.linspace(0, 2 * np.pi, n, endpoint=False, dtype=np.float32)
    x, y = rx * np.cos(a), ry * np.sin(a)
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([centre[0] + c * x - s * y, centre[1] + s * x + c * y], 1).astype(np.float32)


def noise(
    rng: np.random.Generator, shape: tuple[int, int], cells: float, octaves: int = 2, stretch: float = 1.0
) -> Array:
    """Smooth noise float32 (H,W), mean 0, about [-1,1].

    `cells` lumps along the longer side, `stretch` > 1 makes them longer in x. The random numbers depend on `cells`
    and the aspect alone, so a picture keeps its look at any size.
    """
    h, w = shape
    longest = max(h, w)
    total = np.zeros(shape, np.float32)
    weight, scale = 1.0, 0.0
    for octave in range(octaves):
        n = cells * 2**octave
        grid = (max(2, round(n * h / longest)) + 1, max(2, round(n * w / longest / stretch)) + 1)
        lattice = rng.uniform(-1, 1, grid).astype(np.float32)
        # smooth at a third of the size, then straight up: a quarter of the time of cubic all the way
        middle = cv2.resize(lattice, (max(2, w // 3), max(2, h // 3)), interpolation=cv2.INTER_CUBIC)
        if n > longest / 3:
            middle = lattice
        total += f32(weight) * cv2.resize(middle, (w, h), interpolation=cv2.INTER_LINEAR)
        scale += weight
        weight *= 0.5
    return total / f32(0.62 * scale)


def smoothstep(x: Array, low: float, high: float) -> Array:
    """0 below `low`, 1 above `high`, a smooth rise between."""
    t = np.clip((x - f32(low)) / f32(high - low), 0, 1)
    return t * t * (3 - 2 * t)


def jagged(points: Array, rng: np.random.Generator, depth: float, teeth: int) -> Array:
    """An open line (n,2) with `teeth` uneven points that hang off it by about `depth`: the ends of locks of hair."""
    line = spline(points)
    at = np.sort(rng.uniform(0.02, 0.98, teeth))
    index = (at * (len(line) - 1)).astype(int)
    out = [line[0]]
    for k, i in enumerate(index):
        j = index[k + 1] if k + 1 < len(index) else len(line) - 1
        drop = depth * rng.uniform(0.4, 1.2)
        out.append(line[i] + f32([0, drop]))
        out.append(line[(i + j) // 2] - f32([0, 0.15 * drop]))
    out.append(line[-1])
    return np.stack(out).astype(np.float32)
