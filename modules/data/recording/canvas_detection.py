"""Where the canvas lies in the picture: what is around it (a program's panels, a desk, black bars) stays as it is, and
the canvas changes for good."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...io.errors import UserError
from .video_reader import Video

SAMPLES = 48
SHORT, PARTS = 3, 4  # medians are over at least so many samples, and over at most this part of the recording
LOOK = 400  # pixels of the longest side of what is looked at
TOUCHED = 0.05  # a change of less than this share of the full range may be the codec's
WHOLE = 0.85  # where more of the picture changes at once, it was cut or faded, and tells nothing about the canvas
REACH = 0.15  # the canvas may go on unpainted so far, as a share of the picture's side, to a straight border
NEAR = 0.06  # without a border between, a canvas that comes so near to the picture's edge goes on to it
DENSE = 0.1  # a line of the canvas changes in at least this share of what the busiest lines change
SHARP = 0.7  # ... and where it does in this share at once, there is the border
INWARDS = 4  # pixels of the small picture by which what changes may reach over the border
LINE = 0.5  # share of a side along which a border must show, on average


@dataclass(frozen=True)
class CanvasBox:
    """Left, top, width and height in pixels of the recording."""

    x: int
    y: int
    width: int
    height: int

    @property
    def list(self) -> list[int]:
        """For JSON."""
        return [self.x, self.y, self.width, self.height]

    def crop(self, picture: np.ndarray, scale: tuple[float, float] = (1.0, 1.0)) -> np.ndarray:
        """The part of (H,W,...) inside the box; `scale`: what the picture's sides have been multiplied by."""
        x0, x1 = (round(v * scale[0]) for v in (self.x, self.x + self.width))
        y0, y1 = (round(v * scale[1]) for v in (self.y, self.y + self.height))
        return np.ascontiguousarray(picture[y0:y1, x0:x1])


def parse_box(text: str) -> CanvasBox:
    """`x,y,w,h` in pixels. UserError for anything else."""
    try:
        x, y, width, height = (int(part) for part in text.split(","))
        if min(x, y) < 0 or min(width, height) < 16:
            raise ValueError
    except ValueError:
        raise UserError(f"--canvas {text} cannot be used.", fix="Give x,y,w,h in pixels, 16 or more a side.") from None
    return CanvasBox(x, y, width, height)


def check_box(box: CanvasBox, video: Video) -> CanvasBox:
    """The box, or UserError when it does not lie inside the picture."""
    width, height = video.size
    if box.x + box.width > width or box.y + box.height > height:
        raise UserError(
            f"The canvas {','.join(map(str, box.list))} does not lie inside {video.path}.",
            f"Its picture is {width}x{height}.", "Give --canvas x,y,w,h inside it.",
        )  # fmt: skip
    return box


def find_canvas(video: Video) -> CanvasBox:
    """The canvas of a recording; the whole picture where nothing shows that it is smaller."""
    width, height = video.size
    scale = min(1.0, LOOK / max(width, height))
    small = (max(16, round(width * scale)), max(16, round(height * scale)))
    looks, full = [], []
    for i, frame in enumerate(video.samples(SAMPLES)):
        looks.append(frame.rgb(small))
        if i % (SAMPLES // 8) == 0:
            full.append(frame.rgb())
    whole = CanvasBox(0, 0, width, height)
    medians = [np.median(looks[i : i + SHORT], axis=0) for i in range(0, len(looks), SHORT)]
    changing = _changing(looks)
    if changing is None:
        return whole
    found, sharp = changing
    sides = [_border(medians, found, side, sharp[side]) for side in range(4)]
    ratio = (width / small[0], height / small[1])
    exact = []
    for side, (place, on_line) in enumerate(sides):
        step, end = (ratio[0], width) if side % 2 == 0 else (ratio[1], height)
        value = round(place * step)
        if on_line and step > 1:
            span = [round(v * r) for v, r in zip(found, (*ratio, *ratio), strict=True)]
            value = _sharpest(full, span, side, value, int(np.ceil(1.5 * step)))
        exact.append(min(max(value, 0), end))
    x0, y0, x1, y1 = exact
    return CanvasBox(x0, y0, x1 - x0, y1 - y0) if min(x1 - x0, y1 - y0) >= 16 else whole


def _changing(looks: list[np.ndarray]) -> tuple[tuple[int, int, int, int], list[bool]] | None:
    """Left, top, right, bottom of the largest area that changes for good, and which of these sides are sharp (all along
    the side something changes up to it, and nothing beyond); or None.

    For good: the medians of what comes before and after some moment differ. A hand, a menu or a zoomed-in view would
    have to be there half of the time to show in them.
    """
    height, width = looks[0].shape[:2]
    active = np.zeros((height, width), np.uint8)
    reach = max(SHORT, len(looks) // PARTS)
    for moment in range(SHORT, len(looks) - SHORT + 1, SHORT):
        before = np.median(looks[max(0, moment - reach) : moment], axis=0)
        touched = np.abs(np.median(looks[moment : moment + reach], axis=0) - before).max(axis=2) > 255 * TOUCHED
        if touched.mean() < WHOLE:
            active |= touched
    active = np.asarray(cv2.morphologyEx(active, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)), np.uint8)
    reach = max(3, round(0.03 * max(height, width)) | 1)
    joined = cv2.morphologyEx(active, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    stats = stats[1:]
    if not len(stats) or stats[:, cv2.CC_STAT_AREA].max() < 0.01 * height * width:
        return None
    big = stats[stats[:, cv2.CC_STAT_AREA] >= 0.1 * stats[:, cv2.CC_STAT_AREA].max()]
    x0, y0 = big[:, cv2.CC_STAT_LEFT].min(), big[:, cv2.CC_STAT_TOP].min()
    x1 = (big[:, cv2.CC_STAT_LEFT] + big[:, cv2.CC_STAT_WIDTH]).max()
    y1 = (big[:, cv2.CC_STAT_TOP] + big[:, cv2.CC_STAT_HEIGHT]).max()
    inside = active[y0:y1, x0:x1]
    left, right, sharp_left, sharp_right = _dense(inside.sum(axis=0))
    top, bottom, sharp_top, sharp_bottom = _dense(inside.sum(axis=1))
    box = int(x0 + left), int(y0 + top), int(x0 + right), int(y0 + bottom)
    return box, [sharp_left, sharp_top, sharp_right, sharp_bottom]


def _dense(counts: np.ndarray) -> tuple[int, int, bool, bool]:
    """First and last + 1 of the lines in which much changes (a cursor or a sleeve beyond the canvas touches little),
    and whether the change begins and ends there at once."""
    usual = np.percentile(counts, 90)
    much = np.flatnonzero(counts >= DENSE * usual)
    first, last = int(much[0]), int(much[-1]) + 1
    at_once = [counts[edge].max() >= SHARP * usual for edge in (slice(first, first + 3), slice(last - 3, last))]
    return first, last, bool(at_once[0]), bool(at_once[1])


def _border(medians: list[np.ndarray], found: tuple[int, int, int, int], side: int, sharp: bool) -> tuple[int, bool]:
    """Where a side of the canvas is (0 left, 1 top, 2 right, 3 bottom), from the side of what changes outwards, and
    whether a straight line marks it. A side that is sharp is only set right by a pixel or two."""
    place, outwards = found[side], -1 if side < 2 else 1
    lines = np.mean([_steps(median, found, side) > 255 * TOUCHED for median in medians], axis=(0, 2))  # (length-1,)
    end = len(lines) + 1
    if sharp:
        near = [at for at in range(place - 2, place + 3) if 1 <= at < end]
        best = max(near, key=lambda at: lines[at - 1] - 0.05 * abs(at - place), default=place)
        # the ground may have the colour of what is around it, so that there is hardly a line to see
        return (best, True) if near and lines[best - 1] > 0.2 else (place, False)
    reach = round(REACH * end)
    for offset in range(-INWARDS, reach + 1):
        at = place + outwards * offset
        # the strongest of neighbours: scaling spreads a border over two steps
        if 1 <= at < end and lines[at - 1] > LINE:
            near = [a for a in (at, at + outwards) if 1 <= a < end]
            return max(near, key=lambda a: lines[a - 1]), True
    edge = 0 if side < 2 else end
    return (edge if abs(edge - place) <= NEAR * end else place), False


def _steps(picture: np.ndarray, span: tuple[int, int, int, int] | list[int], side: int) -> np.ndarray:
    """How much each line parallel to a side differs from the one before it, (length-1, along the side)."""
    if side % 2 == 0:
        picture, along = picture.transpose(1, 0, 2), slice(span[1], span[3])
    else:
        along = slice(span[0], span[2])
    return np.abs(np.diff(picture[:, along].astype(np.float32), axis=0)).max(axis=2)


def _sharpest(pictures: list[np.ndarray], span: list[int], side: int, place: int, reach: int) -> int:
    """The line near `place` at which the pictures at full size change most, in the middle of all of them."""
    strength = np.median([_steps(picture, span, side).mean(axis=1) for picture in pictures], axis=0)
    low, high = max(1, place - reach), min(len(strength), place + reach)
    return int(low + strength[low - 1 : high].argmax()) if high >= low else place
