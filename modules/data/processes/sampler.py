"""Degree-balanced sampling: sequences whose degrees are rare in the data are drawn more often.

Most steps of a process are small or finish a part at once: a network that sees them as often as they come learns little
of what lies between. The degrees of touched parts fall into the bins 1..G of `degree_bins`; a sequence is drawn by the
weights of the bins it holds: the inverse of how often they come, sharpened until what is drawn is as even as it gets
(a step touches several parts, so that each bin drags others along). Nothing is kept between draws: the same processes
and settings give the same odds in every loading process and in a resumed run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...degree import GRANULARITY, DegreeMode, degree_bins
from .pairs import INTERVALS, Pair, sequence_window, valid_starts
from .process import Process, join_steps

MAX_PROCESSES = 200  # evenly picked, for figures over a whole data set such as these weights
MAX_WEIGHT_RATIO = 10.0  # between any two bins: a handful of odd steps must not be all that is seen
_ROUNDS = 6


def pair_degrees(rows: np.ndarray, pairs: Sequence[Pair], mode: DegreeMode = "progress") -> np.ndarray:
    """Compute degrees (P,K) of pairs of frames from those of all single steps (N-1,K), without looking at a pixel."""
    return np.stack([join_steps(rows[a:b], mode) for a, b in pairs])


@dataclass(frozen=True)
class SequenceTable:
    """All sequences of one process: (start, interval) of each, and a histogram of the degrees in it.

    touched: (M,G) number of touched parts by bin, summed over the sequence's pairs. shares: (M,G) the same as shares of
    each pair's touched parts, averaged over the pairs; what a row lacks to one is pairs that touch nothing.
    """

    sequences: list[tuple[int, int]]
    touched: np.ndarray
    shares: np.ndarray

    def odds(self, weights: np.ndarray) -> np.ndarray:
        """Compute probabilities (M,) from weights (G,) of the bins; a pair that touches nothing has the smallest."""
        odds = self.shares @ weights + (1 - self.shares.sum(axis=1)) * weights.min()
        return odds / odds.sum()


def _drawn_shares(tables: Sequence[SequenceTable], weights: np.ndarray) -> np.ndarray:
    """Compute shares (G,) of the bins among the touched parts that are drawn from these processes by weights (G,)."""
    seen = sum((table.odds(weights) @ table.touched for table in tables), start=np.zeros(GRANULARITY))
    return seen / max(float(seen.sum()), 1e-9)


def distance_from_uniform(shares: np.ndarray) -> float:
    """Measure what part of all degrees, 0 to 1, would have to move to another bin for shares (G,) to be uniform."""
    return float(np.abs(shares - 1 / len(shares)).sum() / 2)


class DegreeBalance:
    """Sampling odds of every sequence of a process, from weights (G,) of degrees in each of the bins 1..G.

    `expected`: shares (G,) of the bins among touched parts as drawn from the processes that the weights were fitted to;
    None when none of them holds degrees.
    """

    expected: np.ndarray | None = None

    def __init__(self, weights: np.ndarray, steps: int, intervals: Sequence[int], mode: DegreeMode) -> None:
        self.weights, self.steps, self.intervals, self.mode = weights, steps, tuple(intervals), mode

    @classmethod
    def fit(
        cls, processes: Sequence[Process], steps: int = 3, intervals: Sequence[int] = INTERVALS,
        mode: DegreeMode = "progress",
    ) -> "DegreeBalance":  # fmt: skip
        """Fit the weights to evenly picked processes; those whose process.json holds no degrees are left out."""
        balance = cls(np.ones(GRANULARITY), steps, intervals, mode)
        picked = processes[:: max(1, len(processes) // MAX_PROCESSES)]
        tables = [table for process in picked if (table := balance.tabulate(process)) is not None]
        weights, most_even = balance.weights, np.inf
        for _ in range(1 + _ROUNDS if tables else 0):
            shares = _drawn_shares(tables, weights)
            if (uneven := distance_from_uniform(shares)) < most_even:  # sharpened too far, it is less even again
                balance.weights, balance.expected, most_even = weights, shares, uneven
            weights = weights / np.maximum(shares, 1e-6)
            weights = np.minimum(weights / weights.min(), MAX_WEIGHT_RATIO)
        return balance

    def tabulate(self, process: Process) -> SequenceTable | None:
        """List the sequences of a process with their degrees; None when its degrees are unknown or it has none."""
        rows = process.step_degrees(self.mode)
        if rows is None:
            rows = process.step_degrees("progress")
        if rows is None:
            return None
        n_frames, cuts = len(rows) + 1, process.cuts
        first = int(process.begins_bare)  # the step from a bare canvas is the first frame's business
        sequences = [(s, k) for k in self.intervals for s in valid_starts(n_frames, cuts, k) if s >= first]
        if not sequences:
            return None
        numbers = [sequence_window(start, k, self.steps, n_frames, cuts) for start, k in sequences]
        pairs_of = [[(a, b) for a, b in zip(row, row[1:], strict=False) if b > a] for row in numbers]
        pairs = sorted({pair for row in pairs_of for pair in row})
        bins = degree_bins(pair_degrees(rows, pairs, self.mode))
        histograms = np.stack([(bins == i + 1).sum(axis=1) for i in range(GRANULARITY)], axis=1)  # (P,G)
        row_of = {pair: i for i, pair in enumerate(pairs)}
        touched, shares = np.zeros((len(sequences), GRANULARITY)), np.zeros((len(sequences), GRANULARITY))
        for i, row in enumerate(pairs_of):
            counts = histograms[[row_of[pair] for pair in row]]
            touched[i] = counts.sum(axis=0)
            shares[i] = (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).mean(axis=0)
        return SequenceTable(sequences, touched, shares)
