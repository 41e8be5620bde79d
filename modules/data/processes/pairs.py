"""Which frames of a process make training pairs and sequences: the one place that counts and draws them.

The paper's Figure 10: at each interval k sequences start at *all* k offsets, go on in steps of k, and the finished
frame is always appended, however near it is. A recorded process may have cuts (the artwork jumped, alignment failed):
nothing ever crosses one, and only the stretch that ends with the finished frame gets it appended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Pair = tuple[int, int]

INTERVALS = (1, 3, 5)


def stretches(n_frames: int, cuts: Iterable[int] = ()) -> list[range]:
    """The frame numbers between the cuts, in order. A cut i parts frame i - 1 from frame i.

    >>> stretches(7, [3])
    [range(0, 3), range(3, 7)]
    """
    inner = sorted({cut for cut in cuts if 0 < cut < n_frames})
    return [range(a, b) for a, b in zip([0, *inner], [*inner, n_frames], strict=True) if b > a]


def sequence_from(start: int, interval: int, stretch: range, n_frames: int) -> list[int]:
    """Frame numbers from `start` in steps of `interval` to the end of its stretch, the finished frame appended.

    >>> sequence_from(1, 3, range(9), 9)
    [1, 4, 7, 8]
    """
    numbers = list(range(start, stretch.stop, interval))
    if stretch.stop == n_frames and numbers[-1] != n_frames - 1:
        numbers.append(n_frames - 1)
    return numbers


def all_sequences(n_frames: int, cuts: Iterable[int] = (), intervals: Sequence[int] = INTERVALS) -> list[list[int]]:
    """Every sequence of two frames or more: each interval, each stretch, each of the first k offsets."""
    found = []
    for interval in intervals:
        for stretch in stretches(n_frames, cuts):
            for start in stretch[:interval]:
                numbers = sequence_from(start, interval, stretch, n_frames)
                if len(numbers) > 1:
                    found.append(numbers)
    return found


def all_pairs(n_frames: int, cuts: Iterable[int] = (), intervals: Sequence[int] = INTERVALS) -> list[Pair]:
    """Every different pair (a, b) of neighbours in `all_sequences`, sorted."""
    sequences = all_sequences(n_frames, cuts, intervals)
    return sorted({pair for numbers in sequences for pair in zip(numbers, numbers[1:], strict=False)})


def window(start: int, interval: int, steps: int, n_frames: int, cuts: Iterable[int] = ()) -> list[int]:
    """The first `steps` + 1 frames of the sequence from `start`; its last frame is repeated where it is shorter."""
    stretch = next(s for s in stretches(n_frames, cuts) if start in s)
    numbers = sequence_from(start, interval, stretch, n_frames)[: steps + 1]
    return numbers + numbers[-1:] * (steps + 1 - len(numbers))


def starts(n_frames: int, cuts: Iterable[int] = (), interval: int = 1) -> list[int]:
    """Frames that a step of `interval` can begin at, so that a frame of the same stretch follows."""
    return [
        start
        for stretch in stretches(n_frames, cuts)
        for start in stretch[: max(0, len(stretch) - (1 if stretch.stop == n_frames else interval))]
    ]
