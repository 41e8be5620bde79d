"""Paint that goes past an outline keeps its colour: no row of dots in the neighbour's colour, no paint on its own."""

import numpy as np
import pytest

from ppp.modules.finish_levels import LEVELS, level
from ppp.modules.imaging.edge_fringes import find_fringes, remove_fringes

SIDE = 100  # a stroke is three pixels wide
RANK = np.array([0, 1])  # part 1 lies in front of part 0


@pytest.fixture
def case():
    """Part 0 on the left, part 1 on the right, no paint yet."""
    labels = np.zeros((SIDE, SIDE), np.uint8)
    labels[:, 50:] = 1
    mix = np.zeros((len(LEVELS), SIDE, SIDE), np.float32)
    mix[level("flat")] = 1
    return mix, np.zeros((SIDE, SIDE), np.float32), labels


def chosen(mix):
    return np.array(LEVELS)[mix.argmax(axis=0)]


def test_a_strip_takes_the_colour_of_the_paint_across_the_outline(case):
    mix, weight, labels = case
    weight[20:80, 49:90] = 1  # a mass of part 1, and one column past its outline
    fixed, may = remove_fringes(mix, weight, labels, RANK)
    assert (chosen(fixed)[20:80, 49] == "over").all()
    assert (chosen(fixed)[20:80, 50:90] == "flat").all()
    assert (may == 1).all()
    assert (fixed.sum(axis=0) == 1).all()
    assert (mix[level("flat")] == 1).all()  # what came in is not changed


def test_a_strip_on_what_lies_in_front_is_laid_under(case):
    mix, weight, labels = case
    weight[20:80, 10:51] = 1
    fixed, _ = remove_fringes(mix, weight, labels, RANK)
    assert (chosen(fixed)[20:80, 50] == "under").all()
    assert (chosen(fixed)[20:80, 10:50] == "flat").all()


def test_a_strip_that_is_alone_is_not_laid(case):
    mix, weight, labels = case
    weight[20:80, 10:40] = 1
    weight[20:80, 70] = 1
    fixed, may = remove_fringes(mix, weight, labels, RANK)
    assert (may[20:80, 70] == 0).all()
    assert may.sum() == SIDE * SIDE - 60
    assert (fixed == mix).all()


@pytest.mark.parametrize("state", ["sketch", "lined", "smooth", "painting", "under", "over"])
def test_lines_details_and_what_is_meant_to_pass_stay(case, state):
    mix, weight, labels = case
    mix[:] = 0
    mix[level(state)] = 1
    weight[20:80, 49:90] = 1
    weight[20:80, 10] = 1
    fixed, may = remove_fringes(mix, weight, labels, RANK)
    assert (fixed == mix).all()
    assert (may == 1).all()


def test_what_is_narrow_itself_is_painted_by_a_narrow_stroke():
    labels = np.zeros((SIDE, SIDE), np.uint8)
    labels[30:32, 20:40] = 1  # an eyebrow
    mask = labels == 1
    assert not find_fringes(mask, labels).any()
    assert find_fringes(mask, np.zeros_like(labels))[mask].all()
