"""What may stand in a plan file and what may not: every limit from both sides, and the sentence for each mistake."""

import pytest

from ppp.modules.labels import PORTRAIT
from ppp.modules.plans.habits import HABITS
from ppp.modules.plans.part_names import PartNames
from ppp.modules.plans.validate import find_mistakes

PASS = {"part": "hair", "finish": "flat", "brush": 0.1}
PRESENT = frozenset(PORTRAIT.index(name) for name in ("background", "hair", "face"))


def mistakes(data, *, given=False):
    """The mistakes of a file for 20 frames."""
    return find_mistakes(data, PartNames(PORTRAIT, PRESENT), 20, 1 if given else 2, given)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"plan": "own", "habit": "given", "start": "sketch"},
        {"medium": "pencil", "ending": "brush"},
        *({"frames": n} for n in (2, 10_000)),
        {"seed": 0},
        {"ground": [0, 0.5, 1]},
        {"passes": 1},
        {"passes": 5},
        {"manner": {"direction": -100, "by_light": 0, "wander": 0, "reach": 0, "covers": False}},
        {"manner": {"direction": 100, "by_light": 10, "wander": 10, "reach": 1, "covers": True}},
        {"parts": {"hair": {"degree": 0, "seed": 0, "passes": 1}, "face": {"degree": 1, "passes": 5}, "nose": {}}},
        {"groups": {"head": ["hair", "face"]}, "order": ["head", "background"], "skip": ["nose"]},
        {"passes": [{**PASS, "brush": 0.001, "weight": 0.01}, {**PASS, "brush": 1, "weight": 100, "together": True}]},
        {"passes": [{**PASS, "part": "everything", "finish": "painting"}]},
        {"steps": [{"frame": 2, "degrees": {"hair": 0}}, {"frame": 19, "degrees": {"hair": 1}}]},
        {"steps": [{"frames": [2, 19], "degrees": {}}, {"frame": 17, "repeat": 3, "degrees": {}}]},
        {"steps": [{"degrees": {"hair": 0.5}, "repeat": 18}]},
        {"steps": [{"frames": [5, 5], "degrees": {}}, {"degrees": {}, "repeat": 14}]},
        {"drawn": [{"frame": 1, "degrees": {"hair": 0.5}}]},
    ],
)
def test_what_is_right(data):
    assert mistakes(data) == []


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"frames": 1}, "frames: 1 is not a whole number from 2 to 10000"),
        ({"frames": 2.5}, "frames: 2.5 is not a whole number from 2 to 10000"),
        ({"seed": -1}, "seed: -1 is not a whole number from 0 on"),
        ({"seed": True}, "seed: True is not a whole number from 0 on"),
        ({"passes": 0}, "passes: 0 is not a whole number from 1 to 5"),
        ({"passes": 6}, "passes: 6 is not a whole number from 1 to 5"),
        ({"passes": True}, "passes: should be a list"),
        ({"start": "given"}, "start: there is no 'given'. Use one of: toned, sketch, mass, block."),
        ({"habit": 3}, f"habit: there is no 3. Use one of: {', '.join(HABITS)}, given."),
        ({"medium": "gouache"}, "medium: there is no 'gouache'. Use one of: oil, digital, watercolour, ink, pencil."),
        ({"medium": ["oil"]}, "medium: there is no ['oil']"),
        ({"ending": "canvas"}, "ending: there is no 'canvas'. Use one of: painting, brush."),
        ({"ground": [0, 0]}, "ground: should be three numbers, red, green and blue, 0 to 1"),
        ({"ground": 1}, "ground: should be three numbers, red, green and blue, 0 to 1"),
        ({"ground": [0, 0, 1.5]}, "ground: 1.5 is not a number from 0 to 1"),
        ({"ground": [-0.5, 0, 1]}, "ground: -0.5 is not a number from 0 to 1"),
        ({"ground": [0, True, 1]}, "ground: True is not a number from 0 to 1"),
        ({"manner": {"direction": -100.5}}, "manner.direction: -100.5 is not a number from -100 to 100"),
        ({"manner": {"direction": 100.5}}, "manner.direction: 100.5 is not a number from -100 to 100"),
        ({"manner": {"by_light": -0.5}}, "manner.by_light: -0.5 is not a number from 0 to 10"),
        ({"manner": {"by_light": 10.5}}, "manner.by_light: 10.5 is not a number from 0 to 10"),
        ({"manner": {"wander": -0.5}}, "manner.wander: -0.5 is not a number from 0 to 10"),
        ({"manner": {"wander": 10.5}}, "manner.wander: 10.5 is not a number from 0 to 10"),
        ({"manner": {"reach": -0.5}}, "manner.reach: -0.5 is not a number from 0 to 1"),
        ({"manner": {"reach": 1.5}}, "manner.reach: 1.5 is not a number from 0 to 1"),
        ({"manner": {"covers": 1}}, "manner.covers: should be true or false"),
        ({"manner": {"cover": True}}, "manner.cover: unknown key. Did you mean covers?"),
        ({"manner": 3}, "manner: should be a table"),
        ({"order": "hair"}, "order: should be a list"),
        ({"skip": ["hiar"]}, "skip: there is no part 'hiar'. Did you mean hair?"),
        ({"groups": {"head": ["edge"]}}, "groups.head: there is no part 'edge'."),
        ({"groups": ["hair"]}, "groups: should be a table"),
        ({"parts": {"hair": 0.5}}, "parts.hair: should be a table"),
        ({"parts": {"hair": {"degree": -0.5}}}, "parts.hair.degree: -0.5 is not a number from 0 to 1"),
        ({"parts": {"hair": {"degree": 1.5}}}, "parts.hair.degree: 1.5 is not a number from 0 to 1"),
        ({"parts": {"hair": {"seed": -1}}}, "parts.hair.seed: -1 is not a whole number from 0 on"),
        ({"parts": {"hair": {"passes": 0}}}, "parts.hair.passes: 0 is not a whole number from 1 to 5"),
        ({"parts": {"hair": {"passes": 6}}}, "parts.hair.passes: 6 is not a whole number from 1 to 5"),
        ({"passes": [PASS, {**PASS, "finish": "ground"}]}, "passes 2.finish: there is no 'ground'"),
        ({"passes": [PASS, {**PASS, "part": "hiar"}]}, "passes 2.part: there is no part 'hiar'. Did you mean hair?"),
        ({"passes": [{**PASS, "brush": 0.0005}]}, "passes 1.brush: 0.0005 is not a number from 0.001 to 1"),
        ({"passes": [{**PASS, "brush": 1.5}]}, "passes 1.brush: 1.5 is not a number from 0.001 to 1"),
        ({"passes": [{**PASS, "weight": 0.005}]}, "passes 1.weight: 0.005 is not a number from 0.01 to 100"),
        ({"passes": [{**PASS, "weight": 100.5}]}, "passes 1.weight: 100.5 is not a number from 0.01 to 100"),
        ({"passes": [{"part": "hair"}]}, "passes 1: missing finish, brush"),
        ({"passes": [{**PASS, "brsh": 1}]}, "passes 1.brsh: unknown key. Did you mean brush?"),
        ({"steps": {}}, "steps: should be a list"),
        ({"steps": [{}]}, "steps 1: missing degrees"),
        ({"steps": [{"degrees": {"hiar": 1}}]}, "steps 1.degrees: there is no part 'hiar'. Did you mean hair?"),
        ({"steps": [{"degrees": {"hair": 1.5}}]}, "steps 1.degrees.hair: 1.5 is not a number from 0 to 1"),
        ({"steps": [{"degrees": {"hair": -0.5}}]}, "steps 1.degrees.hair: -0.5 is not a number from 0 to 1"),
        ({"steps": [{"frame": 1, "degrees": {}}]}, "steps 1.frame: 1 is not a whole number from 2 to 19"),
        ({"steps": [{"frame": 20, "degrees": {}}]}, "steps 1.frame: 20 is not a whole number from 2 to 19"),
        ({"steps": [{"degrees": {}, "repeat": 0}]}, "steps 1.repeat: 0 is not a whole number from 1 on"),
        ({"steps": [{"degrees": {}, "repeat": 19}]}, "steps 1: goes up to frame 20, the last is 19"),
        ({"steps": [{"frame": 18, "degrees": {}}, {"degrees": {}}, {"degrees": {}}]},
         "steps 3: goes up to frame 20, the last is 19"),
        ({"steps": [{"frames": [9, 5], "degrees": {}}]}, "steps 1.frames: the first frame comes after the last"),
        ({"steps": [{"frames": [5], "degrees": {}}]},
         "steps 1.frames: should be the first and the last frame, like [5, 9]"),
        ({"steps": [{"frames": [12, 18], "degrees": {}}, {"degrees": {}, "repeat": 2}]},
         "steps 2: goes up to frame 20, the last is 19"),
        ({"drawn": [{"frame": 0, "degrees": {}}]}, "drawn 1.frame: 0 is not a whole number from 1 to 19"),
        ({"drawn": [{"frames": [2, 3], "degrees": {}}]}, "drawn 1.frames: unknown key. Did you mean frame?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_reported(data, expected):
    wrong = mistakes(data)
    assert len(wrong) == 1 and expected in wrong[0]


def test_a_frame_that_does_not_exist_in_a_span_is_found():
    for span in ([1, 5], [5, 1]):
        wrong = mistakes({"steps": [{"frames": span, "degrees": {}}]})
        assert wrong == ["steps 1.frames: 1 is not a whole number from 2 to 19"]


def test_on_a_canvas_that_was_begun_the_start_is_given_and_the_first_step_takes_degrees():
    assert (
        mistakes({"start": "given", "steps": [{"frame": 1, "degrees": {}}, {"degrees": {}, "repeat": 18}]}, given=True)
        == []
    )
    assert mistakes({"start": "block"}, given=True) == []
    assert len(mistakes({"start": "blok"}, given=True)) == 1


def test_the_same_mistake_is_reported_once():
    assert len(mistakes({"order": ["hiar", "hiar", "hair"]})) == 1
