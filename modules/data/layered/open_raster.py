"""OpenRaster files (.ora, of Krita, GIMP, MyPaint) as layer trees: a zip of PNG files and `stack.xml`."""

from collections.abc import Mapping
from pathlib import Path
from xml.etree.ElementTree import Element

from ...io.errors import UserError
from .layer_archive import LayerArchive, open_archive, read_number, whole_number
from .layer_names import kind_of_name
from .layer_tree import LayerNode
from .raster_layers import RasterLayer, RasterTree, check_canvas
from .svg_document import MAX_DEPTH


def read_open_raster(path: Path, longest: int, classes: Mapping[str, str], what: str) -> RasterTree:
    """Read an OpenRaster file; the arguments are those of `SvgTree`.

    Layers of another blending mode than normal shade what lies beneath them and are no things of their own.

    Raises a UserError that begins with `what`: it is damaged, or unpacks to more than is reasonable.
    """
    with open_archive(path, "OpenRaster", what) as archive:
        root = archive.xml("stack.xml")
        stack = root.find("stack")
        canvas = (whole_number(root, "w"), whole_number(root, "h"))
        if stack is None or min(canvas) < 1:
            raise UserError(what, "Its stack.xml has no canvas or no stack of layers.", archive.fix)
        check_canvas(canvas, what)
        nodes = _nodes(stack, (0, 0), 1.0, archive, classes, 0)
        return RasterTree(canvas, nodes, archive.merged(canvas), longest, what)


def _nodes(
    stack: Element,
    offset: tuple[int, int],
    opacity: float,
    archive: LayerArchive,
    classes: Mapping[str, str],
    depth: int,
) -> tuple[LayerNode, ...]:
    """List the visible layers and groups of a stack, the lowest first (the file has the uppermost first)."""
    if depth > MAX_DEPTH:
        raise UserError(archive.what, f"Its groups are more than {MAX_DEPTH} deep inside each other.", archive.fix)
    nodes = []
    for element in reversed(stack):
        plain = element.get("composite-op", "svg:src-over") == "svg:src-over"
        if element.get("visibility", "visible") != "visible" or not plain or element.tag not in ("layer", "stack"):
            continue
        name, source = element.get("name", ""), element.get("src", "")
        x, y = offset[0] + whole_number(element, "x"), offset[1] + whole_number(element, "y")
        seen = opacity * _opacity(element)
        children: tuple[LayerNode, ...] = ()
        if element.tag == "stack":
            children = _nodes(element, (x, y), seen, archive, classes, depth + 1)
            if not children:
                continue
        layer = RasterLayer(x, y, seen, lambda source=source: archive.picture(source))  # type: ignore[misc]
        nodes.append(LayerNode(name, kind_of_name(name, classes), layer, children))
    return tuple(nodes)


def _opacity(element: Element) -> float:
    return min(1.0, max(0.0, read_number(element.get("opacity", "1"))))
