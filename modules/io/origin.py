"""Origin of files and processes: what they say of themselves, and whether all that they say agrees.

`process.json` has its kind, its provenance in words and, where ppp painted it, an id, the hashes of its files and a
seal; pictures and videos have a statement in their metadata. docs/provenance.md describes all of them.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .errors import UserError
from .png_chunks import SIGNATURE, iterate_chunks

PROVENANCE = "predicted, not recorded"
STATEMENTS = {PROVENANCE: "predicted", "simulated, not recorded": "simulated"}  # in metadata -> kind of process
KINDS = {"recorded": "recorded", "simulated": "simulated", "predicted": "predicted", "rendered": "predicted"}
"""Kinds in process.json -> what its files say of themselves; `rendered` are a prediction's strokes at another size."""
GENERATED = "made by a trained model"
_DIGITAL_SOURCE = b"rainedAlgorithmicMedia"  # IPTC's digital source type, wholly or in part; in XMP and in C2PA
_ENDS = 8_000_000  # bytes at either end of a file that are searched: containers have their metadata there
UNSEALED = ("seal", "signature")  # keys that the seal itself does not cover


def canonical_json(value: Any) -> bytes:
    """Encode a JSON value in one way only, independent of the order of keys and of layout."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # In Python a file name that is not UTF-8 is a string with surrogates.
    return text.encode("utf-8", "surrogatepass")


def canonical_sha256(value: Any) -> str:
    """Return the SHA-256 of a JSON value's only encoding."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def process_id(process: Mapping[str, Any], keys: Iterable[str]) -> str:
    """Compute a process's id of the given keys. The painting's path is not part of it: the file may be moved."""
    facts = {key: process[key] for key in keys}
    if isinstance(facts.get("painting"), Mapping):
        facts["painting"] = {key: value for key, value in facts["painting"].items() if key != "path"}
    return canonical_sha256(facts)


def id_fits(process: Mapping[str, Any]) -> bool:
    """Return whether the id in a process.json matches its content."""
    try:
        return process_id(process, list(process["id_of"])) == process["id"]
    except (KeyError, TypeError):
        return False


def seal_of(process: Mapping[str, Any]) -> str:
    """Compute the seal of a process.json: the SHA-256 of all else in it."""
    return canonical_sha256({key: value for key, value in process.items() if key not in UNSEALED})


def seal_fits(process: Mapping[str, Any]) -> bool:
    """Return whether a process.json is unchanged."""
    return seal_of(process) == process.get("seal")


def find_statement(data: bytes) -> str:
    """Find what a picture or video says of itself: a key of `STATEMENTS`, `GENERATED`, or "" for nothing.

    data: the file, or its beginning and end. Metadata is text in UTF-8 or UTF-16, which PNG may compress.
    """
    for text in (data, *_png_texts(data)):
        for statement in STATEMENTS:
            if any(statement.encode(encoding) in text for encoding in ("utf-8", "utf-16-le", "utf-16-be")):
                return statement
        if _DIGITAL_SOURCE in text:
            return GENERATED
    return ""


def _png_texts(data: bytes) -> Iterable[bytes]:
    """Yield the compressed texts of a PNG, each cut at 64 KB."""
    for kind, body in iterate_chunks(data) if data.startswith(SIGNATURE) else ():
        if kind in (b"zTXt", b"iTXt", b"iCCP"):
            at = body.find(b"\x78")  # zlib's first byte, after key, flags and language
            while 0 <= at < 400:
                try:
                    yield zlib.decompressobj().decompress(body[at:], 65_536)
                    break
                except zlib.error:
                    at = body.find(b"\x78", at + 1)


def read_ends(path: Path, span: int = _ENDS) -> bytes:
    """Read a file's first and last `span` bytes, where its metadata is; a smaller file is read whole."""
    with path.open("rb") as file:
        head = file.read(span)
        size = file.seek(0, 2)
        file.seek(max(len(head), size - span))
        return head + file.read(span)


def check_recorded(source: Path, files: Iterable[Path], metadata: Iterable[str] = ()) -> None:
    """Refuse a source of recordings that says of itself that it was predicted, simulated or generated.

    Args:
        source: a video, or a folder of stills.
        files: the video or the stills.
        metadata: texts that a decoder found in it.

    Raises:
        UserError: its metadata says so, or the process.json of the result that it is a part of.
    """
    fix = "A recording shows somebody painting. A result of ppp is read as it is: give its folder."
    found = find_statement("\n".join(metadata).encode("utf-8", "replace"))
    names = []
    for path in files:
        names.append(path.name)
        found = found or find_statement(read_ends(path))
        if found:
            raise UserError(f"{source} is not a recording.", f'{path.name} says of itself: "{found}".', fix)
    folder = source.absolute()
    for above in (folder, folder.parent) if folder.is_dir() else (folder.parent,):
        try:
            process = json.loads((above / "process.json").read_bytes())
            kind, listed = str(process["kind"]), process.get("files") or {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        within = folder.relative_to(above).as_posix()
        ours = within in (".", "frames", "overlay", *listed) or any(f"{within}/{name}" in listed for name in names)
        if kind != "recorded" and ours:
            raise UserError(f"{source} is not a recording.", f"It belongs to a process that is {kind}.", fix)


def find_contradiction(process: Mapping[str, Any]) -> str:
    """Describe where a process.json says another kind of itself than the rest of it does; "" when all agrees."""
    kind = process.get("kind")
    if kind not in KINDS:
        return f"Its kind is {kind!r}, not {', '.join(KINDS)}."
    said = next((k for words, k in STATEMENTS.items() if words in str(process.get("provenance", ""))), KINDS[kind])
    if said != KINDS[kind]:
        return f"It says that it is {kind}, and its provenance says: {process['provenance']}."
    if KINDS[kind] == "predicted":
        return ""
    if "seal" in process and not seal_fits(process):
        return f"It says that it is {kind}, and was changed after it was sealed."
    if ("id" in process or "id_of" in process) and not id_fits(process):
        return f"It says that it is {kind}, and its id was made of something else."
    if painted := sorted({"weights", "closing", "made_with"} & process.keys()):
        return f"It says that it is {kind}, and has what only a prediction has: {', '.join(painted)}."
    steps = process.get("steps")
    painters = {str(step.get("by") or kind) for step in steps or [] if isinstance(step, dict)} - {kind}
    if kind == "recorded" and painters:
        return f"It says that it is recorded, and its steps that they are by {sorted(painters)[0]}."
    return ""


def find_false_statement(kind: object, data: bytes) -> str:
    """Describe what a file of a process says of itself when that is not the process's kind; "" when it agrees."""
    found = find_statement(data)
    said = STATEMENTS.get(found, "predicted" if found else "")
    return found if said and said != KINDS.get(str(kind), "") else ""
