"""Manifests: `manifest.jsonl` of a data folder, one JSON object for each picture."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..io.errors import UserError
from ..io.files import atomic_file, read_text

MANIFEST = "manifest.jsonl"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_boxes(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(box, list) and len(box) == 4 and all(isinstance(side, (int, float)) for side in box) for box in value
    )


_TEXTS = ("file", "labels", "layers", "amodal", "soft", "kind", "split", "quality", "cls")
_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(_TEXTS, (_is_text, "text")),
    **dict.fromkeys(("classes", "names"), (_are_texts, "a list of texts")),
    "faces": (_are_boxes, "a list of boxes of four numbers"),
}
"""Keys that are read, what tells whether a value is possible, and what it has to be."""


def read_manifest(folder: Path) -> list[dict[str, Any]]:
    """Read the rows of a folder's manifest; each has at least `file`. Keys whose value is null are left out.

    Raises UserError: it is missing, a line is no JSON object with a `file`, or a value has another type than it should.
    """
    path = folder / MANIFEST
    rows = []
    for number, line in enumerate(read_text(path, f"{path} cannot be used.").splitlines(), 1):
        try:
            row = json.loads(line)
            folder / row["file"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise UserError(f"{path} cannot be used.", f"Line {number}: {error!r}.") from None
        for key, (fits, kind) in _VALUES.items():
            if row.get(key) is not None and not fits(row[key]):
                raise UserError(f"{path} cannot be used.", f"Line {number}: {key} is {row[key]!r}, not {kind}.")
        rows.append({key: value for key, value in row.items() if value is not None})
    return rows


def write_manifest(folder: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write a folder's manifest, sorted by `file`; an older one is replaced when all is written."""
    lines = [json.dumps(row) + "\n" for row in sorted(rows, key=lambda row: row["file"])]
    with atomic_file(folder / MANIFEST) as part:
        part.write_text("".join(lines), encoding="utf-8")


def manifest_path(folder: Path, name: str) -> Path:
    """Find a file that a manifest names: relative to its folder or, in a part of a larger collection, to the parent."""
    above = folder.absolute().parent / name
    return above if not (folder / name).is_file() and above.is_file() else folder / name
