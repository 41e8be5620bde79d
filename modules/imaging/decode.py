"""Decoding of picture files to float32 (H,W,3) RGB in [0,1]: upright, in sRGB, on white, within limits.

Pillow reads the files: EXIF, palettes, CMYK, the first frame of an animation. Of documents with layers it is the merged
picture.
"""

import io
import warnings
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, SAMPLEFORMAT

from ..io.errors import UserError
from ..io.limits import MAX_COUNTED, MAX_PIXELS, MAX_SCANS, MAX_SIDE
from ..io.png_chunks import find_damage
from .colour_spaces import convert_grey, convert_to_srgb, find_profile
from .file_kinds import READABLE, find_tiff_fault, name_kind
from .jpeg_scans import count_scans
from .layered_archives import merged_png

_UNREADABLE = ("EPS", "WMF", "BUFR", "GRIB", "HDF5", "MPEG")  # need Ghostscript or Windows, or are no pictures
_WITH_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")
_DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_WHOLE = "Get a complete copy of it."

Notes = tuple[str, ...]


def decode_picture(data: bytes, what: str) -> tuple[np.ndarray, Notes]:
    """Decode the bytes of a file to ((H,W,3) float32 in [0,1], notes).

    Raises UserError, which begins with `what`, when they are no whole picture, or one over the limits.
    """
    if not data:
        raise UserError(what, "It is empty (0 bytes).", _WHOLE)
    if (merged := merged_png(data, what)) is not None:
        data = merged
    fault, fix = find_tiff_fault(data)
    if fault:
        raise UserError(what, f"It is {fault}.", fix)
    if count_scans(data, MAX_SCANS) > MAX_SCANS:
        why = f"It is a JPEG of more than {MAX_SCANS} scans, each of which goes over all of its pixels again."
        raise UserError(what, why, "Save it again, as a JPEG or PNG.")
    try:
        with warnings.catch_warnings():
            # Pillow warns of large and of slightly broken files; what matters of that is checked below.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_formats(data)) as image:
                check_size(image.size, what)
                if damage := find_damage(data):
                    raise UserError(what, f"It is truncated or damaged: {damage}.", _WHOLE)
                return decode_opened(image, what, data)
    except UserError:
        raise
    except Image.DecompressionBombError:
        raise UserError(what, "Its header claims far too many pixels.", f"Use at most {megapixels()}.") from None
    except Image.UnidentifiedImageError:
        kind, fix = name_kind(data)
        raise UserError(what, f"It is {kind}, not a picture." if fix == READABLE else f"It is {kind}.", fix) from None
    except MemoryError:
        raise UserError(what, "It does not fit into memory.", "Scale it down and try again.") from None
    except Exception as error:
        # Pillow's decoders report damage by a dozen exception types (OSError, SyntaxError, struct.error, ...).
        reason = "it is truncated or damaged" if isinstance(error, OSError) else "it is damaged"
        detail = str(error).strip().rstrip(".") or type(error).__name__
        if "MAX_TEXT" in detail:  # Pillow's own limits: 1 MB for each text or profile, 64 MB for all
            fix = "Save it again without its texts."
            raise UserError(what, "Its texts or its colour profile unpack to enormous sizes.", fix) from None
        raise UserError(what, f"Pillow says {reason}: {detail}.", _WHOLE) from error


def _formats(data: bytes) -> tuple[str, ...]:
    """List the formats that a file may have: PNG and JPEG are told by their beginning, before all others are loaded."""
    known = {b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG"}
    return next(((name,) for start, name in known.items() if data.startswith(start)), None) or _all_formats()


@cache
def _all_formats() -> tuple[str, ...]:
    """List everything that Pillow reads without starting another program, HEIC where pillow-heif is installed."""
    with suppress(ImportError):
        import_module("pillow_heif").register_heif_opener()
    Image.init()
    return tuple(name for name in Image.ID if name not in _UNREADABLE)


def megapixels() -> str:
    return f"{MAX_PIXELS // 1_000_000} million pixels"


def check_size(size: tuple[int, int], what: str) -> None:
    """Raise UserError for a picture that is too large, or has no pixels; by its header, before it is decoded."""
    width, height = size
    if width * height > MAX_PIXELS:
        raise UserError(
            what, f"It is {width}x{height} pixels large.", f"Scale it down; at most {megapixels()} are possible."
        )
    if max(size) > MAX_SIDE:
        why, fix = f"It is {width}x{height} pixels large.", f"Cut it; at most {MAX_SIDE} pixels a side are possible."
        raise UserError(what, why, fix)
    if width < 1 or height < 1:
        raise UserError(what, "It has no pixels.", READABLE)


def decode_opened(image: Image.Image, what: str, data: bytes = b"") -> tuple[np.ndarray, Notes]:
    """Convert a Pillow image to ((H,W,3) float32 in [0,1], notes); `data` is its file, where it has one."""
    check_size(image.size, what)
    notes = _first_of_many(image, len(data))
    # What the file says of its values, while it is known how it stores them.
    key = _transparent_key(image)
    profile, note = find_profile(image, data)
    tags = getattr(image, "tag_v2", {}) if image.format == "TIFF" else {}
    image.load()
    image = ImageOps.exif_transpose(image)
    notes += (note,) if note else ()
    if image.mode in _DEEP:
        return _deep_grey(image, tags, profile, key), notes
    if key is not None:
        image.info["transparency"] = key
    # A profile speaks of colour alone: alpha, and colours that stand for "transparent", go past it.
    alpha = image.convert("RGBA").getchannel("A") if _has_alpha(image) else None
    if alpha is not None:
        image = _as_mode("L" if image.mode in ("LA", "La", "L", "1") else "RGB", _as_mode("RGBA", image))
        image.info.pop("transparency", None)
    if profile:
        image = _to_srgb(image, profile)
    rgb = np.divide(np.asarray(_as_mode("RGB", image)), np.float32(255), dtype=np.float32)
    if alpha is not None:
        cover = np.divide(np.asarray(alpha), np.float32(255), dtype=np.float32)[..., None]
        rgb *= cover
        rgb += 1 - cover
    return rgb, notes


def _first_of_many(image: Image.Image, size: int) -> Notes:
    """Go to the first frame or page, and say so. Those of a file of `size` bytes are counted if that is quick."""
    if not getattr(image, "is_animated", False) or image.format not in ("GIF", "PNG", "WEBP", "AVIF", "TIFF"):
        return ()
    count = "many" if image.format in ("GIF", "TIFF") and size > MAX_COUNTED else getattr(image, "n_frames", "many")
    image.seek(0)
    if image.format == "TIFF":
        return (f"several pages: only the first of {count} is used",)
    return (f"animated: only the first of its {count} frames is used",)


def _transparent_key(image: Image.Image) -> int | tuple[int, ...] | None:
    """Find the grey or colour of a PNG that stands for "transparent", in the range in which Pillow gives the values."""
    key = image.info.get("transparency")
    tiles = getattr(image, "tile", [])
    if image.format != "PNG" or not isinstance(key, (int, tuple)) or not tiles:
        return None
    stored = str(tiles[0][3])  # Pillow's name of how the file stores them: "L;4", "RGB;16B"
    if isinstance(key, tuple):
        return tuple(value >> 8 for value in key) if stored == "RGB;16B" else key
    return {"L;2": key * 85, "L;4": key * 17}.get(stored, key)


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in _WITH_ALPHA or "transparency" in image.info


def _as_mode(mode: str, image: Image.Image) -> Image.Image:
    """Convert to a mode; an image that has it already is not copied."""
    return image if image.mode == mode else image.convert(mode)


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert an image without alpha by a profile of its colours."""
    if image.mode in ("P", "YCbCr") or (image.mode == "L" and profile[16:20] == b"RGB "):
        image = image.convert("RGB")
    return convert_to_srgb(image, profile) if image.mode in ("L", "RGB", "CMYK") else image


def _deep_grey(
    image: Image.Image, tags: Mapping[int, Any], profile: bytes, key: int | tuple[int, ...] | None
) -> np.ndarray:
    """Convert 16-bit, 32-bit or float grey to (H,W,3) float32 in [0,1]."""
    levels = np.asarray(image)
    if image.mode == "I" and tags.get(SAMPLEFORMAT, (1,)) == (1,) and tags.get(BITSPERSAMPLE) == (32,):
        levels = levels.view(np.uint32)
    values = levels.astype(np.float32)
    if not np.isfinite(values).all():
        values = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=0.0)
    top = 65535.0
    if not image.mode.startswith("I;16"):
        # Modes I and F carry no range: the smallest usual one that holds the values.
        highest = float(values.max())
        usual = (255.0, 65535.0, 2.0**32) if image.mode == "I" else (1.0, 255.0, 65535.0)
        top = next((top for top in usual if highest <= top), highest)
    grey = np.clip(values / top, 0, 1)
    if tags.get(PHOTOMETRIC_INTERPRETATION) == 0:
        grey = 1 - grey  # white is zero, which Pillow turns for 8 bits only
    if profile:
        grey = convert_grey(grey, profile)
    if isinstance(key, int):
        grey[levels == key] = 1
    return np.repeat(grey[..., None], 3, axis=2)
