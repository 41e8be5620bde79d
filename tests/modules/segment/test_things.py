"""Things of pictures drawn here: the network's answer is made by the test, so that the right things are known."""

import cv2
import numpy as np
import pytest

from ppp.modules.labels import PORTRAIT
from ppp.modules.segment.classes import NETWORK_CLASSES
from ppp.modules.segment.thing_order import far_to_near
from ppp.modules.segment.things import find_background_things, find_things
from ppp.modules.things import thing_label_set

DEPTH = {"sky": 0.05, "mountain": 0.2, "wall": 0.2, "water": 0.3, "grass": 0.4, "tree": 0.6, "plant": 0.6}
COLOUR = {
    "sky": (0.6, 0.75, 0.95),
    "mountain": (0.45, 0.45, 0.6),
    "grass": (0.45, 0.6, 0.2),
    "tree": (0.1, 0.25, 0.1),
    "water": (0.2, 0.35, 0.5),
    "wall": (0.7, 0.65, 0.5),
    "person": (0.7, 0.2, 0.15),
    "plant": (0.15, 0.3, 0.1),
    "furniture": (0.4, 0.25, 0.1),
}


def answer(masks, share=0.85, size=96):
    """What a network would say of masks [(kind, (h,w) bool, depth or None)], painted one over the other."""
    shape = masks[0][1].shape
    probabilities = np.full((len(NETWORK_CLASSES), *shape), (1 - share) / (len(NETWORK_CLASSES) - 1), np.float32)
    depth, painting = np.zeros(shape, np.float32), np.zeros((*shape, 3), np.float32)
    for kind, mask, near in masks:
        probabilities[:, mask] = (1 - share) / (len(NETWORK_CLASSES) - 1)
        probabilities[NETWORK_CLASSES.index(kind), mask] = share
        depth[mask] = DEPTH.get(kind, 0.7) if near is None else near
        painting[mask] = COLOUR.get(kind, (0.7, 0.5, 0.4))
    rng = np.random.default_rng(0)
    grain = cv2.GaussianBlur(rng.normal(0, 0.03, shape).astype(np.float32), (0, 0), 1.2)
    return (
        np.stack([cv2.resize(cv2.GaussianBlur(plane, (0, 0), 1.5), (size, size)) for plane in probabilities]),
        cv2.resize(cv2.GaussianBlur(depth, (0, 0), 1.5), (size, size)),
        np.clip(painting + grain[..., None], 0, 1),
    )


def grid(size=160):
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    return y, x


def landscape(*more):
    y, x = grid()
    return answer(
        [
            ("sky", y < 2, None),
            ("mountain", y > 0.35 + 0.25 * abs(x - 0.5), None),
            ("grass", y > 0.6, None),
            ("tree", (abs(x - 0.5) < 0.09) & (y < 0.85), None),
            *more,
        ]
    )


def overlap(one, other):
    return (one & other).sum() / (one | other).sum()


def test_a_tree_divides_neither_the_sky_nor_the_mountain_nor_the_meadow():
    labels, things = find_things(*landscape())
    assert labels.dtype == np.uint8 and labels.shape == (160, 160)
    assert things.names == ("edge", "sky", "mountain", "grass", "tree") and things.kinds == things.names
    y, x = grid()
    tree = (abs(x - 0.5) < 0.09) & (y < 0.85)
    assert overlap(labels == 4, tree) > 0.9 and overlap(labels == 1, (y < 0.35 + 0.25 * abs(x - 0.5)) & ~tree) > 0.9
    assert things.depth_order.tolist() == [0, 1, 2, 3, 4]


def test_a_far_figure_belongs_to_its_field_and_a_near_one_is_painted_by_itself():
    y, x = grid()
    far, near = ((abs(x - 0.8) < half) & (y > 0.7) & (y < 0.7 + 4 * half) for half in (0.012, 0.05))
    labels, things = find_things(*landscape(("person", far, None)))
    assert "person" not in things.names
    assert (labels[far] == things.index("grass")).mean() > 0.9
    labels, things = find_things(*landscape(("person", near, None)))
    assert things.names[-2:] in (("tree", "person"), ("person", "tree"))
    assert overlap(labels == things.index("person"), near) > 0.85


def test_things_of_a_class_that_stand_apart_in_depth_are_two():
    y, x = grid()
    bush = ((x - 0.2) / 0.14) ** 2 + ((y - 0.85) / 0.12) ** 2 < 1
    far = (abs(x - 0.85) < 0.08) & (y > 0.4) & (y < 0.62)
    labels, things = find_things(*landscape(("tree", far, 0.45), ("tree", bush, 0.95)))
    assert [name for name in things.names if "tree" in name] == ["tree 1", "tree 2", "tree 3"]
    assert labels[70, 136] == things.index("tree 1") and labels[136, 32] == things.index("tree 3")
    labels, things = find_things(*landscape(("tree", (abs(x - 0.64) < 0.03) & (y < 0.8), None)))
    assert "tree" in things.names, "two trees side by side are one"


def test_what_is_mirrored_in_water_is_water():
    y, x = grid()
    mirrored = (abs(x - 0.3) < 0.1) & (y > 0.65) & (y < 0.85)
    labels, things = find_things(
        *answer([
            ("sky", y < 2, None),
            ("tree", y > 0.4, None),
            ("water", y > 0.6, None),
            ("tree", mirrored, 0.3),
            ("sky", (abs(x - 0.7) < 0.1) & (y > 0.65) & (y < 0.85), 0.3),
        ])
    )  # fmt: skip
    assert (
        things.kinds == ("edge", "sky", "water", "tree") and (labels[mirrored] == things.index("water")).mean() > 0.95
    )


def test_a_wall_of_foliage_is_divided_by_colour_and_depth():
    y, x = grid()
    probabilities, depth, painting = answer([("plant", y < 2, None)])
    painting = painting * np.where(x < 0.5, 1.0, 2.2)[..., None] * np.where(y < 0.5, 1.0, 1.4)[..., None]
    labels, things = find_things(probabilities, depth, painting.clip(0, 1).astype(np.float32))
    assert 3 <= len(things) - 1 <= 6 and set(things.kinds[1:]) == {"plant"}
    assert len({*np.unique(labels[:70, :70])} & {*np.unique(labels[90:, 90:])}) == 0


def test_where_the_network_is_unsure_colour_decides():
    probabilities, depth, painting = landscape()
    labels, parts = find_things(np.full_like(probabilities, 1 / 24), depth, painting)
    assert parts.names[1] == "part 1" and not parts.kinds and labels.min() == 1


def test_what_the_network_is_not_sure_of_is_a_part_without_a_name():
    y, x = grid()
    heap = ((x - 0.2) / 0.14) ** 2 + ((y - 0.8) / 0.14) ** 2 < 1
    probabilities, depth, painting = landscape(("person", heap, 0.9))
    small = cv2.resize(heap.astype(np.uint8), depth.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    probabilities[:, small] = 0
    for kind, share in (("rock", 0.35), ("animal", 0.33), ("object", 0.32)):
        probabilities[NETWORK_CLASSES.index(kind), small] = share
    labels, things = find_things(probabilities, depth, painting)
    assert things.names[-1] == "part" and things.names[1] == "sky"
    assert overlap(labels == len(things) - 1, heap) > 0.8


def test_hair_and_clothes_of_a_small_figure_are_one_person():
    y, x = grid()
    head, coat = (abs(x - 0.8) < 0.05) & (y > 0.6) & (y < 0.68), (abs(x - 0.8) < 0.05) & (y > 0.68) & (y < 0.9)
    labels, things = find_things(*landscape(("hair", head, None), ("clothes", coat, None)))
    assert sum("person" in name for name in things.names) == 1
    assert overlap(labels == things.index("person"), head | coat) > 0.8


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (10, 700), (300, 2), (7, 7)])
def test_any_size(shape):
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.full(24, 0.05), (12, 9)).transpose(2, 0, 1).astype(np.float32)
    depth = rng.random((12, 9), dtype=np.float32)
    painting = rng.random((*shape, 3), dtype=np.float32)
    labels, things = find_things(probabilities, depth, painting)
    assert labels.shape == shape and labels.min() >= 1 and labels.max() == len(things) - 1 <= 12
    assert sorted(things.depth_order) == list(range(len(things)))
    again, same = find_things(probabilities, depth, painting)
    assert np.array_equal(labels, again) and things == same
    portrait = rng.integers(1, 10, shape).astype(np.uint8)
    found, pieces = find_background_things(probabilities, depth, painting, portrait)
    assert np.array_equal(found[portrait != 1], portrait[portrait != 1]) and pieces.named
    assert (pieces.base_classes[found[portrait == 1]] == 1).all()


def test_outlines_are_those_of_the_painting_at_full_size():
    probabilities, depth, painting = landscape()
    labels, things = find_things(probabilities, depth, cv2.resize(painting, (800, 800), interpolation=cv2.INTER_CUBIC))
    y, x = grid(800)
    assert overlap(labels == things.index("tree"), (abs(x - 0.5) < 0.09) & (y < 0.85)) > 0.93


def sitter(*behind):
    """A head and shoulders before things: the network's answer and the portrait's labels."""
    y, x = grid()
    head, coat = ((x - 0.5) / 0.15) ** 2 + ((y - 0.4) / 0.2) ** 2 < 1, (abs(x - 0.5) < 0.3) & (y > 0.6)
    labels = np.full(y.shape, PORTRAIT.index("background"), np.uint8)
    labels[coat], labels[head] = PORTRAIT.index("clothes"), PORTRAIT.index("face")
    before = [thing for thing in behind if thing[2] and thing[2] > 0.8]
    behind = [thing for thing in behind if thing not in before]
    for _, mask, _ in before:
        labels[mask] = PORTRAIT.index("background")
    return *answer([*behind, ("clothes", coat, 0.7), ("face", head, 0.75), *before]), labels


def test_behind_a_sitter_are_things_and_what_stands_before_is_nearer():
    y, _ = grid()
    table = y > 0.88
    *scene, labels = sitter(("sky", y < 2, None), ("tree", y > 0.5, 0.3), ("furniture", table, 0.95))
    found, pieces = find_background_things(*scene, labels)
    assert pieces.names[10:] == ("sky", "tree", "furniture") and pieces.kind(11) == "tree"
    assert np.array_equal(pieces.base_classes[found], labels)
    assert (found[table] == pieces.index("furniture")).mean() > 0.95
    order = {name: pieces.depth_order[pieces.index(name)] for name in (*pieces.names[10:], "clothes", "face")}
    assert order["sky"] < order["tree"] < order["clothes"] < order["face"] < order["furniture"]


def test_a_plain_backdrop_stays_one():
    y, _ = grid()
    *scene, labels = sitter(("wall", y < 2, None))
    scene[2] *= (0.8 + 0.4 * y)[..., None]  # the light falls from below
    found, pieces = find_background_things(*scene, labels)
    assert pieces == PORTRAIT and np.array_equal(found, labels)
    _, x = grid()
    scene[2][(x > 0.5) & (labels == PORTRAIT.index("background"))] *= 0.3  # the other half lies in deep shadow
    assert find_background_things(*scene, labels)[1] == PORTRAIT
    unsure = np.full_like(scene[0], 1 / 24)
    *scene, labels = sitter(("sky", y < 2, None), ("grass", y > 0.5, None))
    assert find_background_things(unsure, *scene[1:], labels)[1] == PORTRAIT


def test_depth_beside_the_outline_counts_not_the_whole():
    _, x = grid(80)
    parts = np.where(x < 0.5, 0, 1)
    depth = np.where(x < 0.5, 0.9 - 0.8 * x, 0.1 + 0.2 * x)  # the left one is nearer beyond doubt
    assert far_to_near(parts, ["rock", "rock"], depth) == [1, 0]
    slope = np.where(x < 0.5, 0.9 * (0.5 - x), 0.3 * np.ones_like(x))  # nearer as a whole, but not where they touch
    assert far_to_near(parts, ["rock", "rock"], np.where(x < 0.5, slope + 0.15, slope)) == [0, 1]


def test_shapes_tell_what_goes_on_behind():
    y, x = grid(80)
    flat = np.full(x.shape, 0.5)
    disc, bar = (x - 0.6) ** 2 + (y - 0.6) ** 2 < 0.04, abs(x - 0.5) < 0.05
    assert far_to_near(np.where(disc, 0, 1), ["thing", "thing"], flat) == [1, 0], "what is round it lies behind it"
    hill = y > 0.5
    for order in ((0, 1, 2), (2, 0, 1)):  # whatever their numbers
        parts = np.where(bar, order[2], np.where(hill, order[1], order[0]))
        assert far_to_near(parts, ["thing"] * 3, flat)[-1] == order[2], "it cuts both in two"


def test_of_two_pieces_of_land_the_lower_one_is_nearer():
    """A hill that spans the picture before a massif: shapes alone take what reaches farther for what is behind."""
    y, x = grid(80)
    hill = y > 0.45 - 0.3 * abs(x - 0.5)
    massif = (y > 0.1 + 0.5 * abs(x - 0.5)) & ~hill
    parts = np.where(hill, 1, np.where(massif, 2, 0))
    for kind in ("mountain", "ground"):
        assert far_to_near(parts, ["sky", kind, "mountain"], np.full(x.shape, 0.5)) == [0, 2, 1]


def test_classes_decide_where_depth_says_nothing_and_the_order_is_always_whole():
    rng = np.random.default_rng(3)
    flat = np.full((60, 60), 0.5)
    parts = np.repeat(np.arange(3), 20)[:, None].repeat(60, 1)
    assert far_to_near(parts, ["tree", "ground", "sky"], flat) == [2, 1, 0]
    misled = np.where(parts == 2, 0.75, 0.5)  # a bright sky that looks near
    assert far_to_near(parts, ["tree", "ground", "sky"], misled)[0] == 2
    assert far_to_near(parts, ["tree", "ground", "object"], np.where(parts == 2, 0.0, 0.5))[0] == 2
    for _ in range(20):
        parts = cv2.resize(rng.integers(0, 9, (6, 6)).astype(np.uint8), (48, 48), interpolation=cv2.INTER_NEAREST)
        parts = np.unique(parts, return_inverse=True)[1].reshape(48, 48)
        kinds = rng.choice(["sky", "tree", "thing", "wall"], int(parts.max()) + 1).tolist()
        depth = rng.random((48, 48))
        order = far_to_near(parts, kinds, depth)
        assert sorted(order) == list(range(len(kinds))) and order == far_to_near(parts, kinds, depth)
        assert thing_label_set([kinds[i] for i in order]).depth_order.tolist() == list(range(len(kinds) + 1))
