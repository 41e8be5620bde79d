"""A sampler that evens degrees out: steps whose degrees are rare in the data are drawn more often.

Most steps of a process are small or finish a part at once: a network that sees them as often as they come learns little
of what lies between. The degrees of touched parts fall into the bins 1..G of `degree_bin`; a sequence is drawn by the
weights of the bins it holds: the inverse of how often they come, sharpened until what is drawn is as even as it gets
(a step touches several parts, so that each bin drags others along). Nothing is kept between draws: the same processes
and settings give the same odds in every loading process and in a resumed run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ...degree import GRANULARITY, DegreeMode
from ...degree_map import degree_bin
from .pairs import INTERVALS, Pair, starts, window
from .process import Process, join_steps

MOST_LOOKED_AT = 200  # processes, evenly picked, that the weights are fitted to
STRONGEST = 10.0  # no bin counts more than so many times another: a handful of odd steps must not be all that is seen
_ROUNDS = 6

Window = tuple[int, int]  # start, interval


def pair_degrees(rows: np.ndarray, pairs: Sequence[Pair], mode: DegreeMode = "progress") -> np.ndarray:
    """Degrees (P,K) of pairs of frames from those of all single steps (N-1,K), without looking at a pixel."""
    return np.stack([join_steps(rows[a:b], mode) for a, b in pairs])


@dataclass(frozen=True)
class Windows:
    """All sequences of one process: (start, interval) of each, and what degrees they hold.

    touched: (M,G) touched parts by bin, summed over the sequence's pairs. shares: (M,G) the same as shares of each
    pair's touched parts, averaged over the pairs; what is missing to one in a row is pairs that touch nothing.
    """

    found: list[Window]
    touched: np.ndarray
    shares: np.ndarray

    def odds(self, weights: np.ndarray) -> np.ndarray:
        """(M,) adding up to one, by weights (G,) of the bins; a pair that touches nothing has the smallest weight."""
        odds = self.shares @ weights + (1 - self.shares.sum(axis=1)) * weights.min()
        return odds / odds.sum()


class DegreeBalance:
    """The odds of every sequence of a process. weights: (G,), how much a degree in each of the bins 1..G counts."""

    def __init__(self, weights: np.ndarray, steps: int, intervals: Sequence[int], mode: DegreeMode) -> None:
        self.weights, self.steps, self.intervals, self.mode = weights, steps, tuple(intervals), mode

    @classmethod
    def of(
        cls, processes: Sequence[Process], steps: int = 3, intervals: Sequence[int] = INTERVALS,
        mode: DegreeMode = "progress",
    ) -> DegreeBalance:  # fmt: skip
        """Fit the weights to evenly picked processes. Those whose process.json tells no degrees count for nothing."""
        balance, _ = cls._fitted(processes, steps, intervals, mode)
        return balance

    @classmethod
    def expected(
        cls, processes: Sequence[Process], steps: int = 3, intervals: Sequence[int] = INTERVALS,
        mode: DegreeMode = "progress",
    ) -> np.ndarray | None:  # fmt: skip
        """Shares (G,) of the bins as balanced training draws them; None when no process tells its degrees."""
        balance, all_windows = cls._fitted(processes, steps, intervals, mode)
        return balance.drawn(all_windows) if all_windows else None

    @classmethod
    def _fitted(
        cls, processes: Sequence[Process], steps: int, intervals: Sequence[int], mode: DegreeMode
    ) -> tuple[DegreeBalance, list[Windows]]:
        balance = cls(np.ones(GRANULARITY), steps, intervals, mode)
        picked = processes[:: max(1, len(processes) // MOST_LOOKED_AT)]
        all_windows = [windows for process in picked if (windows := balance.windows(process)) is not None]
        for _ in range(_ROUNDS if all_windows else 0):
            weights = balance.weights / np.maximum(balance.drawn(all_windows), 1e-6)
            balance.weights = np.minimum(weights / weights.min(), STRONGEST)
        return balance, all_windows

    def drawn(self, all_windows: Sequence[Windows]) -> np.ndarray:
        """Shares (G,) of the bins among the touched parts that are drawn from these processes."""
        seen = sum((w.odds(self.weights) @ w.touched for w in all_windows), start=np.zeros(GRANULARITY))
        return seen / max(float(seen.sum()), 1e-9)

    def windows(self, process: Process) -> Windows | None:
        """The sequences of a process; None when nothing is known of its degrees, or there is nothing to draw."""
        rows = known_degrees(process, self.mode)
        if rows is None:
            return None
        n_frames, cuts = len(rows) + 1, process.cuts
        first = int(process.begins_bare)  # the step from a bare canvas is the first frame's business
        found = [(s, k) for k in self.intervals for s in starts(n_frames, cuts, k) if s >= first]
        if not found:
            return None
        sequences = [window(start, k, self.steps, n_frames, cuts) for start, k in found]
        steps = [[(a, b) for a, b in zip(one, one[1:], strict=False) if b > a] for one in sequences]
        pairs = sorted({pair for one in steps for pair in one})
        bins = degree_bins(pair_degrees(rows, pairs, self.mode))
        counts = np.stack([(bins == i + 1).sum(axis=1) for i in range(GRANULARITY)], axis=1)  # (P,G)
        place = {pair: i for i, pair in enumerate(pairs)}
        touched, shares = np.zeros((len(found), GRANULARITY)), np.zeros((len(found), GRANULARITY))
        for i, one in enumerate(steps):
            now = counts[[place[pair] for pair in one]]
            touched[i] = now.sum(axis=0)
            shares[i] = (now / np.maximum(now.sum(axis=1, keepdims=True), 1)).mean(axis=0)
        return Windows(found, touched, shares)


def degree_bins(degrees: np.ndarray) -> np.ndarray:
    """`degree_bin` for arrays: the bin 0..G of each degree."""
    return degree_bin(torch.from_numpy(np.ascontiguousarray(degrees))).numpy()


def known_degrees(process: Process, mode: DegreeMode) -> np.ndarray | None:
    """Degrees (N-1,K) of the single steps in this mode or, where process.json has none in it, as progress."""
    rows = process.step_degrees(mode)
    return process.step_degrees("progress") if rows is None else rows
