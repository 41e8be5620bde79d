"""Brush painter: carries a plan out in brush strokes of one medium, at the picture's own size."""

import numpy as np

from ..finish_levels import depth_order, finish_states, level
from ..imaging.push_pull import push_pull_fill
from ..labels import LabelSet
from ..plans.plan import WHOLE, Plan, Slice, full_size_pass, protected_pixels
from ..plans.spec import FROM_CANVAS
from .layout import FINE, Layout
from .media import MEDIA, Medium
from .raster import draw_strokes
from .stroke import StrokeList, concatenate
from .surface import bare_ground

SMALL = 0.08  # of the picture: so small a place is covered at once, since what lies on it (eyes on a face) comes late


class BrushPainter:
    """One artist at one painting. Strokes of a pass are laid out once, steps lay those that the plan has for them."""

    def __init__(
        self, painting: np.ndarray, labels: np.ndarray, label_set: LabelSet, plan: Plan, medium: str, seed: int
    ) -> None:
        """Look at a painting.

        Args:
            painting: (H,W,3) float32 in [0,1].
            labels: (H,W) indices into `label_set`.
            label_set: the parts.
            plan: what to carry out.
            medium: a name in `media.MEDIA`.
            seed: draws the artist, apart from the plan's.
        """
        self.painting, self.labels, self.plan = painting, labels, plan
        self.layout = Layout(painting, labels, medium, seed=seed, ground=_ground(MEDIA[medium], plan.ground))
        self.medium = self.layout.medium
        context = self.layout.context
        self._small_labels = context.labels.astype(np.uint8)
        self._states = finish_states(context.painting, self._small_labels, label_set, tuple(context.ground.tolist()))
        self._rank = depth_order(label_set)
        self._laid_out: dict[int, StrokeList] = {}

    def paint_step(self, canvas: np.ndarray, number: int) -> tuple[np.ndarray, StrokeList]:
        """Carry out the step that makes frame `number`.

        Args:
            canvas: x_t (H,W,3) float32 in [0,1].
            number: 1 .. N-1.

        Returns:
            x_{t+1} (H,W,3) float32 in [0,1], the painting itself after the plan's last look at all of it; and the
            strokes that were laid.
        """
        canvas, laid = canvas.copy(), list[StrokeList]()
        if number == 1 and self.plan.start != FROM_CANVAS:
            canvas = bare_ground(self.medium.surface, self.layout.context.ground, *canvas.shape[:2])
            if self.plan.start == "sketch":
                everywhere = np.ones(self._small_labels.shape, np.float32)
                laid.append(self.layout.strokes(everywhere, self._states[level("flat")], "sketch"))
                draw_strokes(canvas, laid[0])
        laid.extend(self._paint(canvas, piece, number) for piece in self.plan.slices[number - 1])
        return canvas, concatenate(laid).at_step(number)

    def _paint(self, canvas: np.ndarray, piece: Slice, number: int) -> StrokeList:
        """Carry out a slice of a pass on a canvas, in place; returns its strokes."""
        plan_pass = self.plan.passes[piece.index]
        if piece.index not in self._laid_out:
            self._laid_out[piece.index] = self._layout(canvas, piece.index)
        strokes = self._laid_out[piece.index]
        finishes = plan_pass.finish_name == "painting"
        protected = protected_pixels(self.labels, self.plan.constrained_at(number), plan_pass.part)
        untouched = None if protected is None else canvas[protected]
        laid = strokes[round(piece.begin * len(strokes)) : round(piece.end * len(strokes))]
        draw_strokes(canvas, laid, painting=self.painting if finishes else None)
        if piece.end >= 1:
            self._laid_out.pop(piece.index)  # a pass that is over needs no memory
            if plan_pass.part == WHOLE and finishes:
                canvas[:] = self.painting  # the last look closes what gaps are left
        if protected is not None:
            canvas[protected] = untouched
        return laid

    def _layout(self, canvas: np.ndarray, index: int) -> StrokeList:
        """Lay out all strokes of a pass on the canvas (H,W,3) that it finds.

        Chance depends on the pass alone: a process that is continued in the middle of one goes on with its strokes.
        """
        plan_pass = self.plan.passes[index]
        extent, _ = full_size_pass(plan_pass, self._small_labels, self._rank, len(self._states))
        what, part = self._states[plan_pass.finish], plan_pass.part
        if part != WHOLE and (extent & (beyond := self._small_labels != part)).any() and not beyond.all():
            # Past its outline a part goes on in its own colours: strokes have one colour, and nearer parts come later.
            what = push_pull_fill(what, ~beyond)
        return self.layout.strokes(
            extent,
            what,
            plan_pass.finish_name,
            part=None if part == WHOLE else part,
            canvas=canvas,
            travel=plan_pass.travel,
            complete=plan_pass.finish_name in FINE or extent.mean() < SMALL,
            number=1 + index,
        )


def _ground(medium: Medium, planned: tuple[float, float, float]) -> np.ndarray | None:
    """Choose the medium's ground (3,) that is nearest to the planned one; None: as the medium sees the picture."""
    if medium.tinted:
        return None
    grounds = np.array(medium.grounds, np.float32)
    nearest: np.ndarray = grounds[np.abs(grounds - np.array(planned, np.float32)).sum(axis=1).argmin()]
    return nearest
