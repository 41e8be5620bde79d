"""Drawing primitives: splines, ribbons, polygon masks and noise fields, as pure functions."""

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float32]
Window = tuple[slice, slice]  # rows and columns of a picture


def f32(values: ArrayLike) -> Array:
    """Copy to a new float32 array; type checkers do not see that `np.float32(list)` does the same."""
    return np.array(values, np.float32)


SHIFT = 4  # sub-pixel bits of OpenCV's polygon filler
_SCALE = 1 << SHIFT
_TINY = np.float32(1e-6)
_UNIT = np.float32(1 / 255)


@lru_cache(maxsize=256)
def _curve(n: int, closed: bool, per_span: int) -> Array:
    """Compute Catmull-Rom weights (m,n) of n control points: a whole spline is one product of matrices."""
    t = np.linspace(0, 1, per_span, endpoint=False)[:, None]
    m = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2
    basis = t ** np.arange(4) @ m
    own = np.eye(n)
    if closed:
        padded, spans = np.concatenate([own[-1:], own, own[:2]]), n
    else:
        padded, spans = np.concatenate([2 * own[:1] - own[1:2], own, 2 * own[-1:] - own[-2:-1]]), n - 1
    rows = [basis @ padded[i : i + 4] for i in range(spans)]
    return f32(np.concatenate(rows if closed else [*rows, own[-1:]]))


def spline(points: Array | list[tuple[float, float]], closed: bool = False, per_span: int = 8) -> Array:
    """Interpolate `points` (n,2) by a Catmull-Rom curve (m,2) float32; one or two points come back unchanged."""
    pts = np.asarray(points, np.float32)
    return pts if len(pts) < 3 else np.asarray(_curve(len(pts), closed, per_span) @ pts)


@lru_cache(maxsize=256)
def _mark(n: int, taper: tuple[float, float]) -> tuple[Array, Array]:
    """Compute a mark's weights (2m,n) of middle line and direction for n points, and its half widths (m,)."""
    line = _curve(n, False, 4) if 3 <= n < 12 else np.eye(n, dtype=np.float32)
    along = np.concatenate([line[1:2] - line[:1], line[2:] - line[:-2], line[-1:] - line[-2:-1]])
    s = np.linspace(0, 1, len(line))
    ends = taper[0] + (taper[1] - taper[0]) * s
    return np.concatenate([line, along]), f32(0.5 * (ends + (1 - ends) * np.sqrt(np.clip(4 * s * (1 - s), 0, 1))))


def ribbons(paths: Array, widths: ArrayLike, taper: tuple[float, float] = (0.2, 0.2)) -> Array:
    """Outline (k,m,2) k brush marks along `paths` (k,n,2), as wide as `widths` (k,), or one width for all."""
    weights, half = _mark(paths.shape[1], taper)
    both = weights @ paths
    m = len(half)
    middle, tangent = both[:, :m], both[:, m:]
    length = np.sqrt(np.einsum("kmc,kmc->km", tangent, tangent)) + _TINY
    aside = tangent[..., ::-1] * (np.asarray(widths, np.float32)[..., None] * half / length)[..., None]
    aside[..., 0] *= -1
    out = np.empty((len(paths), 2 * m, 2), np.float32)
    np.add(middle, aside, out=out[:, :m])
    np.subtract(middle[:, ::-1], aside[:, ::-1], out=out[:, m:])
    return out


def ribbon(points: Array | list[tuple[float, float]], width: float, taper: tuple[float, float] = (0.2, 0.2)) -> Array:
    """Outline (m,2) a brush mark along `points` (n,2): `width` in the middle, `taper` of it at the two ends."""
    return ribbons(np.asarray(points, np.float32)[None], width, taper)[0]


def fixed(outline: Array) -> NDArray[np.int32]:
    """Convert pixels to the fixed-point numbers of OpenCV's filler, clipped far outside against overflow."""
    return np.rint(np.clip(outline * f32(_SCALE), -6e5, 6e5)).astype(np.int32)


def fill(shape: tuple[int, int], *outlines: Array) -> Array:
    """Rasterise the union of closed outlines (n,2) in pixels as an anti-aliased mask (H,W) in [0,1]."""
    mask = np.zeros(shape, np.uint8)
    for outline in outlines:
        if len(outline) >= 3:
            cv2.fillPoly(mask, [fixed(outline)], 255, cv2.LINE_AA, SHIFT)
    return mask * _UNIT


def fill_window(shape: tuple[int, int], outline: Array) -> tuple[Window, Array] | None:
    """Rasterise one outline within its bounding window: (window, mask), or None outside the picture."""
    window = bounding_window(shape, outline) if len(outline) >= 3 else None
    if window is None:
        return None
    rows, columns = window
    mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
    corner = (columns.start * _SCALE, rows.start * _SCALE)
    cv2.fillPoly(mask, [fixed(outline) - corner], 255, cv2.LINE_AA, SHIFT)
    return window, mask * _UNIT


def bounding_window(shape: tuple[int, int], points: Array) -> Window | None:
    """Find the window of the picture that holds all `points` (n,2) in pixels, or None outside of it."""
    x, y, w, h = cv2.boundingRect(np.clip(points, -4e4, 4e4).astype(np.float32))
    x0, y0, x1, y1 = max(x - 1, 0), max(y - 1, 0), min(x + w + 2, shape[1]), min(y + h + 2, shape[0])
    return (slice(y0, y1), slice(x0, x1)) if x0 < x1 and y0 < y1 else None


def mask_window(mask: Array) -> Window | None:
    """Find the window in which `mask` (H,W) covers anything, or None when it is empty."""
    x, y, w, h = cv2.boundingRect((mask > 0.004).view(np.uint8))
    return (slice(y, y + h), slice(x, x + w)) if w else None


def pixel_offsets(window: Window, point: Array) -> tuple[Array, Array]:
    """Distance in pixels, x (1,w) and y (h,1), of every column and row of `window` from `point` (2,)."""
    rows, columns = window
    x = np.arange(columns.start, columns.stop, dtype=np.float32)[None, :] - point[0]
    return x, np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] - point[1]


def ellipse(centre: tuple[float, float], rx: float, ry: float, angle: float = 0.0, n: int = 36) -> Array:
    """Outline (n,2) an ellipse turned by `angle` radians."""
    c, s = math.cos(angle), math.sin(angle)
    return _circle(n) @ f32([[rx * c, rx * s], [-ry * s, ry * c]]) + f32(centre)


@lru_cache
def _circle(n: int) -> Array:
    a = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return f32(np.stack([np.cos(a), np.sin(a)], 1))


def noise(
    rng: np.random.Generator, shape: tuple[int, int], cells: float, octaves: int = 2, stretch: float = 1.0
) -> Array:
    """Generate fractal value noise float32 (H,W), mean 0, about [-1,1].

    `cells` lumps along the longer side, `stretch` > 1 makes them longer in x. The random numbers depend on `cells`
    and the aspect alone, so a picture keeps its look at any size.
    """
    h, w = shape
    longest = max(h, w)
    # smooth at a third of the size, then straight up: a quarter of the time of cubic all the way
    third = (max(2, w // 3), max(2, h // 3))
    coarse: Array | None = None
    fine: Array | None = None
    weight, scale = 1.0, 0.0
    for octave in range(octaves):
        n = cells * 2**octave
        grid = (max(2, round(n * h / longest)) + 1, max(2, round(n * w / longest / stretch)) + 1)
        lattice = rng.uniform(-weight, weight, grid).astype(np.float32)
        scale += weight
        weight *= 0.5
        if n > longest / 3:
            one = cv2.resize(lattice, (w, h), interpolation=cv2.INTER_LINEAR)
            fine = f32(one) if fine is None else fine + one
        else:
            one = cv2.resize(lattice, third, interpolation=cv2.INTER_CUBIC)
            coarse = f32(one) if coarse is None else coarse + one
    if coarse is not None:
        up = cv2.resize(coarse, (w, h), interpolation=cv2.INTER_LINEAR)
        fine = f32(up) if fine is None else fine + up
    assert fine is not None
    return fine * f32(1 / (0.62 * scale))


def smoothstep(x: Array, low: float, high: float) -> Array:
    """Map `x` to 0 below `low`, 1 above `high`, with a smooth rise between."""
    t = np.minimum(np.maximum((x - np.float32(low)) * np.float32(1 / (high - low)), 0), 1)
    return np.asarray(t * t * (3 - 2 * t))


def jagged(points: Array, rng: np.random.Generator, depth: float, teeth: int) -> Array:
    """Hang `teeth` uneven points off an open line (n,2) by about `depth`: the ends of locks of hair."""
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
