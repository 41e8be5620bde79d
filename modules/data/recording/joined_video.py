"""One recording in several files, as cameras and recorders split them: read one after the other."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ...io.errors import UserError
from .packets import Wanted, all_frames
from .video import Video, VideoFrame
from .video_reader import in_number_order, open_video

SAME_SHAPE = 0.02  # shares by which the shapes of two pictures of one recording may differ


def join_videos(paths: Sequence[Path], start: float = 0.0, end: float | None = None) -> Video:
    """Open several files as one recording; UserError when one is missing, or of another shape than the first.

    They come in the order given; a list in the order of the alphabet, as a shell makes it, is read by numbers
    (part2 before part10).
    """
    ordered = in_number_order(paths) if [*paths] == sorted(paths) else [*paths]
    return JoinedVideo([open_video(path) for path in ordered], start, end)


class JoinedVideo(Video):
    """Several recordings, one after the other; numbers and times go on. Pictures have the first one's size."""

    def __init__(self, parts: list[Video], start: float = 0.0, end: float | None = None) -> None:
        self.parts, self.start, self.end = parts, start, end
        first = parts[0]
        self.path, self.size, self.rate = first.path, first.size, first.rate
        self.metadata = [text for part in parts for text in part.metadata]
        for part in parts[1:]:
            if abs(part.size[0] / part.size[1] / (self.size[0] / self.size[1]) - 1) > SAME_SHAPE:
                raise UserError(
                    f"{part.path} has another shape than {self.path}.",
                    f"It is {part.size[0]}x{part.size[1]}, the first is {self.size[0]}x{self.size[1]}.",
                    "Only segments of one recording can be joined.",
                )
        self.starts, self.numbers, time, number = [], [], 0.0, 0
        for part in parts:
            self.starts.append(time)
            self.numbers.append(number)
            part.start = max(0.0, start - time)
            part.end = None if end is None else end - time
            time, number = time + part.seconds(), number + part.numbered()
        self.count, self.length = number, time

    @property
    def sources(self) -> Sequence[Path]:
        return [source for part in self.parts for source in part.sources]

    def frames(self, wanted: Wanted = all_frames) -> Iterator[VideoFrame]:
        gaps: list[tuple[float, float]] = []
        self.gaps = gaps
        for part, time, number in zip(self.parts, self.starts, self.numbers, strict=True):
            if part.end is not None and part.end < 0:
                return

            def wanted_here(n: int, number: int = number) -> bool:
                return wanted(n + number)

            for frame in part.frames(all_frames if wanted is all_frames else wanted_here):
                yield self._shown(frame, time, number)
            gaps += [(first + time, last + time) for first, last in part.gaps]

    def samples(self, n: int) -> Iterator[VideoFrame]:
        for part, time, number in zip(self.parts, self.starts, self.numbers, strict=True):
            if part.end is None or part.end >= 0:
                share = max(1, round(n * part.seconds() / max(self.length, 1e-6)))
                yield from (self._shown(frame, time, number) for frame in part.samples(share))

    def sha256(self) -> str:
        return hashlib.sha256("".join(part.sha256() for part in self.parts).encode()).hexdigest()

    def seconds(self) -> float:
        return self.length

    def numbered(self) -> int:
        return self.count

    def _shown(self, frame: VideoFrame, time: float, number: int) -> VideoFrame:
        def pixels(size: tuple[int, int] | None = None) -> np.ndarray:
            return frame.rgb(size or self.size)

        return VideoFrame(frame.index + number, frame.time + time, pixels, frame.after_gap)
