"""Pictures between two frames: strokes on their way, and the brush that lays them."""

import numpy as np
import pytest

from ppp.modules.brush import draw_strokes
from ppp.modules.brush.brush_tip import draw_brush
from ppp.modules.brush.in_between import in_between
from ppp.modules.brush.stroke import AREAS, MARKS, mark_index, stroke_list
from ppp.modules.finish_levels import LEVELS

HEIGHT, WIDTH = 90, 120


def some_strokes(n=6, mark="bristle", **values):
    """Strokes from left to right, one under the other."""
    y = (np.arange(n) + 0.5) / n * 0.7
    paths = [np.stack([np.linspace(0.05, 0.9, 5), np.full(5, row)], axis=1) for row in y]
    if mark in AREAS:
        paths = [np.array([[0.1, r], [0.9, r], [0.9, r + 0.1], [0.1, r + 0.1], [0.1, r]]) for row in y for r in [row]]
    colour = np.random.default_rng(0).uniform(0, 0.8, (n, 3))
    values = {"seed": np.arange(n), **values}
    return stroke_list(np.concatenate(paths), np.full(5 * n, 0.06), [5] * n, colour, mark=mark_index(mark), **values)


def frames_of(strokes, painting=None):
    before = np.full((HEIGHT, WIDTH, 3), 240, np.uint8)
    canvas = before.astype(np.float32) / 255
    draw_strokes(canvas, strokes, painting=painting)
    return before, np.rint(canvas * 255).astype(np.uint8)


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("count", [1, 4, 25])
def test_moments_lead_from_one_frame_to_the_next(mark, count):
    strokes = some_strokes(mark=mark)
    before, after = frames_of(strokes)
    moments = [(m.picture.copy(), m.stroke, m.share) for m in in_between(before, after, strokes, count)]
    assert len(moments) == count
    far = [np.abs(picture.astype(int) - after).sum() for picture, _, _ in moments]
    start = np.abs(before.astype(int) - after).sum()
    assert far[-1] < 0.35 * start or count == 1
    assert all(b <= a + 0.02 * start for a, b in zip([start, *far], far, strict=False)), "ever nearer"
    assert len({picture.tobytes() for picture, _, _ in moments}) >= 0.9 * count, "moments show something new"
    assert [stroke for _, stroke, _ in moments] == sorted(stroke for _, stroke, _ in moments)


def test_what_a_step_leaves_alone_is_alone_in_between():
    strokes = some_strokes()
    before, after = frames_of(strokes)
    after[:, 60:] = before[:, 60:]  # a locked part, put back
    for moment in in_between(before, after, strokes, 9):
        np.testing.assert_array_equal(moment.picture[:, 60:], before[:, 60:])


def test_the_last_finish_lays_the_painting_in_between():
    painting = np.random.default_rng(1).random((HEIGHT, WIDTH, 3)).astype(np.float32)
    strokes = some_strokes(finish=len(LEVELS) - 1)
    before, after = frames_of(strokes, painting)
    *_, last = in_between(before, after, strokes, 30, painting)
    row = round(0.5 / 6 * 0.7 * WIDTH)
    assert np.abs(last.picture[row, 30:90] / 255 - painting[row, 30:90]).mean() < 0.1


@pytest.mark.parametrize("medium", range(5))
@pytest.mark.parametrize("mark", ["bristle", "hatch", "wash"])
def test_a_brush_is_drawn_where_the_stroke_ends(mark, medium):
    strokes = some_strokes(mark=mark, medium=medium)
    picture = np.full((300, 400, 3), 240, np.uint8)
    shown = draw_brush(picture, strokes, 2, 0.5)
    assert (picture == 240).all()
    rows, columns = np.nonzero((shown != picture).any(axis=2))
    x, y = strokes.stroke(2).path[2] * 400
    assert abs(rows.min() - y) < 15 and columns.min() > x - 30, "from its tip to the lower right"
    assert len(rows) < 0.2 * shown[..., 0].size
    np.testing.assert_array_equal(shown, draw_brush(picture, strokes, 2, 0.5))


def test_a_brush_at_or_beyond_the_edge():
    for at in ((0.0, 0.0), (1.0, 1.0), (2.5, 2.5)):
        far = stroke_list(np.array([at, at]), np.full(2, 0.05), [2], np.zeros((1, 3)))
        for size in ((1, 1), (3, 90), (64, 64)):
            assert draw_brush(np.zeros((*size, 3), np.uint8), far, 0, 1.0).shape == (*size, 3)
