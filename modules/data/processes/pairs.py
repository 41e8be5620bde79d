"""Training pairs and sequences of a process: the one place that counts and draws them.

The paper's Figure 10: at each interval k sequences start at *all* k offsets, go on in steps of k, and the finished
frame is always appended, however near it is. A recorded process may have cuts (the artwork jumped, alignment failed):
nothing ever crosses one, and only the range that ends with the finished frame gets it appended.
"""

from collections.abc import Iterable, Sequence

Pair = tuple[int, int]

INTERVALS = (1, 3, 5)


def uncut_ranges(n_frames: int, cuts: Iterable[int] = ()) -> list[range]:
    """Split the frame numbers at the cuts. A cut i lies between frames i - 1 and i.

    >>> uncut_ranges(7, [3])
    [range(0, 3), range(3, 7)]
    """
    inner = sorted({cut for cut in cuts if 0 < cut < n_frames})
    return [range(a, b) for a, b in zip([0, *inner], [*inner, n_frames], strict=True) if b > a]


def sequence_from(start: int, interval: int, uncut: range, n_frames: int) -> list[int]:
    """List frame numbers from `start` in steps of `interval` to the end of its range, the finished frame appended.

    >>> sequence_from(1, 3, range(9), 9)
    [1, 4, 7, 8]
    """
    numbers = list(range(start, uncut.stop, interval))
    if uncut.stop == n_frames and numbers[-1] != n_frames - 1:
        numbers.append(n_frames - 1)
    return numbers


def all_sequences(n_frames: int, cuts: Iterable[int] = (), intervals: Sequence[int] = INTERVALS) -> list[list[int]]:
    """List every sequence of two frames or more: each interval, each uncut range, each of the first k offsets."""
    found = []
    for interval in intervals:
        for uncut in uncut_ranges(n_frames, cuts):
            for start in uncut[:interval]:
                numbers = sequence_from(start, interval, uncut, n_frames)
                if len(numbers) > 1:
                    found.append(numbers)
    return found


def all_pairs(n_frames: int, cuts: Iterable[int] = (), intervals: Sequence[int] = INTERVALS) -> list[Pair]:
    """List every different pair (a, b) of neighbours in `all_sequences`, sorted."""
    sequences = all_sequences(n_frames, cuts, intervals)
    return sorted({pair for numbers in sequences for pair in zip(numbers, numbers[1:], strict=False)})


def sequence_window(start: int, interval: int, steps: int, n_frames: int, cuts: Iterable[int] = ()) -> list[int]:
    """Take the first `steps` + 1 frames of the sequence from `start`, padded with its last frame if it is shorter."""
    uncut = next(frames for frames in uncut_ranges(n_frames, cuts) if start in frames)
    numbers = sequence_from(start, interval, uncut, n_frames)[: steps + 1]
    return numbers + numbers[-1:] * (steps + 1 - len(numbers))


def valid_starts(n_frames: int, cuts: Iterable[int] = (), interval: int = 1) -> list[int]:
    """List frames that a step of `interval` can start at, so that a frame of the same uncut range follows."""
    return [
        start
        for uncut in uncut_ranges(n_frames, cuts)
        for start in uncut[: max(0, len(uncut) - (1 if uncut.stop == n_frames else interval))]
    ]
