"""Krita and GIMP files that tests write: the layers of `layered_files.STACK`, or others."""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from layered_files import PICTURES
from PIL import Image

TILE = 64


def pack_lzf(data: bytes) -> bytes:
    """Pack with LZF: repeated bytes as references to the one before, all others as they are."""
    out, plain = bytearray(), bytearray()
    for value, run in ((value, len([*run])) for value, run in groupby(data)):
        plain.append(value)
        run -= 1
        while run >= 3:
            out += b"".join(bytes((len(plain[i : i + 32]) - 1,)) + plain[i : i + 32] for i in range(0, len(plain), 32))
            plain.clear()
            length = min(run, 264)
            out += bytes(((length - 2) << 5, 0)) if length < 9 else bytes((7 << 5, length - 9, 0))
            run -= length
        plain += bytes((value,)) * run
    return bytes(out) + b"".join(
        bytes((len(plain[i : i + 32]) - 1,)) + plain[i : i + 32] for i in range(0, len(plain), 32)
    )


def krita_tiles(pixels: np.ndarray, packed: bool = True, shift: int = 0) -> bytes:
    """Write pixels (H,W,bytes of a pixel) as Krita does; the tiles begin `shift` pixels beside the picture."""
    depth = pixels.shape[2]
    tiles = []
    for y in range(-shift, pixels.shape[0], TILE):
        for x in range(-shift, pixels.shape[1], TILE):
            tile = np.zeros((TILE, TILE, depth), np.uint8)
            part = pixels[max(y, 0) : y + TILE, max(x, 0) : x + TILE]
            top, left = max(-y, 0), max(-x, 0)
            tile[top : top + part.shape[0], left : left + part.shape[1]] = part
            data = b"\1" + pack_lzf(np.moveaxis(tile, 2, 0).tobytes()) if packed else b"\0" + tile.tobytes()
            tiles.append(f"{x},{y},LZF,{len(data)}\n".encode() + data)
    head = f"VERSION 2\nTILEWIDTH {TILE}\nTILEHEIGHT {TILE}\nPIXELSIZE {depth}\nDATA {len(tiles)}\n"
    return head.encode() + b"".join(tiles)


def krita_layer(name: str, file: str, inside: str = "", **attributes: Any) -> str:
    values = {"name": name, "filename": file, "nodetype": "paintlayer", "colorspacename": "RGBA", "opacity": 255}
    values |= {"visible": 1, "compositeop": "normal", "channelflags": "", "x": 0, "y": 0} | attributes
    return f"<layer {_attributes(values)}>{inside}</layer>"


def krita_mask(file: str, **attributes: Any) -> str:
    values = {"filename": file, "nodetype": "transparencymask", "visible": 1, "x": 0, "y": 0} | attributes
    return f"<mask {_attributes(values)}/>"


def _attributes(values: Mapping[str, Any]) -> str:
    return " ".join(f"{key}='{value}'" for key, value in values.items())


KRITA_LAYERS = "".join(
    [
        krita_layer("shade", "disc", x=70, compositeop="multiply"),
        krita_layer(
            "trees", "none", f"<layers>{krita_layer('front', 'disc', x=30, y=40)}</layers>", nodetype="grouplayer"
        ),
        krita_layer("draft", "disc", x=80, y=10, visible=0),
        krita_layer("tree", "disc", x=-20, y=30),
        krita_layer("mountain", "big", x=20, y=40),
        krita_layer("sky", "sky"),
    ]
)


def write_kra(
    path: Path,
    layers: str = KRITA_LAYERS,
    files: Mapping[str, bytes] | None = None,
    canvas: str = 'width="120" height="90"',
) -> Path:
    """Write a Krita file; `files` are added, or take the place of the usual ones (of layers by their mere name)."""
    xml = f"""<?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE DOC PUBLIC '-//KDE//DTD krita 2.0//EN' 'http://www.calligra.org/DTD/krita-2.0.dtd'>
      <DOC xmlns="http://www.calligra.org/DTD/krita" syntaxVersion="2">
      <IMAGE name="My picture" colorspacename="RGBA" {canvas}><layers>{layers}</layers></IMAGE></DOC>"""
    content = {name: krita_tiles(np.asarray(picture)[..., [2, 1, 0, 3]]) for name, picture in PICTURES.items()}
    content |= {"mimetype": b"application/x-krita", "maindoc.xml": xml.encode()} | dict(files or {})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            whole = "." in name.removesuffix(".defaultpixel").removesuffix(".pixelselection") or name == "mimetype"
            archive.writestr(name if whole else f"My picture/layers/{name}", data)
    return path


@dataclass
class XcfLayer:
    """A layer of a GIMP file.

    Attributes:
        pixels: (H,W,bytes of a pixel).
        kind: 0 RGB, 1 RGBA, 2 and 3 grey, 4 and 5 indexed.
        properties: key -> payload, or a number.
        mask: (H,W) uint8.
    """

    name: str
    pixels: np.ndarray
    x: int = 0
    y: int = 0
    kind: int = 1
    properties: dict[int, bytes | int] = field(default_factory=dict)
    mask: np.ndarray | None = None


def _rgba(name: str) -> np.ndarray:
    return np.asarray(PICTURES[name])


GROUP, PATH, MODE, VISIBLE, OPACITY = 29, 30, 7, 8, 6
XCF_LAYERS = [
    XcfLayer("shade", _rgba("disc"), 70, 0, properties={MODE: 30}),
    XcfLayer("trees", _rgba("disc"), 30, 40, properties={GROUP: b""}),
    XcfLayer("front", _rgba("disc"), 30, 40, properties={PATH: struct.pack(">2I", 1, 0)}),
    XcfLayer("draft", _rgba("disc"), 80, 10, properties={VISIBLE: 0}),
    XcfLayer("tree", _rgba("disc"), -20, 30, properties={MODE: 28}),
    XcfLayer("mountain", _rgba("big"), 20, 40),
    XcfLayer("sky", _rgba("sky")[..., :3], kind=0),
]


def write_xcf(
    path: Path,
    layers: Sequence[XcfLayer] = tuple(XCF_LAYERS),
    version: int = 11,
    compression: int = 1,
    size: tuple[int, int] = (120, 90),
    precision: int = 150,
    properties: Mapping[int, bytes | int] | None = None,
) -> Path:
    """Write a GIMP file of a version, its tiles plain (0), in runs (1) or packed with zlib (2)."""
    wide = version >= 11
    data = bytearray(f"gimp xcf {f'v{version:03}' if version else 'file'}\0".encode())
    data += struct.pack(">3I", *size, 0) + (struct.pack(">I", precision) if version >= 4 else b"")
    data += _properties({17: bytes((compression,)), **(properties or {})})

    def pointers(count: int) -> int:
        """Leave room for pointers; returns where."""
        data.extend(bytes(count * (8 if wide else 4)))
        return len(data) - count * (8 if wide else 4)

    def point(at: int, number: int = 0) -> None:
        """Let a pointer lead to the end of what is written."""
        struct.pack_into(">Q" if wide else ">I", data, at + number * (8 if wide else 4), len(data))

    def hierarchy(pixels: np.ndarray) -> None:
        height, width, depth = pixels.shape
        data.extend(struct.pack(">3I", width, height, depth))
        level = pointers(2)
        point(level)
        data.extend(struct.pack(">2I", width, height))
        tiles = [pixels[y : y + TILE, x : x + TILE] for y in range(0, height, TILE) for x in range(0, width, TILE)]
        places = pointers(len(tiles) + 1)
        for number, tile in enumerate(tiles):
            point(places, number)
            data.extend(_pack_tile(tile, compression))

    def item(name: str, head: Iterable[int], more: Mapping[int, bytes | int], pixels: np.ndarray) -> int:
        text = name.encode() + b"\0"
        words = [*head, len(text)]
        data.extend(struct.pack(f">{len(words)}I", *words) + text + _properties(more))
        places = pointers(2)
        point(places)
        hierarchy(pixels)
        return places

    listed = pointers(len(layers) + 2)
    for number, layer in enumerate(layers):
        point(listed, number)
        more = {OPACITY: 255, VISIBLE: 1, MODE: 0, 15: struct.pack(">2i", layer.x, layer.y), **layer.properties}
        height, width = layer.pixels.shape[:2]
        places = item(layer.name, (width, height, layer.kind), more, layer.pixels)
        if layer.mask is not None:
            point(places, 1)
            item("mask", (width, height), {}, layer.mask[..., None])
    path.write_bytes(data)
    return path


def _properties(properties: Mapping[int, bytes | int]) -> bytes:
    payloads = {key: struct.pack(">I", value) if isinstance(value, int) else value for key, value in properties.items()}
    return b"".join(struct.pack(">2I", key, len(value)) + value for key, value in payloads.items()) + bytes(8)


def _pack_tile(tile: np.ndarray, compression: int) -> bytes:
    if compression == 1:
        return b"".join(_pack_runs(tile[..., plane].tobytes()) for plane in range(tile.shape[2]))
    return zlib.compress(tile.tobytes()) if compression == 2 else tile.tobytes()


def _pack_runs(data: bytes) -> bytes:
    out, plain = bytearray(), bytearray()

    def flush() -> None:
        if plain:
            long = len(plain) > 127
            out.extend(struct.pack(">BH", 128, len(plain)) if long else bytes((256 - len(plain),)))
            out.extend(plain)
            plain.clear()

    for value, run in ((value, len([*run])) for value, run in groupby(data)):
        if run == 1:
            plain.append(value)
            continue
        flush()
        out += struct.pack(">BHB", 127, run, value) if run > 127 else bytes((run - 1, value))
    flush()
    return bytes(out)


def noise(size: tuple[int, int], colours: int = 256) -> Image.Image:
    """Make a picture whose neighbouring pixels differ, RGBA."""
    values = np.random.default_rng(0).integers(0, colours, (size[1], size[0], 4), np.uint8)
    values[..., 3] = 255
    return Image.fromarray(values)
