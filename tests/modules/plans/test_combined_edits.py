"""each edit makes of a spec, before anything is performed: limits from both sides, names, passes, groups."""

from dataclasses import replace

import numpy as np
import pytest
from scenes import head

from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans.edits import Degrees, Group, Order, Passes, Reverse, Seeds, Skip
from ppp.modules.plans.habits import BROAD, FINE, LAST, MIDDLE
from ppp.modules.plans.named_plans import PlanRequest
from ppp.modules.plans.part_names import PartNames, suggest
from ppp.modules.plans.plan import WHOLE
from ppp.modules.plans.spec import FROM_CANVAS, BrushStyle, PlannedPass, PlanSpec, shortest_float

WALL, HAIR, CLOTHES, EYES, FACE, MOUTH = (
    PORTRAIT.index(n) for n in ("background", "hair", "clothes", "eyes", "face", "mouth")
)
PRESENT = frozenset((WALL, HAIR, CLOTHES, EYES, FACE, MOUTH))


def names():
    return PartNames(PORTRAIT, PRESENT)


def make_spec(**changes):
    passes = [
        PlannedPass(WALL, "flat", 0.1),
        PlannedPass(FACE, "flat", 0.1, 1.1),
        PlannedPass(EYES, "flat", 0.02),
        PlannedPass(MOUTH, "flat", 0.02, together=True),
        PlannedPass(FACE, "form", 0.05),
        PlannedPass(WALL, "painting", 0.02),
        PlannedPass(FACE, "painting", 0.02),
        PlannedPass(EYES, "painting", 0.01),
    ]
    plain = PlanSpec(
        "artist", "masses", "toned", (1.0, 1.0, 1.0), 3, 20, PORTRAIT, BrushStyle(1, 0, 0, 0, False), tuple(passes)
    )
    return replace(plain, **changes)


def spelt(made):
    return [(PORTRAIT.names[i.part] if i.part >= 0 else "all", i.finish) for i in made.passes]


def test_names_stand_for_parts_groups_and_pieces():
    known = names()
    assert "edge" not in known.known and known.known[0] == "background" and len(known.known) == 9
    assert known.unit("hair") == (HAIR,) and known.notes == []
    assert (
        known.unit("nose") == () and known.unit("nose") == () and known.notes == ["There is no nose in this picture."]
    )
    known.groups["head"] = (FACE, EYES)
    assert known.units(["head", "nose", "hair"]) == [(FACE, EYES), (HAIR,)] and known.parts(["hair", "head"]) == [
        HAIR,
        FACE,
        EYES,
    ]
    with pytest.raises(UserError, match="eyes is named twice"):
        known.units(["eyes", "head"])
    with pytest.raises(UserError, match="Did you mean head"):
        known.unit("haed")
    assert suggest("xyz", ["a", "b"]) == "Use one of: a, b."


def test_the_name_of_a_part_that_was_split_stands_for_its_pieces():
    split = PORTRAIT.split("background", ("sky", "hill", "road"))
    known = PartNames(split, frozenset((10, 12, HAIR)))
    assert known.unit("background") == (10, 12) and known.unit("sky") == (10,) and known.unit("hill") == ()
    assert known.notes == ["There is no hill in this picture."]
    assert known.units(["sky", "background"]) == [(10,), (12,)], "what is named itself is not named twice"


def test_a_request_knows_the_parts_of_its_picture():
    painting, labels = head()
    labels[:5] = 0
    assert PlanRequest(painting, labels, PORTRAIT, 20, 0).names.present == PRESENT


def test_degrees_from_nothing_to_all():
    made = Degrees({"hair": 0, "face": 1}, nose=0.5).apply(make_spec(degrees={EYES: 0.2}), names())
    assert made.degrees == {EYES: 0.2, HAIR: 0.0, FACE: 1.0}
    assert made.skipped == {HAIR} and made.partial_parts == {HAIR, EYES} and made.steps == {}
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(UserError, match="The degree of hair is"):
            Degrees(hair=wrong).apply(make_spec(), names())
    assert Skip("hair", "face").apply(make_spec(degrees={FACE: 0.5}), names()).degrees == {HAIR: 0.0, FACE: 0.0}


def test_the_steps_that_can_be_told():
    assert Degrees(hair=0.3, step=2).apply(make_spec(), names()).steps == {(2, HAIR): 0.3}
    assert Degrees(hair=0.3, step=[5, 19]).apply(make_spec(steps={(5, HAIR): 0.9}), names()).steps == {
        (5, HAIR): 0.3,
        (19, HAIR): 0.3,
    }
    assert Degrees(hair=0.3, step=1).apply(make_spec(start=FROM_CANVAS), names()).steps == {(1, HAIR): 0.3}
    assert Degrees(hair=0.3, step=1).apply(make_spec(n_frames=2), names()).steps == {(1, HAIR): 0.3}
    for step, expected in ((0, "steps 2 to 19.$"), (1, "Step 1 is how this artist starts"), (20, "steps 2 to 19.$")):
        with pytest.raises(UserError, match=f"cannot be set for step {step}") as caught:
            Degrees(hair=0.3, step=[2, step]).apply(make_spec(), names())
        assert expected.rstrip(".$") in caught.value.why and ("how this artist" in caught.value.why) == (step == 1)
    with pytest.raises(UserError, match="for step 30"):
        Degrees(hair=0.3, step=[30, 40]).apply(make_spec(), names())  # the first of them is named
    with pytest.raises(UserError, match="for step 0") as caught:
        Degrees(hair=0.3, step=0).apply(make_spec(start=FROM_CANVAS), names())
    assert "1 to 19" in caught.value.why


def test_seeds_are_whole_numbers_from_zero_on():
    assert Seeds({"hair": 0}, face=9).apply(make_spec(seeds={EYES: 4}), names()).seeds == {EYES: 4, HAIR: 0, FACE: 9}
    with pytest.raises(UserError, match="The seed -1"):
        Seeds(hair=0, face=-1).apply(make_spec(), names())
    seeded = make_spec(seeds={HAIR: 4})
    draws = {(p, n): seeded.rng(p, n).random() for p in (WALL, HAIR, WHOLE) for n in (1, 2)}
    assert len(set(draws.values())) == 6, "every pass has chances of its own"
    assert {k: v for k, v in draws.items() if k[0] != HAIR} == {
        (p, n): make_spec().rng(p, n).random() for p, n in draws if p != HAIR
    }
    assert make_spec(seed=4).rng(HAIR, 1).random() == draws[HAIR, 1]


@pytest.mark.parametrize(
    ("count", "finishes"),
    [
        (1, ["painting"]),
        (2, ["flat", "painting"]),
        (3, ["flat", "form", "painting"]),
        (4, ["flat", "form", "smooth", "painting"]),
        (5, ["wash", "flat", "form", "smooth", "painting"]),
    ],
)
def test_passes_lead_from_the_first_colour_to_the_picture(count, finishes):
    made = Passes(count, "face").apply(make_spec(), names())
    own = [i for i in made.passes if i.part == FACE]
    assert [i.finish for i in own] == finishes
    assert [i for i in made.passes if i.part != FACE] == [i for i in make_spec().passes if i.part != FACE]
    brushes = {i.finish: i.brush for i in own}
    assert brushes.get("wash", BROAD) == BROAD and brushes.get("smooth", FINE) == FINE
    kept = [i for i in own if i.finish not in ("wash", "smooth")]
    assert all(i in make_spec().passes for i in kept), "those that were there are kept"
    eyes = [i for i in Passes(count, "eyes").apply(make_spec(), names()).passes if i.part == EYES]
    assert [i.brush for i in eyes if i.finish in ("wash", "flat")] in ([], [0.02], [FINE, 0.02])
    assert [i.brush for i in eyes if i.finish in ("form", "smooth")] in ([], [MIDDLE], [MIDDLE, FINE])
    everything = Passes(count).apply(make_spec(), names())
    assert {
        part: [i.finish for i in everything.passes if i.part == part] for part in (WALL, FACE, EYES, MOUTH)
    } == dict.fromkeys((WALL, FACE, EYES, MOUTH), finishes)
    assert next(i for i in everything.passes if i.part == MOUTH and i.finish == "painting").brush == LAST
    together = [i.together for i in everything.passes if i.part == MOUTH]
    assert together == [True] + [False] * (count - 1), "those at one place follow each other"


def test_first_layers_of_other_habits_are_kept():
    washed = make_spec(
        passes=(PlannedPass(WALL, "wash", 0.2), PlannedPass(WALL, "form", 0.1), PlannedPass(WALL, "painting", 0.1))
    )
    assert [f for _, f in spelt(Passes(2).apply(washed, names()))] == ["wash", "painting"]
    assert [f for _, f in spelt(Passes(5).apply(washed, names()))] == ["wash", "flat", "form", "smooth", "painting"]
    for count in (0, 6):
        with pytest.raises(UserError, match=f"{count} passes are not possible") as caught:
            Passes(count).apply(make_spec(), names())
        assert "lie 4 states" in caught.value.why and "1 to 5" in caught.value.fix


def test_groups_share_their_passes_and_their_degrees():
    known, rows = names(), np.zeros((19, 10), np.float32)
    rows[:, FACE], rows[:, EYES] = 0.5, 0.1
    made = Group("head", "face", "eyes").apply(make_spec(rows=rows), known)
    assert known.groups == made.groups == {"head": (FACE, EYES)}
    assert (made.rows[:, [FACE, EYES]] == 0.5).all() and rows[0, EYES] == np.float32(0.1)
    assert (
        made.grouped_with(FACE) == {EYES}
        and made.grouped_with(EYES) == {FACE}
        and made.grouped_with(HAIR) == frozenset()
    )
    assert Group("none", "nose").apply(make_spec(rows=rows), names()).groups == {"none": ()}
    with pytest.raises(UserError, match="share parts"):
        Group("other", "eyes").apply(made, known)
    with pytest.raises(UserError, match="cannot be called 'head'"):
        Group("head", "hair").apply(made, known)


def test_an_order_shows_itself_from_the_first_frame_on():
    made = Order("face", "background").apply(make_spec(start="block"), names())
    assert made.order == (FACE, WALL) and made.start == "mass", "a block-in would show all at once"
    assert Order("face", "background").apply(make_spec(start="block", n_frames=2), names()).start == "block"
    assert Order("face").apply(make_spec(start="sketch"), names()).start == "sketch"
    backward = Reverse().apply(make_spec(), names())
    assert backward.name == "reverse" and backward.order == (MOUTH, EYES, FACE, WALL)


def test_an_order_of_drawn_degrees_counts_from_the_first_step_that_can_be_told():
    rows = np.zeros((19, 10), np.float32)
    rows[:, [WALL, FACE]] = 0.1
    for start, first in ((FROM_CANVAS, 0), ("toned", 1)):
        ordered = Order("face", "background").apply(make_spec(start=start, rows=rows), names()).rows
        assert ordered[first, FACE] > 0 and ordered[first, WALL] == 0 and ordered[first + 1, WALL] > 0


def test_a_recipe_is_told_by_names():
    full = make_spec(
        degrees={HAIR: 0.5}, seeds={HAIR: 3, FACE: 4}, steps={(7, HAIR): 0.1, (3, FACE): 0.2, (7, EYES): 0.3},
        order=(HAIR,), groups={"head": (FACE, EYES)}, rows=np.eye(19, 10, dtype=np.float32) * np.float32(0.1),
    )  # fmt: skip
    data = full.to_json()
    assert data["parts"] == {"hair": {"degree": 0.5, "seed": 3}, "face": {"seed": 4}}
    assert data["steps"] == [
        {"frame": 3, "degrees": {"face": 0.2}},
        {"frame": 7, "degrees": {"hair": 0.1, "eyes": 0.3}},
    ]
    assert data["order"] == ["hair"] and data["groups"] == {"head": ["face", "eyes"]}
    assert data["drawn"][2] == {"frame": 3, "degrees": {"hair": 0.1}} and len(data["drawn"]) == 10
    assert data["passes"][1] == {"part": "face", "finish": "flat", "brush": 0.1, "weight": 1.1}
    assert data["passes"][3] == {"part": "mouth", "finish": "flat", "brush": 0.02, "together": True}
    assert "parts" not in make_spec().to_json() and shortest_float(np.float32(0.1)) == 0.1
    assert (
        make_spec(passes=(PlannedPass(WHOLE, "smooth", 0.1),)).to_json()["passes"][0]["part"]
        == full.part_name(WHOLE)
        == "everything"
    )
