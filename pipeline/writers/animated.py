"""Animated GIF, WebP and APNG (with Pillow), for places that do not play video."""

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ...modules.io.png import png_info
from ..provenance import one_line, xmp
from .timing import Timing

MAX_ANIMATION_SIDE = {"gif": 640, "webp": 800, "apng": 640}  # pixels: larger files are too big to share
MAX_ANIMATION_FPS, MAX_ANIMATION_PICTURES = 12, 200  # so many of the pictures between frames are kept
MAX_ANIMATION_PIXELS = 48_000_000  # of all frames, which are held until the end: 144 MB
GIF_COLOURS = 255  # one of 256 is left for "unchanged"
PALETTE_SAMPLE = 40_000  # pixels from which the palette is chosen, about


def animation_size(size: tuple[int, int], n_frames: int, name: str) -> tuple[int, int]:
    """Return the (width, height) of an animated picture: smaller for more frames."""
    scale = min(
        1.0, MAX_ANIMATION_SIDE[name] / max(size), (MAX_ANIMATION_PIXELS / (n_frames * size[0] * size[1])) ** 0.5
    )
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def kept_between(timing: Timing) -> int:
    """Choose of how many pictures one is kept, the frames themselves always."""
    steps = (timing.frames - 1) // timing.smooth
    most = max(1, (MAX_ANIMATION_PICTURES - 1) // max(steps, 1))
    return max(1, math.ceil(timing.rate / MAX_ANIMATION_FPS), math.ceil(timing.smooth / most))


class AnimationEncoder:
    """Encodes frames (H,W,3) uint8 of `size` as an endless GIF, WebP or APNG, by the suffix of `path`."""

    def __init__(self, path: Path, size: tuple[int, int], timing: Timing, text: Mapping[str, str]) -> None:
        self.path, self.size, self.timing, self.text = path, size, timing, text
        self.name = path.suffix[1:]
        self.every = kept_between(timing)
        n_frames = 1 + (timing.frames - 1) // timing.smooth
        self.small = animation_size(size, 1 + (n_frames - 1) * -(-timing.smooth // self.every), self.name)
        self.frames: list[np.ndarray] = []
        self.shown: list[int] = []  # for how many pictures' time
        self.between = 0  # pictures since the last frame

    def add(self, frame: np.ndarray, pictures: int = 1) -> None:
        """Show a frame for the time of so many pictures."""
        if self.small != self.size:
            frame = cv2.resize(frame, self.small, interpolation=cv2.INTER_AREA)
        self.frames.append(frame)
        self.shown.append(pictures)
        self.between = 0

    def add_between(self, picture: np.ndarray) -> None:
        """Show a picture between two frames, or the one before it for longer."""
        self.between += 1
        if self.between % self.every:
            self.shown[-1] += 1
            return
        between = self.between
        self.add(picture.copy())
        self.between = between

    def close(self) -> dict[str, Any]:
        """Write the file and return its entry for process.json."""
        {"gif": self._gif, "webp": self._webp, "apng": self._apng}[self.name]()
        return {"file": self.path.name, "codec": self.name, **self.timing.to_json(), "size": list(self.small)}

    def abort(self) -> None:
        """Drop the frames after a failure."""
        self.frames.clear()

    def _save(self, pictures: Iterable[Image.Image], unit: int = 1, **options: Any) -> None:
        first, *others = pictures  # a list: Pillow goes over the frames of a PNG twice
        durations = self.timing.milliseconds(unit, self.shown)
        first.save(self.path, save_all=True, append_images=others, duration=durations, loop=0, **options)

    def _webp(self) -> None:
        self._save(map(Image.fromarray, self.frames), quality=82, method=3, xmp=xmp(self.text))

    def _apng(self) -> None:
        self._save(map(Image.fromarray, self.frames), format="PNG", pnginfo=png_info(self.text))

    def _gif(self) -> None:
        pictures = quantise_frames(self.frames)
        self._save(pictures, unit=10, comment=one_line(self.text).encode(), optimize=False, disposal=1)


def quantise_frames(frames: list[np.ndarray]) -> Iterator[Image.Image]:
    """Convert frames (H,W,3) uint8 to one common palette of GIF_COLOURS colours.

    Pixels that do not change from one frame to the next keep their dither pattern: dithered again they would flicker,
    and be stored again.
    """
    every = max(1, len(frames) * frames[0].shape[0] * frames[0].shape[1] // PALETTE_SAMPLE)
    sample = np.concatenate([frame.reshape(-1, 3)[i % every :: every] for i, frame in enumerate(frames)])
    palette = Image.fromarray(sample[None]).quantize(GIF_COLOURS, Image.Quantize.MEDIANCUT)
    colours = palette.getpalette() or []
    before: tuple[np.ndarray, np.ndarray] | None = None
    for frame in frames:
        dots = np.asarray(Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG))
        if before is not None:
            same = (frame == before[0]).all(axis=2)
            dots = np.where(same, before[1], dots)
        before = frame, dots
        picture = Image.fromarray(dots)
        picture.putpalette(colours)
        yield picture
