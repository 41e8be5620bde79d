"""What a medium is: its surface, grounds and brushes, and how a passage is painted in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from ...finish_levels import level
from ..cover import cover, to_strokes
from ..direction import DirectionField, direction_field
from ..lines import TracedLines, ink_lines, sketch_lines
from ..stroke import EMPTY, StrokeList
from ..tracing import Brush, make_region

RGB = tuple[float, float, float]
BEHIND = 0.05  # share of a place from which on what lies behind nearer parts has directions of its own
_PAINTED_LIKE = {
    "form": "flat",
    "smooth": "form",
    "under": "flat", "over": "flat", "lined": "flat", "ground": "wash", "wash": "flat", "sketch": "smooth",
}  # fmt: skip


@dataclass
class LayoutContext:
    """What strokes of one picture are laid out by, at the working size: computed once, used in every step.

    Attributes:
        painting: (h,w,3) float32 in [0,1].
        labels: (h,w) int32 part of each pixel.
        ground: RGB in [0,1] of the bare surface.
        slant: radians, how this artist's strokes lie where nothing leads them.
    """

    painting: np.ndarray
    labels: np.ndarray
    ground: np.ndarray
    slant: float
    _known: dict[Any, Any] = field(default_factory=dict)

    @property
    def longest(self) -> int:
        """Longest side in pixels."""
        return max(self.labels.shape)

    def remember(self, key: Any, make: Callable[[], Any]) -> Any:
        """Return what has been made under a key, or make it."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def direction(self, size: float) -> DirectionField:
        """Return the direction of the strokes of a brush of `size`, a share of the longest side."""
        field: DirectionField = self.remember(
            size, lambda: direction_field(self.painting, self.labels, size, self.slant)
        )
        return field

    def ink_lines(self) -> TracedLines:
        """Return the picture's own dark lines."""
        lines: TracedLines = self.remember("ink", lambda: ink_lines(self.painting))
        return lines

    def sketch_lines(self) -> TracedLines:
        """Return the lines that a painter would sketch."""
        lines: TracedLines = self.remember("sketch", lambda: sketch_lines(self.painting, self.labels))
        return lines


@dataclass(frozen=True)
class Passage:
    """A place painted in one go, to one finish.

    Attributes:
        context: the picture.
        place: (h,w) bool, where.
        what: (h,w,3) float32, the colours to reach.
        parts: (h,w) int32 part of each pixel, also where a far part goes on behind a nearer one.
        canvas: (h,w,3) float32, what is there before.
        finish: name in `finish_levels.LEVELS`.
        travel: (h,w) float32 in about [0,1], the order of places within the passage.
        reach: how far strokes may cross outlines, in shares of the longest side.
        complete: whether gaps are closed with small strokes.
        loose: (h,w) bool, where in the place strokes run out, so that it ends ragged; None: nowhere.
        rng: of everything random.
        step: number of the frame.
        medium: index in `MEDIA`.
    """

    context: LayoutContext
    place: np.ndarray
    what: np.ndarray
    parts: np.ndarray
    canvas: np.ndarray
    finish: str
    travel: np.ndarray
    reach: float
    complete: bool
    loose: np.ndarray | None
    rng: np.random.Generator
    step: int
    medium: int

    @property
    def values(self) -> dict[str, Any]:
        """What all strokes of the passage have in common, for `stroke_list`."""
        return {"finish": level(self.finish), "step": self.step, "medium": self.medium}

    def reaching(self, share: float | np.ndarray = 1.0) -> Passage:
        """Return it with a place that goes on past its outline: no gap is left along it.

        Args:
            share: of how far strokes may cross outlines, in [0,1]; one for all or (h,w).
        """
        reach = self.reach * self.context.longest
        wide = 2 * int(reach) + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide))
        spread = cv2.dilate(np.where(self.place, self.parts + 1, 0).astype(np.float32), kernel).astype(np.int32)
        away = cv2.distanceTransform((~self.place).astype(np.uint8), cv2.DIST_L2, 5)
        place = (spread > 0) & (away <= reach * share)
        return replace(self, place=place, parts=np.where(self.place, self.parts, spread - 1), reach=0.0)

    def direction(self, size: float) -> DirectionField:
        """Find the direction of a brush's strokes: where a part goes on behind nearer ones these do not lead it."""
        context = self.context
        behind = self.place & (self.parts != context.labels)
        if behind.sum() <= BEHIND * self.place.sum():
            return context.direction(size)
        picture = np.where(behind[..., None], self.what, context.painting)
        return direction_field(picture, np.where(behind, self.parts, context.labels), size, context.slant)

    def brushwork(self, brush: Brush, field: DirectionField | None = None) -> StrokeList:
        """Lay strokes of one brush all over the place, along a direction field or, without one, along the form."""
        if not self.place.any():
            return EMPTY
        longest = self.context.longest
        field = field or self.direction(brush.size)
        region = make_region(self.place, self.what, self.parts, field, self.travel, brush.tolerance, self.loose)
        strokes = cover(region, brush, longest, self.reach, self.rng, complete=self.complete)
        return to_strokes(strokes, brush, longest, self.rng, **self.values)


@dataclass(frozen=True)
class Medium:
    """One medium: a row of the table `MEDIA`.

    Attributes:
        name: as people call it.
        surface: what it is painted on, one of `surface.SURFACES`.
        grounds: tones (RGB in [0,1]) that its artists begin on, the usual one first.
        reach: how far its strokes cross outlines by default, in shares of the longest side.
        brushes: the brush for each finish.
        paint: lays the strokes of a passage.
        transparent: whether paint darkens what is there, so that one works from light to dark, looking at the canvas.
        shapes: finishes that are laid in whole shapes, the largest first: half of one cannot be laid.
        residual: mean difference, in [0,1], that a whole pass leaves between its place and the state of its finish,
            where that is not nothing: thin paint takes nothing away, and grain stays open. Measured on runs.
        toned: whether its artists may tone the ground in the picture's colours before they begin.
        tinted: whether its artists take a paper in the tone of the picture's lights, where it has one.
        habits: names in `plans.HABITS` of the ways to work that suit it.
    """

    name: str
    surface: str
    grounds: tuple[RGB, ...]
    reach: float
    brushes: Mapping[str, Brush]
    paint: Callable[[Passage, Medium], StrokeList]
    transparent: bool = False
    shapes: tuple[str, ...] = ()
    residual: Mapping[str, float] = field(default_factory=dict)
    toned: bool = False
    tinted: bool = False
    habits: tuple[str, ...] = ("objects", "masses")

    def brush(self, finish: str) -> Brush:
        """Return the brush for a finish: its own, or that of the finish which it is painted like."""
        while finish not in self.brushes:
            finish = _PAINTED_LIKE[finish]
        return self.brushes[finish]

    def handled(self, brush: float, slender: float, scatter: float) -> Medium:
        """Return the medium as an artist handles it, with factors on widths, lengths and scatter of its brushes."""
        brushes = {
            finish: replace(
                own,
                size=float(np.clip(brush * own.size, 0.3 * own.size, 1.6 * own.size)),
                length=(slender * own.length[0], slender * own.length[1]),
                scatter=scatter * own.scatter,
            )
            for finish, own in self.brushes.items()
        }
        return replace(self, brushes=brushes)

    def choose_ground(self, painting: np.ndarray) -> np.ndarray:
        """Choose the tone (3,) of the bare surface for a picture (H,W,3): the usual one, or its own paper's."""
        usual = np.array(self.grounds[0], np.float32)
        if not self.tinted:
            return usual
        pixels = painting.reshape(-1, 3)
        lights = pixels[pixels.mean(axis=1) >= np.percentile(pixels.mean(axis=1), 75)]
        paper = np.median(lights, axis=0)
        border = np.concatenate([painting[0], painting[-1], painting[:, 0], painting[:, -1]])
        plain = np.abs(lights - paper).mean() < 0.05 and np.abs(np.median(border, axis=0) - paper).max() < 0.15
        return np.minimum(paper * 1.03, 1).astype(np.float32) if plain and paper.mean() > 0.55 else usual
