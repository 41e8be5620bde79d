"""GIMP files (.xcf) as layer trees: layers, groups and masks of any version, whose pixels stand in tiles."""

import re
import struct
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ...io.errors import UserError
from ...io.files import read_file
from .layer_names import kind_of_name
from .layer_tree import LayerNode
from .raster_layers import LayerMask, RasterLayer, RasterTree, apply_masks, check_canvas
from .svg_document import MAX_DEPTH
from .xcf_tiles import XcfTiles, read_pointer, read_words

MAX_XCF_BYTES = 2_000_000_000
MAX_ITEMS = 5000  # layers and groups, hidden ones too
MAX_PROPERTIES, MAX_PAYLOAD, MAX_NAME = 1000, 1024, 1024  # of a layer; in bytes: what is kept of longer ones

_CHANNELS = (3, 4, 1, 2, 1, 2)  # by a layer's type: RGB, grey, indexed, each without and with alpha
_DEPTHS = {150: 1, 250: 2, 350: 4}  # precision -> bytes of a channel: whole numbers of perceptual gamma
_NORMAL, _PASS_THROUGH = (0, 28), 61  # modes
_COLORMAP, _FLOATING, _OPACITY, _MODE, _VISIBLE, _APPLY_MASK, _OFFSETS, _COMPRESSION = 1, 5, 6, 7, 8, 11, 15, 17
_GROUP, _PATH, _FLOAT_OPACITY, _COMPOSITE = 29, 30, 33, 35
_FAR = 2**29  # pixels beside the canvas, as good as any number: Pillow's own numbers end at four times that
_CLIPPED = (2, 3, 4)  # ways of compositing in which a layer is cut to what lies beneath
_FIX = "Save it again as XCF, or as OpenRaster (.ora)."


def read_xcf(path: Path, longest: int, classes: Mapping[str, str], what: str) -> RasterTree:
    """Read a GIMP file; the arguments are those of `SvgTree`.

    Layers of another blending mode than normal, or clipped to those below, shade what lies beneath them and are no
    things of their own; as the file holds no picture of all layers together, the image does not show them. Masks count.

    Raises a UserError that begins with `what`: it is damaged or too large, or of colours that are not read.
    """
    data = read_file(path, what, max_bytes=MAX_XCF_BYTES)
    try:
        return _Xcf(data, what).tree(longest, classes)
    except (struct.error, IndexError, OverflowError):
        raise UserError(what, "It is not a readable GIMP file: it is cut short, or leads to nowhere.", _FIX) from None


@dataclass(frozen=True)
class _Item:
    """A layer or group, or the mask of one: its size, what it is called and its properties, and its pixels' place."""

    width: int
    height: int
    kind: int
    name: str
    properties: Mapping[int, bytes]
    pixels: int
    mask: int = 0

    def word(self, key: int, default: int) -> int:
        """Read a property that is a whole number, with a sign."""
        return struct.unpack(">i", self.properties[key][:4])[0] if key in self.properties else default

    @property
    def opacity(self) -> float:
        if _FLOAT_OPACITY in self.properties:
            return min(1.0, max(0.0, struct.unpack(">f", self.properties[_FLOAT_OPACITY][:4])[0]))
        return min(255, max(0, self.word(_OPACITY, 255))) / 255

    @property
    def place(self) -> tuple[int, int]:
        x, y = struct.unpack(">2i", self.properties[_OFFSETS][:8]) if _OFFSETS in self.properties else (0, 0)
        return max(-_FAR, min(_FAR, x)), max(-_FAR, min(_FAR, y))

    @property
    def path(self) -> tuple[int, ...]:
        """Where in the groups it is: the position of each group from outside in, and its own; () on top level."""
        payload = self.properties.get(_PATH, b"")
        return struct.unpack(f">{len(payload) // 4}I", payload[: len(payload) // 4 * 4])

    @property
    def plain(self) -> bool:
        """Tell whether it is painted over what lies beneath: visible, and in no way that mixes or cuts it."""
        mode = self.word(_MODE, 0)
        normal = mode in _NORMAL or (mode == _PASS_THROUGH and _GROUP in self.properties)
        seen = self.word(_VISIBLE, 1) and _FLOATING not in self.properties
        return bool(normal and seen and self.word(_COMPOSITE, 0) not in _CLIPPED)


class _Xcf:
    """The structures of a file: pointers lead from the image to its layers, and from those to their tiles."""

    def __init__(self, data: bytes, what: str) -> None:
        head = re.match(rb"gimp xcf (?:file|v0(\d\d))\0", data)
        if head is None:
            raise UserError(what, "It is not a GIMP file.", _FIX)
        version = int(head[1] or 0)
        self.data, self.what, self.wide = data, what, version >= 11
        *self.canvas, _ = read_words(data, 14, 3)
        check_canvas(self.size, what)
        precision = read_words(data, 26, 1)[0] if version >= 4 else 150
        if precision not in _DEPTHS:
            why = f"Its colours are of the precision {precision}; whole numbers of perceptual gamma are read."
            raise UserError(what, why, "Choose 8 bit integer, perceptual gamma, as the image's precision.")
        properties, self.at = self._properties(30 if version >= 4 else 26)
        compression = properties.get(_COMPRESSION, b"\0")[0]
        if compression > 2:
            raise UserError(what, f"Its tiles are packed in the unknown way {compression}.", _FIX)
        colours = np.frombuffer(properties.get(_COLORMAP, b"")[4:], np.uint8)
        self.palette = np.zeros((256, 3), np.uint8)
        self.palette.flat[: min(colours.size, 768)] = colours[:768]
        self.tiles = XcfTiles(data, self.wide, _DEPTHS[precision], compression)

    @property
    def size(self) -> tuple[int, int]:
        return self.canvas[0], self.canvas[1]

    def tree(self, longest: int, classes: Mapping[str, str]) -> RasterTree:
        if min(self.canvas) < 1:
            raise UserError(self.what, "It has no canvas.", _FIX)
        inside: dict[tuple[int, ...], dict[tuple[int, ...], _Item]] = defaultdict(dict)
        for item in self._items():
            path = item.path or (len(inside[()]),)
            if len(path) > MAX_DEPTH:
                raise UserError(self.what, f"Its groups are more than {MAX_DEPTH} deep inside each other.", _FIX)
            if path in inside[path[:-1]]:  # a group's layers would be listed once for each of them
                raise UserError(self.what, f"Two of its layers have one place, {item.name!r} is the second.", _FIX)
            inside[path[:-1]][path] = item

        def nodes(group: tuple[int, ...], opacity: float, masks: tuple[LayerMask, ...]) -> tuple[LayerNode, ...]:
            """List the visible layers and groups of a group, the lowest first (the file has the uppermost first)."""
            found = []
            for path, item in reversed(inside[group].items()):
                if not item.plain:
                    continue
                seen = opacity * item.opacity
                own = (*masks, self._mask(item)) if item.mask and item.word(_APPLY_MASK, 1) else masks
                is_group = _GROUP in item.properties
                children = nodes(path, seen, own) if is_group else ()
                if children or not is_group:
                    layer = RasterLayer(*item.place, seen, lambda item=item, own=own: self._picture(item, own))  # type: ignore[misc]
                    found.append(LayerNode(item.name, kind_of_name(item.name, classes), layer, children))
            return tuple(found)

        return RasterTree(self.size, nodes((), 1.0, ()), None, longest, self.what)

    def _items(self) -> list[_Item]:
        """List layers and groups, the uppermost first and a group before what is in it."""
        items: list[_Item] = []
        while pointer := read_pointer(self.data, self.at, self.wide):
            self.at += 8 if self.wide else 4
            if len(items) == MAX_ITEMS:
                raise UserError(self.what, f"It has more than {MAX_ITEMS} layers.", "Merge the layers of one thing.")
            items.append(self._item(pointer, 3))
        return items

    def _item(self, at: int, words: int) -> _Item:
        """Read a layer, whose head has 3 words, or the channel of a mask, which has 2."""
        width, height, *kind = read_words(self.data, at, words)
        (length,) = read_words(self.data, at + 4 * words, 1)
        at += 4 * words + 4
        name = self.data[at : at + min(length, MAX_NAME)].split(b"\0")[0].decode(errors="replace")
        properties, at = self._properties(at + length)
        pointers = [read_pointer(self.data, at + step, self.wide) for step in ((0, 8) if self.wide else (0, 4))]
        return _Item(width, height, kind[0] if kind else 2, name, properties, *pointers)

    def _properties(self, at: int) -> tuple[dict[int, bytes], int]:
        """Read a list of properties; returns also where it ends."""
        found: dict[int, bytes] = {}
        for _ in range(MAX_PROPERTIES):
            key, length = read_words(self.data, at, 2)
            at += 8
            if key == 0:
                return found, at
            found[key] = self.data[at : at + min(length, MAX_PAYLOAD)]
            at += length
        raise UserError(self.what, f"A layer has more than {MAX_PROPERTIES} properties.", _FIX)

    def _mask(self, item: _Item) -> LayerMask:
        """Make the mask of a layer or group, which has its size and place."""
        pixels = self._item(item.mask, 2).pixels

        def load() -> Image.Image:
            check_canvas((item.width, item.height), self.what)
            return Image.fromarray(self.tiles.read(pixels, item.width, item.height, 1)[..., 0])

        return LayerMask(*item.place, 0, load)

    def _picture(self, item: _Item, masks: tuple[LayerMask, ...]) -> Image.Image:
        """Read a layer's pixels with its own mask and those of the groups around it."""
        check_canvas((item.width, item.height), self.what)
        count = _CHANNELS[item.kind]
        stored = self.tiles.read(item.pixels, item.width, item.height, count)
        rgba = np.full((item.height, item.width, 4), 255, np.uint8)
        rgba[..., :3] = self.palette[stored[..., 0]] if item.kind >= 4 else stored[..., : 3 if count >= 3 else 1]
        if item.kind % 2:
            rgba[..., 3] = stored[..., -1]
        return apply_masks(Image.fromarray(rgba), *item.place, masks)
