"""Shapes as strokes: outlines of flats and of washes."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ...imaging.push_pull import push_pull_fill
from ...imaging.resize import affected_box
from ..stroke import EMPTY, StrokeList, mark_index, stroke_list
from ..tracing import colour_difference, sample_at
from .medium import Passage

MOST_TONES = 200  # colours of a part that are looked at
UNDER = 0.6  # share of a part that a tone must have to be laid under all of it
AROUND = 0.012  # of the longest side: how far what lies on a part throws its shadow
MARGIN = 2  # pixels by which outlines at the picture's border go on beyond it


def blur_inside(values: np.ndarray, place: np.ndarray, sigma: float) -> np.ndarray:
    """Blur (h,w[,C]) float32 with a Gaussian that takes nothing from outside of a place (h,w) bool."""
    weight = place.astype(np.float32)
    total = np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-4)
    if values.ndim == 3:
        blurred: np.ndarray = cv2.GaussianBlur(values * weight[..., None], (0, 0), sigma).reshape(values.shape)
        return blurred / total[..., None]
    return cv2.GaussianBlur(values * weight, (0, 0), sigma) / total


def mean_of_channels(values: np.ndarray) -> np.ndarray:
    """Take the mean of the channels of (h,w,3)."""
    mean: np.ndarray = cv2.transform(np.ascontiguousarray(values, np.float32), np.full((1, 3), 1 / 3, np.float32))
    return mean.reshape(values.shape[:2])


def plain_colours(passage: Passage) -> np.ndarray:
    """Return the painting (h,w,3) with the colours of each part carried on over what lies on it.

    A face gets its first tone before it has eyes.
    """
    context = passage.context
    on_it = passage.place & (context.labels != passage.parts)
    side = 2 * round(AROUND * context.longest) + 1
    near = cv2.dilate(on_it.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    known = passage.place & ~near
    return push_pull_fill(context.painting, known) if on_it.any() and known.any() else context.painting


def thinned(density: np.ndarray, most: float) -> np.ndarray:
    """Thin densities (h,w,3), natural logarithms, to a first light tone of at most about `most`, each in its own hue.

    Mixed with white instead, brown hair would begin as grey; so would it if a dark's hue were thinned as much as its
    tone: thin paint shows what colour it is.
    """
    mean = np.maximum(mean_of_channels(density), 1e-3)[..., None]
    share = most * (1 - np.exp(-0.5 * mean / most)) / mean
    thin: np.ndarray = np.maximum(share * mean + (density - mean) * np.maximum(share, 0.5 * np.sqrt(2 * share)), 0)
    return thin


def outlines(mask: np.ndarray, smooth: float, least: float) -> list[list[np.ndarray]]:
    """Trace closed outlines of a mask (h,w) bool in pixels, without staircases.

    Args:
        mask: (h,w) bool.
        smooth: how far corners are rounded, in pixels.
        least: pixels below which shapes and holes are left out.

    Returns:
        For every shape its outer loop, then its holes, (P,2) each; every loop ends at the point where it begins.
    """
    soft = cv2.GaussianBlur(np.pad(mask, MARGIN, mode="edge").astype(np.float32), (0, 0), max(0.6, 0.6 * smooth))
    large = cv2.resize(soft, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    loops, tree = cv2.findContours((large > 0.5).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    shapes: dict[int, list[np.ndarray]] = {}
    for i, loop in enumerate(loops):
        parent = int(tree[0][i][3])
        if cv2.contourArea(loop) / 4 < max(least, 3):
            continue
        points = (loop[:, 0].astype(np.float32) + 0.5) / 2 - MARGIN
        points = _round_loop(points, max(1.0, 1.6 * smooth))[:: 2 if len(loop) < 60 else 4]
        shapes.setdefault(i if parent < 0 else parent, []).append(np.concatenate([points, points[:1]]))
    # Holes come after their shape; those whose shape is left out go with it.
    return [shapes[i] for i in sorted(shapes) if int(tree[0][i][3]) < 0 and cv2.contourArea(loops[i]) / 4 >= least]


def _round_loop(points: np.ndarray, sigma: float) -> np.ndarray:
    """Smooth a closed outline (P,2) along itself."""
    reach = min(len(points) - 1, int(3 * sigma) + 1)
    kernel = cv2.getGaussianKernel(2 * reach + 1, sigma).ravel()
    padded = np.concatenate([points[-reach:], points, points[:reach]])
    return np.stack([np.convolve(padded[:, k], kernel, "valid") for k in (0, 1)], axis=1)


def area_strokes(
    passage: Passage,
    mask: np.ndarray,
    colour: np.ndarray,
    *,
    mark: str,
    part: int,
    soft: float | np.ndarray = 0.0,
    smooth: float = 1.0,
    least: float = 8.0,
) -> StrokeList:
    """Make a stroke of every connected shape of a mask (h,w).

    Args:
        passage: that they belong to.
        mask: (h,w) bool.
        colour: RGB (3,) in [0,1].
        mark: one of `AREAS`.
        part: whose shapes they are.
        soft: how far edges are soft, a share of the longest side, or (h,w) of such.
        smooth: as in `outlines`.
        least: as in `outlines`.
    """
    box = affected_box(mask, mask.shape, round(4 * smooth) + 6)
    if box is None:
        return EMPTY
    top, bottom, left, right = box
    shapes = [np.concatenate(shape) for shape in outlines(mask[top:bottom, left:right], smooth, least)]
    if not shapes:
        return EMPTY
    points = np.concatenate(shapes) + np.array([left, top], np.float32)
    return stroke_list(
        points / passage.context.longest,
        sample_at(soft, points) if isinstance(soft, np.ndarray) else np.full(len(points), soft),
        [len(shape) for shape in shapes],
        np.tile(np.asarray(colour, float), (len(shapes), 1)),
        mark=mark_index(mark),
        part=part,
        seed=passage.rng.integers(0, 2**32, len(shapes)),
        **passage.values,
    )


def tone_shapes(
    what: np.ndarray, place: np.ndarray, parts: np.ndarray, *, apart: float, least: float
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield part, mask (h,w) bool and colour (3,) of every tone of a place: few to each part, the commonest first.

    A tone that most of a part has is laid under all of it; the others are shapes on it.

    Args:
        what: (h,w,3) colours.
        place: (h,w) bool.
        parts: (h,w) part of each pixel.
        apart: least difference of two tones, in [0,1].
        least: pixels below which a tone joins the one that is most like it.
    """
    for part in np.unique(parts[place]):
        mask = place & (parts == part)
        pixels = what[mask]
        cells = np.rint(pixels / (0.5 * apart)).astype(np.int64)
        keys = (cells[:, 0] * 4096 + cells[:, 1]) * 4096 + cells[:, 2]
        _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        centres: list[np.ndarray] = []
        for cell in np.argsort(-counts, kind="stable")[:MOST_TONES]:
            colour = pixels[inverse == cell].mean(axis=0)
            common = not centres or counts[cell] >= min(least, 0.3 * len(pixels))
            if common and all(np.abs(colour - other).max() >= apart for other in centres):
                centres.append(colour)
        nearest = colour_difference(pixels[:, None], np.array(centres)).argmin(axis=1)
        tones = np.full(mask.shape, -1, np.int32)
        tones[mask] = nearest
        order = np.argsort(-np.bincount(nearest, minlength=len(centres)), kind="stable")
        for tone in order:
            here = tones == tone
            if here.any():
                yield int(part), mask if here.sum() > UNDER * len(pixels) else here, np.median(what[here], axis=0)
