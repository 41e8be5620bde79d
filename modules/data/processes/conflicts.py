"""Conflicts: steps with equal conditions and different outcomes (the paper's Figure 12).

The condition of a step is its canvas, the painting, the label map, and the degrees. Where two steps agree in all of
these and end differently, a network can only learn the mean of both: grey veils. Long intervals make such steps: the
parts that a painter works on are requested completely after ten steps and after twelve, but others were started
meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...degree import TOUCHED_DIFFERENCE
from .pairs import Pair

SAME_CANVAS = 0.001  # mean |difference| of two thumbnails that count as the same canvas: nothing visible
SAME_DEGREE = 0.05  # a quarter of a bin: the largest difference of any part's degree in conditions that are equal
OTHER_OUTCOME = 0.02  # share of the thumbnail that differs visibly in outcomes that count as different
MAX_STEPS = 6000  # of one painting that are compared with each other, evenly picked
_EXAMPLES = 5  # of one painting
_BLOCK = 256


@dataclass(frozen=True)
class StepConditions:
    """The steps of a process: thumbnails (N,s,s,3) uint8, pairs of frames, and the degrees (P,K) of each pair."""

    name: str
    thumbnails: np.ndarray
    pairs: list[Pair]
    degrees: np.ndarray


@dataclass(frozen=True)
class Conflict:
    """Two steps, each a process and a pair of its frames, that start alike; `apart`: share of the ends that differs."""

    one: tuple[str, Pair]
    other: tuple[str, Pair]
    apart: float

    def to_json(self) -> dict[str, Any]:
        """Return the conflict as `ppp data check --json` prints it."""
        return {
            "one": {"process": self.one[0], "frames": list(self.one[1])},
            "other": {"process": self.other[0], "frames": list(self.other[1])},
            "apart": round(self.apart, 4),
        }


def find_conflicts(members: Sequence[StepConditions]) -> tuple[int, list[Conflict]]:
    """Find conflicts among the steps of processes of one painting with one label map.

    Returns how many steps have a conflict, and the clearest conflicts.
    """
    frames = np.concatenate([member.thumbnails for member in members]).astype(np.float32) / 255
    first = np.cumsum([0, *(len(member.thumbnails) for member in members)])
    steps = [(i, pair) for i, member in enumerate(members) for pair in member.pairs]
    degrees = np.concatenate([member.degrees for member in members])
    if len(steps) > MAX_STEPS:
        picked = np.linspace(0, len(steps) - 1, MAX_STEPS).astype(int)
        steps, degrees = [steps[i] for i in picked], degrees[picked]
    before = np.array([first[i] + a for i, (a, _) in steps], np.int64)
    after = np.array([first[i] + b for i, (_, b) in steps], np.int64)
    same = _same_canvas(frames)
    count, found = 0, []
    for start in range(0, len(steps), _BLOCK):
        block = slice(start, start + _BLOCK)
        candidates = same[before[block]][:, before] & (after[block, None] != after)
        rows, columns = np.nonzero(candidates)
        alike = np.abs(degrees[block][rows] - degrees[columns]).max(axis=1) <= SAME_DEGREE
        rows, columns = rows[alike], columns[alike]
        apart = _visible_difference(frames, after[block][rows], after[columns])
        different = apart > OTHER_OUTCOME
        rows, columns, apart = rows[different] + start, columns[different], apart[different]
        count += len(np.unique(rows))
        found += [(a, i, j) for a, i, j in zip(apart.tolist(), rows.tolist(), columns.tolist(), strict=True) if i < j]
    found.sort(key=lambda row: (-row[0], row[1:]))

    def step(i: int) -> tuple[str, Pair]:
        return members[steps[i][0]].name, steps[i][1]

    return count, [Conflict(step(i), step(j), a) for a, i, j in found[:_EXAMPLES]]


def _same_canvas(frames: np.ndarray) -> np.ndarray:
    """Compare thumbnails (F,s,s,3): which of them count as the same canvas, (F,F) bool."""
    flat = frames.reshape(len(frames), -1)
    return np.stack([np.abs(flat - row).mean(axis=1) <= SAME_CANVAS for row in flat])


def _visible_difference(frames: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Measure the share (M,) of the thumbnail that differs between frames number `one` and `other`, both (M,)."""
    pairs, back = np.unique(np.stack([one, other]), axis=1, return_inverse=True)
    values = [(np.abs(frames[i] - frames[j]).max(axis=2) > TOUCHED_DIFFERENCE).mean() for i, j in pairs.T]
    return np.array(values, np.float64)[back.reshape(-1)] if len(one) else np.zeros(0)
