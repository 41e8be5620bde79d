"""Temporary overlays: captions, cursors and windows that lie over the canvas for a while and are no paint.

A pixel of an overlay changes when it comes, and again when it goes, and has then the value from before; painting gives
nothing back. What is there from the first sample on, or to the last, shows one of these changes only: it is known as a
caption by the line that captions stand in, as a cursor by its looks at other times, as a window by its straight sides.
"""

import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np

from ...degree import TOUCHED_LEVEL
from .difference import difference, largest
from .occlusions import encode_mask

MAX_SECONDS = 8.0  # for which an overlay is there
MIN_PIXELS, MAX_SHARE = 10, 0.15  # of an overlay; share of the canvas
LEAST_OF_CHANGE = 0.1  # of what changes in the sample when it comes or goes; the rest is paint
STAYS = 0.5  # share of its pixels that stay as they are; others are paint seen between letters
RETURNED = 0.6  # share of an overlay's pixels that are as before when it is gone; the rest was painted in the meantime
MIN_WRITTEN = 25  # pixels of a caption
LETTERED, INK = (
    2.5,
    0.2,
)  # changes between ink and ground along a row, for each time its height; of the range, off the middle
WORD_GAP = 9  # pixels: letters so near to each other are one overlay
EDGE = 5  # pixels: kernel that adds the overlay's soft edge and the codec's unrest to it
CURSOR_SHARE, CURSOR_SAMPLES, CURSOR_LOOKS = (
    0.02,
    3,
    8,
)  # share of the canvas; samples for which it rests; that are kept
SAME_LOOK = 28.0  # of 255: mean difference of a cursor at two places
OUTLINED, NEXT_OUTLINED = 1.15, 0.8  # edges along an overlay's outline, of those that are there without it
BOXED = 0.75  # of what lies between letters changes, too: they stand in a box, and its outline counts
CAME = 0.4  # of what changes in the rows of a caption when it comes; the one before goes in the same moment
LEAST_CAPTION = 0.3  # of the pixels of a usual one
BEYOND, MAX_BEYOND = 5, 0.35  # rows above and below a line; share of its changes that may be there
LINE_TIMES, LINE_SLACK = 3.0, 0.25  # captions that make a line; of its height that another may be off
WINDOW_SHARE, WINDOW_FILLED = (0.006, 0.4), (0.85, 0.4)  # of the canvas; of its box, and of each corner, that changes
WINDOW_GROUND = (0.35, 0.97)  # share of a window that has one colour; the rest is what is written on it
CONTRAST = 40  # of 255: median change by captions and windows
BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1)  # ones in each byte

Box = tuple[int, int, int, int]  # left, top, right, bottom


class Pictures(Protocol):
    def __getitem__(self, number: int) -> np.ndarray: ...


Read = Callable[[int], np.ndarray]  # of a sample


@dataclass(frozen=True, eq=False)
class Overlay:
    """What covers the canvas in the samples `since` to `until` - 1, at the pixels of `mask` (H,W) bool."""

    since: int
    until: int
    mask: np.ndarray
    gave_back: bool = False  # what was there before
    is_written: bool = False  # like a caption
    lies_over: bool = True  # its outline is its own, or at least no less seen than what was there before or after
    surely: bool = True  # its outline is its own

    @property
    def box(self) -> Box:
        return _box(self.mask)


@dataclass(frozen=True)
class TextLine:
    """Where captions stand."""

    top: int
    bottom: int

    def fits(self, top: int, bottom: int) -> bool:
        slack = max(2, LINE_SLACK * (self.bottom - self.top))
        return abs(top - self.top) <= slack and abs(bottom - self.bottom) <= slack


@dataclass
class OverlayFinder:
    """Looks at all samples in turn, and then finds the overlays among them."""

    changes: list[bytes] = field(default_factory=list)  # of each sample: which pixels differ from the one before
    counts: list[int] = field(default_factory=list)
    previous: np.ndarray | None = None
    shape: tuple[int, int] = (0, 0)

    def learn(self, rgb: np.ndarray) -> None:
        """Look at the next sample (H,W,3) uint8."""
        changed = np.zeros(rgb.shape[:2], bool)
        if self.previous is not None:
            changed = difference(rgb, self.previous) > TOUCHED_LEVEL
        self.previous, self.shape = rgb, (rgb.shape[0], rgb.shape[1])
        self.counts.append(int(np.count_nonzero(changed)))
        told = MIN_PIXELS <= self.counts[-1] <= 0.5 * changed.size
        self.changes.append(zlib.compress(np.packbits(changed).tobytes(), 1) if told else b"")

    def find(self, pictures: Pictures, times: Sequence[float], shown: Sequence[bool]) -> list[Overlay]:
        """Find all overlays; `shown`: which samples show the canvas."""
        read = lru_cache(maxsize=64)(pictures.__getitem__)
        passing = [one for pair in self._find_pairs(times, shown) for one in self._find_passing(*pair, read)]
        lines, over = _find_lines(passing), _without_doubles([overlay for overlay in passing if overlay.lies_over])
        closed = [overlay for overlay in over if overlay.gave_back and overlay.surely]
        written = [o for o in over if o.is_written and _fits(o.mask, lines) and self._is_most(o)]
        usual = _usual_tones(written, read)
        captions = (
            []
            if usual is None
            else [o for o in written if o.surely or _looks_written(o, usual, read, len(self.changes))]
        )
        looks = _find_looks(closed, read)
        visible = [i for i, is_shown in enumerate(shown) if is_shown]
        found: list[Overlay] = []  # what else comes and goes, a hand or a menu, is judged frame by frame
        if usual is not None:
            captions += self._find_neighbours(read, times, visible, captions, usual)
            captions += self._find_going(read, times, visible, captions, lines)
            for until in [*sorted(o.since for o in captions), visible[-1] + 1]:
                captions += self._find_coming(read, times, visible, captions, lines, usual, until)
            found = [*captions, *self._find_runs(captions)]
        if len(visible) > 4:
            found += self._find_open(read, times, visible, looks, lines, at_end=True)
            found += self._find_open(read, times, visible, looks, lines, at_end=False)
        return found

    def _changed(self, number: int) -> np.ndarray:
        return self._unpack(np.frombuffer(zlib.decompress(self.changes[number]), np.uint8))

    def _unpack(self, bits: np.ndarray) -> np.ndarray:
        return np.unpackbits(bits, count=self.shape[0] * self.shape[1]).reshape(self.shape).astype(bool)

    def _find_pairs(self, times: Sequence[float], shown: Sequence[bool]) -> Iterator[tuple[int, int, np.ndarray]]:
        """Find the pairs of samples between which something may have been there, and what changed at both of them."""
        window: deque[tuple[int, np.ndarray]] = deque()  # earlier changes, packed: pixels that are still the same since
        for off, change in enumerate(self.changes):
            if not shown[off]:
                window.clear()
            if not change or not shown[off]:
                continue
            packed = np.frombuffer(zlib.decompress(change), np.uint8)
            while window and times[off] - times[window[0][0]] > MAX_SECONDS:
                window.popleft()
            for on, earlier in reversed(window):
                least = max(MIN_PIXELS, LEAST_OF_CHANGE * min(self.counts[on], self.counts[off]))
                if BITS[both := packed & earlier].sum() >= least and on > 0 and shown[on - 1]:
                    yield on, off, self._unpack(both)
            left = ((on, earlier & ~packed) for on, earlier in window)
            window = deque((on, same) for on, same in left if BITS[same].sum() >= MIN_PIXELS)
            window.append((off, packed))

    def _find_passing(self, on: int, off: int, both: np.ndarray, read: Read) -> Iterator[Overlay]:
        """Find what came at `on`, stayed as it was, and went at `off`, among the pixels that changed at both."""
        count, labels, stats = _label(both)
        sizes = np.bincount(labels.ravel(), minlength=count)
        if sizes[1:].max(initial=0) < MIN_PIXELS:
            return
        before, there, still, after = read(on - 1), read(on), read(off - 1), read(off)
        same = difference(there, still) <= 2 * TOUCHED_LEVEL
        stays = (sizes >= MIN_PIXELS) & (sizes <= MAX_SHARE * both.size)
        stays &= np.bincount(labels[same], minlength=count) > STAYS * sizes
        stays[0] = False
        if not stays.any():
            return
        back = np.bincount(labels[difference(before, after) <= TOUCHED_LEVEL], minlength=count) >= RETURNED * sizes
        width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
        written = (sizes >= MIN_WRITTEN) & (width > 2 * height) & (off - on > 1)
        for label in np.flatnonzero(stays & (back | written)):
            mask = (labels == label) & same
            is_written = bool(written[label]) and _contrast(mask, before, there) > CONTRAST and has_letters(mask, there)
            if back[label] or is_written:
                surely = _lies_over(mask, there, before, after)
                lies_over = surely or (is_written and _lies_over(mask, there, before, after, least=NEXT_OUTLINED))
                yield Overlay(on, off, mask, bool(back[label]), is_written, lies_over, surely)

    def _is_most(self, overlay: Overlay) -> bool:
        """Tell whether it is most of what came in its rows when it came; else it is seen through a caption's box."""
        came = self._changed(overlay.since) & _rows_of(overlay.mask)
        return bool(np.count_nonzero(overlay.mask) > CAME * np.count_nonzero(came))

    def _find_neighbours(
        self, read: Read, times: Sequence[float], visible: list[int], captions: list[Overlay], usual: np.ndarray
    ) -> Iterator[Overlay]:
        """Find captions before or after a known one, in its place: what changed in that moment and is not of it."""
        known = [*captions]
        least = LEAST_CAPTION * float(np.median([np.count_nonzero(overlay.mask) for overlay in known]))
        for overlay in captions:
            for at, is_start in ((overlay.since, True), (overlay.until, False)):
                if at >= len(self.changes) or any((o.until if is_start else o.since) == at for o in known):
                    continue
                own = [o.mask for o in known if (o.since if is_start else o.until) == at]
                rest = self._changed(at) & ~(
                    cv2.dilate(np.logical_or.reduce(own).astype(np.uint8), np.ones((3, 3))) > 0
                )
                best: Overlay | None = None
                for other in visible:
                    gone = times[at] - times[other] if is_start else times[other] - times[at]
                    if not 0 < gone <= MAX_SECONDS or not self.changes[other]:
                        continue
                    since, until = (other, at) if is_start else (at, other)
                    if any(o.since < until and since < o.until for o in known):
                        continue
                    both, line = rest & self._changed(other), _rows_of(overlay.mask)
                    mask = both & line
                    size = np.count_nonzero(mask)
                    whole = self._changed(at) & self._changed(other) & line
                    if size < max(MIN_PIXELS, 0.3 * least) or np.count_nonzero(whole) < least:
                        continue
                    if best is not None and np.count_nonzero(whole) <= np.count_nonzero(best.mask):
                        continue
                    there, far = read(since), (other - 1 if is_start else other)
                    is_next = any((o.until if is_start else o.since) == other for o in known)
                    if (
                        _is_local(both, mask, line)
                        and _is_same(mask, there, read(until - 1))
                        and _contrast(mask, read(since - 1), there) > CONTRAST
                        and (is_next or _lies_over(mask, there, read(far)))
                    ):
                        one = Overlay(since, until, whole, False, True)
                        best = one if _looks_written(one, usual, read, len(self.changes)) else best
                if best is not None:
                    known.append(best)
                    yield best

    def _find_coming(
        self, read: Read, times: Sequence[float], visible: list[int], captions: list[Overlay], lines: list[TextLine],
        usual: np.ndarray, until: int,
    ) -> list[Overlay]:  # fmt: skip
        """Find a caption that is there up to a sample, the end or the start of another one, by how it came alone."""
        for number in reversed([v for v in visible if v < until]):
            if times[visible[-1]] - times[number] > times[visible[-1]] - times[min(until, visible[-1])] + MAX_SECONDS:
                break
            if number == 0 or any(o.since <= number <= o.until for o in captions):
                break
            if not self.changes[number]:
                continue
            before = read(number - 1)
            for mask in self._in_lines(number, lines, read, number):
                one = Overlay(number, until, mask)
                if all(_lies_over(mask, read(at), before) for at in (number, until - 1)) and _looks_written(
                    one, usual, read, until
                ):
                    return [one]
        return []

    def _find_going(
        self, read: Read, times: Sequence[float], visible: list[int], captions: list[Overlay], lines: list[TextLine]
    ) -> list[Overlay]:
        """Find a caption that is there from the first sample on, by how it goes alone."""
        for number in visible[1:]:
            if times[number] - times[visible[0]] > MAX_SECONDS or any(o.since <= number for o in captions):
                break
            if not self.changes[number]:
                continue
            for mask in self._in_lines(number, lines, read, number - 1):
                if _fits(mask, lines) and _lies_over(mask, read(number - 1), read(number)):
                    return [Overlay(visible[0], number, mask)]
        return []

    def _in_lines(self, number: int, lines: list[TextLine], read: Read, at: int) -> Iterator[np.ndarray]:
        """Yield what changed in each line and nowhere near: parts with letters (paint may be beside them), then all."""
        changed, picture = self._changed(number), read(at)
        for line in lines:
            rows = _line_rows(line, self.shape)
            mask = changed & rows
            for gap in (1, WORD_GAP):
                for part in _regions(mask, gap):
                    fits = line.fits(*_box(part)[1::2]) and np.count_nonzero(part) >= MIN_WRITTEN
                    if fits and _is_local(changed, part, rows) and has_letters(part, picture):
                        yield part
            if np.count_nonzero(mask) >= MIN_WRITTEN and _is_local(changed, mask, rows):
                yield mask

    def _find_runs(self, captions: list[Overlay]) -> Iterator[Overlay]:
        """Find what captions that follow each other at once have in common: a box that stays while its words change."""
        for first in captions:
            if any(other.until == first.since for other in captions):
                continue
            last, steady = first, np.ones(self.shape, bool)
            while (after := next((o for o in captions if o.since == last.until), None)) is not None:
                steady &= ~self._changed(last.until)
                last = after
            if last is not first and last.until < len(self.changes) and self.changes[last.until]:
                span = cv2.dilate((first.mask | last.mask).astype(np.uint8), np.ones((3, 3), np.uint8))
                left, top, right, bottom = _box(span > 0)
                mask = np.zeros(self.shape, bool)
                mask[top:bottom, left:right] = True
                mask &= steady & self._changed(first.since) & self._changed(last.until)
                yield Overlay(first.since, last.until, mask)

    def _find_open(
        self, read: Read, times: Sequence[float], visible: list[int], looks: list[np.ndarray],
        lines: list[TextLine], at_end: bool,
    ) -> Iterator[Overlay]:  # fmt: skip
        """Find what is there to the last sample, or from the first one on."""
        edge = visible[-1] if at_end else visible[0]
        shown = read(edge)
        later = np.zeros(self.shape, bool)  # changes between here and the edge
        for number in reversed(visible) if at_end else visible[1:]:
            if abs(times[number] - times[edge]) > MAX_SECONDS:
                return
            if not self.changes[number] or number == 0:
                continue
            changed = self._changed(number)
            other = read(number - 1) if at_end else read(number)
            span = (number, edge + 1) if at_end else (edge, number)
            for mask in _regions(changed):
                if (later & mask).mean() > 0.1 * mask.mean() or not _lies_over(mask, shown, other):
                    continue
                if (not at_end and _fits(mask, lines) and _contrast(mask, shown, other) > CONTRAST) or (
                    at_end and _is_window(mask, shown, other)
                ):
                    yield Overlay(*span, mask)
            if (cursor := _find_cursor(changed & ~later, shown, other, looks)) is not None:
                yield Overlay(*span, cursor)
            later |= changed


class OverlayRemover:
    """Takes what overlays hide from the samples before; where there is none, from around it."""

    def __init__(self, overlays: Sequence[Overlay]) -> None:
        self.overlays = sorted(overlays, key=lambda overlay: overlay.since)
        self.clean: np.ndarray | None = None

    def mask(self, number: int) -> np.ndarray | None:
        """Mark what is hidden in a sample, (H,W) bool; numbers must not fall from call to call."""
        self.overlays = [overlay for overlay in self.overlays if overlay.until > number]
        masks = [_whole(overlay.mask) for overlay in self.overlays if overlay.since <= number]
        if not masks:
            return None
        kernel = np.ones((EDGE, EDGE), np.uint8)
        return np.asarray(cv2.dilate(np.logical_or.reduce(masks).astype(np.uint8), kernel)) > 0

    def remove(self, rgb: np.ndarray, mask: np.ndarray | None) -> tuple[np.ndarray, bytes | None]:
        """Return the sample without its overlays, and a PNG of their mask."""
        if mask is not None:
            rgb = fill(rgb, mask, self.clean)
        self.clean = rgb
        return rgb, None if mask is None else encode_mask(mask.astype(np.uint8) * 255)


def _whole(mask: np.ndarray) -> np.ndarray:
    """Fill the gaps of a box in which something is written."""
    filled = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((WORD_GAP, WORD_GAP), np.uint8)) > 0
    return filled if np.count_nonzero(mask) > BOXED * np.count_nonzero(filled) else mask


def fill(rgb: np.ndarray, mask: np.ndarray, before: np.ndarray | None) -> np.ndarray:
    """Fill the mask (bool) with the picture before, or from around it."""
    if before is None or before.shape != rgb.shape:
        return np.asarray(cv2.inpaint(rgb, mask.astype(np.uint8), 3, cv2.INPAINT_TELEA))
    rgb = rgb.copy()
    rgb[mask] = before[mask]
    return rgb


def _box(mask: np.ndarray) -> Box:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _label(changed: np.ndarray, gap: int = WORD_GAP) -> tuple[int, np.ndarray, np.ndarray]:
    """Label the regions of changes, letters of a line as one: number of labels, (H,W), and OpenCV's statistics."""
    words = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((gap, 2 * gap), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(words)
    labels[~changed] = 0
    return count, labels, stats


def _regions(changed: np.ndarray, gap: int = WORD_GAP) -> Iterator[np.ndarray]:
    """Yield the pixels of each region of changes."""
    count, labels, _ = _label(changed, gap)
    for label in np.flatnonzero(np.bincount(labels.ravel(), minlength=count) >= MIN_PIXELS):
        if label:
            yield labels == label


def _without_doubles(overlays: list[Overlay]) -> list[Overlay]:
    """Leave out what lasts from one overlay to the end of another in its place."""
    kept: list[Overlay] = []
    for overlay in sorted(overlays, key=lambda overlay: overlay.until - overlay.since):
        parts = [
            other
            for other in kept
            if overlay.since <= other.since and other.until <= overlay.until
            and (overlay.since == other.since or overlay.until == other.until)
            and other.until - other.since < overlay.until - overlay.since
        ]  # fmt: skip
        if not any(np.count_nonzero(overlay.mask & o.mask) > 0.5 * np.count_nonzero(overlay.mask) for o in parts):
            kept.append(overlay)
    return kept


def _find_lines(overlays: list[Overlay]) -> list[TextLine]:
    """Find the lines of captions: where something stood at several times; what gave back what was there counts more."""
    spans: list[tuple[TextLine, int, float]] = []
    for overlay in overlays:
        _, top, _, bottom = overlay.box
        if overlay.is_written:
            spans.append((TextLine(top, bottom), overlay.since, 1.5 if overlay.gave_back and overlay.surely else 1.0))
    lines = []
    for line, *_ in spans:
        times = {since: weight for other, since, weight in sorted(spans, key=lambda span: span[2])
                 if line.fits(other.top, other.bottom)}  # fmt: skip
        if sum(times.values()) >= LINE_TIMES:
            lines.append(line)
    return lines


def _usual_tones(captions: list[Overlay], read: Read) -> np.ndarray | None:
    """Return the tones of those that surely are captions."""
    tones = [_tones(overlay.mask, read(overlay.since)) for overlay in captions if overlay.surely]
    return np.mean(tones, axis=0) if tones else None


def _looks_written(overlay: Overlay, usual: np.ndarray, read: Read, last: int) -> bool:
    """Tell whether it looks more like a caption than what was there before and after: it is no gap between captions."""
    there, *other = (
        float(np.minimum(usual, _tones(overlay.mask, read(at))).sum())
        for at in (overlay.since, overlay.since - 1, overlay.until if overlay.until < last else overlay.since - 1)
    )
    return there > max(0.2, min(other) - 0.1)


def _tones(mask: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Return the shares of eight tones in a region."""
    grey = picture[mask].mean(axis=1)
    return np.bincount((grey / 32).astype(int), minlength=8) / max(1, len(grey))


def _rows_of(mask: np.ndarray) -> np.ndarray:
    _, top, _, bottom = _box(mask)
    return _line_rows(TextLine(top, bottom), mask.shape)


def _line_rows(line: TextLine, shape: tuple[int, ...]) -> np.ndarray:
    """Mark all of the rows of a line, and one more at either side, (H,W) bool."""
    rows = np.zeros(shape, bool)
    rows[max(0, line.top - 1) : line.bottom + 1] = True
    return rows


def _is_local(changed: np.ndarray, mask: np.ndarray, rows: np.ndarray) -> bool:
    """Tell whether changes end with the rows, where brushes do not."""
    left, _, right, _ = _box(mask)
    near = cv2.dilate(rows.astype(np.uint8), np.ones((2 * BEYOND + 1, 1), np.uint8)) > 0
    beyond = (near & ~rows)[:, left:right]
    return (
        bool(changed[:, left:right][beyond].mean() < MAX_BEYOND * mask[:, left:right][rows[:, left:right]].mean())
        if beyond.any()
        else True
    )


def _fits(mask: np.ndarray, lines: list[TextLine]) -> bool:
    """Tell whether a region has the place of a caption."""
    left, top, right, bottom = _box(mask)
    return right - left > bottom - top and any(line.fits(top, bottom) for line in lines)


def _lies_over(mask: np.ndarray, there: np.ndarray, *without: np.ndarray, least: float = OUTLINED) -> bool:
    """Tell whether a region's own outline is seen in one picture, and in others is not: it lies over what they show.

    least: edges that must be there, of those of the other with more of them, which may be a caption, too.
    """
    filled = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((WORD_GAP, WORD_GAP), np.uint8))
    region = filled if np.count_nonzero(mask) > BOXED * np.count_nonzero(filled) else mask.astype(np.uint8)
    border = cv2.morphologyEx(region, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    edges = [float(_edges(picture)[border].mean()) for picture in (there, *without)]
    return edges[0] > OUTLINED * min(edges[1:]) and edges[0] > least * max(edges[1:])


def _edges(picture: np.ndarray) -> np.ndarray:
    return largest(np.asarray(cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))))


def has_letters(mask: np.ndarray, picture: np.ndarray) -> bool:
    """Tell whether letters follow each other: ink and ground change often along the rows, as in no hand or sleeve."""
    left, top, right, bottom = _box(mask)
    grey = largest(picture[top:bottom, left:right]).astype(float)
    low, high = np.percentile(grey, (5, 95))
    off = grey - (low + high) / 2
    changes = [np.count_nonzero(np.diff(np.sign(row[np.abs(row) > INK * (high - low)]))) for row in off]
    return bool(np.percentile(changes, 90) >= LETTERED * (right - left) / (bottom - top))


def _is_same(mask: np.ndarray, one: np.ndarray, two: np.ndarray) -> bool:
    """Tell whether a region has not changed."""
    return bool((difference(one, two)[mask] <= 2 * TOUCHED_LEVEL).mean() > STAYS)


def _contrast(mask: np.ndarray, one: np.ndarray, two: np.ndarray) -> float:
    return float(np.median(difference(one, two)[mask]))


def _is_window(mask: np.ndarray, shown: np.ndarray, before: np.ndarray) -> bool:
    """Tell whether a region has straight sides, one ground, and something on it."""
    left, top, right, bottom = _box(mask)
    area = (right - left) * (bottom - top)
    if not WINDOW_SHARE[0] < area / mask.size < WINDOW_SHARE[1] or min(right - left, bottom - top) < 6:
        return False
    filled = cv2.morphologyEx(mask[top:bottom, left:right].astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    height, width = (max(2, size // 6) for size in filled.shape)
    corners = [filled[rows, columns].mean() for rows in np.s_[:height, -height:] for columns in np.s_[:width, -width:]]
    inside = shown[top:bottom, left:right].reshape(-1, 3)
    ground = np.median(inside, axis=0)
    share = float((np.abs(inside - ground).max(axis=1) <= TOUCHED_LEVEL).mean())
    return bool(
        filled.mean() > WINDOW_FILLED[0]
        and min(corners) > WINDOW_FILLED[1]
        and WINDOW_GROUND[0] < share < WINDOW_GROUND[1]
        and _contrast(mask, shown, before) > CONTRAST / 2
    )


def _find_looks(closed: list[Overlay], read: Read) -> list[np.ndarray]:
    """Cut out the cursor as it looks, (h,w,4) uint8 with its mask: what rests shortly and looks alike elsewhere."""
    looks: list[np.ndarray] = []
    for overlay in closed:
        if overlay.until - overlay.since > CURSOR_SAMPLES:
            continue
        _, labels = cv2.connectedComponents(
            cv2.morphologyEx(overlay.mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((WORD_GAP, WORD_GAP), np.uint8))
        )
        for label in range(1, int(labels.max()) + 1):
            mask = overlay.mask & (labels == label)
            if not MIN_PIXELS <= np.count_nonzero(mask) <= CURSOR_SHARE * mask.size:
                continue
            left, top, right, bottom = _box(mask)
            cut = np.s_[top:bottom, left:right]
            looks.append(np.dstack([read(overlay.since)[cut], mask[cut].astype(np.uint8) * 255]))
    usual = np.median([look[..., 3].astype(bool).sum() for look in looks]) if looks else 0
    looks = [look for look in looks if 0.6 * usual < look[..., 3].astype(bool).sum() < 1.6 * usual][: 3 * CURSOR_LOOKS]
    alike = [sum(_match(look, cv2.copyMakeBorder(other[..., :3], 2, 2, 2, 2, cv2.BORDER_REPLICATE))[0] < SAME_LOOK
                 for other in looks) for look in looks]  # fmt: skip
    order = np.argsort(alike)[::-1][:CURSOR_LOOKS]
    return [looks[i] for i in order if alike[i] > 1 + len(looks) / 4]


def _match(look: np.ndarray, picture: np.ndarray) -> tuple[float, tuple[int, int]]:
    """Find a cursor in a picture: mean difference of 255, and left and top."""
    if look.shape[0] > picture.shape[0] or look.shape[1] > picture.shape[1]:
        return 255.0, (0, 0)
    mask = np.repeat((look[..., 3:] > 0).astype(np.uint8), 3, axis=2)
    squares = cv2.matchTemplate(picture, look[..., :3].copy(), cv2.TM_SQDIFF, mask=mask)
    low, _, place, _ = cv2.minMaxLoc(squares)
    return float(np.sqrt(max(low, 0) / max(1, mask.sum()))), (int(place[0]), int(place[1]))


def _find_cursor(
    changed: np.ndarray, shown: np.ndarray, other: np.ndarray, looks: list[np.ndarray]
) -> np.ndarray | None:
    """Find a cursor where something changed: it is in `shown`, and not in `other`."""
    if not looks or not changed.any():
        return None
    left, top, right, bottom = _box(changed)
    cut = np.s_[max(0, top - 2) : bottom + 2, max(0, left - 2) : right + 2]
    for look in looks:
        off, (x, y) = _match(look, shown[cut])
        if off > SAME_LOOK:
            continue
        x, y = x + cut[1].start, y + cut[0].start
        there = np.zeros(changed.shape, bool)
        there[y : y + look.shape[0], x : x + look.shape[1]] = look[..., 3] > 0
        if (changed & there).sum() > 0.5 * there.sum():
            return there
    return None
