"""What each wish makes of a recipe, before anything is performed: limits from both sides, names, passes, groups."""

from dataclasses import replace

import numpy as np
import pytest
from scenes import head

from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import PlanSubject
from ppp.modules.plans.edits import Degrees, Group, Names, Order, Passes, Reverse, Seeds, Skip, meant
from ppp.modules.plans.habits import BROAD, FINE, LAST, MIDDLE
from ppp.modules.plans.passes import BrushStyle, PlannedPass
from ppp.modules.plans.plan import WHOLE
from ppp.modules.plans.spec import FROM_CANVAS, PlanSpec, short

WALL, HAIR, CLOTHES, EYES, FACE, MOUTH = (
    PORTRAIT.index(n) for n in ("background", "hair", "clothes", "eyes", "face", "mouth")
)
PRESENT = frozenset((WALL, HAIR, CLOTHES, EYES, FACE, MOUTH))


def names():
    return Names(PORTRAIT, PRESENT)


def recipe(**changes):
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
    assert meant("xyz", ["a", "b"]) == "Use one of: a, b."


def test_the_name_of_a_part_that_was_split_stands_for_its_pieces():
    split = PORTRAIT.split("background", ("sky", "hill", "road"))
    known = Names(split, frozenset((10, 12, HAIR)))
    assert known.unit("background") == (10, 12) and known.unit("sky") == (10,) and known.unit("hill") == ()
    assert known.notes == ["There is no hill in this picture."]
    with pytest.raises(UserError, match="sky is named twice"):
        known.units(["sky", "background"])


def test_the_subject_knows_what_it_shows():
    painting, labels = head()
    labels[:5] = 0
    assert PlanSubject(painting, labels, PORTRAIT, 0).names.present == PRESENT


def test_degrees_from_nothing_to_all():
    made = Degrees({"hair": 0, "face": 1}, nose=0.5).on(recipe(degrees={EYES: 0.2}), names())
    assert made.degrees == {EYES: 0.2, HAIR: 0.0, FACE: 1.0}
    assert made.skipped == {HAIR} and made.held == {HAIR, EYES} and made.steps == {}
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(UserError, match="The degree of hair is"):
            Degrees(hair=wrong).on(recipe(), names())
    assert Skip("hair", "face").on(recipe(degrees={FACE: 0.5}), names()).degrees == {HAIR: 0.0, FACE: 0.0}


def test_the_steps_that_can_be_told():
    assert Degrees(hair=0.3, step=2).on(recipe(), names()).steps == {(2, HAIR): 0.3}
    assert Degrees(hair=0.3, step=[5, 19]).on(recipe(steps={(5, HAIR): 0.9}), names()).steps == {
        (5, HAIR): 0.3,
        (19, HAIR): 0.3,
    }
    assert Degrees(hair=0.3, step=1).on(recipe(start=FROM_CANVAS), names()).steps == {(1, HAIR): 0.3}
    assert Degrees(hair=0.3, step=1).on(recipe(n_frames=2), names()).steps == {(1, HAIR): 0.3}
    for step, said in ((0, "told are 2 to 19.$"), (1, "Step 1 is how this artist starts"), (20, "told are 2 to 19.$")):
        with pytest.raises(UserError, match=f"no step {step} to tell") as caught:
            Degrees(hair=0.3, step=[2, step]).on(recipe(), names())
        assert said.rstrip(".$") in caught.value.why and ("how this artist" in caught.value.why) == (step == 1)
    with pytest.raises(UserError, match="no step 30 to tell"):
        Degrees(hair=0.3, step=[30, 40]).on(recipe(), names())  # the first of them is named
    with pytest.raises(UserError, match="no step 0") as caught:
        Degrees(hair=0.3, step=0).on(recipe(start=FROM_CANVAS), names())
    assert "1 to 19" in caught.value.why


def test_seeds_are_whole_numbers_from_zero_on():
    assert Seeds({"hair": 0}, face=9).on(recipe(seeds={EYES: 4}), names()).seeds == {EYES: 4, HAIR: 0, FACE: 9}
    with pytest.raises(UserError, match="The seed -1"):
        Seeds(hair=0, face=-1).on(recipe(), names())
    seeded = recipe(seeds={HAIR: 4})
    draws = {(p, n): seeded.rng(p, n).random() for p in (WALL, HAIR, WHOLE) for n in (1, 2)}
    assert len(set(draws.values())) == 6, "every pass has chances of its own"
    assert {k: v for k, v in draws.items() if k[0] != HAIR} == {
        (p, n): recipe().rng(p, n).random() for p, n in draws if p != HAIR
    }
    assert recipe(seed=4).rng(HAIR, 1).random() == draws[HAIR, 1]


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
    made = Passes(count, "face").on(recipe(), names())
    own = [i for i in made.passes if i.part == FACE]
    assert [i.finish for i in own] == finishes
    assert [i for i in made.passes if i.part != FACE] == [i for i in recipe().passes if i.part != FACE]
    brushes = {i.finish: i.brush for i in own}
    assert brushes.get("wash", BROAD) == BROAD and brushes.get("smooth", FINE) == FINE
    kept = [i for i in own if i.finish not in ("wash", "smooth")]
    assert all(i in recipe().passes for i in kept), "those that were there are kept"
    eyes = [i for i in Passes(count, "eyes").on(recipe(), names()).passes if i.part == EYES]
    assert [i.brush for i in eyes if i.finish in ("wash", "flat")] in ([], [0.02], [FINE, 0.02])
    assert [i.brush for i in eyes if i.finish in ("form", "smooth")] in ([], [MIDDLE], [MIDDLE, FINE])
    everything = Passes(count).on(recipe(), names())
    assert {
        part: [i.finish for i in everything.passes if i.part == part] for part in (WALL, FACE, EYES, MOUTH)
    } == dict.fromkeys((WALL, FACE, EYES, MOUTH), finishes)
    assert next(i for i in everything.passes if i.part == MOUTH and i.finish == "painting").brush == LAST
    together = [i.together for i in everything.passes if i.part == MOUTH]
    assert together == [True] + [False] * (count - 1), "those at one place follow each other"


def test_first_layers_of_other_habits_are_kept():
    washed = recipe(
        passes=(PlannedPass(WALL, "wash", 0.2), PlannedPass(WALL, "form", 0.1), PlannedPass(WALL, "painting", 0.1))
    )
    assert [f for _, f in spelt(Passes(2).on(washed, names()))] == ["wash", "painting"]
    assert [f for _, f in spelt(Passes(5).on(washed, names()))] == ["wash", "flat", "form", "smooth", "painting"]
    for count in (0, 6):
        with pytest.raises(UserError, match=f"{count} passes are not possible") as caught:
            Passes(count).on(recipe(), names())
        assert "lie 4 states" in caught.value.why and "1 to 5" in caught.value.fix


def test_groups_share_their_passes_and_their_degrees():
    known, rows = names(), np.zeros((19, 10), np.float32)
    rows[:, FACE], rows[:, EYES] = 0.5, 0.1
    made = Group("head", "face", "eyes").on(recipe(rows=rows), known)
    assert known.groups == made.groups == {"head": (FACE, EYES)}
    assert (made.rows[:, [FACE, EYES]] == 0.5).all() and rows[0, EYES] == np.float32(0.1)
    assert made.fellows(FACE) == {EYES} and made.fellows(EYES) == {FACE} and made.fellows(HAIR) == frozenset()
    assert Group("none", "nose").on(recipe(rows=rows), names()).groups == {"none": ()}
    with pytest.raises(UserError, match="share parts"):
        Group("other", "eyes").on(made, known)
    with pytest.raises(UserError, match="cannot be called 'head'"):
        Group("head", "hair").on(made, known)


def test_an_order_shows_itself_from_the_first_frame_on():
    made = Order("face", "background").on(recipe(start="block"), names())
    assert made.order == (FACE, WALL) and made.start == "mass", "a block-in would show all at once"
    assert Order("face", "background").on(recipe(start="block", n_frames=2), names()).start == "block"
    assert Order("face").on(recipe(start="sketch"), names()).start == "sketch"
    backward = Reverse().on(recipe(), names())
    assert backward.name == "reverse" and backward.order == (MOUTH, EYES, FACE, WALL)


def test_an_order_of_drawn_degrees_counts_from_the_first_step_that_can_be_told():
    rows = np.zeros((19, 10), np.float32)
    rows[:, [WALL, FACE]] = 0.1
    for start, first in ((FROM_CANVAS, 0), ("toned", 1)):
        ordered = Order("face", "background").on(recipe(start=start, rows=rows), names()).rows
        assert ordered[first, FACE] > 0 and ordered[first, WALL] == 0 and ordered[first + 1, WALL] > 0


def test_a_recipe_is_told_by_names():
    told = recipe(
        degrees={HAIR: 0.5}, seeds={HAIR: 3, FACE: 4}, steps={(7, HAIR): 0.1, (3, FACE): 0.2, (7, EYES): 0.3},
        order=(HAIR,), groups={"head": (FACE, EYES)}, rows=np.eye(19, 10, dtype=np.float32) * np.float32(0.1),
    )  # fmt: skip
    data = told.to_json()
    assert data["parts"] == {"hair": {"degree": 0.5, "seed": 3}, "face": {"seed": 4}}
    assert data["steps"] == [
        {"frame": 3, "degrees": {"face": 0.2}},
        {"frame": 7, "degrees": {"hair": 0.1, "eyes": 0.3}},
    ]
    assert data["order"] == ["hair"] and data["groups"] == {"head": ["face", "eyes"]}
    assert data["drawn"][2] == {"frame": 3, "degrees": {"hair": 0.1}} and len(data["drawn"]) == 10
    assert data["passes"][1] == {"part": "face", "finish": "flat", "brush": 0.1, "weight": 1.1}
    assert data["passes"][3] == {"part": "mouth", "finish": "flat", "brush": 0.02, "together": True}
    assert "parts" not in recipe().to_json() and short(np.float32(0.1)) == 0.1
    assert (
        recipe(passes=(PlannedPass(WHOLE, "smooth", 0.1),)).to_json()["passes"][0]["part"]
        == told.name_of(WHOLE)
        == "everything"
    )
