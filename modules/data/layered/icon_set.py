"""Icon sets as cut-outs: of a file of Iconify JSON, the icons that show one whole thing of a scene class."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...io.errors import UserError
from ...io.files import read_json
from .icon_names import kind_of_icon, without_variants
from .layer_tree import fit_canvas
from .svg import render_svg
from .svg_document import clean_svg

MAX_ICONS_BYTES = 256_000_000  # sets of shaded icons are large
LEAST_PIXELS = 100  # that a cut-out covers
_FIX = "Give a set's icons.json of an npm package @iconify-json/NAME, or its file of @iconify/json."
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # they become names of files
_COLOURLESS = "currentColor"  # in what sign-like icons draw: the colour of the text around them


@dataclass(frozen=True)
class Icon:
    """An icon that shows one thing: its name in the set, its scene class, its SVG file."""

    name: str
    kind: str
    svg: str

    def render(self, size: int, what: str) -> np.ndarray:
        """Draw it as (h,w,4) uint8 RGBA, cut at its outline; the whole icon's longest side is `size` pixels.

        Raises a UserError that begins with `what`: it cannot be drawn, or is empty.
        """
        root = clean_svg(self.svg.encode(), what)
        width, height = (float(side) for side in root.get("viewBox", "").split()[2:])
        rgba = render_svg(root, fit_canvas(width, height, size, what), what)
        rows, columns = np.nonzero(rgba[:, :, 3])
        if len(rows) < LEAST_PIXELS:
            raise UserError(what, "Nothing is to be seen of it.")
        return rgba[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


@dataclass(frozen=True)
class IconSet:
    """A set of icons: its short name, who made it, its licence, and what of it can be used as cut-outs."""

    prefix: str
    source: str
    licence: str
    icons: list[Icon]


def read_icon_set(path: Path) -> IconSet:
    """Read a file of Iconify JSON; its licence is from its `info`, or from info.json beside it.

    Raises UserError: the file cannot be used.
    """
    what = f"{path} cannot be used as icons."
    content = read_json(path, what, _FIX, MAX_ICONS_BYTES)
    drawings = content.get("icons") if isinstance(content, dict) else None
    if not isinstance(drawings, dict):
        raise UserError(what, "It is not Iconify JSON: it has no object `icons`.", _FIX)
    shown = {
        name: drawing
        for name, drawing in drawings.items()
        if _NAME.fullmatch(name)
        and isinstance(drawing, dict)
        and not drawing.get("hidden")
        and _COLOURLESS not in str(drawing.get("body"))
    }
    kinds = {name: kind for name in without_variants(shown) if (kind := kind_of_icon(name))}
    icons = [Icon(name, kind, _svg(content | shown[name], f"{what[:-1]}: {name}.")) for name, kind in kinds.items()]
    beside = path.with_name("info.json")
    info = content.get("info") or (read_json(beside, what, _FIX) if beside.is_file() else None)
    prefix = _text(content, "prefix") if _NAME.fullmatch(_text(content, "prefix")) else "icons"
    made_by = " by ".join(filter(None, (_text(info, "name") or prefix, _text(info, "author", "name"))))
    licence = _text(info, "license", "spdx") or _text(info, "license", "title") or "unknown"
    return IconSet(prefix, made_by, licence, icons)


def _svg(icon: dict[str, Any], what: str) -> str:
    """Write an icon as an SVG file."""
    body, box = icon.get("body"), [icon.get(key, usual) for key, usual in _BOX.items()]
    if not isinstance(body, str) or not all(isinstance(side, int | float) for side in box) or min(box[2:]) <= 0:
        raise UserError(what, f"Its body or its size ({json.dumps(box)}) is not one of an icon.", _FIX)
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg {names} viewBox="{" ".join(f"{side:g}" for side in box)}">{body}</svg>'


_BOX = {"left": 0, "top": 0, "width": 16, "height": 16}
"""Where an icon lies, and what Iconify assumes where a file does not say."""


def _text(info: Any, *keys: str) -> str:
    """Look up a text in objects inside each other; "" where there is none."""
    for key in keys:
        info = info.get(key) if isinstance(info, dict) else None
    return info if isinstance(info, str) else ""
