"""Simulated painter: carries a plan out in brush strokes of the plan's medium, as one artist."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....brush.artist import KEY_SPREAD, draw_artist
from ....brush.media import MEDIA
from ....brush.pass_layout import PassLayout, bare_canvas, recolour
from ....brush.stroke import StrokeList, concatenate
from ....finish_levels import TINT_STRENGTH
from ....labels import LabelSet
from ....plans import HABITS
from ....plans.plan import Plan, Slice
from ....plans.spec import FROM_CANVAS

ANCHOR_SHARE = 0.05  # share of the pixels that are the darks of a picture, and its lights


def is_on_paper(habit: str) -> bool:
    """Whether a habit leaves white as the light; unknown ones (of degrees that were given) do not."""
    return habit in HABITS and HABITS[habit].on_paper


def dark_light_anchors(painting: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean colours (3,) of the darkest and of the lightest pixels of a painting (H,W,3): what an artist mixes into all.

    Mixed of the picture's own colours, no first colour is one that the picture does not hold.
    """
    pixels = painting.reshape(-1, 3)
    order = np.argsort(pixels.sum(axis=1), kind="stable")
    count = max(1, round(ANCHOR_SHARE * len(order)))
    return pixels[order[:count]].mean(axis=0), pixels[order[-count:]].mean(axis=0)


class SimulatedPainter:
    """One artist at one painting: strokes of each pass are laid out once, steps then lay those the plan has for them.

    Attributes:
        plan: what is carried out.
    """

    def __init__(self, painting: np.ndarray, labels: np.ndarray, label_set: LabelSet, plan: Plan, seed: int) -> None:
        """Look at a painting.

        Args:
            painting: (H,W,3) float32 in [0,1].
            labels: (H,W) class indices of `label_set`.
            label_set: the parts.
            plan: what to carry out.
            seed: draws the artist, apart from the plan's.
        """
        self.plan = plan
        on_paper = is_on_paper(plan.habit)
        self._artist = draw_artist(seed, on_paper=on_paper)
        keys = self._artist.key + KEY_SPREAD * np.random.default_rng([seed, 3]).normal(size=len(label_set) + 1)
        self._keys = np.abs(keys) if on_paper else keys  # of each part, the last one of the whole
        self._anchors = np.stack(dark_light_anchors(painting))
        self._layout = PassLayout(painting, labels, label_set, plan, self._artist, seed)
        self._laid_out: dict[int, StrokeList] = {}

    def paint_step(self, canvas: np.ndarray, number: int) -> tuple[np.ndarray, StrokeList]:
        """Carry out the step that makes frame `number`.

        Args:
            canvas: x_t (H,W,3) float32 in [0,1].
            number: 1 .. N-1.

        Returns:
            x_{t+1} (H,W,3) float32 in [0,1], and the strokes that were laid. After the last look at all of it the
            canvas is the painting itself, unless the plan ends as the brush leaves it.
        """
        after, laid = canvas.copy(), []
        if number == 1 and self.plan.start != FROM_CANVAS:
            laid.append(self._layout.opening())
            self._layout.draw(after, laid[0], 1, None)
        for piece in self.plan.slices[number - 1]:
            laid.append(self._strokes(piece, after))
            self._layout.draw(after, laid[-1], number, piece.index)
        self._layout.close(canvas, after, number)
        return after, concatenate(laid).at_step(number)

    def _strokes(self, piece: Slice, canvas: np.ndarray) -> StrokeList:
        """Select the strokes of a slice of a pass, on the canvas (H,W,3) that it finds."""
        if piece.index not in self._laid_out:
            self._laid_out[piece.index] = self._leaning(self._layout.strokes(piece.index, canvas))
        strokes = self._laid_out[piece.index]
        if piece.end >= 1:
            self._laid_out.pop(piece.index)  # a pass that is over needs no memory
        return strokes[round(piece.begin * len(strokes)) : round(piece.end * len(strokes))]

    def _leaning(self, strokes: StrokeList) -> StrokeList:
        """Mix the picture's darks or lights into opaque first colours, and this artist's cast."""
        if MEDIA[self.plan.medium].transparent:
            return strokes
        colour = strokes.colour / np.float32(255)
        strength = np.array(TINT_STRENGTH, np.float32)[strokes.finish][:, None]
        key = self._keys[strokes.part][:, None]
        lean = np.abs(key) * (self._anchors[(key[:, 0] > 0).astype(int)] - colour) + self._artist.cast
        return recolour(strokes, colour + strength * lean)

    def first(self) -> np.ndarray:
        """Paint frame 1 (H,W,3)."""
        return self.paint_step(bare_canvas(self.plan, *self._layout.labels.shape), 1)[0]

    def frames(self) -> Iterator[np.ndarray]:
        """Paint all N frames (H,W,3): bare canvas, one per step.

        The last one is the painting when the plan ends finished.
        """
        canvas = bare_canvas(self.plan, *self._layout.labels.shape)
        yield canvas
        for number in range(1, self.plan.n_frames):
            canvas, _ = self.paint_step(canvas, number)
            yield canvas
