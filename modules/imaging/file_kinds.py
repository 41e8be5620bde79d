"""File kinds: what a file that cannot be read as a picture truly is, and the way out of it."""

import codecs
import io
import struct
import warnings
from typing import Any

from PIL.TiffImagePlugin import (
    BITSPERSAMPLE,
    COMPRESSION,
    COMPRESSION_INFO,
    PLANAR_CONFIGURATION,
    SAMPLEFORMAT,
    ImageFileDirectory_v2,
)

READABLE = "Use a PNG, JPEG, WebP, AVIF, TIFF, GIF or BMP picture."
EXPORT = "Export it from its program as a PNG or JPEG."
_HEIC = "Save it as a JPEG or PNG; or: pip install pillow-heif, with which it is read."
_JXL = "Save it as a PNG or JPEG: djxl painting.jxl painting.png"
_DEVELOP = "Develop it with the camera's program, and save it as a JPEG, PNG or 8-bit TIFF."
_SAVE_16 = "Save it as a PNG, or as a TIFF with 8 or 16 bits of interleaved (chunky) colours."
_SUBFILE_TYPE, _SUB_IFDS, _DNG_VERSION, _SAMPLES = 254, 330, 50706, 277
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

# First bytes of formats that are read; a file that begins so and cannot be read is damaged, or rare.
_READ = {
    b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"BM": "BMP", b"\0\0\0\x0cjP  ": "JPEG 2000",
    **dict.fromkeys(_TIFF, "TIFF"),
}  # fmt: skip
# First bytes -> what it is, and the way out
_KNOWN: dict[bytes, tuple[str, str]] = {
    b"%PDF": ("a PDF document", "Save its page as a PNG or JPEG."),
    b"%!PS": ("a PostScript drawing", EXPORT),
    b"\x1aE\xdf\xa3": ("a video (Matroska or WebM)", "Give one picture of it; `ppp data extract` reads recordings."),
    b"\xff\x0a": ("a JPEG XL picture", _JXL),
    b"\0\0\0\x0cJXL ": ("a JPEG XL picture", _JXL),
    b"v/1\x01": ("an OpenEXR picture, whose floats have no white", EXPORT),
    b"#?R": ("a Radiance HDR picture, whose floats have no white", EXPORT),
    b"gimp xcf": ("a document of GIMP (XCF)", EXPORT),
    b"8BPS\0\x02": ("a large document of Photoshop (PSB)", EXPORT),
    b"CSFCHUNK": ("a document of Clip Studio Paint", EXPORT),
    b"\0\xffKA": ("a document of Affinity", EXPORT),
    b"PK\x03\x04": ("a zip archive", "Unpack it, and give a picture."),
    **dict.fromkeys((b"FUJIFILMCCD-RAW", b"IIRO", b"IIU\0", b"FOVb"), ("a camera's raw picture", _DEVELOP)),
    b"version https://git-lfs": ("a pointer of Git LFS, not the file itself", "Fetch it: git lfs pull"),
}
# "mimetype" or first file of a zip archive -> the program's document
_ARCHIVES = {
    b"image/openraster": "OpenRaster",
    b"application/x-krita": "Krita",
    b"Document.archive": "Procreate",
    b"QuickLook/": "Procreate",
}
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def name_kind(data: bytes) -> tuple[str, str]:
    """Name what a file that Pillow does not know is, and what to do about it."""
    head = data[:2000]
    if head[4:8] == b"ftyp":
        return _name_boxes(head)
    if head.startswith(b"PK") and (program := next((v for k, v in _ARCHIVES.items() if k in head), "")):
        return f"a document of {program}", EXPORT
    if found := next((kind for start, kind in _KNOWN.items() if head.startswith(start)), None):
        return found
    riff = head[:4] == b"RIFF" and head[8:12]
    if riff == b"AVI ":
        return "a video (AVI)", _KNOWN[b"\x1aE\xdf\xa3"][1]
    readable = "WebP" if riff == b"WEBP" else next((v for k, v in _READ.items() if head.startswith(k)), "")
    if readable:
        return (
            f"a damaged {readable} picture, or one of a kind that cannot be read",
            "Save it as a PNG, 8 bits a colour.",
        )
    if b"<svg" in head:
        return "a vector drawing (SVG)", EXPORT
    if b"<html" in head.lower() or b"<!doctype html" in head.lower():
        return "a web page", "Save the picture itself, not the page that shows it."
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # the last letter may be cut in two
    except UnicodeDecodeError:
        return "a file of an unknown kind, or damaged", READABLE
    known = all(c.isprintable() or c.isspace() for c in text)
    return "text" if known else "a file of an unknown kind, or damaged", READABLE


def _name_boxes(head: bytes) -> tuple[str, str]:
    """Name a file of boxes (ISO 14496-12) by its brand; a HEIF's may be general, and the true one among the others."""
    size = struct.unpack_from(">I", head)[0]
    brands = [head[at : at + 4] for at in (8, *range(16, min(size, 200), 4))]
    if any(brand in (b"avif", b"avis") for brand in brands):
        return "a damaged AVIF picture", "Get a complete copy of it."
    if any(brand in _HEIF_BRANDS for brand in brands):
        return "a HEIC picture", _HEIC
    if brands[0] == b"crx ":
        return "a camera's raw picture", _DEVELOP
    return "a video (MP4 or QuickTime)", _KNOWN[b"\x1aE\xdf\xa3"][1]


def find_tiff_fault(data: bytes) -> tuple[str, str]:
    """Say what of a TIFF cannot be read right, and the way out; ("", "") when nothing is known against it.

    Pillow takes colours of more than 8 bits in separate planes for interleaved ones, reads a raw picture's preview, and
    knows neither floats nor 32 bits in colours.
    """
    if not data.startswith(_TIFF):
        return "", ""
    try:
        tags = _first_directory(data)
        bits, samples = max(tags.get(BITSPERSAMPLE, (1,))), int(tags.get(_SAMPLES, 1))
        sample_format, planar = max(tags.get(SAMPLEFORMAT, (1,))), tags.get(PLANAR_CONFIGURATION) == 2
        is_raw = _DNG_VERSION in tags or (int(tags.get(_SUBFILE_TYPE, 0)) & 1 and _SUB_IFDS in tags)
        compression = int(tags.get(COMPRESSION, 1))
    except Exception:
        return "", ""  # damaged: reading it says how
    if is_raw or data[8:10] == b"CR":
        return "a camera's raw picture, of which only a small preview could be read", _DEVELOP
    if sample_format == 3 and (samples > 1 or bits != 32):
        return f"a {bits}-bit float TIFF, whose values have no white", _SAVE_16
    if planar and samples > 1 and bits > 8:
        return f"a TIFF with its colours in {bits}-bit planes one after the other, which cannot be read here", _SAVE_16
    if (samples > 1 and bits > 16) or bits > 32:
        return f"a {bits}-bit TIFF, which cannot be read here", _SAVE_16
    if samples == 2 and bits > 8:
        return f"a {bits}-bit TIFF of greys with transparency, which cannot be read here", _SAVE_16
    if compression not in COMPRESSION_INFO:
        return f"a TIFF that is compressed by a method that cannot be read here ({compression})", _SAVE_16
    return "", ""


def _first_directory(data: bytes) -> Any:
    """Read the tags of a TIFF's first page; Pillow's class reads both the plain and the big kind."""
    directory = ImageFileDirectory_v2(data[:16] if b"+" in data[:4] else data[:8])
    file = io.BytesIO(data)
    file.seek(directory.next)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tags that are cut: reading the picture tells
        directory.load(file)
    return directory
