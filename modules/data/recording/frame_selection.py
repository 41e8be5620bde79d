"""Frame selection: keep the frames of a recording in which the canvas has changed and nothing hides it.

`decide_frames` works on a stream with a look-ahead window, so that memory does not grow with the recording;
`spread_evenly` then thins out to equal amounts of change. Source: the paper's section 2.1 (static and hidden frames
removed) and 4.1.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from ...degree import TOUCHED_LEVEL
from .difference import difference
from .exposure import NO_GAIN, Gains
from .occlusions import Occlusion, OcclusionTracker, decode_mask, encode_mask
from .shots import FrameView, ShotImage, ShotTracker
from .similarity_transform import warp

LOOKAHEAD = (1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 64, 80, 100, 128, 160, 200, 256, 320, 400)
CODEC_UNREST = (
    0.02  # of the pixels that changed, the codec mends so many in the next frame, half of them in the one after
)
MIN_REGION = 8  # pixels: smaller regions are the codec's unrest at outlines
PAINT_SECONDS = 3.0  # what is still there after so long is paint, even if it is painted over with the old colour later
END_ZOOM, ZOOM_BEGINS = 0.015, 0.5  # of the usual scale; seconds before a last zoom is seen in which it begins
CURSOR_RESTS = 1  # samples for which a cursor may stay where it is
CURSOR_SAMPLES = 12  # small things that are gone so many samples later are a cursor, not paint


@dataclass(frozen=True)
class SelectionRules:
    """When a frame is kept. Shares are of the canvas, times in seconds of the recording."""

    most: int = 300  # frames of one process
    least: int = 4  # a shorter process is a title card, or the finished painting held up
    static: float = 0.001  # less than this share changed: nothing was painted
    hidden: float = 0.01  # more than this share reverts later: a hand, a menu, something undone
    zoom: float = 1.15  # shown larger than this: a zoomed-in view
    ahead: float = 8.0  # an occlusion is recognised by what is seen up to so much later
    cuts: bool = True  # whether the recording may show more than one painting


@dataclass(frozen=True)
class FrameSample:
    """A frame as it is analysed: number and time in the recording, and its canvas at reduced size."""

    index: int
    time: float
    rgb: np.ndarray  # (h,w,3) uint8
    after_gap: bool = False  # what was before it cannot be read
    caption: bytes | None = None  # PNG mask, 255 where a caption hides the canvas; `rgb` is without it
    rim: Sequence[np.ndarray] = ()  # what is around the canvas (`surroundings`)


@dataclass(frozen=True)
class FrameDecision:
    """Whether a frame is kept, and why."""

    index: int
    time: float
    keep: bool
    why: str  # first, change, moved; static, hidden, zoomed, spread, short; faded, plain, away (whole-picture events)
    shot: int
    change: float = 0.0  # mean over the canvas of how much it changed since the last kept frame, in [0,1]
    hidden: float = 0.0  # share of the canvas that is occluded
    scale: float = 1.0  # of the view, relative to the shot's first frame
    moved: bool = False  # the canvas has moved since the last kept frame
    flips: tuple[int, ...] = ()  # axes along which its view is mirrored
    gains: Gains = NO_GAIN  # that give it the light of the last one
    event: str = ""  # what has changed for good since the last kept frame, without painting
    occluded: bytes | None = field(
        default=None, repr=False
    )  # PNG at reduced size, 255 where something hides the canvas
    painted: bytes | None = field(default=None, repr=False)  # the same, 255 where it changed
    ended: tuple[Occlusion, ...] = field(default=(), repr=False)  # occlusions that end with this frame

    def log(self, process: int | None) -> dict[str, object]:
        """Return the frame's line of extract.jsonl."""
        line: dict[str, object] = {"frame": self.index, "time": round(self.time, 3), "keep": self.keep, "why": self.why}
        line |= {"change": round(self.change, 6), "hidden": round(self.hidden, 4), "scale": round(self.scale, 3)}
        return line | {"process": process} | ({"mirrored": list(self.flips)} if self.flips else {})


@dataclass
class _CleanCanvas:
    """The canvas of a shot as far as it was seen without occlusions."""

    image: ShotImage
    epoch: int
    moved: bool = False
    seen_once: bool = True  # a cursor in the shot's first frame cannot be told from paint yet
    unrest: float = 0.0  # pixels that the codec may still mend after the last change
    occlusions: OcclusionTracker = field(default_factory=OcclusionTracker)


Window = deque[tuple[FrameSample, FrameView]]  # the frame to decide about, and those after it


def decide_frames(samples: Iterator[FrameSample], rules: SelectionRules, rate: float) -> Iterator[FrameDecision]:
    """Decide about every sample, in order; `rate` is samples per second. `finalise_decisions` has the last word."""
    tracker = ShotTracker(rules.zoom, rules.cuts)
    window: Window = deque()
    length = int(np.clip(rules.ahead * rate, CURSOR_SAMPLES, LOOKAHEAD[-1])) + 1
    canvases: dict[int, _CleanCanvas] = {}
    for sample in samples:
        window.append((sample, tracker.track(ShotImage(sample.rgb), sample.after_gap)))
        if len(window) > length:
            yield _decide_first(window, canvases, rules)
            window.popleft()
    while window:
        yield _decide_first(window, canvases, rules)
        window.popleft()


def _decide_first(window: Window, canvases: dict[int, _CleanCanvas], rules: SelectionRules) -> FrameDecision:
    sample, view = window[0]
    decision = FrameDecision(sample.index, sample.time, False, "zoomed", view.shot, scale=view.scale)
    if view.zoomed:
        return decision
    now = ShotImage(sample.rgb)
    canvas = canvases.get(view.shot)
    if canvas is None:
        canvases[view.shot] = _CleanCanvas(now, view.epoch)
        return replace(decision, keep=True, why="first", occluded=sample.caption)
    if view.epoch != canvas.epoch and view.move is not None:
        rgb, inside = warp(canvas.image.rgb, view.move, now.size)
        rgb[~inside] = now.rgb[~inside]
        canvas.image, canvas.epoch, canvas.moved = ShotImage(rgb), view.epoch, True
        canvas.occlusions = OcclusionTracker()
    differs = canvas.image.difference_mask(now)
    least = max(rules.static * differs.size, canvas.unrest)
    canvas.unrest /= 2
    seen_once, canvas.seen_once = canvas.seen_once, False
    if cv2.countNonZero(differs) < least:
        return replace(decision, why="static")
    reverting, cursor = _find_reverting(window, now, canvas.image, differs)
    hidden = float(reverting.mean() / 255)
    decision = replace(decision, hidden=hidden)
    if hidden > rules.hidden:
        return replace(decision, why="hidden")
    painted = cv2.bitwise_and(differs, cv2.bitwise_not(cursor)) > 0
    if np.count_nonzero(painted) < least:
        return replace(decision, why="static")
    clean = now.rgb.copy()
    clean[cursor > 0] = canvas.image.rgb[cursor > 0]
    if seen_once and painted.mean() < rules.hidden:
        canvas.image = ShotImage(clean)
        return replace(decision, why="static")
    change = float(difference(clean, canvas.image.rgb)[painted].sum() / (255 * differs.size))
    decision = replace(
        decision, keep=True, why="moved" if canvas.moved else "change", change=change, moved=canvas.moved,
        occluded=_hidden_by(cursor, sample.caption), painted=encode_mask(painted.astype(np.uint8) * 255),
        ended=tuple(canvas.occlusions.update(sample.index, canvas.image.rgb, clean, painted)),
    )  # fmt: skip
    canvas.image, canvas.moved = ShotImage(clean), False
    canvas.unrest = CODEC_UNREST * np.count_nonzero(painted)
    return decision


def _hidden_by(cursor: np.ndarray, caption: bytes | None) -> bytes | None:
    """Return a PNG mask of what hides the canvas."""
    if not cursor.any():
        return caption
    return encode_mask(cursor if caption is None else np.maximum(cursor, decode_mask(caption)))


def _find_reverting(
    window: Window, now: ShotImage, canvas: ShotImage, differs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find which changed pixels (uint8, 0 or 255) revert later, and which of them belong to a cursor.

    Paint stays (the new value is there again in later frames, or something else is); a hand, a menu, a cursor goes and
    the canvas is there again. What a pixel is more often later decides, for a hand may come back to the same place.
    """
    sample, view = window[0]
    as_canvas, as_now = (np.zeros(differs.shape, np.uint8) for _ in range(2))  # in how many later samples
    cursor, lasting = (np.zeros(differs.shape, bool) for _ in range(2))
    for offset in LOOKAHEAD:
        if offset >= len(window):
            break
        later, later_view = window[offset]
        if later_view.zoomed or (later_view.shot, later_view.epoch) != (view.shot, view.epoch):
            continue
        to_canvas, to_now = difference(canvas.rgb, later.rgb), difference(now.rgb, later.rgb)
        still = (to_now <= TOUCHED_LEVEL) & (to_now <= to_canvas)
        if later.time - sample.time > PAINT_SECONDS:
            lasting |= still & (as_canvas == 0)
        as_canvas += (to_canvas <= TOUCHED_LEVEL) & (to_canvas < to_now)
        as_now += still
        if offset <= CURSOR_SAMPLES:
            cursor = (as_canvas > as_now) & (as_now <= CURSOR_RESTS)
    reverting = _remove_specks(np.where((as_canvas > as_now) & ~lasting, differs, np.uint8(0)))
    cursor_mask = np.where(cursor, reverting, np.uint8(0))
    return reverting, np.asarray(cv2.dilate(cursor_mask, np.ones((5, 5), np.uint8)))


def _remove_specks(mask: np.ndarray) -> np.ndarray:
    """Remove regions of fewer than MIN_REGION pixels from a mask (uint8)."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    large = stats[:, cv2.CC_STAT_AREA] >= MIN_REGION
    large[0] = False
    return large[labels].astype(np.uint8) * 255


def finalise_decisions(decisions: list[FrameDecision], rules: SelectionRules) -> list[FrameDecision]:
    """Revise all decisions in hindsight.

    Drops occlusions that ended, views that turn out zoomed in, and shots too short to be a process; thins out the rest.
    """
    final: dict[int, FrameDecision] = {}
    for shot in {decision.shot for decision in decisions}:
        kept = _drop_occluded([decision for decision in decisions if decision.shot == shot and decision.keep], rules)
        final |= {decision.index: decision for decision in kept if not decision.keep}
        kept = [decision for decision in kept if decision.keep]
        usual = _usual_scale(kept)
        full = [decision for decision in kept if usual / rules.zoom <= decision.scale <= usual * rules.zoom]
        full = _without_last_zoom(full, [decision for decision in decisions if decision.shot == shot], usual)
        chosen_now = {decision.index for decision in full}
        final |= {
            decision.index: replace(decision, keep=False, why="zoomed")
            for decision in kept
            if decision.index not in chosen_now
        }
        if len(full) < rules.least:
            final |= {decision.index: replace(decision, keep=False, why="short") for decision in full}
            continue
        chosen = set(spread_evenly([decision.change for decision in full], rules.most))
        moved = False
        for i, decision in enumerate(full):
            moved = moved or decision.moved
            if i in chosen:
                final[decision.index], moved = replace(decision, moved=moved), False
            else:
                final[decision.index] = replace(decision, keep=False, why="spread")
    return [final.get(decision.index, decision) for decision in decisions]


def _without_last_zoom(kept: list[FrameDecision], decisions: list[FrameDecision], usual: float) -> list[FrameDecision]:
    """Leave out the kept frames of a last zoom into the painting, or out of it, in which nothing is painted."""
    zoomed_from = float("inf")
    for decision in reversed(decisions):
        if decision.why not in ("zoomed", "static", "hidden"):
            break
        zoomed_from = decision.time if decision.why == "zoomed" else zoomed_from
    own = [i for i, decision in enumerate(kept) if abs(decision.scale / usual - 1) <= END_ZOOM]
    end = own[-1] + 1 if own else len(kept)
    if sum(decision.why == "change" for decision in kept[end:]) > 1:  # another view, in which painting goes on
        end = len(kept)
    while end > 1 and kept[end - 1].time > zoomed_from - ZOOM_BEGINS:
        end -= 1
    return kept[:end]


def _drop_occluded(kept: list[FrameDecision], rules: SelectionRules) -> list[FrameDecision]:
    """Discount what temporary occlusions changed in the kept frames of a shot.

    A frame in which nothing else changed is dropped; in the others the occluded pixels are marked.
    """
    spans = [(ended.since, decision.index, decode_mask(ended.mask)) for decision in kept for ended in decision.ended]
    result = []
    for decision in kept:
        open_masks = [mask for since, until, mask in spans if since <= decision.index < until]
        ended_masks = [mask for since, until, mask in spans if until == decision.index]
        if decision.painted is None or not (open_masks or ended_masks):
            result.append(decision)
            continue
        painted = decode_mask(decision.painted)
        remaining = painted.copy()
        for mask in (*open_masks, *ended_masks):
            remaining[mask > 0] = 0
        count = np.count_nonzero(remaining)
        if count < rules.static * remaining.size and not decision.moved:
            result.append(replace(decision, keep=False, why="hidden" if open_masks else "static"))
            continue
        if open_masks:
            masks = [*open_masks, *([decode_mask(decision.occluded)] if decision.occluded else [])]
            occluded = np.maximum.reduce(masks)
            hidden = max(decision.hidden, float((occluded > 0).mean()))
            decision = replace(decision, occluded=encode_mask(occluded), hidden=hidden)
        result.append(replace(decision, change=decision.change * count / np.count_nonzero(painted)))
    return result


def spread_evenly(changes: list[float], most: int) -> list[int]:
    """Pick at most `most` frames with about the same amount of change between neighbours, first and last included.

    Args:
        changes: `changes[i]` is the change from frame i-1 to frame i.

    Returns:
        Their indices.
    """
    n = len(changes)
    if n <= most:
        return list(range(n))
    total = np.cumsum([0.0, *changes[1:]])
    chosen, last = [0], 0
    for k in range(1, most):
        target = total[-1] * k / (most - 1) if k < most - 1 else np.inf
        nearest = int(np.searchsorted(total, target))
        if nearest > 0 and nearest < n and target - total[nearest - 1] < total[nearest] - target:
            nearest -= 1
        # never the same frame twice, and enough frames left for the rest
        last = int(np.clip(nearest, last + 1, n - (most - k)))
        chosen.append(last)
    return chosen


def _usual_scale(kept: list[FrameDecision]) -> float:
    """Find the scale at which most frames show the canvas: the one that most others are within 3 % of."""
    if not kept:
        return 1.0
    scales = np.array([decision.scale for decision in kept])
    return float(scales[np.argmax([(np.abs(scales / s - 1) < 0.03).sum() for s in scales])])
