"""What the habits promise of an artist's passes, and that artists of one habit are not all alike."""

from dataclasses import replace
from functools import cache
from importlib.util import module_from_spec
from typing import get_args

import numpy as np
import pytest
from scenes import head

from ppp.cli import plan_options
from ppp.modules.brush.media import MEDIA
from ppp.modules.data.synthetic.painter.painter import is_on_paper
from ppp.modules.labels import FACIAL_FEATURES, PORTRAIT
from ppp.modules.plans import PlanFile, make_plan
from ppp.modules.plans.context import make_context
from ppp.modules.plans.habits import HABITS, Habit, Start, draw_habit
from ppp.modules.plans.named_plans import artist_spec, random_degrees
from ppp.modules.plans.plan import WHOLE
from ppp.modules.plans.spec import draw_brush_style
from ppp.modules.plans.subject import SUBJECTS
from ppp.pipeline.writers.step_words import habit_words

N = 200  # artists
GROUND = np.array([0.9, 0.9, 0.9], np.float32)
WALL, HAIR, CLOTHES, EYES, FACE = (PORTRAIT.index(n) for n in ("background", "hair", "clothes", "eyes", "face"))


def context_of(**instead):
    """The head with some parts turned into others: `context_of(eyes="face")`."""
    painting, labels = head()
    for name, other in instead.items():
        labels[labels == PORTRAIT.index(name)] = PORTRAIT.index(other)
    return make_context(painting, labels, PORTRAIT, GROUND)


CONTEXTS = {
    "head": context_of(),
    "no features": context_of(eyes="face", mouth="face"),
    "on a wall": context_of(clothes="background"),
    "bald": context_of(hair="face", clothes="background"),
}
CONTEXT = CONTEXTS["head"]


def drawn(habit, context, start="toned"):
    """The passes of N artists."""
    return [HABITS[habit].passes(context, start, np.random.default_rng([seed, 1])) for seed in range(N)]


@cache
def artists(habit, context="head", start="toned"):
    """The same, for a context of `CONTEXTS`."""
    return drawn(habit, CONTEXTS[context], start)


def share(true):
    true = list(true)
    assert len(true) == N
    return sum(true) / N


def first_parts(steps):
    return list(dict.fromkeys(i.part for i in steps if i.part != WHOLE))


def finishes(steps):
    return {i.finish for i in steps}


def weights(steps, finish, parts=None):
    return {i.weight for i in steps if i.finish == finish and (parts is None or i.part in parts)}


@pytest.mark.parametrize("habit", HABITS)
@pytest.mark.parametrize("context", ["head", "no features", "bald"])
def test_every_part_is_brought_to_its_end_once_and_features_come_after_their_face(habit, context):
    present = CONTEXTS[context].present
    for steps in artists(habit, context):
        ends = [i.part for i in steps if i.finish == "painting"]
        assert sorted(ends) == sorted(present)
        for part in present:
            own = [i.finish for i in steps if i.part == part]
            assert own[-1] == "painting" and len(own) > 1 and len(set(own)) == len(own)
        features = [i for i in steps if i.part in present and PORTRAIT.names[i.part] in FACIAL_FEATURES]
        for feature in features:
            place = next(i for i, other in enumerate(steps) if other is feature)
            assert feature.brush <= min(i.brush for i in steps if i.part == FACE)
            if feature.finish != "lined":
                assert any(i.part == FACE for i in steps[:place])
            # With their face: a finished face with holes for eyes is a mask. Lines have a time of their own, and an
            # opaque first coat goes on under them.
            previous = steps[place - 1]
            at_once = habit != "lineart" and (previous.finish != "flat" or habit == "drawing")
            assert feature.together == (at_once or previous in features)
            assert not feature.together or previous in features or previous.part == FACE
        assert not any(i.together for i in steps if i not in features)


@pytest.mark.parametrize("habit", ["objects", "masses", "watercolour"])
def test_features_get_more_time_and_finer_brushes_than_parts(habit):
    for steps in artists(habit):
        for feature in (i for i in steps if i.part == EYES):
            others = [i for i in steps if i.part not in (EYES, WHOLE) and PORTRAIT.names[i.part] not in FACIAL_FEATURES]
            assert feature.weight > max(i.weight for i in others)
            assert feature.brush < min(i.brush for i in others if i.finish not in ("painting", "smooth"))


def test_object_by_object_each_is_taken_to_its_end_before_the_next():
    for steps in artists("objects", "no features"):
        ends = [i.part for i in steps if i.finish == "painting"]
        forms = [i.part for i in steps if i.finish in ("form", "smooth")]
        things = [{WALL}, {CLOTHES}, {HAIR, FACE}]
        for work in (ends, forms):
            runs = [next(n for n, thing in enumerate(things) if part in thing) for part in work]
            assert len([a for a, b in zip(runs, [None, *runs], strict=False) if a != b]) == 3, (
                "no thing is left and come back to"
            )
        wall = next(i for i, s in enumerate(steps) if s.part == WALL and s.finish == "painting")
        if first_parts(steps)[0] == WALL:
            assert not any(s.part != WALL and s.finish in ("form", "smooth", "painting") for s in steps[:wall])


def test_who_paints_objects_begins_with_what_all_stands_on_and_goes_on_as_they_like():
    orders = [first_parts(steps) for steps in artists("objects")]
    assert 0.85 < share(order[0] == WALL for order in orders) < 1
    assert 0.15 < share(order.index(CLOTHES) < order.index(FACE) for order in orders) < 0.85
    two = [first_parts(steps) for steps in artists("objects", "on a wall")]
    assert 0.5 < share(order[0] == WALL for order in two) < 0.85  # of two things either may come first


def test_most_who_paint_people_cover_the_canvas_thinly_first():
    """All of it is flat before any of it has form."""

    def covers(steps):
        forms = next(i for i, s in enumerate(steps) if s.finish in ("form", "smooth"))
        return (
            sum(s.finish == "flat" for s in steps[:forms])
            == len([p for p in CONTEXT.present if p in first_parts(steps[:forms])])
            > 2
        )

    assert 0.6 < share(map(covers, artists("objects"))) < 0.9
    assert 0.15 < share(map(covers, artists("objects", "no features"))) < 0.45, (
        "where there is no face to leave a hole for, fewer do"
    )
    for steps in artists("objects"):
        assert weights(steps, "flat", [WALL]) == ({0.7} if covers(steps) else {1.0}), "thinly is quickly"


@pytest.mark.parametrize(("habit", "finish", "low", "high"), [
    ("objects", "form", 0.6, 0.8), ("objects", "smooth", 0.85, 1.0), ("masses", "form", 0.65, 0.85),
    ("watercolour", "flat", 0.4, 0.6), ("lineart", "smooth", 0.5, 0.7),
])  # fmt: skip
def test_artists_of_a_habit_are_not_all_alike(habit, finish, low, high):
    assert (
        low < share(finish in finishes(s for s in steps if s.part in (WALL, WHOLE)) for steps in artists(habit)) < high
    )


def test_masses_begin_with_a_mass():
    """Most with the background; the others with the figure, and not with a sliver of it that lies far back."""
    painting, labels = head()
    labels[50:53, 28:36] = PORTRAIT.index("body")
    context = make_context(painting, labels, PORTRAIT, GROUND)
    orders = [first_parts(steps) for steps in drawn("masses", context)]
    assert 0.65 < share(order[0] == WALL for order in orders) < 0.85
    assert {order[0] for order in orders} > {WALL}
    assert all(context.share(order[0]) > 0.06 for order in orders)
    assert all(WALL in (order[0], order[-1]) or order[-1] in (EYES, PORTRAIT.index("mouth")) for order in orders)


def test_masses_are_laid_in_before_anything_has_form():
    for steps in artists("masses"):
        large = [p for p in CONTEXT.present if PORTRAIT.names[p] not in FACIAL_FEATURES]
        assert [s.finish for s in steps[: len(large)]] == ["flat"] * len(large)
    ends = [
        [i.part for i in steps if i.finish == "painting" and i.part in (WALL, CLOTHES, HAIR, FACE)]
        for steps in artists("masses")
    ]
    assert 0.15 < share(order[-1] == WALL for order in ends) < 0.45, "the background may wait"
    together = [any(i.part == WHOLE for i in steps) for steps in artists("masses")]
    assert 0.15 < share(together) < 0.4, "some pull everything together in one light"
    softened = [
        len([i for i in steps if i.finish == "smooth"]) for steps in artists("masses") if "form" in finishes(steps)
    ]
    assert {1, 2, 3} <= set(softened), "forms are worked over before the details"


@pytest.mark.parametrize("habit", ["objects", "masses"])
def test_a_face_has_eyes_from_its_first_coat_on(habit):
    for steps in artists(habit):
        moments = {(s.part, s.finish): i for i, s in enumerate(steps)}
        assert moments[FACE, "flat"] < moments[EYES, "flat"]
        assert moments[EYES, "flat"] < min(moments.get((FACE, finish), 99) for finish in ("form", "smooth", "painting"))


def test_lines_come_first_in_line_art_and_the_background_waits():
    waits = []
    for steps in artists("lineart"):
        assert (steps[0].part, steps[0].finish) == (WHOLE, "sketch")
        assert [s.finish for s in steps if s.part == FACE] == ["lined", "form", "painting"]
        assert [s.finish for s in steps if s.part == EYES] == ["lined", "painting"]
        assert [s.finish for s in steps if s.part == WALL] == ["flat", "form", "painting"]
        assert [s.part for s in steps if s.finish == "painting"][-1] == WALL
        forms = [s.part for s in steps if s.finish == "form"]
        assert forms[-1] == WALL
        waits.append(
            steps.index(next(s for s in steps if s.part == WALL))
            > steps.index(next(s for s in steps if s.finish == "form"))
        )
    assert 0.5 < share(waits) < 0.7


@pytest.mark.parametrize(("habit", "first", "then"), [("watercolour", "wash", "form"), ("masses", "form", "painting")])
def test_parts_are_gone_over_in_about_the_order_in_which_they_were_begun(habit, first, then):
    """Some keep it, most change it a little, nobody turns it round."""
    orders = [
        tuple([i.part for i in steps if i.finish == f and i.part in (WALL, CLOTHES, HAIR, FACE)] for f in (first, then))
        for steps in artists(habit)
        if first in finishes(steps)
    ]
    kept = sum(a == b for a, b in orders) / len(orders)
    assert 0.05 < kept < 0.6 and len({tuple(b) for _, b in orders}) > 4


@pytest.mark.parametrize("habit", HABITS)
def test_no_pass_takes_much_longer_than_another(habit):
    assert all(
        0.5 < i.weight < 2 for start in ("toned", "sketch") for steps in artists(habit, "head", start) for i in steps
    )


def test_washes_go_from_light_to_dark():
    painting, labels = head()
    painting[labels == HAIR] = 0.95
    context = make_context(painting, labels, PORTRAIT, GROUND)
    orders = [[s.part for s in steps if s.finish == "wash"] for steps in drawn("watercolour", context)]
    light = {p: float(painting[labels == p].mean()) for p in (WALL, HAIR, CLOTHES, FACE)}
    expected = sorted(light, key=lambda p: -light[p])
    assert 0.3 < share(order == expected for order in orders) < 1
    assert share(order.index(HAIR) < 2 for order in orders) > 0.95


@pytest.mark.parametrize("habit", HABITS)
def test_only_who_begins_with_a_sketch_draws_one(habit):
    for start in ("toned", "sketch"):
        for steps in artists(habit, start=start):
            drawn = [i for i in steps if i.finish == "sketch"]
            assert [i.part for i in drawn] == [WHOLE] * (
                habit == "lineart" or (habit in ("drawing", "objects", "shapes") and start == "sketch")
            )
            assert steps[0] in drawn or not drawn


def test_no_first_coat_buries_the_lines_of_a_sketch_and_two_frames_have_none():
    def make_spec(seed, start, n_frames=20):
        return artist_spec(CONTEXT, n_frames, seed, habit="objects", start=start, rng=np.random.default_rng(seed))

    assert not any(make_spec(seed, "sketch").brush_style.covers for seed in range(40))
    assert any(make_spec(seed, "toned").brush_style.covers for seed in range(40))
    assert make_spec(0, "sketch", 2).start == make_spec(0, "toned", 2).start == "block"
    assert make_spec(0, "sketch", 3).start == "sketch" and make_spec(0, "toned", 3).start == "toned"


def test_manners_differ_within_their_limits():
    styles = [draw_brush_style(np.random.default_rng(seed), 0.4) for seed in range(N)]
    assert 0.3 < share(m.covers for m in styles) < 0.5
    assert {m.by_light for m in styles} == {0.0, 0.3, 0.6}
    assert np.mean([m.direction for m in styles]) == pytest.approx(np.pi / 2, abs=0.15), "most from the top down"
    assert 0.4 < np.std([m.direction for m in styles]) < 0.8, "and somewhat sideways"
    for found, low, high in (([m.wander for m in styles], 0.08, 0.25), ([m.reach for m in styles], 0.005, 0.018)):
        assert low <= min(found) < low + 0.1 * (high - low) and high - 0.1 * (high - low) < max(found) <= high


def test_neighbouring_seeds_are_artists_of_different_habits():
    def names(light, subject, n):
        return [draw_habit(light, subject, seed, HABITS) for seed in range(n)]

    assert names(0.6, "portrait", 6) == ["masses", "objects", "lineart", "watercolour", "drawing", "masses"]
    assert names(0.6, "unknown", 5) == ["objects", "masses", "watercolour", "lineart", "drawing"]
    assert names(0.6, "illustration", 3) == ["shapes", "lineart", "shapes"]
    enough = HABITS["watercolour"].least_light
    for subject in ("portrait", "unknown", "landscape"):
        assert "watercolour" not in names(enough - 0.01, subject, 9), "nobody paints a night so"
        assert "watercolour" in names(enough, subject, 9)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_seeds_draw_among_the_habits_that_suit_the_medium_and_the_subject(subject):
    for medium in MEDIA.values():
        suited = set(medium.habits) & set(SUBJECTS[subject].habits)
        drawn = [draw_habit(0.6, subject, seed, medium.habits) for seed in range(12)]
        assert set(drawn) == suited or (not suited and drawn == [medium.habits[0]] * 12)
        if len(suited) == len(medium.habits) and subject != "landscape":
            assert set(drawn[: len(suited)]) == suited, "neighbours are different"
    dark = draw_habit(0.1, subject, 0, ("watercolour",))
    assert dark == "watercolour", "the one way there is, however dark the picture"


def test_most_who_paint_landscapes_work_thing_by_thing():
    drawn = [draw_habit(0.6, "landscape", seed, MEDIA["oil"].habits) for seed in range(6)]
    assert drawn == ["objects", "masses", "objects"] * 2
    assert draw_habit(0.1, "portrait", 1, ("watercolour", "masses")) == "masses"


def test_artists_begin_as_their_habit_does():
    def drawn(habit, subject):
        return [habit.draw_start(np.random.default_rng(seed), SUBJECTS[subject]) for seed in range(N)]

    starts = {name: drawn(habit, "portrait") for name, habit in HABITS.items()}
    assert {s.start for s in starts["objects"]} == {"toned", "sketch", "mass"}
    assert {s.start for s in starts["masses"]} == {"toned", "mass", "block"}
    for habit in ("objects", "masses"):
        assert {s.ground for s in starts[habit] if s.start != "toned"} >= {"white", "toned"}
        assert 0.2 < share(s.ground == "white" for s in starts[habit]) < 0.55, "many begin on the white canvas"
        assert "white" not in {s.ground for s in starts[habit] if s.start == "toned"}
    assert {s.start for s in starts["lineart"]} == {"sketch"} and share(
        s.ground == "white" for s in starts["lineart"]
    ) > 0.75
    assert {s.ground for s in starts["watercolour"]} == {"white"}, "the paper is the light"
    assert 0.5 < share(s.start == "sketch" for s in starts["watercolour"]) < 0.9
    outside = {name: drawn(HABITS[name], "landscape") for name in ("objects", "masses")}
    assert share(s.ground == "white" for s in outside["objects"]) > 0.65, "landscapes are begun on white mostly"
    assert "block" not in {s.start for s in outside["masses"]}, "and not with all of it at once"


def test_the_papers_plan_touches_each_part_with_a_chance_of_four_tenths_by_any_degree():
    degrees = random_degrees(CONTEXT, 401, np.random.default_rng(0))
    assert degrees.shape == (400, 10) and degrees.dtype == np.float32
    assert (degrees > 0).mean() == pytest.approx(0.4, abs=0.03)
    assert np.quantile(degrees[degrees > 0], [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.03)


def test_only_who_models_in_planes_pulls_all_together_in_one_light():
    """And of those about a third do; the others pull single parts together, or none."""
    planes = [steps for steps in artists("masses") if "form" in finishes(steps)]
    others = [steps for steps in artists("masses") if "form" not in finishes(steps)]

    def together(steps):
        return any(i.part == WHOLE and i.finish == "smooth" for i in steps)

    assert others
    assert not any(map(together, others))
    assert 0.2 < np.mean([together(steps) for steps in planes]) < 0.5


def test_in_line_art_the_background_waits_for_the_shadows_in_six_of_ten():
    def waits(steps):
        flat = next(n for n, i in enumerate(steps) if i.part == WALL and i.finish == "flat")
        return any(i.finish == "form" for i in steps[:flat])

    assert 0.45 < share(map(waits, artists("lineart"))) < 0.75


def test_a_habit_is_one_entry_of_the_table_and_named_by_the_media_that_it_suits(monkeypatch):
    """The help of the command, the draw by seed, plans, plan files, strokes and step words know it from there."""
    pour = Habit(
        "pour", "poured, from the top down", lambda context, start, rng: HABITS["masses"].passes(context, start, rng),
        starts=(Start(1.0, "mass", "white"),), on_paper=True,
    )  # fmt: skip
    monkeypatch.setitem(HABITS, "pour", pour)
    monkeypatch.setitem(MEDIA, "oil", replace(MEDIA["oil"], habits=(*MEDIA["oil"].habits, "pour")))

    spec = plan_options.__spec__  # a fresh copy: options are made when their module is imported
    spec.loader.exec_module(options := module_from_spec(spec))
    assert (
        get_args(options.Habit)[1].help
        == "How the artist works: masses, objects, lineart, watercolour, shapes, drawing, pour."
    )

    drawn = [draw_habit(0.6, "portrait", seed, HABITS) for seed in range(6)]
    assert drawn == ["masses", "objects", "lineart", "watercolour", "drawing", "pour"], (
        "no subject names it: it suits all"
    )
    plan = make_plan("artist", *head(), PORTRAIT, 12, 5, medium="oil")
    assert (plan.habit, plan.start) == ("pour", "mass")
    assert make_plan(PlanFile({"habit": "pour"}, "a"), *head(), PORTRAIT, 12, 0).habit == "pour"
    assert is_on_paper("pour")
    assert habit_words(plan.to_json()) == "poured, from the top down"


def test_a_drawing_begins_with_contours_and_gets_darker_layer_by_layer():
    tones = ("wash", "flat", "form", "smooth", "painting")
    figure = (HAIR, CLOTHES, FACE)
    waits = []
    for steps in artists("drawing", start="sketch"):
        assert (steps[0].part, steps[0].finish) == (WHOLE, "sketch")
        levels = [tones.index(s.finish) for s in steps if s.part in figure]
        assert levels == sorted(levels), "all of the figure is at one level before any of it gets the next"
        for part in figure:
            assert ("smooth" in {s.finish for s in steps if s.part == part}) == ("smooth" in finishes(steps))
        wall = [(n, s.finish) for n, s in enumerate(steps) if s.part == WALL]
        for n, finish in wall:
            before = {s.part for s in steps[:n] if s.finish == finish}
            assert before >= set(figure), "nobody draws round a blank"
        first = wall[0][0]
        waits.append(any(s.finish == "flat" for s in steps[:first]))
        eyes = [s.finish for s in steps if s.part == EYES]
        assert eyes == ["wash", "form", *(["smooth"] if "smooth" in finishes(steps) else []), "painting"]
        face = [next(n for n, s in enumerate(steps) if (s.part, s.finish) == (FACE, f)) for f in ("form", "painting")]
        assert all(PORTRAIT.names[steps[n + 1].part] in FACIAL_FEATURES for n in face), "features go along"
    assert 0.5 < share(waits) < 0.7
    assert 0.6 < share("smooth" in finishes(steps) for steps in artists("drawing")) < 0.8
    assert MEDIA["pencil"].habits == ("drawing",)
