"""What lies behind: outlines that go on behind what hides them, and the colours there."""

from dataclasses import replace

import numpy as np
import pytest

from ppp.modules.labels import PORTRAIT
from ppp.modules.occlusion import across, behind_colours, behind_map, extents
from ppp.modules.things import thing_label_set

THINGS = thing_label_set(["sky", "mountain", "grass", "tree"])
SKY, MOUNTAIN, GRASS, TREE = 1, 2, 3, 4


def landscape(size: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """A mountain before the sky, a meadow before both, and a tree before all three: labels, and true extents."""
    y, x = np.mgrid[0:size, 0:size] / size
    true = np.zeros((5, size, size), bool)
    true[SKY] = y < 0.7
    true[MOUNTAIN] = (y > 0.2 + abs(x - 0.45)) & (y < 0.7)
    true[GRASS] = y > 0.6
    true[TREE] = (abs(x - 0.6) < 0.09) & (y > 0.1) & (y < 0.85)
    labels = np.zeros((size, size), np.uint8)
    for i in range(1, 5):
        labels[true[i]] = i
    return labels, true


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / (one | other).sum())


def test_outlines_go_on_behind_what_hides_them():
    labels, true = landscape()
    found = extents(labels, THINGS)
    assert found.shape == (5, 120, 120) and found.dtype == bool and not found[0].any()
    assert np.array_equal(found[TREE], labels == TREE), "nothing hides the tree"
    above = np.s_[:70]  # nobody knows where the mountain ends behind the meadow
    whole, seen = (overlap(mask[above], true[MOUNTAIN][above]) for mask in (found[MOUNTAIN], labels == MOUNTAIN))
    assert whole > 0.93 > 0.8 > seen
    assert overlap(found[GRASS], true[GRASS]) > 0.97
    for part in (SKY, MOUNTAIN, GRASS):
        assert found[part][labels == part].all(), "what shows is there"
        assert not found[part][labels < part].any(), "it would hide what is farther"


def test_behind_each_pixel_lies_the_next_farther_part():
    labels, _ = landscape()
    behind = behind_map(labels, THINGS)
    tree = labels == TREE
    rows = np.nonzero(tree)[0] / len(labels)
    assert (behind[tree][rows < 0.25] == SKY).all()
    assert (behind[tree][(rows > 0.45) & (rows < 0.55)] == MOUNTAIN).all()
    assert (behind[tree][rows > 0.7] == GRASS).all()
    assert (behind[labels == SKY] == SKY).all(), "nothing lies behind the sky"
    assert (behind[labels == MOUNTAIN] == SKY).all()
    rank = THINGS.depth_order
    assert (rank[behind] <= rank[labels]).all()


def test_a_horizon_goes_on_level_behind_what_stands_there():
    """The meadow does not swell behind an animal up to the middle of its body; all of that is nearest to it."""
    things = thing_label_set(["sky", "grass", "animal"])
    y, x = np.mgrid[0:120, 0:160]
    labels = np.where(y < 70, 1, 2).astype(np.uint8)
    labels[(abs(x - 80) < 45) & (y > 30) & (y < 78)] = 3
    hidden = (behind_map(labels, things) == 2) & (labels == 3)
    assert hidden[70:78, 40:120].all()
    assert not hidden[:69].any()


def test_ranks_say_what_is_behind_not_the_list():
    labels, _ = landscape()
    turned = replace(THINGS, ranks=(0, 4, 3, 2, 1))  # the tree is a hole in the meadow, and so on
    assert (behind_map(labels, turned)[labels == TREE] == TREE).all()
    assert (behind_map(labels, turned)[labels == SKY] != SKY).all()


def test_a_face_lies_behind_eyes_and_padding_behind_nothing():
    labels = np.full((60, 60), PORTRAIT.index("background"), np.uint8)
    labels[10:50, 15:45] = PORTRAIT.index("face")
    labels[25:28, 20:28] = labels[25:28, 32:40] = PORTRAIT.index("eyes")
    labels[:, :8] = PORTRAIT.index("edge")
    behind = behind_map(labels, PORTRAIT)
    assert (behind[labels == PORTRAIT.index("eyes")] == PORTRAIT.index("face")).all()
    assert (behind[labels == PORTRAIT.index("face")] == PORTRAIT.index("background")).all()
    assert (behind[labels == PORTRAIT.index("background")] == PORTRAIT.index("background")).all()
    assert not extents(labels, PORTRAIT)[:, :, :8].any()


def test_a_gradient_goes_on_behind_and_colours_of_what_hides_it_do_not_show():
    labels = np.full((96, 96), 1, np.uint8)
    labels[20:80, 40:56] = 2
    things = thing_label_set(["sky", "tree"])
    painting = np.repeat(np.linspace(0.2, 0.9, 96, dtype=np.float32)[:, None, None], 96, 1).repeat(3, 2)
    hidden = painting.copy()
    hidden[labels == 2] = (0, 1, 0)
    shown = behind_colours(hidden, labels, things)
    assert np.abs(shown - painting).max() < 0.06
    assert np.array_equal(shown[labels == 1], painting[labels == 1])


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (33, 2), (300, 20), (5, 400)])
def test_any_size_and_any_labels(shape):
    labels = np.random.default_rng(0).integers(0, 10, shape).astype(np.uint8)
    found, behind = extents(labels, PORTRAIT), behind_map(labels, PORTRAIT)
    rank = PORTRAIT.depth_order
    assert found.shape == (10, *shape) and behind.shape == shape and behind.dtype == labels.dtype
    assert all(found[k][labels == k].all() for k in range(1, 10))
    changed = behind != labels
    assert (rank[behind] <= rank[labels])[labels != 0].all() and (behind[changed] != 0).all()
    image = np.random.default_rng(1).random((*shape, 3), dtype=np.float32)
    colours = behind_colours(image, labels, PORTRAIT)
    assert colours.shape == image.shape and colours.min() >= 0 and colours.max() <= 1
    assert np.array_equal(behind, behind_map(labels, PORTRAIT))


def test_the_nearest_pixel_in_front_or_behind():
    labels = np.array([[1, 1, 2, 2, 3, 3]], np.uint8)
    things = thing_label_set(["sky", "grass", "tree"])
    assert labels[across(labels, things, nearer=True)].tolist() == [[2, 2, 3, 3, 3, 3]]
    assert labels[across(labels, things, nearer=False)].tolist() == [[1, 1, 1, 1, 2, 2]]
    assert across(labels, things, nearer=True)[1].tolist() == [[2, 2, 4, 4, 4, 5]]
