"""OpenRaster files (.ora, of Krita, GIMP, MyPaint) as layer trees: a zip of PNG files and `stack.xml`."""

import io
import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from xml.etree.ElementTree import Element

from PIL import Image

from ...io.errors import UserError
from ...io.files import check_file
from ...io.png_chunks import find_damage
from .layer_names import kind_of_name
from .layer_tree import LayerNode
from .raster_layers import RasterLayer, RasterTree, check_canvas, load_layer
from .svg_document import MAX_DEPTH, parse_xml

MAX_FILES = 20_000  # in the archive
MAX_UNPACKED = 2_000_000_000  # bytes of the archive's files together
_FIX = "Save it again as OpenRaster."


def read_open_raster(path: Path, longest: int, classes: Mapping[str, str], what: str) -> RasterTree:
    """Read an OpenRaster file; the arguments are those of `SvgTree`.

    Layers of another blending mode than normal shade what lies beneath them and are no things of their own.

    Raises a UserError that begins with `what`: it is damaged, or unpacks to more than is reasonable.
    """
    try:
        with zipfile.ZipFile(check_file(path, what)) as archive:
            return _read(_Archive(archive, what), longest, classes, what)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise UserError(what, f"It is not a readable OpenRaster file ({error}).", _FIX) from None


class _Archive:
    """The files of an archive, read with a bound on what they unpack to."""

    def __init__(self, archive: zipfile.ZipFile, what: str) -> None:
        self.archive, self.what = archive, what
        files = archive.infolist()
        if len(files) > MAX_FILES or sum(file.file_size for file in files) > MAX_UNPACKED:
            why = f"It unpacks to {sum(file.file_size for file in files) / 1e6:.0f} MB in {len(files)} files."
            raise UserError(what, why, f"Up to {MAX_UNPACKED // 1_000_000} MB in {MAX_FILES} files are read.")
        self.names = {file.filename for file in files}

    def read(self, name: str) -> bytes:
        if name not in self.names:
            raise UserError(self.what, f"It holds no {name}.", _FIX)
        return self.archive.read(name)  # gives no more than the size that was checked

    def picture(self, name: str) -> Image.Image:
        """Read a PNG; its size is checked before it is decoded."""
        data = self.read(name)
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            check_canvas(picture.size, self.what)
            if damage := find_damage(data):
                raise ValueError(damage)
            return picture.convert("RGBA")


def _read(archive: _Archive, longest: int, classes: Mapping[str, str], what: str) -> RasterTree:
    root = parse_xml(archive.read("stack.xml"), what)
    stack = root.find("stack")
    canvas = (_whole(root, "w"), _whole(root, "h"))
    if stack is None or min(canvas) < 1:
        raise UserError(what, "Its stack.xml has no canvas or no stack of layers.", _FIX)
    check_canvas(canvas, what)
    nodes = _nodes(stack, (0, 0), 1.0, archive, classes, 0)
    merged = None
    if "mergedimage.png" in archive.names:
        layer = RasterLayer(0, 0, 1.0, lambda: archive.picture("mergedimage.png"))
        merged = load_layer(layer, "mergedimage.png", what)
        merged = merged if merged.size == canvas else None
    return RasterTree(canvas, nodes, merged, longest, what)


def _nodes(
    stack: Element, offset: tuple[int, int], opacity: float, archive: _Archive, classes: Mapping[str, str], depth: int
) -> tuple[LayerNode, ...]:
    """List the visible layers and groups of a stack, the lowest first (the file has the uppermost first)."""
    if depth > MAX_DEPTH:
        raise UserError(archive.what, f"Its groups are more than {MAX_DEPTH} deep inside each other.", _FIX)
    nodes = []
    for element in reversed(stack):
        plain = element.get("composite-op", "svg:src-over") == "svg:src-over"
        if element.get("visibility", "visible") != "visible" or not plain or element.tag not in ("layer", "stack"):
            continue
        name, source = element.get("name", ""), element.get("src", "")
        x, y = offset[0] + _whole(element, "x"), offset[1] + _whole(element, "y")
        seen = opacity * _opacity(element)
        children: tuple[LayerNode, ...] = ()
        if element.tag == "stack":
            children = _nodes(element, (x, y), seen, archive, classes, depth + 1)
            if not children:
                continue
        layer = RasterLayer(x, y, seen, lambda source=source: archive.picture(source))  # type: ignore[misc]
        nodes.append(LayerNode(name, kind_of_name(name, classes), layer, children))
    return tuple(nodes)


def _whole(element: Element, key: str) -> int:
    """Read a whole number of pixels; 0 where there is none."""
    number = _number(element.get(key, "0"))
    return round(number) if abs(number) < 1e6 else 0


def _opacity(element: Element) -> float:
    return min(1.0, max(0.0, _number(element.get("opacity", "1"))))


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0
