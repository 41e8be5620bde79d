"""Which frames of a recording become frames of a process: those in which the canvas has changed, and nothing hides it.

`decide` works on a stream with a window to look ahead, so that memory does not grow with the recording; `spread` then
thins out by equal change. Source: the paper's section 2.1 (static and hidden frames removed) and 4.1.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from .occlusions import Occlusion, OcclusionTracker, pack, unpack
from .shots import TOUCHED, ShotImage, Tracker, View
from .similarity_transform import warp

OFFSETS = (1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 64, 80, 100, 128, 160, 200, 256, 320, 400)
RESTLESS = 0.02  # of the pixels that changed, the codec mends so many in the next frame, half of them in the one after
SPECK = 8  # pixels
LONG = 3.0  # seconds after which what is still there is paint, even if it is painted over with the old colour later
RESTS = 1  # looks for which a cursor may stay where it is
SHORTLY = 12  # small things that are gone so many looks later are a cursor, not paint


@dataclass(frozen=True)
class Rules:
    """When a frame is kept. Shares are of the canvas, times in seconds of the recording."""

    most: int = 300  # frames of one process
    least: int = 4  # a shorter process is a title card, or the finished painting held up
    static: float = 0.001  # less than this share changed: nothing was painted
    hidden: float = 0.01  # more than this share goes back to what it was: a hand, a menu, something undone
    zoom: float = 1.15  # shown larger than this: a zoomed-in view
    ahead: float = 8.0  # for how long something may hide the canvas and still be found out
    cuts: bool = True  # whether the recording may show more than one painting


@dataclass(frozen=True)
class FrameSample:
    """A frame as it is looked at: number and time in the recording, and its canvas small."""

    index: int
    time: float
    rgb: np.ndarray  # (h,w,3) uint8


@dataclass(frozen=True)
class Decision:
    """What becomes of a frame, and why."""

    index: int
    time: float
    keep: bool
    why: str  # first, change, moved; static, hidden, zoomed, spread, short
    scene: int
    change: float = 0.0  # mean over the canvas of how much it changed since the last kept frame, in [0,1]
    hidden: float = 0.0  # share of the canvas that something passing hides
    scale: float = 1.0  # of the view, relative to the scene's beginning
    moved: bool = False  # the canvas has moved since the last kept frame
    patch: bytes | None = field(default=None, repr=False)  # PNG of the small canvas: 255 where something hides it
    painted: bytes | None = field(default=None, repr=False)  # the same: 255 where it changed
    ended: tuple[Occlusion, ...] = field(default=(), repr=False)  # what lay over the canvas until now

    def log(self, process: int | None) -> dict[str, object]:
        """One line of extract.jsonl."""
        line: dict[str, object] = {"frame": self.index, "time": round(self.time, 3), "keep": self.keep, "why": self.why}
        line |= {"change": round(self.change, 6), "hidden": round(self.hidden, 4), "scale": round(self.scale, 3)}
        return line | {"process": process}


@dataclass
class _Canvas:
    """A scene's canvas as far as it was seen clean."""

    picture: ShotImage
    epoch: int
    moved: bool = False
    seen_once: bool = True  # a cursor in the scene's first frame cannot be told from paint yet
    restless: float = 0.0  # pixels that the codec may still mend after the last change
    excursions: OcclusionTracker = field(default_factory=OcclusionTracker)


def decide(looks: Iterator[FrameSample], rules: Rules, rate: float) -> Iterator[Decision]:
    """Decide about every look, in order; `rate` is looks per second. Thinning out by change comes later (`finish`)."""
    tracker = Tracker(rules.zoom, rules.cuts)
    window: deque[tuple[FrameSample, View]] = deque()
    reach = int(np.clip(rules.ahead * rate, SHORTLY, OFFSETS[-1])) + 1
    canvases: dict[int, _Canvas] = {}
    for look in looks:
        window.append((look, tracker.see(ShotImage(look.rgb))))
        if len(window) > reach:
            yield _decide_first(window, canvases, rules)
            window.popleft()
    while window:
        yield _decide_first(window, canvases, rules)
        window.popleft()


def _decide_first(window: deque[tuple[FrameSample, View]], canvases: dict[int, _Canvas], rules: Rules) -> Decision:
    look, view = window[0]
    said = Decision(look.index, look.time, False, "zoomed", view.scene, scale=view.scale)
    if view.zoomed:
        return said
    now = ShotImage(look.rgb)
    canvas = canvases.get(view.scene)
    if canvas is None:
        canvases[view.scene] = _Canvas(now, view.epoch)
        return replace(said, keep=True, why="first")
    if view.epoch != canvas.epoch and view.move is not None:
        rgb, inside = warp(canvas.picture.rgb, view.move, now.size)
        rgb[~inside] = now.rgb[~inside]
        canvas.picture, canvas.epoch, canvas.moved = ShotImage(rgb), view.epoch, True
        canvas.excursions = OcclusionTracker()
    differs = canvas.picture.differs(now)
    least = max(rules.static * differs.size, canvas.restless)
    canvas.restless /= 2
    seen_once, canvas.seen_once = canvas.seen_once, False
    if cv2.countNonZero(differs) < least:
        return replace(said, why="static")
    passing, shortly = _passing(window, now, canvas.picture, differs)
    hidden = float(passing.mean() / 255)
    said = replace(said, hidden=hidden)
    if hidden > rules.hidden:
        return replace(said, why="hidden")
    painted = cv2.bitwise_and(differs, cv2.bitwise_not(shortly)) > 0
    if np.count_nonzero(painted) < least:
        return replace(said, why="static")
    clean = now.rgb.copy()
    clean[shortly > 0] = canvas.picture.rgb[shortly > 0]
    if seen_once and painted.mean() < rules.hidden:
        canvas.picture = ShotImage(clean)
        return replace(said, why="static")
    change = float(cv2.absdiff(clean, canvas.picture.rgb).max(axis=2)[painted].sum() / (255 * differs.size))
    said = replace(said, keep=True, why="moved" if canvas.moved else "change", change=change, moved=canvas.moved)
    if shortly.any():
        said = replace(said, patch=pack(shortly))
    ended = tuple(canvas.excursions.see(look.index, canvas.picture.rgb, clean, painted))
    said = replace(said, painted=pack(painted.astype(np.uint8) * 255), ended=ended)
    canvas.picture, canvas.moved = ShotImage(clean), False
    canvas.restless = RESTLESS * np.count_nonzero(painted)
    return said


def _passing(
    window: deque[tuple[FrameSample, View]], now: ShotImage, canvas: ShotImage, differs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which changed pixels (uint8, 0 or 255) go back to what they were, and which of them do so shortly.

    Paint stays (the new value is there again in later frames, or something else is); a hand, a menu, a cursor goes and
    the canvas is there again. What a pixel is more often later decides, for a hand may come back to the same place.
    """
    view = window[0][1]
    gone, stays = (
        np.zeros(differs.shape, np.uint8) for _ in range(2)
    )  # looks in which a pixel is the canvas; is as now
    shortly, long = (np.zeros(differs.shape, bool) for _ in range(2))
    for offset in OFFSETS:
        if offset >= len(window):
            break
        later, its_view = window[offset]
        if its_view.zoomed or (its_view.scene, its_view.epoch) != (view.scene, view.epoch):
            continue
        to_canvas, to_now = _distance(canvas.rgb, later.rgb), _distance(now.rgb, later.rgb)
        still = (to_now <= TOUCHED) & (to_now <= to_canvas)
        if later.time - window[0][0].time > LONG:
            long |= still & (gone == 0)
        gone += (to_canvas <= TOUCHED) & (to_canvas < to_now)
        stays += still
        if offset <= SHORTLY:
            shortly = (gone > stays) & (stays <= RESTS)
    passing = _without_specks(np.where((gone > stays) & ~long, differs, np.uint8(0)))
    cursor = np.where(shortly, passing, np.uint8(0))
    return passing, np.asarray(cv2.dilate(cursor, np.ones((5, 5), np.uint8)))


def _without_specks(mask: np.ndarray) -> np.ndarray:
    """The mask (uint8) without what has fewer than SPECK pixels: the codec's unrest at outlines."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    large = stats[:, cv2.CC_STAT_AREA] >= SPECK
    large[0] = False
    return large[labels].astype(np.uint8) * 255


def _distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The largest difference of the three colours, (H,W) uint8."""
    red, green, blue = cv2.split(cv2.absdiff(a, b))
    return cv2.max(cv2.max(red, green), blue)


def finish(decisions: list[Decision], rules: Rules) -> list[Decision]:
    """Look back over all decisions: menus that were closed again, views that turn out zoomed in, scenes too short to be
    a process, thinning out."""
    final: dict[int, Decision] = {}
    for scene in {said.scene for said in decisions}:
        seen = [said for said in decisions if said.scene == scene and said.keep]
        uncovered = _without_excursions(seen, rules)
        final |= {said.index: said for said in uncovered if not said.keep}
        kept = [said for said in uncovered if said.keep]
        whole = _usual_scale(kept) * rules.zoom
        clear = [said for said in kept if said.scale <= whole]
        final |= {s.index: replace(s, keep=False, why="zoomed") for s in kept if s.scale > whole}
        if len(clear) < rules.least:
            final |= {s.index: replace(s, keep=False, why="short") for s in clear}
            continue
        chosen = set(spread([s.change for s in clear], rules.most))
        moved = False
        for i, said in enumerate(clear):
            moved = moved or said.moved
            if i in chosen:
                final[said.index], moved = replace(said, moved=moved), False
            else:
                final[said.index] = replace(said, keep=False, why="spread")
    return [final.get(said.index, said) for said in decisions]


def _without_excursions(kept: list[Decision], rules: Rules) -> list[Decision]:
    """A scene's decisions with what lay over the canvas for a time taken off: a frame in which nothing else changed is
    not kept; in the others what was hidden is as it was before."""
    covers = [(ended.since, said.index, unpack(ended.mask)) for said in kept for ended in said.ended]
    result = []
    for said in kept:
        over = [mask for since, until, mask in covers if since <= said.index < until]
        gone = [mask for since, until, mask in covers if until == said.index]
        if said.painted is None or not (over or gone):
            result.append(said)
            continue
        painted = unpack(said.painted)
        other = painted.copy()
        for mask in (*over, *gone):
            other[mask > 0] = 0
        left = np.count_nonzero(other)
        if left < rules.static * other.size and not said.moved:
            result.append(replace(said, keep=False, why="hidden" if over else "static"))
            continue
        if over:
            hides = np.maximum.reduce([*over, *([unpack(said.patch)] if said.patch else [])])
            said = replace(said, patch=pack(hides), hidden=max(said.hidden, float((hides > 0).mean())))
        result.append(replace(said, change=said.change * left / np.count_nonzero(painted)))
    return result


def spread(changes: list[float], most: int) -> list[int]:
    """Indices of at most `most` frames, the first and the last among them, so that between neighbours about the same
    amount of change lies. `changes[i]` is the change from frame i-1 to frame i."""
    n = len(changes)
    if n <= most:
        return list(range(n))
    total = np.cumsum([0.0, *changes[1:]])
    chosen, at = [0], 0
    for k in range(1, most):
        aim = total[-1] * k / (most - 1) if k < most - 1 else np.inf
        near = int(np.searchsorted(total, aim))
        if near > 0 and near < n and aim - total[near - 1] < total[near] - aim:
            near -= 1
        # never the same frame twice, and enough frames left for the rest
        at = int(np.clip(near, at + 1, n - (most - k)))
        chosen.append(at)
    return chosen


def _usual_scale(kept: list[Decision]) -> float:
    """The scale at which most frames show the canvas: the one that most others are within 3 % of."""
    if not kept:
        return 1.0
    scales = np.array([said.scale for said in kept])
    return float(scales[np.argmax([(np.abs(scales / s - 1) < 0.03).sum() for s in scales])])
