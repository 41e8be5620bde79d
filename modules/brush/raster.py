"""Render strokes at any size: premultiplied paint and coverage, W and S of Equation 2."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..finish_levels import LEVELS
from .marks import MARK_TABLE, TONE, Mark
from .media import MEDIA
from .stroke import MARKS, StrokeList
from .surface import catch_paint, grain, press_line
from .touch import Box, Touch, clip_box, closed_loops, touches

DRAWN_SIZE = (
    640  # longest side in pixels below which strokes are drawn larger and scaled down, so that no size looks coarser
)
MOST_FINER = 4
FIRM = 0.9  # opacity of what a pencil leaves where it touches
BODY_GAIN = 1.7  # strokes of the last finish cover where another stroke of theirs would only half cover
EDGE_TONE = 0.25  # how near to black or white streaks of a colour may go beyond it
PAINTING = len(LEVELS) - 1
BAND = 1 << 16  # pixels that are laid on a canvas at a time
BODY = 0.75  # share of its width that a stroke covers for sure


@dataclass
class Layer:
    """What strokes do to a canvas x in a box: x_next = keep * x + paint.

    Attributes:
        box: top, bottom, left, right in pixels.
        paint: (3,h,w) float32, premultiplied.
        coverage: (h,w) float32 in [0,1], W of Equation 2.
        keep: (3,h,w) float32 where transparent paint lets the canvas show, else None: 1 - W.
    """

    box: Box
    paint: np.ndarray
    coverage: np.ndarray
    keep: np.ndarray | None

    def apply(self, canvas: np.ndarray) -> None:
        """Lay it on a canvas (H,W,3) float32 in [0,1], in place."""
        top, bottom, left, right = self.box
        band = max(1, BAND // (right - left))
        for begin in range(0, bottom - top, band):  # what is in the processor's cache need not be fetched again
            rows = slice(begin, begin + band)
            bare = 1 - self.coverage[rows] if self.keep is None else None
            for channel in range(3):
                under = canvas[top:bottom, left:right, channel][rows]
                laid = under * (bare if self.keep is None else self.keep[channel, rows])
                laid += self.paint[channel, rows]
                np.clip(laid, 0, 1, out=under)

    def shrunk(self, factor: int) -> Layer:
        """Return the same for a picture smaller by a factor."""
        top, bottom, left, right = self.box
        outer = top // factor, -(-bottom // factor), left // factor, -(-right // factor)
        size = outer[3] - outer[2], outer[1] - outer[0]
        rows = top - outer[0] * factor, outer[1] * factor - bottom
        columns = left - outer[2] * factor, outer[3] * factor - right

        def small(values: np.ndarray, beyond: float) -> np.ndarray:
            padded = np.pad(values, (rows, columns), constant_values=beyond)
            return cv2.resize(padded, size, interpolation=cv2.INTER_AREA).reshape(size[::-1])

        keep = None if self.keep is None else np.stack([small(channel, 1) for channel in self.keep])
        return Layer(outer, np.stack([small(channel, 0) for channel in self.paint]), small(self.coverage, 0), keep)


class _Compositor:
    """Puts stroke over stroke in a box."""

    def __init__(self, box: Box, surface: str, longest: int, *, transparent: bool) -> None:
        self.box, self.surface, self.longest = box, surface, longest
        size = box[1] - box[0], box[3] - box[2]
        self.planes = np.zeros((4, *size), np.float32)  # premultiplied red, green, blue; coverage
        self.keep = np.ones((3, *size), np.float32) if transparent else None
        self.opaque = False  # whether anything opaque has been laid
        self.closing: np.ndarray | None = None  # coverage of a run of strokes of the last finish
        self.heights = grain(surface, longest, box)

    def place(self, touch: Touch) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
        """Find where a touch lies in the box, and which part of it; None where nothing of it does."""
        top, _, left, _ = self.box
        y0, y1, x0, x1 = touch.box
        box = max(y0, top), min(y1, self.box[1]), max(x0, left), min(x1, self.box[3])
        if box[0] >= box[1] or box[2] >= box[3]:
            return None
        here = slice(box[0] - top, box[1] - top), slice(box[2] - left, box[3] - left)
        return here, (slice(box[0] - y0, box[1] - y0), slice(box[2] - x0, box[3] - x0))

    def weigh(self, amount: np.ndarray, mark: Mark, opacity: float, here: tuple[slice, slice]) -> np.ndarray:
        """Turn an amount of paint (h,w) uint8 into its coverage (h,w) float32 on this surface."""
        heights = self.heights[here]
        if mark.pressed and mark.shape == "line":
            amount = press_line(amount, opacity, heights, mark.grain, self.surface, self.longest)
        elif mark.grain:
            amount = cv2.convertScaleAbs(amount, alpha=opacity) if mark.pressed else amount
            amount = catch_paint(amount, heights, mark.grain, self.surface, self.longest)
        weight: np.ndarray = amount * np.float32((FIRM if mark.pressed else opacity) / 255)
        if mark.granulation:
            weight *= 1 + mark.granulation * (0.5 - heights * np.float32(1 / 255))
            np.minimum(weight, 1, out=weight)
        return weight

    def multiply(self, here: tuple[slice, slice], weight: np.ndarray, colour: np.ndarray) -> None:
        """Lay transparent paint."""
        assert self.keep is not None
        factor = weight * (1 - colour)[:, None, None]
        np.subtract(1, factor, out=factor)
        everywhere = (slice(None), *here)
        self.keep[everywhere] *= factor
        if self.opaque:
            self.planes[:3][everywhere] *= factor
        under = self.planes[3][here]
        under += weight * (1 - under)

    def cover(
        self, here: tuple[slice, slice], weight: np.ndarray, paint: np.ndarray, tone: np.ndarray | None,
        gain: np.float32, *, clips: bool,
    ) -> None:  # fmt: skip
        """Lay opaque paint (4,1,1): a colour and 1; its streaks are `gain` times what the tone says."""
        self.opaque = True
        under = self.planes[(slice(None), *here)]
        if tone is None:
            source = paint - under
        else:
            source = np.empty(under.shape, np.float32)
            streaks = source[:3]
            lighter = tone.astype(np.float32)
            lighter -= 128
            lighter *= gain
            np.add(lighter, paint[:3], out=streaks)
            source[3] = 1
            if clips:
                np.minimum(np.maximum(streaks, 0, out=streaks), 1, out=streaks)
            source -= under
        source *= weight
        under += source
        if self.keep is not None:
            self.keep[(slice(None), *here)] *= 1 - weight

    def finish(self, here: tuple[slice, slice], amount: np.ndarray) -> None:
        """Note the coverage of a stroke of the last finish; `close` lays the painting through it."""
        if self.closing is None:
            self.closing = np.zeros(self.planes.shape[1:], np.float32)
        part = self.closing[here]
        part += cv2.convertScaleAbs(amount, alpha=BODY_GAIN) * np.float32(1 / 255) * (1 - part)

    def close(self, painting: np.ndarray | None) -> None:
        """Lay the painting's own pixels where strokes of the last finish have been noted."""
        if self.closing is None or painting is None:
            return
        top, bottom, left, right = self.box
        self.opaque, rest = True, 1 - self.closing
        for channel in range(3):
            self.planes[channel] *= rest
            self.planes[channel] += self.closing * painting[top:bottom, left:right, channel]
        self.planes[3] *= rest
        self.planes[3] += self.closing
        if self.keep is not None:
            self.keep *= rest
        self.closing = None


def render_strokes(
    strokes: StrokeList,
    height: int,
    width: int,
    *,
    painting: np.ndarray | None = None,
    surface: str | None = None,
    last: float = 1.0,
) -> Layer | None:
    """Render strokes in their order at a size.

    Args:
        strokes: in shares of the longest side.
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        painting: (height,width,3) float32; strokes of the last finish lay its pixels. Without it they, too, lay their
            own colour.
        surface: what is painted on, one of `surface.SURFACES`; None: what the strokes' medium is painted on.
        last: share of the last stroke that is laid so far, in (0,1], for pictures between two frames.

    Returns:
        What they do to a canvas; None when nothing of them lies on the picture.
    """
    if not len(strokes):
        return None
    finer = min(MOST_FINER, -(-DRAWN_SIZE // max(height, width)))
    if finer > 1:
        large = None
        if painting is not None and (strokes.finish == PAINTING).any():
            large = np.repeat(np.repeat(painting, finer, axis=0), finer, axis=1)
        layer = render_strokes(strokes, finer * height, finer * width, painting=large, surface=surface, last=last)
        return layer and layer.shrunk(finer)
    box = _extent(strokes, height, width)
    if box is None:
        return None
    marks = [MARK_TABLE[name] for name in MARKS]
    surface = surface or list(MEDIA.values())[strokes.medium[0]].surface
    transparent = any(marks[m].transparent for m in np.unique(strokes.mark))
    box_of_paint = _Compositor(box, surface, max(height, width), transparent=transparent)
    colours = strokes.colour.astype(np.float32) / np.float32(255)
    paints = np.append(colours, np.ones((len(strokes), 1), np.float32), axis=1)[..., None, None]
    gains = ((0.45 + 0.75 * colours.mean(axis=1)) / TONE).astype(np.float32)  # streaks are plainer in light paint
    extreme = ((colours.min(axis=1) < EDGE_TONE) | (colours.max(axis=1) > 1 - EDGE_TONE)).tolist()
    finishing = strokes.finish == PAINTING if painting is not None else np.zeros(len(strokes), bool)
    ends, mark_of, opacity = finishing.tolist(), [marks[m] for m in strokes.mark.tolist()], strokes.opacity.tolist()
    for touch in touches(strokes, height, width, last=last, plain=finishing):
        if (found := box_of_paint.place(touch)) is None:
            continue
        (here, inner), i = found, touch.number
        amount, mark = touch.amount[inner], mark_of[i]
        if ends[i]:
            box_of_paint.finish(here, amount)
            continue
        box_of_paint.close(painting)
        weight = box_of_paint.weigh(amount, mark, opacity[i] / 255, here)
        if mark.transparent:
            box_of_paint.multiply(here, weight, colours[i])
        else:
            tone = None if touch.tone is None else touch.tone[inner]
            box_of_paint.cover(here, weight, paints[i], tone, gains[i], clips=extreme[i])
    box_of_paint.close(painting)
    return Layer(box, box_of_paint.planes[:3], box_of_paint.planes[3], box_of_paint.keep)


def _extent(strokes: StrokeList, height: int, width: int) -> Box | None:
    """Find a box that holds all strokes."""
    longest = max(height, width)
    margin = float(strokes.widths.max()) * 1.6 + 0.008
    low, high = (strokes.points.min(axis=0) - margin) * longest - 3, (strokes.points.max(axis=0) + margin) * longest + 4
    return clip_box(np.array([low[1], high[1], low[0], high[0]]), height, width)


def draw_strokes(
    canvas: np.ndarray,
    strokes: StrokeList,
    *,
    painting: np.ndarray | None = None,
    surface: str | None = None,
    last: float = 1.0,
) -> Layer | None:
    """Draw strokes on a canvas (H,W,3) float32 in [0,1], in place; returns what was laid, as `render_strokes` does."""
    layer = render_strokes(strokes, *canvas.shape[:2], painting=painting, surface=surface, last=last)
    if layer is not None:
        layer.apply(canvas)
    return layer


def first_cover(strokes: StrokeList, height: int, width: int) -> np.ndarray:
    """Find which stroke is the first to cover each pixel: (height,width) int32, n where none is.

    The first k strokes cover `first_cover(...) < k`. Only where their bodies lie counts, not their marks.
    """
    first = np.full((height, width), len(strokes), np.int32)
    longest = max(height, width)
    if not len(strokes):
        return first
    widths = np.add.reduceat(strokes.widths, strokes.starts[:-1]) / np.diff(strokes.starts)
    thick = np.maximum(1, np.rint(BODY * longest * widths)).astype(int).tolist()
    area, starts = strokes.areas.tolist(), strokes.starts.tolist()

    def fixed(points: np.ndarray) -> np.ndarray:
        return np.rint((longest * points - 0.5) * 8).astype(np.int32)

    places = fixed(strokes.points)
    for i in range(len(strokes) - 1, -1, -1):  # the first one is drawn last
        here = slice(starts[i], starts[i + 1])
        if area[i]:
            loops = [fixed(loop) for loop in closed_loops(strokes.points[here])]
            cv2.fillPoly(first, loops, i, cv2.LINE_8, 3)
        else:
            cv2.polylines(first, [places[here]], False, i, thick[i], cv2.LINE_8, 3)
    return first
