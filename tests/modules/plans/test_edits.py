"""Plan edits: order, degrees, skipped parts, passes, groups; on any plan."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import head

from ppp.modules.degree import FINISHED_DISTANCE, distance
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import HABITS, PlanFile, make_plan
from ppp.modules.plans.context import make_context
from ppp.modules.plans.dry_run import start_canvas
from ppp.modules.plans.edits import Degrees, Group, Order, Passes, Seeds, Skip
from ppp.modules.plans.scheduler import PassQueues

ROWS = np.array([[t, *(np.full(10, 0.3))] for t in np.linspace(0, 1, 50)], np.float32)
PRESENT = ("background", "hair", "clothes", "eyes", "mouth", "face")


def planned(name, n_frames, seed, *steering, **more):
    return make_plan(name, *head(), PORTRAIT, n_frames, seed, degree_rows=ROWS, edits=steering, **more)


def play(plan):
    """The context, and the canvas after every step, carried out exactly."""
    context = make_context(*head(), PORTRAIT, np.array(plan.ground, np.float32))
    queues = PassQueues(context, plan.passes)
    canvas = start_canvas(context, plan.start, [])
    canvases = [canvas]
    for i, pieces in enumerate(plan.slices):
        canvas = queues.paint(canvas, pieces, plan.constrained_at(i + 1))
        canvases.append(canvas)
    return context, canvases


def first_work(plan):
    """part -> (step, place within the step) of the first of its passes."""
    found = {}
    for step, pieces in enumerate(plan.slices):
        for place, piece in enumerate(pieces):
            part = plan.passes[piece.index].part
            if part >= 0:
                found.setdefault(plan.part_names[part], (step, place))
    return found


@settings(max_examples=20)
@given(
    st.permutations(PRESENT), st.integers(2, 6), st.integers(0, 99), st.sampled_from([5, 12, 40]),
    st.sampled_from([*HABITS, "reverse", "dataset"]),
)  # fmt: skip
def test_any_order_is_kept(order, count, seed, n_frames, way):
    order = order[:count]
    plan, habit = (way, None) if way in ("reverse", "dataset") else ("artist", way)
    plan = planned(plan, n_frames, seed, Order(*order), habit=habit)
    work = first_work(plan)
    first = [work[name] for name in order]
    assert first == sorted(first) and len(set(first)) == len(first)
    if n_frames == 40:
        for (step, place), (following, _) in pairwise(first):  # one after the other, unless its first pass is as short
            assert step < following or plan.slices[step][place].end == 1
    context, canvases = play(plan)
    assert distance(canvases[-1], context.painting, context.labels, 10).max() < 0.005, "and finished"


def test_an_order_keeps_the_habit():
    """Who works object by object still does; who lays in masses first does that, too."""
    for habit in ("objects", "masses"):
        plan = planned("artist", 40, 2, Order("hair", "background"), habit=habit)
        sequence = [plan.part_names[p.part] for p in plan.passes if plan.part_names[p.part] in ("hair", "background")]
        plain = planned("artist", 40, 2, habit=habit)
        before = [plain.part_names[p.part] for p in plain.passes if plain.part_names[p.part] in ("hair", "background")]
        swapped = ["hair" if name == "background" else "background" for name in before]
        assert sequence[0] == "hair" and len(sequence) >= len(swapped) - 1
        changes = [sum(a != b for a, b in pairwise(s)) for s in (sequence, swapped)]
        assert abs(changes[0] - changes[1]) <= 1


def test_an_order_is_kept_where_the_ground_shows_a_part_already():
    """The first pass over it would change nothing: what comes next of it is done when its turn is."""
    painting, labels = head()
    wall = labels == PORTRAIT.index("background")
    painting[wall] = 0.5 + 0.1 * np.sin(np.arange(wall.sum()) / 3)[:, None]
    for habit in ("masses", "objects"):
        plan_file = PlanFile({"habit": habit, "start": "toned", "ground": [0.5, 0.5, 0.5]}, "a")
        order = Order("background", "hair", "clothes")
        plan = make_plan(plan_file, painting, labels, PORTRAIT, 40, 1, edits=[order])
        work = first_work(plan)
        first = [work[name] for name in order.names]
        assert first == sorted(first)


def test_features_stay_on_their_face():
    for seed in range(8):
        for habit in HABITS:
            work = first_work(planned("artist", 40, seed, Order("hair", "clothes", "background", "face"), habit=habit))
            assert work["face"] < work.get("eyes", (99,))


@pytest.mark.parametrize("n_frames", [5, 40, 500])
@pytest.mark.parametrize("name", ["artist", "dataset", "reverse"])
def test_finished_at_the_end_in_any_number_of_frames(name, n_frames):
    for seed in range(3 if n_frames < 500 else 1):
        context, canvases = play(planned(name, n_frames, seed))
        assert distance(canvases[-1], context.painting, context.labels, 10).max() < 0.005
        assert len(canvases) == n_frames


def test_reverse_begins_what_the_artist_would_have_begun_last():
    for seed in range(4):
        forward = [p.part for p in planned("artist", 40, seed).spec.passes if p.part >= 0]
        backward = first_work(planned("reverse", 40, seed))
        expected = [PORTRAIT.names[p] for p in reversed(dict.fromkeys(forward))]
        assert [name for name in expected if name in backward] == sorted(backward, key=backward.get)


@pytest.mark.parametrize("name", ["artist", "dataset", "random", "reverse"])
@pytest.mark.parametrize("degree", [0.2, 0.6, 1.0])
def test_a_degree_is_how_much_of_a_part_is_painted_in_all(name, degree):
    context, canvases = play(planned(name, 30, 1, Degrees(hair=degree)))
    hair = PORTRAIT.index("hair")
    start, end = (distance(c, context.painting, context.labels, 10) for c in (canvases[0], canvases[-1]))
    assert 1 - end[hair] / start[hair] == pytest.approx(degree, abs=0.03)
    if name in ("artist", "reverse"):
        others = [k for k in np.unique(context.labels) if k != hair]
        assert end[others].max() < 0.005, "the rest is finished"


@pytest.mark.parametrize("name", ["artist", "dataset", "random"])
def test_a_skipped_part_is_left_alone(name):
    plan = planned(name, 20, 3, Skip("background"))
    context, canvases = play(plan)
    here = context.labels == PORTRAIT.index("background")
    for step in range(1, 20):
        assert plan.step(step).field[here].max() == 0
        assert np.array_equal(canvases[step][here], canvases[0][here])
    assert plan.degrees[1:, PORTRAIT.index("background")].max() == 0
    assert plan.locked_parts(7) == {PORTRAIT.index("background")}


@pytest.mark.parametrize("name", ["artist", "dataset", "random"])
@pytest.mark.parametrize("degree", [0.0, 0.3, 0.8])
def test_a_step_reaches_its_requested_degree_and_the_rest_follows(name, degree):
    plain = planned(name, 30, 0)
    hair = PORTRAIT.index("hair")
    context, canvases = play(plain)
    left = [distance(c, context.painting, context.labels, 10)[hair] for c in canvases]
    step = next(i for i in range(2, 29) if left[i - 1] > 0.1)
    plan = planned(name, 30, 0, Degrees(hair=degree, step=step))
    assert plan.degrees[step - 1, hair] == pytest.approx(degree)
    context, canvases = play(plan)
    left = [distance(c, context.painting, context.labels, 10)[hair] for c in canvases]
    assert 1 - left[step] / left[step - 1] == pytest.approx(degree, abs=0.04)
    assert plan.slices[: step - 1] == plain.slices[: step - 1], "what was before is as it was"
    if name != "random":
        assert left[-1] < 0.005


def test_all_steps_of_a_part_may_have_degrees():
    plan = planned("artist", 12, 0, *(Degrees(face=0.25, step=range(2, 12)) for _ in range(1)))
    face = PORTRAIT.index("face")
    context, canvases = play(plan)
    left = [distance(c, context.painting, context.labels, 10)[face] for c in canvases]
    for before, after in pairwise(left[1:]):
        if before >= FINISHED_DISTANCE:  # asking more of a finished part changes nothing
            assert after / before == pytest.approx(0.75, abs=0.03)
        else:
            assert after <= before + 1e-6
    assert left[-1] < FINISHED_DISTANCE


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("habit", HABITS)
def test_passes_count_how_often_a_part_is_gone_over(count, habit):
    plan = planned("artist", 40, 1, Passes(count), habit=habit)
    parts = [i.part for i in plan.spec.passes if i.part >= 0]
    assert {parts.count(part) for part in set(parts)} == {count}
    made = [p.part for p in plan.passes]
    assert max(made.count(part) for part in set(parts)) <= count
    context, canvases = play(plan)
    assert np.abs(canvases[-1] - context.painting).max() < 1e-6
    one = planned("artist", 40, 1, Passes(count, "hair"), habit=habit).spec.passes
    assert sum(i.part == PORTRAIT.index("hair") for i in one) == count
    with pytest.raises(UserError, match="1 to 5"):
        planned("artist", 40, 1, Passes(count * 6))


def test_a_seed_of_its_own_changes_one_part_only():
    plain, other = planned("artist", 30, 0), planned("artist", 30, 0, Seeds(hair=7))
    for a, b in zip(plain.passes, other.passes, strict=True):
        assert a.part == b.part
        assert np.array_equal(a.travel, b.travel) == (a.part != PORTRAIT.index("hair"))


def test_a_group_is_driven_as_one():
    group = Group("head", "face", "hair", "eyes", "mouth")
    plan = planned("artist", 40, 1, group, Order("head", "clothes", "background"), habit="masses")
    work = first_work(plan)
    members = [work[name][0] for name in ("face", "hair", "eyes", "mouth") if name in work]
    assert max(members) - min(members) <= 2, "begun together"
    assert max(members) < work["clothes"][0] < work["background"][0]
    plan = planned("artist", 40, 1, group, Degrees(head=0.5, step=9), Degrees(head=0.7))
    names = [PORTRAIT.index(name) for name in group.members]
    assert (plan.degrees[8, names] == 0.5).all()
    context, canvases = play(plan)
    start, end = (distance(c, context.painting, context.labels, 10)[names] for c in (canvases[0], canvases[-1]))
    assert 1 - end / start == pytest.approx(np.full(4, 0.7), abs=0.05)
    rows = planned("random", 20, 1, group).spec.rows[:, names]
    assert (rows == rows[:, :1]).all()


def test_what_makes_no_sense_is_refused_and_what_is_absent_is_noted():
    for edit, expected in [
        (Order("hiar"), "hair"),
        (Order("hair", "hair"), "twice"),
        (Skip("nobdy"), "body"),
        (Skip("x"), "background"),
        (Degrees(hair=1.4), "0 .* to 1"),
        (Degrees(hair=0.4, step=1), "Step 1 is how"),
        (Degrees(hair=0.4, step=20), "2 to 19"),
        (Seeds(hair=-1), "whole number"),
        (Group("hair", "face", "eyes"), "part of that name"),
    ]:
        with pytest.raises(UserError, match=expected):
            planned("artist", 20, 0, edit)
    with pytest.raises(UserError, match="share parts"):
        planned("artist", 20, 0, Group("a", "face"), Group("b", "face"))
    notes = []
    plan = planned("artist", 20, 0, Order("nose", "hair", "face"), Skip("body"), notes=notes)
    assert notes == ["There is no nose in this picture.", "There is no body in this picture."]
    assert plan.spec.order == (PORTRAIT.index("hair"), PORTRAIT.index("face"))


def half_done():
    painting, labels = head()
    canvas = np.full_like(painting, 0.8)
    canvas[:, :32] = painting[:, :32]
    return painting, labels, canvas


@pytest.mark.parametrize("name", ["artist", "dataset", "reverse"])
def test_a_canvas_that_was_begun_is_gone_on_with(name):
    painting, labels, canvas = half_done()
    for seed in range(4):
        plan = make_plan(name, painting, labels, PORTRAIT, 15, seed, degree_rows=ROWS, canvas=canvas)
        assert plan.ground == pytest.approx((0.8, 0.8, 0.8), abs=1e-5), "the ground that shows is seen"
        assert plan.degrees.shape == (14, 10) and plan.degrees[0].max() > 0, "the first step paints already"
        for step in range(1, 15):
            request = plan.step(step)
            finish = np.where(request.field > 0.5, request.finish, 0)[:, :24]
            assert set(np.unique(finish)) <= {0, 9}, "what is right is only looked at"
        context = make_context(painting, labels, PORTRAIT, np.array(plan.ground, np.float32), canvas)
        queues, now = PassQueues(context, plan.passes), context.initial_canvas
        for pieces in plan.slices:
            now = queues.paint(now, pieces)
            assert np.abs(now - painting)[:, :24].max() < 1e-6
        assert np.abs(now - painting).max() < 0.02
