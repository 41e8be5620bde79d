"""Edits of label sets: a part more, another name, another depth."""

import pytest

from ppp.modules.io.errors import UserError
from ppp.modules.label_set_edits import add_thing, rank_parts, rename_part
from ppp.modules.labels import PORTRAIT, LabelSet, cluster_label_set
from ppp.modules.things import thing_label_set

THINGS = thing_label_set(["sky", "tree", "water"])


def test_a_part_more_is_the_nearest_and_has_a_name_and_a_colour_of_its_own():
    more = add_thing(add_thing(THINGS, "tree"), "boat", "my boat")
    assert more.names[4:] == ("tree 2", "my boat") and more.kinds[4:] == ("tree", "boat")
    assert more.depth_order.tolist() == [0, 1, 2, 3, 4, 5] and len(set(more.colours)) == 6
    assert LabelSet.from_json(more.to_json()) == more and THINGS.names[-1] == "water"
    assert add_thing(cluster_label_set(2), "sky").names == ("edge", "part 1", "part 2", "sky")


def test_a_portraits_new_part_is_a_piece_of_the_background():
    more = add_thing(PORTRAIT, "tree")
    assert more.named and more.hash == PORTRAIT.hash and more.base_class_name(10) == "background"
    assert more.depth_order[10] < more.depth_order[more.index("body")]
    nearer = rank_parts(add_thing(more, "sky"), ["sky", "tree"])
    assert nearer.depth_order[11] < nearer.depth_order[10]
    with pytest.raises(UserError, match="farther away"):
        rank_parts(more, ["hair", "body"])


def test_parts_are_renamed_and_ranked():
    turned = rank_parts(THINGS, ["water", "sky"])
    assert [turned.names[k] for k in (1, 2, 3)] == ["sky", "tree", "water"]
    assert turned.depth_order.tolist() == [0, 3, 2, 1]
    boat = rename_part(turned, "tree", "old boat", "vehicle")
    assert boat.names[2] == "old boat" and boat.kind(2) == "vehicle" and boat.depth_order.tolist() == [0, 3, 2, 1]
    assert rename_part(THINGS, "tree", "old oak").kind(2) == "tree"
    dog = rename_part(cluster_label_set(2), "part 2", "dog", "part 2")
    assert dog.kinds == ("edge", "part 1", "dog"), "a part without a class is of none by its old name"


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda: add_thing(THINGS, "rock", "tree"), "repeated"),
        (lambda: add_thing(thing_label_set(["tree"] * 255), "tree"), "257 classes"),
        (lambda: add_thing(THINGS.split("tree", ("a", "b")), "rock"), "were split"),
        (lambda: rename_part(THINGS, "tree", "sky"), "repeated"),
        (lambda: rename_part(THINGS, "rock", "stone"), "no part called 'rock'"),
        (lambda: rename_part(PORTRAIT, "face", "Anna"), "cannot be renamed"),
        (lambda: rank_parts(THINGS, ["sky", "sky"]), "named twice"),
        (lambda: rank_parts(THINGS, ["rock"]), "no part called 'rock'"),
    ],
)
def test_what_cannot_be_is_refused(edit, reason):
    with pytest.raises(UserError, match=reason):
        edit()
