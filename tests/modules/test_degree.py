"""Degrees, bins and degree maps against values worked out by hand."""

import numpy as np
import pytest
import torch

from ppp.modules import degree


def test_bin_edges_are_the_papers():
    assert degree.bin_edges() == pytest.approx((0.03, 0.194, 0.388, 0.582, 0.776, 0.97))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, 0), (0.03, 0), (0.031, 1), (0.194, 1), (0.195, 2), (0.388, 2), (0.5, 3), (0.7, 4), (0.97, 5), (1.0, 5)],
)
def test_bins(value, expected):
    assert degree.degree_bin(torch.tensor([value])).item() == expected


def test_soft_weights_keep_the_degree_and_add_up_to_one():
    values = torch.rand(3, 7, generator=torch.Generator().manual_seed(0))
    weights = degree.bin_weights(values)
    assert torch.allclose(weights.sum(-1), torch.ones(3, 7))
    assert torch.allclose((weights * torch.arange(6.0)).sum(-1) / 5, values, atol=1e-6)


def test_hard_weights_are_one_hot():
    weights = degree.bin_weights(torch.tensor([[0.0, 0.5, 1.0]]), hard=True)
    assert weights.argmax(-1).tolist() == [[0, 3, 5]]
    assert set(weights.unique().tolist()) == {0.0, 1.0}


def test_degree_map_spreads_over_the_labels():
    labels = torch.tensor([[[0, 1], [2, 1]]])
    spread = degree.degree_map(torch.tensor([[0.0, 1.0, 0.2]]), labels)
    assert spread.shape == (1, 6, 2, 2)
    assert spread[0, :, 0, 1].tolist() == [0, 0, 0, 0, 0, 1]
    assert spread[0, :, 0, 0].tolist() == [1, 0, 0, 0, 0, 0]
    assert spread[0, 1, 1, 0].item() == pytest.approx(1.0)


def _halves():
    labels = np.zeros((10, 10), np.uint8)
    labels[:, 5:] = 1
    return np.zeros((10, 10, 3), np.float32), np.ones((10, 10, 3), np.float32), labels


def test_progress_is_the_share_of_the_remaining_distance():
    before, painting, labels = _halves()
    after = before.copy()
    after[:, :5] = 0.25
    assert degree.measure(before, after, painting, labels, 3).tolist() == pytest.approx([0.25, 0, 0])
    further = after.copy()
    further[:, :5] = 0.5
    assert degree.measure(after, further, painting, labels, 3)[0] == pytest.approx(1 / 3)


def test_a_touched_part_that_moves_away_is_still_asked_for():
    before, painting, labels = _halves()
    before = before + 0.5
    after = before.copy()
    after[:, 5:] = 0.2
    assert degree.measure(before, after, painting, labels, 3).tolist() == pytest.approx([0, 0.02, 0])


def test_area_and_contribution():
    before, painting, labels = _halves()
    after = before.copy()
    after[:5, :5] = 0.5  # half of part 0
    after[:1, 5:] = 0.5  # a tenth of part 1
    assert degree.measure(before, after, painting, labels, 3, "area").tolist() == pytest.approx([0.5, 0.1, 0])
    assert degree.measure(before, after, painting, labels, 3, "contribution").tolist() == pytest.approx(
        [5 / 6, 1 / 6, 0]
    )


def test_area_under_three_hundredths_counts_as_nothing():
    painting = np.ones((20, 20, 3), np.float32)
    before = np.zeros_like(painting)
    after = before.copy()
    after.reshape(-1, 3)[:11] = 1.0
    labels = np.zeros((20, 20), np.uint8)
    assert degree.measure(before, after, painting, labels, 1, "area")[0] == 0.0
    after.reshape(-1, 3)[:13] = 1.0
    assert degree.measure(before, after, painting, labels, 1, "area")[0] == pytest.approx(13 / 400)


@pytest.mark.parametrize("mode", degree.MODES)
def test_nothing_done_is_nothing(mode):
    before, painting, labels = _halves()
    assert degree.measure(before, before, painting, labels, 4, mode).tolist() == [0, 0, 0, 0]


def test_finished_parts_and_empty_ones():
    _, painting, labels = _halves()
    canvas = painting.copy()
    canvas[:, 5:] -= 0.03
    assert degree.finished(canvas, painting, labels, 3).tolist() == [True, False, True]


def test_an_unknown_mode_is_refused():
    before, painting, labels = _halves()
    with pytest.raises(ValueError, match="none of area, contribution, progress"):
        degree.measure(before, before, painting, labels, 2, "speed")
