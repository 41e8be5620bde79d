"""Equation 2 by masks, and the maps' way to full size and back."""

import cv2
import numpy as np
import pytest

from ppp.modules.frames.composite import Composite
from ppp.modules.frames.masks import Masks
from ppp.modules.imaging.letterbox import Letterbox
from ppp.modules.imaging.push_pull import enlarge_by_part
from ppp.modules.imaging.resize import affected_box, crop_resize, resize


def disc_painting(height=300, width=400):
    """A bright disc on a dark, softly shaded ground -> (painting, disc)."""
    y, x = np.mgrid[0:height, 0:width]
    disc = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2
    painting = np.where(disc[..., None], [0.9, 0.7, 0.5], [0.1, 0.15, 0.3]) + 0.05 * (x / width)[..., None]
    return painting.astype(np.float32), disc


def random_masks(shape, n_states, rng):
    mix = rng.random((n_states, *shape)).astype(np.float32)
    return Masks(
        mix / mix.sum(axis=0),
        0.05 * rng.standard_normal((*shape, 3)).astype(np.float32),
        rng.random(shape).astype(np.float32),
    )


def test_equation_2_is_exact_where_nothing_is_scaled():
    rng = np.random.default_rng(0)
    painting, canvas = rng.random((2, 20, 30, 3)).astype(np.float32)
    states = np.concatenate([rng.random((3, 20, 30, 3)).astype(np.float32), painting[None]])
    masks = random_masks((20, 30), 4, rng)
    stroke = np.clip((masks.mix[..., None] * states).sum(axis=0) + masks.free, 0, 1)
    wanted = masks.weight[..., None] * stroke + (1 - masks.weight[..., None]) * canvas
    before = canvas.copy()
    np.testing.assert_allclose(Composite(painting.shape, states)(canvas, masks), wanted, atol=1e-6)
    np.testing.assert_array_equal(canvas, before)


def test_without_states_the_free_colour_is_the_stroke():
    rng = np.random.default_rng(1)
    painting, canvas, free = rng.random((3, 9, 9, 3)).astype(np.float32)
    result = Composite(painting.shape, None)(canvas, Masks(None, free, np.full((9, 9), 0.25, np.float32)))
    np.testing.assert_allclose(result, 0.25 * free + 0.75 * canvas, atol=1e-6)


def test_nothing_changes_far_from_the_mask_and_values_stay_in_range():
    rng = np.random.default_rng(2)
    painting, canvas = rng.random((2, 256, 320, 3)).astype(np.float32)
    small = resize(painting, (80, 64))
    masks = random_masks((64, 80), 3, rng)
    masks.weight[:, 20:] = 0
    masks.free[:] *= 20
    states = np.concatenate([rng.random((2, 64, 80, 3)).astype(np.float32), small[None]])
    result = Composite(painting.shape, states)(canvas, masks)
    np.testing.assert_array_equal(result[:, 110:], canvas[:, 110:])
    assert result.min() >= 0
    assert result.max() <= 1
    masks.weight[:] = 0
    np.testing.assert_array_equal(Composite(painting.shape, states)(canvas, masks), canvas)


@pytest.mark.parametrize("box", [(0, 301, 0, 403), (17, 120, 33, 34), (300, 301, 0, 403)])
def test_enlarging_a_box_is_cutting_it_out_of_the_whole(box):
    values = np.random.default_rng(3).random((50, 67, 4)).astype(np.float32)
    whole = cv2.resize(values, (403, 301), interpolation=cv2.INTER_LINEAR)
    top, bottom, left, right = box
    # OpenCV 4 rounds places to 1/32 pixel.
    found = crop_resize(values, (301, 403, 3), box).reshape(bottom - top, right - left, 4)
    np.testing.assert_allclose(found, whole[top:bottom, left:right], atol=0.04)


def test_affected_box():
    mask = np.zeros((10, 10), bool)
    assert affected_box(mask, (100, 200, 3), 1) is None
    mask[4, 6] = True
    assert affected_box(mask, (100, 200, 3), 0) == (40, 50, 120, 140)
    assert affected_box(mask, (100, 200, 3), 9) == (0, 100, 0, 200)


@pytest.mark.parametrize("shape", [(1, 1), (10, 20000), (300, 200), (64, 64), (2048, 1000)])
def test_the_models_canvas_pads_to_the_multiple(shape):
    canvas = Letterbox.of(shape, 256, 16)
    picture = np.full((*shape, 3), 0.5, np.float32)
    down = canvas.down(picture)
    assert down.shape == (canvas.padded[1], canvas.padded[0], 3)
    assert canvas.padded[0] % 16 == canvas.padded[1] % 16 == 0
    assert max(canvas.size) <= 256
    np.testing.assert_allclose(down, 0.5, atol=1e-5)
    labels = canvas.down_labels(np.full(shape, 8, np.uint8))
    assert (canvas.crop(labels) == 8).all()
    assert (labels == 8).all(), "the border is repeated: a padding of its own class would have an outline"
    field = canvas.fit_map(np.ones((13, 17), np.float32))
    assert field.shape == labels.shape
    assert (canvas.crop(field) == 1).all()
    assert field.sum() == canvas.size[0] * canvas.size[1]


def test_enlarging_by_part_lets_no_colour_over_an_outline():
    _, disc = disc_painting()
    labels = disc.astype(np.uint8) + 1
    small_labels = cv2.resize(labels, (40, 30), interpolation=cv2.INTER_NEAREST)
    small = np.where((small_labels == 2)[..., None], [1.0, 0, 0], [0, 0, 1.0]).astype(np.float32)
    large = enlarge_by_part(small, small_labels, labels)
    rim = cv2.dilate(disc.astype(np.uint8), np.ones((5, 5))) != cv2.erode(disc.astype(np.uint8), np.ones((5, 5)))
    wanted = np.where(disc[..., None], [1.0, 0, 0], [0, 0, 1.0])
    assert np.abs(large - wanted)[rim].mean() < 0.05
    plain = cv2.resize(small, (400, 300), interpolation=cv2.INTER_LINEAR)
    assert np.abs(plain - wanted)[rim].mean() > 0.15


@pytest.mark.parametrize("size", [(9, 9), (18, 18)], ids=["same size", "enlarged"])
def test_a_difference_is_added_without_equation_2(size):
    rng = np.random.default_rng(2)
    painting, canvas = rng.random((2, *size, 3)).astype(np.float32)
    free = np.full((9, 9, 3), 0.25, np.float32)
    free[:, 3:] = -0.5
    masks = Masks(None, free, np.zeros((9, 9), np.float32), adds=True)
    result = Composite(painting.shape, None)(canvas, masks)
    edge = 2 * size[1] // 9  # enlarging runs over it
    np.testing.assert_allclose(result[:, :edge], np.clip(canvas + 0.25, 0, 1)[:, :edge], atol=1e-6)
    np.testing.assert_allclose(result[:, edge + 3 :], np.clip(canvas - 0.5, 0, 1)[:, edge + 3 :], atol=1e-6)
