"""Manifests: `manifest.jsonl` of a data folder, one JSON object for each picture."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..io.errors import UserError
from ..io.files import atomic_file, read_text

MANIFEST = "manifest.jsonl"


def read_manifest(folder: Path) -> list[dict[str, Any]]:
    """Read the rows of a folder's manifest; each has at least `file`.

    Raises UserError: it is missing, or a line is no JSON object with a `file`.
    """
    path = folder / MANIFEST
    rows = []
    for number, line in enumerate(read_text(path, f"{path} cannot be used.").splitlines(), 1):
        try:
            row = json.loads(line)
            folder / row["file"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise UserError(f"{path} cannot be used.", f"Line {number}: {error!r}.") from None
        rows.append(row)
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
