"""The one reader of pictures: any a person may have, as float32 (H,W,3) RGB in [0,1], upright, in sRGB, on white.

Paintings, recorded stills, frames in folders and pictures to learn from all come through here.
"""

import hashlib
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ..io.errors import UserError
from ..io.files import check_file, read_file
from .decode import check_size, decode_opened, decode_picture
from .resize import resize

Source = str | PathLike[str] | bytes | np.ndarray | Image.Image
# endings by which pictures are found in folders; a file that is named itself may have any
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".bmp", ".tif", ".tiff")
LAYERED_ENDINGS = (".ora", ".kra", ".krz", ".psd", ".psb", ".xcf")  # paintings with layers
ASPECT_TOLERANCE = 0.03  # share by which the aspects of two pictures of one frame may differ
BAND = 512  # rows that are hashed at a time
IN_MEMORY = "the painting"  # what a picture is called that came without a file


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

    def resized(self, size: tuple[int, int]) -> "Picture":
        """Scale the pixels to (width, height); it stays the picture of its file."""
        if size == (self.width, self.height):
            return self
        rgb = np.clip(resize(self.rgb, size), 0, 1).reshape(size[1], size[0], 3)
        return replace(self, rgb=rgb, pixels_sha256=pixels_sha256(quantise(rgb)))


def read_picture(source: Source | Picture) -> Picture:
    """Read a picture from a path, the bytes of its file, a Pillow image or an array.

    Alpha is laid over white, EXIF rotation applied, an embedded colour profile converted to sRGB.

    Args:
        source: an array is (H,W), (H,W,1), (H,W,3) RGB or (H,W,4) RGBA, of integers over their type's whole range or of
            floats in [0,1]; a Picture is returned as it is.

    Raises:
        UserError: the file is missing, a directory, empty, no picture, truncated, or over the limits of
            `modules/io/limits.py`; or the array has another shape, or values that are NaN or outside [0,1].
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, np.ndarray):
        return _without_file(_from_array(source))
    if isinstance(source, Image.Image):
        return _without_file(*decode_opened(source, "The picture cannot be used."))
    path, what = None, "This file cannot be read as a picture."
    if isinstance(source, bytes):
        data = source
    else:
        what = f"{source} cannot be read as a picture."
        path = check_file(Path(source), what)
        data = read_file(path, what, "Scale it down and try again.")
    rgb, notes = decode_picture(data, what)
    absolute = path.resolve() if path else None
    return Picture(rgb, absolute, hashlib.sha256(data).hexdigest(), pixels_sha256(quantise(rgb)), notes)


def _without_file(rgb: np.ndarray, notes: tuple[str, ...] = ()) -> Picture:
    sha256 = pixels_sha256(quantise(rgb))
    return Picture(rgb, None, sha256, sha256, notes)


def read_levels(path: Path, content: bytes | None = None) -> np.ndarray:
    """Read a picture as (H,W,3) uint8 RGB, without its hashes: one of many, a still or a picture to learn from.

    content: the file's bytes, if they were read already; then `path` is only named in messages.

    Raises UserError as `read_picture` does.
    """
    what = f"{path} cannot be read."
    data = read_file(path, what) if content is None else content
    return quantise(decode_picture(data, what)[0])


def _from_array(array: np.ndarray) -> np.ndarray:
    """Convert to (H,W,3) float32 in [0,1]; see `read_picture` for what the array may be."""
    what = "The array cannot be used as a picture."
    shape = array.shape
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or array.size == 0:
        raise UserError(what, f"Its shape is {shape}.", "Give (H,W), (H,W,3) RGB or (H,W,4) RGBA.")
    check_size((array.shape[1], array.shape[0]), what)
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


def is_picture(path: Path, endings: tuple[str, ...] = PICTURE_ENDINGS) -> bool:
    """Whether a file of a folder is named as a picture; the twins of a Mac (`._a.png`) hold none."""
    return path.suffix.lower() in endings and not path.name.startswith("._")


def is_painting(path: Path) -> bool:
    """Whether a file of a folder is named as a picture, or as a document whose merged picture can be painted."""
    return is_picture(path, PICTURE_ENDINGS + LAYERED_ENDINGS)


def pixels_sha256(rgb: np.ndarray | Image.Image) -> str:
    """Hash a picture, (H,W,3) uint8 or RGB: the same SHA-256 for every file with these pixels in this size."""
    width, height = rgb.size if isinstance(rgb, Image.Image) else rgb.shape[1::-1]
    digest = hashlib.sha256(f"{width}x{height}".encode())
    for top in range(0, height, BAND):  # Pillow copies twice what it gives
        here = (0, top, width, min(top + BAND, height))
        rows = np.asarray(rgb.crop(here)) if isinstance(rgb, Image.Image) else rgb[top : top + BAND]
        digest.update(np.ascontiguousarray(rows).data)
    return digest.hexdigest()


def quantise(rgb: np.ndarray) -> np.ndarray:
    """Round (H,W,3) float in [0,1] to the nearest of 256 values, uint8."""
    return cv2.convertScaleAbs(rgb, alpha=255.0)
