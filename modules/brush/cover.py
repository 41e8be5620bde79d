"""Cover a region with strokes: of the candidates those, in their order, that still find bare surface."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from .stroke import EMPTY, StrokeList, stroke_list
from .tracing import Brush, Candidates, Region, find_candidates, join_candidates

BODY = {
    "bristle": (0.66, 1, 2), "round": (0.85, 1, 1), "pointed": (0.55, 1, 1),
    "smudge": (0.6, 1, 1), "stump": (0.6, 1, 1), "line": (0.9, 0, 0),
}  # fmt: skip
"""What of a stroke covers for sure: share of its width, and points of its path that do not count at either end."""
SURE = 0.76  # share of that width which counts where no gap may be left
ROUNDS = ((0.5, 0.5), (0.35, 0.75), (0.25, 0.95))  # in gaps: share of the brush's size, and overlap
CLOSER = "line"  # mark of the strokes that close gaps
AT_ONCE = 48  # candidates that are compared with the surface together
SMALLEST = 1.3  # width in pixels of the working size below which no stroke is laid


def select_uncovered(
    painted: np.ndarray, strokes: Candidates, overlap: float, body: tuple[float, int, int] = (0.8, 1, 1)
) -> np.ndarray:
    """Select the strokes that, one after the other, still find bare surface; marks it in `painted` (h,w) uint8.

    Args:
        painted: 1 where the surface is covered.
        overlap: share of a stroke's place that may be covered before it.
        body: what of a stroke covers, as in `BODY`.

    Returns:
        Their indices, in their order.
    """
    h, w = painted.shape
    tangent = np.gradient(strokes.path, axis=1)
    normal = np.stack([-tangent[..., 1], tangent[..., 0]], axis=-1)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
    offset = normal * strokes.width[..., None]
    spots = np.concatenate([strokes.path + offset * side for side in (-0.3, 0.0, 0.3)], axis=1)
    index = np.clip(spots[..., 1], 0, h - 1).astype(np.intp) * w + np.clip(spots[..., 0], 0, w - 1).astype(np.intp)
    limit = int(overlap * index.shape[1])
    core, head, tail = body
    sure = strokes.path[:, head : strokes.path.shape[1] - tail]
    lines = list(np.rint((sure - 0.5) * 16).astype(np.int32))
    thick = np.maximum(1, np.rint(core * strokes.width.mean(axis=1))).astype(int).tolist()
    flat, selected = painted.reshape(-1), []
    order = np.argsort(strokes.moment, kind="stable")
    for begin in range(0, len(order), AT_ONCE):
        # What is covered stays so: most candidates of a handful are sorted out at once, the others one by one.
        here = order[begin : begin + AT_ONCE]
        for i in here[flat.take(index[here]).sum(axis=1, dtype=np.intp) <= limit].tolist():
            if np.count_nonzero(flat.take(index[i])) <= limit:
                selected.append(i)
                cv2.polylines(painted, lines[i : i + 1], False, 1, thick[i], cv2.LINE_8, 4)
    return np.array(selected, np.intp)


def cover(
    region: Region, brush: Brush, longest: int, reach: float, rng: np.random.Generator, *, complete: bool
) -> Candidates:
    """Cover a region with strokes of one brush, in pixels of the picture, in their order.

    Args:
        longest: longest side of the picture in pixels.
        reach: how far strokes may cross outlines, in shares of the longest side.
        complete: whether all gaps get strokes, of smaller and smaller brushes; else what is below shines through some.
    """
    complete = complete or brush.closed
    painted = np.zeros(region.parts.shape, np.uint8)
    pixels = max(SMALLEST, brush.size * longest)
    found = []
    for number, (size, overlap) in enumerate(((1.0, brush.overlap), *(ROUNDS if complete else ROUNDS[:1]))):
        now = replace(brush, mark=CLOSER) if complete and number else brush
        bare = region.inside & (painted == 0)
        made = find_candidates(region, bare, now, max(SMALLEST, size * pixels), reach * longest, rng)
        # Gaps are filled before the strokes beside them, so that small strokes show in the gap only.
        made.moment -= 0.015 if number else 0
        core, head, tail = BODY.get(now.mark, (0.8, 1, 1))
        sure = core * SURE if complete else core
        found.append(made[select_uncovered(painted, made, overlap, (sure, head, tail))])
    joined = join_candidates(found)
    joined.path += region.corner
    return joined.in_order()


def jitter_colours(colour: np.ndarray, scatter: float, rng: np.random.Generator) -> np.ndarray:
    """Vary colours (n,3) as a palette does: each is mixed a little lighter or darker, warmer or cooler."""
    light = rng.normal(0, scatter, (len(colour), 1))
    warm = rng.normal(0, 0.5 * scatter, (len(colour), 1)) * np.array([1.0, 0.1, -1.0])
    return np.clip(colour * (1 + 1.2 * light) + 0.4 * light + warm, 0, 1)


def to_strokes(strokes: Candidates, brush: Brush, longest: int, rng: np.random.Generator, **values: Any) -> StrokeList:
    """Make a list of candidates in pixels of a picture `longest` long; `values` as in `stroke_list`."""
    n, points = strokes.path.shape[:2]
    if not n:
        return EMPTY
    return stroke_list(
        strokes.path.reshape(-1, 2) / longest,
        strokes.width.reshape(-1) / longest,
        np.full(n, points),
        jitter_colours(strokes.colour, brush.scatter, rng),
        **{"opacity": brush.opacity, "mark": strokes.mark, "part": strokes.part, **values},
        seed=rng.integers(0, 2**32, n),
    )
