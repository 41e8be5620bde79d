"""A recording as frames in order of time, whatever it is read from."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .packets import Wanted, all_frames

Pixels = Callable[..., np.ndarray]  # of a size (width, height), or of none


@dataclass(frozen=True)
class VideoFrame:
    """A frame: its number in the file, and its time in seconds."""

    index: int
    time: float
    rgb: Pixels  # decodes (H,W,3) uint8, at its own size or scaled to (width, height) by area averaging
    after_gap: bool = False  # what was before it cannot be read


class Video(ABC):
    """A recording.

    `size` is (width, height) as it is shown, `count` the number of frames (estimated where the file does not say),
    `rate` frames per second; `start` and `end` (seconds) leave out what lies before and after. `gaps` are stretches
    (seconds) that cannot be read, known when `frames` is through.
    """

    path: Path
    size: tuple[int, int]
    count: int
    rate: float
    start: float = 0.0
    end: float | None = None
    gaps: Sequence[tuple[float, float]] = ()
    metadata: Sequence[str] = ()  # texts of the file

    @property
    def sources(self) -> Sequence[Path]:
        """The file, or all stills."""
        return [self.path]

    @abstractmethod
    def frames(self, wanted: Wanted = all_frames) -> Iterator[VideoFrame]:
        """Yield the wanted frames between start and end, in order of time.

        Others are not decoded where that can be avoided. UserError where the file is damaged or ends too early.
        """

    @abstractmethod
    def samples(self, n: int) -> Iterator[VideoFrame]:
        """Yield about n frames, spread over the recording; quick, because it seeks. Their `index` means nothing."""

    @abstractmethod
    def sha256(self) -> str:
        """Hash the file, or all stills."""

    def seconds(self) -> float:
        """Return for how long it goes on."""
        return self.count / self.rate

    def numbered(self) -> int:
        """Return a number that no frame's reaches."""
        return self.count

    def _within(self, time: float) -> bool:
        return time >= self.start and (self.end is None or time <= self.end)
