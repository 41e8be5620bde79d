"""Pictures between two frames: a step's strokes on their way, the last one as far as it is laid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from .raster import Layer, render_strokes
from .stroke import StrokeList
from .touch import Box

LEAST_BEGUN = 0.05  # share of a stroke below which it is not shown yet


@dataclass(frozen=True)
class InBetween:
    """A moment of a step.

    Attributes:
        picture: (H,W,3) uint8, which the next moment changes.
        stroke: number of the stroke that is being laid.
        share: of that stroke that is laid, in [0,1].
    """

    picture: np.ndarray
    stroke: int
    share: float


def in_between(
    before: np.ndarray, after: np.ndarray, strokes: StrokeList, count: int, painting: np.ndarray | None = None
) -> Iterator[InBetween]:
    """Render `count` moments between two frames, equal lengths of the brush's way apart.

    Pixels that the step leaves as they are stay so in between: a stroke may run where a locked part, or another stroke,
    hides it.

    Args:
        before: frame (H,W,3) uint8.
        after: the frame that the strokes make of it.
        strokes: one or more, in their order.
        count: how many.
        painting: (H,W,3) float32 in [0,1] for strokes of the last finish.
    """
    canvas, picture = before.astype(np.float32) / 255, before.copy()
    changes: np.ndarray = cv2.absdiff(before, after)
    changes = changes[..., 0] | changes[..., 1] | changes[..., 2]

    def lay(which: StrokeList, share: float = 1.0) -> Layer | None:
        return render_strokes(which, *before.shape[:2], painting=painting, last=share)

    def show(layer: Layer) -> None:
        here = _slices(layer.box)
        layer.apply(canvas)
        cv2.copyTo(cv2.convertScaleAbs(canvas[here], alpha=255), changes[here], picture[here])

    laid = 0
    for whole, share in strokes.moments(count):
        if layer := lay(strokes[laid:whole]):
            show(layer)
        laid = whole
        begun = lay(strokes[whole : whole + 1], share) if share > LEAST_BEGUN else None
        if begun is None:
            yield InBetween(picture, whole, share)
            continue
        here = _slices(begun.box)
        kept = canvas[here].copy(), picture[here].copy()
        show(begun)
        yield InBetween(picture, whole, share)
        canvas[here], picture[here] = kept


def _slices(box: Box) -> tuple[slice, slice]:
    top, bottom, left, right = box
    return slice(top, bottom), slice(left, right)
