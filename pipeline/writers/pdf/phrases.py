"""Phrases of the step sheet in other languages: rows of phrases.json, English first, then `LANGUAGES` in their order.

A slot in braces is filled with what stands at its place: parts, a colour, or a phrase of the same table. A new
language is one more name in `LANGUAGES` and the tables below it, and one more text in each row.
"""

import json
from pathlib import Path

LANGUAGES = ("de", "fr", "es", "zh")
LANGUAGE_NAMES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "zh": "中文"}
PLAYER_CODES = {"en": "eng", "de": "deu", "fr": "fra", "es": "spa", "zh": "zho"}  # ISO 639-2: of films' captions

# how a list is joined: between its items, before the last one, and between clauses
JOINS = {
    "en": (", ", " and ", ", "), "de": (", ", " und ", ", "), "fr": (", ", " et ", ", "), "es": (", ", " y ", ", "),
    "zh": ("、", "和", "，"),
}  # fmt: skip

Table = dict[str, tuple[str, ...]]
_TABLES: dict[str, Table] = {
    name: {phrase: tuple(row) for phrase, row in rows.items()}
    for name, rows in json.loads(Path(__file__).with_name("phrases.json").read_text("utf-8")).items()
}
PAGES = _TABLES["pages"]  # headings and notes
SENTENCES = _TABLES["sentences"]  # what to do
BRUSHES = _TABLES["brushes"]  # how: brushes, strokes, paint
MATERIALS = _TABLES["materials"]  # what somebody needs
PAINTS = _TABLES["paints"]  # short names of paints
PARTS = _TABLES["parts"]  # a thing by itself, and several of them
COLOURS = _TABLES["colours"]
