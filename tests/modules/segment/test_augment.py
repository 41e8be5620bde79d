"""How training crops are made to look like other paintings: in range, repeatable, and nothing moves."""

import numpy as np
import pytest

from ppp.modules.segment.augment import augment_brushwork, augment_darkness, augment_lost_edges, augment_palette


@pytest.fixture
def picture():
    """Two flats with one upright edge in the middle, uint8."""
    image = np.full((64, 64, 3), 60, np.uint8)
    image[:, 32:] = (210, 180, 150)
    return image


def test_lost_edges_melt_the_edge_and_leave_the_flats(picture):
    changed = 0
    for seed in range(60):
        again, found = (augment_lost_edges(picture, np.random.default_rng(seed)) for _ in range(2))
        assert np.array_equal(again, found) and found.dtype == np.uint8
        moved = np.abs(found.astype(int) - picture).max(2)
        assert moved[:, :16].max() <= 1 and moved[:, -16:].max() <= 1  # far from the edge nothing happens
        changed += moved.max() > 5
    assert 3 <= changed <= 25


def test_darken_takes_light_away_and_adds_none(picture):
    bright = picture.astype(np.float32) / 255
    darker = 0
    for seed in range(60):
        found = augment_darkness(bright, np.random.default_rng(seed))
        assert found.dtype == np.float32 and found.min() >= 0 and (found <= bright + 1e-6).all()
        darker += found.mean() < 0.95 * bright.mean()
    assert 6 <= darker <= 30


def test_the_edge_stays_where_it_was(picture):
    """After all effects together the strongest edge is still the one between columns 31 and 32."""
    kept = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        image = augment_palette(
            augment_darkness(
                augment_lost_edges(augment_brushwork(picture, 0.7, rng), rng).astype(np.float32) / 255, rng
            ),
            rng,
        )
        assert image.min() >= 0 and image.max() <= 1
        across = np.abs(np.diff(image.mean((0, 2))))
        kept += abs(int(across.argmax()) - 31) <= 2
    assert kept >= 34
