"""GIMP's tiles: the pixels of a layer as squares of up to 64 x 64, plain, in runs (RLE), or packed with zlib."""

import struct
import zlib

import numpy as np

from .raster_layers import MAX_LAYER_PIXELS

TILE = 64
MAX_AGAIN = 20  # times the file's size: what is unpacked of it; pointers may lead to one place again and again


def read_words(data: bytes, at: int, count: int) -> tuple[int, ...]:
    """Read numbers of 32 bits without a sign. Raises struct.error where the data ends before."""
    return struct.unpack_from(f">{count}I", data, at)


def read_pointer(data: bytes, at: int, wide: bool) -> int:
    """Read a place in the file, of 64 bits since version 11. Raises struct.error where the data ends before."""
    return struct.unpack_from(">Q" if wide else ">I", data, at)[0]


class XcfTiles:
    """The tiles of a file."""

    def __init__(self, data: bytes, wide: bool, depth: int, compression: int) -> None:
        """Remember how the tiles of the file are stored.

        Args:
            data: the whole file.
            wide: its pointers have 64 bits.
            depth: bytes of a channel, the upper one first.
            compression: 0 none, 1 runs, 2 zlib.
        """
        self._data, self._wide, self._depth, self._compression = data, wide, depth, compression
        self._pixels = self._bytes = 0

    def read(self, at: int, width: int, height: int, channels: int) -> np.ndarray:
        """Read the pixels of the hierarchy at a place, (H,W,channels) uint8.

        Raises:
            ValueError, IndexError, struct.error, zlib.error: the pixels are damaged or of another size, or all that was
                read of the file is too much.
        """
        self._pixels += width * height
        if self._pixels > MAX_LAYER_PIXELS:
            raise ValueError(f"layers and masks have more than {MAX_LAYER_PIXELS:.0e} pixels")
        depth = channels * self._depth
        level = read_pointer(self._data, at + 12, self._wide)
        if read_words(self._data, at, 3) != (width, height, depth) or read_words(self._data, level, 2) != (
            width,
            height,
        ):
            raise ValueError("its pixels are of another size")
        pixels = np.zeros((height, width, channels), np.uint8)
        places = [(y, x) for y in range(0, height, TILE) for x in range(0, width, TILE)]
        form = f">{len(places)}{'Q' if self._wide else 'I'}"
        pointers = struct.unpack_from(form, self._data, level + 8)
        if not pointers or not pointers[0]:
            return pixels  # it is empty
        for (y, x), pointer in zip(places, pointers, strict=True):
            if not 0 < pointer < len(self._data):
                raise ValueError("a tile is missing")
            part = pixels[y : y + TILE, x : x + TILE]
            part[:] = self._tile(pointer, part.shape[0], part.shape[1], depth)[..., :: self._depth]
        return pixels

    def _tile(self, at: int, height: int, width: int, depth: int) -> np.ndarray:
        """Unpack a tile of pixels of `depth` bytes, (H,W,depth) uint8."""
        size = height * width * depth
        stored = self._data[at : at + TILE * TILE * depth * 3 // 2]  # GIMP itself allows no more
        if self._compression == 1:
            planes, end = [], 0
            for _ in range(depth):
                plane, end = unpack_runs(stored, end, height * width)
                planes.append(plane)
            self._bytes += end
            if self._bytes > MAX_AGAIN * len(self._data):
                raise ValueError("its pointers lead to the same pixels again and again")
            return np.moveaxis(np.frombuffer(b"".join(planes), np.uint8).reshape(depth, height, width), 0, 2)
        values = zlib.decompressobj().decompress(stored, size) if self._compression == 2 else stored[:size]
        if len(values) != size:
            raise ValueError(f"a tile has {len(values)} of {size} bytes")
        return np.frombuffer(values, np.uint8).reshape(height, width, depth)


def unpack_runs(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    """Unpack `size` bytes of runs from a place on; returns also where they end.

    Raises ValueError or IndexError where they are damaged.
    """
    out = bytearray()
    while len(out) < size:
        code = data[at]
        at += 1
        length = code + 1 if code < 127 else 256 - code
        if code in (127, 128):
            length = data[at] * 256 + data[at + 1]
            at += 2
        if code < 128:  # one byte so many times
            out += data[at : at + 1] * length
            at += 1
        else:  # so many bytes as they are
            out += data[at : at + length]
            at += length
    if len(out) != size:
        raise ValueError(f"runs of {len(out)} bytes instead of {size}")
    return bytes(out), at
