"""Whether a file comes from ppp, from which process, and whether it was changed since (docs/provenance.md).

All of it rests on what a file says of itself, and on the hashes in the process.json beside it. That finds edits and
mix-ups. It cannot find a forgery, since nothing is signed, and a file whose words were removed looks like any other.
"""

from __future__ import annotations

import mmap
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..modules.io.errors import UserError
from ..modules.io.files import check_file, file_sha256, read_json
from ..modules.io.json_schema import find_mismatch
from .images import pixels_sha256
from .output import MANIFEST
from .provenance import PIXELS, SHORT, find_line, id_fits, seal_fits

__all__ = ["Finding", "verify"]

UNCHANGED, UNKNOWN, CHANGED = "unchanged", "unknown", "changed"
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", 0, "PNG"), (b"ftyp", 4, "MP4"), (b"\x1aE\xdf\xa3", 0, "WebM"), (b"GIF8", 0, "GIF"),
    (b"WEBP", 8, "WebP"), (b"\xff\xd8\xff", 0, "JPEG"), (b"%PDF", 0, "PDF"), (b"II*\0", 0, "TIFF"),
    (b"MM\0*", 0, "TIFF"), (b"RIFF", 0, "AVI"), (b"BM", 0, "BMP"),
)  # fmt: skip
NOT_FOUND = (
    "It carries no word of ppp. That does not prove that it is not from ppp: such words are lost when a picture or "
    "video is edited, screen-shot or sent through most services."
)


@dataclass(frozen=True)
class Finding:
    """What can be said of one file.

    kind: "PNG", "MP4", … , "process" (a process.json) or "folder" (a result). ours: it says that it comes from ppp.
    statement: "predicted, not recorded" in a predicted process's files. process: its name, 64 hex digits.
    state: `unchanged`, `changed` or `unknown` since ppp wrote it. notes: why, for a person to read.
    """

    path: Path
    kind: str
    ours: bool
    statement: str = ""
    software: str = ""
    process: str = ""
    state: str = UNKNOWN
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "file": str(self.path), "kind": self.kind, "from_ppp": self.ours, "statement": self.statement,
            "software": self.software, "process": self.process, "state": self.state, "notes": list(self.notes),
        }  # fmt: skip


def verify(path: Path) -> Finding:
    """What can be said of a picture, a video, a process.json or a result folder.

    Raises UserError for what cannot be read: missing, empty, damaged, or no such file.
    """
    what = f"{path} cannot be verified."
    try:
        if path.is_dir():
            if not (path / MANIFEST).is_file():
                raise UserError(what, f"It is a folder without {MANIFEST}.", "Name a result folder, or its files.")
            return _process(path / MANIFEST, path, "folder")
        check_file(path, what)
        if path.stat().st_size == 0:
            raise UserError(what, "It is empty (0 bytes).", "Get a complete copy of it.")
        if path.suffix == ".json":
            return _process(path, path, "process")
        with path.open("rb") as file:
            head = file.read(16)
        kind = next((name for magic, at, name in _MAGIC if head[at:].startswith(magic)), "")
        if not kind:
            raise UserError(
                what, "It is neither a picture, nor a video, nor a process.json.",
                "Name a file of a result, such as timelapse.mp4, or its folder.",
            )  # fmt: skip
        return _file(path, kind)
    except OSError as error:
        raise UserError(what, f"{error.strerror or error}.", "Check the path and its rights.") from None


def _file(path: Path, kind: str) -> Finding:
    pixels = ""
    if kind == "PNG":
        said, pixels = _png(path)
    else:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            said = find_line(data) or {}
    process, sha256 = said.get("Process", ""), file_sha256(path)
    manifest, name = _manifest_beside(path)
    files = manifest.get("files") or {}
    files = {} if find_mismatch(files, {"*": str}) else files
    same = [other for other, hashed in files.items() if hashed == sha256]
    notes = []
    if same:
        state = UNCHANGED
        notes.append(f"{MANIFEST} beside it has its very bytes, as {same[0]}.")
        if process and process != manifest.get("id"):
            notes.append(f"It was kept from process {process[:SHORT]}, which this process continues.")
    elif name in files and (not process or process == manifest.get("id")):
        state = CHANGED
        notes.append(f"{MANIFEST} beside it has other bytes for {name}.")
        if pixels == UNCHANGED:
            notes.append("Its pixels are the same: only what is written beside them changed.")
    else:
        state = pixels or UNKNOWN
        if pixels:
            notes.append(f"Its pixels are {'the' if pixels == UNCHANGED else 'not the'} ones that it was written with.")
        elif process:
            notes.append(f"No {MANIFEST} of its process is beside it, so nobody can tell whether it was changed.")
    if not said and not same:
        notes.append(NOT_FOUND)
        ours = name in files
        return Finding(path, kind, ours, state=CHANGED if ours else UNKNOWN, notes=tuple(notes))
    return Finding(
        path, kind, True, said.get("Provenance", str(manifest.get("provenance", ""))), said.get("Software", ""),
        process or str(manifest.get("id", "")), state, tuple(notes),
    )  # fmt: skip


def _png(path: Path) -> tuple[dict[str, str], str]:
    """What a PNG's text says, and whether its pixels are those it was written with ("" where it does not say)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=["PNG"]) as image:
                animated = getattr(image, "is_animated", False)
                text = {str(key): str(value) for key, value in getattr(image, "text", {}).items()}
                rgb = np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f"{path} cannot be verified.", f"It is a damaged PNG ({error}).", "Get a complete copy of it.")\
            from None  # fmt: skip
    said: dict[str, str] = {key: text[key] for key in ("Provenance", "Software", "Process") if key in text}
    if "not recorded" not in said.get("Provenance", "") or not said.get("Software", "").startswith("ppp "):
        return {}, ""
    if PIXELS not in text or animated:
        return said, ""
    return said, UNCHANGED if pixels_sha256(rgb) == text[PIXELS] else CHANGED


def _manifest_beside(path: Path) -> tuple[dict[str, Any], str]:
    """The process.json in a file's folder or the one above, and the file's name as it would stand there."""
    path = Path(os.path.abspath(path))
    for folder in (path.parent, path.parent.parent):
        if (folder / MANIFEST).is_file():
            return _read(folder / MANIFEST), path.relative_to(folder).as_posix()
    return {}, path.name


def _read(path: Path) -> dict[str, Any]:
    process = read_json(path, f"{path} cannot be read.", "Get a complete copy of it.")
    return process if isinstance(process, dict) else {}


def _process(manifest: Path, path: Path, kind: str) -> Finding:
    """A process.json, with the files beside it."""
    process = _read(manifest)
    if not {"schema", "kind", "ppp_version", "painting"} <= process.keys():
        return Finding(path, kind, False, notes=(f"{manifest.name} is not one that ppp writes.",))
    software, statement = f"ppp {process['ppp_version']}", str(process.get("provenance", ""))
    if process["kind"] == "recorded":
        statement = statement or "recorded"
        note = "It says that its frames were taken from a video. ppp cannot know whether that video is a true record."
        return Finding(path, kind, True, statement, software, str(process.get("id", "")), UNKNOWN, (note,))
    if "seal" not in process:
        note = f"Its {MANIFEST} has no hashes, so nobody can tell whether it was changed."
        return Finding(path, kind, True, statement, software, str(process.get("id", "")), UNKNOWN, (note,))
    notes, state = [], UNCHANGED
    if not seal_fits(process):
        state = CHANGED
        notes.append(f"{MANIFEST} itself was changed.")
    if not id_fits(process):
        state = CHANGED
        notes.append("The name of the process is not that of what it says (painting, weights, plan, seed, parts).")
    files: dict[str, str] = process.get("files") or {}
    if find_mismatch(files, {"*": str}):
        files, state = {}, CHANGED  # nobody can tell any more which files there were
    changed, missing, extra = _compare(manifest.parent, files)
    if changed:
        state = CHANGED
        notes.append(f"Changed since: {_some(changed)}.")
    if missing:
        notes.append(f"Not there: {_some(missing)}.")
    if extra and kind == "folder":
        notes.append(f"Not of this process: {_some(extra)}.")
    if state == UNCHANGED:
        there = len(files) - len(missing)
        notes.append(f"{there} of {len(files)} files are there, with the bytes they were written with.")
    return Finding(path, kind, True, statement, software, str(process.get("id", "")), state, tuple(notes))


def _compare(folder: Path, files: Mapping[str, str]) -> tuple[list[str], list[str], list[str]]:
    """Names of files that are changed, missing, and there without being named."""
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    changed = [name for name, sha256 in files.items() if name in there and file_sha256(folder / name) != sha256]
    return changed, sorted(files.keys() - there), sorted(there - files.keys())


def _some(names: list[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
