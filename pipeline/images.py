"""Reading of any picture a person may have, as float32 (H,W,3) RGB in [0,1], upright, on white.

Pillow reads the files: EXIF, palettes, CMYK, colour profiles, the first frame of an animation.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass
from functools import cache
from os import PathLike
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps
from PIL.TiffImagePlugin import BITSPERSAMPLE, PLANAR_CONFIGURATION

from ..modules.io.errors import UserError
from ..modules.io.files import check_file, read_file
from ..modules.io.png_chunks import find_damage

Source = str | PathLike[str] | bytes | np.ndarray | Image.Image
MAX_PIXELS = 64_000_000  # a canvas of this size takes 770 MB as float32; a header may claim thousands of times that
ASPECT_TOLERANCE = 0.03  # share by which the aspects of two pictures of one frame may differ
IN_MEMORY = "the painting"  # what a picture is called that came without a file
_UNREADABLE = ("EPS", "WMF", "BUFR", "GRIB", "HDF5", "MPEG")  # need Ghostscript or Windows, or are no pictures
_INTERLEAVE = "Save it as a PNG, or as a TIFF with interleaved (chunky) channels."
_WITH_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")
_READABLE = "Use a PNG, JPEG, WebP, TIFF, GIF or BMP picture."


@dataclass(frozen=True)
class Picture:
    """A picture ready for the models."""

    rgb: np.ndarray  # (H,W,3) float32 in [0,1]
    path: Path | None  # absolute path of its file, None for one handed over in memory
    sha256: str  # of the file's bytes, or of the pixels in memory
    # of the pixels as 8-bit RGB and their shape, so that the same picture gives the same paintings whichever way it
    # came in
    pixels_sha256: str
    # what a person should know about how it was read, such as "animated: only the first frame is used"
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return self.rgb.shape[1]

    @property
    def height(self) -> int:
        return self.rgb.shape[0]

    @property
    def name(self) -> str:
        return self.path.name if self.path else IN_MEMORY


def read_picture(source: Source | Picture) -> Picture:
    """Read a picture from a path, the bytes of its file, a Pillow image or an array.

    Alpha is laid over white, EXIF rotation applied, an embedded colour profile converted to sRGB.

    Args:
        source: an array is (H,W), (H,W,1), (H,W,3) RGB or (H,W,4) RGBA, of integers over their type's whole range or of
            floats in [0,1]; a Picture is returned as it is.

    Raises:
        UserError: the file is missing, a directory, empty, no picture, truncated, or larger than MAX_PIXELS; or the
            array has another shape, or values that are NaN or outside [0,1].
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, np.ndarray):
        return _without_file(_from_array(source))
    if isinstance(source, Image.Image):
        return _without_file(*_from_pillow(source, "The picture"))
    path, what = None, "This file cannot be read as a picture."
    if isinstance(source, bytes):
        data = source
    else:
        what = f"{source} cannot be read as a picture."
        path = check_file(Path(source), what)
        data = read_file(path, what, "Scale it down and try again.")
    if not data:
        raise UserError(what, "It is empty (0 bytes).", "Get a complete copy of it.")
    rgb, notes = _decode(data, what)
    absolute = path.resolve() if path else None
    return Picture(rgb, absolute, hashlib.sha256(data).hexdigest(), pixels_sha256(quantise(rgb)), notes)


def _without_file(rgb: np.ndarray, notes: tuple[str, ...] = ()) -> Picture:
    sha256 = pixels_sha256(quantise(rgb))
    return Picture(rgb, None, sha256, sha256, notes)


def _decode(data: bytes, what: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Decode the bytes of a file to ((H,W,3) float32 in [0,1], notes). UserError when they are no whole picture."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of large and of slightly broken files; what matters of that is checked below.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_formats()) as image:
                _check_size(image, what)
                if damage := find_damage(data):
                    raise UserError(what, f"It is truncated or damaged: {damage}.", "Get a complete copy of it.")
                return _from_pillow(image, what)
    except UserError:
        raise
    except Image.DecompressionBombError:
        raise UserError(what, "Its header claims far too many pixels.", f"Use at most {_megapixels()}.") from None
    except Image.UnidentifiedImageError:
        raise UserError(what, f"It is {_guess(data)}, not a picture.", _READABLE) from None
    except MemoryError:
        raise UserError(what, "It does not fit into memory.", "Scale it down and try again.") from None
    except Exception as error:
        # Pillow's decoders report damage by a dozen exception types (OSError, SyntaxError, struct.error, ...).
        reason = "it is truncated or damaged" if isinstance(error, OSError) else "it is damaged"
        detail = str(error).strip().rstrip(".") or type(error).__name__
        raise UserError(what, f"Pillow says {reason}: {detail}.", "Get a complete copy of it.") from error


@cache
def _formats() -> tuple[str, ...]:
    """List everything that Pillow reads itself, without starting another program."""
    Image.init()
    return tuple(name for name in Image.ID if name not in _UNREADABLE)


def _guess(data: bytes) -> str:
    """Guess what a file that is no picture is, for the message."""
    head = data[:2000]
    if head.startswith(b"%PDF"):
        return "a PDF document"
    if head.startswith(b"%!PS"):
        return "a PostScript drawing"
    if head[4:8] == b"ftyp" or head.startswith(b"\x1aE\xdf\xa3"):
        return "a video, or a picture in a format that cannot be read here (HEIC, AVIF)"
    if b"<svg" in head:
        return "a vector drawing (SVG)"
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        return "a file of an unknown kind, or damaged"
    return "text" if all(c.isprintable() or c.isspace() for c in text) else "a file of an unknown kind, or damaged"


def _megapixels() -> str:
    return f"{MAX_PIXELS // 1_000_000} million pixels"


def _from_pillow(image: Image.Image, what: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Convert to ((H,W,3) float32 in [0,1], notes). The header is checked before any pixel is decoded."""
    _check_size(image, what)
    notes: list[str] = []
    if getattr(image, "is_animated", False) and image.format in ("GIF", "PNG", "WEBP"):
        notes.append(f"animated: only the first of its {getattr(image, 'n_frames', 'many')} frames is used")
        image.seek(0)
    elif image.format == "TIFF" and getattr(image, "n_frames", 1) > 1:
        notes.append(f"several pages: only the first of {getattr(image, 'n_frames', 1)} is used")
        image.seek(0)
    if image.format == "TIFF" and _has_deep_planes(image):
        raise UserError(
            what, "Its colours are 16-bit planes one after the other, which cannot be read here.", _INTERLEAVE
        )
    image.load()
    image = ImageOps.exif_transpose(image)
    image = _to_srgb(image)
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I", "F"):
        return _deep_grey(image), tuple(notes)
    if _has_alpha(image):
        return _over_white(np.asarray(image.convert("RGBA"))), tuple(notes)
    return _in_unit(np.asarray(image.convert("RGB"))), tuple(notes)


def _has_deep_planes(image: Image.Image) -> bool:
    """Whether a TIFF keeps colours of more than 8 bits in separate planes, which Pillow takes for interleaved ones."""
    tags = getattr(image, "tag_v2", {})
    return tags.get(PLANAR_CONFIGURATION) == 2 and len(bits := tags.get(BITSPERSAMPLE, ())) > 1 and max(bits) > 8


def _in_unit(levels: np.ndarray) -> np.ndarray:
    """Convert uint8 to float32 in [0,1], in one go: a large picture is not held twice."""
    return np.divide(levels, np.float32(255), dtype=np.float32)


def _check_size(image: Image.Image, what: str) -> None:
    """Raise UserError for a picture that is too large, or has no pixels, by its header."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise UserError(
            what, f"It is {width}x{height} pixels large.", f"Scale it down; at most {_megapixels()} are possible."
        )
    if width < 1 or height < 1:
        raise UserError(what, "It has no pixels.", _READABLE)


def _to_srgb(image: Image.Image) -> Image.Image:
    """Convert by the embedded colour profile, if there is a usable one; without one the values are taken as sRGB."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("L", "RGB", "CMYK", "P", *_WITH_ALPHA):
        return image
    # A profile speaks of colour alone: alpha, and colours that stand for "transparent", go past it.
    alpha = image.convert("RGBA").getchannel("A") if _has_alpha(image) else None
    grey = image.mode in ("L", "LA", "La")
    colour = (
        image if image.mode == "CMYK" else image.convert("RGBA" if alpha else "RGB").convert("L" if grey else "RGB")
    )
    try:
        converted = ImageCms.profileToProfile(
            colour, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a damaged or mismatched profile: its colours are unknown, the picture is still there
    if converted is None:
        return image
    converted.info.pop("transparency", None)
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in _WITH_ALPHA or "transparency" in image.info


def _deep_grey(image: Image.Image) -> np.ndarray:
    """Convert 16-bit, 32-bit or float grey to (H,W,3) float32 in [0,1]."""
    values = np.asarray(image).astype(np.float32)
    if not np.isfinite(values).all():
        values = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=0.0)
    if image.mode.startswith("I;16"):
        top = 65535.0
    else:
        # Modes I and F carry no range: the smallest usual one that holds the values.
        highest = float(values.max())
        top = next((t for t in (1.0, 255.0, 65535.0) if highest <= t), highest)
        if image.mode == "I" and top == 1.0:
            top = 255.0
    return np.repeat(np.clip(values / top, 0, 1)[..., None], 3, axis=2)


def _over_white(rgba: np.ndarray) -> np.ndarray:
    """Convert (H,W,4) uint8 to (H,W,3) float32 in [0,1] as it looks on white."""
    colour, alpha = _in_unit(rgba[..., :3]), _in_unit(rgba[..., 3:])
    return colour * alpha + (1 - alpha)


def _from_array(array: np.ndarray) -> np.ndarray:
    """Convert to (H,W,3) float32 in [0,1]; see `read_picture` for what the array may be."""
    what = "The array cannot be used as a picture."
    shape = array.shape
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or array.size == 0:
        raise UserError(what, f"Its shape is {shape}.", "Give (H,W), (H,W,3) RGB or (H,W,4) RGBA.")
    if array.shape[0] * array.shape[1] > MAX_PIXELS:
        raise UserError(what, f"Its shape is {shape}.", f"Scale it down; at most {_megapixels()} are possible.")
    if array.dtype == np.bool_:
        array = array.astype(np.float32)
    elif np.issubdtype(array.dtype, np.integer):
        array = array.astype(np.float32) / np.float32(np.iinfo(array.dtype).max)
    array = array.astype(np.float32)
    if not np.isfinite(array).all() or array.min() < 0 or array.max() > 1:
        raise UserError(
            what,
            f"Its values reach from {array.min()} to {array.max()}.",
            "Give floats in [0,1], or unsigned integers.",
        )
    if array.shape[2] == 4:
        return array[..., :3] * array[..., 3:] + (1 - array[..., 3:])
    return np.repeat(array, 3, axis=2) if array.shape[2] == 1 else np.ascontiguousarray(array)


def same_aspect(size: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two sizes (width, height) have the same shape, but for ASPECT_TOLERANCE."""
    return abs(size[0] / size[1] / (other[0] / other[1]) - 1) <= ASPECT_TOLERANCE


def pixels_sha256(rgb: np.ndarray) -> str:
    """Hash a picture (H,W,3) uint8, its size included: the same SHA-256 for every file with these pixels."""
    digest = hashlib.sha256(f"{rgb.shape[1]}x{rgb.shape[0]}".encode())
    digest.update(np.ascontiguousarray(rgb).data)
    return digest.hexdigest()


def quantise(rgb: np.ndarray) -> np.ndarray:
    """Round (H,W,3) float in [0,1] to the nearest of 256 values, uint8."""
    return cv2.convertScaleAbs(rgb, alpha=255.0)
