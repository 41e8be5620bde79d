"""The chunks of a PNG: whether all of them are whole. Decoders may read damaged ones as if nothing were missing."""

from __future__ import annotations

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BLOCK = 1 << 20  # bytes that are unpacked at once
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS")  # what a pixel's colour depends on


_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of the colour types
# interlacing in seven passes: first column and row, and the steps between (PNG specification 8.2)
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def find_damage(data: bytes, rows: bool = True) -> str:
    """What is wrong with a PNG's bytes; "" when its pixels are all there, or for what is no PNG.

    Checks what decoders leave out: the checksum of every chunk that colours depend on (PNG specification 5.3 and 5.5)
    and, with `rows`, that the packed pixels are as many as the header says (which takes as long as decoding them).
    What lies behind the end chunk does not matter.
    """
    if not data.startswith(SIGNATURE):
        return ""
    view, at = memoryview(data), len(SIGNATURE)
    header: tuple[int, ...] = ()
    packed: list[memoryview] = []
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body, end = view[at + 8 : at + 8 + length], at + 8 + length
        if not kind.isalpha():
            return f"rubbish at byte {at}"
        if end + 4 > len(data):
            break
        if kind in _CRITICAL and zlib.crc32(view[at + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            return f"its {kind.decode()} chunk is damaged"
        if kind == b"IHDR" and length == 13:
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed.append(body)
        elif kind == b"IEND":
            return _missing(header, packed) if rows and header else ""
        at = end + 4
    return f"it ends at byte {len(data)}"


def _missing(header: tuple[int, ...], packed: list[memoryview]) -> str:
    """What is wrong with packed pixels. Unpacks them block by block, never more than the header says."""
    width, height, depth, colours, _, _, interlaced = header
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    left = 0
    for x, y, dx, dy in passes:
        across, down = -(-(width - x) // dx), -(-(height - y) // dy)
        if across > 0 and down > 0:
            left += down * (1 + -(-across * depth * _CHANNELS.get(colours, 1) // 8))
    unpacker = zlib.decompressobj()
    try:
        for block in packed:
            rest: bytes | memoryview = block
            while left > 0 and (some := unpacker.decompress(rest, min(left, _BLOCK))):
                left, rest = left - len(some), unpacker.unconsumed_tail
    except zlib.error as error:
        return f"its pixels cannot be unpacked ({str(error).rpartition(': ')[2]})"
    return "pixels are missing" if left > 0 else ""
