"""Layer archives: the zips that OpenRaster and Krita files are, read with a bound on what they unpack to."""

import io
import math
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree.ElementTree import Element

from PIL import Image

from ...io.errors import UserError
from ...io.files import check_file
from ...io.png_chunks import find_damage
from .raster_layers import RasterLayer, check_canvas, load_layer
from .svg_document import parse_xml

MAX_FILES = 20_000  # in the archive
MAX_UNPACKED = 2_000_000_000  # bytes of the archive's files together, and of all that is read of them
MAX_XML = 16_000_000  # bytes
MERGED = "mergedimage.png"


@contextmanager
def open_archive(path: Path, kind: str, what: str) -> "Iterator[LayerArchive]":
    """Open the archive of a file of layers.

    Args:
        kind: what the program calls such files.

    Raises a UserError that begins with `what`, also for what is read of it later: it is damaged, or unpacks to more
    than is reasonable.
    """
    try:
        with zipfile.ZipFile(check_file(path, what)) as archive:
            yield LayerArchive(archive, f"Save it again as {kind}.", what)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise UserError(what, f"It is not a readable {kind} file ({error}).", f"Save it again as {kind}.") from None


class LayerArchive:
    """An opened archive.

    Attributes:
        names: of its files.
        what: begins the messages of errors.
        fix: ends them.
    """

    def __init__(self, archive: zipfile.ZipFile, fix: str, what: str) -> None:
        self._archive, self.what, self.fix, self._read = archive, what, fix, 0
        files = archive.infolist()
        if len(files) > MAX_FILES or sum(file.file_size for file in files) > MAX_UNPACKED:
            why = f"It unpacks to {sum(file.file_size for file in files) / 1e6:.0f} MB in {len(files)} files."
            raise UserError(what, why, f"Up to {MAX_UNPACKED // 1_000_000} MB in {MAX_FILES} files are read.")
        self._sizes = {file.filename: file.file_size for file in files}
        self.names = self._sizes.keys()

    def read(self, name: str, limit: int = MAX_UNPACKED) -> bytes:
        """Unpack a file of up to `limit` bytes."""
        if name not in self._sizes:
            raise UserError(self.what, f"It holds no {name}.", self.fix)
        size = self._sizes[name]
        self._read += size  # layers may name one file again and again
        if size > limit or self._read > MAX_UNPACKED:
            raise UserError(self.what, f"Its {name} unpacks to {size / 1e6:.0f} MB, which is too much.", self.fix)
        return self._archive.read(name)  # gives no more than the size that was checked

    def xml(self, name: str) -> Element:
        """Read an XML file, as `parse_xml` does."""
        return parse_xml(self.read(name, MAX_XML), self.what)

    def picture(self, name: str) -> Image.Image:
        """Read a PNG; its size is checked before it is decoded."""
        data = self.read(name)
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            check_canvas(picture.size, self.what)
            if damage := find_damage(data):
                raise ValueError(damage)
            return picture.convert("RGBA")

    def merged(self, canvas: tuple[int, int]) -> Image.Image | None:
        """Read the picture that the program itself made of the layers; None where there is none of that size."""
        if MERGED not in self.names:
            return None
        merged = load_layer(RasterLayer(0, 0, 1.0, lambda: self.picture(MERGED)), MERGED, self.what)
        return merged if merged.size == canvas else None


def whole_number(element: Element, key: str) -> int:
    """Read an attribute that is a whole number of pixels; 0 where there is none."""
    number = read_number(element.get(key, "0"))
    return round(number) if abs(number) < 1e6 else 0


def read_number(text: str) -> float:
    """Read a number; 0 where the text is none."""
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0
