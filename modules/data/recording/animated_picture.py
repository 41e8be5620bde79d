"""Animated pictures that FFmpeg does not play (WebP), read as recordings through Pillow."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ...imaging.decode import decode_opened
from ...imaging.picture import quantise
from ...io.errors import UserError
from ...io.files import file_sha256
from .packets import Wanted, all_frames
from .video import Pixels, Video, VideoFrame


class AnimatedPicture(Video):
    """An animated picture; each frame is shown for its own time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._opened() as picture:
            self.size, self.count = picture.size, getattr(picture, "n_frames", 1)
            self.metadata = [value for value in picture.info.values() if isinstance(value, str)]
        if self.count < 2:
            raise UserError(f"{path} is no recording.", "It holds one picture.", "Give an animated one, or a video.")
        self.times = [0.0]
        for _, seconds in self._decoded(lambda number: False):
            self.times.append(self.times[-1] + seconds)
        self.rate = self.count / max(self.times[-1], 1e-3)

    def frames(self, wanted: Wanted = all_frames) -> Iterator[VideoFrame]:
        for index, (picture, _) in enumerate(self._decoded(wanted)):
            if picture is not None and self._within(self.times[index]):
                yield VideoFrame(index, self.times[index], _pixels(picture, f"{self.path} cannot be read."))

    def samples(self, n: int) -> Iterator[VideoFrame]:
        every = max(1, self.count // n)
        return self.frames(lambda number: number % every == 0)

    def sha256(self) -> str:
        return file_sha256(self.path)

    def seconds(self) -> float:
        return self.times[-1]

    def _opened(self) -> Any:
        try:
            return Image.open(self.path)
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise UserError(f"{self.path} is not a recording that can be read.", f"{error}.") from None

    def _decoded(self, wanted: Callable[[int], bool]) -> Iterator[tuple[Image.Image | None, float]]:
        """Yield each frame, decoded where it is wanted, and for how many seconds it is shown."""
        with self._opened() as opened:
            for number in range(self.count):
                try:
                    opened.seek(number)
                    opened.load()
                except (OSError, EOFError, ValueError) as error:
                    raise UserError(
                        f"{self.path} is damaged.", f"Frame {number + 1} of {self.count}: {error}."
                    ) from None
                picture = opened.convert("RGBA") if wanted(number) else None
                if picture is not None and "icc_profile" in opened.info:
                    picture.info["icc_profile"] = opened.info["icc_profile"]
                yield picture, opened.info.get("duration", 100) / 1000


def _pixels(picture: Image.Image, what: str) -> Pixels:
    def pixels(size: tuple[int, int] | None = None) -> np.ndarray:
        rgb = quantise(decode_opened(picture, what)[0])
        return rgb if size in (None, picture.size) else cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)

    return pixels
