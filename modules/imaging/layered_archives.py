"""Documents of OpenRaster and Krita as pictures: the merged picture that the program stored in them."""

import io
import zipfile
import zlib

from ..io.errors import UserError

MERGED = "mergedimage.png"
MOST_BYTES = 1_000_000_000  # of the merged picture
_KINDS = {"stack.xml": "OpenRaster", "maindoc.xml": "Krita"}  # a file inside -> the program's document
_ZIP = b"PK\x03\x04"


def merged_png(data: bytes, what: str) -> bytes | None:
    """Unpack the merged picture of a document; None for the bytes of anything else.

    Raises UserError, which begins with `what`: the document has none, or is damaged.
    """
    if not data.startswith(_ZIP) or not zipfile.is_zipfile(io.BytesIO(data)):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            kind = next((program for inside, program in _KINDS.items() if inside in names), None)
            if kind is None:
                return None
            fix = f"Save it again with {kind}, or export it as a PNG."
            if MERGED not in names:
                raise UserError(what, f"It is a document of {kind} without a merged picture.", fix)
            if archive.getinfo(MERGED).file_size > MOST_BYTES:
                raise UserError(what, f"The merged picture of this document of {kind} unpacks to enormous sizes.", fix)
            return archive.read(MERGED)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise UserError(what, f"It is a damaged document with layers ({error}).", "Export it as a PNG.") from None
