"""Frames as PNG files: (H,W,3) RGB in and out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from .errors import UserError
from .png_chunks import find_damage


def decode_rgb(content: bytes, name: Path) -> np.ndarray:
    """Decode a PNG to (H,W,3) uint8 RGB; `name` is used in the UserError for a damaged one."""
    whole = bool(content) and not find_damage(content, rows=False)
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if whole else None
    if image is None:
        raise UserError(f"{name} cannot be read.", "The picture is missing or damaged.", "Create the process again.")
    return np.ascontiguousarray(image[:, :, ::-1])


def read_rgb(path: Path) -> np.ndarray:
    """Read a PNG as (H,W,3) uint8 RGB. Raises UserError when it is missing or damaged."""
    return decode_rgb(path.read_bytes() if path.is_file() else b"", path)


def encode_rgb(image: np.ndarray) -> bytes:
    """Encode (H,W,3) RGB, float32 in [0,1] or uint8, as PNG."""
    pixels = image if image.dtype == np.uint8 else np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    done, buffer = cv2.imencode(".png", np.ascontiguousarray(pixels[:, :, ::-1]))
    if not done:
        raise OSError(f"a picture of shape {pixels.shape} could not be encoded as PNG")
    return buffer.tobytes()


def write_rgb(path: Path, image: np.ndarray) -> None:
    """Write (H,W,3) RGB, float32 in [0,1] or uint8, as a PNG file."""
    path.write_bytes(encode_rgb(image))
