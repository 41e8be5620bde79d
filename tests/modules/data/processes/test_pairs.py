"""Which frames make pairs and sequences: exactly those of the paper's Figure 10, and never across a cut."""

from hypothesis import given
from hypothesis import strategies as st

from ppp.modules.data.processes.pairs import (
    INTERVALS,
    all_pairs,
    all_sequences,
    sequence_from,
    sequence_window,
    uncut_ranges,
    valid_starts,
)

PROCESSES = st.tuples(st.integers(2, 40), st.lists(st.integers(1, 39), max_size=4), st.sampled_from([1, 2, 3, 5, 10]))


def test_nine_frames_by_hand():
    assert all_sequences(9, intervals=(1, 3, 5)) == [
        [0, 1, 2, 3, 4, 5, 6, 7, 8],
        [0, 3, 6, 8], [1, 4, 7, 8], [2, 5, 8],
        [0, 5, 8], [1, 6, 8], [2, 7, 8], [3, 8], [4, 8],
    ]  # fmt: skip
    assert all_pairs(9, intervals=(3,)) == [(0, 3), (1, 4), (2, 5), (3, 6), (4, 7), (5, 8), (6, 8), (7, 8)]


def test_a_cut_parts_a_process_and_only_its_end_gets_the_finished_frame():
    assert uncut_ranges(7, [3]) == [range(3), range(3, 7)]
    assert all_sequences(7, [3], (1, 3)) == [[0, 1, 2], [3, 4, 5, 6], [3, 6], [4, 6], [5, 6]]
    assert sequence_window(0, 1, 3, 7, [3]) == [0, 1, 2, 2]
    assert sequence_window(4, 5, 2, 7, [3]) == [4, 6, 6]
    assert valid_starts(7, [3], 1) == [0, 1, 3, 4, 5]
    assert valid_starts(7, [3], 3) == [3, 4, 5]  # three frames later another canvas is in the picture
    assert uncut_ranges(3, [0, 3, 9, 1, 1]) == [range(1), range(1, 3)]  # cuts at the ends part nothing


@given(PROCESSES)
def test_sequences_are_all_there_and_cross_no_cut(process):
    n_frames, cuts, interval = process
    found = all_sequences(n_frames, cuts, (interval,))
    pairs = all_pairs(n_frames, cuts, (interval,))
    for a, b in pairs:
        assert 0 <= a < b < n_frames
        assert not any(a < cut <= b for cut in cuts)
        assert b - a == interval or (b == n_frames - 1 and b - a < interval)
    # Nothing is left out: every two frames one interval apart, unless a cut lies between them.
    far = {(a, a + interval) for a in range(n_frames - interval)}
    assert {pair for pair in far if not any(pair[0] < cut <= pair[1] for cut in cuts)} <= set(pairs)
    assert {a for a, _ in pairs} == set(valid_starts(n_frames, cuts, interval))
    last = uncut_ranges(n_frames, cuts)[-1]
    if len(last) > 1:
        ends = [numbers for numbers in found if numbers[0] in last]
        assert len(ends) == min(interval, len(last) - 1) and all(numbers[-1] == n_frames - 1 for numbers in ends)


@given(PROCESSES, st.integers(1, 5))
def test_windows_are_pieces_of_sequences(process, steps):
    n_frames, cuts, interval = process
    pairs = set(all_pairs(n_frames, cuts, (interval,)))
    for start in valid_starts(n_frames, cuts, interval):
        numbers = sequence_window(start, interval, steps, n_frames, cuts)
        assert len(numbers) == steps + 1 and numbers[0] == start and numbers[1] > start
        assert {(a, b) for a, b in zip(numbers, numbers[1:], strict=False) if a != b} <= pairs


def test_an_offset_of_each_interval():
    sequences = [sequence_from(start, 5, range(12), 12) for start in range(5)]
    assert sorted({n for numbers in sequences for n in numbers}) == list(range(12))
    assert len(all_sequences(40)) == sum(INTERVALS)
