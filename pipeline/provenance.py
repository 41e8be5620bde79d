"""What every file that ppp writes says of itself, how it is written, and how it is found again (docs/provenance.md).

A file says three things: that it is predicted, which ppp made it, and of which process it is. A process is named by the
SHA-256 of all that decides it (painting, weights, plan, seed, parts), so that the same request has the same name.
Nothing here is a signature: who wants to can remove or write such words.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from .. import __version__
from ..modules.io.files import file_sha256
from .images import PROVENANCE, encode_png, pixels_sha256
from .output import MANIFEST

PIXELS = "Pixels"  # the PNG text that holds the SHA-256 of the picture's pixels
_LINE = re.compile(rb"(predicted, not recorded); ppp ([0-9A-Za-z.+]{1,40}); process ([0-9a-f]{64})")
SHORT = 12  # as many digits of a process's name are shown to people


def canonical_sha256(value: Any) -> str:
    """SHA-256 of a JSON value, the same whatever the order of its keys and its spaces."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # A file name that is no UTF-8 is in Python a text with surrogates.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def name_process(known: Mapping[str, Any]) -> dict[str, Any]:
    """`id` and `id_of` for process.json: the process's name, 64 hex digits, and the keys that it was made of.

    known: all that process.json says before the first frame is painted. Where the painting lay is left out of the
    name, since the same painting may lie elsewhere tomorrow.
    """
    keys = sorted(known)
    return {"id": _id(known, keys), "id_of": keys}


def _id(process: Mapping[str, Any], keys: list[str]) -> str:
    facts = {key: process[key] for key in keys}
    if isinstance(facts.get("painting"), Mapping):
        facts["painting"] = {key: value for key, value in facts["painting"].items() if key != "path"}
    return canonical_sha256(facts)


def id_fits(process: Mapping[str, Any]) -> bool:
    """Whether the name in a process.json is that of what it says."""
    try:
        return bool(_id(process, list(process["id_of"])) == process["id"])
    except (KeyError, TypeError):
        return False


def seal(process: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Process.json with the SHA-256 of every file in its folder (`files`) and of itself without that (`seal`)."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    files = {path.relative_to(folder).as_posix(): file_sha256(path) for path in paths}
    sealed = {key: value for key, value in process.items() if key != "seal"} | {"files": files}
    return sealed | {"seal": canonical_sha256(sealed)}


def seal_fits(process: Mapping[str, Any]) -> bool:
    """Whether a process.json says what it said when it was written."""
    return canonical_sha256({key: value for key, value in process.items() if key != "seal"}) == process.get("seal")


def metadata(process_id: str) -> dict[str, str]:
    """What a picture or video of a process carries."""
    return {"Provenance": PROVENANCE, "Software": f"ppp {__version__}", "Process": process_id}


def one_line(text: Mapping[str, str]) -> str:
    """The same as one line, for formats with room for a comment only."""
    return "; ".join(f"process {value}" if key == "Process" else value for key, value in text.items())


def find_line(data: Any) -> dict[str, str] | None:
    """What `metadata` wrote, found in the bytes of any container (bytes or mmap); None when it is not there."""
    found = _LINE.search(data)
    if not found:
        return None
    statement, version, process = (group.decode("ascii") for group in found.groups())
    return {"Provenance": statement, "Software": f"ppp {version}", "Process": process}


def xmp(text: Mapping[str, str]) -> bytes:
    """The same as an XMP packet (WebP), as the description that picture programs show."""
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{escape(one_line(text))}</rdf:li>'
        "</rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def stamped_png(rgb: np.ndarray, text: Mapping[str, str], *, dpi: int | None = None) -> bytes:
    """(H,W,3) uint8 -> a PNG that carries `text` and the hash of its own pixels, so that repainting it shows."""
    return encode_png(rgb, {**text, PIXELS: pixels_sha256(rgb)}, dpi=dpi)
