"""Animated pictures, for places that show no video: GIF, WebP and APNG, through Pillow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, PngImagePlugin

from ..provenance import one_line, xmp
from .timing import Timing

LONGEST = {"gif": 640, "webp": 800, "apng": 640}  # pixels: larger ones are too heavy to be sent around
MOST_PIXELS = 48_000_000  # of all frames together, since they are held until the end: 144 MB
COLOURS = 255  # of a GIF: one of 256 is kept for "as before"
SAMPLE = 40_000  # pixels that the colours are chosen from, about


def animation_size(size: tuple[int, int], n_frames: int, name: str) -> tuple[int, int]:
    """(width, height) of a frame -> its size in an animated picture: smaller for more frames."""
    scale = min(1.0, LONGEST[name] / max(size), (MOST_PIXELS / (n_frames * size[0] * size[1])) ** 0.5)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


class AnimationFile:
    """A GIF, WebP or APNG of frames (H,W,3) uint8 of `size`; the suffix of `path` says which. Repeats for ever."""

    def __init__(self, path: Path, size: tuple[int, int], timing: Timing, text: Mapping[str, str]) -> None:
        self.path, self.size, self.timing, self.text = path, size, timing, text
        self.name = path.suffix[1:]
        self.small = animation_size(size, timing.frames, self.name)
        self.frames: list[np.ndarray] = []

    def add(self, frame: np.ndarray) -> None:
        if self.small != self.size:
            frame = cv2.resize(frame, self.small, interpolation=cv2.INTER_AREA)
        self.frames.append(frame)

    def close(self) -> dict[str, Any]:
        """Write the file -> what process.json says of it."""
        {"gif": self._gif, "webp": self._webp, "apng": self._apng}[self.name]()
        fps, hold = round(float(self.timing.rate), 4), self.timing.hold
        return {
            "file": self.path.name, "codec": self.name, "fps": int(fps) if fps.is_integer() else fps, "hold": hold,
            "seconds": round(self.timing.seconds, 3), "size": list(self.small),
        }  # fmt: skip

    def abort(self) -> None:
        self.frames.clear()

    def _save(self, pictures: Iterable[Image.Image], unit: int = 1, **options: Any) -> None:
        first, *others = pictures  # a list: Pillow goes over the frames of a PNG twice
        durations = self.timing.milliseconds(unit)
        first.save(self.path, save_all=True, append_images=others, duration=durations, loop=0, **options)

    def _webp(self) -> None:
        self._save(map(Image.fromarray, self.frames), quality=82, method=3, xmp=xmp(self.text))

    def _apng(self) -> None:
        info = PngImagePlugin.PngInfo()
        for key, value in self.text.items():
            info.add_itxt(key, value)
        self._save(map(Image.fromarray, self.frames), format="PNG", pnginfo=info)

    def _gif(self) -> None:
        pictures = indexed(self.frames)
        self._save(pictures, unit=10, comment=one_line(self.text).encode(), optimize=False, disposal=1)


def indexed(frames: list[np.ndarray]) -> Iterator[Image.Image]:
    """Frames (H,W,3) uint8 as pictures of COLOURS colours, the same for all.

    What did not change from one frame to the next keeps its dots: dithered anew it would flicker, and be stored anew.
    """
    every = max(1, len(frames) * frames[0].shape[0] * frames[0].shape[1] // SAMPLE)
    sample = np.concatenate([frame.reshape(-1, 3)[i % every :: every] for i, frame in enumerate(frames)])
    palette = Image.fromarray(sample[None]).quantize(COLOURS, Image.Quantize.MEDIANCUT)
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
