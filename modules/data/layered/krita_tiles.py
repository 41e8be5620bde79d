"""Krita's tiles: the pixels of a layer as squares of 64 x 64, each packed with LZF plane by plane."""

import re
from collections.abc import Sequence

import numpy as np

TILE = 64
_HEAD = re.compile(rb"VERSION 2\nTILEWIDTH 64\nTILEHEIGHT 64\nPIXELSIZE (\d{1,2})\nDATA (\d{1,9})\n")
_TILE_HEAD = re.compile(rb"(-?\d{1,7}),(-?\d{1,7}),LZF,(\d{1,7})\n")


def read_tiles(
    data: bytes, default: bytes, planes: Sequence[int], canvas: tuple[int, int], place: tuple[int, int]
) -> np.ndarray:
    """Lay a layer's tiles on the canvas: (H,W,planes) uint8.

    Args:
        default: the pixel that is everywhere where no tile is; its length is that of the pixels.
        planes: which bytes of a pixel are wanted.
        canvas: width and height.
        place: x and y of the layer on it.

    Raises:
        ValueError, IndexError: the tiles are damaged, or do not fit the pixel.
    """
    head = _HEAD.match(data)
    if head is None or int(head[1]) != len(default):
        raise ValueError(f"its tiles are not those of pixels of {len(default)} bytes")
    width, height = canvas
    pixels = np.empty((height, width, len(planes)), np.uint8)
    pixels[:] = [default[plane] for plane in planes]
    at, room = head.end(), (width // TILE + 2) * (height // TILE + 2)
    for _ in range(int(head[2])):
        line = _TILE_HEAD.match(data, at)
        if line is None:
            raise ValueError("a tile is missing")
        stored = data[line.end() : line.end() + int(line[3])]
        at = line.end() + int(line[3])
        x, y = int(line[1]) + place[0], int(line[2]) + place[1]
        left, top, right, bottom = max(x, 0), max(y, 0), min(x + TILE, width), min(y + TILE, height)
        if left < right and top < bottom:
            if (room := room - 1) < 0:
                raise ValueError("its tiles lie over each other")
            tile = _unpack_tile(stored, len(default))
            pixels[top:bottom, left:right] = tile[top - y : bottom - y, left - x : right - x, planes]
    return pixels


def _unpack_tile(stored: bytes, depth: int) -> np.ndarray:
    """Unpack a tile of pixels of `depth` bytes: (64,64,depth) uint8."""
    size = TILE * TILE * depth
    packed = stored[0] == 1
    values = unpack_lzf(stored[1:], size) if packed else stored[1:]
    if len(values) != size:
        raise ValueError(f"a tile has {len(values)} of {size} bytes")
    pixels = np.frombuffer(values, np.uint8)
    return np.moveaxis(pixels.reshape(depth, TILE, TILE), 0, 2) if packed else pixels.reshape(TILE, TILE, depth)


def unpack_lzf(data: bytes, size: int) -> bytes:
    """Unpack LZF, up to about `size` bytes. Raises ValueError or IndexError where it is damaged."""
    out, at, end = bytearray(), 0, len(data)
    while at < end and len(out) < size:
        code = data[at]
        if code < 32:  # so many bytes and one more as they are
            out += data[at + 1 : at + code + 2]
            at += code + 2
            continue
        length = (code >> 5) + 2  # bytes that stood further back already
        if length == 9:
            at += 1
            length += data[at]
        back = ((code & 31) << 8) + data[at + 1] + 1
        at += 2
        if back > len(out):
            raise ValueError("it repeats what was not there")
        again = out[-back : len(out) - back + length]
        out += again if back >= length else (again * (length // back + 1))[:length]
    return bytes(out)
