"""Simulated painter: carries a plan out in opaque strokes of one artist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ....finish_levels import TINT_STRENGTH, depth_order, draw_lines, finish_states, level, line_drawing
from ....labels import LabelSet
from ....plans import HABITS
from ....plans.plan import Plan, Slice, full_size_pass, protected_pixels
from .strokes import StrokeMaps, form_direction, layout_strokes

ANCHOR_SHARE = 0.05  # share of the pixels that are the darks of a picture, and its lights
KEY_SPREAD = 0.03  # of the key from part to part: each colour is mixed for itself


@dataclass(frozen=True)
class Artist:
    """What makes two artists with one plan differ.

    Attributes:
        brush: factor on the plan's brush widths.
        slender: length of a stroke over its width.
        tint: spread of colour from stroke to stroke, in [0,1].
        key: how far all first colours lean to the darks (below 0) or the lights (above 0) of the picture, in [-1,1].
        cast: (3,) RGB added to all first colours: warm or cool.
    """

    brush: float
    slender: float
    tint: float
    key: float
    cast: np.ndarray


def is_on_paper(habit: str) -> bool:
    """Whether a habit leaves white as the light; unknown ones (of degrees that were given) do not."""
    return habit in HABITS and HABITS[habit].on_paper


def draw_artist(rng: np.random.Generator, habit: str) -> Artist:
    """Draw the traits of one artist of a habit."""
    # Many begin darker than they mean to end and find the lights later, some begin chalky. On paper nothing begins too
    # dark: washes are pale, and the flats of an illustration are its colours in the light.
    key = rng.normal(*[(-0.2, 0.05), (0.0, 0.05), (0.15, 0.05)][rng.choice(3, p=[0.45, 0.35, 0.2])])
    key = abs(key) if is_on_paper(habit) else key
    return Artist(
        brush=float(np.exp(rng.normal(0, 0.25))),
        slender=float(rng.uniform(2.2, 5.0)),
        tint=float(rng.uniform(0.008, 0.03)),
        key=float(key),
        cast=np.array([1, 0.1, -1], np.float32) * float(np.clip(rng.normal(0, 0.015), -0.03, 0.03)),
    )


def dark_light_anchors(painting: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean colours (3,) of the darkest and of the lightest pixels of a painting (H,W,3): what an artist mixes into all.

    Mixed of the picture's own colours, no first colour is one that the picture does not hold.
    """
    pixels = painting.reshape(-1, 3)
    order = np.argsort(pixels.sum(axis=1), kind="stable")
    count = max(1, round(ANCHOR_SHARE * len(order)))
    return pixels[order[:count]].mean(axis=0), pixels[order[-count:]].mean(axis=0)


class SimulatedPainter:
    """One artist at one painting: strokes of each pass are laid out once, steps then cover them as the plan says."""

    def __init__(self, painting: np.ndarray, labels: np.ndarray, label_set: LabelSet, plan: Plan, seed: int) -> None:
        """Prepare strokes and colours.

        Args:
            painting: (H,W,3) float32 in [0,1].
            labels: (H,W) class indices of `label_set`.
            plan: what to carry out.
            seed: draws the artist, apart from the plan's.
        """
        self.painting, self.labels, self.plan = painting, labels, plan
        self.artist = draw_artist(np.random.default_rng([seed, 1]), plan.habit)
        keys = self.artist.key + KEY_SPREAD * np.random.default_rng([seed, 3]).normal(size=len(label_set) + 1)
        self._keys = np.abs(keys) if is_on_paper(plan.habit) else keys  # of each part, the last one of the whole
        self._anchors = dark_light_anchors(painting)
        self.states = finish_states(painting, labels, label_set, plan.ground)
        self._direction = form_direction(painting)
        self._seed = seed
        self._rank = depth_order(label_set)
        self._laid_out: dict[int, tuple[StrokeMaps, np.ndarray]] = {}

    def _strokes(self, index: int) -> tuple[StrokeMaps, np.ndarray]:
        if index not in self._laid_out:
            plan_pass = self.plan.passes[index]
            extent, levels = full_size_pass(plan_pass, self.labels, self._rank, len(self.states))
            height, width = self.labels.shape
            travel = cv2.resize(plan_pass.travel, (width, height), interpolation=cv2.INTER_LINEAR)
            brush = max(1.5, plan_pass.brush * self.artist.brush * max(height, width))
            rng = np.random.default_rng([self._seed, 2, index])
            strokes = layout_strokes(
                extent, travel, self._direction, brush, brush * self.artist.slender, self.artist.tint, rng
            )
            self._laid_out[index] = (strokes, levels)
        return self._laid_out[index]

    def first(self) -> np.ndarray:
        """Frame 1 (H,W,3)."""
        if self.plan.start == "sketch":
            lines = line_drawing(self.painting, self.labels, inner=False)
            return draw_lines(np.asarray(self.plan.ground, np.float32), lines)
        canvas = self.states[level("ground")].copy()
        for piece in self.plan.slices[0]:
            self._paint(canvas, piece, self.plan.constrained_at(1))
        return canvas

    def _paint(self, canvas: np.ndarray, piece: Slice, constrained: frozenset[int]) -> None:
        """Carry out a slice on a canvas (H,W,3), in place, in a step with these constrained parts."""
        strokes, levels = self._strokes(piece.index)
        part = self.plan.passes[piece.index].part
        upper = strokes.moment < piece.end if piece.end < 1 else strokes.moment <= 1
        laid = (strokes.moment >= piece.begin) & upper
        if (protected := protected_pixels(self.labels, constrained, part)) is not None:
            laid &= ~protected
        rows, columns = np.nonzero(laid)
        now = levels[rows, columns]
        colour = self.states[now, rows, columns]
        strength = np.array(TINT_STRENGTH, np.float32)[now][:, None]
        key = self._keys[part]
        lean = abs(key) * (self._anchors[int(key > 0)] - colour) + self.artist.cast
        colour = colour + strength * (strokes.tint[rows, columns] + lean)
        canvas[rows, columns] = np.clip(colour, 0, 1)
        if piece.end >= 1:
            self._laid_out.pop(piece.index)  # a pass that is over needs no memory

    def frames(self) -> Iterator[np.ndarray]:
        """Paint all N frames (H,W,3): bare canvas, first frame, one per step.

        The last one is the painting when the plan ends finished.
        """
        yield np.ones_like(self.painting)
        canvas = self.first()
        yield canvas.copy()
        yield from self.continue_from(canvas, 2)

    def continue_from(self, canvas: np.ndarray, first: int) -> Iterator[np.ndarray]:
        """Paint frames `first` .. N-1, from the canvas (H,W,3) that step `first` finds."""
        canvas = canvas.copy()
        for number, step in enumerate(self.plan.slices[first - 1 :], first):
            for piece in step:
                self._paint(canvas, piece, self.plan.constrained_at(number))
            yield canvas.copy()
