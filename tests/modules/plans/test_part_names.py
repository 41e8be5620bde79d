"""Names of things: exact ones, kinds, groups, other spellings; in edits, plan files and on the command line."""

import tomllib

import pytest
from scenes import head, landscape

from ppp.cli.plan_options import EditOptions
from ppp.modules.io.errors import UserError
from ppp.modules.labels import NO_PARENT, PORTRAIT, LabelSet, cluster_label_set
from ppp.modules.plans import PlanFile, make_plan
from ppp.modules.plans.edits import Degrees, Group, Order, Passes, Skip
from ppp.modules.plans.part_names import PartNames
from ppp.modules.plans.plan_file import to_toml
from ppp.modules.things import thing_label_set

THINGS = landscape()[2]
SCENE = PORTRAIT.split("background", ("sky", "tree 1", "tree 2"), ("sky", "tree", "tree"))


def names(label_set=THINGS):
    return PartNames(label_set, frozenset(range(1, len(label_set))))


def planned(*edits, n_frames=20, **more):
    painting, labels, things = landscape()
    return make_plan("artist", painting, labels, things, n_frames, 3, edits=edits, **more)


def begun(plan):
    """Names of parts in the order of their first passes."""
    return [plan.part_names[k] for k in dict.fromkeys(made.part for made in plan.spec.passes) if k >= 0]


def test_a_kind_stands_for_its_things_from_far_to_near():
    known = names()
    assert known.units(["tree", "sky"]) == [(4,), (5,), (1,)]
    assert known.units(["tree 2", "sky", "tree"]) == [(5,), (1,), (4,)], "what is named itself is not named twice"
    assert known.unit("tree") == (4, 5) and known.unit("Tree  2") == known.unit("tree 2") == (5,)
    with pytest.raises(UserError, match="tree 1 is named twice"):
        known.units(["tree", "tree"])
    first = LabelSet(("sky", "sea"), ((0, 0, 0),) * 2, (NO_PARENT,) * 2)
    with pytest.raises(UserError, match="sky is named twice"):
        PartNames(first, frozenset((0, 1))).units(["sky", "Sky"])


def test_what_is_not_in_this_picture_is_a_note_and_what_nobody_knows_an_error():
    known = names()
    assert known.units(["sky", "building", "Animal"]) == [(1,)]
    assert known.notes == ["There is no building in this picture.", "There is no animal in this picture."]
    with pytest.raises(UserError) as refused:
        known.unit("tre 2")
    assert refused.value.fix.startswith("Did you mean tree 2?") and "sky, mountain, water, tree 1" in refused.value.fix
    with pytest.raises(UserError, match="no part called 'hair'"):
        known.unit("hair")
    with pytest.raises(UserError, match="no part called 'sky'"):
        names(cluster_label_set(3)).unit("sky")


def test_in_a_portrait_the_background_stands_for_its_things():
    known = names(SCENE)
    assert known.units(["background", "hair"]) == [(1, 10, 11, 12), (2,)]
    assert known.units(["tree 1", "background", "sky"]) == [(11,), (1, 12), (10,)]
    assert known.units(["tree", "Face"]) == [(11,), (12,), (8,)]


def test_exact_names_outdo_their_kind_whatever_comes_first():
    spec = planned(Degrees({"tree 1": 0.2, "tree": 0.5})).spec
    assert spec.degrees == {4: 0.2, 5: 0.5}
    spec = planned(*EditOptions(degree=["tree 1=0.2@5", "tree=0.5@5-6"]).parse()).spec
    assert spec.steps == {(5, 4): 0.2, (5, 5): 0.5, (6, 4): 0.5, (6, 5): 0.5}, "in one step of several, too"
    edits = [Group("wood", "tree 2", "water"), Degrees({"water": 0.1, "tree 1": 0.2, "wood": 0.3, "tree": 0.4})]
    assert planned(*edits).spec.degrees == {3: 0.1, 4: 0.2, 5: 0.3}, "a group is less than a kind and more than a part"
    file = PlanFile.parse('[parts."Tree 1"]\ndegree = 0.2\npasses = 1\n[parts.tree]\ndegree = 0.5\npasses = 3', "x")
    spec = planned(file).spec
    assert spec.degrees == {4: 0.2, 5: 0.5}
    assert [sum(made.part == k for made in spec.passes) for k in (4, 5)] == [1, 3]


def test_order_skip_and_groups_of_kinds():
    plan = planned(Order("tree", "water", "sky"), habit="objects")
    assert [name for name in begun(plan) if name != "mountain"] == ["tree 1", "tree 2", "water", "sky"]
    assert planned(Skip("tree")).spec.degrees == {4: 0, 5: 0}
    plan = planned(Group("wood", "tree"), Order("wood", "sky"), habit="objects")
    assert plan.spec.groups == {"wood": (4, 5)} and begun(plan).index("sky") > begun(plan).index("tree 2")
    with pytest.raises(UserError, match="cannot be called 'Tree'"):
        planned(Group("Tree", "sky", "water"))
    assert planned(Group("Person", "sky", "water"), Order("person", "tree")).spec.groups == {"Person": (1, 3)}


def test_a_pass_of_a_kind_is_one_of_each_thing():
    rows = [{"part": part, "finish": "painting", "brush": 0.05} for part in ("sky", "tree", "everything")]
    spec = planned(PlanFile({"passes": rows}, "x")).spec
    assert [made.part for made in spec.passes] == [1, 4, 5, -1]
    rows.append({"part": "tree 2", "finish": "flat", "brush": 0.05})
    spec = planned(PlanFile({"passes": rows}, "x")).spec
    assert [made.part for made in spec.passes] == [1, 4, -1, 5], "what has rows of its own is not in those of its kind"
    assert planned(Passes(2, "TREE")).spec.passes


ODD = thing_label_set(["sky", "Bäume & 'Büsche', \"alt\"", "tree", "tree", "a=b@3"])


def test_a_printed_plan_of_things_makes_the_same_plan():
    painting, labels, _ = landscape()
    edits = [Degrees({"tree": 0.5, "a=b@3": 0.3}), Degrees({ODD.names[2]: 0.4}, step=4), Group("my 'wood'", "tree")]
    first = make_plan("artist", painting, labels, ODD, 12, 3, edits=edits)
    text = to_toml(first, "x")
    assert tomllib.loads(text)["parts"]["tree 1"] == {"degree": 0.5}
    again = make_plan("artist", painting, labels, ODD, 12, 3, edits=[PlanFile.parse(text, "x")])
    assert to_toml(again, "x") == text and (again.degrees == first.degrees).all()


def test_mistyped_names_of_a_plan_file_are_all_reported():
    file = PlanFile.parse('order = ["sky", "tre", 3]\n[parts."tree 9"]\ndegree = 1', "mine.toml")
    with pytest.raises(UserError) as refused:
        planned(file)
    assert refused.match("3 mistakes") and refused.match("'tre'. Did you mean tree") and refused.match("'tree 9'")


def test_names_on_the_command_line_may_be_quoted():
    options = EditOptions(
        order="sky, 'tree 1',\"Bäume, alt\",sitter's hat,sister's",
        degree=['"a=b@3"=0.5@4-5, tree 2 = .3', "tree=0.1"], skip=["'water'"], group=['wood="tree 1",tree 2'],
        passes=["'tree 1'=2"],
    )  # fmt: skip
    assert options.parse() == [
        Group("wood", "tree 1", "tree 2"), Passes(2, "tree 1"),
        Order("sky", "tree 1", "Bäume, alt", "sitter's hat", "sister's"), Skip("water"),
        *(Degrees({"a=b@3": 0.5}, step=i) for i in (4, 5)), Degrees({"tree 2": 0.3, "tree": 0.1}),
    ]  # fmt: skip


def test_a_plan_beside_whose_pieces_some_background_is_left_is_read_as_it_was_written():
    painting, labels = head()
    labels = labels.copy()
    labels[:20, :20], labels[40:48, :10] = SCENE.index("sky"), SCENE.index("tree 1")
    plan = make_plan("artist", painting, labels, SCENE, 12, 3, edits=[Order("background", "face")])
    text = to_toml(plan, "x")
    again = make_plan("artist", painting, labels, SCENE, 12, 3, edits=[PlanFile.parse(text, "x")])
    assert {"background", "sky", "tree 1"} <= {row["part"] for row in tomllib.loads(text)["passes"]}
    assert to_toml(again, "x") == text


ROWS = [{"part": part, "finish": "flat", "brush": 0.05} for part in ("face", "hair", "clothes")]


@pytest.mark.parametrize("edits", [
    [Group("g", "clothes", "tree 1"), Order("g", "hair")],
    [PlanFile({"groups": {"g": ["hair", "face"]}, "order": ["g", "clothes"], "passes": ROWS}, "x")],
])  # fmt: skip
def test_an_order_of_groups_is_read_as_it_was_written(edits):
    painting, labels = head()
    labels = labels.copy()
    labels[40:48, :10] = SCENE.index("tree 1")
    text = to_toml(make_plan("artist", painting, labels, SCENE, 12, 0, habit="masses", edits=edits), "x")
    again = make_plan("artist", painting, labels, SCENE, 12, 0, edits=[PlanFile.parse(text, "x")])
    assert to_toml(again, "x") == text
