"""Whole-picture events: frames that show no state of the canvas, found on small pictures of all frames at once.

A fade or dissolve is a run of frames that lie between its two ends; a flash, a card, a value check or hidden layers
leave the held state at once and give it back later; a mirrored view is the held state, mirrored. A change of tone of
everything that stays is an event, too (a filter, another light), but its frames are kept. Everything is known here,
before and after, so that the end of a recording is judged looking back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from .difference import difference, largest
from .outline_matching import SAME_CANVAS, SURELY_SAME_CANVAS, fit_outlines, outline_agreement
from .shots import ShotImage

THUMBNAIL_SIDE = 72  # pixels of the longest side
JUMP = 0.25  # share of the picture that changes at once where something else may begin
RETURNED = (0.05, 0.35)  # the held state is there again: so much of the picture differs, or of what the jump changed
MAX_AWAY, MAX_BARE_AWAY = 60.0, 3.0  # seconds for which it may be away; a bare canvas, of which there may be another
PLAIN_SPREAD = 5.0  # of 255: standard deviation of a picture of one colour
BLACK = 20  # of 255: a picture that opens a recording with no more was never a canvas
FADE_SECONDS, FADE_LAG = 4.0, 0.12  # of the longest fade; over which its steps are looked at
FADE_BREADTH, FADE_CHANGE = 0.4, 20.0  # share of the picture that a fade changes in each step; mean change of it all
FADE_ERROR = 0.1  # share of the picture that may not lie between the two ends
MIRROR_CHANGE, MIRROR_GAIN = 0.02, 0.4  # share that a mirrored view changes at least; of it is left when turned back
MIRROR_GAIN_PAINTED = 0.6  # where much was painted in the same moment; outlines must tell, too
PAINTED_TOO = 2.5  # times that share: something may have been painted in the same moment
MIN_COLOURS = 8  # a tone change shows in as many: of fewer, each may have been painted over
TONE_ERROR, TONE_GAIN, TONE_BREADTH = 7.0, 0.3, 0.8  # mean error of 255, part of the change; share that it changes


@dataclass
class PictureEvents:
    """What is known of each sample.

    `kinds`: why it shows no state ("" if it does); `flips`: the axes along which its view is mirrored; `tones`: the
    samples from which on everything has another tone; `starts`: those where something else may begin.
    """

    kinds: list[str]
    flips: list[tuple[int, ...]]
    tones: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)


def thumbnail(rgb: np.ndarray) -> np.ndarray:
    shrink = min(1.0, THUMBNAIL_SIDE / max(rgb.shape[:2]))
    size = (max(8, round(rgb.shape[1] * shrink)), max(8, round(rgb.shape[0] * shrink)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))


def turn(picture: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Mirror a picture along these axes."""
    return np.ascontiguousarray(np.flip(picture, axes)) if axes else picture


def find_events(
    thumbnails: Sequence[np.ndarray], times: Sequence[float], is_move: Callable[[int, int], bool] = lambda a, b: False
) -> PictureEvents:
    """Find the events among all samples; `is_move` tells whether sample b is a moved view of sample a."""
    return _EventFinder(thumbnails, times, is_move).find()


class _EventFinder:
    def __init__(
        self, thumbnails: Sequence[np.ndarray], times: Sequence[float], is_move: Callable[[int, int], bool]
    ) -> None:
        self.pictures, self.times, self.is_move = thumbnails, times, is_move
        count = len(thumbnails)
        self.events = PictureEvents([""] * count, [()] * count)

    def find(self) -> PictureEvents:
        self._mark_fades()
        starts = self.events.starts = self._find_starts()
        ends = [*starts[1:], len(self.pictures)]
        held: int | None = None
        flipped: tuple[int, ...] = ()
        part = 0
        while part < len(starts):
            start, end = starts[part], ends[part]
            back = None if held is None else self._find_return(held, start, starts[part + 1 :], flipped)
            if back is not None and held is not None and not self._is_view(held, start, flipped):
                self._mark(start, starts[back + part + 1], "away", flipped)
                part += back + 1
                continue
            if self._is_no_canvas(held, start, end, last=end == len(self.pictures)):
                self._mark(start, end, "plain", flipped)
                part += 1
                continue
            if held is not None:
                flipped = self._orientation(held, start, flipped)
                if self._is_toned(
                    turn(self.pictures[held], self.events.flips[held]), turn(self.pictures[start], flipped)
                ):
                    self.events.tones.append(start)
            self._mark(start, end, "", flipped)
            held = max((k for k in range(start, end) if not self.events.kinds[k]), default=held)
            part += 1
        final = next(
            (f for f, kind in zip(reversed(self.events.flips), reversed(self.events.kinds), strict=True) if not kind),
            (),
        )
        self.events.flips = [tuple(sorted({*flips} ^ {*final})) for flips in self.events.flips]
        return self.events

    def _mark(self, start: int, end: int, kind: str, flips: tuple[int, ...]) -> None:
        for k in range(start, end):
            self.events.kinds[k] = self.events.kinds[k] or kind
            self.events.flips[k] = flips

    def _mark_fades(self) -> None:
        """Mark the frames between the two ends of each fade."""
        pictures, count = self.pictures, len(self.pictures)
        if count < 4:
            return
        rate = (count - 1) / max(self.times[-1] - self.times[0], 1e-3)
        lag = max(1, round(FADE_LAG * rate))
        broad = [False] * lag + [
            float((difference(pictures[k - lag], pictures[k]) > 2).mean()) > FADE_BREADTH for k in range(lag, count)
        ]
        k = 1
        while k < count:
            if not broad[k]:
                k += 1
                continue
            first = max(0, k - lag)
            while k < count and broad[k]:
                k += 1
            self._mark_fade(first, k - 1)

    def _mark_fade(self, first: int, last: int) -> None:
        """Mark what lies between two held pictures; a plain picture between ends one fade and begins another."""
        plain = [k for k in range(first + 1, last) if _is_plain(self.pictures[k])]
        if plain and not _is_plain(self.pictures[first]) and not _is_plain(self.pictures[last]):
            self._mark_fade(first, plain[0])
            self._mark_fade(plain[-1], last)
            return
        between = range(first + 1, last)
        if len(between) < 1 or self.times[last] - self.times[first] > FADE_SECONDS:
            return
        one, two = (self.pictures[k].astype(np.float32) for k in (first, last))
        way = two - one
        if np.abs(way).mean() < FADE_CHANGE or (
            _is_plain(self.pictures[first]) and _is_plain(self.pictures[last]) and len(between) < 3
        ):
            return
        shares = []
        for k in between:
            off = self.pictures[k].astype(np.float32) - one
            share = float((off * way).sum() / (way * way).sum())
            if (largest(np.abs(off - share * way)) > 16).mean() > FADE_ERROR:
                return
            shares.append(share)
        if any(b < a - 0.1 for a, b in zip(shares, shares[1:], strict=False)):
            return
        for k, share in zip(between, shares, strict=True):
            if 0.02 < share < 0.98:
                self.events.kinds[k] = "faded"

    def _find_starts(self) -> list[int]:
        """List where something else may begin: after a jump, a fade, or when the view is mirrored."""
        starts, previous = [], None
        for k, picture in enumerate(self.pictures):
            if self.events.kinds[k]:
                continue
            after_fade = k > 0 and bool(self.events.kinds[k - 1])
            if previous is None or after_fade:
                starts.append(k)
            else:
                change = previous.difference_share(now := ShotImage(picture))
                thorough = change > PAINTED_TOO * MIRROR_CHANGE
                if change > JUMP or (change > MIRROR_CHANGE and self._turned_back(previous, now, thorough) is not None):
                    starts.append(k)
            previous = ShotImage(picture)
        return starts

    def _find_return(self, held: int, start: int, later: list[int], flipped: tuple[int, ...]) -> int | None:
        """Find which of the later starts shows the held state again, after a jump from it to `start`."""
        picture = ShotImage(self.pictures[held])
        jump = picture.difference_share(ShotImage(self.pictures[start]))
        if jump < MIRROR_CHANGE:
            return None
        bare = _is_bare(self.pictures[held])
        if bare and not _is_plain(self.pictures[start]):  # a second painting may begin on a bare canvas, too
            return None
        longest = MAX_BARE_AWAY if bare else MAX_AWAY
        for number, back in enumerate(later):
            if self.times[back] - self.times[start] > longest:
                return None
            if picture.difference_share(ShotImage(self.pictures[back])) < max(RETURNED[0], RETURNED[1] * jump):
                return number
        return None

    def _is_view(self, held: int, start: int, flipped: tuple[int, ...]) -> bool:
        """Tell whether the canvas is still shown, mirrored or moved."""
        return self._orientation(held, start, flipped) != flipped or self.is_move(held, start)

    def _is_no_canvas(self, held: int | None, start: int, end: int, last: bool) -> bool:
        """Tell whether a stretch of one colour is no canvas: what a fade ends or begins with, or a recording."""
        own = [k for k in range(start, end) if not self.events.kinds[k]]
        if not own or not all(_is_plain(self.pictures[k]) for k in (own[0], own[len(own) // 2], own[-1])):
            return False
        before_fade = end < len(self.pictures) and self.events.kinds[end - 1] == "faded"
        if held is None:
            black = self.pictures[start].max() <= BLACK and end < len(self.pictures)
            return before_fade or black
        after_fade = self.events.kinds[start - 1] == "faded"
        return not _is_bare(self.pictures[held]) and (last or after_fade)

    def _orientation(self, held: int, start: int, flipped: tuple[int, ...]) -> tuple[int, ...]:
        """Find along which axes the view is mirrored from `start` on."""
        before, now = (ShotImage(turn(self.pictures[k], flipped)) for k in (held, start))
        before = ShotImage(turn(self.pictures[held], self.events.flips[held]))
        if before.difference_share(now) <= MIRROR_CHANGE:
            return flipped
        axis = self._turned_back(before, now, thorough=True)
        return flipped if axis is None else tuple(sorted({*flipped} ^ {axis}))

    def _turned_back(self, before: ShotImage, now: ShotImage, thorough: bool = False) -> int | None:
        """Find the axis along which `now` is `before`, mirrored."""
        as_it_is = before.difference_share(now)
        options = [(before.difference_share(ShotImage(turn(now.rgb, (axis,)))), axis) for axis in (1, 0)]
        share, axis = min(options)
        if share < MIRROR_GAIN * as_it_is:
            return axis
        if thorough and share < MIRROR_GAIN_PAINTED * as_it_is:
            both = (now, ShotImage(turn(now.rgb, (axis,))))
            agreements = [outline_agreement(before.grey.outlines, other.grey.outlines) for other in both]
            if agreements[1] > max(SURELY_SAME_CANVAS, 2 * agreements[0]):
                return axis
        if not thorough or outline_agreement(before.grey.outlines, now.grey.outlines) > SAME_CANVAS:
            return None
        there = fit_outlines(before.grey.pixels, now.grey.pixels)
        turned = fit_outlines(before.grey.pixels, turn(now.grey.pixels, (1,)))
        found = turned is not None and turned.agreement > SURELY_SAME_CANVAS
        return 1 if found and turned and (there is None or turned.agreement > 1.5 * there.agreement) else None

    def _is_toned(self, before: np.ndarray, now: np.ndarray) -> bool:
        """Tell whether everything changed its tone, and nothing else happened."""
        change = difference(before, now)
        bins = np.bincount((before // 24).astype(int).reshape(-1, 3) @ np.array([121, 11, 1]))
        if (change > 3).mean() < TONE_BREADTH or (bins > 0.01 * change.size).sum() < MIN_COLOURS:
            return False
        one = before.reshape(-1, 3).astype(np.float64) / 255
        terms = np.column_stack([np.ones(len(one)), one, one**2])
        two = now.reshape(-1, 3).astype(np.float64)
        error = np.abs(terms @ np.linalg.lstsq(terms, two, rcond=None)[0] - two).mean()
        return bool(error < min(TONE_ERROR, TONE_GAIN * change.mean()))


def _is_bare(picture: np.ndarray) -> bool:
    """Tell whether there is hardly anything but ground."""
    return _is_plain(picture, 3 * PLAIN_SPREAD)


def _is_plain(picture: np.ndarray, spread: float = PLAIN_SPREAD) -> bool:
    """Tell whether a picture has one colour, but for a hundredth of it."""
    middle = np.median(picture.reshape(-1, 3), axis=0)
    off = largest(np.abs(picture - middle))
    return float((off > 3 * spread).mean()) < 0.01
