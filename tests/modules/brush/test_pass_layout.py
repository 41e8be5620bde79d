"""The strokes of a plan's passes: on the bare surface, in the passes' order, up to what is protected."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scenes import head

from ppp.modules.brush import MEDIA, concatenate, draw_strokes
from ppp.modules.brush.artist import draw_artist
from ppp.modules.brush.pass_layout import PassLayout, bare_canvas, recolour
from ppp.modules.brush.surface import SHADE
from ppp.modules.finish_levels import level
from ppp.modules.imaging.resize import resize_labels
from ppp.modules.labels import PORTRAIT, cluster_label_set
from ppp.modules.plans import make_plan
from ppp.modules.plans.edits import Degrees
from ppp.modules.plans.plan import WHOLE, Pass, full_size_pass
from ppp.modules.plans.plan_file import PlanFile

PAINTING, LABELS = head()
EYES, FACE = PORTRAIT.index("eyes"), PORTRAIT.index("face")


def planned(medium="oil", seed=1, start=None, **more):
    plan = {"start": start} if start else {}
    return make_plan(PlanFile(plan, "a"), PAINTING, LABELS, PORTRAIT, 12, seed, medium=medium, **more)


@cache
def layout_of(medium="oil", seed=1, start=None, ending="painting", artist=1):
    plan = planned(medium, seed, start, ending=ending)
    return PassLayout(PAINTING, LABELS, PORTRAIT, plan, draw_artist(artist), 1)


@pytest.mark.parametrize("medium", MEDIA)
def test_frame_0_is_the_bare_surface_in_its_tone(medium):
    plan, surface = planned(medium), MEDIA[medium].surface
    canvas, large = bare_canvas(plan, 72, 64), bare_canvas(plan, 720, 640)
    assert canvas.shape == (72, 64, 3) and canvas.dtype == large.dtype == np.float32
    np.testing.assert_array_equal(canvas, bare_canvas(plan, 72, 64))
    shade = SHADE[surface] / 2 + 1e-4
    for picture in (canvas, large):
        assert np.abs(picture - np.array(plan.bare, np.float32)).max() <= shade
        assert picture.mean(axis=(0, 1)) == pytest.approx(plan.bare, abs=0.005)
    assert (np.ptp(large, axis=(0, 1)).max() > 0.5 * SHADE[surface] * max(plan.bare)) == (surface != "smooth"), "grain"


def test_what_is_toned_first_begins_as_white_priming_and_gets_its_tone_in_strokes():
    layout = layout_of(start="toned", seed=2)
    canvas = bare_canvas(layout.plan, *LABELS.shape)
    assert canvas.min() > 0.8 and max(layout.plan.ground) < 0.75
    tone = layout.opening()
    assert len(tone) > 50 and set(tone.part) == {-1}
    draw_strokes(canvas, tone)
    assert canvas.mean(axis=(0, 1)) == pytest.approx(layout.plan.ground, abs=0.06)
    assert (np.abs(canvas - np.array(layout.plan.ground, np.float32)).max(axis=2) < 0.2).mean() > 0.97, "no gap is left"
    assert len(layout_of("watercolour", start="toned").opening()) == 0, "nobody tones paper for watercolour"


def test_a_sketch_is_lines_and_a_mass_begins_with_itself():
    lines = layout_of(start="sketch").opening()
    assert len(lines) > 5 and set(lines.finish) == {level("sketch")}
    canvas = bare_canvas(layout_of(start="sketch").plan, *LABELS.shape)
    drawn = canvas.copy()
    draw_strokes(drawn, lines)
    assert 0.01 < (np.abs(drawn - canvas).max(axis=2) > 0.05).mean() < 0.4
    for start in ("mass", "block"):
        assert len(layout_of(start=start).opening()) == 0


@pytest.mark.parametrize("medium", ["oil", "digital", "ink"])
def test_a_pass_paints_its_part_in_its_finish(medium):
    layout = layout_of(medium)
    for index, work in enumerate(layout.plan.passes):
        if work.part == WHOLE or work.finish_name == "smooth":
            continue
        canvas = bare_canvas(layout.plan, *LABELS.shape)
        strokes = layout.strokes(index, canvas)
        if work.finish_name in ("flat", "form"):
            assert set(strokes.part) <= {work.part}
        painted = canvas.copy()
        draw_strokes(painted, strokes, painting=PAINTING)
        changed = np.abs(painted - canvas).max(axis=2) > 0.05
        if work.finish_name in ("flat", "painting"):
            assert changed[work.part == LABELS].mean() > 0.6
        if work.finish_name == "painting":
            assert changed[work.part != LABELS].mean() < 0.1


def test_bare_ground_between_the_strokes_of_a_coat_is_covered_with_the_next():
    """Where a plan has nothing left to do, too: it knows no bristles that were dry."""
    layout = layout_of()
    plan = replace(layout.plan, passes=tuple(replace(work, extent=0 * work.extent) for work in layout.plan.passes))
    layout = PassLayout(PAINTING, LABELS, PORTRAIT, plan, draw_artist(1), 1)
    index = next(i for i, work in enumerate(plan.passes) if work.finish_name == "form")
    part, coat = layout.plan.passes[index].part, layout.states[level("flat")]
    cracked = layout.small_labels == part
    cracked[:, np.arange(cracked.shape[1]) % 24 > 3] = False
    cracked &= np.abs(layout.states[-1] - layout.plan.ground).max(axis=2) > 0.2
    canvas = np.where(cracked[..., None], np.float32(layout.plan.ground), coat)
    after = canvas.copy()
    draw_strokes(after, layout.strokes(index, canvas))
    assert (np.abs(after - canvas).max(axis=2) > 0.03)[cracked].mean() > 0.85


@pytest.mark.parametrize(("wide", "bare"), [(4, 1.0), (2, 0.6)])
def test_bare_ground_in_a_coat_that_is_over_is_covered(wide, bare):
    """Also where it is narrower than a pixel, so that paint dims it."""
    layout = layout_of()
    index = next(i for i, work in enumerate(layout.plan.passes) if work.finish_name == "flat")
    own, coat = layout.small_labels == layout.plan.passes[index].part, layout.states[level("flat")]
    cracked = (
        own & (np.arange(own.shape[1]) % 24 < wide) & (np.abs(layout.states[-1] - layout.plan.ground).max(axis=2) > 0.2)
    )
    canvas = np.where(cracked[..., None], bare * np.float32(layout.plan.ground) + (1 - bare) * coat, coat)
    after = canvas.copy()
    draw_strokes(after, layout.over_cracks(index, canvas))
    assert cracked.any() and (np.abs(after - canvas).max(axis=2) > 0.03)[cracked].mean() > 0.85
    assert not len(layout_of("watercolour").over_cracks(0, canvas)), "paper shines through"


def test_passes_are_laid_out_the_same_whenever_that_is():
    """A process that is continued goes on with the strokes that it would have had."""
    again = PassLayout(PAINTING, LABELS, PORTRAIT, layout_of().plan, draw_artist(1), 1)
    canvas = bare_canvas(again.plan, *LABELS.shape)
    for index in (3, 0):
        assert layout_of().strokes(index, canvas) == again.strokes(index, canvas)


def test_artists_differ_at_one_plan():
    one, other = (layout_of(artist=artist).strokes(0, bare_canvas(planned(), 72, 64)) for artist in (1, 2))
    assert one != other


def test_other_constrained_parts_are_left_alone():
    plan = planned(edits=[Degrees(eyes=0.3)])
    layout = PassLayout(PAINTING, LABELS, PORTRAIT, plan, draw_artist(1), 1)
    index = next(i for i, work in enumerate(plan.passes) if work.part == FACE)
    number = next(n for n, step in enumerate(plan.slices, 1) if n > 1 and index in {piece.index for piece in step})
    canvas = bare_canvas(plan, *LABELS.shape)
    before = canvas.copy()
    layout.draw(canvas, layout.strokes(index, canvas), number, index)
    np.testing.assert_array_equal(canvas[LABELS == EYES], before[LABELS == EYES])
    assert (canvas != before)[LABELS == FACE].any(axis=1).mean() > 0.5


@pytest.mark.parametrize(("medium", "last"), [("watercolour", "smooth"), ("oil", "painting")])
def test_as_the_brush_leaves_it_transparent_media_have_no_opaque_last_coat(medium, last):
    layout, closed = (layout_of(medium, ending=ending) for ending in ("brush", "painting"))
    index = next(i for i, work in enumerate(layout.plan.passes) if work.finish_name == "painting")
    canvas = bare_canvas(layout.plan, *LABELS.shape)
    assert set(layout.strokes(index, canvas).finish) == {level(last)}
    assert set(closed.strokes(index, canvas).finish) == {level("painting")}


@pytest.mark.parametrize("ending", ["painting", "brush"])
def test_the_last_look_closes_what_is_left_only_where_the_painting_is_the_end(ending):
    layout = layout_of(ending=ending)
    after = np.full_like(PAINTING, 0.5)
    layout.close(np.full_like(PAINTING, 0.5), after, layout.plan.n_frames - 1)
    assert np.array_equal(after, PAINTING) == (ending == "painting")
    early = np.full_like(PAINTING, 0.5)
    layout.close(early.copy(), early, 2)
    assert (early == 0.5).all()


def test_what_was_right_on_a_given_canvas_stays():
    canvas = PAINTING.copy()
    canvas[40:] = 0.9
    plan = make_plan("artist", PAINTING, LABELS, PORTRAIT, 8, 1, medium="oil", canvas=canvas)
    layout = PassLayout(PAINTING, LABELS, PORTRAIT, plan, draw_artist(1), 1)
    after = canvas + 0.1
    layout.close(canvas, after, 1)
    np.testing.assert_array_equal(after[:40], canvas[:40])
    assert (after[40:] != canvas[40:]).any(axis=2).mean() > 0.5


def test_strokes_get_other_colours():
    strokes = layout_of().strokes(0, bare_canvas(planned(), 72, 64))
    colours = np.tile(np.float32([[0.2, 0.5, 1.5]]), (len(strokes), 1))
    red = recolour(strokes, colours)
    assert (red.colour == (51, 128, 255)).all() and np.array_equal(red.points, strokes.points)
    assert concatenate([red, strokes])[: len(red)] == red


def test_the_last_look_costs_no_drawing_and_ends_as_the_painting(monkeypatch):
    layout = layout_of()
    number = layout.plan.n_frames - 1
    piece = layout.plan.slices[number - 1][-1]
    assert layout.plan.passes[piece.index].part == WHOLE and piece.end >= 1
    before = bare_canvas(layout.plan, *LABELS.shape)
    strokes, canvas = layout.strokes(piece.index, before), before.copy()
    assert len(strokes)
    monkeypatch.setattr("ppp.modules.brush.pass_layout.draw_strokes", lambda *_, **__: pytest.fail("drawn for nothing"))
    layout.draw(canvas, strokes, number, piece.index)
    layout.close(before, canvas, number)
    np.testing.assert_array_equal(canvas, PAINTING)


def test_what_is_far_is_not_finished_along_the_outline_of_what_is_not_there_yet():
    """An outline in a label map is a little off: leaves of the tree would hang in a finished sky."""
    layout = layout_of("digital")
    hair, wall = PORTRAIT.index("hair"), PORTRAIT.index("background")
    index = next(i for i, p in enumerate(layout.plan.passes) if (p.part, p.finish_name) == (wall, "painting"))
    beside = np.zeros_like(LABELS, bool)
    beside[:, 1:] |= (LABELS[:, 1:] == wall) & (LABELS[:, :-1] == hair)
    beside[:, :-1] |= (LABELS[:, :-1] == wall) & (LABELS[:, 1:] == hair)
    bare = np.where((wall == LABELS)[..., None], PAINTING, np.float32(1))
    covered = {}
    for name, canvas in (("bare", bare), ("there", PAINTING)):
        laid = np.zeros_like(PAINTING)
        draw_strokes(laid, recolour(layout.strokes(index, canvas), np.ones((len(layout.strokes(index, canvas)), 3))))
        covered[name] = laid[beside].mean()
    assert covered["bare"] < 0.6 * covered["there"]


def test_where_a_part_goes_on_past_its_outline_there_are_no_stairs():
    """A plan's maps are coarse: a flat laid by them ends in a slope, not in steps of their pixels."""
    y, x = np.mgrid[:20, :20]
    coarse = Pass(0, level("flat"), 2 * y < x + 10, np.zeros((20, 20), np.uint8), np.zeros((20, 20), np.float32), 0.05)
    extent, _ = full_size_pass(coarse, np.ones((200, 200), np.uint8) * (np.arange(200) > 20), np.array([0, 1]), 10)
    ends = extent[:, 60:140].sum(axis=0)
    assert np.abs(np.diff(ends)).max() <= 1, "each column ends at most a pixel below the one before"
    assert np.abs(ends - np.linspace(ends[0], ends[-1], len(ends))).max() < 2
    thin = np.zeros((200, 200), np.uint8)
    thin[48:58] = 1  # what is left out as a whole stays so
    around = replace(coarse, extent=resize_labels(thin, (20, 20)) == 0)
    assert not full_size_pass(around, thin, np.array([0, 1]), 10)[0][50:55].any()


def test_flat_colours_do_not_run_where_a_part_goes_on_behind_another():
    """A sky of two plain tones is two plain tones behind a hill, too."""
    painting, labels = np.full((90, 90, 3), (0.84, 0.96, 0.96), np.float32), np.zeros((90, 90), np.uint8)
    painting[5:35, 55:85] = (1.0, 0.82, 0.4)
    painting[30:] = (0.3, 0.5, 0.3)
    labels[30:] = 1
    plan = layout_of("ink").plan
    index = next(i for i, work in enumerate(plan.passes) if work.finish_name == "flat")
    whole = replace(plan.passes[index], part=0, extent=np.ones_like(plan.passes[index].extent))
    plan = replace(plan, passes=(*plan.passes[:index], whole, *plan.passes[index + 1 :]))
    layout = PassLayout(painting, labels, cluster_label_set(2), plan, draw_artist(1), 1)
    fills = layout.strokes(index, bare_canvas(plan, 90, 90))
    assert len(np.unique(fills[fills.areas].colour, axis=0)) == 2
