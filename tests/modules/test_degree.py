"""Degrees, bins and degree maps against values worked out by hand."""

import numpy as np
import pytest
import torch

from ppp.modules import degree, degree_map


def test_bin_edges_are_the_papers():
    assert degree.bin_edges() == pytest.approx((0.03, 0.194, 0.388, 0.582, 0.776, 0.97))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, 0), (0.03, 0), (0.031, 1), (0.194, 1), (0.195, 2), (0.388, 2), (0.5, 3), (0.7, 4), (0.97, 5), (1.0, 5)],
)
def test_bins(value, expected):
    assert degree_map.degree_bin(torch.tensor([value])).item() == expected
    assert degree.degree_bins(np.array([value], np.float32)).tolist() == [expected]


def test_soft_weights_keep_the_degree_and_add_up_to_one():
    values = torch.rand(3, 7, generator=torch.Generator().manual_seed(0))
    weights = degree_map.bin_weights(values)
    assert torch.allclose(weights.sum(-1), torch.ones(3, 7))
    assert torch.allclose((weights * torch.arange(6.0)).sum(-1) / 5, values, atol=1e-6)


def test_hard_weights_are_one_hot():
    weights = degree_map.bin_weights(torch.tensor([[0.0, 0.5, 1.0]]), hard=True)
    assert weights.argmax(-1).tolist() == [[0, 3, 5]]
    assert set(weights.unique().tolist()) == {0.0, 1.0}
    assert weights.shape == degree_map.bin_weights(torch.zeros(1, 3)).shape == (1, 3, 6)


def test_degrees_out_of_range_count_as_none_and_all():
    outside, inside = torch.tensor([[-0.5, 1.5]]), torch.tensor([[0.0, 1.0]])
    for hard in (True, False):
        assert torch.equal(degree_map.bin_weights(outside, hard=hard), degree_map.bin_weights(inside, hard=hard))


def test_degree_map_spreads_over_the_labels():
    labels = torch.tensor([[[0, 1], [2, 1]]])
    spread = degree_map.degree_map(torch.tensor([[0.0, 1.0, 0.2]]), labels)
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


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_one_channel_is_enough_to_see_a_change_and_counts_as_a_third_of_the_distance(channel):
    before, _, labels = _halves()
    after = before.copy()
    after[0, 5, channel] = 0.3  # the only pixel of part 2
    labels[0, 5] = 2
    assert degree.touched(before, after).sum() == 1
    assert degree.touched_share(before, after, labels, 4).tolist() == [0, 0, 1, 0]
    assert degree.distance(before, after, labels, 4) == pytest.approx([0, 0, 0.1, 0])


def test_what_counts_as_a_change():
    before, _, _ = _halves()
    after = before.copy()
    after[0, :4] = np.array([0.04, 0.05, 0.06, 0.3])[:, None]
    assert degree.touched(before, after)[0].tolist() == [False, False, True, True, *[False] * 6]
    assert degree.area(np.array([0.029, 0.03, 0.5])).tolist() == pytest.approx([0, 0.03, 0.5])
    away = degree.progress(np.array([0.0, 0.03, 0.031]), np.full(3, 0.4), np.full(3, 0.6))
    assert away.tolist() == pytest.approx([0, 0, 0.02]), "what moves away has made no progress, touched or not"


def test_contribution_is_a_share_of_any_change_however_small():
    before, painting, labels = _halves()
    before = before + 0.5
    after = before.copy()
    after[0, :1] += 0.1
    after[0, 9:] -= 0.2
    assert degree.measure(before, after, painting, labels, 2, "contribution") == pytest.approx([1 / 3, 2 / 3])


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
    with pytest.raises(ValueError, match="use one of: area, contribution, progress"):
        degree.measure(before, before, painting, labels, 2, "speed")


def test_averaging_over_parts_leaves_one_value_for_each():
    labels = np.array([[0, 0, 0, 1, 1, 1], [2, 2, 2, 3, 3, 3]])
    finish = np.array([[9, 4, 4, 9, 9, 9], [6, 6, 4, 5, 5, 5]], np.uint8)  # 9: nothing is told
    degrees = np.array([0.3, 0.7, 1.0, 0.0])
    field, levels = degree.average_over_parts(degrees, finish, labels, 9)
    assert field.dtype == np.float32 and field == pytest.approx(degrees[labels])
    assert levels.dtype == np.uint8
    assert levels.tolist() == [[4, 4, 4, 9, 9, 9], [6, 6, 6, 9, 9, 9]], "what most of a part is; not asked, not told"
    # Most pixels of a part may be left alone: what is told of it is what the others are.
    assert degree.average_over_parts(np.array([0.1]), np.array([[9, 9, 9, 2]]), np.zeros((1, 4), int), 9)[
        1
    ].tolist() == [[2] * 4]


def test_a_picture_is_measured_band_by_band_and_as_it_is_written(monkeypatch):
    rng = np.random.default_rng(3)
    before, after = rng.integers(0, 256, (2, 40, 30, 3), np.uint8)
    painting, labels = rng.random((40, 30, 3), np.float32), rng.integers(0, 4, (40, 30)).astype(np.uint8)
    whole = [
        degree.measure(*(f / np.float32(255) for f in (before, after)), painting, labels, 5, m) for m in degree.MODES
    ]
    monkeypatch.setattr(degree, "BAND", 100)
    bands = [degree.measure(before, after, painting, labels, 5, m) for m in degree.MODES]
    np.testing.assert_allclose(bands, whole, rtol=1e-6)
