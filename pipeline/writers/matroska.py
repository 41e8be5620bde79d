"""Adds a comment to a finished WebM file, since OpenCV writes no metadata: a Tags element with an entry in the index.

WebM is Matroska (RFC 9559), which is EBML (RFC 8794): elements of id, size and content.
"""

from pathlib import Path

_HEADER, _SEGMENT, _SEEK_HEAD, _SEEK, _VOID = 0x1A45DFA3, 0x18538067, 0x114D9B74, 0x4DBB, 0xEC
_SEEK_ID, _SEEK_POSITION = 0x53AB, 0x53AC
_TAGS, _TAG, _TARGETS, _SIMPLE_TAG, _TAG_NAME, _TAG_STRING = 0x1254C367, 0x7373, 0x63C0, 0x67C8, 0x45A3, 0x4487


def _read_number(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """Read an EBML number including its marker bit; return it and its length in bytes."""
    length = 9 - data[at].bit_length()
    return int.from_bytes(data[at : at + length], "big"), length


def _read_element(data: bytes | bytearray, at: int) -> tuple[int, int, int]:
    """Read an element's header; return its id and where its content begins and ends."""
    name, n = _read_number(data, at)
    size, m = _read_number(data, at + n)
    begin = at + n + m
    return name, begin, begin + (size & ((1 << (7 * m)) - 1))


def _encode_size(value: int, length: int) -> bytes:
    return (value | 1 << (7 * length)).to_bytes(length, "big")


def _encode_element(name: int, content: bytes, length: int = 1) -> bytes:
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + _encode_size(len(content), length) + content


def add_comment(path: Path, comment: str) -> None:
    """Add a COMMENT tag to a finished WebM file; a file not laid out as FFmpeg does is left unchanged.

    Updates the segment's size, and its index (SeekHead) if there is room for another entry.
    """
    data = bytearray(path.read_bytes())
    name, _, end = _read_element(data, 0)
    if name != _HEADER:
        return
    name, begin, stop = _read_element(data, end)
    if name != _SEGMENT or begin - end != 12 or stop != len(data):
        return
    simple = _encode_element(_TAG_NAME, b"COMMENT") + _encode_element(_TAG_STRING, comment.encode(), 8)
    tag = _encode_element(_TARGETS, b"") + _encode_element(_SIMPLE_TAG, simple, 8)
    tags = _encode_element(_TAGS, _encode_element(_TAG, tag, 8), 8)
    entry = _encode_element(_SEEK_ID, _TAGS.to_bytes(4, "big")) + _encode_element(
        _SEEK_POSITION, (len(data) - begin).to_bytes(8, "big")
    )
    entry = _encode_element(_SEEK, entry)
    index, first, last = _read_element(data, begin)
    void, _, void_end = _read_element(data, last)
    # The entry takes the place of the padding that FFmpeg leaves behind the index.
    left = void_end - last - len(entry) - 9
    if index == _SEEK_HEAD and first - begin == 5 and last - first + len(entry) < 127 and void == _VOID and left >= 0:
        data[begin + 4 : begin + 5] = _encode_size(last - first + len(entry), 1)
        data[last:void_end] = entry + _VOID.to_bytes(1, "big") + _encode_size(left, 8) + bytes(left)
    data += tags
    data[end + 4 : end + 12] = _encode_size(len(data) - begin, 8)
    path.write_bytes(data)
