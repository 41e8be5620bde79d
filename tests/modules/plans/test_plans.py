"""Plans: the right length, finished at the end, far before near; the passes reach the requested degrees."""

import numpy as np
import pytest
from planners import near_to_far
from scenes import head

from ppp.modules.brush.media import MEDIA
from ppp.modules.brush.media.detect import detect_medium
from ppp.modules.degree import distance
from ppp.modules.finish_levels import level
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT, cluster_label_set
from ppp.modules.plans import HABITS, PLANS, make_plan
from ppp.modules.plans.context import ground_colour, make_context
from ppp.modules.plans.dry_run import build_plan, expected_degrees, start_canvas
from ppp.modules.plans.named_plans import spec_from_degrees
from ppp.modules.plans.plan import UNSPECIFIED, WHOLE, ideal_canvas
from ppp.modules.plans.subject import SUBJECTS

ROWS = np.array([[t, *(np.full(10, 0.3))] for t in np.linspace(0, 1, 50)], np.float32)


def _play(plan):
    painting, labels = head()
    context = make_context(painting, labels, PORTRAIT, np.array(plan.ground, np.float32))
    canvas = start_canvas(context, plan.start, [plan.passes[s.index] for s in plan.slices[0]])
    canvases = [canvas]
    for step in plan.slices[1:]:
        for piece in step:
            canvas = ideal_canvas(canvas, plan.passes[piece.index], piece.begin, piece.end, context.states)
        canvases.append(canvas)
    return context, canvases


@pytest.mark.parametrize("n_frames", [2, 3, 5, 40, 120])
@pytest.mark.parametrize("name", PLANS)
def test_length_and_ranges(name, n_frames):
    plan = make_plan(name, *head(), PORTRAIT, n_frames, 3, degree_rows=ROWS, proposer=near_to_far)
    assert plan.degrees.shape == (n_frames - 1, 10)
    assert plan.degrees.min() >= 0
    assert plan.degrees.max() <= 1
    assert len(plan.slices) == n_frames - 1
    for i in (1, n_frames - 1):
        step = plan.step(i)
        assert step.index == i
        assert 0 <= step.field.min() <= step.field.max() <= 1
        assert step.field.shape == step.finish.shape == plan.shape


@pytest.mark.parametrize("habit", HABITS)
@pytest.mark.parametrize("n_frames", [3, 5, 40])
def test_artists_end_finished(habit, n_frames):
    for seed in range(4):
        plan = make_plan("artist", *head(), PORTRAIT, n_frames, seed, habit=habit)
        context, canvases = _play(plan)
        assert np.abs(canvases[-1] - context.painting).max() < 1e-6
        assert plan.habit == habit


def test_requested_degrees_are_what_the_passes_reach():
    plan = make_plan("artist", *head(), PORTRAIT, 20, 1)
    painting, labels = head()
    context = make_context(painting, labels, PORTRAIT, np.array(plan.ground, np.float32))
    assert np.array_equal(expected_degrees(plan, context), plan.degrees)
    # A part that nobody asks for is not touched by the field either; it goes back over the step before its own.
    for i in range(2, 20):
        step, row = plan.step(i), plan.degrees[i - 2 : i].max(axis=0)
        # Except by lines, which cover next to nothing of a part, and by the last look, which finds it finished.
        over_all = any(plan.passes[piece.index].part == WHOLE for piece in plan.slices[i - 1])
        for part in np.unique(labels):
            if row[part] == 0 and not over_all:
                inside = step.field[context.labels == part]
                assert (inside > 0.6).mean() < 0.5


def test_the_far_comes_before_the_near():
    order = []
    for seed in range(12):
        plan = make_plan("artist", *head(), PORTRAIT, 40, seed, habit="objects")
        _, canvases = _play(plan)
        painting, labels = head()
        left = np.stack([distance(c, painting, labels, 10) for c in canvases])
        done = {n: int(np.argmax(left[:, PORTRAIT.index(n)] < 0.05)) for n in ("background", "face", "eyes")}
        order.append((done["background"] < done["face"], done["face"] <= done["eyes"] + 1))
    assert np.mean([a for a, _ in order]) > 0.7
    assert np.mean([b for _, b in order]) > 0.8


def test_a_face_is_laid_in_before_its_eyes():
    for seed in range(5):
        plan = make_plan("artist", *head(), PORTRAIT, 40, seed, habit="masses")
        face, eyes = PORTRAIT.index("face"), PORTRAIT.index("eyes")
        numbers = {p: [i for i, w in enumerate(plan.passes) if w.part == p] for p in (face, eyes)}
        assert numbers[face][0] < numbers[eyes][0]
        first = plan.passes[numbers[face][0]]
        _, labels = head()
        assert (first.levels[labels == eyes] == level("under")).all()


def test_seeds_differ_and_repeat():
    one, same, other = (make_plan("artist", *head(), PORTRAIT, 30, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.degrees, same.degrees)
    assert np.array_equal(one.step(9).field, same.step(9).field)
    assert one.to_json() == same.to_json()
    assert not np.array_equal(one.degrees, other.degrees)


def test_given_degrees_are_reached():
    painting, labels = head()
    rng = np.random.default_rng(0)
    context = make_context(painting, labels, PORTRAIT, ground_colour(painting, "toned", rng))
    wanted = np.zeros((4, 10), np.float32)
    hair = PORTRAIT.index("hair")
    wanted[1:, hair] = (0.4, 0.5, 0.3)
    plan = build_plan(spec_from_degrees(context, wanted, "given", 0, rng), context)
    assert plan.degrees[1:, hair] == pytest.approx(wanted[1:, hair], abs=0.06)
    others = [k for k in np.unique(labels) if k not in (hair, PORTRAIT.index("face"), PORTRAIT.index("background"))]
    assert plan.degrees[1:, others].max() == 0


def test_dataset_plan_ends_finished():
    plan = make_plan("dataset", *head(), PORTRAIT, 40, 0, degree_rows=ROWS)
    context, canvases = _play(plan)
    assert np.abs(canvases[-1] - context.painting).mean() < 0.01


@pytest.mark.parametrize("kind", ["white", "toned", "dark"])
def test_a_ground_is_no_further_from_the_picture_than_bare_canvas(kind):
    for light in (0.1, 0.5, 0.9):
        painting = np.clip(light + 0.1 * np.random.default_rng(0).normal(size=(20, 20, 3)), 0, 1).astype(np.float32)
        ground = ground_colour(painting, kind, np.random.default_rng(1))
        assert np.abs(painting - ground).mean() <= np.abs(painting - 1.0).mean() + 1e-6
        assert 0 <= ground.min() <= ground.max() <= 1


def test_parts_without_names_have_plans_too():
    painting, _ = head()
    labels = np.ones(painting.shape[:2], np.uint8)
    labels[30:] = 2
    labels[20:50, 20:40] = 3
    plan = make_plan("artist", painting, labels, cluster_label_set(3), 20, 0)
    assert plan.degrees.shape == (19, 4)
    assert plan.degrees[:, 0].max() == 0


def test_nothing_is_told_outside_the_field():
    step = make_plan("artist", *head(), PORTRAIT, 30, 5).step(12)
    assert (step.finish[step.field == 0] == UNSPECIFIED).all()
    assert (step.finish[step.field == 1] != UNSPECIFIED).all()


@pytest.mark.parametrize(
    ("name", "habit", "frames", "expected"),
    [("slow", None, 10, "artist"), ("artist", "knitting", 10, "objects"), ("artist", None, 1, "2 or more")],
)
def test_wrong_plans_are_refused(name, habit, frames, expected):
    with pytest.raises(UserError, match=expected):
        make_plan(name, *head(), PORTRAIT, frames, 0, habit=habit)


# ---- medium, ground and ending


def flat_art():
    """Labels of the head, each part in one colour."""
    painting, labels = head()
    for part in np.unique(labels):
        painting[labels == part] = painting[labels == part].mean(axis=0).round(1)
    return painting, labels


@pytest.mark.parametrize("name", ["artist", "reverse", "random"])
def test_a_plan_is_in_the_medium_that_the_painting_looks_like_unless_another_is_requested(name):
    for picture, seen in ((head(), "oil"), (flat_art(), "ink")):
        assert detect_medium(picture[0]) == seen
        plan = make_plan(name, *picture, PORTRAIT, 8, 0)
        assert plan.medium == plan.spec.medium == plan.to_json()["medium"] == seen
        assert make_plan(name, *picture, PORTRAIT, 8, 0, medium="pencil").medium == "pencil"
    with pytest.raises(UserError, match="(?s)no medium called 'watercolur'.*Did you mean watercolour"):
        make_plan(name, *head(), PORTRAIT, 8, 0, medium="watercolur")


def test_habit_and_medium_suit_each_other_unless_both_are_requested():
    for habit in HABITS:
        plan = make_plan("artist", *head(), PORTRAIT, 8, 0, habit=habit)
        assert plan.habit == habit in MEDIA[plan.medium].habits
    for medium in MEDIA:
        drawn = {make_plan("artist", *head(), PORTRAIT, 8, seed, medium=medium).habit for seed in range(4)}
        assert drawn == set(MEDIA[medium].habits) & set(SUBJECTS["portrait"].habits)
    both = make_plan("artist", *head(), PORTRAIT, 8, 0, habit="watercolour", medium="oil")
    assert (both.habit, both.medium) == ("watercolour", "oil")


@pytest.mark.parametrize("medium", MEDIA)
def test_the_ground_is_the_mediums(medium):
    """Only media that tone it lean it to the picture; the others have their paper, and so has a white start."""
    usual = tuple(MEDIA[medium].choose_ground(head()[0]).tolist())
    plans = [make_plan("artist", *head(), PORTRAIT, 8, seed, medium=medium) for seed in range(12)]
    grounds = {plan.ground for plan in plans}
    assert usual in grounds and (len(grounds) > 3 if MEDIA[medium].toned else grounds == {usual})
    for plan in plans:
        tones = plan.start == "toned" and MEDIA[medium].toned
        assert plan.bare == (MEDIA[medium].grounds[0] if tones else plan.ground)
        assert not tones or plan.ground != usual, "nobody lays white on white"


def test_a_plan_ends_as_the_painting_unless_the_brush_has_the_last_word():
    plain, brush = (make_plan("artist", *head(), PORTRAIT, 8, 0, ending=ending) for ending in (None, "brush"))
    assert plain.ending == plain.to_json()["ending"] == "painting"
    assert brush.ending == brush.spec.ending == brush.to_json()["ending"] == "brush"
    assert plain.slices == brush.slices


def test_dataset_plan_without_data_is_refused():
    with pytest.raises(UserError, match="dataset"):
        make_plan("dataset", *head(), PORTRAIT, 10, 0)
