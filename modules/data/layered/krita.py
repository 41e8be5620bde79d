"""Krita files (.kra, .krz) as layer trees: a zip of `maindoc.xml` and the tiles of every layer."""

from collections.abc import Mapping
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
from PIL import Image

from ...io.errors import UserError
from .krita_tiles import read_tiles
from .layer_archive import LayerArchive, open_archive, read_number, whole_number
from .layer_names import kind_of_name
from .layer_tree import LayerNode
from .raster_layers import LayerMask, RasterLayer, RasterTree, apply_masks, check_canvas
from .svg_document import MAX_DEPTH, local_name

_COLOURS = {
    "RGBA": (4, (2, 1, 0, 3)),
    "RGBA16": (8, (5, 3, 1, 7)),
    "GRAYA": (2, (0, 0, 0, 1)),
    "GRAYA16": (4, (1, 1, 1, 3)),
}
"""Colour space -> bytes of a pixel, and which of them say red, green, blue and alpha (of 16 bits the upper ones)."""


def read_krita(path: Path, longest: int, classes: Mapping[str, str], what: str) -> RasterTree:
    """Read a Krita file; the arguments are those of `SvgTree`.

    Layers of another blending mode than normal, or that inherit the alpha of those below, shade what lies beneath them
    and are no things of their own. Nor are layers without pixels of their own (vectors, clones, fills, filters, files),
    and those that a transform mask moves. Transparency masks count.

    Raises a UserError that begins with `what`: it is damaged, unpacks to more than is reasonable, or a layer is of
    colours that are not read.
    """
    with open_archive(path, "Krita", what) as archive:
        image = next((one for one in archive.xml("maindoc.xml").iter() if local_name(one) == "IMAGE"), None)
        canvas = (0, 0) if image is None else (whole_number(image, "width"), whole_number(image, "height"))
        if image is None or min(canvas) < 1:
            raise UserError(what, "Its maindoc.xml has no canvas.", archive.fix)
        check_canvas(canvas, what)
        nodes = _KritaLayers(archive, canvas, classes).nodes(image, 1.0, (), 0)
        return RasterTree(canvas, nodes, archive.merged(canvas), longest, what)


class _KritaLayers:
    """The layers of an archive; each is read as it lies on the canvas."""

    def __init__(self, archive: LayerArchive, canvas: tuple[int, int], classes: Mapping[str, str]) -> None:
        self.archive, self.canvas, self.classes = archive, canvas, classes
        # The folder is named as the document once was.
        self.paths = {name.rpartition("/layers/")[2]: name for name in archive.names if "/layers/" in name}

    def nodes(self, group: Element, opacity: float, masks: tuple[LayerMask, ...], depth: int) -> tuple[LayerNode, ...]:
        """List the visible layers and groups of a group, the lowest first (the file has the uppermost first)."""
        if depth > MAX_DEPTH:
            why = f"Its groups are more than {MAX_DEPTH} deep inside each other."
            raise UserError(self.archive.what, why, self.archive.fix)
        nodes = []
        for element in reversed(_inside(group, "layers", "layer")):
            plain = element.get("compositeop", "normal") == "normal" and "0" not in element.get("channelflags", "")
            over = [
                one for one in _inside(element, "masks", "mask") + _inside(element, "layers", "mask") if _shown(one)
            ]
            moved = any(one.get("nodetype") == "transformmask" for one in over)
            if not plain or moved or not _shown(element):
                continue
            name, kind = element.get("name", ""), element.get("nodetype")
            seen = opacity * min(1.0, max(0.0, read_number(element.get("opacity", "255")) / 255))
            own = (*masks, *(self._mask(one) for one in over if self._mask_file(one) in self.paths))
            children = self.nodes(element, seen, own, depth + 1) if kind == "grouplayer" else ()
            if children or kind == "paintlayer":
                layer = self._layer(element, name, seen, own) if kind == "paintlayer" else None
                nodes.append(LayerNode(name, kind_of_name(name, self.classes), layer, children))
        return tuple(nodes)

    def _layer(self, element: Element, name: str, opacity: float, masks: tuple[LayerMask, ...]) -> RasterLayer:
        colours = element.get("colorspacename", "")
        if colours not in _COLOURS:
            why = f"Its layer {name!r} is of the colours {colours!r}; {', '.join(_COLOURS)} are read."
            fix = "Choose Image > Convert Image Color Space, RGB/Alpha and 8 bits, and save it again."
            raise UserError(self.archive.what, why, fix)
        size, planes = _COLOURS[colours]

        def load() -> Image.Image:
            pixels = self._pixels(element, element.get("filename", ""), size, planes)
            return apply_masks(Image.fromarray(pixels), 0, 0, masks)

        return RasterLayer(0, 0, opacity, load)

    def _mask_file(self, mask: Element) -> str:
        """Name the pixels of a transparency mask; masks of other kinds (filters, selections) hide nothing."""
        return f"{mask.get('filename')}.pixelselection" if mask.get("nodetype") == "transparencymask" else ""

    def _mask(self, mask: Element) -> LayerMask:
        return LayerMask(
            0, 0, 0, lambda: Image.fromarray(self._pixels(mask, self._mask_file(mask), 1, (0,))[..., 0])
        )  # fmt: skip

    def _pixels(self, element: Element, file: str, size: int, planes: tuple[int, ...]) -> np.ndarray:
        """Read a layer's or mask's pixels of `size` bytes as they lie on the canvas, (H,W,planes)."""
        default = bytes(size)  # transparent
        if (path := self.paths.get(f"{file}.defaultpixel")) and len(stored := self.archive.read(path)) == size:
            default = stored
        place = (whole_number(element, "x"), whole_number(element, "y"))
        return read_tiles(self.archive.read(self.paths.get(file, file)), default, planes, self.canvas, place)


def _inside(element: Element, folder: str, kind: str) -> list[Element]:
    """List the elements of a kind in an element's folder, as the file has them."""
    folders = [one for one in element if local_name(one) == folder]
    return [one for found in folders for one in found if local_name(one) == kind]


def _shown(element: Element) -> bool:
    return element.get("visible", "1") == "1"
