"""Lines to trace, tones to compare, and the time that a step takes."""

import numpy as np
import pytest

from ppp.modules.brush.stroke import MARKS, StrokeList
from ppp.pipeline.writers.canvas_size import CanvasSize
from ppp.pipeline.writers.painting_time import painting_minutes
from ppp.pipeline.writers.pdf.outline import calm_labels, outline_paths, trace_borders
from ppp.pipeline.writers.pdf.tone_study import tone_study


def halves(left, right, shape=(240, 320)):
    picture = np.empty((*shape, 3), np.uint8)
    picture[:, : shape[1] // 2], picture[:, shape[1] // 2 :] = left, right
    labels = np.ones(shape, np.uint8)
    labels[:, shape[1] // 2 :] = 2
    return picture, labels


def test_borders_are_traced_once_between_where_they_meet():
    labels = np.zeros((6, 8), np.uint8)
    labels[:, 4:] = 1
    labels[3:, 4:] = 2
    chains = trace_borders(labels)
    assert sorted(len(chain) - 1 for chain in chains) == [3, 3, 4], "two halves of the upright, and the level one"
    labels = np.zeros((9, 9), np.uint8)
    labels[3:6, 3:6] = 1
    (ring,) = trace_borders(labels)
    assert (ring[0] == ring[-1]).all() and len(ring) == 13


def test_outlines_are_drawn_where_they_are_and_specks_are_not():
    picture, labels = halves((40, 60, 120), (220, 180, 140))
    labels[20:22, 20:22] = 3
    labels[100, 200] = 1
    paths = outline_paths(picture, labels)
    things = [path for path in paths if path.thing]
    assert len(things) == 1 and not [path for path in paths if not path.thing]
    assert np.abs(things[0].points[:, 0] - 0.5).max() < 0.005
    assert np.ptp(things[0].points[:, 1]) > 0.72


def test_a_border_that_cannot_be_seen_is_not_drawn_and_a_form_that_can_is():
    picture, labels = halves((90, 120, 60), (92, 121, 60))
    assert outline_paths(picture, labels) == []
    picture[120:] = (230, 220, 120)
    forms = outline_paths(picture, labels)
    assert forms and not any(form.thing for form in forms)
    along = np.concatenate([form.points for form in forms])
    assert np.abs(along[:, 1] - 0.375).max() < 0.01 and np.ptp(along[:, 0]) > 0.95


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (500, 7)])
def test_tiny_pictures_have_no_outline_but_tones(shape):
    picture = np.full((*shape, 3), 90, np.uint8)
    assert outline_paths(picture, np.ones(shape, np.uint8)) == []
    assert tone_study(picture, 3).shares == [1.0]


def test_calm_labels_keep_what_is_large():
    labels = np.ones((100, 100), np.uint8)
    labels[20:60, 20:60] = 2
    labels[80, 80] = 3
    calm = calm_labels(labels, 0.001)
    assert set(np.unique(calm)) == {1, 2} and 1300 < (calm == 2).sum() <= 1600


def test_a_value_study_has_the_tones_of_the_picture_dark_to_light():
    ramp = np.repeat(np.linspace(0, 255, 300).astype(np.uint8)[None, :, None], 200, 0).repeat(3, 2)
    for tones in (3, 5):
        study = tone_study(ramp, tones)
        assert len(study.greys) == tones and study.greys == sorted(study.greys)
        assert sum(study.shares) == pytest.approx(1) and min(study.shares) > 0.5 / tones
        assert set(np.unique(study.picture)) == set(study.greys)
    assert len(tone_study(np.full((50, 50, 3), 40, np.uint8), 5).greys) == 1


def strokes(width, rows, mark="bristle"):
    points = np.array([[x, y] for y in np.linspace(0.05, 0.45, rows) for x in (0.0, 1.0)], np.float32)
    kinds = {"medium": np.int8, "finish": np.int8, "part": np.int16, "step": np.int32, "seed": np.uint32}
    facts = {name: np.zeros(rows, kind) for name, kind in kinds.items()}
    return StrokeList(
        points=points, widths=np.full(2 * rows, width, np.float32), starts=np.arange(0, 2 * rows + 1, 2),
        colour=np.zeros((rows, 3), np.uint8), opacity=np.full(rows, 255, np.uint8),
        mark=np.full(rows, MARKS.index(mark), np.int8), **facts,
    )  # fmt: skip


def test_finer_brushes_and_larger_canvases_take_longer_and_more_strokes_over_each_other_hardly():
    canvas = CanvasSize(500.0, "mm")
    broad, fine = painting_minutes(strokes(0.05, 8), canvas, 3), painting_minutes(strokes(0.01, 40), canvas, 3)
    assert 5 <= broad < fine <= 90
    assert painting_minutes(strokes(0.05, 8), CanvasSize(1500.0, "mm"), 3) > broad
    assert painting_minutes(strokes(0.05, 400), canvas, 3) < 2 * painting_minutes(strokes(0.05, 20), canvas, 3)
    assert painting_minutes(strokes(0.002, 40, "contour"), canvas, 1) < painting_minutes(
        strokes(0.002, 400, "contour"), canvas, 1
    )
    assert painting_minutes(strokes(0.05, 8)[np.zeros(8, bool)], canvas, 0) == 1
