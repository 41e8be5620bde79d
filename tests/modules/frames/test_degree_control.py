"""Degree control: degrees measured on the next canvas, part by part."""

from __future__ import annotations

import numpy as np
import pytest

from ppp.modules.degree import measure
from ppp.modules.frames.degree_control import TOLERANCE, calibrate_weight

HEIGHT, WIDTH = 40, 60
PAINTING = np.full((HEIGHT, WIDTH, 3), 0.2, np.float32)
CANVAS = np.ones_like(PAINTING)
LABELS = np.repeat(np.array([[0] * 20 + [1] * 20 + [2] * 20]), HEIGHT, axis=0)
EVERYWHERE = np.ones((HEIGHT, WIDTH), np.float32)
ORDER = np.repeat(np.linspace(3.0, -3.0, HEIGHT, dtype=np.float32)[:, None], WIDTH, axis=1)  # from the top down


def weight_of(shift: np.ndarray) -> np.ndarray:
    """A network that paints from the top down, with edges a few pixels wide."""
    return np.clip(0.5 + 2.0 * (ORDER + shift), 0, 1).astype(np.float32)


def reached(weight: np.ndarray, mode: str = "progress", canvas: np.ndarray = CANVAS) -> np.ndarray:
    after = canvas + weight[..., None] * (PAINTING - canvas)
    return measure(canvas, after, PAINTING, LABELS, 3, mode)


@pytest.mark.parametrize("mode", ["progress", "area"])
def test_each_part_reaches_what_was_requested_of_it(mode):
    requested = np.array([0.1, 0.5, 0.9])
    own = reached(weight_of(np.zeros_like(ORDER)), mode)
    assert np.abs(own - requested).max() > 0.3  # the network by itself paints half of everything
    weight = calibrate_weight(weight_of, PAINTING, CANVAS, PAINTING, LABELS, requested, EVERYWHERE, 4.0, mode)
    assert np.abs(reached(weight, mode) - requested).max() < 2 * TOLERANCE
    assert weight.min() >= 0
    assert weight.max() <= 1


def test_a_part_that_was_not_requested_is_left_alone():
    weight = calibrate_weight(
        weight_of, PAINTING, CANVAS, PAINTING, LABELS, np.array([0.0, 0.5, 0.0]), EVERYWHERE, 4.0, "progress"
    )
    assert reached(weight)[[0, 2]].tolist() == [0.0, 0.0]


def test_the_network_is_not_forced_beyond_its_bound():
    weight = calibrate_weight(
        weight_of, PAINTING, CANVAS, PAINTING, LABELS, np.array([1.0, 0.0, 0.5]), EVERYWHERE, 0.5, "progress"
    )
    assert 0.5 < reached(weight)[0] < 0.7
    assert 0.3 < reached(weight)[1] < 0.5


def test_what_is_right_already_stays_as_the_network_has_it():
    own = weight_of(np.zeros_like(ORDER))
    requested = reached(own)
    assert np.array_equal(
        calibrate_weight(weight_of, PAINTING, CANVAS, PAINTING, LABELS, requested, EVERYWHERE, 4.0, "progress"), own
    )
    done = CANVAS.copy()
    done[LABELS == 1] = PAINTING[LABELS == 1]  # a finished part is neither pushed nor held
    requested = np.array([*requested[:1], 0.0, *requested[2:]])
    assert np.array_equal(
        calibrate_weight(weight_of, PAINTING, done, PAINTING, LABELS, requested, EVERYWHERE, 4.0, "progress"), own
    )


def test_nothing_is_added_outside_of_the_field():
    field = EVERYWHERE.copy()
    field[:, 20:40] = 0.0
    own = weight_of(np.zeros_like(ORDER))
    weight = calibrate_weight(weight_of, PAINTING, CANVAS, PAINTING, LABELS, np.ones(3), field, 4.0, "progress")
    assert np.array_equal(weight[:, 20:40], own[:, 20:40])
    assert (reached(weight)[[0, 2]] > 0.97).all()
