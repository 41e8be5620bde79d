"""A comment for a WebM file whose writer (OpenCV) takes none: a Tags element at its end, named in its contents.

WebM is Matroska (RFC 9559), which is EBML (RFC 8794): elements of an id, a size and content.
"""

from __future__ import annotations

from pathlib import Path

_HEADER, _SEGMENT, _SEEK_HEAD, _SEEK, _VOID = 0x1A45DFA3, 0x18538067, 0x114D9B74, 0x4DBB, 0xEC
_SEEK_ID, _SEEK_POSITION = 0x53AB, 0x53AC
_TAGS, _TAG, _TARGETS, _SIMPLE_TAG, _TAG_NAME, _TAG_STRING = 0x1254C367, 0x7373, 0x63C0, 0x67C8, 0x45A3, 0x4487


def _number(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """The EBML number at a place, its marker bit included, and how many bytes it takes."""
    length = 9 - data[at].bit_length()
    return int.from_bytes(data[at : at + length], "big"), length


def _open(data: bytes | bytearray, at: int) -> tuple[int, int, int]:
    """The element at a place: its id, where its content begins and where that ends."""
    name, n = _number(data, at)
    size, m = _number(data, at + n)
    begin = at + n + m
    return name, begin, begin + (size & ((1 << (7 * m)) - 1))


def _size(value: int, length: int) -> bytes:
    return (value | 1 << (7 * length)).to_bytes(length, "big")


def _element(name: int, content: bytes, length: int = 1) -> bytes:
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + _size(len(content), length) + content


def add_comment(path: Path, comment: str) -> None:
    """Add a COMMENT tag to a finished WebM file. A file of another build than FFmpeg's is left as it is.

    The segment's size, and its table of contents where there is room for one more line, are mended.
    """
    data = bytearray(path.read_bytes())
    name, _, end = _open(data, 0)
    if name != _HEADER:
        return
    name, begin, stop = _open(data, end)
    if name != _SEGMENT or begin - end != 12 or stop != len(data):
        return
    simple = _element(_TAG_NAME, b"COMMENT") + _element(_TAG_STRING, comment.encode(), 8)
    tag = _element(_TARGETS, b"") + _element(_SIMPLE_TAG, simple, 8)
    tags = _element(_TAGS, _element(_TAG, tag, 8), 8)
    line = _element(_SEEK_ID, _TAGS.to_bytes(4, "big")) + _element(
        _SEEK_POSITION, (len(data) - begin).to_bytes(8, "big")
    )
    line = _element(_SEEK, line)
    contents, first, last = _open(data, begin)
    void, _, void_end = _open(data, last)
    # The line takes the place of the padding that FFmpeg leaves behind the table.
    left = void_end - last - len(line) - 9
    if contents == _SEEK_HEAD and first - begin == 5 and last - first + len(line) < 127 and void == _VOID and left >= 0:
        data[begin + 4 : begin + 5] = _size(last - first + len(line), 1)
        data[last:void_end] = line + _VOID.to_bytes(1, "big") + _size(left, 8) + bytes(left)
    data += tags
    data[end + 4 : end + 12] = _size(len(data) - begin, 8)
    path.write_bytes(data)
