"""The first frame as strokes: where the network paints, in its colours, at the picture's own size."""

from functools import cache

import numpy as np
import pytest
from scenes import head

from ppp.modules.brush import MEDIA, draw_strokes
from ppp.modules.brush.artist import draw_artist
from ppp.modules.brush.pass_layout import PassLayout, bare_canvas
from ppp.modules.data.synthetic.painter import SimulatedPainter
from ppp.modules.firstframe.first_strokes import lay_first_strokes
from ppp.modules.imaging.resize import resize, resize_labels
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import make_plan
from ppp.modules.plans.plan_file import PlanFile
from ppp.modules.plans.spec import STARTS

PAINTING, LABELS = head()


@cache
def planned(start, medium="oil", seed=1):
    return make_plan(PlanFile({"start": start}, "a"), PAINTING, LABELS, PORTRAIT, 12, seed, medium=medium)


def layout_of(plan, scale=1):
    size = (scale * LABELS.shape[1], scale * LABELS.shape[0])
    painting = resize(PAINTING, size).reshape(size[1], size[0], 3)
    return PassLayout(painting, resize_labels(LABELS, size), PORTRAIT, plan, draw_artist(1), 1)


def lay(plan, picture, scale=1):
    """Frame 0, frame 1 and its strokes."""
    canvas = bare_canvas(plan, scale * LABELS.shape[0], scale * LABELS.shape[1])
    before = canvas.copy()
    x_1, strokes = lay_first_strokes(picture, layout_of(plan, scale), canvas)
    np.testing.assert_array_equal(canvas, before)
    return canvas, x_1, strokes


def bare(plan):
    return np.full_like(PAINTING, np.array(plan.ground, np.float32))


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("scale", [1, 3], ids=["same size", "enlarged"])
def test_the_predicted_frame_is_what_the_strokes_show(start, scale):
    """What the simulated painter makes of the first step is what a perfect network would predict."""
    plan, size = planned(start), (256, 288)
    large = resize(PAINTING, size).reshape(288, 256, 3), resize_labels(LABELS, size)
    picture = SimulatedPainter(*large, PORTRAIT, plan, 1).first()
    canvas, x_1, strokes = lay(plan, picture, scale)
    assert len(strokes) > 3 and set(strokes.step) == {1}
    small, shown, ground = (resize(v, LABELS.shape[::-1]).reshape(PAINTING.shape) for v in (picture, x_1, canvas))
    assert np.abs(shown - small).mean() < max(0.5 * np.abs(ground - small).mean(), 0.01)
    again = canvas.copy()
    draw_strokes(again, strokes)
    assert np.abs(again - x_1).mean() < 1 / 255


def test_strokes_are_laid_where_the_network_paints_and_in_its_colours():
    """Only the left half, and in blue."""
    plan = planned("block")
    picture = bare(plan)
    picture[:, :32] = (0.1, 0.2, 0.9)
    canvas, x_1, strokes = lay(plan, picture)
    changed = np.abs(x_1 - canvas).max(axis=2) > 0.05
    assert changed[:, :24].mean() > 0.7 and changed[:, 44:].mean() < 0.1
    assert len(strokes) > 3
    blue = np.abs(x_1 - (0.1, 0.2, 0.9)).max(axis=2) < 0.12
    assert blue[:, :24][changed[:, :24]].mean() > 0.8


def test_strokes_that_cross_an_outline_take_no_colour_from_beyond_it():
    """The wall in blue, all else in red: no stroke is violet."""
    plan, wall = planned("mass"), PORTRAIT.index("background")
    picture = np.where((wall == LABELS)[..., None], np.float32((0.1, 0.2, 0.9)), np.float32((0.9, 0.2, 0.1)))
    layout = layout_of(plan)
    _, _, strokes = lay(plan, picture)
    mine = strokes[(strokes.part == wall) & (layout.part_at(strokes) == wall)]
    assert len(mine) > 3 and (mine.colour[:, 0] < 60).all() and (mine.colour[:, 2] > 200).all()


def test_where_the_network_paints_nothing_nothing_is_laid():
    for start in ("mass", "block"):
        canvas, x_1, strokes = lay(planned(start), bare(planned(start)))
        assert len(strokes) == 0
        np.testing.assert_array_equal(x_1, canvas)


def test_of_a_drawing_those_lines_are_drawn_that_the_network_draws_and_all_where_it_draws_none():
    plan = planned("sketch")
    layout = layout_of(plan)
    _, _, everything = lay(plan, bare(plan))
    assert len(everything) == len(layout.opening()) > 5
    half = bare(plan)
    half[:36] = 0.2
    _, _, some = lay(plan, half)
    assert 0 < len(some) < len(everything)
    assert (some.middles()[:, 1] < 0.5 + 0.1).all()


def test_a_wash_that_is_begun_is_laid_whole():
    plan = planned("mass", "watercolour")
    (piece,) = plan.slices[0]
    own = plan.passes[piece.index].part == LABELS
    picture = bare(plan)
    picture[own & (np.indices(own.shape)[1] < 32)] = 0.3
    canvas, x_1, strokes = lay(plan, picture)
    assert len(strokes) == len(layout_of(plan).strokes(piece.index, canvas))
    assert (np.abs(x_1 - canvas).max(axis=2) > 0.02)[own].mean() > 0.8
    assert len(lay(plan, bare(plan))[2]) == 0


@pytest.mark.parametrize(("medium", "habit", "seed"), [("watercolour", "masses", 1), ("ink", "shapes", 2)])
def test_washes_and_flat_fills_keep_their_own_colours(medium, habit, seed):
    """The darkness of a wash is added to what is there; along the outline of a fill lie several parts' colours."""
    plan = make_plan("artist", PAINTING, LABELS, PORTRAIT, 12, seed, habit=habit, medium=medium)
    assert plan.passes[plan.slices[0][0].index].finish_name in MEDIA[medium].shapes
    picture = bare(plan)
    picture[:] = (0.9, 0.1, 0.1)
    layout = layout_of(plan)
    canvas, x_1, strokes = lay(plan, picture)
    own = [layout.strokes(piece.index, canvas) for piece in plan.slices[0]]
    strokes = strokes[strokes.areas]
    assert len(strokes) > 0 and set(map(tuple, strokes.colour)) <= {tuple(c) for s in own for c in s.colour}
    assert (x_1 <= canvas + 1e-6).all() or medium == "ink"
