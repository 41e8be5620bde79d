"""Provenance metadata of every file that ppp writes : writing it and finding it again (docs/provenance.md).

The metadata says that the file is predicted, the version of ppp, and the process. A process is identified by the
SHA-256 of everything that determines it (painting, weights, plan, seed, parts), so that the same request has the same
id. Metadata is no signature: anybody can remove or write it. `modules/io/signing.py` signs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image

from .. import __version__
from ..modules.io.files import file_sha256
from ..modules.io.origin import PROVENANCE, UNSEALED, process_id, seal_of
from ..modules.io.png import encode_png, png_info
from ..modules.io.signing import sign
from .images import pixels_sha256
from .output import MANIFEST

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_LINE = re.compile(rb"(predicted, not recorded); ppp ([0-9A-Za-z.+]{1,40}); process ([0-9a-f]{64})")
PIXELS = "Pixels"  # PNG text with the SHA-256 of the picture's pixels
SHORT = 12  # displayed digits of a process id


def name_process(known: Mapping[str, Any]) -> dict[str, Any]:
    """Return `id` and `id_of` for process.json: the process id, 64 hex digits, and the keys that it is made of.

    known: the content of process.json before the first frame is painted. The painting's path is not part of the id,
    since the file may be moved.
    """
    keys = sorted(known)
    return {"id": process_id(known, keys), "id_of": keys}


@dataclass(frozen=True)
class Signing:
    """The key that a result is signed with."""

    key: Ed25519PrivateKey
    credentials: bool = False  # whether its pictures and videos get content credentials (C2PA), too


def seal(
    process: dict[str, Any], folder: Path, signing: Signing | None = None, painting: Path | None = None
) -> dict[str, Any]:
    """Add the SHA-256 of every file in the folder (`files`), of the process.json itself (`seal`), and a `signature`.

    painting: the file that was predicted from, which content credentials name.
    """
    if signing is not None and signing.credentials:
        from .content_credentials import add_credentials

        add_credentials(folder, process, signing.key, painting)
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    files = {path.relative_to(folder).as_posix(): file_sha256(path) for path in paths}
    sealed = {key: value for key, value in process.items() if key not in UNSEALED} | {"files": files}
    sealed["seal"] = seal_of(sealed)
    return sign(sealed, signing.key) if signing is not None else sealed


def metadata(process_id: str) -> dict[str, str]:
    """Return the metadata for pictures and videos of a process."""
    return {"Provenance": PROVENANCE, "Software": f"ppp {__version__}", "Process": process_id}


def one_line(text: Mapping[str, str]) -> str:
    """Format metadata as one line, for formats that have only a comment."""
    return "; ".join(f"process {value}" if key == "Process" else value for key, value in text.items())


def find_line(data: Any) -> dict[str, str] | None:
    """Find the metadata line in the bytes of any container (bytes or mmap), or return None."""
    found = _LINE.search(data)
    if not found:
        return None
    statement, version, process = (group.decode("ascii") for group in found.groups())
    return {"Provenance": statement, "Software": f"ppp {version}", "Process": process}


def xmp(text: Mapping[str, str]) -> bytes:
    """Format metadata as an XMP packet (WebP), the description that picture programs show."""
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{escape(one_line(text))}</rdf:li>'
        "</rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def stamped_png(rgb: np.ndarray, text: Mapping[str, str]) -> bytes:
    """Encode (H,W,3) uint8 as a PNG with `text` and the hash of its pixels, which reveals edits."""
    return encode_png(rgb, {**text, PIXELS: pixels_sha256(rgb)})


def save_stamped(image: Image.Image, path: Path, text: Mapping[str, str], dpi: int) -> None:
    """Save a large RGB picture as `stamped_png` encodes one, for print; nothing of its size is made for that."""
    info = png_info({**text, PIXELS: pixels_sha256(image)})
    image.save(path, "PNG", pnginfo=info, dpi=(dpi, dpi), compress_level=2)
