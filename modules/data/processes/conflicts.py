"""StepConditions that a network cannot tell apart, and that go on differently (the paper's Figure 12).

The condition of a step is its canvas, the painting, the label map, and the degrees. Where two steps agree in all of
these and end differently, a network can only learn the mean of both: grey veils. Long intervals make such steps: the
parts that a painter works on are asked for wholly after ten steps and after twelve, but others were begun meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...degree import TOUCHED_DIFFERENCE
from .pairs import Pair

SAME_CANVAS = 0.001  # mean |difference| of two small canvases that count as the same one: nothing visible
SAME_DEGREE = 0.05  # a quarter of a bin: the largest difference of any part's degree in conditions that are the same
OTHER_OUTCOME = 0.02  # share of the small canvas that differs visibly in outcomes that count as different
MOST = 6000  # steps of one painting that are compared with each other, evenly picked
_KEPT = 5  # examples of one painting
_BLOCK = 256


@dataclass(frozen=True)
class StepConditions:
    """The steps of a process: small frames (N,s,s,3) uint8, pairs of frames, and the degrees (P,K) of each pair."""

    name: str
    thumbs: np.ndarray
    pairs: list[Pair]
    degrees: np.ndarray


@dataclass(frozen=True)
class Conflict:
    """Two steps, each a process and a pair of its frames, that begin alike; their ends are `apart` (share, 0 to 1)."""

    one: tuple[str, Pair]
    other: tuple[str, Pair]
    apart: float

    def to_json(self) -> dict[str, Any]:
        return {
            "one": {"process": self.one[0], "frames": list(self.one[1])},
            "other": {"process": self.other[0], "frames": list(self.other[1])},
            "apart": round(self.apart, 4),
        }


def find_conflicts(members: Sequence[StepConditions]) -> tuple[int, list[Conflict]]:
    """Among the steps of processes of one painting with one label map: how many have a conflict, and the clearest."""
    frames = np.concatenate([one.thumbs for one in members]).astype(np.float32) / 255
    first = np.cumsum([0, *(len(one.thumbs) for one in members)])
    steps = [(i, pair) for i, one in enumerate(members) for pair in one.pairs]
    degrees = np.concatenate([one.degrees for one in members])
    if len(steps) > MOST:
        kept = np.linspace(0, len(steps) - 1, MOST).astype(int)
        steps, degrees = [steps[i] for i in kept], degrees[kept]
    before = np.array([first[i] + a for i, (a, _) in steps], np.int64)
    after = np.array([first[i] + b for i, (_, b) in steps], np.int64)
    same = _same_canvas(frames)
    count, found = 0, []
    for start in range(0, len(steps), _BLOCK):
        here = slice(start, start + _BLOCK)
        near = same[before[here]][:, before] & (after[here, None] != after)
        rows, columns = np.nonzero(near)
        alike = np.abs(degrees[here][rows] - degrees[columns]).max(axis=1) <= SAME_DEGREE
        rows, columns = rows[alike], columns[alike]
        apart = _apart(frames, after[here][rows], after[columns])
        far = apart > OTHER_OUTCOME
        rows, columns, apart = rows[far] + start, columns[far], apart[far]
        count += len(np.unique(rows))
        found += [(a, i, j) for a, i, j in zip(apart.tolist(), rows.tolist(), columns.tolist(), strict=True) if i < j]
    found.sort(key=lambda one: (-one[0], one[1:]))

    def step(i: int) -> tuple[str, Pair]:
        return members[steps[i][0]].name, steps[i][1]

    return count, [Conflict(step(i), step(j), a) for a, i, j in found[:_KEPT]]


def _same_canvas(frames: np.ndarray) -> np.ndarray:
    """(F,F) bool: which of the small frames (F,s,s,3) count as the same canvas."""
    flat = frames.reshape(len(frames), -1)
    return np.stack([np.abs(flat - one).mean(axis=1) <= SAME_CANVAS for one in flat])


def _apart(frames: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Share of the small canvas that visibly differs between frames number `one` and `other`, both (M,)."""
    pairs, back = np.unique(np.stack([one, other]), axis=1, return_inverse=True)
    values = [(np.abs(frames[i] - frames[j]).max(axis=2) > TOUCHED_DIFFERENCE).mean() for i, j in pairs.T]
    return np.array(values, np.float64)[back.reshape(-1)] if len(one) else np.zeros(0)
