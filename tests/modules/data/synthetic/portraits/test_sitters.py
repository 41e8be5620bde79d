"""Sitters: what every picture must hold, and that the drawing tools do what they say."""

import time
from dataclasses import replace

import cv2
import numpy as np
import pytest

from ppp.modules.brush import MEDIA
from ppp.modules.data.synthetic.drawing.canvas import Canvas
from ppp.modules.data.synthetic.drawing.shapes import ellipse, fill, fill_window, noise, ribbon, ribbons, spline
from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.data.synthetic.portraits.classes import BACKGROUND, FACE, FEATURES
from ppp.modules.data.synthetic.portraits.draw_sitter import draw_picture, paint_sitter
from ppp.modules.data.synthetic.portraits.hair import Hair
from ppp.modules.data.synthetic.portraits.head import SKULL, SKULL_DEPTH, SKULL_HEIGHT, Head, bumps, grid
from ppp.modules.data.synthetic.portraits.sitter import STYLES, sample_sitter
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT

SEEDS = range(40)
SITTER = sample_sitter(4, 0.8)


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
    drawn = [sample_sitter(seed, 1.0) for seed in range(300)]
    assert {s.style for s in drawn} == set(STYLES)
    for field, least in (("background", 9), ("hair_kind", 13), ("garment", 9), ("hat", 11), ("mood", 9), ("beard", 5),
                         ("prop", 6), ("medium", 5)):  # fmt: skip
        assert len({getattr(s, field) for s in drawn}) >= least, field
    assert min(s.yaw for s in drawn) < -0.8 and max(s.yaw for s in drawn) > 0.8


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
    assert np.median(spent) < 0.2, f"{np.median(spent):.3f} s of one core per picture at 128 px"


def test_patch_is_the_fill_cut_out():
    outline = ellipse((20.3, 15.7), 9, 6, 0.4)
    whole = fill((40, 40), outline)
    window, mask = fill_window((40, 40), outline)
    assert np.abs(whole[window] - mask).max() < 0.02
    whole[window] = 0
    assert whole.max() == 0
    assert fill_window((40, 40), outline + 100) is None


def test_marks_look_like_polygons_laid_one_after_another():
    """Drawn together on glass and laid once, or one by one: the same picture, where they overlap too."""
    rng = np.random.default_rng(3)
    outlines = np.stack([ellipse((x, y), 9, 6, a) for x, y, a in rng.uniform(4, 36, (7, 3))])
    colours = rng.random((7, 3)).astype(np.float32)
    one, many = Canvas(40, 48), Canvas(40, 48)
    for canvas in (one, many):
        canvas.colour[:] = 0.4
    for outline, colour in zip(outlines, colours, strict=True):
        one.polygon(outline, tuple(colour), FACE)
    many.marks(outlines, colours, FACE)
    assert np.abs(one.colour - many.colour).max() < 0.03
    assert (one.labels != many.labels).mean() < 0.01 and (many.labels == FACE).any()
    before = many.colour.copy()
    many.marks(outlines + 500, colours)  # outside the picture
    many.marks([], colours[:0])
    assert np.array_equal(before, many.colour)


def test_many_ribbons_are_the_single_ones():
    paths = np.random.default_rng(5).uniform(0, 30, (4, 5, 2)).astype(np.float32)
    widths = np.float32([1, 2, 3, 4])
    together = ribbons(paths, widths, (0.3, 0.1))
    for path, width, outline in zip(paths, widths, together, strict=True):
        assert np.allclose(ribbon(path, float(width), (0.3, 0.1)), outline, atol=1e-4)


def test_bumps_are_a_sum_of_gaussians():
    x, y = grid()
    at, wide, tall, amount = np.float32([(0.2, -0.3), (-0.5, 0.4)]), [0.2, 0.3], [0.1, 0.4], [1.0, -0.5]
    slowly = sum(
        a * np.exp(-(((x - px) / w) ** 2) - ((y - py) / t) ** 2)
        for (px, py), w, t, a in zip(at, wide, tall, amount, strict=True)
    )
    assert np.allclose(bumps(at, wide, tall, amount), slowly, atol=1e-5)


@pytest.fixture(scope="module")
def media():
    """One sitter in strokes of every medium, and as it is drawn."""
    looks = {name: paint_sitter(replace(SITTER, medium=name), 200, 160) for name in MEDIA}
    return looks | {"drawn": draw_picture(SITTER, 200, 160)[0]}


def test_what_lies_over_a_picture_leaves_the_labels_alone(media):
    """Strokes of each medium, one pigment: they change what is seen, never what is there."""
    mono = paint_sitter(replace(SITTER, one_pigment=True), 200, 160)
    for look in (*media.values(), mono):
        assert np.array_equal(look.labels, media["drawn"].labels)
    for name in MEDIA:
        assert np.abs(media[name].colour - media["drawn"].colour).mean() > 0.004, name
    assert np.ptp(mono.colour, axis=2).mean() < np.ptp(media["drawn"].colour, axis=2).mean()


@pytest.mark.parametrize("name", ["oil", "digital", "ink"])
def test_opaque_strokes_end_near_what_was_drawn_and_nearest_at_the_features(media, name):
    away = np.abs(np.clip(media[name].colour, 0, 1) - np.clip(media["drawn"].colour, 0, 1)).mean(2)
    features = np.isin(media["drawn"].labels, FEATURES)
    assert away.mean() < 0.05 and away[features].mean() < 0.02


def test_label_maps_have_no_specks():
    for seed in (2, 4, 11):
        labels = draw_sitter(200, seed)[1]
        for label in np.unique(labels):
            _, _, stats, _ = cv2.connectedComponentsWithStats((labels == label).astype(np.uint8), connectivity=4)
            small = (stats[1:, cv2.CC_STAT_AREA] < labels.size / 5000).sum()
            assert small <= 1, (seed, PORTRAIT.names[label])  # the farther of two brows or eyes


@pytest.mark.parametrize("yaw", [-0.9, -0.4, 0.0, 0.5])
def test_a_turned_head_turns_as_a_solid(yaw):
    """The nose's tip goes farther than the eyes, the skull goes the other way, and all of the face lies on the head."""
    head = Head(replace(SITTER, yaw=yaw, pitch=0.0, roll=0.0), (0.0, 0.0), 1.0)
    tip, eyes = head.turn([(0.0, SITTER.nose_length - 0.03)])[0, 0], head.turn([(-0.35, 0.0), (0.35, 0.0)])[:, 0].mean()
    assert np.sign(tip) == np.sign(eyes) == np.sign(yaw) or yaw == 0
    assert abs(tip) >= abs(eyes) and head.skull()[0][0] * yaw <= 0
    outline = head.outline()
    face = head.turn([(0.0, 0.9), (0.3, 0.3), (-0.3, 0.3), (0.0, -0.9)])
    assert all(cv2.pointPolygonTest(outline, tuple(map(float, p)), False) > 0 for p in face)
    assert np.isclose(outline[:, 1].max(), 1.04, atol=0.05) and np.isclose(outline[:, 1].min(), -1.12, atol=0.05)


def test_hair_stays_outside_of_the_head_and_out_of_the_face():
    for kind in ("long", "short", "tied", "bob"):
        head = Head(replace(SITTER, hair_kind=kind, hat="none", ragged=0.0, yaw=0.0, pitch=0.0), (0.0, 0.0), 1.0)
        hair = Hair(head)
        points = np.concatenate([hair.back.points, hair.front.points])[:, 2:].reshape(-1, 3)
        radii = (SITTER.width, SKULL_HEIGHT, SKULL_DEPTH)
        assert (np.linalg.norm((points - SKULL) / radii, axis=1) > 0.9).mean() > 0.97, kind
        on_face = (np.abs(points[:, 0]) < 0.4) & (points[:, 2] > 0.5) & (points[:, 1] > -0.2) & (points[:, 1] < 0.9)
        assert on_face.mean() < 0.01, kind


def test_laying_paint_sets_label_only_where_it_covers():
    canvas = Canvas(20, 30, BACKGROUND)
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
