"""Strokes as files: compact JSON, and SVG that any drawing program or plotter opens; both lose nothing.

JSON: an object with `schema`, `unit` (coordinates are whole multiples of 1/unit of the longest side), `size` ([width,
height] of the picture in that unit), `ground` (its colour, `"rrggbb"`), the names `media`, `marks`, `finishes` and
`parts`, `strokes`, one list a stroke in the order in which they are laid: step, part (-1: none), medium, mark and
finish (each an index of those names), colour (`"rrggbb"`), opacity (0..255), seed, and the path
`[x, y, width, x, y, width, ...]`; and `sha256` of the strokes. Areas (washes and fills) have closed loops as paths, and
how soft their edge is instead of widths.

SVG: a group per step, a `path` per stroke. What SVG has no word for stands in `data-stroke` (part, medium, mark,
finish, opacity, seed) and `data-widths`; how many strokes there are in the last element.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from ..finish_levels import LEVELS
from ..io.errors import UserError
from ..io.files import read_text
from ..io.json_schema import find_mismatch
from .marks import MARK_TABLE
from .media import MEDIA
from .stroke import AREAS, MARKS, UNIT, StrokeList, stroke_list
from .touch import closed_loops

SCHEMA = "ppp-strokes/1"
WHITE = (1.0, 1.0, 1.0)
NAMES: dict[str, list[str]] = {"media": list(MEDIA), "marks": list(MARKS), "finishes": list(LEVELS)}
_FORM = {
    "schema": str, "unit": int, "size": [int], "media": [str], "marks": [str], "finishes": [str], "parts": [str],
    "?ground": str, "?sha256": str, "strokes": [list],
}  # fmt: skip
_FIX = "Write it again with --strokes; to use a list that you edited yourself, remove its sha256."
_FARTHEST = 3 * UNIT  # from the picture's corner that a point may lie
MOST_BYTES = 1_000_000_000  # of a file that is read


@dataclass(frozen=True)
class StrokeFile:
    """What a file of strokes holds.

    Attributes:
        strokes: in their order.
        width: of the picture, in shares of the longest side.
        height: of the picture, in shares of the longest side.
        parts: names of its parts, in the order of their indices.
        ground: colour of the bare surface, RGB in [0,1].
    """

    strokes: StrokeList
    width: float
    height: float
    parts: tuple[str, ...] = ()
    ground: tuple[float, float, float] = WHITE


def _places(strokes: StrokeList) -> np.ndarray:
    """Return x, y and width of all points in units, (T,3) int64."""
    return np.rint(np.column_stack([strokes.points, strokes.widths]).astype(np.float64) * UNIT).astype(np.int64)


def _size(shape: Sequence[int]) -> list[int]:
    """Return width and height of a picture in units."""
    height, width = shape[:2]
    return [max(1, round(v / max(height, width) * UNIT)) for v in (width, height)]


def _bytes(colour: Sequence[float]) -> list[int]:
    return [round(255 * float(c)) for c in colour]


def _hexadecimal(colour: Iterable[int]) -> str:
    return "".join(f"{c:02x}" for c in colour)


def _row(values: list[Any]) -> str:
    return json.dumps(values, separators=(",", ":"))


def _text(kind: type[JsonStrokes] | type[SvgStrokes], strokes: StrokeList, *about: Any) -> str:
    file = io.StringIO()
    writer = kind(file, *about)
    writer.add(strokes)
    writer.close()
    return file.getvalue()


class JsonStrokes:
    """Writes strokes as JSON while they come, one a line.

    Args:
        file: open for text.
        shape: (height, width) of the picture, in any unit.
        parts: names of its parts.
        ground: RGB in [0,1].
    """

    def __init__(
        self, file: TextIO, shape: Sequence[int], parts: Sequence[str] = (), ground: Sequence[float] = WHITE
    ) -> None:
        self.file, self.hash, self.count = file, hashlib.sha256(), 0
        head = {
            "schema": SCHEMA, "unit": UNIT, "size": _size(shape), "ground": _hexadecimal(_bytes(ground)), **NAMES,
            "parts": list(parts),
        }  # fmt: skip
        lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
        file.write("{" + ",\n".join(lines) + ',\n"strokes": [')

    def add(self, strokes: StrokeList) -> None:
        """Write the next strokes."""
        places = _places(strokes)
        for i in range(len(strokes)):
            numbers = [int(getattr(strokes, name)[i]) for name in ("step", "part", "medium", "mark", "finish")]
            path = places[strokes.starts[i] : strokes.starts[i + 1]].ravel().tolist()
            colour = _hexadecimal(strokes.colour[i])
            row = _row([*numbers, colour, int(strokes.opacity[i]), int(strokes.seed[i]), path])
            self.file.write((",\n" if self.count else "\n") + row)
            self.hash.update(row.encode() + b"\n")
            self.count += 1

    def close(self) -> None:
        """Write what stands behind them; the file stays open."""
        self.file.write(f'\n],\n"sha256": "{self.hash.hexdigest()}"}}\n')


def strokes_to_json(
    strokes: StrokeList, shape: Sequence[int], parts: Sequence[str] = (), ground: Sequence[float] = WHITE
) -> str:
    """Write strokes as JSON; arguments as of `JsonStrokes`."""
    return _text(JsonStrokes, strokes, shape, parts, ground)


def strokes_from_json(text: str, name: str = "The strokes") -> StrokeFile:
    """Read what `strokes_to_json` wrote.

    Raises:
        UserError: beginning with `name`, when it is cut, edited or something else.
    """
    what = f"{name} cannot be read."
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(what, f"It is not a complete JSON file ({str(error)[:80]}).", _FIX) from None
    if isinstance(data, dict) and data.get("schema", SCHEMA) != SCHEMA:
        raise UserError(
            what, f"Its schema is {str(data['schema'])[:40]!r}, not {SCHEMA!r}.", "Use a file of this version."
        )
    if wrong := find_mismatch(data, _FORM):
        raise UserError(what, f"In it, {wrong}.", _FIX)
    for key, known in NAMES.items():
        if unknown := [value for value in data[key] if value not in known]:
            raise UserError(what, f"Its {key} include the unknown {unknown[0]!r}.", "Use a file of this version.")
    if data["unit"] != UNIT or len(data["size"]) != 2 or not all(1 <= v <= UNIT for v in data["size"]):
        raise UserError(what, f"Its unit {data['unit']} and size {data['size']} are incompatible.", _FIX)
    rows = data["strokes"]
    if (
        "sha256" in data
        and data["sha256"] != hashlib.sha256("".join(_row(r) + "\n" for r in rows).encode()).hexdigest()
    ):
        raise UserError(what, "It was edited: its strokes do not match its sha256.", _FIX)
    _check(rows, data, what)
    for row in rows:
        row[2:5] = [NAMES[key].index(data[key][v]) for key, v in zip(NAMES, row[2:5], strict=True)]
    ground = _ground(data.get("ground", "ffffff"), what)
    return StrokeFile(_from_rows(rows), data["size"][0] / UNIT, data["size"][1] / UNIT, tuple(data["parts"]), ground)


def _ground(colour: str, what: str) -> tuple[float, float, float]:
    if not re.fullmatch("[0-9a-f]{6}", colour):
        raise UserError(what, f"Its ground is {colour[:40]!r}, which is not of the form rrggbb.", _FIX)
    red, green, blue = (v / 255 for v in bytes.fromhex(colour))
    return red, green, blue


def _check(rows: list[Any], names: dict[str, Any], what: str) -> None:
    """Raise a UserError for the first stroke that is malformed or out of range."""
    for i, row in enumerate(rows):
        if wrong := _find_fault(row, names):
            raise UserError(what, f"Stroke {i} {wrong}.", _FIX)


def _find_fault(row: Any, names: dict[str, Any]) -> str:
    """Say what is wrong with the list of a stroke; "" when nothing is."""
    if len(row) != 9 or not all(type(v) is int for v in (*row[:5], *row[6:8])) or not isinstance(row[8], list):
        return "does not have the nine values of a stroke"
    limits = {
        "step": (0, 2**31), "part": (-1, 2**15), "medium": (0, len(names["media"])), "mark": (0, len(names["marks"])),
        "finish": (0, len(names["finishes"])), "opacity": (0, 256), "seed": (0, 2**32),
    }  # fmt: skip
    for (key, (low, high)), value in zip(limits.items(), (*row[:5], *row[6:8]), strict=True):
        if not low <= value < high:
            return f"has the {key} {value}, which is not in {low}..{high - 1}"
    if not isinstance(row[5], str) or not re.fullmatch("[0-9a-f]{6}", row[5]):
        return f"has the colour {row[5]!r}, which is not of the form rrggbb"
    path = row[8]
    if len(path) < 3 or len(path) % 3 or not all(type(v) is int and abs(v) <= _FARTHEST for v in path):
        return "has no path of x, y and width near the picture"
    return "has a width below zero" if min(path[2::3]) < 0 else ""


def _from_rows(rows: list[list[Any]]) -> StrokeList:
    """Make strokes of lists as they stand in the JSON form."""
    places = np.array([v for row in rows for v in row[8]], np.float64).reshape(-1, 3) / UNIT
    colour = np.array([[int(row[5][k : k + 2], 16) for k in (0, 2, 4)] for row in rows], float).reshape(-1, 3) / 255
    columns = {"step": 0, "part": 1, "medium": 2, "mark": 3, "finish": 4, "seed": 7}
    return stroke_list(
        places[:, :2],
        places[:, 2],
        [len(row[8]) // 3 for row in rows],
        colour,
        opacity=np.array([row[6] for row in rows]) / 255,
        **{name: np.array([row[k] for row in rows]) for name, k in columns.items()},
    )


class SvgStrokes:
    """Writes strokes as SVG in the unit of the JSON form while they come; arguments as of `JsonStrokes`."""

    def __init__(
        self, file: TextIO, shape: Sequence[int], parts: Sequence[str] = (), ground: Sequence[float] = WHITE
    ) -> None:
        self.file, self.count, self.step = file, 0, -1
        width, height = _size(shape)
        names = json.dumps(list(parts)).replace("&", "&amp;").replace("<", "&lt;").replace("'", "&#39;")
        tone = _hexadecimal(_bytes(ground))
        file.write(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" style="background:#{tone}"'
            f' data-schema="{SCHEMA}" data-ground="{tone}" data-parts=\'{names}\'>\n'
        )

    def add(self, strokes: StrokeList) -> None:
        """Write the next strokes."""
        places = _places(strokes)
        for i in range(len(strokes)):
            here = places[strokes.starts[i] : strokes.starts[i + 1]]
            if strokes.step[i] != self.step or not self.count:
                self.step = int(strokes.step[i])
                self.file.write(("</g>" if self.count else "") + f'<g data-step="{self.step}">\n')
            mark, colour = MARKS[strokes.mark[i]], "#" + _hexadecimal(strokes.colour[i])
            if mark in AREAS:
                loops, look = closed_loops(here[:, :2]), f'fill="{colour}" fill-rule="evenodd"'
            else:
                loops = [here[:, :2]]
                look = f'fill="none" stroke="{colour}" stroke-width="{round(here[:, 2].mean())}" stroke-linecap="round"'
            d = "".join("M" + "L".join(f"{x} {y}" for x, y in loop) for loop in loops)
            blend = ' style="mix-blend-mode:multiply"' if MARK_TABLE[mark].transparent else ""
            facts = [int(getattr(strokes, name)[i]) for name in ("part", "medium", "mark", "finish", "opacity", "seed")]
            self.file.write(
                f'<path d="{d}" {look} opacity="{strokes.opacity[i] / 255:.3f}"{blend}'
                f' data-stroke="{" ".join(map(str, facts))}" data-widths="{" ".join(map(str, here[:, 2]))}"/>\n'
            )
            self.count += 1

    def close(self) -> None:
        """Write what stands behind them; the file stays open."""
        self.file.write(("</g>" if self.count else "") + f'<metadata data-count="{self.count}"/></svg>\n')


def strokes_to_svg(
    strokes: StrokeList, shape: Sequence[int], parts: Sequence[str] = (), ground: Sequence[float] = WHITE
) -> str:
    """Write strokes as SVG; arguments as of `JsonStrokes`."""
    return _text(SvgStrokes, strokes, shape, parts, ground)


def strokes_from_svg(text: str, name: str = "The strokes") -> StrokeFile:
    """Read what `strokes_to_svg` wrote.

    Raises:
        UserError: beginning with `name`, when it is cut, edited wrongly or another SVG.
    """
    what = f"{name} cannot be read."
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # entities can make a short file very large
        raise UserError(what, "It has a document type, which no file of strokes has.", _FIX)
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise UserError(what, f"It is not a complete SVG file ({error}).", _FIX) from None
    if root.get("data-schema") != SCHEMA:
        raise UserError(what, f"Its data-schema is not {SCHEMA!r}.", "Use a file that --strokes wrote.")
    rows: list[Any] = []
    try:
        width, height = (_whole(v) for v in root.get("viewBox", "").split()[2:])
        parts = json.loads(root.get("data-parts", ""))
        if find_mismatch(parts, [str]) or not (1 <= width <= UNIT and 1 <= height <= UNIT):
            raise ValueError("the size or the parts' names are malformed")
        if not len(root):
            raise ValueError("there is nothing")
        *groups, end = root
        for group in groups:
            step = _whole(group.get("data-step", ""))
            rows.extend(_svg_row(step, path) for path in group)
        if len(rows) != _whole(end.get("data-count", "")):
            raise ValueError(f"there are {len(rows)} strokes instead of {end.get('data-count')}")
    except ValueError as error:
        raise UserError(what, f"In it, {error}.", _FIX) from None
    _check(rows, NAMES, what)
    ground = _ground(root.get("data-ground", "ffffff"), what)
    return StrokeFile(_from_rows(rows), width / UNIT, height / UNIT, tuple(parts), ground)


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,12}", text):
        raise ValueError(f"{text[:40]!r} is no whole number")
    return int(text)


def _svg_row(step: int, path: ElementTree.Element) -> list[Any]:
    """Make the list of the JSON form of a path of the SVG form; ValueError when it is malformed."""
    part, medium, mark, finish, opacity, seed = (_whole(v) for v in path.get("data-stroke", "").split())
    xy = [int(v) for v in re.findall(r"-?\d+", path.get("d", ""))]
    widths = [_whole(v) for v in path.get("data-widths", "").split()]
    if len(xy) != 2 * len(widths):
        raise ValueError(f"a stroke has {len(xy) // 2} points and {len(widths)} widths")
    places = [v for x, y, w in zip(xy[::2], xy[1::2], widths, strict=True) for v in (x, y, w)]
    colour = (path.get("stroke") or path.get("fill") or "").removeprefix("#")
    return [step, part, medium, mark, finish, colour, opacity, seed, places]


def holds_strokes(path: Path) -> bool:
    """Return whether a file is to be read as strokes: by its name, or what stands at its head."""
    if path.suffix.lower() == ".svg" or path.stem == "strokes":
        return True
    try:
        with path.open("rb") as file:
            return b'"ppp-strokes/' in file.read(4096)
    except OSError:
        return False


def read_strokes(path: Path) -> StrokeFile:
    """Read a file of strokes, JSON or SVG.

    Raises:
        UserError: it is missing, not UTF-8, cut, edited wrongly, or something else.
    """
    text = read_text(path, f"{path} cannot be read.", "Give a file that --strokes wrote.", MOST_BYTES)
    return (strokes_from_svg if text.lstrip().startswith("<") else strokes_from_json)(text, str(path))
