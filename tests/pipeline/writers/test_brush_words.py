"""Brush words: computed from the strokes that were laid, in the words of each medium."""

from dataclasses import replace

import numpy as np
import pytest
from paintings import job

from ppp.modules.brush import MEDIA, Layout, concatenate
from ppp.modules.brush.stroke import mark_index, stroke_list
from ppp.modules.finish_levels import LEVELS
from ppp.modules.labels import PORTRAIT
from ppp.modules.things import thing_label_set
from ppp.pipeline.port_values import Parts
from ppp.pipeline.writers.brush_words import brush_sizes, describe_strokes, direction_arrows, direction_words, kit_words
from ppp.pipeline.writers.canvas_size import CanvasSize
from ppp.pipeline.writers.step_describer import StepDescriber

CANVAS = CanvasSize(500, "mm")
FACE = PORTRAIT.index("face")


def ribbons(angles, *, mark="bristle", medium="oil", width=0.05, length=0.2, finish="flat", opacity=1.0, part=1):
    """Straight strokes side by side, at angles (degrees, 0 to the right, 90 down)."""
    n = len(angles)
    turn = np.radians(np.asarray(angles, float))
    way = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    middle = np.stack([0.2 + 0.6 * (np.arange(n) % 6) / 5, 0.2 + 0.6 * (np.arange(n) // 6 % 6) / 5], axis=1)
    points = middle[:, None] + np.linspace(-0.5, 0.5, 5)[:, None] * length * way[:, None]
    return stroke_list(
        points.reshape(-1, 2), np.full(5 * n, width), [5] * n, np.full((n, 3), 0.4), mark=mark_index(mark),
        medium=list(MEDIA).index(medium), finish=LEVELS.index(finish), opacity=opacity, part=part,
    )  # fmt: skip


def square(x, y, side, *, mark="wash", part=1, soft=0.0, colour=0.4, finish="wash", medium="watercolour"):
    """One wash: a square with its corner at (x, y)."""
    points = np.array([x, y]) + side * np.array([[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]])
    return stroke_list(
        points, np.full(5, soft), [5], np.full((1, 3), colour), mark=mark_index(mark),
        medium=list(MEDIA).index(medium), finish=LEVELS.index(finish), part=part,
    )  # fmt: skip


def words(strokes, canvas=CANVAS):
    return [handling.words for handling in describe_strokes(strokes, canvas)]


@pytest.mark.parametrize(
    ("angle", "said"),
    [
        (0, "from left to right"), (45, "downwards to the right"), (90, "downwards"), (135, "downwards to the left"),
        (180, "from right to left"), (225, "upwards to the left"), (270, "upwards"), (315, "upwards to the right"),
    ],
)  # fmt: skip
def test_one_direction_is_said_as_it_is(angle, said):
    assert direction_words(ribbons([angle + 6, angle - 6] * 9)) == said


def test_many_directions_are_told_apart():
    assert direction_words(ribbons([40, 220] * 9)) == "downwards to the right", "to and fro is no other direction"
    circle = np.arange(36) * 10
    assert direction_words(ribbons(circle)) == "along the form", "each of a place of its own"
    mixed = concatenate([ribbons(np.full(36, angle)) for angle in (0, 60, 120)])
    assert direction_words(mixed) == "in all directions"
    crossed = concatenate([ribbons(np.full(36, angle), mark="hatch", medium="pencil") for angle in (20, 100)])
    assert direction_words(crossed) == "crossing each other"


def test_arrows_lie_where_strokes_lie_and_point_where_they_go():
    arrows = direction_arrows(ribbons([90] * 36))
    assert arrows and all(arrow.one_way and arrow.end[1] > arrow.start[1] for arrow in arrows)
    assert all(abs(arrow.end[0] - arrow.start[0]) < 1e-3 for arrow in arrows)
    assert all(not arrow.one_way for arrow in direction_arrows(concatenate([ribbons([0] * 36), ribbons([180] * 36)])))
    assert direction_arrows(square(0.1, 0.1, 0.5)) == []


def test_a_brush_is_named_by_what_it_did():
    assert words(ribbons([0] * 20)) == [
        "Broad flat bristle brush (25 mm), opaque paint, about 20 strokes from left to right"
    ]
    thin = words(ribbons([90] * 3, opacity=0.55, length=0.4, width=0.06))[0]
    assert "thin paint: what is below shines through, 3 long strokes downwards" in thin
    assert words(ribbons([90], width=0.008, length=0.016)) == [
        "Fine round brush (4 mm), opaque paint, one short stroke downwards"
    ]
    assert words(ribbons([0] * 200), CanvasSize(24, "in"))[0].startswith("Broad flat bristle brush (1 in)")
    both = ribbons([0] * 30) + ribbons([0] * 40, width=0.012, length=0.1)
    assert "(25 mm, 6 mm where it is narrow)" in words(both)[0]


def test_strokes_that_close_gaps_are_not_lines_that_are_drawn():
    closers = ribbons([0] * 40, mark="line", width=0.012)
    assert "where it is narrow" in words(ribbons([0] * 30) + closers)[0]
    assert len(words(ribbons([0] * 30) + closers)) == 1
    drawn = ribbons([0] * 9, mark="line", medium="ink", width=0.003, finish="flat")
    assert words(drawn) == ["Nib or brush pen (1.5 mm), press in the middle, lift at the ends, 9 lines"]


def test_each_finish_has_its_brush_in_the_order_of_the_work():
    said = words(ribbons([0] * 20) + ribbons([90] * 40, width=0.008, finish="painting"))
    assert [line.split(" (")[0] for line in said] == ["Broad flat bristle brush", "Fine round brush"]


def test_washes_are_counted_and_layered():
    one = words(square(0.1, 0.1, 0.6, soft=0.01))
    assert one == ["Wash brush (25 mm), very wet, one wash, edges run soft"]
    beside = concatenate([square(0.1 + 0.3 * i, 0.1, 0.25) for i in range(3)])
    assert "wet, 3 washes side by side, crisp edges" in words(beside)[0]
    over = concatenate([square(0.1, 0.1, 0.25), square(0.1, 0.1, 0.25)])
    assert "2 washes in 2 layers: let one dry before the next" in words(over)[0]


def test_a_hole_is_no_paint():
    outer, inner = square(0.1, 0.1, 0.6), square(0.15, 0.15, 0.5)
    loops = np.concatenate([outer.points, inner.points[::-1]])
    ring = stroke_list(loops, np.zeros(10), [10], np.zeros((1, 3)), mark=mark_index("wash"), medium=2)
    assert brush_sizes(ring)[1][0] == pytest.approx(0.36 - 0.25, abs=1e-4)


@pytest.mark.parametrize("medium", list(MEDIA))
def test_real_strokes_of_every_medium_and_finish_are_described(medium):
    y, x = np.mgrid[0:96, 0:128]
    painting = np.stack([0.3 + 0.5 * x / 128, 0.5 + 0.3 * np.sin(y / 9), 0.4 * y / 96 + 0.3], axis=2).astype(np.float32)
    labels = (x > 60).astype(np.int32)
    layout = Layout(painting, labels, medium, seed=3)
    found = []
    for number, finish in enumerate(("sketch", "flat", "form", "smooth", "painting")):
        strokes = layout.strokes(np.ones((96, 128)), painting, finish, number=number)
        if len(strokes):
            handlings = describe_strokes(strokes, CANVAS)
            assert 1 <= len(handlings) <= 2, finish
            assert all(handling.width > 0 and handling.strokes > 0 for handling in handlings)
            assert all("  " not in handling.words and ", ," not in handling.words for handling in handlings)
            found += handlings
    assert kit_words(found, CANVAS)
    own = {"oil": "bristle", "digital": "hard round", "watercolour": "wash", "ink": "fill", "pencil": "pencil"}[medium]
    assert own in " ".join(kit_words(found, CANVAS))


# ---- a whole step

PLAN = {"passes": [{"part": "background", "finish": "wash"}, {"part": "background", "finish": "flat"}],
        "steps": [{"frame": 2, "passes": [[0, 0.0, 1.0]]}, {"frame": 3, "passes": [[1, 0.0, 1.0]]}]}  # fmt: skip


def describer(tmp_path, plan=PLAN, **more):
    work = job(tmp_path, (64, 48), plan=plan, **more)
    return StepDescriber(work, work.parts.labels, np.full((48, 64, 3), 120, np.uint8))


def test_it_dries_before_it_is_painted_over_and_not_beside(tmp_path):
    picture, upper = np.full((48, 64, 3), 120, np.uint8), np.zeros((48, 64), bool)
    upper[:24] = True
    for second, dries in (((0.1, 0.05, 0.2), True), ((0.6, 0.05, 0.2), False)):
        told = describer(tmp_path)
        first = told.describe(2, 2, picture, upper, square(0.1, 0.05, 0.25))
        assert [do for do, _ in first.said] == ["Lay a pale wash over the background"]
        after = told.describe(3, 3, picture, upper, square(*second, finish="flat"))
        assert [do for do, _ in after.said] == ["Let it dry"] * dries + ["Block in the background: flat colour"]


def test_what_is_dropped_into_a_wet_wash_does_not_wait(tmp_path):
    told = describer(tmp_path)
    picture, painted = np.full((48, 64, 3), 120, np.uint8), np.ones((48, 64), bool)
    told.describe(2, 2, picture, painted, square(0.1, 0.05, 0.25))
    after = told.describe(3, 3, picture, painted, square(0.1, 0.05, 0.2, mark="wet", finish="flat"))
    assert "Let it dry" not in [do for do, _ in after.said]


@pytest.mark.parametrize(("side", "said"), [(0.5, ""), (0.8, ", which goes on behind it")])
def test_what_goes_on_behind_is_what_strokes_were_laid_behind(tmp_path, side, said):
    labels = np.ones((48, 64), np.uint8)
    labels[:, 32:] = 2
    rows = [{"part": part, "finish": "flat"} for part in ("sky", "tree")]
    plan = PLAN | {"passes": rows, "recipe": {"manner": {"covers": True}}}
    work = replace(job(tmp_path, (64, 48), plan=plan), parts=Parts(labels, thing_label_set(["sky", "tree"])))
    told = StepDescriber(work, labels, np.full((48, 64, 3), 120, np.uint8))
    picture = np.full((48, 64, 3), 120, np.uint8)
    told.describe(2, 2, picture, labels == 1, square(0, 0, side, finish="flat"))
    step = told.describe(3, 3, picture, labels == 2, square(0.5, 0, 0.5, finish="flat", part=2))
    assert step.said[-1][0] == f"Block in the tree: flat colour, over the edge of the sky{said}"


def test_strokes_run_on_under_what_comes_later(tmp_path):
    told = describer(tmp_path)
    picture, painted = np.full((48, 64, 3), 120, np.uint8), np.ones((48, 64), bool)
    step = told.describe(2, 2, picture, painted, ribbons([0] * 12, finish="wash"))
    assert [do for do, _ in step.said] == [
        "Lay a pale wash over the background",
        "Let it run on where the face will be",
    ]
    told.describe(3, 3, picture, painted, ribbons([0] * 12, part=FACE))
    again = told.describe(2, 2, picture, painted, ribbons([0] * 12, finish="wash"))
    assert [do for do, _ in again.said][-1] == "Lay a pale wash over the background", "the face is there already"


def test_colours_are_those_on_the_canvas_and_of_pencils_those_of_the_strokes(tmp_path):
    told = describer(tmp_path)
    picture, painted = np.full((48, 64, 3), 120, np.uint8), np.ones((48, 64), bool)
    step = told.describe(2, 2, picture, painted, square(0.1, 0.05, 0.25, colour=0.8))
    assert [colour["rgb"] for colour in step.palette] == [[120, 120, 120]], "a wash as it dries"
    graphite = ribbons([0] * 9, mark="hatch", medium="pencil", finish="flat")
    assert describer(tmp_path).describe(3, 3, picture, painted, graphite).palette[0]["name"] == "graphite pencil"
    opaque = describer(tmp_path).describe(2, 2, picture, painted, ribbons([0] * 9))
    assert opaque.palette[0]["rgb"] == [120, 120, 120]


def test_colours_are_said_with_the_part_that_they_are_for(tmp_path):
    picture = np.full((48, 64, 3), 40, np.uint8)
    picture[24:] = 220
    step = describer(tmp_path).describe(2, 2, picture, np.ones((48, 64), bool), None)
    assert [(colour["rgb"][0], colour["part"]) for colour in step.palette] == [(40, "background"), (220, "face")]
    assert all(how == "" for _, how in step.said), "nothing is made up where no strokes are known"
