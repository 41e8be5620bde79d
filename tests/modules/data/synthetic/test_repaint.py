"""Repainting: it looks painted, the picture and its outlines are still there."""

import numpy as np
import pytest

from ppp.modules.brush import MEDIA
from ppp.modules.data.synthetic.repaint import repaint
from ppp.modules.io.errors import UserError


@pytest.fixture(scope="module")
def picture():
    """A warm disc on a cool gradient, with labels 0 and 1."""
    y, x = np.mgrid[:150, :200].astype(np.float32)
    labels = (np.hypot(x - 110, y - 80) < 45).astype(np.uint8)
    cool = np.stack([0.3 + 0.3 * y / 150, 0.45 + 0.3 * y / 150, 0.8 - 0.1 * x / 200], 2)
    return np.where(labels[..., None] > 0, np.float32([0.8, 0.4, 0.2]), cool).astype(np.float32), labels


@pytest.mark.parametrize("medium", MEDIA)
def test_a_picture_is_repainted_and_its_outlines_stay(picture, medium):
    drawn, labels = picture
    painted = repaint(drawn, labels, medium, 3)
    assert painted.shape == drawn.shape and painted.dtype == np.float32
    assert painted.min() >= 0 and painted.max() <= 1
    away = np.abs(painted - drawn).mean()
    assert 0.004 < away < 0.2, "touched everywhere, and still the picture"
    warm = painted[..., 0] - painted[..., 2]
    means = [np.median(warm[labels == part]) for part in (0, 1)]
    if medium != "pencil":  # leaves much paper
        assert ((warm > np.mean(means)) == (labels == 1)).mean() > 0.97


def test_it_depends_on_the_seed_alone(picture):
    one, same, other = (repaint(picture[0][:40], picture[1][:40], "digital", seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_a_looser_brush_stays_farther_from_the_picture(picture):
    drawn, labels = picture[0][40:110], picture[1][40:110]
    rough = drawn + np.random.default_rng(0).normal(0, 0.12, drawn.shape).astype(np.float32)
    rough = np.clip(rough, 0, 1)
    near, far = (np.abs(repaint(rough, labels, "digital", 1, loose) - rough).mean() for loose in (1.0, 8.0))
    assert far > 1.05 * near


def test_small_pictures_come_back_and_bad_input_is_named(picture):
    drawn, labels = picture
    assert np.array_equal(repaint(drawn[:60, :90], labels[:60, :90], "oil"), drawn[:60, :90])
    with pytest.raises(UserError, match="do not belong"):
        repaint(drawn, labels[:60], "oil")
    with pytest.raises(UserError, match="no medium"):
        repaint(drawn, labels, "acrylics")
