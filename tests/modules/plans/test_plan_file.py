"""Plan files: what is printed gives the same plan again; all mistakes of one are reported at once."""

from dataclasses import replace

import numpy as np
import pytest
from scenes import head

from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT, LabelSet
from ppp.modules.plans import PlanFile, make_plan
from ppp.modules.plans.edits import Degrees, Group, Order, Passes, Seeds, Skip
from ppp.modules.plans.plan_file import to_toml

ROWS = np.array([[t, *(np.full(10, 0.3))] for t in np.linspace(0, 1, 50)], np.float32)
EDITS = [
    [],
    [Order("hair", "face", "background"), Degrees(hair=0.4, step=9), Skip("clothes"), Seeds(face=5)],
    [Group("head", "face", "eyes", "mouth", "hair"), Passes(2), Order("head", "clothes"), Degrees(head=0.7)],
]


def load(tmp_path, text):
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    return PlanFile.load(tmp_path / "plan.toml")


def planned(plan_file, n_frames=None, **more):
    seed = plan_file.seed or 0
    return make_plan(plan_file, *head(), PORTRAIT, n_frames or plan_file.frames or 20, seed, degree_rows=ROWS, **more)


@pytest.mark.parametrize("edits", EDITS)
@pytest.mark.parametrize("name", ["artist", "reverse", "random", "dataset"])
def test_what_is_printed_gives_the_same_plan(tmp_path, name, edits):
    plan = make_plan(name, *head(), PORTRAIT, 20, 6, degree_rows=ROWS, edits=edits)
    again = planned(load(tmp_path, to_toml(plan, "A head.")))
    assert again.to_json() == plan.to_json()
    assert (
        again.slices == plan.slices
        and np.array_equal(again.degrees, plan.degrees)
        and again.constrained == plan.constrained
    )
    for one, other in zip(plan.passes, again.passes, strict=True):
        assert np.array_equal(one.travel, other.travel) and np.array_equal(one.levels, other.levels)
    assert to_toml(again, "A head.") == to_toml(plan, "A head.")


def test_a_file_may_say_little(tmp_path):
    plan_file = load(
        tmp_path,
        """
        habit = "objects"
        frames = 30
        seed = 3
        order = ["head", "background"]
        skip = ["clothes"]
        passes = 3
        [groups]
        head = ["face", "eyes", "mouth"]
        [parts.hair]
        degree = 0.5
        seed = 9
        passes = 2
        [[steps]]
        frame = 7
        degrees = {face = 0.5}
        [[steps]]
        degrees = {face = 0.1}
        repeat = 2
        [[steps]]
        frames = [20, 22]
        degrees = {head = 0}
        """,
    )
    edits = [
        Group("head", "face", "eyes", "mouth"), Passes(3), Passes(2, "hair"), Order("head", "background"),
        Skip("clothes"), Degrees(hair=0.5), Seeds(hair=9), Degrees(face=0.5, step=7), Degrees(face=0.1, step=(8, 9)),
        Degrees(head=0, step=(20, 21, 22)),
    ]  # fmt: skip
    same = make_plan("artist", *head(), PORTRAIT, 30, 3, habit="objects", edits=edits)
    assert planned(plan_file).to_json() == same.to_json()


def test_edited_passes_are_made_as_they_stand(tmp_path):
    plan = make_plan("artist", *head(), PORTRAIT, 20, 1, habit="masses")
    lines = to_toml(plan, "A head.").splitlines()
    passes = [i for i, line in enumerate(lines) if "finish =" in line]
    first = lines.pop(passes[0])
    lines.insert(passes[2], first.replace('"flat"', '"form"'))
    again = planned(load(tmp_path, "\n".join(lines)))
    before, after = ([(i.part, i.finish) for i in p.spec.passes] for p in (plan, again))
    assert after == [*before[1:3], (before[0][0], "form"), *before[3:]]
    assert make_plan(PlanFile(plan.spec.to_json(), "process.json"), *head(), PORTRAIT, 50, 1).n_frames == 50


def test_a_plan_of_ones_own(tmp_path):
    plan_file = load(
        tmp_path,
        """
        plan = "own"
        steps = [
          {degrees = {background = 0.6}},
          {degrees = {hair = 0.5, clothes = 1}, repeat = 2},
          {degrees = {face = 0.8}},
        ]
        """,
    )
    assert plan_file.frames == 6
    plan = planned(plan_file)
    index = PORTRAIT.index
    assert plan.degrees[1, index("background")] == pytest.approx(0.6)
    assert plan.degrees[[2, 3], index("hair")] == pytest.approx([0.5, 0.5])
    assert plan.degrees[4, index("face")] == pytest.approx(0.8)
    assert plan.degrees[4, index("hair")] <= 0.02 and plan.name == "own"  # at most where the face goes on under it
    again = planned(load(tmp_path, to_toml(plan, "")))
    assert again.to_json() == plan.to_json()


def test_steps_that_are_repeated_count_to_the_frames_of_ones_own_plan():
    assert (
        PlanFile({"plan": "own", "steps": [{"degrees": {"hair": 0.3}}, {"degrees": {}, "repeat": 4}]}, "a").frames == 7
    )
    assert PlanFile({"plan": "own", "steps": [{"frames": [5, 9], "degrees": {}}]}, "a").frames == 10
    assert PlanFile({"plan": "own", "steps": []}, "a").frames == 3
    assert PlanFile({"plan": "artist", "steps": [{"frame": 9, "degrees": {}}]}, "a").frames is None


def test_a_plan_that_tells_every_step_is_for_its_own_number_of_frames():
    for data in ({"plan": "own", "frames": 9}, {"plan": "random", "frames": 9, "drawn": []}):
        PlanFile(data, "a").check_frames(9)
        with pytest.raises(UserError, match="a is a plan for 9 frames, but 10 were requested"):
            PlanFile(data, "a").check_frames(10)
    PlanFile({"plan": "artist", "frames": 9}, "a").check_frames(10)
    PlanFile({"plan": "random", "drawn": []}, "a").check_frames(10)


def test_how_it_begins_may_be_said():
    plain = planned(PlanFile({"habit": "objects"}, "a"))
    data = {"start": "mass", "ground": [0.2, 0.4, 0.6], "manner": {"reach": 0.5}, "habit": "objects"}
    spec = planned(PlanFile(data, "a")).spec
    assert spec.start == "mass" and spec.ground == pytest.approx((0.2, 0.4, 0.6)) and spec.habit == "objects"
    assert spec.brush_style == replace(plain.spec.brush_style, reach=0.5) != plain.spec.brush_style


def test_medium_and_ending_stand_in_the_file_and_what_is_requested_outdoes_them(tmp_path):
    plan = make_plan("artist", *head(), PORTRAIT, 20, 1, medium="digital", ending="brush")
    text = to_toml(plan, "A head.")
    assert 'medium = "digital"' in text and 'ending = "brush"' in text
    plan_file = load(tmp_path, text)
    again, other = planned(plan_file), planned(plan_file, medium="ink", ending="painting")
    assert (again.medium, again.ending) == (again.spec.medium, again.spec.ending) == ("digital", "brush")
    assert (other.medium, other.ending) == (other.spec.medium, other.spec.ending) == ("ink", "painting")
    # not its steps: ink lays whole shapes
    assert other.spec.passes == again.spec.passes == plan.spec.passes, "the rest is the file's"


def test_a_medium_alone_is_planned_in_a_habit_that_suits_it():
    for medium, habits in (("ink", {"lineart"}), ("watercolour", {"watercolour"})):
        plan = planned(PlanFile({"medium": medium}, "a"))
        assert plan.medium == medium and {plan.habit} == habits
        assert plan.to_json() == make_plan("artist", *head(), PORTRAIT, 20, 0, medium=medium).to_json()
    assert planned(PlanFile({"habit": "watercolour"}, "a")).medium == "watercolour"
    assert planned(PlanFile({"ending": "brush"}, "a")).ending == "brush"


@pytest.mark.parametrize("data", [{"passes": []}, {"passes": [{"part": "nose", "finish": "flat", "brush": 0.1}]}])
def test_a_plan_without_any_pass_is_printed_as_one(tmp_path, data):
    plan = planned(PlanFile(data, "a"))
    assert plan.spec.passes == ()
    assert planned(load(tmp_path, to_toml(plan, ""))).to_json() == plan.to_json()


def test_drawn_degrees_may_leave_out_frames_that_follow_each_other():
    plan = planned(
        PlanFile({"plan": "random", "drawn": [{"frame": 5, "degrees": {"hair": 0.5}}, {"degrees": {"hair": 1}}]}, "a")
    )
    assert [tuple(place) for place in np.argwhere(plan.spec.rows)] == [(4, 2), (5, 2)]


def test_a_habit_that_is_no_name_is_told_as_a_mistake():
    with pytest.raises(UserError, match=r"habit: there is no \['masses'\]"):
        planned(PlanFile({"habit": ["masses"]}, "a"))


def test_beside_each_pass_stand_the_frames_in_which_it_is_made():
    plan = make_plan("artist", *head(), PORTRAIT, 20, 6)
    beside = [line.partition("  # ")[2] for line in to_toml(plan, "A head.").splitlines() if line.startswith("  {part")]
    assert len(beside) == len(plan.spec.passes)
    frames = {}
    for number, step in enumerate(plan.to_json()["steps"], 1):
        for index, *_ in step["passes"]:
            frames.setdefault(index, []).append(number)
    spans = [(f[0], f[-1]) for _, f in sorted(frames.items())][: len(plan.passes) - 1]  # the last look is nobody's pass
    expected = [f"frame {a}" if a == b else f"frames {a} to {b}" for a, b in spans]
    assert [text for text in beside if not text.startswith("not made")] == expected
    assert len(beside) > len(expected) or "not made" not in "".join(beside)


def test_names_are_printed_as_people_write_them(tmp_path):
    plan = make_plan("artist", *head(), PORTRAIT, 20, 6, edits=[Group("tête", "face", "hair"), Degrees(hair=0.5)])
    text = to_toml(plan, "A head.")
    assert '"tête" = ["hair", "face"]' in text or '"tête" = ["face", "hair"]' in text
    assert planned(load(tmp_path, text)).to_json() == plan.to_json()


def test_parts_are_printed_by_their_names_in_any_language(tmp_path):
    painting, _ = head()
    labels = np.ones(painting.shape[:2], np.uint8)
    labels[30:] = 2
    hills = LabelSet(("edge", "Himmel", 'Hügel "2"'), ((0, 0, 0), (1, 1, 1), (2, 2, 2)), (-1, -1, 1))
    plan = make_plan("artist", painting, labels, hills, 20, 0, edits=[Skip("Himmel"), Seeds({'Hügel "2"': 4})])
    text = to_toml(plan, "Hills.")
    assert '{part = "Hügel \\"2\\"", finish = ' in text and '[parts."Hügel \\"2\\""]\nseed = 4' in text
    assert make_plan(load(tmp_path, text), painting, labels, hills, 20, 0).to_json() == plan.to_json()


def test_all_mistakes_are_reported_at_once(tmp_path):
    plan_file = load(
        tmp_path,
        """
        plan = "artits"
        hbait = "masses"
        medium = "watercolor"
        ending = "bruhs"
        start = "blok"
        frames = 1
        order = ["hiar"]
        ground = [1, 2]
        [parts.fce]
        degree = 0.5
        [parts.hair]
        degree = 1.4
        sed = 3
        [manner]
        covers = 3
        [[passes]]
        part = "face"
        finish = "flt"
        brush = "big"
        [[passes]]
        part = "face"
        [[steps]]
        frame = 99
        degrees = {hair = "much"}
        """,
    )
    with pytest.raises(UserError) as error:
        planned(plan_file, 20)
    text = str(error.value)
    for part in (
        "plan.toml has 17 mistakes", "medium: there is no 'watercolor'. Did you mean watercolour?",
        "ending: there is no 'bruhs'. Did you mean brush?", "'artits'. Did you mean artist?",
        "hbait: unknown key. Did you mean habit?",
        "'blok'. Did you mean block?", "frames: 1", "order: there is no part 'hiar'. Did you mean hair?",
        "three numbers", "parts: there is no part 'fce'. Did you mean face?",
        "parts.hair.degree: 1.4 is not a number from 0 to 1",
        "parts.hair.sed: unknown key. Did you mean seed?", "manner.covers", "passes 1.finish: there is no 'flt'",
        "passes 1.brush: 'big' is not a number from 0.001 to 1", "passes 2: missing finish, brush",
        "steps 1.frame: 99 is not a whole number from 2 to 19",
        "steps 1.degrees.hair: 'much' is not a number from 0 to 1",
    ):  # fmt: skip
        assert part in text, part
    assert len(text.splitlines()) == 3


@pytest.mark.parametrize("text", ["a = ", "plan = 'artist'\nplan = 'own'", "\x00"])
def test_what_is_no_toml_is_refused(tmp_path, text):
    with pytest.raises(UserError, match="not valid TOML"):
        load(tmp_path, text)
    with pytest.raises(UserError, match="cannot be read"):
        PlanFile.load(tmp_path / "none.toml")
