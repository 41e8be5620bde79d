"""The sheet: which steps, in which words, with which colours, and that nothing on the page is cut off."""

from functools import partial

import numpy as np
import pytest
from paintings import TEXT, frames, job, write
from PIL import Image
from scenes import landscape

from ppp.modules.label_set_edits import rename_part
from ppp.modules.labels import FACIAL_FEATURES, PORTRAIT, cluster_label_set
from ppp.modules.things import thing_label_set
from ppp.pipeline.port_values import Parts
from ppp.pipeline.writers import WriteJob
from ppp.pipeline.writers import page_layout as pages
from ppp.pipeline.writers.brush_words import Arrow
from ppp.pipeline.writers.colour_names import colour_name, distinct_names, mixed_colours
from ppp.pipeline.writers.page_layout import A4, MARGIN, Card, Page, draw_part_numbers, readable_title, wrap_text
from ppp.pipeline.writers.part_words import PartWords, join_words
from ppp.pipeline.writers.sheet_options import parse_sheet_options
from ppp.pipeline.writers.step_describer import parts_painted
from ppp.pipeline.writers.step_sheet import MOST_OF_MANY, MOST_STATES, SheetWriter, choose_states
from ppp.pipeline.writers.step_words import (
    MOST_LINES,
    habit_words,
    instructions,
    opening_lines,
)


@pytest.mark.parametrize("n_frames", [2, 5, 13, 14, 40, 300])
def test_the_sheets_states_are_in_order_and_end_with_the_last_frame(n_frames):
    rng = np.random.default_rng(n_frames)
    asked = rng.random((n_frames - 1, 4)) * (rng.random((n_frames - 1, 4)) < 0.3)
    chosen = choose_states(asked.astype(np.float32), np.array([0.4, 0.3, 0.2, 0.1]))
    assert chosen[0] == 1
    assert chosen[-1] == n_frames - 1
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(n_frames - 1, MOST_STATES)


def test_a_plan_that_asks_for_nothing_still_has_a_sheet():
    assert choose_states(np.zeros((99, 3), np.float32), np.ones(3) / 3)[-1] == 99


def test_the_sheet_names_what_changed():
    parts = {0: "a", 1: "b", 2: "c"}
    own = np.array([20, 20, 20])
    assert parts_painted(np.array([0, 20, 1]), own, parts) == ["b"]
    assert parts_painted(np.array([9, 20, 0]), own, parts) == ["b", "a"]
    assert parts_painted(np.zeros(3, int), own, parts) == []


# ---- words

PLAN = {
    "start": "toned",
    "ground": [0.6, 0.5, 0.4],
    "habit": "masses",
    "passes": [
        {"part": "background", "finish": "flat"},
        {"part": "hair", "finish": "flat"},
        {"part": "hair", "finish": "form"},
        {"part": "face", "finish": "flat"},
        *({"part": part, "finish": "painting"} for part in FACIAL_FEATURES),
        {"part": "everything", "finish": "painting"},
    ],
    "steps": [
        {"frame": 1, "passes": []},
        {"frame": 2, "passes": [[0, 0.0, 1.0], [1, 0.0, 0.5]]},
        {"frame": 3, "passes": [[1, 0.5, 1.0]]},
        {"frame": 4, "passes": [[2, 0.0, 1.0], [3, 0.0, 1.0]]},
        {"frame": 5, "passes": [[i, 0.0, 1.0] for i in (4, 5, 6, 7)]},
        {"frame": 6, "passes": [[8, 0.0, 1.0]]},
    ],
}
AREAS = {"background": 0.4, "hair": 0.2, "face": 0.3, **dict.fromkeys(FACIAL_FEATURES, 0.02)}
ALL = dict.fromkeys(AREAS, 0.9)
SAID = [
    ((1, 1), ALL, ["Tone the whole canvas tan, and let it dry"]),
    ((2, 2), {"background": 0.9, "hair": 0.5}, ["Block in the background and hair: flat colour"]),
    ((2, 2), {"background": 0.9, "hair": 0.0}, ["Block in the background: flat colour"]),
    ((3, 3), {"hair": 0.5}, ["Go on blocking in the hair"]),
    ((3, 4), {"hair": 0.9, "face": 0.8}, ["Hair: the rest of the flat colour, then light and shadow",
                                          "Block in the face: flat colour"]),
    ((3, 3), {"hair": 0.5, "face": 0.8}, ["Go on blocking in the hair", "Go over some of the face too"]),
    ((3, 3), {"hair": 0.5, "eyes": 0.8, "nose": 0.7, "mouth": 0.9},
     ["Go on blocking in the hair", "Go over some of the eyes, nose and mouth too"]),
    ((3, 3), {"hair": 0.5, **dict.fromkeys(FACIAL_FEATURES, 0.9)},
     ["Go on blocking in the hair", "Go over some of the eyebrows, eyes, nose and mouth too"]),
    ((3, 3), {"face": 0.8}, ["Work on the face"]),
    ((3, 3), {"hair": 0.01}, ["Small touches on the hair"]),
    ((5, 5), dict.fromkeys(FACIAL_FEATURES, 0.9), ["Finish the features: details and highlights"]),
    ((6, 6), {"hair": 0.2}, ["Look over the whole picture: last touches"]),
    ((3, 3), {}, ["Small touches"]),
]  # fmt: skip


def told(*about):
    return [line.do for line in instructions(*about)]


@pytest.mark.parametrize(("reach", "seen", "said"), SAID)
def test_what_is_planned_and_seen_is_said(reach, seen, said):
    assert told(PLAN, *reach, seen, AREAS, PartWords()) == said


def test_of_too_much_the_larger_is_said_in_the_plans_order():
    said = told(PLAN, 2, 6, ALL, AREAS, PartWords())
    assert len(said) == MOST_LINES
    assert said == [
        "Block in the background and face: flat colour", "Finish the features: details and highlights",
        "Look over the whole picture: last touches",
    ]  # fmt: skip
    small = dict.fromkeys(AREAS, 0.9) | dict.fromkeys(FACIAL_FEATURES, 0.1)
    assert told(PLAN, 2, 5, small, AREAS, PartWords())[1] == "Hair: flat colour, then light and shadow"


def test_a_sketch_on_white_begins_without_a_tone():
    plan = {**PLAN, "start": "sketch", "ground": [0.96, 0.955, 0.94]}
    assert told(plan, 1, 1, ALL, AREAS, PartWords()) == ["Sketch the outlines"]
    assert told({}, 1, 1, ALL, AREAS, PartWords()) == ["Begin on the white canvas"]


def test_lines_say_which_strokes_they_are_about():
    lines = instructions(PLAN, 3, 6, {"hair": 0.9, "face": 0.8}, AREAS, PartWords())
    assert [(line.parts, line.finishes) for line in lines] == [
        (("hair",), ("flat", "form")), (("face",), ("flat",)), ((), ("painting",))
    ]  # fmt: skip


def test_the_ground_is_that_of_the_surface():
    assert opening_lines(PLAN, "paper")[0].do == "Take paper of this tone: tan"
    assert opening_lines({}, "paper")[0].do == "Begin on white paper"
    assert opening_lines(PLAN, "smooth")[0].do == "Fill the whole canvas: tan"


def test_parts_are_listed_as_people_do():
    assert join_words(["a"]) == "a"
    assert join_words(["a", "b", "c"]) == "a, b and c"
    assert PartWords().name(["hair", "mouth"]) == "the hair and mouth"
    assert PartWords().name(["face", *FACIAL_FEATURES]) == "the face and features"
    assert PartWords().name(["face", "eyes", "nose", "mouth"]) == "the face, eyes, nose and mouth"
    words = PartWords.of(cut(*[f"part {i}" for i in range(1, 8)]), np.full((4, 80, 3), (40, 60, 190), np.uint8))
    assert words.name(["part 3"]) == "part 3 (blue, left)"
    assert words.name(["part 3", "part 5"]) == "parts 3 and 5"
    assert words.name([f"part {i}" for i in range(1, 8)]) == "parts 1, 2, 3, 4 and 3 more"


def cut(*names, kinds=None):
    """Parts side by side, from the left to the right; the names are those of clusters, or of things of these kinds."""
    label_set = cluster_label_set(len(names)) if kinds is None else thing_label_set(kinds)
    assert label_set.names[1:] == names
    return Parts(np.tile(1 + np.arange(80) * len(names) // 80, (4, 1)).astype(np.uint8), label_set)


def test_things_are_called_what_one_who_paints_calls_them():
    picture = np.full((4, 80, 3), (40, 60, 190), np.uint8)
    names = ("sky", "water 1", "tree 1", "tree 2", "water 2", "person 1", "person 2", "person 3")
    words = PartWords.of(cut(*names, kinds=[name.split()[0] for name in names]), picture)
    assert words.name(["tree 1"]) == "the far tree" and words.name(["tree 2", "sky"]) == "the near tree and sky"
    assert words.name(["tree 1", "water 1", "tree 2", "water 2"]) == "the trees and water"
    assert words.name(["person 2", "person 3"]) == "the middle person and near person"
    assert words.name(["person 1", "person 2", "person 3"]) == "the people"
    names = (*(f"tree {i}" for i in range(1, 6)), "sky")
    words = PartWords.of(cut(*names, kinds=[name.split()[0] for name in names]), picture)
    assert words.name(["tree 2"]) == "tree 2 (blue, left)"
    assert words.name(["sky", "tree 1", "tree 4"]) == "the sky and trees 1 and 4"
    assert words.name(names[:5]) == "trees 1, 2, 3, 4 and 1 more"
    picture[:, 40:] = (200, 30, 30)
    words = PartWords.of(cut("object 1", "object 2", kinds=["object", "object"]), picture)
    assert words.name(["object 1"]) == "the blue object" and words.name(["object 1", "object 2"]) == "the objects"
    objects = cut("object 1", "object 2", kinds=["object", "object"])
    words = PartWords.of(Parts(objects.labels, rename_part(objects.label_set, "object 1", "old jug")), picture)
    assert words.name(["object 2", "old jug"]) == "the red object and old jug", "a name that somebody gave stays"


def test_what_stands_before_is_painted_over_the_edge_of_what_is_behind():
    painting, labels, things = landscape()
    words = PartWords.of(Parts(labels, things), (255 * painting).astype(np.uint8))
    parts = ("sky", "mountain", "water", "tree 1", "tree 2")
    plan = {
        "passes": [{"part": part, "finish": "flat"} for part in parts] + [{"part": "water", "finish": "painting"}],
        "steps": [{"frame": i + 2, "passes": [[i, 0.0, 1.0]]} for i in range(6)],
    }
    seen, areas = dict.fromkeys(parts, 0.9), dict.fromkeys(parts, 0.2)
    said = [
        told(plan, i, i, {part: seen[part]}, areas, words)
        for i, part in zip(range(2, 8), (*parts, "water"), strict=True)
    ]
    assert [first for first, *_ in said] == [
        "Block in the sky: flat colour",
        "Block in the mountain: flat colour, over the edge of the sky",
        "Block in the water, reflections included: flat colour, over the edge of the mountain",
        "Block in the far tree: flat colour, over the edges of the mountain and water",
        "Block in the near tree: flat colour, over the edges of the water and sky",
        "Finish the water: details and highlights",
    ]
    (line,) = told(plan, 3, 3, {"mountain": 1.0}, areas, words, "canvas", {"mountain": {"sky"}})
    assert line == "Block in the mountain: flat colour, over the edge of the sky, which goes on behind it"
    (line,) = told(plan, 5, 5, {"tree 1": 1.0}, areas, words, "canvas", {"tree 1": {"mountain"}})
    assert line == said[3][0], "not all of what is behind goes on there"
    (line,) = told(plan | {"passes": plan["passes"][4:]}, 2, 2, {"tree 2": 1.0}, areas, words)
    assert line == "Block in the near tree: flat colour", "nothing is behind it yet"


# ---- colours


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((255, 255, 255), "white"), ((0, 0, 0), "black"), ((128, 128, 128), "grey"), ((200, 30, 30), "red"),
        ((30, 60, 200), "blue"), ((240, 220, 60), "yellow"), ((40, 150, 60), "green"), ((110, 70, 35), "brown"),
        ((240, 150, 40), "orange"), ((150, 60, 170), "violet"), ((20, 25, 80), "dark blue"),
        ((170, 205, 240), "light blue"),
        ((245, 225, 190), "cream"), ((120, 112, 100), "warm grey"), ((100, 112, 125), "cool grey"),
    ],
)  # fmt: skip
def test_colours_are_called_what_people_call_them(rgb, name):
    assert colour_name(rgb) == name


def test_equal_names_are_told_apart():
    names = distinct_names([(60, 40, 25), (110, 70, 35), (125, 85, 45), (240, 220, 60)])
    assert len(set(names)) == 4
    assert names[-1] == "yellow"


def test_the_palette_is_what_was_painted_and_nothing_else():
    rng = np.random.default_rng(0)
    colours = np.array([(30, 30, 60), (180, 60, 40), (230, 210, 150)])
    which = rng.integers(0, 3, (60, 60))
    canvas = np.clip(colours[which] + rng.normal(0, 3, (60, 60, 3)), 0, 255).astype(np.uint8)
    canvas[:, 30:] = (0, 255, 0)  # not painted in this step
    painted = np.zeros((60, 60), bool)
    painted[:, :30] = True
    found = mixed_colours(canvas, painted)
    assert len(found) == 3
    for colour, wanted in zip(found, colours, strict=True):
        assert np.abs(np.array(colour) - wanted).max() < 10
    assert mixed_colours(canvas, painted & False) == []
    assert mixed_colours(np.full((5, 5, 3), 90, np.uint8), np.ones((5, 5), bool)) == [(90, 90, 90)]


def test_many_colours_become_three_to_five_far_from_each_other():
    ramp = np.linspace(0, 255, 4000).astype(np.uint8)
    grey = np.repeat(ramp.reshape(40, 100, 1), 3, axis=2)
    found = mixed_colours(grey, np.ones((40, 100), bool))
    assert 3 <= len(found) <= 5
    assert np.diff([colour[0] for colour in found]).min() > 20
    assert mixed_colours(grey, np.ones((40, 100), bool)) == found


# ---- the page


def blank_outside_the_margins(picture):
    page = np.asarray(picture)
    inside = np.zeros(page.shape[:2], bool)
    inside[MARGIN - 30 : A4[1] - MARGIN + 30, MARGIN - 4 : A4[0] - MARGIN + 4] = True
    return (page[~inside] == 255).all()


@pytest.mark.parametrize(
    ("size", "n_frames"), [((64, 48), 9), ((1, 1), 5), ((3000, 4), 5), ((40, 900), 9), ((600, 250), 200)]
)
def test_the_sheet_is_a4_with_every_state_on_it(tmp_path, size, n_frames):
    pictures = frames(size, n_frames)
    facts = write(SheetWriter, job(tmp_path, size, n_frames=n_frames, plan=PLAN), pictures)["sheet"]
    steps, cards = facts["steps"], 4 if size[1] > size[0] else 3  # wide pictures stand one below the other
    assert len(steps) == min(n_frames - 1, MOST_STATES if n_frames <= 80 else MOST_OF_MANY)
    assert facts["files"] == ["sheet.png", *(f"sheet-{i}.png" for i in range(2, 8))][: -(-len(steps) // cards)]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(facts["files"])
    assert [step["first"] for step in steps] == [1, *(step["frame"] + 1 for step in steps[:-1])]
    for number, name in enumerate(facts["files"]):
        with Image.open(tmp_path / name) as image:
            assert image.size == A4
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
            assert {key: image.text[key] for key in TEXT} == TEXT
            assert blank_outside_the_margins(image)
            page = np.asarray(image).astype(int)
        if min(size) > 30:
            for step in steps[cards * number : cards * number + cards]:
                middle = pictures[step["frame"]][size[1] // 2, size[0] // 2].astype(int)
                assert (np.abs(page - middle).max(axis=2) <= 6).sum() > 20


HARD = [
    (
        "Part 11 (dark grey-blue-green, lower right): the rest of the flat colour, then light and shadow, then details",
        "Middle-sized flat bristle brush (15 mm, 6 mm where it is narrow), thin paint: what is below shines through, "
        "about 90 short strokes mostly downwards to the right, along the form; then fine round brush (4 mm), opaque "
        "paint, about 90 long strokes in all directions",
    ),
    ("Let it dry", ""),
    ("Go over some of parts 10, 11, 12, 13 and 14 more too", "Wash brush (25 mm), wet, about 40 washes in 3 layers"),
    ("Finish the eyebrows, background, clothes, hair and 12 more: details and highlights", ""),
]


RECIPE = {"words": " : ".join(["a touch of quinacridone rose"] * 4), "rgb": [1, 2, 3], "error": 12.3}


@pytest.mark.parametrize(
    ("shape", "more"),
    [((50, 40), {}), ((40, 50), {}), ((30, 90), {}), ((120, 30), {}), ((40, 40), {}), ((50, 40), {"recipe": RECIPE}),
     ((40, 50), {"recipe": RECIPE})],
)  # fmt: skip
def test_the_longest_words_fit_beside_every_shape(monkeypatch, shape, more):
    """Every piece of text is drawn inside its card, and none over another one or over a picture."""
    drawn = []
    real = pages.ImageDraw.ImageDraw.text

    def text(self, xy, words, font=None, **more):
        drawn.append((xy[0], xy[1], xy[0] + font.getlength(words), xy[1] + font.size, words))
        real(self, xy, words, font=font, **more)

    monkeypatch.setattr(pages.ImageDraw.ImageDraw, "text", text)
    picture = np.random.default_rng(0).integers(0, 200, (*shape, 3), np.uint8)
    painted = np.zeros(shape, bool)
    painted[: shape[0] // 2] = True
    palette = [{"rgb": [40 * i] * 3, "name": "very dark grey-blue-green", "part": "part 11", **more} for i in range(5)]
    arrows = [Arrow((0.1, 0.1), (0.2, 0.2), True), Arrow((0.3, 0.1), (0.4, 0.1), False)]
    cards = [Card(i, 190 + i, picture, painted, HARD, palette, arrows) for i in range(1, 14)]
    needs = {"medium": "watercolour", "canvas": "60 x 50 cm, toned", "brushes": "flat bristle brush, 25 mm; " * 9}
    page = Page("x" * 90 + "_" + "long_name" * 12 + ".jpg", 200, PLAN, TEXT, picture, None, {}, needs)
    for image in pages.render_pages(page, cards):
        assert blank_outside_the_margins(np.asarray(image))
        for one in drawn:
            assert one[2] <= A4[0] - MARGIN + 4, one[4]
            for other in drawn:
                overlap = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
                assert one is other or min(overlap) <= 4, (one[4], other[4])
        drawn.clear()


@pytest.mark.parametrize(
    ("shape", "width"), [((90, 120), 0.39), ((60, 120), 0.5), ((100, 100), 0.29), ((120, 90), 0.24)]
)
def test_pictures_use_the_page_and_maps_are_of_one_size(monkeypatch, shape, width):
    """Whatever the shape of the painting, and however many colours and words a step has."""
    shown, maps = [], []
    real = pages._picture
    monkeypatch.setattr(
        pages, "_picture", lambda sheet, pen, one, at: shown.append(one.shape) or real(sheet, pen, one, at)
    )
    monkeypatch.setattr(pages, "highlight", lambda picture, mask: maps.append(picture.shape) or picture)
    picture = np.full((*shape, 3), 99, np.uint8)
    painted = np.zeros(shape, bool)
    painted[: shape[0] // 2] = True
    palette = [{"rgb": [40 * i] * 3, "name": "dark grey", "part": "hair"} for i in range(5)]
    said = [("Block in the background: flat colour", "Broad flat brush (25 mm), opaque paint")]
    cards = [Card(i, i, picture, painted, said * (1 + i % 3), palette[: 1 + i % 5]) for i in range(1, 13)]
    for _ in pages.render_pages(Page("a.png", 40, PLAN, TEXT, picture, None, {}, {}), cards):
        assert len(set(shown)) == 1 and shown[0][1] >= width * A4[0]
        shown.clear()
    assert len(maps) == 12 and len(set(maps)) == 1
    assert max(maps[0]) >= 240, "arrows are drawn on it"


def test_recipes_of_ones_own_paints_stand_on_the_pictures_too(tmp_path, monkeypatch):
    said = []
    real = pages.ImageDraw.ImageDraw.text
    monkeypatch.setattr(pages.ImageDraw.ImageDraw, "text", lambda *a, **b: said.append(a[2]) or real(*a, **b))
    options = parse_sheet_options(paints="zorn")
    assert options.formats == ("png",), "recipes need no PDF"
    steps = write(partial(SheetWriter, options=options), job(tmp_path), frames((64, 48), 5))["sheet"]["steps"]
    with Image.open(tmp_path / "sheet.png") as image:
        page = np.asarray(image)
    assert any("ivory black" in line for line in said), "what one needs"
    for colour in steps[0]["palette"]:
        assert any(line.startswith(colour["recipe"]["words"][:12]) for line in said)
        assert (page == colour["recipe"]["rgb"]).all(axis=2).sum() > 1000, "what it gives"


def test_the_title_is_what_is_asked_for(monkeypatch):
    said = []
    real = pages.ImageDraw.ImageDraw.text
    monkeypatch.setattr(pages.ImageDraw.ImageDraw, "text", lambda *a, **b: said.append(a[2]) or real(*a, **b))
    picture = np.full((30, 20, 3), 99, np.uint8)
    cards = [Card(i, i, picture, np.ones((30, 20), bool), [("Paint", "")], []) for i in range(1, 8)]
    for title, wanted in (("Sunday class: a horse", "Sunday class: a horse"), ("", "How my sea could be painted")):
        page = Page("my_sea.png", 9, PLAN, TEXT, picture, None, {}, {}, title)
        assert len(list(pages.render_pages(page, cards))) == 2
        assert said.count(wanted) == 2, "on every page"
        said.clear()


def test_words_that_are_longer_than_a_line_are_broken_not_cut():
    lines = wrap_text("a " + "w" * 200 + " end", 40, 400)
    assert "".join(lines).replace(" ", "") == "a" + "w" * 200 + "end"
    assert all(pages.load_font(40).getlength(line) <= 400 for line in lines)


def test_names_become_titles():
    assert readable_title("my_old-painting.final.jpg") == "my old painting.final"
    assert readable_title("\u5317\u658e.png") == "a painting"
    assert readable_title("Fr\u00e9d\u00e9ric.png") == "Frederic"


def test_nameless_parts_are_numbered_where_they_are(tmp_path):
    labels = np.ones((60, 80), np.uint8)
    labels[:, 40:] = 2
    picture = np.full((60, 80, 3), 120, np.uint8)
    shown = draw_part_numbers(picture, labels, {1: "1", 2: "2"})
    assert (shown[:, :35] != 120).any() and (shown[:, 45:] != 120).any()
    pictures = [(picture + 40 * i).astype(np.uint8) for i in range(4)]
    work = WriteJob(
        tmp_path, "a.png", (80, 60), 4, Parts(labels, cluster_label_set(2)), np.ones((3, 3), np.float32), TEXT
    )
    steps = write(SheetWriter, work, pictures)["sheet"]["steps"]
    assert "part" in " ".join(line for step in steps for line in step["do"])
    assert PORTRAIT.named


def test_steered_plans_are_told_as_they_are():
    plan = {"habit": "objects", "start": "given", "ground": [0.5, 0.4, 0.3]}
    assert opening_lines(plan) == [], "nobody tones a canvas that is half painted"
    assert opening_lines(plan | {"start": "toned"})
    assert habit_words(plan) == "one thing after the other, from far to near"
    assert habit_words(plan | {"recipe": {"order": ["hair", "face"]}}) == "one thing after the other"
    assert habit_words({}) == ""
