"""Find the canvas rectangle: the region with lasting change; panels, desk and black bars stay static."""

from dataclasses import dataclass

import cv2
import numpy as np

from ...degree import TOUCHED_DIFFERENCE
from ...io.errors import UserError
from .video_reader import Video

CANVAS_SAMPLES = 48
MEDIAN_SAMPLES, MEDIAN_SHARE = 3, 4  # medians are over so many samples at least, over this part of all at most
DETECTION_SIDE = 400  # pixels of the longest side at which the frames are analysed
MAX_CHANGE = 0.85  # where more of the picture changes at once, it was cut or faded, and tells nothing about the canvas
REACH = 0.15  # the canvas may go on unpainted so far, as a share of the picture's side, to a straight border
EDGE_MARGIN = 0.06  # without a border between, a canvas that comes so near to the picture's edge goes on to it
DENSE = 0.1  # a line of the canvas changes in at least this share of what the busiest lines change
SHARP = 0.7  # ... and where it does in this share at once, there is the border
INWARDS = 4  # pixels of the small picture by which what changes may reach over the border
BORDER_SHARE = 0.5  # share of a side along which a border must show, on average


@dataclass(frozen=True)
class CanvasBox:
    """Left, top, width and height in pixels of the recording."""

    x: int
    y: int
    width: int
    height: int

    def to_json(self) -> list[int]:
        return [self.x, self.y, self.width, self.height]

    def crop(self, picture: np.ndarray, scale: tuple[float, float] = (1.0, 1.0)) -> np.ndarray:
        """Crop (H,W,...) to the box; `scale`: what the picture's sides have been multiplied by."""
        x0, x1 = (round(v * scale[0]) for v in (self.x, self.x + self.width))
        y0, y1 = (round(v * scale[1]) for v in (self.y, self.y + self.height))
        return np.ascontiguousarray(picture[y0:y1, x0:x1])


def parse_box(text: str) -> CanvasBox:
    """Parse `x,y,w,h` in pixels. UserError for anything else."""
    try:
        x, y, width, height = (int(part) for part in text.split(","))
        if min(x, y) < 0 or min(width, height) < 16:
            raise ValueError
    except ValueError:
        raise UserError(f"--canvas {text} cannot be used.", fix="Give x,y,w,h in pixels, 16 or more a side.") from None
    return CanvasBox(x, y, width, height)


def check_box(box: CanvasBox, video: Video) -> None:
    """Raise UserError when the box does not lie inside the picture."""
    width, height = video.size
    if box.x + box.width > width or box.y + box.height > height:
        raise UserError(
            f"The canvas {','.join(map(str, box.to_json()))} does not lie inside {video.path}.",
            f"Its picture is {width}x{height}.", "Give --canvas x,y,w,h inside it.",
        )  # fmt: skip


def find_canvas(video: Video) -> CanvasBox:
    """Find the canvas of a recording; the whole picture where nothing shows that it is smaller."""
    width, height = video.size
    scale = min(1.0, DETECTION_SIDE / max(width, height))
    small = (max(16, round(width * scale)), max(16, round(height * scale)))
    samples, full_size = [], []
    for i, frame in enumerate(video.samples(CANVAS_SAMPLES)):
        samples.append(frame.rgb(small))
        if i % (CANVAS_SAMPLES // 8) == 0:
            full_size.append(frame.rgb())
    whole = CanvasBox(0, 0, width, height)
    changing = _changing_area(samples)
    if changing is None:
        return whole
    area, sharp = changing
    medians = [np.median(samples[i : i + MEDIAN_SAMPLES], axis=0) for i in range(0, len(samples), MEDIAN_SAMPLES)]
    sides = [_find_border(medians, area, side, sharp[side]) for side in range(4)]
    ratio = (width / small[0], height / small[1])
    exact = []
    for side, (position, on_line) in enumerate(sides):
        step, end = (ratio[0], width) if side % 2 == 0 else (ratio[1], height)
        value = round(position * step)
        if on_line and step > 1:
            span = [round(v * r) for v, r in zip(area, (*ratio, *ratio), strict=True)]
            value = _sharpest_line(full_size, span, side, value, int(np.ceil(1.5 * step)))
        exact.append(min(max(value, 0), end))
    x0, y0, x1, y1 = exact
    return CanvasBox(x0, y0, x1 - x0, y1 - y0) if min(x1 - x0, y1 - y0) >= 16 else whole


def _changing_area(samples: list[np.ndarray]) -> tuple[tuple[int, int, int, int], list[bool]] | None:
    """Find left, top, right, bottom of the largest area with lasting change, and which of these sides are sharp.

    A side is sharp when something changes up to it all along, and nothing beyond. Change is lasting when the medians
    before and after some moment differ: a hand, a menu or a zoomed-in view would have to be there half of the time to
    show in them.
    """
    height, width = samples[0].shape[:2]
    active = np.zeros((height, width), np.uint8)
    reach = max(MEDIAN_SAMPLES, len(samples) // MEDIAN_SHARE)
    for moment in range(MEDIAN_SAMPLES, len(samples) - MEDIAN_SAMPLES + 1, MEDIAN_SAMPLES):
        before = np.median(samples[max(0, moment - reach) : moment], axis=0)
        change = np.abs(np.median(samples[moment : moment + reach], axis=0) - before).max(axis=2)
        touched = change > 255 * TOUCHED_DIFFERENCE
        if touched.mean() < MAX_CHANGE:
            active |= touched
    active = np.asarray(cv2.morphologyEx(active, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)), np.uint8)
    gap = max(3, round(0.03 * max(height, width)) | 1)
    joined = cv2.morphologyEx(active, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    stats = stats[1:]
    if not len(stats) or stats[:, cv2.CC_STAT_AREA].max() < 0.01 * height * width:
        return None
    big = stats[stats[:, cv2.CC_STAT_AREA] >= 0.1 * stats[:, cv2.CC_STAT_AREA].max()]
    x0, y0 = big[:, cv2.CC_STAT_LEFT].min(), big[:, cv2.CC_STAT_TOP].min()
    x1 = (big[:, cv2.CC_STAT_LEFT] + big[:, cv2.CC_STAT_WIDTH]).max()
    y1 = (big[:, cv2.CC_STAT_TOP] + big[:, cv2.CC_STAT_HEIGHT]).max()
    inside = active[y0:y1, x0:x1]
    left, right, sharp_left, sharp_right = _dense_lines(inside.sum(axis=0))
    top, bottom, sharp_top, sharp_bottom = _dense_lines(inside.sum(axis=1))
    area = int(x0 + left), int(y0 + top), int(x0 + right), int(y0 + bottom)
    return area, [sharp_left, sharp_top, sharp_right, sharp_bottom]


def _dense_lines(counts: np.ndarray) -> tuple[int, int, bool, bool]:
    """Find first and last + 1 of the lines in which much changes, and whether the change begins and ends there at once.

    A cursor or a sleeve beyond the canvas changes little.
    """
    usual = np.percentile(counts, 90)
    dense = np.flatnonzero(counts >= DENSE * usual)
    first, last = int(dense[0]), int(dense[-1]) + 1
    at_once = [counts[edge].max() >= SHARP * usual for edge in (slice(first, first + 3), slice(last - 3, last))]
    return first, last, bool(at_once[0]), bool(at_once[1])


def _find_border(
    medians: list[np.ndarray], area: tuple[int, int, int, int], side: int, sharp: bool
) -> tuple[int, bool]:
    """Find a side of the canvas (0 left, 1 top, 2 right, 3 bottom), and whether a straight line marks it.

    Searches outwards from the side of what changes; a sharp side is only corrected by a pixel or two.
    """
    position, outwards = area[side], -1 if side < 2 else 1
    lines = np.mean(
        [_line_steps(m, area, side) > 255 * TOUCHED_DIFFERENCE for m in medians], axis=(0, 2)
    )  # (length-1,)
    end = len(lines) + 1
    if sharp:
        near = [at for at in range(position - 2, position + 3) if 1 <= at < end]
        best = max(near, key=lambda at: lines[at - 1] - 0.05 * abs(at - position), default=position)
        # the ground may have the colour of what is around it, so that there is hardly a line to see
        return (best, True) if near and lines[best - 1] > 0.2 else (position, False)
    for offset in range(-INWARDS, round(REACH * end) + 1):
        at = position + outwards * offset
        # the strongest of neighbours: scaling spreads a border over two steps
        if 1 <= at < end and lines[at - 1] > BORDER_SHARE:
            near = [a for a in (at, at + outwards) if 1 <= a < end]
            return max(near, key=lambda a: lines[a - 1]), True
    edge = 0 if side < 2 else end
    return (edge if abs(edge - position) <= EDGE_MARGIN * end else position), False


def _line_steps(picture: np.ndarray, span: tuple[int, int, int, int] | list[int], side: int) -> np.ndarray:
    """Measure how much each line parallel to a side differs from the one before it, (length-1, along the side)."""
    if side % 2 == 0:
        picture, along = picture.transpose(1, 0, 2), slice(span[1], span[3])
    else:
        along = slice(span[0], span[2])
    return np.abs(np.diff(picture[:, along].astype(np.float32), axis=0)).max(axis=2)


def _sharpest_line(pictures: list[np.ndarray], span: list[int], side: int, position: int, reach: int) -> int:
    """Find the line near `position` at which the full-size pictures change most, in the median over all of them."""
    strength = np.median([_line_steps(picture, span, side).mean(axis=1) for picture in pictures], axis=0)
    low, high = max(1, position - reach), min(len(strength), position + reach)
    return int(low + strength[low - 1 : high].argmax()) if high >= low else position
