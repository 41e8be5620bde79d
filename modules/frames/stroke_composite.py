"""Equation 2 at full size, made of strokes: the network says which of a plan's strokes are laid, in which colours.

The strokes of a pass are laid out once, at a working size that does not depend on the picture's. In a step the
network's logits along a stroke's path say how surely it is laid now; degree control moves the bar of each part until
those above it reach the requested degree. Rendered at the picture's own size, W is their coverage and S their paint.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from ..brush.media import MEDIA
from ..brush.pass_layout import PassLayout, recolour
from ..brush.raster import first_cover
from ..brush.stroke import EMPTY, StrokeList, concatenate, look_up
from ..brush.touch import closed_loops
from ..brush.tracing import colour_difference
from ..degree import FINISHED_DISTANCE, TOUCHED_DIFFERENCE, DegreeMode, distance, measure, progress, touched_share
from ..finish_levels import level
from ..imaging.resize import resize
from ..plans.passes import FIRST_COATS
from ..plans.plan import WHOLE, PlanStep, Slice
from ..plans.spec import FROM_CANVAS
from .degree_control import TOLERANCE, stroke_shifts
from .masks import Masks, stroke_colours

BY_TRAVEL = 1.5  # logits between the first stroke of a pass and its last, where the network is as sure of both
SURE = 3.0  # logits are clipped to this, so that degree control may leave out any stroke
SMALL_PART = 0.01  # share of the picture: what is smaller than this is not covered by half
UNLIKE = 0.15  # difference from the painting at which a place is not yet like it at all
OTHERS = [level("under"), level("over")]  # states that show what is behind a part or before it
GAP = 0.08  # difference from what a pass lays at which a place counts as a gap in it
SAMPLED = 320  # longest side of the sample of full-size pixels that degrees are measured on
AHEAD = 0.15  # share of a slice of strokes by which a step may run ahead of it
FIRST_TRY = 0.6  # of the strokes that are due in a step, where only a trial tells what they reach
CORRECTIONS = 2  # times that strokes are added, since what is rendered covers less than was reckoned


class NetworkStep(NamedTuple):
    """A step as the network sees it, all maps (h,w)."""

    before: np.ndarray  # (h,w,3) in [0,1], the canvas that the step finds
    left: np.ndarray  # (K,) its distance to the painting
    sample: np.ndarray  # (h',w',3), pixels of it at the picture's own size
    sample_left: np.ndarray  # (K,) their distance to the painting
    masks: Masks
    field: np.ndarray  # in [0,1], where strokes may be added that the network would rather not lay
    max_shift: float  # how far it may be overruled, in logits; 0: no degree control


@dataclass
class _OpenPass:
    """A pass whose strokes are being laid: all of them, which are left (n,) bool, and when each is due."""

    strokes: StrokeList
    left: np.ndarray
    moments: np.ndarray  # (n,2) in [0,1], when each begins and ends


class _Canvas:
    """The canvas of a step: at the picture's own size, and as the network sees it."""

    def __init__(self, full: np.ndarray, shape: tuple[int, ...]) -> None:
        self.full, self._shape = full, shape
        self._small: np.ndarray | None = None

    @property
    def small(self) -> np.ndarray:
        """The canvas (h,w,3) at the network's size."""
        if self._small is None:
            height, width = self._shape
            self._small = resize(self.full, (width, height)).reshape(height, width, 3)
        return self._small

    @property
    def sample(self) -> np.ndarray:
        """Pixels (h',w',3) of the canvas: unlike a smaller one they have the texture of the paint."""
        return sampled(self.full)

    def draw(self, layout: PassLayout, strokes: StrokeList, number: int, index: int | None) -> None:
        """Draw strokes as `PassLayout.draw` does."""
        layout.draw(self.full, strokes, number, index)
        self._small = None


def sampled(picture: np.ndarray) -> np.ndarray:
    """Take every so many pixels of a picture (H,W[,C]), a view of it."""
    every = max(1, max(picture.shape[:2]) // SAMPLED)
    return picture[::every, ::every]


def _moments(strokes: StrokeList, *, transparent: bool) -> np.ndarray:
    """Find when each stroke of a pass begins and ends, (n,2) in [0,1]: all take as long, but a fill by its size."""
    sizes = np.ones(len(strokes))
    if not transparent and (fills := np.flatnonzero(strokes.areas)).size:
        sizes[:] = 1e-6
        for i in fills:
            outer, *holes = closed_loops(strokes.points[strokes.starts[i] : strokes.starts[i + 1]])
            sizes[i] += cv2.contourArea(outer) - sum(cv2.contourArea(hole) for hole in holes)
    sizes /= max(sizes.sum(), 1e-9)
    ends = np.cumsum(sizes)
    return np.stack([ends - sizes, ends], axis=1)


class StrokeComposite:
    """The hand of the frames stage: lays strokes on a canvas of any size as the network's masks say."""

    def __init__(
        self, layout: PassLayout, painting: np.ndarray, labels: np.ndarray, states: np.ndarray, mode: DegreeMode
    ) -> None:
        """Take a pass layout of the picture, and the picture as the network sees it.

        Args:
            layout: at the picture's own size.
            painting: (h,w,3) float32 in [0,1], the network's copy.
            labels: (h,w) parts of its pixels.
            states: (M,h,w,3) states of finish.
            mode: how degrees are measured.
        """
        self.layout, self.plan = layout, layout.plan
        # As `bincount` takes labels: they are counted many times in a step.
        self.painting, self.labels, self.states, self.mode = painting, labels.astype(np.intp), states, mode
        share = np.bincount(labels.ravel(), minlength=len(self.plan.part_names)) / labels.size
        self._small_parts = share < SMALL_PART
        self._small_pixels = np.nonzero(self._small_parts[layout.labels])
        self._sampled = sampled(layout.painting), sampled(layout.labels).astype(np.intp)
        self._open: dict[int, _OpenPass] = {}
        # of each first coat, in which step it last asks for its part
        coats = [work.part != WHOLE and work.finish_name in FIRST_COATS for work in self.plan.passes]
        self._last_asked = {
            piece.index: number
            for number, (pieces, degrees) in enumerate(zip(self.plan.slices, self.plan.degrees, strict=True), 1)
            for piece in pieces
            if coats[piece.index] and degrees[self.plan.passes[piece.index].part] > 0
        }

    def __call__(
        self, canvas: np.ndarray, masks: Masks, step: PlanStep, field: np.ndarray, max_shift: float
    ) -> tuple[np.ndarray, StrokeList]:
        """Compose the next frame.

        Args:
            canvas: x_t (H,W,3) float32 in [0,1]; not changed.
            masks: of the network, (h,w).
            step: of the plan.
            field: as in `NetworkStep`.
            max_shift: as in `NetworkStep`.

        Returns:
            x_{t+1} (H,W,3) float32 in [0,1], and the strokes that made it, in their order.
        """
        after, laid = _Canvas(canvas.copy(), self.labels.shape), []
        left = distance(after.small, self.painting, self.labels, len(self._small_parts))
        sample = sampled(canvas)
        sample_left = distance(sample, *self._sampled, len(self._small_parts))
        seen = NetworkStep(after.small, left, sample, sample_left, masks, field, max_shift)
        if step.index == 1 and self.plan.start != FROM_CANVAS:
            laid.append(self.layout.opening())
            after.draw(self.layout, laid[0], 1, None)
        pieces = self.plan.slices[step.index - 1]
        for position, piece in enumerate(pieces):
            later = {self.plan.passes[other.index].part for other in pieces[position + 1 :]}
            # Strokes are added by the last slice that paints a part in this step; the others may only leave some out.
            waits = np.isin(np.arange(len(step.degrees)), list(later)) | (WHOLE in later)
            most = np.where(waits, 0.0, max_shift)
            for strokes in self._slice(piece, after, seen, step.degrees, most):
                after.draw(self.layout, strokes, step.index, piece.index)
                laid.append(strokes)
            if step.index == self._last_asked.get(piece.index):
                laid.append(self.layout.over_cracks(piece.index, after.full))
                after.draw(self.layout, laid[-1], step.index, piece.index)
        if step.index > 1 or self.plan.start == FROM_CANVAS:
            self._keep_idle(canvas, after.full, step.degrees)
        self.layout.close(canvas, after.full, step.index)
        return after.full, concatenate(laid).at_step(step.index)

    def _keep_idle(self, canvas: np.ndarray, after: np.ndarray, degrees: np.ndarray) -> None:
        """Put back what is not requested: nothing of it is touched, but what is small and as yet nothing like itself.

        Else what lies on a part (eyes on a face) would be left as holes, to the ground or to a wall behind it.
        """
        idle = (degrees <= 0)[self.layout.labels]
        left = np.abs(canvas[self._small_pixels] - self.layout.painting[self._small_pixels]).max(axis=1)
        idle[self._small_pixels] &= left < UNLIKE
        cv2.copyTo(canvas, idle.astype(np.uint8), after)

    def _slice(
        self, piece: Slice, after: _Canvas, seen: NetworkStep, requested: np.ndarray, most: np.ndarray
    ) -> Iterator[StrokeList]:
        """Yield the strokes of a slice of a pass; each list is to be laid on `after` before the next."""
        finish = self.plan.passes[piece.index].finish_name
        open_ = self._open_pass(piece, after.full)
        # A step may run ahead of its slice by a little, so that strokes are left for those that come.
        due = piece.end + AHEAD * (piece.end - piece.begin)
        index = np.flatnonzero(open_.left & (open_.moments[:, 0] < due))
        if piece.end >= 1:
            self._open.pop(piece.index)  # a pass that is over needs no memory
        strokes = open_.strokes[index]
        part = self.plan.passes[piece.index].part
        if piece.end >= 1 and finish == "painting" and (part == WHOLE or requested[part] >= 1 - TOLERANCE):
            yield strokes  # what must be finished leaves nothing out
            return
        assert seen.masks.weight_logits is not None  # what mixes states has a weight
        logits = np.minimum(strokes.along(seen.masks.weight_logits), SURE)
        logits = logits + BY_TRAVEL * (0.5 - index / len(open_.strokes))
        needed = np.where(logits > 0, -logits, -logits / np.maximum(strokes.along(seen.field), 1e-3))
        # Half a shape cannot be laid: shapes, and the lines on them, come when the plan has them.
        whole = finish in MEDIA[self.plan.medium].shapes and not self.layout.transparent
        shape, planned = strokes.areas | whole, open_.moments[index].mean(axis=1) < piece.end
        if piece.end < 1:  # what lies on a part that is not requested yet can wait
            needed[strokes.along((requested <= 0).astype(np.float32)[self.labels]) > 0.5] = np.inf
        needed[shape] = np.where(planned, -np.inf, np.inf)[shape]  # of a shape only the outline lies on its neighbours
        ends = piece.end >= 1
        if ends and finish in FIRST_COATS and self.layout.transparent:
            needed[strokes.along(self._bare(after).astype(np.float32)) > 0.4] = -np.inf
        if self.layout.transparent and finish != "painting":
            for chosen in self._lay_thin(strokes, needed, planned, after, seen, requested, most, ends):
                open_.left[index[chosen]] = False
                yield strokes[chosen]
            return
        colours = self.painting
        if whole:  # the pieces of a flat have one colour
            colours = self.states[level(finish)]
        elif finish != "painting":
            colours = self._colours(strokes, needed, piece, after, seen, np.where(most > 0, requested, 0))
            strokes = self._coloured(strokes, finish, colours)
        for chosen in self._lay(strokes, needed, colours, after, seen, requested, most, ends):
            open_.left[index[chosen]] = False
            yield strokes[chosen]
        if ends and seen.max_shift:
            closers = self._closers(piece, colours, after, seen, requested)
            wanted = np.linspace(-2.0, -1.0, len(closers))
            for chosen in self._lay(closers, wanted, colours, after, seen, requested, most, ends=False):
                yield closers[chosen]

    def _bare(self, after: _Canvas) -> np.ndarray:
        """Find bare ground that is unlike the painting, (h,w) bool: thin paint would not hide it later."""
        ground = np.array(self.plan.ground, np.float32)
        bare = colour_difference(after.small, ground) < TOUCHED_DIFFERENCE
        return np.asarray(bare & (colour_difference(self.painting, ground) > UNLIKE))

    def _lay(
        self, strokes: StrokeList, needed: np.ndarray, colours: np.ndarray, after: _Canvas, seen: NetworkStep,
        requested: np.ndarray, most: np.ndarray, ends: bool,
    ) -> Iterator[np.ndarray]:  # fmt: skip
        """Yield indices of strokes to lay next, of those that `needed` (n,) shifts let in; `ends`: so does the pass."""
        part = look_up(self.labels, strokes.middles())  # where it lies counts, also past its own part's outline
        left, aim = np.flatnonzero(needed < (most[part] if seen.max_shift else 0)), requested
        for _ in range(1 + CORRECTIONS if seen.max_shift else 1):
            if not len(left):
                return
            chosen = needed[left] < 0
            if seen.max_shift:
                shifts = self._shifts(strokes[left], needed[left], colours, after, seen, aim, most)
                # A pass that is over leaves no holes where its strokes go on over what is small.
                shifts = np.where(self._small_parts & ends, np.maximum(shifts, 0), shifts)
                chosen = needed[left] < shifts[part[left]]
            yield left[chosen]
            if chosen.all() or not seen.max_shift:
                return
            reached = self._reached(seen, after)
            short = requested - reached > TOLERANCE  # what is rendered covers less
            left = left[~chosen & short[part[left]]]
            # Strokes are reckoned on the small canvas, which sees no texture: more must be covered of it.
            small = measure(seen.before, after.small, self.painting, self.labels, len(requested), self.mode)
            aim = np.clip(requested + np.maximum(small - reached, 0), 0, 1)

    def _lay_thin(
        self, strokes: StrokeList, needed: np.ndarray, planned: np.ndarray, after: _Canvas, seen: NetworkStep,
        requested: np.ndarray, most: np.ndarray, ends: bool,
    ) -> Iterator[np.ndarray]:  # fmt: skip
        """Yield indices as `_lay`, of strokes whose worth cannot be reckoned: paint that shines through, open grain.

        Most of what is `planned` (n,) bool is laid first, and what that has reached says how much more it takes.
        """
        n_parts, possible = len(requested), needed < np.inf
        part = look_up(self.labels, strokes.middles())

        def count(which: np.ndarray) -> np.ndarray:
            return np.bincount(part[which], minlength=n_parts)

        order = np.argsort(needed, kind="stable")
        rank = np.empty(len(order), np.intp)  # of a stroke among those of its part
        for k in np.unique(part):
            rank[order[part[order] == k]] = np.arange(np.count_nonzero(part == k))
        wanted, due, waits = count(needed < 0), count(planned & possible), most <= 0
        upto = np.where(waits, due, np.ceil(FIRST_TRY * due).astype(int))
        upto = np.where(requested > 0, upto, wanted * (self._small_parts & ends))
        upto = np.maximum(upto, count(needed == -np.inf)) if seen.max_shift else wanted
        done, before = np.zeros(n_parts, int), self._reached(seen, after)
        for _ in range(1 + CORRECTIONS):
            chosen = np.flatnonzero(possible & (rank >= done[part]) & (rank < upto[part]))
            if not len(chosen):
                return
            yield chosen
            done = np.maximum(done, upto)
            short = requested - (reached := self._reached(seen, after))
            more = np.ceil(short * done / np.maximum(reached - before, TOLERANCE))
            upto = np.where((short > TOLERANCE) & ~waits & (seen.max_shift > 0), done + more, done).astype(int)

    def _reached(self, seen: NetworkStep, after: _Canvas) -> np.ndarray:
        """Measure the degrees (K,) so far, at the picture's own size."""
        now, n_parts = after.sample, len(self._small_parts)
        if self.mode != "progress":
            return measure(seen.sample, now, *self._sampled, n_parts, self.mode)
        share = touched_share(seen.sample, now, self._sampled[1], n_parts)  # as `measure`, what was left is known
        return progress(share, seen.sample_left, distance(now, *self._sampled, n_parts))

    def _closers(
        self, piece: Slice, colours: np.ndarray, after: _Canvas, seen: NetworkStep, requested: np.ndarray
    ) -> StrokeList:
        """Lay out small strokes over the gaps of an opaque pass that is over and has not reached its part's degree."""
        part = self.plan.passes[piece.index].part
        transparent = self.layout.transparent
        if transparent or part == WHOLE or requested[part] - self._reached(seen, after)[part] <= TOLERANCE:
            return EMPTY
        gaps = (self.labels == part) & (colour_difference(after.small, colours) > GAP)
        strokes = self.layout.strokes(piece.index, after.full, gaps) if gaps.any() else EMPTY
        return self._coloured(strokes[~strokes.areas], self.plan.passes[piece.index].finish_name, colours)

    def _colours(
        self, strokes: StrokeList, needed: np.ndarray, piece: Slice, after: _Canvas, seen: NetworkStep,
        requested: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        """Mix colours (h,w,3): the network's, and of the plan's finish as much as the requested degrees need.

        A network that is unsure mixes states into veils, which strokes laid anywhere cannot make good.
        """
        part, finish = self.plan.passes[piece.index].part, level(self.plan.passes[piece.index].finish_name)
        inside = np.full(self.labels.shape, True) if part == WHOLE else self.labels == part
        # Nobody paints a wall in the middle of a face: there a network that doubts means the face.
        own = stroke_colours(seen.masks.without(OTHERS, finish, inside), self.states)
        if not seen.max_shift or self.mode != "progress":
            return own
        due, planned = strokes[needed < 0], self.states[finish]
        covered = first_cover(due, *self.labels.shape) < len(due)
        canvas = after.small

        def reached(colours: np.ndarray) -> np.ndarray:
            laid = np.where(covered[..., None], colours, canvas)
            left = distance(laid, self.painting, self.labels, len(requested))
            return (seen.left - left) / np.maximum(seen.left, FINISHED_DISTANCE)

        ours, plans = reached(own), reached(planned)
        share = np.clip((requested - ours) / np.maximum(plans - ours, 1e-3), 0, 1) * (plans > ours)
        return own + share[self.labels][..., None].astype(np.float32) * (planned - own)

    def _shifts(
        self, strokes: StrokeList, needed: np.ndarray, colours: np.ndarray, after: _Canvas, seen: NetworkStep,
        requested: np.ndarray, most: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        """Find the shift (K,) of each part, by what the strokes would cover that `needed` (n,) shifts let in."""
        order = np.argsort(needed, kind="stable")
        first = first_cover(strokes[order], *self.labels.shape)
        return stroke_shifts(
            np.append(needed[order], np.inf)[first], colours, seen.before, after.small, self.painting,
            self.labels, seen.left, requested, most, self.mode,
        )  # fmt: skip

    def _open_pass(self, piece: Slice, canvas: np.ndarray) -> _OpenPass:
        """Get the pass of a slice; one that is entered in its middle has its first strokes on the canvas already."""
        if piece.index not in self._open:
            strokes = self.layout.strokes(piece.index, canvas)
            moments = _moments(strokes, transparent=self.layout.transparent)
            self._open[piece.index] = _OpenPass(strokes, moments.mean(axis=1) >= piece.begin, moments)
        return self._open[piece.index]

    def _coloured(self, strokes: StrokeList, finish: str, colours: np.ndarray) -> StrokeList:
        """Mix the strokes' colours as the network has them, (h,w,3), in place of the state of finish."""
        if finish == "painting":
            return strokes
        part, state, own = (look_up(v, strokes.middles()) for v in (self.labels, self.states[level(finish)], colours))
        known = part == strokes.part  # past the outline the state is another part's
        return recolour(strokes, strokes.colour / np.float32(255) + known[:, None] * (own - state))
