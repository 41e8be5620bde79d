"""Find the canvas rectangle: the region with lasting change; panels, desk and black bars stay static."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from ...degree import TOUCHED_DIFFERENCE
from ...io.errors import UserError
from .difference import difference, largest
from .shots import ShotImage
from .video import Video
from .whole_picture import find_events, thumbnail

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
LAST_VIEW, VIEW_GAIN = 0.2, 1.3  # share of the samples of a last view that counts; how much smaller its canvas must be
SHORT_STRETCH, OTHER_PICTURE = 0.15, 0.6  # a shorter share that differs in more of the picture is another picture
DARK_DIFFERENCE = 0.02  # in dark pictures, in which nothing changes by more
SELDOM = 0.3  # a region that changes so much more seldom than the one that changes most often is moved, not painted
LEAST_VIEW = 0.2  # of the area of what changes, in a view of which much more is seen
NOW_AND_THEN = 0.4  # share of the samples in which the canvas may be seen in another view
MARGIN, MARGIN_LINE = 0.1, 0.9  # of the canvas's side; share of the margin's outer line that shows
DARK, FAINT = 80, 1.0  # of 255: a canvas that is darker, and the mean step at a line that is seen all the same
FLAT = 0.1  # share of a line that differs from the next one on unpainted ground
SOFT, MIN_BAR = 0.35, 0.05  # detail of a blurred bar, of that of the canvas; its share of the picture's side
BAR_EDGE, EVEN_BARS = 3.0, 2  # step at its edge, of those within; pixels by which two opposite ones may differ


@dataclass(frozen=True)
class CanvasBox:
    """Left, top, width and height in pixels of the recording."""

    x: int
    y: int
    width: int
    height: int
    blurred_beside: bool = False  # what is beside it is a blurred copy of it

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
    samples, times, full_size = [], [], []
    for i, frame in enumerate(video.samples(CANVAS_SAMPLES)):
        samples.append(frame.rgb(small))
        times.append(frame.time)
        if i % (CANVAS_SAMPLES // 8) == 0:
            full_size.append(frame.rgb())
    whole = CanvasBox(0, 0, width, height)
    stretches = _stretches(samples, times)
    shown = [sample for stretch in stretches for sample in stretch]
    ratio = (width / small[0], height / small[1])
    box = _box_of(shown, full_size, ratio, (width, height))
    last: list[np.ndarray] = next(
        (stretch for stretch in reversed(stretches) if len(stretch) >= LAST_VIEW * len(shown)), []
    )
    if box is not None and last and len(last) < len(shown):
        # the view was another one before: what changes now lies in a frame of lines
        final = _box_of(last, full_size[-3:], ratio, (width, height), framed=True)
        share = 0.0 if final is None else final.width * final.height / (box.width * box.height)
        if final is not None and LEAST_VIEW < share < 1 / VIEW_GAIN:
            box = final
    if box is not None and (usual := _usual_box(shown, box, full_size, ratio, video.size)) is not None:
        box = usual
    box = box or whole
    return _without_soft_bars(box, [full for full in full_size if full.std() > 1] or full_size)


def _stretches(samples: list[np.ndarray], times: list[float]) -> list[list[np.ndarray]]:
    """Split samples where the whole picture jumps, without those that show a fade, a card or the like."""
    events = find_events([thumbnail(sample) for sample in samples], times)
    kept = [i for i, kind in enumerate(events.kinds) if not kind]
    starts = {*events.starts}
    stretches: list[list[int]] = []
    for i in kept:
        if not stretches or i in starts:
            stretches.append([])
        stretches[-1].append(i)
    longest = max(stretches, key=len, default=[])
    result = []
    for stretch in stretches:
        nearest = ShotImage(samples[min(longest, key=lambda k: abs(k - stretch[0]))])
        other = len(stretch) < SHORT_STRETCH * len(kept) and nearest.difference_share(ShotImage(samples[stretch[0]]))
        if not other or other < OTHER_PICTURE:
            result.append([samples[k] for k in stretch])
    return result or [samples]


def _box_of(
    samples: list[np.ndarray], full_size: list[np.ndarray], ratio: tuple[float, float], size: tuple[int, int],
    framed: bool = False,
) -> CanvasBox | None:  # fmt: skip
    """Find the box of what changes in these samples; None where nothing does, or (`framed`) no lines bound it."""
    changing = _changing_area(samples) or _changing_area(samples, DARK_DIFFERENCE)
    if changing is None:
        return None
    area, sharp = changing
    medians = [_median(samples[i : i + MEDIAN_SAMPLES]) for i in range(0, len(samples), MEDIAN_SAMPLES)]
    medians.insert(0, samples[0].astype(float))
    sides = [_find_border(medians, area, side, sharp[side]) for side in range(4)]
    if framed and min(strength for _, strength in sides) <= BORDER_SHARE:
        return None
    width, height = size
    exact = []
    for side, (position, strength) in enumerate(sides):
        step, end = (ratio[0], width) if side % 2 == 0 else (ratio[1], height)
        value = round(position * step)
        if strength and step > 1:
            span = [round(v * r) for v, r in zip(area, (*ratio, *ratio), strict=True)]
            value = _sharpest_line(full_size, span, side, value, int(np.ceil(1.5 * step)))
        exact.append(min(max(value, 0), end))
    x0, y0, x1, y1 = exact
    return CanvasBox(x0, y0, x1 - x0, y1 - y0) if min(x1 - x0, y1 - y0) >= 16 else None


def _usual_box(
    samples: list[np.ndarray], box: CanvasBox, full_size: list[np.ndarray], ratio: tuple[float, float],
    size: tuple[int, int],
) -> CanvasBox | None:  # fmt: skip
    """Find a smaller canvas in a frame of lines, outside of which something changes now and then only: other views."""
    half = len(samples) // 2
    for part in (slice(0, half + half // 3), slice(half // 2, half + half // 2)):
        near = full_size[part.start * len(full_size) // len(samples) : part.stop * len(full_size) // len(samples)]
        inner = _box_of(samples[part], near or full_size, ratio, size, framed=True)
        share = 0.0 if inner is None else inner.width * inner.height / (box.width * box.height)
        if inner is None or not LEAST_VIEW < share < 1 / VIEW_GAIN:
            continue
        labels = np.zeros(samples[0].shape[:2], np.int64)
        for label, at in ((1, box), (2, inner)):
            x0, y0, x1, y1 = (
                round(v / r)
                for v, r in zip((at.x, at.y, at.x + at.width, at.y + at.height), (*ratio, *ratio), strict=True)
            )
            labels[y0:y1, x0:x1] = label
        inner_edge = cv2.dilate((labels == 2).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        labels[inner_edge & (labels == 1)] = 0
        often = _how_often(samples, labels, 3, TOUCHED_DIFFERENCE)
        if often[1] < NOW_AND_THEN * len(samples):
            return inner
    return None


def _without_soft_bars(box: CanvasBox, pictures: list[np.ndarray]) -> CanvasBox:
    """Cut off bars beside the canvas that a program filled with a blurred copy of it."""
    crops = [box.crop(picture).astype(np.float32) for picture in pictures[len(pictures) // 2 :]]
    detail = np.mean([np.abs(crop - cv2.GaussianBlur(crop, (0, 0), 2)).mean(axis=2) for crop in crops], axis=0)
    cut = [0, 0, 0, 0]
    for side in range(4):
        lines = detail.mean(axis=0 if side % 2 == 0 else 1)
        lines = lines if side < 2 else lines[::-1]
        soft = lines < SOFT * np.percentile(lines, 75)
        width = int(np.argmin(soft)) if not soft.all() else 0
        if not MIN_BAR * len(lines) < width < len(lines) / 2:
            continue
        steps = np.mean([_line_steps(crop, [0, 0, box.width, box.height], side) for crop in crops], axis=(0, 2))
        steps = steps if side < 2 else steps[::-1]
        around = slice(max(0, width - 6), width + 8)
        least = max(BAR_EDGE * float(np.median(steps[:width])), 0.6 * float(steps[around].max(initial=0.0)), 1.0)
        near = [at for at in range(len(steps))[around] if steps[at] > least]
        cut[side] = near[0] + 1 if near else 0
    if abs(cut[0] - cut[2]) > EVEN_BARS or abs(cut[1] - cut[3]) > EVEN_BARS:
        return box
    left, top, right, bottom = cut
    return CanvasBox(box.x + left, box.y + top, box.width - left - right, box.height - top - bottom, any(cut))


def _median(pictures: list[np.ndarray]) -> np.ndarray:
    """Take the median of a few pictures (H,W,3) uint8: sorts them, neighbours in turn, which OpenCV does fast."""
    ordered, count = [*pictures], len(pictures)
    for turn in range(count):
        for i in range(turn % 2, count - 1, 2):
            ordered[i], ordered[i + 1] = cv2.min(*ordered[i : i + 2]), cv2.max(*ordered[i : i + 2])
    return (ordered[(count - 1) // 2].astype(np.float64) + ordered[count // 2]) / 2


def _changing_area(
    samples: list[np.ndarray], least: float = TOUCHED_DIFFERENCE
) -> tuple[tuple[int, int, int, int], list[bool]] | None:
    """Find left, top, right, bottom of the largest area with lasting change, and which of these sides are sharp.

    A side is sharp when something changes up to it all along, and nothing beyond. Change is lasting when the medians
    before and after some moment differ: a hand, a menu or a zoomed-in view would have to be there half of the time to
    show in them.
    """
    height, width = samples[0].shape[:2]
    active = np.zeros((height, width), np.uint8)
    reach = max(MEDIAN_SAMPLES, len(samples) // MEDIAN_SHARE)
    for moment in range(MEDIAN_SAMPLES, len(samples) - MEDIAN_SAMPLES + 1, MEDIAN_SAMPLES):
        before = _median(samples[max(0, moment - reach) : moment])
        change = largest(np.abs(_median(samples[moment : moment + reach]) - before))
        touched = change > 255 * least
        if touched.mean() < MAX_CHANGE:
            active |= touched
    # specks go; an even kernel moves what it keeps by a pixel, and turned about it moves that back
    two = np.ones((2, 2), np.uint8)
    active = np.asarray(cv2.dilate(cv2.erode(active, two), two, anchor=(0, 0)), np.uint8)
    _remove_seldom(active, samples, least)
    gap = max(3, round(0.03 * max(height, width)) | 1)
    joined = cv2.morphologyEx(active, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    stats = stats[1:]
    if not len(stats) or stats[:, cv2.CC_STAT_AREA].max() < 0.01 * height * width:
        return None
    large = stats[:, cv2.CC_STAT_AREA] >= 0.1 * stats[:, cv2.CC_STAT_AREA].max()
    big = stats[large]
    x0, y0 = big[:, cv2.CC_STAT_LEFT].min(), big[:, cv2.CC_STAT_TOP].min()
    x1 = (big[:, cv2.CC_STAT_LEFT] + big[:, cv2.CC_STAT_WIDTH]).max()
    y1 = (big[:, cv2.CC_STAT_TOP] + big[:, cv2.CC_STAT_HEIGHT]).max()
    inside = active[y0:y1, x0:x1]
    left, right, sharp_left, sharp_right = _dense_lines(inside.sum(axis=0))
    top, bottom, sharp_top, sharp_bottom = _dense_lines(inside.sum(axis=1))
    area = int(x0 + left), int(y0 + top), int(x0 + right), int(y0 + bottom)
    return area, [sharp_left, sharp_top, sharp_right, sharp_bottom]


def _remove_seldom(active: np.ndarray, samples: list[np.ndarray], least: float) -> None:
    """Remove regions that change seldom, and then altogether, from what is active: they are moved, not painted."""
    joined = cv2.morphologyEx(active, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    large = stats[:, cv2.CC_STAT_AREA] >= 0.01 * active.size
    large[0] = False
    if np.count_nonzero(large) > 1:
        often = _how_often(samples, labels, count, least)
        active[(large & (often < SELDOM * often[large].max()))[labels]] = 0


def _how_often(samples: list[np.ndarray], labels: np.ndarray, count: int, least: float) -> np.ndarray:
    """Count for each region in how many of the samples something in it changed, but not all of it."""
    often, sizes = np.zeros(count), np.bincount(labels.ravel(), minlength=count)
    for before, after in pairwise(samples):
        touched = difference(before, after) > 255 * least
        share = np.bincount(labels[touched], minlength=count) / np.maximum(sizes, 1)
        often += (share > 0.002) & (share < 0.6)
    return often


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
) -> tuple[int, float]:
    """Find a side of the canvas (0 left, 1 top, 2 right, 3 bottom), and how much of a straight line marks it (0: none).

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
        if (margin := _margin_beyond(medians[0], lines, area, side)) is not None:
            return margin, float(lines[margin - 1]) if 0 < margin < end else 0.0
        # the ground may have the colour of what is around it, so that there is hardly a line to see
        if near and lines[best - 1] > 0.2:
            return best, float(lines[best - 1])
        inside = [at for k in range(3, INWARDS + 1) if 1 <= (at := position - k * outwards) < end]
        strong = next((at for at in inside if lines[at - 1] > BORDER_SHARE), None)  # the codec's unrest reached over it
        return (position, 0.0) if strong is None else (strong, float(lines[strong - 1]))
    for offset in range(-INWARDS, round(REACH * end) + 1):
        at = position + outwards * offset
        # the strongest of neighbours: scaling spreads a border over two steps
        if 1 <= at < end and lines[at - 1] > BORDER_SHARE:
            near = [a for a in (at, at + outwards) if 1 <= a < end]
            best = max(near, key=lambda a: lines[a - 1])
            return best, float(lines[best - 1])
    edge = 0 if side < 2 else end
    strip = lines[: max(0, position - 1)] if side < 2 else lines[position:]
    flat = not len(strip) or float(strip.max()) < FLAT
    return (edge if flat or abs(edge - position) <= EDGE_MARGIN * end else position), 0.0


def _margin_beyond(first: np.ndarray, lines: np.ndarray, area: tuple[int, int, int, int], side: int) -> int | None:
    """Find where a margin ends that stays unpainted: in the first picture there is no line where the paint ends."""
    position, outwards = area[side], -1 if side < 2 else 1
    steps = _line_steps(first, area, side)
    at_first = (steps > 255 * TOUCHED_DIFFERENCE).mean(axis=1)
    most = round(MARGIN * abs(area[side] - area[(side + 2) % 4]))
    for at in range(position + outwards, position + (most + 1) * outwards, outwards):
        before = at - outwards
        if 1 <= before <= len(lines) and at_first[before - 1] > FLAT:
            return None
        if not 1 <= at <= len(lines):  # the picture's edge, if there is no line even in pictures that are dark
            near, around = (steps[max(0, position - reach) : position + reach].mean(axis=1) for reach in (3, most))
            faint = near.max(initial=0) > max(FAINT, BAR_EDGE * float(np.median(around)))
            return None if faint and np.median(first[area[1] : area[3], area[0] : area[2]]) < DARK else at
        if abs(at - position) > 2 and min(lines[at - 1], at_first[at - 1]) > MARGIN_LINE:
            return at
    return None


def _line_steps(picture: np.ndarray, span: tuple[int, int, int, int] | list[int], side: int) -> np.ndarray:
    """Measure how much each line parallel to a side differs from the one before it, (length-1, along the side)."""
    if side % 2 == 0:
        picture, along = picture.transpose(1, 0, 2), slice(span[1], span[3])
    else:
        along = slice(span[0], span[2])
    return largest(np.abs(np.diff(picture[:, along].astype(np.float32), axis=0)))


def _sharpest_line(pictures: list[np.ndarray], span: list[int], side: int, position: int, reach: int) -> int:
    """Find the line near `position` at which the full-size pictures change most, in the median over all of them."""
    strength = np.median([_line_steps(picture, span, side).mean(axis=1) for picture in pictures], axis=0)
    low, high = max(1, position - reach), min(len(strength), position + reach)
    return int(low + strength[low - 1 : high].argmax()) if high >= low else position
