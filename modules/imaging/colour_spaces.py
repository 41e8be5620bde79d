"""Colour spaces of picture files, converted to sRGB: ICC profiles, and what PNG, AVIF and EXIF say without one.

Primaries and a gamma become an ICC profile too, so that one library (LittleCMS, through Pillow) converts them all.
"""

import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageCms

from ..io.png_chunks import find_chunk

SRGB_GAMMA = 0.45455  # the exponent that files write for sRGB's curve
SAME_GAMMA = 0.05  # share by which one may differ and still mean that curve, as in libpng
_GAMMAS = (0.1, 2.0)  # lowest and highest that are believed
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_D50 = np.array([0.9642, 1.0, 0.8249])
_GREYS = ("1", "L", "LA", "La", "I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_HDR = {16: "PQ", 18: "HLG"}

Chromaticities = tuple[float, ...]  # x and y of white, red, green, blue
_D65 = (0.3127, 0.3290)
SRGB: Chromaticities = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
ADOBE_RGB: Chromaticities = (*_D65, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
# ITU-T H.273, which PNG (cICP) and AVIF (nclx) number their colours by: primaries, and gammas (None: sRGB's curve)
_PRIMARIES: dict[int, Chromaticities] = {
    1: SRGB, 9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046), 12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
}  # fmt: skip
_TRANSFERS: dict[int, float | None] = {1: None, 4: 1 / 2.2, 5: 1 / 2.8, 6: None, 8: 1.0, 13: None, 14: None, 15: None}


@dataclass(frozen=True)
class ColourSpace:
    """Primaries, and the gamma of a file's values; None stands for sRGB's curve."""

    chromaticities: Chromaticities = SRGB
    gamma: float | None = None

    @property
    def is_srgb(self) -> bool:
        near = np.allclose(self.chromaticities, SRGB, atol=0.002)
        return near and self.gamma is None

    def profile(self) -> bytes:
        """Make the ICC profile (version 2, matrix and curve; ICC.1:2001-04)."""
        curve = _curve(self.gamma)
        tags = {name + b"TRC": curve for name in (b"r", b"g", b"b")} | {
            b"wtpt": _xyz(_D50), b"desc": b"desc" + bytes(4) + struct.pack(">I", 2) + b"x\0" + bytes(78),
            b"cprt": b"text" + bytes(4) + b"x\0",
        }  # fmt: skip
        tags |= {
            name + b"XYZ": _xyz(column) for name, column in zip((b"r", b"g", b"b"), self._colorants().T, strict=True)
        }
        start = 128 + 4 + 12 * len(tags)
        table, data = struct.pack(">I", len(tags)), b""
        for name, body in tags.items():
            table += name + struct.pack(">II", start + len(data), len(body))
            data += body + bytes(-len(body) % 4)
        head = struct.pack(
            ">I4sI4s4s4s12s4s", start + len(data), b"lcms", 0x02400000, b"mntr", b"RGB ", b"XYZ ", bytes(12), b"acsp"
        )
        return (head.ljust(68, b"\0") + _fixed(_D50)).ljust(128, b"\0") + table + data

    def _colorants(self) -> np.ndarray:
        """XYZ of red, green and blue, one a column, as they look under D50."""
        white, *primaries = (
            np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in zip(*[iter(self.chromaticities)] * 2, strict=True)
        )
        matrix = np.stack(primaries, axis=1)
        matrix = matrix * np.linalg.solve(matrix, white)
        cones = np.diag((_BRADFORD @ _D50) / (_BRADFORD @ white))
        return np.linalg.inv(_BRADFORD) @ cones @ _BRADFORD @ matrix


def find_profile(image: Image.Image, data: bytes) -> tuple[bytes, str]:
    """Find the ICC profile of an opened picture file, or make it of what else the file says of its colours.

    Args:
        data: the file's bytes, b"" where there is none.

    Returns:
        The profile, b"" for sRGB; and a note for colours that cannot be converted, else "".
    """
    coded = _coded(image, data)
    if coded and coded[1] in _HDR:
        return b"", f"its colours are HDR ({_HDR[coded[1]]}), which is not converted: they may look flat"
    if coded and coded[0] in _PRIMARIES and coded[1] in _TRANSFERS:
        space: ColourSpace | None = ColourSpace(_PRIMARIES[coded[0]], _TRANSFERS[coded[1]])
    elif profile := image.info.get("icc_profile"):
        # One of colours says nothing of greys.
        return (b"" if image.mode in _GREYS and profile[16:20] == b"RGB " else bytes(profile)), ""
    elif image.format == "PNG":
        space = _png_space(image.info)
    else:
        space = ColourSpace(ADOBE_RGB, 1 / 2.2) if _is_adobe_rgb(image) else None
    try:
        return (b"" if space is None or space.is_srgb else space.profile()), ""
    except (np.linalg.LinAlgError, struct.error, ZeroDivisionError, ValueError):
        return b"", ""  # chromaticities that are no colours


def _coded(image: Image.Image, data: bytes) -> tuple[int, int] | None:
    """Numbers of the primaries and the transfer function after H.273, which count before a profile in a PNG."""
    if image.format == "PNG" and len(body := find_chunk(data, b"cICP")) == 4:
        return body[0], body[1]
    at = data.find(b"colrnclx", 0, 10_000) if image.format == "AVIF" and not image.info.get("icc_profile") else -1
    return struct.unpack_from(">HH", data, at + 8) if 0 <= at <= len(data) - 12 else None


def _png_space(info: Mapping[Any, Any]) -> ColourSpace | None:
    """Read gAMA and cHRM, which a chunk sRGB overrules (PNG specification 11.3.2)."""
    gamma, chromaticities = info.get("gamma"), tuple(info.get("chromaticity", ()))
    if "srgb" in info or gamma is None:
        return None
    if not _GAMMAS[0] <= gamma <= _GAMMAS[1]:
        return None
    same = abs(gamma / SRGB_GAMMA - 1) <= SAME_GAMMA
    usable = len(chromaticities) == 8 and all(y > 0 for y in chromaticities[1::2])
    return ColourSpace(chromaticities if usable else SRGB, None if same else gamma)


def _is_adobe_rgb(image: Image.Image) -> bool:
    """Whether EXIF says Adobe RGB, the way in which cameras do (DCF 2.0: interoperability R03)."""
    try:
        return str(image.getexif().get_ifd(ExifTags.IFD.Interop).get(1, "")).startswith("R03")
    except Exception:
        return False  # damaged EXIF, reported by many types of exception


def convert_to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert a picture without alpha to sRGB; one that the profile does not fit, or a damaged profile, as it is."""
    try:
        converted = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # its colours are unknown, the picture is still there
    return image if converted is None else converted


def convert_grey(levels: np.ndarray, profile: bytes) -> np.ndarray:
    """Convert (H,W) float grey in [0,1] of any depth by a profile of greys, or of colours, along its curve."""
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    for source in (ramp, ramp.convert("RGB")):
        if (converted := convert_to_srgb(source, profile)) is not source:
            curve = np.asarray(converted, np.float32)[0, :, 1] / 255
            return np.interp(levels, np.linspace(0, 1, 256), curve).astype(np.float32)
    return levels


def _curve(gamma: float | None) -> bytes:
    """Make a tone curve: a gamma, or sRGB's as a table."""
    if gamma is not None:
        return b"curv" + bytes(4) + struct.pack(">IHH", 1, round(256 / gamma), 0)
    values = np.linspace(0, 1, 1024)
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return b"curv" + bytes(4) + struct.pack(">I", 1024) + np.round(light * 65535).astype(">u2").tobytes()


def _xyz(values: np.ndarray) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(values)


def _fixed(values: np.ndarray) -> bytes:
    """Write numbers as s15Fixed16."""
    return b"".join(struct.pack(">i", round(float(value) * 65536)) for value in values)
