"""Soft edges: short strokes along an outline with the mean of both sides, where the picture has no hard edge."""

from __future__ import annotations

import numpy as np

from ..cover import jitter_colours
from ..direction import outline_distance
from ..stroke import EMPTY, StrokeList, mark_index, stroke_list
from ..tracing import sample_at, stay_inside
from .medium import Passage

SOFT = 0.6  # an edge is soft when less than this share of its step lies within a quarter of the brush's way across it
LOST = 0.07  # step of colour under which an edge is lost: left alone
POINTS = 5


def soften_edges(passage: Passage, *, size: float, mark: str, opacity: float) -> StrokeList:
    """Lay short strokes of a brush of `size` along the soft edges of a passage's parts."""
    rng, longest, picture = passage.rng, passage.context.longest, passage.context.painting
    parts = np.where(passage.place, passage.parts + 1, 0)
    room = outline_distance(parts)
    y, x = np.nonzero(passage.place & (room < 1.2))
    pick = rng.permutation(len(y))[: int(np.ceil(0.9 * len(y) / (size * longest)))]
    edge = np.stack([x[pick], y[pick]], axis=1) + 0.5
    if not len(edge):
        return EMPTY
    slope = np.stack(np.gradient(np.pad(np.minimum(room, 6), 1, mode="edge"))[::-1], axis=-1)[1:-1, 1:-1]
    inward = np.sum([sample_at(slope, edge + offset) for offset in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))], axis=0)
    inward = inward / np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), 1e-3)

    # The outline may be a little beside the picture's edge: the steepest place of the whole way across counts.
    away = max(3.0, 0.6 * size * longest)
    profile = np.stack([sample_at(picture, edge + far * inward) for far in np.linspace(-away, away, 9)])
    step = np.abs(profile[-1] - profile[0]).max(axis=1)
    steepest = np.abs(profile[2:] - profile[:-2]).max(axis=(0, 2))
    soft = (step > LOST) & (steepest < SOFT * step)
    edge, inward, colour = edge[soft], inward[soft], 0.5 * (profile[2] + profile[6])[soft]
    n = len(edge)
    if not n:
        return EMPTY
    width = size * longest * rng.uniform(0.7, 1.3, n)
    # Beyond the outline goes only as much of a stroke as the artist reaches.
    middle = edge + inward * (0.5 * width - passage.reach * longest)[:, None]
    turn = rng.normal(0, 0.2, n) + np.pi / 2
    cos, sin = np.cos(turn), np.sin(turn)
    way = np.stack([inward[:, 0] * cos - inward[:, 1] * sin, inward[:, 0] * sin + inward[:, 1] * cos], axis=1)
    along = np.linspace(-0.5, 0.5, POINTS) * (width * rng.uniform(1.0, 2.2, n))[:, None]
    path = middle[:, None] + way[:, None] * along[..., None]
    own = sample_at(passage.parts, edge)
    inside = sample_at(parts, path) == own[:, None] + 1
    path = stay_inside(path, inside)
    free = sample_at(room, path) * inside[:, POINTS // 2, None]
    widths = np.maximum(np.minimum(width[:, None], 2 * (free + passage.reach * longest)), 0.4)
    strokes = stroke_list(
        path.reshape(-1, 2) / longest, widths.reshape(-1) / longest, np.full(n, POINTS),
        jitter_colours(colour, 0.004, rng), opacity=opacity, mark=mark_index(mark), part=own,
        seed=rng.integers(0, 2**32, n), **passage.values,
    )  # fmt: skip
    return strokes[np.argsort(sample_at(passage.travel, edge), kind="stable")]
