"""Stroke layout: cut a pass into single strokes that follow the form."""

from dataclasses import dataclass

import cv2
import numpy as np

from ....imaging.nearest import nearest

NEVER = np.float32(2.0)  # the moment of pixels that no stroke of the pass reaches


@dataclass(frozen=True)
class StrokeMaps:
    """The strokes of one pass."""

    moment: np.ndarray  # (H,W) float32, when within the pass [0,1] each pixel is covered; `NEVER` outside
    tint: np.ndarray  # (H,W,3) float32, difference of each stroke's paint from its intended colour


def form_direction(painting: np.ndarray) -> np.ndarray:
    """Estimate the direction along the form, (H,W) radians: across the gradient, by the smoothed structure tensor."""
    grey = cv2.cvtColor(np.ascontiguousarray(painting), cv2.COLOR_RGB2GRAY)
    grey = cv2.GaussianBlur(grey, (0, 0), max(1.0, max(grey.shape) / 170))
    dx, dy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    sigma = max(1.5, max(grey.shape) / 45)
    xx, yy, xy = (cv2.GaussianBlur(v, (0, 0), sigma) for v in (dx * dx, dy * dy, dx * dy))
    return 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2


def _curves(x: np.ndarray, y: np.ndarray, direction: np.ndarray, length: np.ndarray, bend: np.ndarray) -> np.ndarray:
    """Points (n,7,2) int32, in eighths of a pixel, of strokes through (x, y) along the direction field."""
    height, width = direction.shape
    halves = []
    for sign in (-1.0, 1.0):
        px, py = x.astype(np.float64), y.astype(np.float64)
        heading = direction[y.astype(int), x.astype(int)].astype(np.float64)
        points = []
        for _ in range(3):
            px = px + sign * np.cos(heading) * length / 6
            py = py + sign * np.sin(heading) * length / 6
            points.append(np.stack([px, py], axis=1))
            local = direction[py.clip(0, height - 1).astype(int), px.clip(0, width - 1).astype(int)]
            # Directions have no sign: take the one that continues the stroke.
            turn = (local - heading + np.pi / 2) % np.pi - np.pi / 2
            heading = heading + np.clip(turn, -0.6, 0.6) + bend
        halves.append(points)
    centre = np.stack([x, y], axis=1)
    return np.round(np.stack([*halves[0][::-1], centre, *halves[1]], axis=1) * 8).astype(np.int32)


def layout_strokes(
    extent: np.ndarray,
    travel: np.ndarray,
    direction: np.ndarray,
    width: float,
    length: float,
    tint: float,
    rng: np.random.Generator,
) -> StrokeMaps:
    """Cover an extent (H,W) bool with strokes in the order of `travel` (H,W) in [0,1].

    Args:
        direction: (H,W) radians, along which strokes run.
        width, length: of a stroke, in pixels.
        tint: spread of the strokes' colours around the intended one, in [0,1].
        rng: draws places, sizes, bends and tints.
    """
    moment = np.full(extent.shape, NEVER, np.float32)
    tints = np.zeros((*extent.shape, 3), np.float32)
    if not extent.any():
        return StrokeMaps(moment, tints)
    rows = np.flatnonzero(extent.any(axis=1))
    columns = np.flatnonzero(extent.any(axis=0))
    spacing = max(1.0, 0.62 * width)
    grid_y, grid_x = np.mgrid[rows[0] : rows[-1] + 1 : spacing, columns[0] : columns[-1] + 1 : spacing]
    x = (grid_x + rng.uniform(-0.5, 0.5, grid_x.shape) * spacing).clip(0, extent.shape[1] - 1).reshape(-1)
    y = (grid_y + rng.uniform(-0.5, 0.5, grid_y.shape) * spacing).clip(0, extent.shape[0] - 1).reshape(-1)
    inside = extent[y.astype(int), x.astype(int)]
    x, y = x[inside], y[inside]
    if not len(x):  # thinner than the grid: one stroke does it all
        moment[extent] = travel[extent].mean()
        return StrokeMaps(moment, tints)
    when = (travel[y.astype(int), x.astype(int)] + rng.normal(0, 0.03, len(x))).clip(0, 1).astype(np.float32)
    sizes = np.maximum(1, np.round(width * rng.uniform(0.75, 1.25, len(x)))).astype(int).tolist()
    curves = _curves(x, y, direction, length * rng.uniform(0.6, 1.3, len(x)), rng.normal(0, 0.12, len(x)))
    owner = np.full(extent.shape, -1, np.int32)
    # Drawn from the last to the first: each stroke is whole when it is laid, what comes later shows beside it.
    for i in np.argsort(-when, kind="stable").tolist():
        cv2.polylines(owner, [curves[i]], False, i, sizes[i], cv2.LINE_8, 3)
    # What no stroke covers belongs to the nearest one, so that a pass leaves no pinholes.
    gaps = owner < 0
    if gaps.any() and not gaps.all():
        owner = owner.ravel()[nearest(~gaps, window=3)[1]]
    covered = extent & (owner >= 0)
    shade = rng.normal(0, tint, (len(x), 1)) + rng.normal(0, 0.35 * tint, (len(x), 3))
    moment[covered] = when[owner[covered]]
    tints[covered] = shade.astype(np.float32)[owner[covered]]
    return StrokeMaps(moment, tints)
