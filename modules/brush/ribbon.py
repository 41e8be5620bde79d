"""Geometry of many strokes at once: where in its texture every pixel of a ribbon lies, and the outlines of lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .marks import ASPECTS, LIGHT, LIGHTS, MARK_TABLE, PAD, REACH, ROWS
from .stroke import MARKS, StrokeList

NODES = 12  # places per side at which the texture coordinates of a stroke are computed
POINTS = 9  # points that a path has when it is drawn
SHIFT = 4  # fractional bits of the coordinates that OpenCV draws at
BLEED = 0.7  # pixels by which what OpenCV fills without jaggies is too large on every side

Look = tuple[list[int], list[int], float]


@dataclass(frozen=True)
class Ribbons:
    """n ribbons ready to be drawn.

    Attributes:
        boxes: (n,4) int, top, bottom, left, right in pixels; may lie beyond the picture.
        outer: (n,4) int, the larger boxes that the maps cover.
        maps: (n,NODES,NODES,2) float32, column and row in the texture.
        textures: (n,4) int: aspect, variant, level, light of `stroke_texture`.
        thin: (n,) float, share of a pixel that the stroke is wide, at most 1.
    """

    boxes: np.ndarray
    outer: np.ndarray
    maps: np.ndarray
    textures: np.ndarray
    thin: np.ndarray

    def looks(self) -> list[Look]:
        """List outer box, texture and thinness of each, as plain numbers."""
        return list(zip(self.outer.tolist(), self.textures.tolist(), self.thin.tolist(), strict=True))


def resample(points: np.ndarray, widths: np.ndarray, starts: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Resample paths to `count` points each at even distances: (n,count,2), and widths (n,count)."""
    n = len(starts) - 1
    step = np.zeros(len(points))
    step[1:] = np.hypot(*np.diff(points.astype(np.float64), axis=0).T)
    step[starts[:-1]] = 0
    length = np.cumsum(step)
    owner = np.repeat(np.arange(n), np.diff(starts))
    begin, total = length[starts[:-1]], length[starts[1:] - 1] - length[starts[:-1]]
    share = (length - begin[owner]) / np.maximum(total[owner], 1e-9)
    share[starts[1:] - 1] = 1  # also of a dab, which has no length
    # Every stroke has its own stretch [2i, 2i + 1] of one line, so that all are interpolated in one go.
    at = (2.0 * np.arange(n)[:, None] + np.linspace(0, 1, count)).reshape(-1)
    key = share + 2.0 * owner
    columns = [np.interp(at, key, values) for values in (points[:, 0], points[:, 1], widths)]
    x, y, w = (column.reshape(n, count) for column in columns)
    return np.stack([x, y], axis=-1), w


def ribbons(strokes: StrokeList, longest: int) -> Ribbons:
    """Prepare strokes, all of marks whose shape is a ribbon, for a picture `longest` pixels long."""
    path, width = resample(strokes.points, strokes.widths, strokes.starts, POINTS)
    path, width = path * longest, np.maximum(width * longest, 0.05)
    half = np.maximum(width, 1.0).astype(np.float32) / 2
    # A dab has hardly any length, and so no direction: it is laid across.
    dab = np.linspace(-0.15, 0.15, POINTS) * half.mean(axis=1)[:, None]
    short = np.hypot(*np.diff(path, axis=1).transpose(2, 0, 1)).sum(axis=1) < 0.1 * half.mean(axis=1)
    path[..., 0] = np.where(short[:, None], path[:, POINTS // 2, :1] + dab, path[..., 0])
    path[..., 1] = np.where(short[:, None], path[:, POINTS // 2, 1:], path[..., 1])
    broad = half.max(axis=1)
    margin = broad[:, None] * REACH + 1
    low, high = np.floor(path.min(axis=1) - margin), np.ceil(path.max(axis=1) + margin)
    boxes = np.stack([low[:, 1], high[:, 1], low[:, 0], high[:, 0]], axis=1).astype(np.int64)
    # An enlarged map is true between the middles of its outer cells, so it covers half a cell more.
    more = np.ceil((high - low) / (NODES - 1) / 2).astype(np.int64) + 1
    outer = boxes + np.stack([-more[:, 1], more[:, 1], -more[:, 0], more[:, 0]], axis=1)
    length = np.hypot(*np.diff(path, axis=1).transpose(2, 0, 1)).sum(axis=1)
    aspect = length / (2 * half.mean(axis=1))
    classes = np.abs(np.log(np.maximum(aspect, 0.5))[:, None] - np.log(ASPECTS)).argmin(axis=1)
    level = np.searchsorted(np.array(ROWS), np.minimum(2 * broad * REACH * 0.85, ROWS[-1]))
    seed = strokes.seed.astype(np.int64)
    variants = np.array([MARK_TABLE[MARKS[m]].variants for m in range(len(MARKS))])[strokes.mark]
    mirrored = (seed >> 16) & 1
    chord = path[:, -1] - path[:, 0]
    turn = LIGHT - np.arctan2(chord[:, 1], chord[:, 0])
    light = np.rint(np.where(mirrored, -turn, turn) / (2 * np.pi) * LIGHTS).astype(np.int64) % LIGHTS
    along, across = _coordinates(path.astype(np.float32), half, outer, np.array(ASPECTS, np.float32)[classes])
    across *= np.where(mirrored, -1, 1).astype(np.float32)[:, None]
    scale = (np.array(ROWS, np.float32) / REACH)[level][:, None]
    maps = np.stack([(along + PAD) * scale - 0.5, (across + REACH) * scale / 2 - 0.5], axis=-1)
    return Ribbons(
        boxes,
        outer,
        maps.reshape(-1, NODES, NODES, 2),
        np.stack([classes, seed % variants, level, light], axis=1),
        np.minimum(width.mean(axis=1), 1.0),
    )


def _coordinates(
    path: np.ndarray, half: np.ndarray, outer: np.ndarray, aspect: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find where along (in brush widths) and across (in half widths) the path each node lies, (n,NODES**2) each."""
    n, segments = len(path), path.shape[1] - 1
    share = (np.arange(NODES, dtype=np.float32) + 0.5) / NODES
    size = outer[:, 1::2] - outer[:, ::2]
    y = (outer[:, :1] + share * size[:, :1]).astype(np.float32)
    x = (outer[:, 2:3] + share * size[:, 1:]).astype(np.float32)
    x = np.broadcast_to(x[:, None], (n, NODES, NODES)).reshape(n, -1)
    y = np.broadcast_to(y[:, :, None], (n, NODES, NODES)).reshape(n, -1)
    best = np.full(x.shape, np.inf, np.float32)
    along, across = np.zeros_like(best), np.zeros_like(best)
    for s in range(segments):
        ax, ay = path[:, s, :1], path[:, s, 1:]
        ex, ey = path[:, s + 1, :1] - ax, path[:, s + 1, 1:] - ay
        long = np.maximum(np.hypot(ex, ey), 1e-4)
        ex, ey = ex / long, ey / long
        dx, dy = x - ax, y - ay
        t = dx * ex + dy * ey
        side = ex * dy - ey * dx
        clipped = np.clip(t, None if s == 0 else 0, None if s == segments - 1 else long)
        away = side * side + (t - clipped) ** 2
        nearer = away < best
        u = clipped / long
        inside = np.clip(u, 0, 1)
        width = half[:, s, None] * (1 - inside) + half[:, s + 1, None] * inside
        # Beyond the ends the measure is the brush's width, not the path's stretch.
        beyond = (clipped - inside * long) / (2 * width)
        here = (s + inside) * (aspect[:, None] / segments) + beyond
        np.copyto(along, here, where=nearer)
        np.copyto(across, np.copysign(np.sqrt(away), side) / width, where=nearer)
        np.copyto(best, away, where=nearer)
    return along, across


@dataclass(frozen=True)
class Outlines:
    """n lines with T points in all, ready to be drawn; coordinates in 2**-SHIFT of a pixel, from pixel middles.

    Attributes:
        boxes: (n,4) int, top, bottom, left, right in pixels.
        starts: n + 1 numbers of points.
        centre, left, right: (T,2) int32.
        mean, core: mean width of each line, and OpenCV's thickness of a line that lies inside it nearly everywhere.
    """

    boxes: np.ndarray
    starts: list[int]
    centre: np.ndarray
    left: np.ndarray
    right: np.ndarray
    mean: list[float]
    core: list[int]


def line_outlines(strokes: StrokeList, longest: int) -> Outlines:
    """Prepare strokes, all of marks whose shape is a line, for a picture `longest` pixels long."""
    points, widths = strokes.points * np.float32(longest), strokes.widths * np.float32(longest)
    first, last = strokes.starts[:-1], strokes.starts[1:] - 1
    before, after = np.arange(len(points)) - 1, np.arange(len(points)) + 1
    before[first], after[last] = first, last
    along = points[after] - points[before]
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    inner = np.maximum(widths / 2 - BLEED, 0)
    normal *= (inner / np.maximum(np.hypot(*normal.T), 1e-6))[:, None]
    margin = np.maximum.reduceat(widths, first)[:, None] / 2 + 2
    low = np.floor(np.minimum.reduceat(points, first) - margin).astype(int)
    high = np.ceil(np.maximum.reduceat(points, first) + margin).astype(int) + 1
    mean = np.add.reduceat(widths, first) / np.diff(strokes.starts)

    def fixed(values: np.ndarray) -> np.ndarray:
        return np.rint((values - 0.5) * (1 << SHIFT)).astype(np.int32)

    return Outlines(
        np.stack([low[:, 1], high[:, 1], low[:, 0], high[:, 0]], axis=1),
        strokes.starts.tolist(),
        fixed(points),
        fixed(points + normal),
        fixed(points - normal),
        mean.tolist(),
        ((np.minimum(0.6 * mean, np.minimum.reduceat(widths, first) + 0.35 * mean) - 1) / 2).astype(int).tolist(),
    )
