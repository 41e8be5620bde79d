"""Label sets of things: numbered names, kinds and ranks, and the way through JSON."""

import pytest

from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT, LabelSet
from ppp.modules.things import ALL_CLASSES, SCENE_CLASSES, thing_label_set


def test_things_are_numbered_far_to_near_where_a_class_comes_twice():
    things = thing_label_set(["sky", "tree", "water", "tree"])
    assert things.names == ("edge", "sky", "tree 1", "water", "tree 2")
    assert [things.kind(i) for i in range(1, 5)] == ["sky", "tree", "water", "tree"]
    assert things.depth_order.tolist() == [0, 1, 2, 3, 4]
    assert len(set(things.colours)) == 5
    assert not things.named


def test_ranks_outdo_the_place_in_the_list_and_survive_json():
    things = thing_label_set(["tree", "sky"])
    turned = LabelSet(things.names, things.colours, things.parents, kinds=things.kinds, ranks=(0, 2, 1))
    assert turned.depth_order.tolist() == [0, 2, 1]
    assert LabelSet.from_json(turned.to_json()) == turned


def test_a_portraits_background_can_have_things_of_its_own():
    scene = PORTRAIT.split("background", ("sky", "tree 1", "tree 2"), ("sky", "tree", "tree"))
    assert scene.named and scene.kind(11) == "tree" and scene.kind(2) == "hair"
    assert scene.depth_order[scene.index("tree 2")] < scene.depth_order[scene.index("body")]
    assert LabelSet.from_json(scene.to_json()) == scene


def test_all_classes_extend_the_portraits():
    assert ALL_CLASSES.names[:10] == PORTRAIT.names and ALL_CLASSES.names[10:] == SCENE_CLASSES


@pytest.mark.parametrize("count", [0, 256])
def test_too_few_or_too_many_things(count):
    with pytest.raises(UserError, match=f"{count} things"):
        thing_label_set(["tree"] * count)


def test_kinds_and_ranks_for_some_classes_only_are_refused():
    entry = {"name": "sky", "class": "sky"}
    with pytest.raises(UserError, match="kind and a rank"):
        LabelSet.from_json({"classes": [entry, {"name": "sea"}]})
