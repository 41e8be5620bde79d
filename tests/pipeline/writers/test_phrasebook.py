"""Languages of the sheet: every phrase that the sheet can say is said in each of them."""

import re

import numpy as np
import pytest

from ppp.modules.finish_levels import LEVELS
from ppp.modules.labels import FACIAL_FEATURES, PORTRAIT
from ppp.modules.paints.pigments import COMMON
from ppp.modules.paints.recipes import TOUCH
from ppp.modules.plans import HABITS
from ppp.modules.things import SCENE_CLASSES
from ppp.pipeline.writers import brush_words, step_words
from ppp.pipeline.writers.colour_names import colour_name, distinct_names
from ppp.pipeline.writers.part_words import PartWords, plural
from ppp.pipeline.writers.pdf import phrases
from ppp.pipeline.writers.pdf.phrasebook import Phrasebook
from ppp.pipeline.writers.step_describer import _GROUND, MEDIUM_WORDS

TABLES = (
    phrases.PAINTS,
    phrases.PAGES,
    phrases.SENTENCES,
    phrases.BRUSHES,
    phrases.MATERIALS,
    phrases.PARTS,
    phrases.COLOURS,
)
ENGLISH = re.compile(r"\b(the|and|with|over|paint|strokes?|brush|dark|light|edges?|then|about|many)\b", re.IGNORECASE)
books = pytest.mark.parametrize("book", [Phrasebook(code) for code in phrases.LANGUAGES], ids=phrases.LANGUAGES)


def test_every_row_has_all_languages_and_their_slots():
    for table in TABLES:
        for phrase, row in table.items():
            assert len(row) == len(phrases.LANGUAGES) and all(row), phrase
            for said in row:
                assert sorted(re.findall(r"{\w+}", said)) == sorted(re.findall(r"{\w+}", phrase)), (phrase, said)


def said(book, way, text):
    """Say a text in a language; nothing of it stays English."""
    found = getattr(book, way)(text)
    assert not ENGLISH.search(found), (text, found)
    assert found != text or text in ("orange", "olive", "violet"), text
    return found


@books
def test_what_is_to_be_done_is_said(book):
    parts = ["hair", "face", "clothes"]
    for finish in LEVELS:
        for more in (False, True):
            if finish in step_words._DO:
                said(book, "do", step_words.sentence(parts, [(finish, more)], PartWords()))
                said(book, "do", step_words.sentence(parts, [(finish, more), ("painting", False)], PartWords()))
    for surface, lines in step_words._GROUNDS.items():
        for line in lines:
            said(book, "do", line.format("light warm grey"))
        plan = {"start": "toned", "ground": [0.6, 0.5, 0.4]}
        assert [said(book, "do", line.do) for line in step_words.opening_lines(plan, surface)]
    said(book, "do", step_words.opening_lines({"start": "sketch", "ground": [1, 1, 1]})[0].do)
    for text in (step_words._LAST_LOOK, "Go over some of the hair too", "Small touches on the face", "Let it dry",
                 "Block in the near tree: flat colour, over the edges of the sky and water, which go on behind it",
                 "Block in the water, reflections included: flat colour", "Ink the lines of the eyes",
                 "Model part 3 (dark green, lower left): second tones, light and shadow"):  # fmt: skip
        said(book, "do", text)


@books
def test_parts_are_said_and_names_that_somebody_gave_stay(book):
    for name in [*PORTRAIT.names[1:], *SCENE_CLASSES, *map(plural, SCENE_CLASSES), "features"]:
        assert book.part(name) != name or name in ("animal",) or name in FACIAL_FEATURES, name
    assert book.part("tree 2").endswith(" 2") and "tree" not in book.part("far tree")
    assert book.part("Anna's hat") == "Anna's hat"
    assert "Anna's hat" in book.do("Block in the Anna's hat and hair: flat colour")
    assert "3" in book.parts("parts 3, 4 and 2 more") and "more" not in book.parts("parts 3, 4 and 2 more")


@books
def test_every_colour_has_a_name(book):
    names = {colour_name((r, g, b)) for r in range(0, 256, 17) for g in range(0, 256, 17) for b in range(0, 256, 17)}
    rows = np.random.default_rng(0).integers(0, 256, (60, 3, 3)) // 3 + np.arange(3)[:, None] * 6
    names |= {name for row in rows for name in distinct_names([tuple(map(int, colour)) for colour in row])}
    assert len(names) > 60
    for name in names:
        said(book, "colour", name)
    said(book, "colour", "dark blue pencil or chalk")


@books
def test_brushes_and_strokes_are_said(book):
    for mark, tool in brush_words.TOOLS.items():
        brush = f"{f'Broad {tool.name}' if tool.sized else tool.name.capitalize()} (25 mm, 10 mm where it is narrow)"
        for count in (1, 7, 40, 300):
            words = [brush, tool.paint or brush_words._paint_words(mark, "oil", 0.4)]
            words += [brush_words._count_words(count, tool, 9.0) + " mostly downwards, along the form"]
            said(book, "how", f"{', '.join(words)}; then {words[0][0].lower()}{words[0][1:]}, opaque paint")
    for way in (*brush_words._WAYS, *brush_words._BACK, "in all directions", "crossing each other"):
        said(book, "how", f"Pencil (0.5 mm), firm pressure, many hatching lines {way}")
    said(book, "how", "Wash brush (40 mm), very wet, one wash, edges run soft")
    said(book, "how", "Wash brush (40 mm), wet, about 40 washes in 3 layers: let one dry before the next, crisp edges")
    said(book, "how", "Wash brush (40 mm), wet, 3 small washes side by side, crisp edges")
    said(book, "how", "Hard round brush (30 px), 60 % opacity, many strokes upwards")


@books
def test_recipes_are_said(book):
    for paint in COMMON.values():
        assert paint.name in phrases.PAINTS and paint.short in phrases.PAINTS
    words = book.recipe([("ochre", 2.0), ("white", 1.0), ("ultramarine", TOUCH)])
    assert words.startswith("2 ") and words.count(" : ") == 2 and "touch" not in words
    assert book.recipe([("my own red", 1.0)]) == "my own red"


@books
def test_materials_and_habits_are_said(book):
    for words in MEDIUM_WORDS.values():
        said(book, "material", words)
    for ground in (one for pair in _GROUND.values() for one in pair):
        said(book, "material", f"60 x 50 cm, {ground.format('light warm grey')}")
    for habit in HABITS.values():
        said(book, "material", habit.words)
        said(book, "material", habit.words.partition(", from")[0])
    said(book, "material", "flat bristle brush, 25, 15 and 10 mm; round brush, 6 mm")
