"""Single strokes in pixels: how much paint each leaves where, and in which tone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from .marks import MARK_TABLE, stroke_load, stroke_texture
from .ribbon import BLEED, SHIFT, Look, Outlines, line_outlines, ribbons
from .stroke import AREAS, MARKS, StrokeList, mark_index, stroke_list
from .wash import wash_amount

CHUNK = 512  # strokes whose maps are in memory at a time
FAINTEST = 0.08  # of a pixel that the thinnest line covers
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Touch:
    """One stroke in pixels.

    Attributes:
        number: of the stroke in its list.
        box: top, bottom, left, right.
        amount: (h,w) uint8, how much paint.
        tone: (h,w) uint8 around 128, how much lighter or darker than its colour; None: everywhere its colour.
    """

    number: int
    box: Box
    amount: np.ndarray
    tone: np.ndarray | None = None


def touches(
    strokes: StrokeList, height: int, width: int, *, last: float = 1.0, plain: np.ndarray | None = None
) -> Iterator[Touch]:
    """Yield what every stroke leaves on a picture of a size, in order, without those that leave nothing.

    Args:
        strokes: to be drawn.
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        last: share of the last stroke that is laid so far, in (0,1].
        plain: (n,) bool, strokes whose tones do not matter.
    """
    if last < 1 and len(strokes):
        strokes = _begun(strokes, last)
    longest = max(height, width)
    shapes = np.array([MARK_TABLE[name].shape for name in MARKS])
    for begin in range(0, len(strokes), CHUNK):
        part = strokes[begin : begin + CHUNK]
        shape = shapes[part.mark]
        ready = ribbons(part[shape == "ribbon"], longest) if (shape == "ribbon").any() else None
        lines = line_outlines(part[shape == "line"], longest) if (shape == "line").any() else None
        ribbon_boxes = _clip_boxes(ready.boxes, height, width) if ready is not None else []
        looks = ready.looks() if ready is not None else []
        line_boxes = _clip_boxes(lines.boxes, height, width) if lines is not None else []
        place = np.where(shape == "ribbon", np.cumsum(shape == "ribbon"), np.cumsum(shape == "line")) - 1
        shape, place, mark = shape.tolist(), place.tolist(), part.mark.tolist()
        for i in range(len(part)):
            touch: tuple[Box, np.ndarray, np.ndarray | None] | None
            name = MARKS[mark[i]]
            if ready is not None and shape[i] == "ribbon":
                toneless = plain is not None and bool(plain[begin + i])
                touch = _ribbon(ready.maps[place[i]], looks[place[i]], ribbon_boxes[place[i]], name, toneless)
            elif lines is not None and shape[i] == "line":
                touch = _line(lines, place[i], line_boxes[place[i]])
            else:
                points = part.points[part.starts[i] : part.starts[i + 1]] * longest
                widths = part.widths[part.starts[i] : part.starts[i + 1]] * longest
                grown = last if begin + i == len(strokes) - 1 else 1.0
                touch = _area(points, widths, name, int(part.seed[i]), grown, height, width)
            if touch is not None:
                yield Touch(begin + i, *touch)


def _begun(strokes: StrokeList, share: float) -> StrokeList:
    """Cut the last stroke short, unless it is an area."""
    end = strokes.stroke(len(strokes) - 1)
    if end.mark in AREAS:
        return strokes
    at = np.linspace(0, share, len(end.path)) * (len(end.path) - 1)
    x, y, width = (np.interp(at, np.arange(len(end.path)), values) for values in (*end.path.T, end.widths))
    short = stroke_list(
        np.stack([x, y], axis=1), width, [len(end.path)], np.array([end.colour]) / 255, opacity=end.opacity / 255,
        finish=end.finish, mark=mark_index(end.mark), medium=end.medium, part=end.part, step=end.step, seed=end.seed,
    )  # fmt: skip
    return strokes[:-1] + short


def clip_box(box: list[int] | np.ndarray, height: int, width: int) -> Box | None:
    """Cut a box (top, bottom, left, right) to the picture; None where nothing of it is inside."""
    top, bottom, left, right = (int(b) for b in box)
    top, bottom, left, right = max(top, 0), min(bottom, height), max(left, 0), min(right, width)
    return (top, bottom, left, right) if top < bottom and left < right else None


def _clip_boxes(boxes: np.ndarray, height: int, width: int) -> list[Box]:
    """Cut boxes (n,4) to the picture; of those outside nothing is left: their top is not above their bottom."""
    low, high = np.maximum(boxes[:, ::2], 0), np.minimum(boxes[:, 1::2], (height, width))
    boxes = np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], axis=1)
    boxes[(low >= high).any(axis=1)] = 0
    return [(top, bottom, left, right) for top, bottom, left, right in boxes.tolist()]


def _ribbon(
    places: np.ndarray, look: Look, box: Box, mark: str, toneless: bool
) -> tuple[Box, np.ndarray, np.ndarray | None] | None:
    """Lay a texture along a path; `places` is of `Ribbons.maps`."""
    if box[0] >= box[1]:
        return None
    (top, bottom, left, right), (aspect, variant, level, light), thin = look
    whole = cv2.resize(places, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    where = whole[box[0] - top : box[1] - top, box[2] - left : box[3] - left]
    toneless = toneless or not MARK_TABLE[mark].streak
    load = stroke_load(mark, aspect, variant, level)
    texture = load if toneless else stroke_texture(mark, aspect, variant, level, light)
    laid = cv2.remap(texture, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)  # type: ignore[call-overload]
    amount, tone = (laid, None) if toneless else (laid[..., 0], laid[..., 1])
    if thin < 1:  # thinner than a pixel: a pixel wide, and paler
        amount = cv2.convertScaleAbs(amount, alpha=thin)
    return box, amount, tone


def _line(lines: Outlines, i: int, box: Box) -> tuple[Box, np.ndarray, None] | None:
    """Fill the outline of a line of varying width."""
    if box[0] >= box[1]:
        return None
    amount = np.zeros((box[1] - box[0], box[3] - box[2]), np.uint8)
    corner = np.array([box[2] << SHIFT, box[0] << SHIFT], np.int32)
    begin, end = lines.starts[i], lines.starts[i + 1]
    centre, core, mean = lines.centre[begin:end] - corner, lines.core[i], lines.mean[i]
    if mean < 2 * BLEED:
        cv2.polylines(amount, [centre], False, round(255 * max(mean, FAINTEST) / (2 * BLEED)), 1, cv2.LINE_AA, SHIFT)
        return box, amount, None
    outline = np.concatenate([lines.left[begin:end], lines.right[begin:end][::-1]]) - corner
    cv2.fillPoly(amount, [outline], 255, cv2.LINE_AA, SHIFT)
    if core > 0:  # in tight bends the outline crosses itself
        cv2.polylines(amount, [centre], False, 255, core, cv2.LINE_AA, SHIFT)
    return box, amount, None


def closed_loops(points: np.ndarray) -> list[np.ndarray]:
    """Split an area's path (P,2) into its closed loops: each ends at the point where it began."""
    found, begin = [], 0
    while begin < len(points) - 1:
        back = np.flatnonzero((points[begin + 1 :] == points[begin]).all(axis=1))
        end = begin + 1 + int(back[0]) if len(back) else len(points) - 1
        found.append(points[begin : end + 1])
        begin = end + 1
    return [loop for loop in found if len(loop) > 3]


def _area(
    points: np.ndarray, widths: np.ndarray, mark: str, seed: int, grown: float, height: int, width: int
) -> tuple[Box, np.ndarray, None] | None:
    """Fill an outline, as a flat or as a wash."""
    longest = max(height, width)
    soft = float(widths.max())
    margin = 2 + 1.5 * soft + (0 if mark == "fill" else 0.006 * longest)
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin + 1
    box = clip_box(np.array([low[1], high[1], low[0], high[0]]), height, width)
    closed = closed_loops(points)
    if box is None or not closed:
        return None
    corner, size = np.array([box[2], box[0]], np.float32), (box[3] - box[2], box[1] - box[0])
    double = np.zeros((2 * size[1], 2 * size[0]), np.uint8)
    fixed = [np.rint((2 * (loop - corner) - 0.5) * (1 << SHIFT)).astype(np.int32) for loop in closed]
    cv2.fillPoly(double, fixed, 255, cv2.LINE_8, SHIFT)
    amount = cv2.resize(double, size, interpolation=cv2.INTER_AREA).reshape(size[::-1])
    del double
    if mark != "fill":
        amount = wash_amount(amount, points - corner, widths, seed, box, longest, grown, wet=mark == "wet")
    elif soft > 1:
        amount = cv2.GaussianBlur(amount, (0, 0), soft / 2)
    if grown < 1 and mark == "fill":
        amount[round(grown * len(amount)) :] = 0
    return box, amount, None
