"""Time cut into steps, first frames, and the steps of a plan, by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scenes import head

from ppp.modules.finish_levels import level
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import PlanFile, make_plan
from ppp.modules.plans.context import make_context
from ppp.modules.plans.dry_run import opening_length, start_canvas
from ppp.modules.plans.plan import UNSPECIFIED, WHOLE, Pass, Plan, Slice, ideal_canvas, protected_pixels
from ppp.modules.plans.scheduler import PassQueues, cut_into_steps
from ppp.modules.plans.spec import PlannedPass

CONTEXT = make_context(*head(), PORTRAIT, np.array([0.9, 0.85, 0.8], np.float32))


def rounded(slices):
    return [[(s.index, round(s.begin, 6), round(s.end, 6)) for s in step] for step in slices]


def test_time_is_cut_into_equal_steps():
    times = np.array([[0.0, 1.0], [1.0, 3.0], [2.0, 3.0]])
    assert rounded(cut_into_steps(times, 0, 4)) == [[], [(0, 0, 1), (1, 0, 0.25)], [(1, 0.25, 1), (2, 0, 1)]]
    assert rounded(cut_into_steps(times, 0, 4, from_canvas=True)) == [
        [(0, 0, 1)], [(1, 0, 0.5)], [(1, 0.5, 1), (2, 0, 1)],
    ]  # fmt: skip
    assert rounded(cut_into_steps(times, 0, 2)) == [[(0, 0, 1), (1, 0, 1), (2, 0, 1)]]
    whole = cut_into_steps(times, 0, 4, shapes=np.ones(len(times), bool))
    assert all(piece.end - piece.begin in (0.5, 1) for step in whole for piece in step), "shapes are laid in one step"
    # The first frame holds the opening, the rest follows.
    assert rounded(cut_into_steps(np.array([[0.0, 0.0], [0.0, 2.0]]), 1, 4)) == [
        [(0, 0, 1)],
        [(1, 0, 0.5)],
        [(1, 0.5, 1)],
    ]


def test_how_much_the_first_frame_shows():
    passes = [PlannedPass(i, finish, 0.1) for i, finish in enumerate(("flat", "flat", "form", "flat"), 1)]
    assert [opening_length(start, passes) for start in ("toned", "sketch", "mass", "block")] == [0, 0, 1, 2]
    assert opening_length("block", passes[:2]) == 2 and opening_length("block", passes[2:]) == 0


def test_first_frames():
    toned = start_canvas(CONTEXT, "toned", [])
    assert (toned == CONTEXT.ground).all()
    sketch = start_canvas(CONTEXT, "sketch", [])
    drawn = np.abs(sketch - CONTEXT.ground).max(axis=2) > 0.04
    assert 0.01 < drawn.mean() < 0.5 and (sketch[drawn].mean(axis=1) < CONTEXT.ground.mean()).all()
    own = CONTEXT.labels == PORTRAIT.index("hair")
    mass = Pass(2, level("flat"), own, np.full(CONTEXT.shape, level("flat"), np.uint8), np.zeros(CONTEXT.shape), 0.1)
    canvas = start_canvas(CONTEXT, "mass", [mass])
    assert np.array_equal(canvas[own], CONTEXT.states[level("flat")][own]) and (canvas[~own] == CONTEXT.ground).all()


def line(part=1, finish="flat"):
    """A pass over a row of ten pixels from left to right."""
    travel = np.linspace(0, 1, 10, dtype=np.float32)[None]
    extent = np.ones((1, 10), bool)
    return Pass(part, level(finish), extent, np.full((1, 10), level(finish), np.uint8), travel, 0.1)


def test_a_pass_is_cut_without_gaps_and_overlaps():
    work = line()
    for borders in ([0, 1], [0, 0.5, 1], [0, 1 / 3, 2 / 3, 1], [0, 0.01, 0.99, 1]):
        regions = [work.region(a, b) for a, b in zip(borders, borders[1:], strict=False)]
        assert (np.sum(regions, axis=0) == 1).all()
    assert work.region(0, 0.5)[0].tolist() == [True] * 5 + [False] * 5
    assert work.region(0.5, 1)[0].tolist() == [False] * 5 + [True] * 5


def test_an_ideal_hand_lays_the_state_and_keeps_off_what_is_spared():
    states = np.stack([np.full((1, 10, 3), i / 20, np.float32) for i in range(12)])
    canvas, kept = np.ones((1, 10, 3), np.float32), np.zeros((1, 10), bool)
    kept[0, 1] = True
    after = ideal_canvas(canvas, line(), 0, 0.5, states, kept)
    flat = level("flat") / 20
    assert after[0, :, 0] == pytest.approx([flat, 1, flat, flat, flat, 1, 1, 1, 1, 1]) and (canvas == 1).all()
    labels = np.array([[0, 1, 2, 3]])
    assert protected_pixels(labels, frozenset({1, 2}), 1).tolist() == [[False, False, True, False]]
    assert protected_pixels(labels, frozenset({1, 2}), WHOLE).tolist() == [[False, True, True, False]]
    assert protected_pixels(labels, frozenset({1}), 1) is None and protected_pixels(None, frozenset({1}), 2) is None


def plan_of(*slices, passes=None, **more):
    degrees = np.zeros((len(slices), 3), np.float32)
    degrees[:, 1] = 0.5
    passes = passes or (line(),)
    return Plan(
        "own", "given", "toned", (1.0, 1.0, 1.0), 0, len(slices) + 1, ("edge", "wall", "hair"), passes,
        slices, degrees, (1, 10), **more,
    )  # fmt: skip


def test_a_step_is_soft_at_its_border_and_goes_back_over_the_one_before():
    plan = plan_of((Slice(0, 0, 0.4),), (Slice(0, 0.4, 0.6),), (Slice(0, 0.6, 1.0),))
    first, second = plan.step(1), plan.step(2)
    assert (first.field[0, :3] > 0.8).all() and 0.1 < first.field[0, 4] < 0.7 and first.field[0, 7:].max() < 0.01
    assert (second.field[0, 2:5] > 0.6).all(), "0.2 of the pass, and as much before it"
    assert second.field[0, 0] < 0.2 and second.field[0, 8] < 0.05
    assert (first.index, first.parts) == (1, ("wall",)) and first.degrees.tolist() == [0, 0.5, 0]
    assert (second.finish[0] != UNSPECIFIED).tolist() == [i in (2, 3, 4, 5) for i in range(10)]
    for index in (0, 4, -1):
        with pytest.raises(IndexError, match=r"not in 1\.\.3"):
            plan.step(index)


def test_the_last_of_the_last_look_is_at_all_of_the_picture():
    plan = plan_of((Slice(0, 0, 0.5),), (Slice(0, 0.5, 0.9),), (Slice(0, 0.9, 1.0),), passes=(line(WHOLE, "painting"),))
    assert plan.step(3).field.min() > 0.99
    assert plan.step(1).field[0, 8:].max() < 0.01 and plan.step(2).field[0, 9] < 0.9


def test_constrained_parts_are_not_touched_by_the_soft_border_of_others():
    labels = np.array([[1] * 5 + [2] * 5])
    locked = (frozenset({2}), frozenset())
    plan = plan_of((Slice(0, 0, 1.0),), (Slice(0, 0, 1.0),), constrained=locked, labels=labels)
    assert plan.step(1).field[0, 5:].max() == 0 < plan.step(1).field[0, :4].min()
    assert plan.step(2).field.min() > 0.9
    assert plan.constrained_at(1) == {2} and plan.constrained_at(2) == frozenset()
    assert plan.locked_parts(1) == {2} and plan.locked_parts(2) == frozenset()
    locked = (frozenset({1, 2}), frozenset({1}))
    assert plan_of((), (), constrained=locked, labels=labels).locked_parts(1) == {2}, (
        "a part with a requested degree works"
    )
    reversed_plan = plan_of((), (), constrained=locked[::-1], labels=labels)
    reversed_plan.degrees[1] = 0
    assert reversed_plan.locked_parts(1) == frozenset() and reversed_plan.locked_parts(2) == {1, 2}


def test_going_back_stays_within_the_part():
    """What is laid past an outline belongs to parts that this step may not ask for: it is not gone over again."""
    levels = np.array([[level("flat")] * 5 + [level("under")] * 3 + [level("over")] * 2], np.uint8)
    plan = plan_of((Slice(0, 0, 0.5),), (Slice(0, 0.5, 1.0),), passes=(replace(line(), levels=levels),))
    first, second = (plan.step(index).field[0] for index in (1, 2))
    assert (first[:4] > 0.7).all() and first[6:].max() < 0.1
    assert (second > 0.7).all(), "its own stretch, and the part before it"
    plan = plan_of((Slice(0, 0, 0.8),), (Slice(0, 0.8, 1.0),), passes=(replace(line(), levels=levels),))
    assert plan.step(2).field[0, :7].max() < 0.2 and plan.step(2).field[0, 8:].min() > 0.7


@pytest.mark.parametrize("start", ["toned", "sketch", "mass", "block"])
def test_the_first_frame_shows_what_its_start_says_and_every_pass_is_made_once(start):
    for habit, seed in (("masses", 2), ("objects", 3)):
        plan = make_plan(PlanFile({"habit": habit, "start": start}, "a"), *head(), PORTRAIT, 40, seed)
        finishes = [p.finish_name for p in plan.passes]
        flat = next(i for i, finish in enumerate(finishes) if finish != "flat")
        shown = {"toned": 0, "sketch": 0, "mass": 1, "block": flat}[start]
        assert plan.slices[0] == tuple(Slice(i, 0.0, 1.0) for i in range(shown))
        done = np.zeros(len(plan.passes))
        for step in plan.slices:
            for piece in step:
                assert piece.begin == pytest.approx(done[piece.index], abs=1e-9) and piece.end <= 1
                done[piece.index] = piece.end
        assert (done == 1).all()


def test_large_masses_go_down_fast_details_take_long_and_all_of_it_is_looked_at_in_the_end():
    for habit in ("masses", "objects", "watercolour"):
        plan = make_plan("artist", *head(), PORTRAIT, 100, 1, habit=habit)
        first = {}
        for number, step in enumerate(plan.slices, 1):
            for piece in step:
                first.setdefault(piece.index, number)
        context = make_context(*head(), PORTRAIT, np.array(plan.ground, np.float32))
        queues, canvas, change = PassQueues(context, plan.passes), start_canvas(context, plan.start, []), []
        for step in plan.slices:
            before, canvas = canvas, queues.paint(canvas, step)
            change.append(float(np.abs(canvas - before).mean()))
        assert sum(change[:50]) > 1.3 * sum(change[50:])
        look = len(plan.passes) - 1
        assert plan.passes[look].part == WHOLE and 90 <= first[look] <= 98
        assert all(piece.index == look for step in plan.slices[first[look] :] for piece in step), (
            "when all else is done"
        )
        for finish in ("flat", "painting"):  # features are painted at the same time
            of = [first[i] for i, p in enumerate(plan.passes) if p.finish_name == finish
                  and plan.part_names[p.part] in ("eyes", "mouth")]  # fmt: skip
            assert len(of) < 2 or max(of) - min(of) <= 1


def test_what_a_person_reads_of_a_plan_is_what_it_does():
    plan = make_plan("artist", *head(), PORTRAIT, 12, 3)
    data = plan.to_json()
    assert (data["name"], data["frames"], data["seed"], data["habit"]) == ("artist", 12, 3, plan.habit)
    assert data["ground"] == pytest.approx(plan.ground, abs=1e-4)
    assert [step["frame"] for step in data["steps"]] == list(range(1, 12))
    for step, row, slices in zip(data["steps"], plan.degrees, plan.slices, strict=True):
        assert step["degrees"] == {PORTRAIT.names[k]: round(float(d), 4) for k, d in enumerate(row) if d}
        assert [index for index, *_ in step["passes"]] == [piece.index for piece in slices]
        assert np.ravel([times for _, *times in step["passes"]]) == pytest.approx(
            np.ravel([(piece.begin, piece.end) for piece in slices]), abs=1e-4
        )
    assert data["passes"][-1] == {"part": "everything", "finish": "painting"}
    assert [p["finish"] for p in data["passes"]] == [p.finish_name for p in plan.passes]


def test_the_last_coat_over_pencil_and_thin_paint_takes_its_time():
    """They stay rough till then: all of it changes, which a plan does not see."""
    for medium in ("pencil", "watercolour"):
        plan = make_plan("artist", *head(), PORTRAIT, 40, 1, medium=medium)
        last = {i for i, work in enumerate(plan.passes) if work.finish_name == "painting" and work.part != WHOLE}
        assert sum(any(piece.index in last for piece in step) for step in plan.slices) > 10
