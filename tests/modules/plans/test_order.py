"""Parts change places in a sequence of passes written out by hand, and the way of working stays."""

import numpy as np
import pytest

from ppp.modules.labels import PORTRAIT
from ppp.modules.plans.order import delay_degrees, first_pass_order, gather_group, reorder, spread_over
from ppp.modules.plans.plan import WHOLE
from ppp.modules.plans.spec import PlannedPass

NAMES = {"wall": "background", "coat": "clothes"}


def part(name):
    return WHOLE if name == "all" else PORTRAIT.index(NAMES.get(name, name))


def passes(text):
    """`wall face+`: one pass each, number n over a part with the brush n/10; + begins together with the one before."""
    found, times = [], {}
    for word in text.split():
        name = word.rstrip("+")
        times[name] = times.get(name, 0) + 1
        found.append(PlannedPass(part(name), "flat", times[name] / 10, together=word.endswith("+")))
    return found


def spelt(passes):
    names = {part(name): name for name in ("all", "wall", "coat", "hair", "face", "eyes", "mouth", "nose", "body")}
    numbers = {}
    for planned in passes:  # pass by pass in the order of before
        assert planned.brush > numbers.get(planned.part, 0)
        numbers[planned.part] = planned.brush
    return " ".join(names[i.part] + "+" * i.together for i in passes)


@pytest.mark.parametrize(
    ("before", "order", "after"),
    [
        ("wall wall hair hair", "hair wall", "hair hair wall wall"),  # object by object
        ("wall hair wall hair", "hair wall", "hair wall hair wall"),  # masses first
        ("wall wall hair", "hair wall", "hair wall wall"),
        ("wall hair hair", "hair wall", "hair hair wall"),
        ("coat wall hair coat wall hair", "hair coat", "hair wall coat hair wall coat"),  # not named: keeps its places
        ("wall coat hair wall coat hair", "hair wall", "hair wall coat hair wall coat"),  # all lies on the wall
        ("wall coat hair wall coat hair", "coat hair wall", "coat hair wall coat hair wall"),
        ("wall hair", "nose hair wall", "hair wall"),  # not in the picture
        ("wall face eyes mouth hair", "hair face wall", "hair face eyes mouth wall"),  # what lies on it goes with it
        ("wall face eyes mouth hair", "hair eyes face", "wall hair eyes face mouth"),  # unless it is named itself
        ("face coat wall", "wall face", "wall coat face"),  # a coat does not lie on a face
        ("wall eyes face", "wall face", "wall face eyes"),  # nobody paints eyes where the face is still to come
        ("wall eyes eyes mouth face", "wall face", "wall face eyes eyes mouth"),
        ("eyes hair face", "hair", "eyes hair face"),  # the face was not named
        ("hair wall face", "wall face", "hair wall face"),  # hair only borders on the face
        ("coat wall body", "wall body", "coat wall body"),
        ("all face wall all", "face wall", "all face wall all"),  # lines and last looks stay where they are
        ("all wall face all", "face wall", "all face wall all"),
    ],
)
def test_parts_change_places(before, order, after):
    units = [(part(name),) for name in order.split()]
    assert spelt(reorder(passes(before), units, PORTRAIT)) == after


def test_units_move_as_one():
    units = [(part("hair"), part("face")), (part("wall"),)]
    assert (
        spelt(reorder(passes("wall hair face+ wall hair face+"), units, PORTRAIT)) == "hair face+ wall hair face+ wall"
    )
    assert spelt(reorder(passes("hair face+ eyes wall"), units[::-1], PORTRAIT)) == "wall hair face+ eyes"


def test_who_no_longer_follows_does_not_begin_together():
    named = [(part("hair"),), (part("wall"),)]
    assert spelt(reorder(passes("wall hair+ coat"), named, PORTRAIT)) == "hair wall coat"
    assert spelt(reorder(passes("wall coat hair+"), named, PORTRAIT)) == "hair wall coat"
    assert spelt(reorder(passes("wall face eyes mouth+ hair"), named, PORTRAIT)) == "hair wall face eyes mouth+"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("face face face eyes", "face eyes+ face face"),
        ("wall face hair face hair face", "wall face hair+ face face hair+"),
        ("eyes mouth wall face face", "wall face eyes+ mouth+ face"),
        ("face wall+ hair face", "face hair+ wall face"),  # the wall began with what is now elsewhere
        ("hair coat wall+ face face", "coat wall+ face hair+ face"),
        ("wall face coat", "wall face coat"),  # one alone is no group
    ],
)
def test_a_group_is_gone_over_together(before, after):
    group = tuple(part(name) for name in ("face", "hair", "eyes", "mouth"))
    assert spelt(gather_group(passes(before), group)) == after


def test_the_order_of_first_passes():
    assert first_pass_order(passes("all hair wall hair face wall")) == [part("hair"), part("wall"), part("face")]


def test_spread_over_places():
    assert spread_over([3, 5, 7, 9], 2) == [3, 9]
    assert spread_over([3, 5, 7, 9], 4) == [3, 5, 7, 9]
    assert spread_over([3, 5, 7], 1) == [3]
    assert spread_over([3, 5], 5) == [3, 3, 3, 5, 5]
    assert spread_over([3], 2) == [3, 3]


def rows(*columns):
    return np.array(columns, np.float32).T


def test_degrees_of_later_parts_wait_for_earlier_ones():
    before = rows([0, 0, 0.5, 0.5, 0.5], [0, 0.4, 0.4, 0.4, 0.4])
    assert np.array_equal(delay_degrees(before, [(0,), (1,)], 1), rows([0, 0, 0.5, 0.5, 0.5], [0, 0, 0, 0.4, 0.4]))
    assert np.array_equal(delay_degrees(before, [(1,), (0,)], 1), before), "they are begun in this order already"
    assert np.array_equal(before, rows([0, 0, 0.5, 0.5, 0.5], [0, 0.4, 0.4, 0.4, 0.4])), "nothing is changed in place"
    # Work in the first row is none that was asked for.
    assert np.array_equal(
        delay_degrees(rows([0.9, 0.3, 0], [0, 0.2, 0.2]), [(0,), (1,)], 1), rows([0, 0.3, 0], [0, 0, 0.2])
    )
    # What came too early in all its steps is done as late as must be.
    assert np.array_equal(
        delay_degrees(rows([0, 0, 0, 0.5], [0, 0.2, 0.4, 0]), [(0,), (1,)], 1), rows([0, 0, 0, 0.5], [0, 0, 0, 0.4])
    )
    # Where no later step is left they share one.
    assert np.array_equal(delay_degrees(rows([0, 0.5], [0, 0.3]), [(0,), (1,)], 1), rows([0, 0.5], [0, 0.3]))
    # A part that is never asked for holds nobody up, and the parts of a unit are begun at once.
    assert np.array_equal(
        delay_degrees(rows([0, 0, 0], [0, 0.3, 0.3]), [(0,), (1,)], 1), rows([0, 0, 0], [0, 0.3, 0.3])
    )
    idle = rows([0, 0, 0], [0, 0, 0.3], [0, 0.4, 0.4])
    assert np.array_equal(delay_degrees(idle, [(0,), (1,), (2,)], 1), rows([0, 0, 0], [0, 0, 0.3], [0, 0, 0.4]))
    both = rows([0, 0.5, 0.5, 0], [0, 0, 0.5, 0.5], [0, 0.1, 0.1, 0.1])
    assert np.array_equal(
        delay_degrees(both, [(0, 1), (2,)], 1), rows([0, 0.5, 0.5, 0], [0, 0, 0.5, 0.5], [0, 0, 0.1, 0.1])
    )
    # On a canvas that was begun the first row counts.
    assert np.array_equal(delay_degrees(rows([0.5, 0.5], [0.5, 0.5]), [(0,), (1,)], 0), rows([0.5, 0.5], [0, 0.5]))
