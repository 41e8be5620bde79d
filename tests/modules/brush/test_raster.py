"""Strokes in pixels: the same picture at every size, W and S of Equation 2."""

from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
import pytest

from ppp.modules.brush import MEDIA, Layout, bare_ground, concatenate, draw_strokes, render_strokes
from ppp.modules.brush.stroke import EMPTY, MARKS, mark_index, stroke_list
from ppp.modules.finish_levels import level


def scene(size=256):
    """A sky, a hill and a sun with shading, and their label map."""
    y, x = np.mgrid[:size, :size].astype(np.float32) / size
    painting = np.stack([0.5 + 0.3 * y, 0.6 + 0.2 * y, 0.9 - 0.1 * x], axis=2)
    hill = y > 0.62 + 0.12 * np.sin(5 * x)
    sun = np.hypot(x - 0.7, y - 0.25) < 0.13
    painting[hill] = np.stack([0.2 + 0.2 * x, 0.35 + 0.1 * np.sin(30 * x), 0.15 + 0 * x], axis=2)[hill]
    painting[sun] = (0.95, 0.8, 0.4)
    return painting.astype(np.float32), np.where(sun, 2, hill).astype(np.uint8)


@lru_cache
def passes(medium, finishes=("sketch", "form")):
    """All strokes of simple passes over the scene."""
    painting, labels = scene()
    layout = Layout(painting, labels, medium)
    canvas = bare_ground(layout.medium.surface, layout.context.ground, 256, 256)
    found = []
    for step, finish in enumerate(finishes, 1):
        strokes = layout.strokes(np.ones(labels.shape), painting, finish, step=step, canvas=canvas)
        draw_strokes(canvas, strokes)
        found.append(strokes)
    return concatenate(found)


def ssim(a, b):
    """Structural similarity (Wang et al. 2004) of two pictures (H,W,3), mean over pixels and channels."""
    blur = lambda v: cv2.GaussianBlur(v, (11, 11), 1.5)  # noqa: E731
    ma, mb = blur(a), blur(b)
    va, vb, cov = blur(a * a) - ma * ma, blur(b * b) - mb * mb, blur(a * b) - ma * mb
    return float((((2 * ma * mb + 1e-4) * (2 * cov + 9e-4)) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4))).mean())


@pytest.mark.parametrize("medium", MEDIA)
def test_the_same_picture_at_256_and_2048_pixels(medium):
    strokes = passes(medium)
    pictures = []
    for size in (256, 2048):
        canvas = np.ones((size, size, 3), np.float32)
        draw_strokes(canvas, strokes)
        pictures.append(cv2.resize(canvas, (256, 256), interpolation=cv2.INTER_AREA))
    assert ssim(*pictures) > 0.95


@pytest.mark.parametrize("medium", MEDIA)
def test_the_last_finish_lays_the_paintings_own_pixels(medium):
    painting = np.random.default_rng(0).uniform(0, 1, (640, 320, 3)).astype(np.float32)
    labels = np.zeros((640, 320), np.uint8)
    strokes = Layout(painting, labels, medium).strokes(np.ones((2, 2)), painting, "painting")
    canvas = np.full_like(painting, 0.5)
    layer = draw_strokes(canvas, strokes, painting=painting)
    top, bottom, left, right = layer.box
    whole = layer.coverage == 1
    assert whole.mean() > 0.9
    assert np.array_equal(canvas[top:bottom, left:right][whole], painting[top:bottom, left:right][whole])
    without = np.full_like(painting, 0.5)
    draw_strokes(without, strokes)
    assert not np.array_equal(without, canvas)


@pytest.mark.parametrize("medium", ["oil", "watercolour", "ink"])
def test_coverage_and_paint_are_those_of_equation_2(medium):
    strokes = passes(medium)
    canvas = np.random.default_rng(1).uniform(0, 1, (256, 256, 3)).astype(np.float32)
    before = canvas.copy()
    layer = draw_strokes(canvas, strokes)
    top, bottom, left, right = layer.box
    assert layer.coverage.min() >= 0 and layer.coverage.max() <= 1 + 1e-6
    keep = 1 - layer.coverage if layer.keep is None else layer.keep
    assert layer.paint.min() >= 0 and (layer.paint + keep).max() <= 1 + 1e-5, "premultiplied: no lighter than white"
    expected = before[top:bottom, left:right] * np.moveaxis(np.broadcast_to(keep, layer.paint.shape), 0, -1)
    expected = expected + np.moveaxis(layer.paint, 0, -1)
    assert canvas[top:bottom, left:right] == pytest.approx(np.clip(expected, 0, 1), abs=2e-3)
    outside = np.ones((256, 256), bool)
    outside[top:bottom, left:right] = False
    assert np.array_equal(canvas[outside], before[outside])


@pytest.mark.parametrize("medium", ["oil", "watercolour"])
def test_runs_of_strokes_add_up_to_the_whole(medium):
    strokes = passes(medium)
    whole, parts = np.ones((640, 640, 3), np.float32), np.ones((640, 640, 3), np.float32)
    draw_strokes(whole, strokes)
    bounds = [0, *(whole for whole, _ in strokes.moments(4)), len(strokes)]
    for begin, end in pairwise(bounds):
        draw_strokes(parts, strokes[begin:end])
    assert np.abs(whole - parts).max() < 2e-3


@pytest.mark.parametrize("mark", MARKS)
def test_a_stroke_grows(mark):
    path = np.array([[0.2, 0.2], [0.5, 0.25], [0.8, 0.2], [0.8, 0.7], [0.2, 0.7], [0.2, 0.2]])
    stroke = stroke_list(path, np.full(6, 0.05), [6], np.full((1, 3), 0.2), mark=mark_index(mark), seed=5)
    shares = [float(render_strokes(stroke, 300, 300, last=share).coverage.sum()) for share in (0.25, 0.5, 0.75, 1.0)]
    assert shares == sorted(shares) and shares[0] < 0.6 * shares[-1]


@pytest.mark.parametrize("mark", MARKS)
def test_a_dab_and_a_hair_leave_little(mark):
    """Paths without length and widths far below a pixel fill no boxes."""
    for width in (1e-5, 0.01):
        dab = stroke_list(np.full((4, 2), 0.5), np.full(4, width), [4], np.zeros((1, 3)), mark=mark_index(mark))
        layer = render_strokes(dab, 1000, 1000)
        assert layer is None or layer.coverage.sum() < 4 * max(1, 1000 * width) ** 2


def test_transparent_paint_darkens_and_opaque_paint_covers():
    square = np.array([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9], [0.1, 0.1]])
    for mark, opaque in (("fill", True), ("wash", False), ("wet", False)):
        strokes = stroke_list(
            np.tile(square, (2, 1)),
            np.zeros(10),
            [5, 5],
            np.array([[0.9, 0.5, 0.5], [0.5, 0.9, 0.9]]),
            mark=mark_index(mark),
        )
        once, twice = np.ones((100, 100, 3), np.float32), np.ones((100, 100, 3), np.float32)
        draw_strokes(once, strokes[:1])
        draw_strokes(twice, strokes)
        if opaque:
            assert twice[50, 50] == pytest.approx([0.5, 0.9, 0.9], abs=0.01)
        else:
            assert (twice <= once + 1e-6).all() and (twice[50, 50] < once[50, 50] - 0.05).any()


def test_a_hole_stays_open():
    outer = np.array([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9], [0.1, 0.1]])
    path = np.concatenate([outer, 0.5 + (outer - 0.5) * 0.5])
    strokes = stroke_list(path, np.zeros(10), [10], np.zeros((1, 3)), mark=mark_index("fill"))
    canvas = np.ones((200, 200, 3), np.float32)
    draw_strokes(canvas, strokes)
    assert canvas[100, 100] == pytest.approx(1) and canvas[30, 100] == pytest.approx(0)


def test_a_fill_is_one_colour():
    painting, labels = scene()
    strokes = Layout(painting, labels, "ink").strokes(labels == 2, painting, "flat")
    canvas = np.ones((256, 256, 3), np.float32)
    draw_strokes(canvas, strokes[strokes.mark == mark_index("fill")])
    inside = cv2.erode((labels == 2).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert np.ptp(canvas[inside], axis=0).max() == 0


def test_no_strokes_leave_the_canvas():
    canvas = np.full((30, 40, 3), 0.3, np.float32)
    assert draw_strokes(canvas, EMPTY) is None
    far = stroke_list(np.array([[2.0, 2.0], [2.1, 2.1]]), np.full(2, 0.01), [2], np.zeros((1, 3)), finish=level("flat"))
    assert draw_strokes(canvas, far) is None
    assert (canvas == np.float32(0.3)).all()


@pytest.mark.parametrize("surface", ["canvas", "paper", "smooth"])
def test_a_bare_surface_is_nearly_even_and_the_same_at_every_size(surface):
    large, small = (bare_ground(surface, (0.6, 0.5, 0.4), size, size) for size in (1024, 256))
    assert np.abs(large - np.array([0.6, 0.5, 0.4])).max() < 0.02
    assert cv2.resize(large, (256, 256), interpolation=cv2.INTER_AREA) == pytest.approx(small, abs=0.008)
