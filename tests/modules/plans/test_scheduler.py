"""Scheduling by hand: two parts side by side, each with a queue of passes."""

import numpy as np
import pytest

from ppp.modules.degree import distance
from ppp.modules.finish_levels import level
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans.context import make_context
from ppp.modules.plans.plan import WHOLE, Pass
from ppp.modules.plans.scheduler import PassQueues, constrained_parts, schedule_by_degrees, schedule_by_time
from ppp.modules.plans.spec import BrushStyle, PlannedPass, PlanSpec

WALL, HAIR, FACE = (PORTRAIT.index(name) for name in ("background", "hair", "face"))


@pytest.fixture(scope="module")
def context():
    """A wall at the left and hair at the right, on white; each is of one dark colour with some light on it."""
    labels = np.full((80, 80), WALL, np.uint8)
    labels[:, 40:] = HAIR
    y = np.linspace(0, 0.2, 80, dtype=np.float32)[:, None, None]
    painting = np.broadcast_to(np.float32(0.2) + y, (80, 80, 3)).astype(np.float32)
    return make_context(painting, labels, PORTRAIT, np.array([1.0, 1.0, 1.0], np.float32))


def work(context, part, finish):
    """A pass from the left to the right of its part."""
    x = np.mgrid[0:80, 0:80][1].astype(np.float32)
    extent = np.ones_like(x, bool) if part == WHOLE else context.labels == part
    travel = (x - x[extent].min()) / np.ptp(x[extent])
    return Pass(part, level(finish), extent, np.full(x.shape, level(finish), np.uint8), np.clip(travel, 0, 1), 0.1)


@pytest.fixture(scope="module")
def queues(context):
    passes = [(WALL, "flat"), (HAIR, "flat"), (WALL, "painting"), (HAIR, "painting"), (WHOLE, "painting")]
    return PassQueues(context, [work(context, *which) for which in passes])


def bare(context):
    return np.ones_like(context.painting)


def test_a_pass_goes_as_far_as_its_medium_does(context):
    """Pencil leaves grain open: what a plan asks of its forms is less than of oil's."""
    left = []
    for medium in ("oil", "pencil"):
        queues = PassQueues(context, [work(context, HAIR, "form")], medium)
        left.append(queues.left(queues.paint(bare(context), queues.between(HAIR, 0.0, 1.0)), HAIR))
    assert left[0] < 0.7 * left[1] < queues.left(bare(context), HAIR)


def make_spec(context, n_frames, **more):
    return PlanSpec(
        "own", "given", "toned", (1.0, 1.0, 1.0), 0, n_frames, PORTRAIT, BrushStyle(0, 0, 0, 0, False),
        (PlannedPass(WALL, "flat", 0.1),), **more,
    )  # fmt: skip


def played(context, queues, slices):
    """How much of each part is left after every step, as a share of what there was."""
    canvas, left = bare(context), []
    start = distance(canvas, context.painting, context.labels, 10)
    for pieces in slices:
        canvas = queues.paint(canvas, pieces)
        left.append(distance(canvas, context.painting, context.labels, 10) / np.maximum(start, 1e-6))
    return np.array(left)


def test_a_queue_is_walked_along(queues):
    assert queues.indices == {WALL: [0, 2], HAIR: [1, 3], WHOLE: [4]}
    walked = [
        [(s.index, s.begin, s.end) for s in queues.between(HAIR, *ends)] for ends in ((0, 0.5), (0.5, 1.25), (1, 2))
    ]
    assert walked == [[(1, 0, 0.5)], [(1, 0.5, 1), (3, 0, 0.25)], [(3, 0, 1)]]
    assert queues.between(HAIR, 0.5, 0.5) == queues.between(HAIR, 1, 1) == ()


@pytest.mark.parametrize("degree", [0.0, 0.1, 0.5, 0.85, 1.0])
def test_a_degree_is_a_share_of_what_is_left(context, queues, degree):
    for begin in (0.0, 0.4):
        canvas = queues.paint(bare(context), queues.between(WALL, 0, begin))
        end = queues.advance(canvas, WALL, begin, degree)
        after = queues.paint(canvas, queues.between(WALL, begin, end))
        assert queues.left(after, WALL) == pytest.approx((1 - degree) * queues.left(canvas, WALL), abs=0.04)
        assert begin <= end <= 2 and queues.left(after, HAIR) == queues.left(canvas, HAIR)
    assert queues.advance(bare(context), WALL, 0, 1) == 2, "all of it is all of its passes"


def test_a_step_reaches_its_degree_and_the_rest_has_the_rest_of_the_time(context, queues):
    even = [queues.between(WALL, i / 2, (i + 1) / 2) + queues.between(HAIR, i / 2, (i + 1) / 2) for i in range(4)]
    assert schedule_by_time(make_spec(context, 5), queues, even, bare(context)) is even, (
        "nothing is requested, nothing changes"
    )

    found = schedule_by_time(make_spec(context, 5, steps={(2, WALL): 0.0}), queues, even, bare(context))
    assert [[s.index for s in step if s.index in (0, 2)] for step in found] == [[0], [], [0, 2], [2]]
    assert [[s for s in step if s.index in (1, 3)] for step in found] == [
        [s for s in step if s.index in (1, 3)] for step in even
    ], "the other part goes on as before"
    left = played(context, queues, found)
    assert left[1, WALL] == left[0, WALL] and left[-1, [WALL, HAIR]] == pytest.approx([0, 0], abs=1e-6)

    found = schedule_by_time(make_spec(context, 5, steps={(1, WALL): 1.0}), queues, even, bare(context))
    left = played(context, queues, found)
    assert left[0, WALL] == pytest.approx(0, abs=1e-6) and left[0, HAIR] > 0.3

    found = schedule_by_time(make_spec(context, 5, steps={(4, WALL): 0.5}), queues, even, bare(context))
    left = played(context, queues, found)
    assert left[3, WALL] == pytest.approx(0.5 * left[2, WALL], abs=0.04), "what is requested last is not made up for"

    found = schedule_by_time(make_spec(context, 5, degrees={HAIR: 0.5, FACE: 0.3}), queues, even, bare(context))
    left = played(context, queues, found)
    assert left[-1, HAIR] == pytest.approx(0.5, abs=0.03) and left[-1, WALL] == pytest.approx(0, abs=1e-6)
    assert left[1, HAIR] == pytest.approx(0.75, abs=0.04), "and is as far half way as half of it is"

    # More than all of a part is asked of it in one step: the last request counts.
    found = schedule_by_time(
        make_spec(context, 5, degrees={HAIR: 0.3}, steps={(3, HAIR): 1.0}), queues, even, bare(context)
    )
    assert played(context, queues, found)[2:, HAIR] == pytest.approx([0, 0], abs=1e-6)


def test_what_was_finished_early_gets_all_the_time_there_is_when_it_is_taken_back(context, queues):
    """The hair was to be done after the first step; asked to wait, it is spread over all that follow."""
    early = [queues.between(HAIR, 0, 2), (), (), ()]
    found = schedule_by_time(make_spec(context, 5, steps={(1, HAIR): 0.0}), queues, early, bare(context))
    ends = [max((piece.end + (piece.index == 3) for piece in step), default=0) for step in found]
    assert ends == pytest.approx([0, 2 / 3, 4 / 3, 2])


def rows_of(wall, hair):
    rows = np.zeros((len(wall), 10), np.float32)
    rows[:, WALL], rows[:, HAIR] = wall, hair
    return rows


def test_rows_of_degrees_are_done(context, queues):
    requested = rows_of([0.9, 0.5, 0.5, 0, 0], [0.9, 0, 0.3, 0.4, 0])
    found = schedule_by_degrees(make_spec(context, 6, rows=requested), queues, bare(context))
    assert len(found) == 5 and found[0] == (), "the first row belongs to the first frame"
    left = played(context, queues, [*found[:4], [p for p in found[4] if p.index != 4]])
    assert left[:, WALL] == pytest.approx([1, 0.5, 0.25, 0.25, 0.25], abs=0.04)
    assert left[:, HAIR] == pytest.approx([1, 1, 0.7, 0.42, 0.42], abs=0.04)
    assert [p.index for p in found[4]] == [4], "a last look over all of it"
    assert not [p for step in found[:4] for p in step if p.index == 4]
    every = schedule_by_degrees(make_spec(context, 2, rows=rows_of([0.5], [0.5])), queues, bare(context))
    assert played(context, queues, [[p for p in every[0] if p.index != 4]])[0, [WALL, HAIR]] == pytest.approx(
        [0.5] * 2, abs=0.04
    )


def test_what_is_requested_comes_before_the_rows(context, queues):
    requested = rows_of([0, 0.5, 0.5, 0.5], [0, 0.5, 0.5, 0.5])

    def left(**edits):
        found = schedule_by_degrees(make_spec(context, 5, rows=requested, **edits), queues, bare(context))
        return played(context, queues, [[p for p in step if p.index != 4] for step in found])

    assert left(steps={(3, HAIR): 0.0})[:, HAIR] == pytest.approx([1, 0.5, 0.5, 0.25], abs=0.05)
    assert left(steps={(3, HAIR): 1.0})[:, HAIR] == pytest.approx([1, 0.5, 0, 0], abs=0.05)
    # A degree over the whole process is reached, also when the rows request less or more.
    assert left(degrees={HAIR: 0.3})[:, HAIR] == pytest.approx([1, 0.7, 0.7, 0.7], abs=0.05)
    assert left(degrees={HAIR: 1.0})[:, HAIR] == pytest.approx([1, 0.5, 0.25, 0], abs=0.05)
    assert left(degrees={HAIR: 0.3})[:, WALL] == pytest.approx([1, 0.5, 0.25, 0.125], abs=0.05)


def test_a_step_goes_through_parts_in_their_order(context, queues):
    requested = rows_of([0, 0.5], [0, 0.5])
    for order, first in (((), WALL), ((HAIR, WALL), HAIR), ((HAIR,), HAIR), ((FACE, WALL), WALL)):
        found = schedule_by_degrees(make_spec(context, 3, rows=requested, order=order), queues, bare(context))
        assert queues.passes[found[1][0].index].part == first and found[1][-1].index == 4


def test_parts_that_nothing_else_may_touch(context):
    assert (
        constrained_parts(make_spec(context, 4)) == constrained_parts(make_spec(context, 4, degrees={HAIR: 1.0})) == ()
    )
    assert constrained_parts(make_spec(context, 4, degrees={HAIR: 0.9})) == ({HAIR},) * 3
    assert constrained_parts(make_spec(context, 4, degrees={HAIR: 0.5}, steps={(2, WALL): 0.3})) == (
        {HAIR},
        {HAIR, WALL},
        {HAIR},
    )
