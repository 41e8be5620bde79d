"""Strokes are laid where they are asked for, along the form, up to outlines."""

import cv2
import numpy as np
import pytest

from ppp.modules.brush import MEDIA, Layout, find_medium, first_cover, render_strokes
from ppp.modules.brush.cover import select_uncovered
from ppp.modules.brush.direction import direction_field, outline_distance
from ppp.modules.brush.lines import ink_lines, sketch_lines
from ppp.modules.brush.tracing import Candidates
from ppp.modules.io.errors import UserError


def two_halves(size=100):
    """A light left and a dark right half, and their label map."""
    painting = np.full((size, size, 3), 0.8, np.float32)
    painting[:, size // 2 :] = (0.2, 0.25, 0.3)
    labels = np.zeros((size, size), np.uint8)
    labels[:, size // 2 :] = 1
    return painting, labels


def coverage(strokes, shape):
    """How much strokes cover of a picture, (h,w) in [0,1]."""
    covered = np.zeros(shape, np.float32)
    if layer := render_strokes(strokes, *shape):
        top, bottom, left, right = layer.box
        covered[top:bottom, left:right] = layer.coverage
    return covered


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("finish", ["sketch", "wash", "flat", "smooth", "painting"])
def test_strokes_stay_in_their_place(medium, finish):
    painting, labels = two_halves()
    layout = Layout(painting, labels, medium)
    for reach in (0.0, 0.02) if finish == "flat" else (0.0,):
        strokes = layout.strokes(labels == 1, painting, finish, reach=reach)
        assert set(strokes.part) <= {1}
        columns = np.flatnonzero((coverage(strokes, labels.shape) > 0.1).any(axis=0))
        assert columns.min(initial=50) / 100 >= 0.5 - reach - 0.022  # of which .01 are one pixel


@pytest.mark.parametrize("medium", ["oil", "digital", "ink"])
def test_a_complete_pass_covers_its_place(medium):
    painting, labels = two_halves()
    strokes = Layout(painting, labels, medium).strokes(labels == 0, painting, "painting")
    assert coverage(strokes, labels.shape)[labels == 0].mean() > 0.985


def test_a_place_ends_ragged_where_strokes_run_out():
    """A coat that goes on behind a nearer part is no cut-out; up to its own outline it is as full as ever."""
    painting = np.full((100, 100, 3), 0.5, np.float32)
    where, loose = np.zeros((100, 100)), np.zeros((100, 100))
    where[:, :62], loose[:, 52:62] = 1, 1
    ends = []
    for out in (None, loose):
        laid = Layout(painting, np.zeros((100, 100), np.uint8), "oil").strokes(where, painting, "flat", loose=out)
        covered = coverage(laid, where.shape)
        assert covered[:, :51].mean() > 0.97 and covered[:, 64:].max() < 0.1
        ends.append(np.where(covered > 0.5, np.arange(100), 0).max(axis=1))
    assert ends[1].std() > 1.5 * ends[0].std() and 52 < ends[1].mean() < ends[0].mean()


def test_what_is_hidden_leads_no_stroke_of_what_is_behind():
    """The stripes of a thing would show in the bristles of a wall that goes on behind it, before the thing is there."""
    painting, labels = np.full((100, 100, 3), 0.6, np.float32), np.zeros((100, 100), np.uint8)
    labels[20:80, 20:80] = 1
    painting[24:76, 24:76] = np.where(np.arange(52)[:, None, None] % 10 < 5, 0.1, 0.5)
    hidden, plain = (Layout(picture, labels, "oil", seed=3) for picture in (painting, np.full_like(painting, 0.6)))
    wall = np.full_like(painting, 0.6)
    everywhere = np.ones(labels.shape)
    assert np.array_equal(*(layout.strokes(everywhere, wall, "flat", part=0).points for layout in (hidden, plain)))
    assert not np.array_equal(
        *(layout.strokes(everywhere, layout.context.painting, "flat").points for layout in (hidden, plain))
    )


def test_a_stroke_has_the_colour_of_its_place():
    painting, labels = two_halves()
    strokes = Layout(painting, labels, "digital").strokes(np.ones(labels.shape), painting, "form")
    expected = painting[0, [0, -1]][strokes.part]
    assert np.percentile(np.abs(strokes.colour / 255 - expected), 98) < 0.08


def test_strokes_stop_where_the_colour_changes():
    painting, labels = two_halves()
    strokes = Layout(painting, 0 * labels, "oil").strokes(np.ones(labels.shape), painting, "flat", complete=False)
    first = np.array([stroke.path[:, 0].min() for stroke in strokes])
    last = np.array([stroke.path[:, 0].max() for stroke in strokes])
    across = (first < 0.4) & (last > 0.6)
    assert across.mean() < 0.02
    assert len(set(strokes.part)) == 1


def test_the_field_follows_the_form():
    y, x = np.mgrid[:200, :200].astype(np.float32)
    stripes = np.repeat((0.5 + 0.4 * np.sin((x + y) / 4))[..., None], 3, axis=2).astype(np.float32)
    field = direction_field(stripes, np.zeros((200, 200), int), 0.03, slant=0.6)
    middle = field.angle[60:140, 60:140] % np.pi
    assert np.abs(middle - 0.75 * np.pi).mean() < 0.05  # along the stripes, which fall from the upper right
    assert field.coherence[60:140, 60:140].mean() > 0.8


def test_flat_regions_take_the_slant_and_turn_along_outlines():
    plain = np.full((200, 200, 3), 0.5, np.float32)
    field = direction_field(plain, np.zeros((200, 200), int), 0.03, slant=0.6)
    assert field.angle == pytest.approx(0.6, abs=1e-3)
    labels = np.zeros((200, 200), int)
    labels[:, 100:] = 1
    near = direction_field(plain, labels, 0.03, slant=0.6).angle[50:150, 97:103] % np.pi
    assert np.abs(near - np.pi / 2).max() < 0.15


def test_outline_distance_counts_from_the_border_between_regions():
    labels = np.zeros((5, 8), int)
    labels[:, 4:] = 1
    assert outline_distance(labels)[2].tolist() == pytest.approx([3.5, 2.5, 1.5, 0.5, 0.5, 1.5, 2.5, 3.5], abs=0.2)
    assert outline_distance(np.zeros((5, 8), int)).min() > 8


def test_travel_orders_the_strokes():
    painting, labels = two_halves()
    travel = np.tile(np.linspace(1, 0, 100, dtype=np.float32), (100, 1))  # from the right
    strokes = Layout(painting, labels, "oil").strokes(np.ones(labels.shape), painting, "form", travel=travel)
    middles = np.array([stroke.path[len(stroke.path) // 2, 0] for stroke in strokes])
    assert np.corrcoef(middles, np.arange(len(strokes)))[0, 1] < -0.95


def test_the_same_strokes_whatever_the_size_of_the_maps():
    painting, labels = two_halves(512)
    layout = Layout(painting, labels, "oil")
    small = layout.strokes(cv2.resize((labels == 1).astype(np.float32), (256, 256)) > 0.5, painting, "flat")
    assert layout.strokes(labels == 1, painting, "flat") == small
    assert Layout(painting, labels, "oil").strokes(labels == 1, painting, "flat") == small
    assert Layout(painting, labels, "oil", seed=1).strokes(labels == 1, painting, "flat") != small
    assert layout.strokes(labels == 1, painting, "flat", number=1) != small


def test_nothing_to_paint_is_no_stroke():
    painting, labels = two_halves()
    for medium in MEDIA:
        assert len(Layout(painting, labels, medium).strokes(np.zeros(labels.shape), painting, "flat")) == 0


def test_the_first_strokes_cover_what_they_are_first_to_cover():
    painting, labels = two_halves()
    strokes = Layout(painting, labels, "oil").strokes(labels == 0, painting, "form")
    first = first_cover(strokes, *labels.shape)
    for count in (1, len(strokes) // 3, len(strokes)):
        assert ((first < count) == (first_cover(strokes[:count], *labels.shape) < count)).all()
    assert (first < len(strokes))[labels == 0].mean() > 0.9


def test_ink_is_traced_along_its_line():
    picture = np.ones((200, 200, 3), np.float32)
    y, x = np.mgrid[:200, :200]
    ring = np.abs(np.hypot(x - 100, y - 100) - 60)
    picture[ring < 2] = 0.05
    lines = ink_lines(picture)
    points = np.concatenate(lines.paths)
    assert np.abs(np.hypot(*(points - 100.5).T) - 60).max() < 2
    assert sum(len(path) for path in lines.paths) * 1.5 > 0.9 * 2 * np.pi * 60
    assert not ink_lines(np.ones((50, 50, 3), np.float32)).paths


def test_the_edge_of_a_shadow_is_no_line():
    picture = np.full((200, 200, 3), 0.8, np.float32)
    picture[:, 100:] = 0.3
    assert not ink_lines(picture).paths


def test_lines_go_on_over_gaps_and_pale_ones_are_seen():
    picture = np.ones((200, 200, 3), np.float32)
    picture[99:102, 20:180] = 0.80  # pale
    picture[99:102, 98:102] = 1  # and broken
    (path,) = ink_lines(picture).paths
    assert path[:, 0].min() < 25 and path[:, 0].max() > 175 and np.abs(path[:, 1] - 100.5).max() < 1.5


def test_a_sketch_draws_contours():
    painting, labels = two_halves()
    points = np.concatenate(sketch_lines(painting, labels).paths)
    assert np.abs(points[:, 0] - 50).max() < 3


def test_unknown_names_are_refused():
    painting, labels = two_halves(20)
    with pytest.raises(UserError, match="Did you mean oil") as refusal:
        find_medium("oils")
    assert all(name in refusal.value.fix for name in MEDIA)
    with pytest.raises(UserError, match="finish"):
        Layout(painting, labels, "oil").strokes(labels, painting, "glossy")


def test_candidates_are_selected_as_if_one_by_one():
    rng = np.random.default_rng(5)
    n, side = 300, 90
    middle, turn = rng.uniform(5, side - 5, (n, 1, 2)), rng.uniform(0, np.pi, n)
    along = np.linspace(-9, 9, 9)[None, :, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)[:, None]
    made = Candidates(
        middle + along, rng.uniform(2, 6, (n, 9)), np.zeros((n, 3)), rng.uniform(size=n), np.zeros(n, int),
        np.zeros(n, int),
    )  # fmt: skip
    together, alone, wanted = np.zeros((side, side), np.uint8), np.zeros((side, side), np.uint8), []
    selected = select_uncovered(together, made, 0.5)
    for i in np.argsort(made.moment):  # a list of one is not sorted out beforehand
        if len(select_uncovered(alone, made[i : i + 1], 0.5)):
            wanted.append(i)
    assert selected.tolist() == wanted and 20 < len(wanted) < n
    np.testing.assert_array_equal(together, alone)
