"""Frames as PNG files: (H,W,3) RGB in and out, with text where it is wanted."""

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from PIL import PngImagePlugin

from .errors import UserError
from .limits import MAX_PIXELS
from .png_chunks import find_damage, png_size

# Rows as what they differ by from the one above: within 3 % of the size where all filters are tried, sooner.
_FILTER = [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP] if hasattr(cv2, "IMWRITE_PNG_FILTER") else []
SRGB = b"\0"  # body of the chunk of that name: the perceptual intent (PNG specification 11.3.2.5)


def decode_rgb(content: bytes, name: Path) -> np.ndarray:
    """Decode a PNG to (H,W,3) uint8 RGB; `name` is used in the UserError for a damaged one."""
    width, height = png_size(content)
    if width * height > MAX_PIXELS:  # OpenCV would make room for them
        raise UserError(f"{name} cannot be read.", f"Its header claims {width}x{height} pixels.", "Scale it down.")
    whole = bool(content) and not find_damage(content, rows=False)
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if whole else None
    if image is None:
        raise UserError(f"{name} cannot be read.", "The picture is missing or damaged.", "Create the process again.")
    return np.ascontiguousarray(image[:, :, ::-1])


def read_rgb(path: Path) -> np.ndarray:
    """Read a PNG as (H,W,3) uint8 RGB. Raises UserError when it is missing or damaged."""
    return decode_rgb(path.read_bytes() if path.is_file() else b"", path)


def png_info(text: Mapping[str, str]) -> PngImagePlugin.PngInfo:
    """Make the chunks with which Pillow saves a PNG: text, and that its colours are sRGB."""
    info = PngImagePlugin.PngInfo()
    info.add(b"sRGB", SRGB)
    for key, value in text.items():
        info.add_itxt(key, value)
    return info


def encode_rgb(image: np.ndarray) -> bytes:
    """Encode (H,W,3) RGB, float32 in [0,1] or uint8, as PNG."""
    pixels = image if image.dtype == np.uint8 else np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    done, buffer = cv2.imencode(".png", np.ascontiguousarray(pixels[:, :, ::-1]))
    if not done:
        raise OSError(f"a picture of shape {pixels.shape} could not be encoded as PNG")
    return _with_chunks(buffer.tobytes())


def write_rgb(path: Path, image: np.ndarray) -> None:
    """Write (H,W,3) RGB, float32 in [0,1] or uint8, as a PNG file."""
    path.write_bytes(encode_rgb(image))


def encode_png(rgb: np.ndarray, text: Mapping[str, str] | None = None, level: int = 2) -> bytes:
    """Encode (H,W,3) uint8 RGB as a PNG that carries text; the same pixels and text give the same bytes.

    Args:
        text: keys (Latin-1) and values of its text chunks.
        level: zlib's, 1 (fast) to 9 (small).
    """
    options = [cv2.IMWRITE_PNG_COMPRESSION, level, *_FILTER]
    ok, data = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), options)
    if not ok:
        raise UserError("A frame cannot be written as PNG.", f"Its shape is {rgb.shape}.")
    chunks = b"".join(_text_chunk(key, value) for key, value in (text or {}).items())
    return _with_chunks(data.tobytes(), chunks)


def _with_chunks(png: bytes, chunks: bytes = b"") -> bytes:
    """Insert chunks into a PNG, and that its colours are sRGB: otherwise viewers may take them for their screen's."""
    header = 8 + 25  # signature and IHDR, which they may follow at once
    return png[:header] + _chunk(b"sRGB", SRGB) + chunks + png[header:]


def _text_chunk(key: str, value: str) -> bytes:
    """Make an iTXt chunk (UTF-8); PNG specification 11.3.4.5."""
    return _chunk(b"iTXt", key.encode("latin-1") + b"\0\0\0\0\0" + value.encode("utf-8"))


def _chunk(kind: bytes, body: bytes) -> bytes:
    """Make a chunk: length, type, data, checksum; PNG specification 5.3."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
