"""Verification of provenance: does a file come from ppp, from which process, was it changed (docs/provenance.md)?

Based on the file's metadata, and the hashes in the process.json beside it. That finds edits and mix-ups; a forgery only
a signature finds, by the key of somebody known. A file whose metadata was removed looks like any other.
"""

import mmap
import os
import re
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..modules.imaging.decode import check_size
from ..modules.io.errors import UserError, install_extra
from ..modules.io.files import check_file, file_sha256, read_json
from ..modules.io.json_schema import find_mismatch
from ..modules.io.origin import (
    KINDS,
    PROVENANCE,
    find_contradiction,
    find_false_statement,
    id_fits,
    read_ends,
    seal_fits,
)
from ..modules.io.signing import fingerprint, signer_of
from .content_credentials import read_credentials
from .images import pixels_sha256
from .output import MANIFEST
from .provenance import PIXELS, SHORT, find_line

UNCHANGED, UNKNOWN, CHANGED = "unchanged", "unknown", "changed"
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", 0, "PNG"), (b"ftyp", 4, "MP4"), (b"\x1aE\xdf\xa3", 0, "WebM"), (b"GIF8", 0, "GIF"),
    (b"WEBP", 8, "WebP"), (b"\xff\xd8\xff", 0, "JPEG"), (b"%PDF", 0, "PDF"), (b"II*\0", 0, "TIFF"),
    (b"MM\0*", 0, "TIFF"), (b"RIFF", 0, "AVI"), (b"BM", 0, "BMP"),
)  # fmt: skip
_TEXTS = {
    "Provenance": re.compile(rb"(?:tEXt|iTXt)Provenance\0{1,5}([ -~]*not recorded)"),
    "Software": re.compile(rb"(?:tEXt|iTXt)Software\0{1,5}(ppp [0-9A-Za-z.+]{1,40})"),
    "Process": re.compile(rb"(?:tEXt|iTXt)Process\0{1,5}([0-9a-f]{64})"),
}
_LITTER = re.compile(r"\.DS_Store|Thumbs\.db|desktop\.ini|\._.*", re.IGNORECASE)
_STATING = (".png", ".apng", ".mp4", ".webm", ".gif", ".webp", ".pdf")  # files of a process that say what they are
_HEAD = 65_536  # bytes at either end, where they say it
NO_TRACE_NOTE = (
    "It has no metadata of ppp. That does not prove that it is not from ppp: metadata is lost when a picture or "
    "video is edited, screen-shot or sent through most services."
)


@dataclass(frozen=True)
class VerifyResult:
    """What is known about one file."""

    path: Path  # the file or result folder
    kind: str  # "PNG", "MP4", ..., "process" (a process.json) or "folder" (a result)
    from_ppp: bool  # whether its metadata says that it comes from ppp
    statement: str = ""  # "predicted, not recorded" in a predicted process's files
    software: str = ""  # the version of ppp
    process: str = ""  # id of the process, 64 hex digits
    state: str = UNKNOWN  # `unchanged`, `changed` or `unknown` since ppp wrote it
    notes: tuple[str, ...] = ()  # the reasons, in words
    signer: str = ""  # fingerprint of the key that it is signed with
    by_key: bool = False  # whether that is one of the keys that it was to be signed with

    def to_json(self) -> dict[str, Any]:
        """Return the result as `ppp verify --json` prints it."""
        return {
            "file": str(self.path), "kind": self.kind, "from_ppp": self.from_ppp, "statement": self.statement,
            "software": self.software, "process": self.process, "state": self.state, "notes": list(self.notes),
            "signer": self.signer, "by_key": self.by_key,
        }  # fmt: skip


def verify(path: Path, keys: Collection[bytes] | None = None) -> VerifyResult:
    """Verify a picture, a video, a process.json or a result folder.

    keys: Ed25519 public keys, 32 bytes each, one of which is expected to have signed it.

    Raises UserError when it cannot be read: missing, empty, another kind of file, or so damaged that nothing tells
    that it was changed.
    """
    what = f"{path} cannot be verified."
    try:
        if path.is_dir():
            if not (path / MANIFEST).is_file():
                raise UserError(what, f"It is a folder without {MANIFEST}.", "Give a result folder, or its files.")
            result = _verify_process(path / MANIFEST, path, "folder")
            return _check_signature(result, _read_manifest(path / MANIFEST), keys)
        check_file(path, what)
        if path.stat().st_size == 0:
            raise UserError(what, "It is empty (0 bytes).", "Get a complete copy of it.")
        if path.suffix == ".json":
            return _check_signature(_verify_process(path, path, "process"), _read_manifest(path), keys)
        with path.open("rb") as file:
            head = file.read(16)
        kind = next((name for magic, at, name in _MAGIC if head[at:].startswith(magic)), "")
        if not kind:
            raise UserError(
                what, "It is neither a picture, nor a video, nor a process.json.",
                "Give a file of a result, such as timelapse.mp4, or its folder.",
            )  # fmt: skip
        return _check_credentials(_verify_file(path, kind), keys)
    except OSError as error:
        raise UserError(what, f"{error.strerror or error}.", "Check the path and its permissions.") from None


def _check_signature(result: VerifyResult, process: Mapping[str, Any], keys: Collection[bytes] | None) -> VerifyResult:
    """Add who signed the process.json that vouches for a result."""
    if "signature" not in process or not result.from_ppp:
        return result
    try:
        signer = signer_of(process)
    except ImportError:
        note = f"{MANIFEST} is signed, which cannot be checked here. {install_extra('sign')}"
        return replace(result, notes=(*result.notes, note))
    if signer is None:
        return replace(result, state=CHANGED, notes=(*result.notes, "Its signature does not fit."))
    return _signed(result, signer, "Signed", keys)


def _signed(result: VerifyResult, signer: bytes, how: str, keys: Collection[bytes] | None) -> VerifyResult:
    """Add the key of a signature that fits; nothing that was changed since is by that key."""
    name, by_key = fingerprint(signer), result.state != CHANGED and keys is not None and signer in keys
    whose = "whose it is, only its owner's public key tells (--key)" if keys is None else "the key that was given"
    whose = whose if keys is None or signer in keys else "not the key that was given"
    notes = (*result.notes, f"{how} with {name}: {whose}.")
    return replace(result, signer=name, by_key=by_key or result.by_key, notes=notes)


def _check_credentials(result: VerifyResult, keys: Collection[bytes] | None) -> VerifyResult:
    """Add what a file's content credentials say, and the signature of the process.json beside it that lists it."""
    manifest, name = _manifest_beside(result.path)
    files = manifest.get("files")
    if isinstance(files, dict) and files.get(name) == file_sha256(result.path):
        result = _check_signature(result, manifest, keys)
    found = read_credentials(result.path)
    if found is None:
        return result
    if not found.holds:
        note = "Its content credentials do not fit it."
        return replace(result, state=CHANGED, by_key=False, notes=(*result.notes, note))
    if found.by_ppp:
        result = replace(
            result, from_ppp=True, statement=result.statement or PROVENANCE, process=result.process or found.process,
            state=UNCHANGED if result.state == UNKNOWN else result.state,
            notes=tuple(note for note in result.notes if note != NO_TRACE_NOTE),
        )  # fmt: skip
    what = "Content credentials" + (": made by a trained model" if found.trained else "")
    if found.signer is None:
        return replace(result, notes=(*result.notes, f"{what}; signed by {found.issuer}."))
    return _signed(result, found.signer, f"{what}; signed", keys)


def _verify_file(path: Path, kind: str) -> VerifyResult:
    pixels, damage = "", None
    if kind == "PNG":
        try:
            text, pixels = _read_png(path)
        except UserError as error:
            damage, text = error, _read_damaged_png(path)
            pixels = CHANGED if text else ""
    else:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            text = find_line(data) or {}
    process, sha256 = text.get("Process", ""), file_sha256(path)
    manifest, name = _manifest_beside(path)
    files = manifest.get("files") or {}
    files = {} if find_mismatch(files, {"*": str}) else files
    ours = name in files and (not process or process == manifest.get("id"))
    same = [other for other, hashed in files.items() if hashed == sha256]
    if ours and files[name] == sha256:
        same = [name]
    notes = []
    if damage is not None and not ours and not text and read_credentials(path) is None:
        raise damage
    if damage is not None:
        notes.append("It is a damaged PNG: not all of its pixels can be read.")
    if ours and find_tampering(manifest):
        state = CHANGED
        notes.append(f"{MANIFEST} beside it, which lists it, was changed itself.")
    elif same and (not ours or same == [name]):
        state = UNCHANGED
        notes.append(f"{MANIFEST} beside it lists the same content, as {same[0]}.")
        if process and process != manifest.get("id"):
            notes.append(f"It was taken over from process {process[:SHORT]}, which this process continues.")
    elif ours:
        state = CHANGED
        notes.append(
            f"{MANIFEST} beside it lists other content for {name}" + (f": this is {same[0]}." if same else ".")
        )
        if pixels == UNCHANGED and not same:
            notes.append("Its pixels are the same: only its metadata or compression changed.")
    else:
        state = pixels or UNKNOWN
        if pixels and damage is None:
            notes.append(f"Its pixels {'match' if pixels == UNCHANGED else 'do not match'} their hash.")
        elif process and damage is None:
            notes.append(f"There is no {MANIFEST} of its process beside it, so changes cannot be detected.")
    if not text and not same:
        notes.append(NO_TRACE_NOTE)
        listed = name in files
        return VerifyResult(path, kind, listed, state=CHANGED if listed else UNKNOWN, notes=tuple(notes))
    return VerifyResult(
        path, kind, True, text.get("Provenance", str(manifest.get("provenance", ""))), text.get("Software", ""),
        process or str(manifest.get("id", "")), state, tuple(notes),
    )  # fmt: skip


def _read_png(path: Path) -> tuple[dict[str, str], str]:
    """Read a PNG's provenance, and whether its pixels match their hash ("" without a hash)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=["PNG"]) as image:
                check_size(image.size, f"{path} cannot be verified.")
                animated = getattr(image, "is_animated", False)
                chunks = {str(key): str(value) for key, value in getattr(image, "text", {}).items()}
                rgb = np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f"{path} cannot be verified.", f"It is a damaged PNG ({error}).", "Get a complete copy of it.")\
            from None  # fmt: skip
    text: dict[str, str] = {key: chunks[key] for key in ("Provenance", "Software", "Process") if key in chunks}
    if "not recorded" not in text.get("Provenance", "") or not text.get("Software", "").startswith("ppp "):
        return {}, ""
    if PIXELS not in chunks or animated:
        return text, ""
    return text, UNCHANGED if pixels_sha256(rgb) == chunks[PIXELS] else CHANGED


def _read_damaged_png(path: Path) -> dict[str, str]:
    """Find the provenance of a PNG that cannot be read to its end; nothing where it is not from ppp."""
    data = path.read_bytes()
    found = {key: match[1].decode("ascii") for key, text in _TEXTS.items() if (match := text.search(data))}
    return found if found.keys() == _TEXTS.keys() else {}


def _manifest_beside(path: Path) -> tuple[dict[str, Any], str]:
    """Find the process.json in a file's folder or the one above, and the file's name in it."""
    path = Path(os.path.abspath(path))
    for folder in (path.parent, path.parent.parent):
        if (folder / MANIFEST).is_file():
            return _read_manifest(folder / MANIFEST), path.relative_to(folder).as_posix()
    return {}, path.name


def _read_manifest(path: Path) -> dict[str, Any]:
    process = read_json(path, f"{path} cannot be read.", "Get a complete copy of it.")
    return process if isinstance(process, dict) else {}


def _verify_process(manifest: Path, path: Path, kind: str) -> VerifyResult:
    """Verify a process.json and the files beside it."""
    process = _read_manifest(manifest)
    if not {"schema", "kind", "ppp_version", "painting"} <= process.keys() and not {"seal", "id_of"} & process.keys():
        return VerifyResult(path, kind, False, notes=(f"{manifest.name} was not written by ppp.",))
    software, statement = f"ppp {process.get('ppp_version', '')}".strip(), str(process.get("provenance", ""))
    if process.get("kind") == "recorded":
        statement = statement or "recorded"
    notes = find_tampering(process)
    files = process.get("files")
    listed = {} if find_mismatch(files, {"*": str}) else files or {}
    there = _files_of(manifest.parent)
    # A process.json may be kept without its process; under that name with one of its files, it stands for the result.
    whole = kind == "folder" or (manifest.name == MANIFEST and bool(there & listed.keys()))
    changed = [n for n, sha256 in listed.items() if n in there and file_sha256(manifest.parent / n) != sha256]
    missing, extra = sorted(listed.keys() - there), sorted(there - listed.keys())
    if changed:
        notes.append(f"Changed: {_shorten(changed)}.")
    if missing and whole:
        notes.append(f"Missing: {_shorten(missing)}.")
    if extra and whole and files is not None:
        notes.append(f"Not of this process: {_shorten(extra)}.")
    if whole:
        spans = ((n, read_ends(manifest.parent / n, _HEAD)) for n in sorted(there) if n.endswith(_STATING))
        false = [n for n, data in spans if find_false_statement(process.get("kind"), data)]
        if false:
            notes.append(f"It says that it is {process.get('kind')}, and of itself something else: {_shorten(false)}.")
    state = CHANGED if notes else UNCHANGED if "seal" in process else UNKNOWN
    if state == UNCHANGED:
        known = f"{len(listed)} of {len(listed)} files exist and are unchanged."
        notes.append(
            known if whole else f"Without the {len(listed)} files that it lists, only {manifest.name} is checked."
        )
    elif state == UNKNOWN:
        notes.append(f"Its {MANIFEST} has no hashes, so changes cannot be detected.")
    if process.get("kind") == "recorded":
        notes.insert(0, "Its frames were taken from a video. ppp cannot know whether that video is a true record.")
    return VerifyResult(path, kind, True, statement, software, str(process.get("id", "")), state, tuple(notes))


def find_tampering(process: Mapping[str, Any]) -> list[str]:
    """Describe what in a process.json does not agree with its kind, its seal, its id or its list of files."""
    notes = [found] if (found := find_contradiction(process)) else []
    sealed = {"seal", "id", "id_of", "files"} & process.keys()
    if not sealed and KINDS.get(str(process.get("kind"))) != "predicted":
        return notes  # as extracted and simulated processes are
    if "seal" not in process:
        notes.append("Its seal was taken out.")
    elif not seal_fits(process):
        notes.append(f"{MANIFEST} itself was changed.")
    if not id_fits(process):
        notes.append("Its id does not match its content (painting, weights, plan, seed, parts).")
    files = process.get("files")
    if not files or find_mismatch(files, {"*": str}):
        notes.append("Its list of files is lost.")
    return notes


def _files_of(folder: Path) -> set[str]:
    """List the files of a result, without the notes that systems leave in every folder that is looked at."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return {path.as_posix() for path in files if not _LITTER.fullmatch(path.name)} - {MANIFEST}


def _shorten(names: list[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
