"""Generated corpus of good, odd and bad picture files with the expected outcome of reading each.

Every format that Pillow or OpenCV write, in every colour model; truncated at many points; with flipped bits; headers
that claim more than there is; odd sizes, EXIF orientations, animations, profiles, names, and things in the file system
that are not files. A case expects its pixels, an error, or (where a format has no checksum and a flipped bit is just
another picture) either.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import PIL
from PIL import Image, ImageCms

from ppp.modules.io.png_chunks import ADAM7

Expected = Literal["read", "refused", "read or refused", "any"]
SIZE = (64, 48)
TURNED = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # EXIF orientation -> the Pillow transposition that undoes it


@dataclass(frozen=True)
class Case:
    """A file and the expected outcome of reading it.

    Attributes:
        name: of the case, and of the file unless `file` is given.
        content: its bytes, or a function that creates it at a path.
        expected: "read" = `pixels` within `tolerance`; "refused" = a UserError; "read or refused" = one of the two;
            "any" = a picture of any content, or a UserError.
        pixels: (H,W,3) float in [0,1].
        tolerance: largest mean difference.
        file: name of the file.
    """

    name: str
    content: bytes | Callable[[Path], None]
    expected: Expected
    pixels: np.ndarray | None = None
    tolerance: float = 0.004
    file: str = ""

    def write(self, folder: Path) -> Path:
        """Create the file in a folder of its own below `folder` and return its path."""
        here = folder / f"{abs(hash_of(self.name)):08x}"
        shutil.rmtree(here, ignore_errors=True)
        here.mkdir(parents=True)
        path = here / (self.file or self.name.replace("/", "_"))
        if isinstance(self.content, bytes):
            path.write_bytes(self.content)
        else:
            self.content(path)
        return path


def hash_of(name: str) -> int:
    """Return a hash that is the same in every process."""
    return zlib.crc32(name.encode("utf-8", "surrogateescape"))


def scene(size: tuple[int, int] = SIZE) -> np.ndarray:
    """Draw (H,W,3) uint8, smooth and without symmetry, so that turned, swapped or missing pixels are noticed."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / max(1, width - 1), y / max(1, height - 1)
    rgb = np.stack([30 + 200 * x, 220 - 180 * y, 60 + 120 * x * y + 40 * y], axis=2)
    return rgb.round().astype(np.uint8)


def alpha(size: tuple[int, int] = SIZE) -> np.ndarray:
    """Draw (H,W) uint8: opaque on the left, transparent on the right."""
    return np.broadcast_to(np.linspace(255, 0, size[0]).astype(np.uint8), size[::-1]).copy()


def on_white(rgb: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """Compose colours with alpha on white as (H,W,3) float in [0,1]."""
    share = cover[..., None] / 255
    return rgb / 255 * share + 1 - share


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    data = io.BytesIO()
    with warnings.catch_warnings():  # Pillow gives some old formats up in years to come
        warnings.simplefilter("ignore")
        image.save(data, form, **options)
    return data.getvalue()


def _modes() -> dict[str, tuple[Image.Image, np.ndarray]]:
    """Return for every Pillow mode a picture and its colours, (H,W,3) float in [0,1]."""
    rgb = Image.fromarray(scene())
    grey = rgb.convert("L")
    deep = np.linspace(0, 65535, SIZE[0] * SIZE[1]).reshape(SIZE[::-1])
    three = lambda plane: np.repeat(np.asarray(plane, np.float64)[..., None], 3, axis=2)  # noqa: E731
    cover = Image.fromarray(alpha())
    rgba, la = rgb.copy(), grey.copy()
    rgba.putalpha(cover)
    la.putalpha(cover)
    palette, bilevel = rgb.quantize(64), grey.convert("1")
    return {
        "1": (bilevel, three(np.asarray(bilevel))),
        "L": (grey, three(np.asarray(grey) / 255)),
        "LA": (la, on_white(three(np.asarray(grey)), alpha())),
        "P": (palette, np.asarray(palette.convert("RGB")) / 255),
        "RGB": (rgb, scene() / 255),
        "RGBA": (rgba, on_white(scene(), alpha())),
        "CMYK": (rgb.convert("CMYK"), scene() / 255),
        "YCbCr": (rgb.convert("YCbCr"), scene() / 255),
        "LAB": (_lab(rgb), scene() / 255),
        "I;16": (Image.fromarray(deep.astype(np.uint16)), three(deep / 65535)),
        "I": (Image.fromarray(deep.astype(np.int32)), three(deep / 65535)),
        "F": (Image.fromarray((deep / 65535).astype(np.float32)), three(deep / 65535)),
    }


def _lab(rgb: Image.Image) -> Image.Image:
    made = ImageCms.profileToProfile(
        rgb, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert made is not None
    return made


# format -> its modes, mean difference to the original that compression may cause, and options
FORMATS: dict[str, tuple[str, float, dict[str, Any]]] = {
    "PNG": ("1 L LA P RGB RGBA I;16", 0.004, {}),
    "JPEG": ("1 L RGB CMYK YCbCr", 0.02, {"quality": 95}),
    "WEBP": ("L RGB RGBA P LA", 0.002, {"lossless": True}),
    "TIFF": ("1 L LA P RGB RGBA CMYK YCbCr LAB I;16 I F", 0.02, {}),
    "GIF": ("1 L P RGB", 0.03, {}),
    "BMP": ("1 L P RGB RGBA", 0.004, {}),
    "DIB": ("1 L P RGB", 0.004, {}),
    "PPM": ("1 L RGB I;16 F", 0.004, {}),
    "TGA": ("1 L LA P RGB RGBA", 0.004, {}),
    "PCX": ("1 L P RGB", 0.004, {}),
    "SGI": ("L RGB RGBA", 0.004, {}),
    "JPEG2000": ("L LA RGB RGBA I;16", 0.004, {}),
    "ICO": ("L RGB RGBA P", 0.004, {"sizes": [SIZE]}),
    "IM": ("1 L P RGB RGBA CMYK YCbCr I;16 F", 0.01, {}),
    "MSP": ("1", 0.004, {}),
    "XBM": ("1", 0.004, {}),
    "QOI": ("RGB RGBA", 0.004, {}),
    "DDS": ("L LA RGB RGBA", 0.004, {}),
    "BLP": ("P", 0.02, {}),
    "AVIF": ("L RGB RGBA", 0.03, {"quality": 90}),
    "MPO": ("RGB", 0.02, {"quality": 95}),
    "SPIDER": ("F", 0.004, {}),
}
Image.init()
FORMATS = {form: how for form, how in FORMATS.items() if form in Image.SAVE}
CHECKED = ("PNG",)  # formats with a checksum: a damaged file must not be read wrongly


def formats() -> Iterator[Case]:
    """Yield every format in every mode, and the formats that only OpenCV writes."""
    modes = _modes()
    for form, (names, near, options) in FORMATS.items():
        for mode in names.split():
            image, pixels = modes[mode]
            if (form, mode) == ("BMP", "RGBA"):
                pixels = modes["RGB"][1]  # the fourth byte of its pixels means nothing in this kind of BMP
            # Pillow 12 writes this one in a way that it does not read itself.
            own = (form, mode) != ("TIFF", "YCbCr") or int(PIL.__version__.split(".")[0]) > 12
            yield Case(
                f"{form} {mode}", saved(image, form, **options), "read" if own else "read or refused", pixels, near
            )
    rgb, pixels = modes["RGB"]
    yield Case("JPEG progressive", saved(rgb, "JPEG", quality=95, progressive=True), "read", pixels, 0.02)
    yield Case("WEBP lossy", saved(rgb, "WEBP", quality=95), "read", pixels, 0.03)
    yield Case("PNG interlaced", interlaced(scene()), "read", pixels)
    yield Case("PNG transparent colour", saved(modes["P"][0], "PNG", transparency=255), "read", modes["P"][1])
    for kind in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd", "lzma"):
        near = 0.05 if kind == "jpeg" else 0.004
        yield Case(f"TIFF {kind}", saved(rgb, "TIFF", compression=kind), "read", pixels, near)
    yield Case("TIFF fax", saved(modes["1"][0], "TIFF", compression="group4"), "read", modes["1"][1])
    yield Case("TGA packed", saved(rgb, "TGA", compression="tga_rle"), "read", pixels)
    yield Case("PPM text", text_ppm(scene()), "read", pixels)
    for depth, level in (("8", 255), ("16", 65535)):
        deep = (scene().astype(np.float64) / 255 * level).round().astype(np.uint8 if depth == "8" else np.uint16)
        for ending in ("png", "tiff", "ppm", "jp2", "ras"):
            if ending != "ras" or depth == "8":
                coded = cv2.imencode(f".{ending}", deep[..., ::-1])[1].tobytes()
                expected: Expected = "read" if depth == "8" else "read or refused"
                yield Case(f"OpenCV {ending} {depth} bits", coded, expected, pixels, 0.006)
    light = scene()[..., ::-1].astype(np.float32) / 255
    for ending in ("hdr", "pam", "pfm", "exr"):
        try:
            coded = cv2.imencode(f".{ending}", light if ending != "pam" else scene()[..., ::-1])[1].tobytes()
        except cv2.error:  # OpenCV's own wheels leave OpenEXR switched off
            coded = b"\x76\x2f\x31\x01\x02\0\0\0channels\0chlist\0" + bytes(200)
        yield Case(f"OpenCV {ending}", coded, "read or refused", pixels, 0.02)
    yield Case("PNG 16-bit colour", deep_png(scene()), "read", pixels)


def cut() -> Iterator[Case]:
    """Yield every format truncated at many points: the whole picture must be read, or nothing."""
    modes = _modes()
    for form, (names, near, options) in FORMATS.items():
        mode = "RGB" if "RGB" in names.split() else names.split()[-1]
        image, pixels = modes[mode]
        data = saved(image, form, **options)
        for share in (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
            yield Case(f"{form} cut at {share:.0%}", data[: int(share * len(data))], "read or refused", pixels, near)
        yield Case(f"{form} without its last byte", data[:-1], "read or refused", pixels, near)


def flipped(times: int, seed: int) -> Iterator[Case]:
    """Yield every format `times` times with one to eight flipped bits, every other time in the header."""
    draw, modes = np.random.default_rng(seed), _modes()
    for form, (names, near, options) in FORMATS.items():
        mode = "RGB" if "RGB" in names.split() else names.split()[-1]
        image, pixels = modes[mode]
        data = saved(image, form, **options)
        for number in range(times):
            broken = bytearray(data)
            reach = min(len(data), 120) if number % 2 else len(data)
            for _ in range(int(draw.integers(1, 9))):
                broken[int(draw.integers(reach))] ^= 1 << int(draw.integers(8))
            expected: Expected = "read or refused" if form in CHECKED else "any"
            yield Case(f"{form} flipped {seed}.{number}", bytes(broken), expected, pixels, near)


def bombs() -> Iterator[Case]:
    """Yield small files that claim to be, or decompress to, enormous pictures."""
    for width, height in ((60000, 60000), (2**31 - 1, 2**31 - 1), (9000, 9000), (1, 2**31 - 1)):
        yield Case(f"PNG claims {width}x{height}", claiming_png(width, height), "refused")
    yield Case("PNG claims no pixels", claiming_png(0, 0), "refused")
    small = Image.fromarray(scene((8, 8)))
    bmp = bytearray(saved(small, "BMP"))
    bmp[18:26] = struct.pack("<ii", 60000, 60000)
    yield Case("BMP claims 60000x60000", bytes(bmp), "refused")
    tga = bytearray(saved(small, "TGA"))
    tga[12:16] = struct.pack("<HH", 65535, 65535)
    yield Case("TGA claims 65535x65535", bytes(tga), "refused")
    gif = bytearray(saved(small, "GIF"))
    gif[6:10] = struct.pack("<HH", 65535, 65535)
    yield Case("GIF claims 65535x65535", bytes(gif), "refused")
    jpeg = bytearray(saved(small, "JPEG"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 65500, 65500)
    yield Case("JPEG claims 65500x65500", bytes(jpeg), "refused")
    yield Case("PPM claims 10^9x10^9", b"P6 1000000000 1000000000 255\n" + bytes(100), "refused")
    yield Case("PPM claims 10^300", b"P6 " + b"9" * 300 + b" 4 255\n" + bytes(100), "refused")
    yield Case("QOI claims 10^9x10^9", b"qoif" + struct.pack(">IIBB", 10**9, 10**9, 3, 0) + bytes(8), "refused")
    yield Case("DDS claims 10^9x10^9", _patched(saved(small, "DDS"), 12, struct.pack("<II", 10**9, 10**9)), "refused")
    zeros = zlib.compress(bytes(200_000_000), 9)
    for kind in (b"zTXt", b"iCCP"):
        body = b"Comment\0\0" + zeros
        name = f"PNG unpacks 200 MB of {kind.decode()}"
        yield Case(name, with_chunk(png(), kind, body), "read or refused", scene() / 255)
    yield Case("PNG with 100 MB of text", with_chunk(png(), b"tEXt", b"Comment\0" + b"x" * 100_000_000),
               "read or refused", scene() / 255)  # fmt: skip
    more = with_chunk(claiming_png(64, 48), b"IDAT", zeros, at=33)
    yield Case("PNG unpacks 200 MB for 64x48", more, "any")
    yield Case("PNG of 20 MB of rubbish", b"\x89PNG\r\n\x1a\n" + bytes(20_000_000), "refused")
    pages = [small.resize((1, 1))] * 300
    for form in ("GIF", "TIFF", "PNG"):
        many = saved(pages[0], form, save_all=True, append_images=pages[1:])
        yield Case(f"{form} of 300 frames", many, "read", np.asarray(pages[0].convert("RGB")) / 255, 0.02)
    yield Case("TIFF whose pages run in a circle", circular_tiff(), "any")
    ico = b"\0\0\1\0\1\0" + struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, 57, 22) + claiming_png(60000, 60000)
    yield Case("ICO holds a PNG of 60000x60000", ico, "refused")
    wide = Image.new("1", (8000, 7999))
    yield Case("PNG of 64 million black pixels", saved(wide, "PNG", bits=1), "read", np.zeros((7999, 8000, 1), bool))


def odd_sizes() -> Iterator[Case]:
    """Yield sizes from one pixel to ten thousand in a row."""
    sizes = [(1, 1), (1, 2), (2, 1), (3, 2), (1, 17), (5, 1), (7, 3), (1, 10000), (10000, 1), (2, 5000), (257, 2)]
    for size in sizes:
        for form, near in (("PNG", 0.004), ("TIFF", 0.004), ("JPEG", 0.05), ("WEBP", 0.004), ("BMP", 0.004)):
            options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95, "subsampling": 0}}.get(form, {})
            data = saved(Image.fromarray(scene(size)), form, **options)
            yield Case(f"{form} {size[0]}x{size[1]}", data, "read", scene(size) / 255, near)


def orientations() -> Iterator[Case]:
    """Yield all eight EXIF orientations, four invalid ones, and damaged EXIF."""
    upright = Image.fromarray(scene())
    for form, near, options in (
        ("JPEG", 0.02, {"quality": 95}), ("PNG", 0.004, {}), ("WEBP", 0.004, {"lossless": True}), ("TIFF", 0.004, {}),
        ("AVIF", 0.03, {"quality": 90}),
    ):  # fmt: skip
        for turn in (1, 2, 3, 4, 5, 6, 7, 8, 0, 9, 255, 65535):
            stored = upright.transpose(Image.Transpose(TURNED[turn])) if turn in TURNED else upright
            exif = Image.Exif()
            exif[0x0112] = turn
            if form == "AVIF" and not 1 <= turn <= 8:
                continue
            yield Case(f"{form} orientation {turn}", saved(stored, form, exif=exif, **options), "read", scene() / 255,
                       near)  # fmt: skip
    for name, exif in (("cut", b"Exif\0\0II*\0\x08\0\0\0\x05"), ("rubbish", b"Exif\0\0" + bytes(range(200))),
                       ("empty", b"Exif\0\0"), ("in a circle", b"Exif\0\0II*\0\x08\0\0\0\0\0\x08\0\0\0")):  # fmt: skip
        yield Case(f"JPEG EXIF {name}", saved(upright, "JPEG", exif=exif, quality=95), "read", scene() / 255, 0.02)


def profiles() -> Iterator[Case]:
    """Yield colour profiles: valid, of another colour model, truncated, invalid."""
    rgb = Image.fromarray(scene())
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    profiles = {"sRGB": srgb, "LAB": lab, "cut": srgb[:200], "rubbish": bytes(300), "one byte": b"x"}
    for name, profile in profiles.items():
        for form, near in (("PNG", 0.006), ("JPEG", 0.02), ("TIFF", 0.006)):
            options = {"quality": 95} if form == "JPEG" else {}
            yield Case(f"{form} profile {name}", saved(rgb, form, icc_profile=profile, **options), "read",
                       scene() / 255, near)  # fmt: skip
    cmyk = saved(rgb.convert("CMYK"), "JPEG", icc_profile=srgb, quality=95)
    yield Case("JPEG CMYK with a profile of RGB", cmyk, "read", scene() / 255, 0.03)


def animations() -> Iterator[Case]:
    """Yield animations, of which the first frame counts."""
    first = scene()
    frames = [Image.fromarray(first), *(Image.fromarray(np.full_like(first, level)) for level in (10, 200))]
    for form, near, options in (("GIF", 0.03, {}), ("PNG", 0.004, {}), ("WEBP", 0.004, {"lossless": True}),
                                ("TIFF", 0.004, {}), ("AVIF", 0.03, {"quality": 90}), ("MPO", 0.03, {})):  # fmt: skip
        data = saved(frames[0], form, save_all=True, append_images=frames[1:], **options)
        yield Case(f"{form} of three frames", data, "read", first / 255, near)
        yield Case(f"{form} of three frames, the last cut", data[:-40], "read or refused", first / 255, near)


def impostors() -> Iterator[Case]:
    """Yield files that are not pictures, or have the wrong suffix."""
    texts = {
        "nothing": b"", "one byte": b"\0", "text": b"Dear diary, today I painted.\n", "PDF": b"%PDF-1.7 ...",
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>", "zip": b"PK\x03\x04" + bytes(60),
        "zeros": bytes(4096), "all bytes": bytes(range(256)) * 4, "HTML": b"<html><img src=a.png></html>",
        "video": struct.pack(">I", 24) + b"ftypisom" + bytes(100),
        "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n",
        "WMF": b"\xd7\xcd\xc6\x9a\0\0" + bytes(60), "signature alone": b"\x89PNG\r\n\x1a\n",
        "JPEG start": b"\xff\xd8\xff\xe0",
        "GIF start": b"GIF89a", "TIFF start": b"II*\0\x08\0\0\0", "PBM start": b"P6\n",
        "RIFF": b"RIFF\x10\0\0\0WEBPVP8 ",
        "XPM": b"/* XPM */\nstatic char *x[] = {\n", "path": b"/etc/hostname", "link": b"http://example.org/a.png",
    }  # fmt: skip
    for name, data in texts.items():
        yield Case(f"{name} as .png", data, "refused", file="painting.png")
    rgb = Image.fromarray(scene())
    yield Case("EPS drawing", saved(rgb, "EPS"), "refused", file="painting.eps")
    yield Case("PDF of a picture", saved(rgb, "PDF"), "refused", file="painting.pdf")
    yield Case("PNG called .jpg", png(), "read", scene() / 255, file="painting.jpg")
    yield Case("PNG called .txt", png(), "read", scene() / 255, file="painting.txt")
    half = zlib.compress(b"".join(b"\0" + row.tobytes() for row in scene()[:24]))
    yield Case("PNG with half of its rows", with_chunk(claiming_png(64, 48, half), b"tIME", bytes(7)), "refused")
    yield Case("PNG without pixels", claiming_png(64, 48), "refused")
    yield Case("PNG with rubbish behind it", png() + bytes(range(256)), "read", scene() / 255)


def names() -> Iterator[Case]:
    """Yield unusual file names."""
    for what, name in {
        "umlauts": "Mädchen mit Perle.png", "decomposed": "Ma\u0308dchen.png", "Chinese": "戴珍珠耳环的少女.png",
        "emoji": "🎨👩‍🎨.png", "right to left": "\u202eلوحة.png", "new line": "two\nlines.png", "tab": "a\tb.png",
        "quotes": "it's \"mine\".png", "percent": "100%s {0} $HOME.png", "dash": "-o.png", "dots": "...png",
        "no suffix": "painting", "only a suffix": ".png", "blanks": "  a b  .png", "star": "a*?[b].png",
        "backslash": "a\\b.png", "long": "x" * 251 + ".png", "long Unicode": "ä" * 125 + ".png",
        "invalid UTF-8": b"caf\xe9.png".decode("utf-8", "surrogateescape"), "markup": "[bold]a.png",
    }.items():  # fmt: skip
        yield Case(f"name: {what}", png(), "read", scene() / 255, file=name)


def no_files() -> Iterator[Case]:
    """Yield paths that are not regular files."""
    yield Case("directory", lambda path: path.mkdir(exist_ok=True), "refused")
    yield Case("missing", lambda path: None, "refused")
    yield Case("FIFO", os.mkfifo, "refused")
    yield Case("socket", _socket, "refused", file="s")
    yield Case("link in a circle", lambda path: path.symlink_to(path), "refused")
    yield Case("link to nothing", lambda path: path.symlink_to("gone.png"), "refused")
    yield Case("link to a picture", _linked, "read", scene() / 255)
    for device in ("zero", "null", "random", "full"):
        yield Case(f"link to /dev/{device}", lambda path, d=device: path.symlink_to(f"/dev/{d}"), "refused")
    yield Case("unreadable", _unreadable, "refused" if os.geteuid() else "read", scene() / 255)
    yield Case("file that seems enormous", _sparse, "refused")


# invalid paths
IMPOSSIBLE = ("", "a\0b.png", "x" * 300 + ".png", "/etc/hostname/a.png", "~no-such-user-here/a.png", "y/" * 3000)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def _linked(path: Path) -> None:
    (path.parent / "true.png").write_bytes(png())
    path.symlink_to("true.png")


def _unreadable(path: Path) -> None:
    path.write_bytes(png())
    path.chmod(0)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(png())
        file.truncate(10**11)


def every(times: int = 3, seed: int = 0) -> list[Case]:
    """List the corpus: about 450 cases, and `times` for each of 22 formats with flipped bits, drawn with `seed`."""
    groups = (formats, cut, bombs, odd_sizes, orientations, profiles, animations, impostors, names, no_files)
    return [case for group in groups for case in group()] + list(flipped(times, seed))


# ---- hand-made files


def png(rgb: np.ndarray | None = None) -> bytes:
    return saved(Image.fromarray(scene() if rgb is None else rgb), "PNG")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(data: bytes, kind: bytes, body: bytes, at: int = 33) -> bytes:
    """Insert a chunk into a PNG, by default after its header."""
    return data[:at] + chunk(kind, body) + data[at:]


def claiming_png(width: int, height: int, packed: bytes = zlib.compress(b"")) -> bytes:
    """Build a small PNG whose header claims width x height pixels, with the compressed data `packed`."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def deep_png(rgb: np.ndarray) -> bytes:
    """Encode (H,W,3) uint8 as a PNG of 16 bits per channel, which Pillow cannot write."""
    deep = (rgb.astype(np.uint16) * 257).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in deep)
    header = struct.pack(">IIBBBBB", rgb.shape[1], rgb.shape[0], 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def interlaced(rgb: np.ndarray) -> bytes:
    """Encode (H,W,3) uint8 as an interlaced PNG (PNG specification 8.2, Adam7)."""
    rows = b""
    for x, y, dx, dy in ADAM7:
        rows += b"".join(b"\0" + np.ascontiguousarray(row[x::dx]).tobytes() for row in rgb[y::dy])
    header = struct.pack(">IIBBBBB", rgb.shape[1], rgb.shape[0], 8, 2, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def text_ppm(rgb: np.ndarray) -> bytes:
    """Encode (H,W,3) uint8 as a text PPM with comments."""
    head = f"P3 # a comment\n{rgb.shape[1]} {rgb.shape[0]}\n# another\n255\n"
    return (head + "\n".join(" ".join(map(str, row.reshape(-1))) for row in rgb)).encode()


def circular_tiff() -> bytes:
    """Build a TIFF of one pixel whose next page is itself."""
    tags = [(256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 200), (277, 1), (278, 1), (279, 1)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return (b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 8)).ljust(200, b"\0") + b"\x80"


def _patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]
