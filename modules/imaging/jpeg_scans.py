"""Scans of a JPEG: counted before it is decoded, because each of a progressive one goes over all pixels again."""

import re

_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")  # not a stuffed byte, nor a restart, of the compressed data
_END, _SCAN, _ALONE = 0xD9, 0xDA, (0x01, 0xD8)


def count_scans(data: bytes, most: int) -> int:
    """Count the scans of the first picture of a JPEG, up to most + 1; 0 when the data is no JPEG."""
    if not data.startswith(b"\xff\xd8"):
        return 0
    at, scans = 2, 0
    while scans <= most and (found := _MARKER.search(data, at)):
        kind, at = found[1][0], found.end()
        if kind == _END:
            break
        if kind not in _ALONE:
            at += int.from_bytes(data[at : at + 2], "big")
        scans += kind == _SCAN
    return scans
