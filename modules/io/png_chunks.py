"""PNG integrity: chunk checksums and the amount of pixel data, which decoders do not check."""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BLOCK = 1 << 20  # bytes that are decompressed at once
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS")  # what a pixel's colour depends on
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
# Adam7 interlacing: first column and row of each pass, and its column and row steps (PNG specification 8.2)
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def find_damage(data: bytes, rows: bool = True) -> str:
    """Describe the damage of a PNG; "" when it is intact or the data is not a PNG.

    Checks the checksum of every chunk that colours depend on (PNG specification 5.3 and 5.5). Data after the end chunk
    is ignored.

    rows: also check that there are as many pixels as the header says, which takes as long as decoding them.
    """
    if not data.startswith(SIGNATURE):
        return ""
    view, at = memoryview(data), len(SIGNATURE)
    header: tuple[int, ...] = ()
    compressed: list[memoryview] = []
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body, end = view[at + 8 : at + 8 + length], at + 8 + length
        if not kind.isalpha():
            return f"invalid data at byte {at}"
        if end + 4 > len(data):
            break
        if kind in _CRITICAL and zlib.crc32(view[at + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            return f"its {kind.decode()} chunk is damaged"
        if kind == b"IHDR" and length == 13:
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            compressed.append(body)
        elif kind == b"IEND":
            return _find_missing_pixels(header, compressed) if rows and header else ""
        at = end + 4
    return f"it ends at byte {len(data)}"


def iterate_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and body of each chunk of a PNG, no body for the pixels'; a last one that is cut off is left out."""
    at = len(SIGNATURE) if data.startswith(SIGNATURE) else len(data)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            return
        yield kind, b"" if kind == b"IDAT" else data[at + 8 : at + 8 + length]
        at += 12 + length


def find_chunk(data: bytes, kind: bytes) -> bytes:
    """Return the body of the first chunk of a kind that stands before the pixels; b"" where a PNG has none."""
    for found, body in iterate_chunks(data):
        if found == kind:
            return body
        if found == b"IDAT":
            break
    return b""


def png_size(data: bytes) -> tuple[int, int]:
    """Return width and height as the header of a PNG says; (0, 0) when there is none."""
    return struct.unpack_from(">II", data, 16) if data.startswith(SIGNATURE) and len(data) >= 24 else (0, 0)


def _find_missing_pixels(header: tuple[int, ...], compressed: list[memoryview]) -> str:
    """Describe missing or broken pixel data; decompresses in blocks, never more than the header announces."""
    width, height, depth, colour_type, _, _, interlaced = header
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    left = 0
    for x, y, dx, dy in passes:
        across, down = -(-(width - x) // dx), -(-(height - y) // dy)
        if across > 0 and down > 0:
            left += down * (1 + -(-across * depth * _CHANNELS.get(colour_type, 1) // 8))
    decompressor = zlib.decompressobj()
    try:
        for block in compressed:
            rest: bytes | memoryview = block
            while left > 0 and (some := decompressor.decompress(rest, min(left, _BLOCK))):
                left, rest = left - len(some), decompressor.unconsumed_tail
    except zlib.error as error:
        return f"its pixels cannot be decompressed ({str(error).rpartition(': ')[2]})"
    return "pixels are missing" if left > 0 else ""
