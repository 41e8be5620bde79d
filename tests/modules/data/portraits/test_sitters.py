"""Sitters: what every picture must hold, and that the drawing tools do what they say."""

import time

import numpy as np
import pytest

from ppp.modules.data.portraits import draw_sitter
from ppp.modules.data.portraits.canvas import BACKGROUND, FACE, Canvas
from ppp.modules.data.portraits.shapes import ellipse, fill, noise, patch, ribbon, spline
from ppp.modules.data.portraits.sitter import STYLES, draw
from ppp.modules.errors import UserError
from ppp.modules.labels import PORTRAIT

SEEDS = range(40)


@pytest.fixture(scope="module")
def gallery():
    return [draw_sitter(96, seed) for seed in SEEDS]


@pytest.mark.parametrize("size", [96, (80, 120), (150, 64), (333, 200), 16])
def test_shapes_types_and_ranges(size):
    width, height = (size, size) if isinstance(size, int) else size
    painting, labels = draw_sitter(size, 5)
    assert painting.shape == (height, width, 3) and painting.dtype == np.float32
    assert labels.shape == (height, width) and labels.dtype == np.uint8
    assert np.isfinite(painting).all() and painting.min() >= 0 and painting.max() <= 1
    assert labels.max() < len(PORTRAIT)


def test_every_class_occurs_and_people_are_people(gallery):
    shares = np.stack([np.bincount(labels.ravel(), minlength=10) / labels.size for _, labels in gallery])
    assert (shares > 0).any(0).all(), "every class occurs somewhere"
    always = [PORTRAIT.index(n) for n in ("background", "clothes", "eyebrows", "eyes", "nose", "mouth", "face")]
    assert ((shares[:, always] > 0).mean(0) >= 0.9).all(), dict(
        zip(always, (shares[:, always] > 0).mean(0), strict=True)
    )
    assert 0.02 <= (shares[:, PORTRAIT.index("edge")] > 0).mean() <= 0.3
    assert shares[:, PORTRAIT.index("face")].max() > 2.5 * shares[:, PORTRAIT.index("face")].min(), (
        "heads of many sizes"
    )


def test_features_lie_in_the_face_in_their_order(gallery):
    orders = 0
    for _, labels in gallery:
        rows = {n: np.nonzero(labels == PORTRAIT.index(n))[0] for n in ("eyebrows", "eyes", "nose", "mouth")}
        if all(len(r) > 3 for r in rows.values()):
            orders += rows["eyebrows"].mean() < rows["eyes"].mean() < rows["nose"].mean() < rows["mouth"].mean()
    assert orders >= 0.8 * len(gallery)


def test_the_same_seed_is_the_same_picture_bit_for_bit():
    one, two = draw_sitter((90, 110), 11), draw_sitter((90, 110), 11)
    assert np.array_equal(one[0], two[0]) and np.array_equal(one[1], two[1])


def test_other_seeds_are_other_pictures(gallery):
    small = np.stack([painting[::8, ::8] for painting, _ in gallery])
    for i in range(len(small)):
        nearest = min(np.abs(small[i] - small[j]).mean() for j in range(len(small)) if j != i)
        assert nearest > 0.04, f"seed {i} has a double"


def test_another_size_is_the_same_sitter():
    import cv2

    small, small_labels = draw_sitter(96, 8)
    large, large_labels = draw_sitter(192, 8)
    assert np.abs(cv2.resize(large, (96, 96), interpolation=cv2.INTER_AREA) - small).mean() < 0.06
    assert (large_labels[::2, ::2] == small_labels).mean() > 0.9


def test_parts_have_colours_of_their_own(gallery):
    """Labels are exact: pixels just inside a face differ from those just outside far more than neighbours do."""
    ratios = []
    for painting, labels in gallery:
        across, inside = [], []
        step = np.abs(painting[:, 1:] - painting[:, :-1]).mean(2)
        differs = labels[:, 1:] != labels[:, :-1]
        across.append(step[differs].mean())
        inside.append(step[~differs].mean())
        ratios.append(np.mean(across) / np.mean(inside))
    assert np.median(ratios) > 2.0, np.median(ratios)


def test_choices_cover_styles_and_backgrounds():
    drawn = [draw(seed, 1.0) for seed in range(300)]
    assert {s.style.name for s in drawn} == set(STYLES)
    for field, least in (("background", 7), ("hair_kind", 10), ("garment", 9), ("hat", 8), ("mood", 9), ("beard", 5)):
        assert len({getattr(s, field) for s in drawn}) >= least, field
    assert min(s.yaw for s in drawn) < -0.5 and max(s.yaw for s in drawn) > 0.5


def test_bad_sizes_and_seeds_are_refused():
    with pytest.raises(UserError, match="16"):
        draw_sitter(8, 0)
    with pytest.raises(UserError, match="negative"):
        draw_sitter(64, -1)


def test_quick_enough_to_draw_while_training():
    draw_sitter(128, 0)
    spent = []
    for seed in range(12):
        start = time.process_time()
        draw_sitter(128, seed)
        spent.append(time.process_time() - start)
    assert np.median(spent) < 0.35, f"{np.median(spent):.3f} s of one core per picture at 128 px"


def test_patch_is_the_fill_cut_out():
    outline = ellipse((20.3, 15.7), 9, 6, 0.4)
    whole = fill((40, 40), outline)
    window, mask = patch((40, 40), outline)
    assert np.abs(whole[window] - mask).max() < 0.02
    whole[window] = 0
    assert whole.max() == 0
    assert patch((40, 40), outline + 100) is None


def test_laying_paint_sets_label_only_where_it_covers():
    canvas = Canvas(20, 30)
    canvas.polygon(np.float32([(5, 5), (15, 5), (15, 15), (5, 15)]), (1.0, 0.5, 0.0), FACE)
    assert canvas.labels[10, 10] == FACE and canvas.labels[2, 2] == BACKGROUND
    assert np.allclose(canvas.colour[10, 10], (1, 0.5, 0)) and np.allclose(canvas.colour[2, 2], 0)


def test_spline_passes_its_points_and_ribbon_is_as_wide_as_asked():
    points = np.float32([(0, 0), (10, 4), (20, 0), (30, 8)])
    curve = spline(points, per_span=8)
    assert all(np.linalg.norm(curve - p, axis=1).min() < 1e-4 for p in points)
    straight = ribbon(np.float32([(0, 0), (10, 0), (20, 0)]), 4.0, (1, 1))
    assert np.isclose(np.ptp(straight[:, 1]), 4.0, atol=0.05)


def test_noise_keeps_its_look_at_another_size():
    a = noise(np.random.default_rng(3), (64, 64), 5)
    b = noise(np.random.default_rng(3), (128, 128), 5)
    assert np.corrcoef(a.ravel(), b[::2, ::2].ravel())[0, 1] > 0.95
    assert abs(a.mean()) < 0.4 and a.std() > 0.15
