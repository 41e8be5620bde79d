"""Pigments and shelves: common paints by name, palettes of them, and a person's own from a TOML file.

A paint is known by two colours: as it comes from the tube, laid thickly (masstone), and mixed with white (tint), which
says how strong it is. Those below were set by hand to look like colour charts of such paints: nobody measured them.
Paints of one name differ from maker to maker; two swatches of one's own make a paint that is right for oneself.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..io.errors import UserError
from ..io.files import path_exists, read_text

TINT = 9.0  # parts of white for one part of the paint in its tint
MOST = 20  # paints of a shelf
LEAST = 2
DARKEST_WHITE = 128  # the darkest channel of a white, of 255
MOST_NAME = 60  # letters of a paint's name


@dataclass(frozen=True)
class Paint:
    """A paint.

    Attributes:
        name: as on the tube.
        short: as in a recipe.
        masstone: "#rrggbb" laid thickly.
        tint: "#rrggbb" of one part in `white` parts of white; "" for white itself.
        white: parts of white in the tint.
    """

    name: str
    short: str
    masstone: str
    tint: str
    white: float = TINT

    def to_json(self) -> dict[str, Any]:
        """Return the keys in process.json."""
        return {"name": self.name, "short": self.short, "masstone": self.masstone, "tint": self.tint,
                "white": self.white}  # fmt: skip


COMMON = {
    paint.name: paint
    for paint in (
        Paint("titanium white", "white", "#f7f6f1", ""),
        Paint("ivory black", "black", "#231f20", "#8e8f92"),
        Paint("yellow ochre", "ochre", "#b9812f", "#e3cba0"),
        Paint("raw sienna", "raw sienna", "#8f5a26", "#d3af86"),
        Paint("burnt sienna", "burnt sienna", "#6a3120", "#c79580"),
        Paint("raw umber", "raw umber", "#4a3b28", "#b0a28d"),
        Paint("burnt umber", "burnt umber", "#3f2a20", "#a08c80"),
        Paint("venetian red", "venetian red", "#8f3426", "#d38f80"),
        Paint("lemon yellow", "lemon yellow", "#f5de1d", "#f8f0a0"),
        Paint("cadmium yellow", "cadmium yellow", "#f8c300", "#fbe48a"),
        Paint("cadmium orange", "cadmium orange", "#ec6d0c", "#f7ba86"),
        Paint("cadmium red", "cadmium red", "#c5261e", "#ec9284"),
        Paint("quinacridone rose", "rose", "#7f1447", "#d97fa8"),
        Paint("dioxazine violet", "violet", "#211226", "#77609f"),
        Paint("ultramarine blue", "ultramarine", "#1b1b62", "#7f8bc9"),
        Paint("cobalt blue", "cobalt blue", "#143e8f", "#8daadb"),
        Paint("cerulean blue", "cerulean", "#1a6fa0", "#94c3da"),
        Paint("phthalo blue", "phthalo blue", "#0e1c40", "#4f8dc6"),
        Paint("viridian", "viridian", "#123f35", "#8cbdab"),
        Paint("sap green", "sap green", "#3a4a1c", "#9fb07a"),
    )
}
PALETTES: dict[str, tuple[str, ...]] = {
    "zorn": ("titanium white", "yellow ochre", "cadmium red", "ivory black"),
    "primaries": ("titanium white", "cadmium yellow", "quinacridone rose", "ultramarine blue"),
    "earths": ("titanium white", "yellow ochre", "venetian red", "raw umber", "ivory black"),
    "greys": ("titanium white", "ivory black"),
}
SHELF = ("titanium white", "yellow ochre", "burnt sienna", "burnt umber", "cadmium yellow", "cadmium red",
         "quinacridone rose", "ultramarine blue", "cerulean blue", "viridian", "ivory black")  # fmt: skip
_FIX = 'For example: paints = ["titanium white", "yellow ochre", "cadmium red", "ivory black"]'
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Shelf:
    """Paints that somebody has, white among them, and what they are called together."""

    name: str
    paints: tuple[Paint, ...]

    @property
    def white(self) -> int:
        """Index of white."""
        return next(i for i, paint in enumerate(self.paints) if not paint.tint)

    def to_json(self) -> dict[str, Any]:
        """Return the keys in process.json."""
        return {"name": self.name, "paints": [paint.to_json() for paint in self.paints]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], what: str) -> "Shelf":
        """Read a shelf of process.json. UserError when it is none."""
        try:
            paints = tuple(
                Paint(str(p["name"]), str(p["short"]), str(p["masstone"]), str(p["tint"]), float(p["white"]))
                for p in data["paints"]
            )
            name = str(data["name"])
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(what, f"Its palette is incomplete: {error}.") from error
        return _check(cls(name, paints), what)


def named_shelf(name: str) -> Shelf | None:
    """Find a built-in shelf: "common" or a palette; None where there is none of that name."""
    names = SHELF if name == "common" else PALETTES.get(name)
    return None if names is None else Shelf(name, tuple(COMMON[paint] for paint in names))


def find_shelf(text: str, option: str) -> Shelf:
    """Find the paints that an option names: a built-in shelf, or a TOML file.

    Raises:
        UserError: there is no such shelf, the file cannot be read, or it has no white.
    """
    found = named_shelf(text.strip().lower())
    if found is not None:
        return found
    path = Path(text)
    what = f"{option} {text} cannot be used."
    known = ("common", *PALETTES)
    if not path_exists(path, "file"):
        raise UserError(what, "It is no file and no known name.", f"Use {', '.join(known)}, or a TOML file.")
    return read_shelf(path, what)


def read_shelf(path: Path, what: str) -> Shelf:
    """Read paints from a TOML file. Raises UserError, which begins with `what`, when it has none, or no white."""
    try:
        data = tomllib.loads(read_text(path, what))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(what, f"It is no TOML file: {error}.", _FIX) from error
    return _check(Shelf(path.stem, tuple(_read_paints(data, what))), what)


def _read_paints(data: Mapping[str, Any], what: str) -> list[Paint]:
    paints = data.get("paints")
    if isinstance(paints, list):
        if odd := [name for name in paints if not isinstance(name, str)]:
            fix = "Write names in quotes; paints with colours of your own go below [paints]."
            raise UserError(what, f"{str(odd[0])[:MOST_NAME]} in its list of paints is no name.", fix)
        paints = {name: name for name in paints}
    if not isinstance(paints, dict) or not paints:
        raise UserError(what, "It has no paints.", _FIX)
    return [_read_paint(str(name), paint, what) for name, paint in paints.items()]


def _read_paint(name: str, paint: Any, what: str) -> Paint:
    """Read one paint: the name of a common one, or a table of its colours."""
    if isinstance(paint, str):
        known = COMMON.get(paint.strip().lower())
        if known is None:
            near = [one for one in COMMON if set(one.split()) & set(paint.lower().split())] or list(COMMON)
            raise UserError(what, f"There is no paint {paint!r} among the common ones.",
                            f"Did you mean {', '.join(near[:4])}? Or give its colours: "
                            f'"{paint}" = {{ masstone = "#1b1b62", tint = "#7f8bc9" }}')  # fmt: skip
        return known if name == paint else Paint(known.name, name, known.masstone, known.tint)
    if not isinstance(paint, dict) or not set(paint) <= {"masstone", "tint", "white"}:
        raise UserError(what, f"The paint {name!r} is not understood.", "Give masstone and tint, as #rrggbb.")
    colours = [paint.get("masstone", ""), paint.get("tint", "")]
    if not all(isinstance(one, str) and _COLOUR.fullmatch(one) for one in colours[: 2 if "tint" in paint else 1]):
        raise UserError(what, f"A colour of {name!r} is no #rrggbb.", 'For example: masstone = "#1b1b62"')
    white = paint.get("white", TINT)
    if isinstance(white, bool) or not isinstance(white, int | float):
        raise UserError(what, f"The parts of white in the tint of {name!r} are no number from 0.5 to 1000.")
    if not colours[1] and "white" not in name.lower():
        raise UserError(what, f"The paint {name!r} has no tint.", "Mix it with 9 parts of white, and give that colour.")
    return Paint(name, name, colours[0], colours[1], float(white))


def _check(shelf: Shelf, what: str) -> Shelf:
    """Refuse a shelf without white, without anything else, with too many paints, or with names that none can read."""
    for name in (text for paint in shelf.paints for text in (paint.name, paint.short)):
        if not name.isprintable() or name != name.strip() or not 1 <= len(name) <= MOST_NAME:
            why = f"The name {name[:MOST_NAME]!r} is empty or too long, or has signs that cannot be seen."
            raise UserError(what, why, f"Give 1 to {MOST_NAME} letters, without spaces at its ends.")
    shorts = [paint.short.casefold() for paint in shelf.paints]
    if double := next((name for name in shorts if shorts.count(name) > 1), None):
        raise UserError(what, f"The paint {double!r} is there more than once.", "Leave one out, or name it otherwise.")
    for paint in shelf.paints:
        for colour in filter(None, (paint.masstone or "?", paint.tint)):
            if not _COLOUR.fullmatch(colour):
                raise UserError(what, f"A colour of {paint.name!r} is no #rrggbb.", 'For example: masstone = "#1b1b62"')
        if not 0.5 <= paint.white <= 1000:
            raise UserError(what, f"The parts of white in the tint of {paint.name!r} are no number from 0.5 to 1000.")
    whites: Sequence[Paint] = [paint for paint in shelf.paints if not paint.tint]
    if not whites:
        raise UserError(what, "There is no white among the paints.",
                        'Add "titanium white"; in watercolour it stands for the paper.')  # fmt: skip
    if not LEAST <= len(shelf.paints) <= MOST or len(whites) > 1:
        raise UserError(what, f"It has {len(shelf.paints)} paints, {len(whites)} of them white.",
                        f"{LEAST} to {MOST} are possible, one of them white.")  # fmt: skip
    if min(int(whites[0].masstone[i : i + 2], 16) for i in (1, 3, 5)) < DARKEST_WHITE:
        why = f"Its white, {whites[0].name!r}, is {whites[0].masstone}, which is no white."
        raise UserError(what, why, "Give the colour of the white laid thickly; what is none has a tint.")
    return shelf
