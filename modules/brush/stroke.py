"""Brush strokes as objects: plain data in shares of the longest side, thousands of them in a few arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

UNIT = 100_000  # coordinates and widths are whole multiples of 1/UNIT of the longest side: files lose nothing
MARKS = (
    "bristle", "thin", "blend", "round", "airbrush", "wash", "wet", "pointed", "line", "fill", "contour", "hatch",
    "smudge", "stump",
)  # fmt: skip
"""How a stroke touches the surface, whatever its medium is; `marks.py` says how each one looks."""

AREAS = ("wash", "wet", "fill")  # marks whose path is an outline: closed loops, even-odd


def mark_index(name: str) -> int:
    """Return the index of a mark in `MARKS`."""
    return MARKS.index(name)


_AREAS = [mark_index(name) for name in AREAS]


@dataclass(frozen=True)
class BrushStroke:
    """One stroke.

    Attributes:
        path: (P,2) float32, x and y in shares of the longest side; of an area closed loops, each of which ends at the
            point where it began.
        widths: (P,) float32 in shares of the longest side; of an area how far its edge is soft there (0: a hard edge).
        colour: RGB, each 0..255.
        opacity: 0..255, at full coverage; of pencils the pressure.
        finish: index in `finish_levels.LEVELS`; the last one lays the painting's own pixels.
        mark: how it touches the surface, one of `MARKS`.
        medium: index of the medium in `media.MEDIA`.
        part: index of the part it paints, -1 for none.
        step: number of the frame that it belongs to.
        seed: of everything that is random in its marks.
    """

    path: np.ndarray
    widths: np.ndarray
    colour: tuple[int, int, int]
    opacity: int
    finish: int
    mark: str
    medium: int
    part: int
    step: int
    seed: int


@dataclass(frozen=True, eq=False)
class StrokeList:
    """Strokes in the order in which they are laid, as arrays: n strokes with T points in all.

    The values are what `BrushStroke` holds, `mark` as an index; `points` (T,2) and `widths` (T,) are those of all
    strokes one after the other, and `starts` (n+1,) says where each begins. Made by `stroke_list`, which rounds as the
    files do.
    """

    points: np.ndarray
    widths: np.ndarray
    starts: np.ndarray
    colour: np.ndarray
    opacity: np.ndarray
    finish: np.ndarray
    mark: np.ndarray
    medium: np.ndarray
    part: np.ndarray
    step: np.ndarray
    seed: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, which: slice | np.ndarray) -> StrokeList:
        """Select the strokes of a slice, of a mask (n,) bool or of indices, in that order."""
        index = np.arange(len(self))[which]
        if not len(index):
            return EMPTY
        counts = np.diff(self.starts)[index]
        starts = np.concatenate([[0], np.cumsum(counts)])
        rows = np.repeat(self.starts[index] - starts[:-1], counts) + np.arange(starts[-1])
        single = {name: getattr(self, name)[index] for name in _PER_STROKE}
        return StrokeList(points=self.points[rows], widths=self.widths[rows], starts=starts, **single)

    def __add__(self, other: StrokeList) -> StrokeList:
        return concatenate([self, other])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StrokeList) and all(
            np.array_equal(getattr(self, field.name), getattr(other, field.name)) for field in fields(self)
        )

    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[BrushStroke]:
        return (self.stroke(i) for i in range(len(self)))

    def stroke(self, i: int) -> BrushStroke:
        """Return stroke number i (0 <= i < n) as an object of its own."""
        here = slice(self.starts[i], self.starts[i + 1])
        red, green, blue = (int(c) for c in self.colour[i])
        numbers = {name: int(getattr(self, name)[i]) for name in _DTYPES if name != "mark"}
        return BrushStroke(
            path=self.points[here],
            widths=self.widths[here],
            colour=(red, green, blue),
            mark=MARKS[self.mark[i]],
            **numbers,
        )

    def at_step(self, step: int) -> StrokeList:
        """Return the same strokes as those of frame number `step`."""
        return replace(self, step=np.full(len(self), step, np.int32))

    def moments(self, count: int) -> list[tuple[int, float]]:
        """Divide the way that the brush goes into `count` + 1 equal lengths; the list has at least one stroke.

        Returns:
            For each of the `count` moments between them the number of strokes that are laid by then, 0 .. n-1, and the
            share of the next one, in [0,1].
        """
        work = np.maximum(self.lengths(), 1e-4)
        ends = np.cumsum(work)
        times = np.linspace(0, ends[-1], count + 2)[1:-1]
        whole = np.minimum(np.searchsorted(ends, times, side="right"), len(self) - 1)
        shares = np.clip((times - ends[whole] + work[whole]) / work[whole], 0, 1)
        return list(zip(whole.tolist(), shares.tolist(), strict=True))

    @property
    def areas(self) -> np.ndarray:
        """Find the strokes whose path is an outline, (n,) bool."""
        return np.isin(self.mark, _AREAS)

    def lengths(self) -> np.ndarray:
        """Measure each path, (n,) in shares of the longest side."""
        if not len(self):
            return np.zeros(0, np.float32)
        step = np.hypot(*np.diff(self.points, axis=0, prepend=self.points[:1]).T)
        step[self.starts[:-1]] = 0
        total: np.ndarray = np.add.reduceat(step, self.starts[:-1])
        return total

    def along(self, values: np.ndarray) -> np.ndarray:
        """Average a map (h,w[,C]) of the picture, of any size, along each path, (n[,C])."""
        if not len(self):
            return np.zeros((0, *values.shape[2:]), np.float32)
        total: np.ndarray = np.add.reduceat(look_up(values, self.points), self.starts[:-1], axis=0)
        counts = np.diff(self.starts)
        return total / counts.reshape(-1, *[1] * (values.ndim - 2))

    def middles(self) -> np.ndarray:
        """Return the middle point of each path, (n,2)."""
        middle: np.ndarray = self.points[self.starts[:-1] + np.diff(self.starts) // 2]
        return middle


def look_up(values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Look up a map (h,w,...) of the picture at points (n,2) in shares of the longest side, (n,...)."""
    h, w = values.shape[:2]
    column, row = (np.clip(points[:, i] * max(h, w), 0, side - 1).astype(np.intp) for i, side in ((0, w), (1, h)))
    found: np.ndarray = values[row, column]
    return found


_DTYPES: dict[str, Any] = {
    "opacity": np.uint8, "finish": np.uint8, "mark": np.uint8, "medium": np.uint8,
    "part": np.int16, "step": np.int32, "seed": np.uint32,
}  # fmt: skip
_DEFAULTS = {"opacity": 1.0, "step": 0, "part": -1, "seed": 0}
_PER_STROKE = ("colour", *_DTYPES)


def stroke_list(
    points: np.ndarray, widths: np.ndarray, counts: np.ndarray | Sequence[int], colour: np.ndarray, **values: Any
) -> StrokeList:
    """Make a list of n strokes; whatever is the same for all of them may be given once.

    Args:
        points: (T,2) in shares of the longest side.
        widths: (T,) in shares of the longest side.
        counts: (n,) number of points of each stroke.
        colour: (n,3) in [0,1].
        values: opacity in [0,1], finish, mark, medium, part, step and seed; each (n,) or one value.

    Raises:
        TypeError: for a value that no stroke has.
    """
    n = len(counts)
    if unknown := values.keys() - _DTYPES.keys():
        raise TypeError(f"a stroke has no {', '.join(sorted(unknown))}")
    values = {name: np.asarray(values.get(name, _DEFAULTS.get(name, 0))) for name in _DTYPES}
    values["opacity"] = np.rint(np.clip(values["opacity"], 0.0, 1.0) * 255)
    return StrokeList(
        points=_rounded(points).reshape(-1, 2),
        widths=np.maximum(_rounded(widths), 0).reshape(-1),
        starts=np.concatenate([[0], np.cumsum(np.asarray(counts, np.int64))]).astype(np.int64),
        colour=np.rint(np.clip(np.asarray(colour, np.float64), 0, 1) * 255).astype(np.uint8).reshape(n, 3),
        **{name: np.broadcast_to(values[name], n).astype(dtype) for name, dtype in _DTYPES.items()},
    )


def _rounded(values: np.ndarray) -> np.ndarray:
    rounded: np.ndarray = (np.rint(np.asarray(values, np.float64) * UNIT) / UNIT).astype(np.float32)
    return rounded


EMPTY = stroke_list(np.zeros((0, 2)), np.zeros(0), [], np.zeros((0, 3)))


def concatenate(lists: Sequence[StrokeList]) -> StrokeList:
    """Join lists of strokes in their order."""
    lists = [one for one in lists if len(one)]
    if len(lists) < 2:
        return lists[0] if lists else EMPTY
    offsets = np.cumsum([0, *(one.starts[-1] for one in lists)])
    starts = [one.starts[:-1] + offset for one, offset in zip(lists, offsets, strict=False)]
    return StrokeList(
        starts=np.concatenate([*starts, offsets[-1:]]),
        **{name: np.concatenate([getattr(one, name) for one in lists]) for name in ("points", "widths", *_PER_STROKE)},
    )
