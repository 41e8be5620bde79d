"""Bad label maps, plan files, videos and JSON files with the expected outcome of reading each; see `bad_inputs.py`."""

from __future__ import annotations

import copy
import io
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .pictures import SIZE, Case, hash_of, no_files, saved, scene

JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 0.5, 10**30, 1e300, float("nan"), float("inf"), "", "x", "hair", "faec", "\0",
    "é" * 99, [], [0], [[]], [1, 2, 3], [None], {}, {"x": 1}, {"hair": 0.5}, "../../etc/passwd", "1" * 400,
)  # fmt: skip


def label_maps(times: int, seed: int) -> Iterator[Case]:
    """Yield label maps of the portrait's ten classes for a picture of SIZE: pixels are class indices / 255."""
    draw = np.random.default_rng(seed)
    labels = (scene()[..., 0] // 26).astype(np.uint8)
    right = np.repeat(labels[..., None], 3, axis=2) / 255
    grey = Image.fromarray(labels)
    palette = grey.copy()
    palette.putpalette([index for index in range(256) for _ in range(3)])
    good = saved(grey, "PNG")
    yield Case("labels grey", good, "read", right)
    yield Case("labels paletted", saved(palette, "PNG"), "read", right)
    yield Case("labels of few bits", saved(palette, "PNG", bits=4), "read", right)
    for mode in ("1", "RGB", "RGBA", "LA", "I;16"):
        yield Case(f"labels {mode}", saved(grey.convert(mode), "PNG"), "refused")
    for form in ("JPEG", "BMP", "TIFF", "WEBP", "GIF"):
        yield Case(f"labels as {form}", saved(grey, form), "refused", file="labels.png")
    yield Case("labels of another size", saved(Image.fromarray(labels[1:]), "PNG"), "refused")
    yield Case("labels without a class", saved(Image.fromarray(labels + 10), "PNG"), "refused")
    yield Case("labels of one pixel", saved(Image.fromarray(labels[:1, :1]), "PNG"), "refused")
    for share in (0.1, 0.5, 0.9, 0.99):
        yield Case(f"labels cut at {share:.0%}", good[: int(share * len(good))], "refused")
    yield Case("labels of 0 bytes", b"", "refused")
    yield Case("labels of text", b"0 0 1 1 2\n", "refused")
    for number in range(10 * times):
        yield Case(f"labels flipped {seed}.{number}", flip(good, draw), "read or refused", right)
    for case in no_files():
        if case.name not in ("link to a picture", "unreadable"):
            yield Case(f"labels: {case.name}", case.content, "refused", file=case.file)


def flip(data: bytes, draw: np.random.Generator) -> bytes:
    """Flip one to eight bits."""
    broken = bytearray(data)
    for _ in range(int(draw.integers(1, 9))):
        broken[int(draw.integers(len(broken)))] ^= 1 << int(draw.integers(8))
    return bytes(broken)


# name -> a plan file, and words that its error must contain: all mistakes at once, with suggestions
PLAN_FILES: dict[str, tuple[str, tuple[str, ...]]] = {
    "three mistakes": (
        'habbit = "masses"\norder = ["faec"]\nskip = ["background"]\n[parts.hiar]\ndegree = 2\n',
        ("4 mistakes", "habit", "face", "hair"),
    ),
    "unknown plan": ('plan = "artits"\n', ("artist",)),
    "unknown habit": ('habit = "lineat"\n', ("lineart",)),
    "degree too large": ("[parts.hair]\ndegree = 1.5\n", ("1.5", "0 to 1")),
    "degree in words": ('[parts.hair]\ndegree = "half"\n', ("half",)),
    "degree nan": ("[parts.hair]\ndegree = nan\n", ("nan",)),
    "step behind the end": ("[[steps]]\nframe = 99\ndegrees = {hair = 1}\n", ("99",)),
    "steps backwards": ("[[steps]]\nframes = [5, 3]\ndegrees = {hair = 1}\n", ("after the last",)),
    "step without degrees": ("[[steps]]\nframe = 2\n", ("degrees",)),
    "steps no list": ("steps = 3\n", ("list",)),
    "parts no table": ("parts = 3\n", ("table",)),
    "groups no table": ("groups = [1]\n", ("table",)),
    "group of nobody": ('[groups]\nhead = ["haed"]\n', ("haed",)),
    "ground of two": ("ground = [0.1, 0.2]\n", ("three",)),
    "ground outside": ("ground = [2, 0, 0]\n", ("0 to 1",)),
    "passes none": ("passes = 0\n", ("1 to",)),
    "passes without brush": ('[[passes]]\npart = "hair"\n', ("missing",)),
    "frames one": ("frames = 1\n", ("from 2",)),
    "seed negative": ("seed = -1\n", ("from 0",)),
    "manner unknown": ("[manner]\nwandr = 1\n", ("wander",)),
    "order of numbers": ("order = [1, 2]\n", ("no part",)),
    "nested lists": ("order = [[1], {a = 1}]\n", ("no part",)),
    "dates": ("seed = 2026-01-01\nhabit = 10:00:00\n", ("2 mistakes",)),
}  # fmt: skip

# not TOML
NO_TOML: dict[str, bytes] = {
    "nothing closed": b"[parts", "not text": bytes(range(256)), "UTF-16": "seed = 1".encode("utf-16"),
    "twice": b"seed = 1\nseed = 2\n", "JSON": b'{"seed": 1}', "deep": b"a = " + b"[" * 100_000,
    "picture": b"\x89PNG\r\n\x1a\n",
}  # fmt: skip


def damaged_json(value: Any, draw: np.random.Generator) -> Any:
    """Copy a JSON value with one to three places in it replaced by junk, or left out."""
    value = copy.deepcopy(value)
    for _ in range(int(draw.integers(1, 4))):
        here, path = value, []
        while isinstance(here, dict | list) and here and (not path or draw.random() < 0.8):
            key = list(here)[int(draw.integers(len(here)))] if isinstance(here, dict) else int(draw.integers(len(here)))
            path.append((here, key))
            here = here[key]
        if not path:
            return JUNK[int(draw.integers(len(JUNK)))]
        inside, key = path[-1]
        if draw.random() < 0.3:
            del inside[key]
        else:
            inside[key] = copy.deepcopy(JUNK[int(draw.integers(len(JUNK)))])
    return value


def bad_json(value: Any, times: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield contents of bad JSON files: invalid JSON, and `times` damaged copies of `value`."""
    whole = json.dumps(value).encode()
    yield "nothing", b""
    yield "text", b"hello"
    yield "a number", b"3"
    yield "a list", b"[]"
    yield "null", b"null"
    yield "cut", whole[: len(whole) // 2]
    yield "not text", bytes(range(256))
    yield "UTF-16", whole.decode().encode("utf-16")
    yield "deep", b"[" * 100_000
    yield "an enormous number", b"1" * 10_000
    draw = np.random.default_rng([seed, hash_of("json")])
    for number in range(times):
        yield f"damaged {seed}.{number}", json.dumps(damaged_json(value, draw)).encode()


def video(size: tuple[int, int] = SIZE, frames: int = 12) -> bytes:
    """Encode a small film of a moving bar as mp4. Needs the extra [video]."""
    import av

    data = io.BytesIO()
    with av.open(data, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for index in range(frames):
            rgb = scene(size)
            rgb[:, 4 * index : 4 * index + 8] = 255
            for packet in stream.encode(av.VideoFrame.from_ndarray(rgb)):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return data.getvalue()


def videos(times: int, seed: int) -> Iterator[tuple[str, Any]]:
    """Yield names and contents of bad video files, which may be read or be rejected."""
    good, draw = video(), np.random.default_rng([seed, hash_of("video")])
    wave = struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8) + b"data" + struct.pack("<I", 800) + bytes(800)
    yield from {
        "nothing": b"", "text": b"hello\n" * 99, "picture": saved(Image.fromarray(scene()), "PNG"),
        "zeros": bytes(5000),
        "start alone": good[:40], "PDF": b"%PDF-1.7", "playlist": b"#EXTM3U\n/etc/passwd\nhttp://127.0.0.1:9/a.ts\n",
        "concat": b"ffconcat version 1.0\nfile /etc/passwd\n", "RIFF": b"RIFF" + struct.pack("<I", 2**31) + b"AVI ",
        "sound": b"RIFF" + struct.pack("<I", 36 + 800) + b"WAVEfmt " + wave,
    }.items()  # fmt: skip
    for share in (0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
        yield f"cut at {share:.0%}", good[: int(share * len(good))]
    for number in range(10 * times):
        yield f"flipped {seed}.{number}", flip(good, draw)
    for case in no_files():
        if case.name not in ("link to a picture", "file that seems enormous", "unreadable"):
            yield case.name, case


def put(folder: Path, name: str, what: bytes | Case, file: str) -> Path:
    """Create such a file in a folder of its own and return its path."""
    return (what if isinstance(what, Case) else Case(name, what, "any", file=file)).write(folder)
