"""Phrasebook: what the step sheet says, in another language, by the rows of phrases.json.

Sentences of the sheet are made in English, of a fixed number of phrases; here they are read again, phrase by phrase.
What is no phrase stays as it is: names that somebody gave to parts.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from ....modules.io.errors import UserError
from ....modules.paints.recipes import TOUCH
from .phrases import BRUSHES, COLOURS, JOINS, LANGUAGE_NAMES, LANGUAGES, MATERIALS, PAGES, PAINTS, PARTS, SENTENCES

_OVER = re.compile(r"(.+?), over the edges? of (.+?)(, which go(?:es)? on behind (?:it|them))?")
_NUMBER = re.compile(r"\d+(?:[.,/ ]\d+)*(?: ?(?:mm|cm|m|in|px|%))?")


def check_language(language: str) -> str:
    """Return a language's code. UserError when there is no such one."""
    code = language.strip().lower()
    if code not in LANGUAGE_NAMES:
        known = ", ".join(f"{key} ({name})" for key, name in LANGUAGE_NAMES.items())
        raise UserError(f"There is no language {language!r}.", fix=f"Use one of: {known}.")
    return code


@lru_cache(maxsize=4096)
def _pattern(phrase: str) -> re.Pattern[str]:
    """Make a pattern of a phrase, with a group for each slot."""
    pieces = re.split(r"\{(\w+)\}", phrase)
    return re.compile("".join(f"(?P<{p}>.+)" if i % 2 else re.escape(p) for i, p in enumerate(pieces)), re.DOTALL)


class Phrasebook:
    """Says phrases in one language, one of `LANGUAGE_NAMES`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.between, self.last, self.comma = JOINS[language]
        self.stop = "。" if language == "zh" else "."

    def say(self, phrase: str, **slots: object) -> str:
        """Say a phrase of `PAGES`, its slots filled."""
        return self._row(PAGES, phrase).format(**slots)

    def _row(self, table: Mapping[str, tuple[str, ...]], phrase: str) -> str:
        return phrase if self.language == "en" else table[phrase][LANGUAGES.index(self.language)]

    def _find(self, table: Mapping[str, tuple[str, ...]], text: str) -> str | None:
        """Translate a text that is a phrase of a table, its slots too; None where it is none, or a slot is not."""
        if text in table:
            return self._row(table, text)
        slots: dict[str, Callable[[str], str | None]] = {
            "parts": self.parts, "colour": self._colour, "part": self._part, "brush": self._brush,
            "way": self._way, "work": self._work, "n": self._count, "k": str, "size": str,
        }  # fmt: skip
        for phrase in table:
            if "{" not in phrase or not (match := _pattern(phrase).fullmatch(text)):
                continue
            said = {name: slots.get(name, self._count)(value) for name, value in match.groupdict().items()}
            if None not in said.values():
                return self._row(table, phrase).format(**said)
        return None

    # ---- what is read

    def colour(self, name: str) -> str:
        """Say a colour's name."""
        return name if self.language == "en" else self._colour(name) or name

    def _colour(self, name: str) -> str | None:
        return self._find(COLOURS, name)

    def part(self, name: str) -> str:
        """Say a part's name by itself."""
        return name if self.language == "en" else self._part(name) or name

    def _part(self, name: str) -> str | None:
        found = self._find(PARTS, name)
        if found is None and (match := re.fullmatch(r"(.+) (\d+)", name)) and match[1] in PARTS:
            return f"{self._row(PARTS, match[1])} {match[2]}"
        return found

    def parts(self, text: str) -> str:
        """Say a list of parts: "the hair, eyes and part 3 (dark green, lower left)"."""
        if self.language == "en":
            return text
        if match := re.fullmatch(r"(.+) \((.+), ([a-z ]+)\)", text):
            return f"{self.parts(match[1])} ({self.colour(match[2])}, {self.part(match[3])})"
        names = [name.removeprefix("the ") for name in re.split(r", | and ", text)]
        said = [name if name.isdigit() else self.part(name) for name in names]
        return self.last.join(filter(None, [self.between.join(said[:-1]), said[-1]]))

    def do(self, text: str) -> str:
        """Say what to do: a line of `step_words`."""
        if self.language == "en":
            return text
        if match := _OVER.fullmatch(text):
            more = [self._row(SENTENCES, "over the edge of {parts}").format(parts=self.parts(match[2]))]
            more += [self._row(SENTENCES, "which goes on behind")] if match[3] else []
            return self.comma.join([self.do(match[1]), *more])
        if ", reflections included" in text:
            plain = self.do(text.replace(", reflections included", ""))
            return f"{plain}{self.comma}{self._row(SENTENCES, 'reflections included')}"
        if (found := self._find(SENTENCES, text)) is not None:
            return found
        where, colon, works = text.partition(": ")
        row = [self._work(work) for work in works.split(", ")]
        if colon and None not in row:
            small = where[:1].lower() + where[1:]
            return f"{self.parts(small)}{'：' if self.language == 'zh' else ': '}{self.comma.join(filter(None, row))}"
        return text

    def _work(self, text: str) -> str | None:
        if text.startswith("then "):
            work = self._work(text.removeprefix("then "))
            return work and self._row(SENTENCES, "then {work}").format(work=work)
        return self._row(SENTENCES, text) if text in SENTENCES else None

    def how(self, text: str) -> str:
        """Say how brushes are used: the words of `brush_words`."""
        if self.language == "en" or not text:
            return text
        said = []
        for handling in text.split("; "):
            then, handling = handling.startswith("then "), handling.removeprefix("then ")
            inside = re.sub(r"\(([^)]*)\)", lambda match: match[0].replace(", ", "\0"), handling)
            words = [self._fragment(word.replace("\0", ", ")) for word in inside.split(", ")]
            joined = self.comma.join(words)
            said.append(self._row(BRUSHES, "then {more}").format(more=joined) if then else joined)
        whole = ("；" if self.language == "zh" else "; ").join(said)
        return whole[:1].upper() + whole[1:]

    def _fragment(self, text: str) -> str:
        """Say one of the words that commas divide: a brush with its width, the paint, or how many strokes run where."""
        if match := re.fullmatch(r"(.+?) \(([^)]*)\)", text):
            brush = match[1][:1].lower() + match[1][1:]
            sizes = [self._find(BRUSHES, size) or size for size in match[2].split(", ")]
            return f"{self._brush(brush) or brush} ({self.between.join(sizes)})"
        return self._find(BRUSHES, text) or self._count(text) or text

    def _brush(self, text: str) -> str | None:
        return self._find({key: row for key, row in BRUSHES.items() if "brush" in key or "{" not in key}, text)

    def _way(self, text: str) -> str | None:
        return self._row(BRUSHES, text) if text in BRUSHES else None

    def _count(self, text: str) -> str | None:
        """Say how many strokes, of which kind and in which direction: "about 40 short strokes mostly downwards"."""
        if _NUMBER.fullmatch(text):
            return text
        kinds = "|".join(sorted((k for k in BRUSHES if re.fullmatch(r"(hatching |flat )?(stroke|line|touch|wash|shape)"
                                 r"(e?s)?", k)), key=len, reverse=True)) + "|lines"  # fmt: skip
        match = re.fullmatch(rf"(one|\d+|about \d+|many) (short |long |small )?({kinds})(?: (.+))?", text)
        if match is None:
            return None
        number, size, kind, rest = match.groups()
        table = SENTENCES if kind == "lines" else BRUSHES
        said = self._row(table, kind)
        if size and number != "one":
            said = self._row(BRUSHES, f"{size.strip()} {{n}}").format(n=said)
        if number == "many":
            said = self._row(BRUSHES, "many {n}").format(n=said)
        else:
            number = {"one": "1"}.get(number, number)
            number = self._row(BRUSHES, "about {n}").format(n=number[6:]) if number.startswith("about ") else number
            said = f"{number}{'道' if self.language == 'zh' else ' '}{said}"
        if not rest:
            return said
        for phrase in ("{n} in {k} layers: let one dry before the next", "{n} side by side"):
            if layers := _pattern(phrase.removeprefix("{n} ")).fullmatch(rest):
                return self._row(BRUSHES, phrase).format(n=said, **layers.groupdict())
        way = self._find(BRUSHES, rest)
        return None if way is None else f"{said}{self.comma if self.language == 'zh' else ' '}{way}"

    def recipe(self, parts: Sequence[tuple[str, float]]) -> str:
        """Say a recipe: "2 ochre : 1 white : a touch of ultramarine"."""
        if len(parts) == 1:
            return self.paint(parts[0][0])
        touch = self.say("a touch of {paint}", paint="{}")
        return " : ".join(
            touch.format(self.paint(name)) if n == TOUCH else f"{n:g} {self.paint(name)}" for name, n in parts
        )

    def paint(self, name: str) -> str:
        """Say the name of a common paint; another one's stays."""
        return self._row(PAINTS, name) if name in PAINTS else name

    def material(self, text: str) -> str:
        """Say a line of the materials or the words of a habit: phrases, brushes and sizes between commas."""
        if self.language == "en":
            return text
        rows = []
        for row in text.split("; "):
            if (whole := self._find(MATERIALS, row)) is not None:
                rows.append(whole)
                continue
            words = re.split(r", | and (?=\d)", row)
            said = [
                self._find(MATERIALS, word)
                or self._find(PAINTS, word)
                or self._brush(word)
                or self._colour(word)
                or word
                for word in words
            ]
            rows.append(self.between.join(said))
        return ("；" if self.language == "zh" else "; ").join(rows)
