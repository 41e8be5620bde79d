"""Pass layout: the strokes of a plan's passes, laid out once each, and how they come onto a canvas."""

from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from ..degree import TOUCHED_DIFFERENCE
from ..finish_levels import finish_states, level
from ..imaging.push_pull import push_pull_fill
from ..imaging.resize import resize, resize_labels
from ..labels import LabelSet
from ..occlusion import well_inside
from ..plans.passes import FIRST_COATS
from ..plans.plan import WHOLE, Pass, Plan, full_size_pass, protected_pixels
from ..plans.spec import FROM_CANVAS
from .artist import Artist
from .cracks import find_cracks
from .layout import Layout
from .media import MEDIA
from .raster import draw_strokes
from .stroke import EMPTY, StrokeList, look_up
from .surface import bare_ground
from .tracing import colour_difference

SMALL = 0.08  # of the picture: so small a place is covered at once, since what lies on it (eyes on a face) comes late
MAIN, RIM = 0.1, 0.02  # of a part's largest piece: what is smaller has a say past its outline only so near, of the side
RAGGED = 0.03  # of the longest side: so far from its end a first coat goes thin where it goes on behind nearer parts
UNBEGUN = 0.12  # mean difference from the painting of a part that is not there yet
COMING = 0.01  # of the picture: what is smaller (eyes) comes with what it lies on
EDGE = 0.009  # of the longest side: how far off its outline in the picture a part's outline in the label map may be
MOST_TONES = 12  # of a part, up to which its colours are flat ones
UNSEEN = 0.008  # difference from the painting that nobody sees
USUAL_BRUSH = {
    "sketch": 0.022, "wash": 0.075, "lined": 0.042, "flat": 0.075, "form": 0.042, "smooth": 0.042, "painting": 0.022,
}  # fmt: skip
"""Widths that plans give the passes of a finish as a rule; a plan's other widths scale the medium's brush."""


def bare_canvas(plan: Plan, height: int, width: int) -> np.ndarray:
    """Make frame 0 of a plan, (height,width,3) float32 in [0,1]: the bare surface in the tone it has from the start."""
    return bare_ground(MEDIA[plan.medium].surface, plan.bare, height, width)


class PassLayout:
    """One artist at one painting, with the strokes of every pass of a plan.

    Attributes:
        plan: the plan.
        states: (M,h,w,3) float32, the painting at every level of finish, at the working size.
        small_labels: (h,w) uint8, the label map at that size.
    """

    def __init__(
        self, painting: np.ndarray, labels: np.ndarray, label_set: LabelSet, plan: Plan, artist: Artist, seed: int
    ) -> None:
        """Look at a painting.

        Args:
            painting: (H,W,3) float32 in [0,1].
            labels: (H,W) indices into `label_set`.
            label_set: the parts.
            plan: whose passes are laid out.
            artist: who paints.
            seed: of all that is random in the strokes.
        """
        self.painting, self.labels, self.plan = painting, labels, plan
        self._artist = artist
        self._layout = Layout(painting, labels, plan.medium, seed=seed, ground=np.array(plan.ground, np.float32))
        context = self._layout.context
        self.small_labels = context.labels.astype(np.uint8)
        self.states = finish_states(context.painting, self.small_labels, label_set, plan.ground)
        self._rank = label_set.depth_order
        self._right: np.ndarray | None = None

    def opening(self) -> StrokeList:
        """Lay out what the first step paints before any pass: a tone over the whole surface, or a drawing."""
        everywhere = np.ones(self.small_labels.shape, np.float32)
        if self.plan.start == "toned" and self.plan.bare != self.plan.ground:
            tone = self._layout.strokes(everywhere, self.states[level("ground")], "ground", complete=True, part=0)
            return replace(tone, part=np.full_like(tone.part, -1))  # over all parts, and of none
        if self.plan.start == "sketch":
            return self._layout.strokes(everywhere, self.states[level("flat")], "sketch", reach=0.0)
        return EMPTY

    def strokes(self, index: int, canvas: np.ndarray, gaps: np.ndarray | None = None) -> StrokeList:
        """Lay out all strokes of pass number `index` on the canvas (H,W,3) that it finds, in its order.

        Chance depends on the pass alone: a process that is continued in the middle of one goes on with its strokes.

        gaps: (h,w) bool of any size, what the pass has left open; small strokes close it.
        """
        plan_pass, (height, width) = self.plan.passes[index], self.small_labels.shape
        canvas = resize(canvas, (width, height)).reshape(height, width, 3)
        extent, _ = full_size_pass(plan_pass, self.small_labels, self._rank, len(self.states))
        if gaps is not None:
            extent &= resize_labels(gaps.astype(np.uint8), self.small_labels.shape[::-1]) > 0
        name, part = plan_pass.finish_name, plan_pass.part
        what = self.states[level("flat" if name == "lined" else name)]  # lines are drawn, not seen as shapes
        if part == WHOLE and name == "painting":
            extent &= self._unfinished(canvas)
        elif name == "painting":
            extent &= ~self._beside_what_comes(canvas, part)
        if part != WHOLE and (extent & (beyond := self.small_labels != part)).any() and not beyond.all():
            # Past its outline a part goes on in its own colours: strokes have one colour, and nearer parts come later.
            what = _carried_on(what, ~beyond)
            if name in MEDIA[self.plan.medium].shapes and not self.transparent:
                what[beyond] = _nearest_tones(what[beyond], self.states[level(name)][~beyond])
        finish, closes = self._finish(plan_pass), gaps is not None or extent.mean() < SMALL
        lay = partial(
            self._layout.strokes,
            what=what,
            finish=finish,
            part=None if part == WHOLE else part,
            canvas=canvas,
            travel=plan_pass.travel,
            brush=self._artist.brush * plan_pass.brush / USUAL_BRUSH.get(plan_pass.finish_name, plan_pass.brush),
            slender=self._artist.slender,
            scatter=self._artist.scatter,
        )
        loose = self._ragged(extent, part) if name in FIRST_COATS and gaps is None else None
        complete = closes or (name == "painting" and part == WHOLE)  # elsewhere some of what is below shines through
        number, count = 1 + index, len(self.plan.passes)
        strokes = lay(extent, complete=complete, loose=loose, number=number + (0 if gaps is None else count))
        if part == WHOLE or gaps is not None or name in FIRST_COATS:
            return strokes
        cracks = self._cracks(canvas, part)
        return lay(cracks, complete=True, number=number + 2 * count) + strokes if cracks.any() else strokes

    def _ragged(self, extent: np.ndarray, part: int) -> np.ndarray:
        """Find where a coat (h,w) bool runs out past its part's outline, (h,w) bool: over what will come over it."""
        away = cv2.distanceTransform(extent.astype(np.uint8), cv2.DIST_L2, 5)
        return np.asarray((self.small_labels != part) & (away < RAGGED * max(extent.shape)))

    def over_cracks(self, index: int, canvas: np.ndarray) -> StrokeList:
        """Lay out small strokes where bare ground glares through pass number `index` on a canvas (H,W,3)."""
        height, width = self.small_labels.shape
        canvas = resize(canvas, (width, height)).reshape(height, width, 3)
        cracks = self._cracks(canvas, self.plan.passes[index].part)
        strokes = self.strokes(index, canvas, cracks) if cracks.any() else EMPTY
        return strokes[~strokes.areas]

    def _cracks(self, canvas: np.ndarray, part: int) -> np.ndarray:
        """Find gaps that a coat of opaque paint left in a part of a canvas (h,w,3), and what is around, (h,w) bool.

        Where the brush was dry canvas shines through; a plan, which knows no bristles, would leave it till the end.
        """
        own = self.small_labels == part
        if MEDIA[self.plan.medium].transparent or not own.any():
            return np.zeros(own.shape, bool)
        return find_cracks(canvas, self.states[-1], own, np.array(self.plan.ground, np.float32))

    def _unfinished(self, canvas: np.ndarray) -> np.ndarray:
        """Find where a canvas (h,w,3) is not yet the painting, (h,w) bool: where the last look has something to do."""
        left = cv2.blur(colour_difference(canvas, self.states[-1]), (5, 5))
        return cv2.dilate((left > UNSEEN).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0

    def _beside_what_comes(self, canvas: np.ndarray, part: int) -> np.ndarray:
        """Find where a part borders on nearer ones that a canvas (h,w,3) does not show yet, (h,w) bool.

        Nobody finishes a sky up to the pixel along the leaves of a tree that is not there: single leaves would hang in
        the air. What is left is closed with the last look.
        """
        apart = colour_difference(canvas, self.states[-1])
        count = np.bincount(self.small_labels.ravel(), minlength=len(self._rank))
        mean = np.bincount(self.small_labels.ravel(), apart.ravel(), len(self._rank)) / np.maximum(count, 1)
        to_come = (self._rank > self._rank[part]) & (mean > UNBEGUN) & (count > COMING * count.sum())
        mask = to_come[self.small_labels]
        if not mask.any():
            return mask
        away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
        return np.asarray(away < min(EDGE * max(mask.shape), 0.08 * float(np.sqrt(count[part]))))

    def _finish(self, plan_pass: Pass) -> str:
        """Name how a pass is laid: a transparent medium that ends as the brush leaves it has no opaque last coat."""
        ends = plan_pass.finish_name == "painting" and self.plan.ending == "brush"
        return "smooth" if ends and MEDIA[self.plan.medium].transparent else plan_pass.finish_name

    def part_at(self, strokes: StrokeList) -> np.ndarray:
        """Find the part that the label map has in the middle of each stroke, (n,)."""
        return look_up(self.small_labels, strokes.middles())

    @property
    def transparent(self) -> bool:
        """Whether paint is darkness that is added, not a colour of its own."""
        return MEDIA[self.plan.medium].transparent

    def draw(self, canvas: np.ndarray, strokes: StrokeList, number: int, index: int | None) -> None:
        """Draw strokes of a pass in the step that makes frame `number`, on a canvas (H,W,3) in place.

        index: of the pass; None for the opening, which goes over everything.
        """
        if index is not None and index == self._ending(number):
            return  # `close` lays the painting's own pixels there, whatever strokes do
        constrained = frozenset[int]() if index is None else self.plan.constrained_at(number)
        part = WHOLE if index is None else self.plan.passes[index].part
        protected = protected_pixels(self.labels, constrained, part)
        untouched = None if protected is None else canvas[protected]
        draw_strokes(canvas, strokes, painting=self.painting if self.plan.ending == "painting" else None)
        if protected is not None:
            canvas[protected] = untouched

    def _ending(self, number: int) -> int | None:
        """Find the pass that ends the step of frame `number` as the last look over everything, if one does."""
        *_, piece = self.plan.slices[number - 1] or [None]
        if piece is None or piece.end < 1 or self.plan.ending != "painting":
            return None
        last = self.plan.passes[piece.index]
        return piece.index if (last.part, last.finish_name) == (WHOLE, "painting") else None

    def close(self, before: np.ndarray, canvas: np.ndarray, number: int) -> None:
        """End the step that makes frame `number` on a canvas (H,W,3), in place, and on the canvas `before` it.

        The last look over everything closes what gaps are left, and what was right on an initial canvas stays.
        """
        for piece in self.plan.slices[number - 1]:
            last = self.plan.passes[piece.index]
            if piece.end >= 1 and (last.part, last.finish_name) == (WHOLE, "painting"):
                self._last_look(canvas, number)
        if self.plan.start == FROM_CANVAS:
            if self._right is None:
                self._right = colour_difference(before, self.painting) < TOUCHED_DIFFERENCE
            worse = self._right & (colour_difference(canvas, self.painting) > colour_difference(before, self.painting))
            canvas[worse] = before[worse]

    def _last_look(self, canvas: np.ndarray, number: int) -> None:
        if self.plan.ending != "painting":
            return
        protected = protected_pixels(self.labels, self.plan.constrained_at(number), WHOLE)
        if protected is None:
            canvas[:] = self.painting
        else:
            canvas[~protected] = self.painting[~protected]


def _nearest_tones(colours: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Take for each of some colours (n,3) the nearest one of the few that a part has, `own` (m,3): flats do not run."""
    cells = np.rint(own * 255).astype(np.int32) @ (1, 256, 65536)
    tones = own[np.unique(cells, return_index=True)[1]]
    if len(tones) > MOST_TONES:
        return colours
    nearest: np.ndarray = tones[colour_difference(colours[:, None], tones).argmin(axis=1)]
    return nearest


def _carried_on(what: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Carry the colours (h,w,3) of a part, from where it shows, `own` (h,w) bool, on past its outline.

    Far from it they are those of its main pieces: what shows between an arm and a coat says nothing of a wall.
    """
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(own.astype(np.uint8))
    size = stats[:, cv2.CC_STAT_AREA]
    size[0] = 0
    main = size > MAIN * size.max()
    sure = well_inside(own)
    filled = push_pull_fill(what, sure)
    if main[1:].all():
        return filled
    near = cv2.distanceTransform((~own).astype(np.uint8), cv2.DIST_L2, 5) < RIM * max(own.shape)
    return np.where(near[..., None], filled, push_pull_fill(what, sure & main[pieces]))


def recolour(strokes: StrokeList, colours: np.ndarray) -> StrokeList:
    """Return strokes with other colours (n,3) in [0,1]."""
    return replace(strokes, colour=np.rint(np.clip(colours, 0, 1) * 255).astype(np.uint8))
