"""Read recordings frame by frame: every container and codec FFmpeg knows, through PyAV, and folders of stills.

Only the current frame is held, so memory does not grow with the length.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...imaging.picture import PICTURE_ENDINGS, is_picture, read_levels
from ...io.errors import UserError
from ...io.ffmpeg import open_container
from ...io.files import check_file, file_sha256
from .animated_picture import AnimatedPicture
from .orientation import Orientation
from .packets import DamagedPacket, PacketIndex, SelectiveDecoder, Wanted, all_frames, decode, index_packets
from .video import Pixels, Video, VideoFrame

VIDEO_ENDINGS = (".mp4", ".m4v", ".webm", ".mkv", ".mov", ".avi", ".gif")
FORMATS = "Give mp4, webm, mkv, mov, gif, animated webp, or a folder of stills."
NOT_VIDEO_FORMATS = ("tty",)  # FFmpeg "plays" any text file as terminal art
MAX_PIXEL_ASPECT = 4.0  # of a pixel's sides; a file that states more states nonsense
MAX_MISSING = 0.05  # a file that ends more than this share of its stated length too early was cut off


def open_video(path: Path, start: float = 0.0, end: float | None = None) -> Video:
    """Open a video file or a folder of stills. UserError when it is missing or holds no pictures."""
    video: Video
    if path.is_dir():
        video = ImageSequence(path)
    else:
        check_file(path, f"{path} cannot be read.", "Give a video, or a folder of numbered stills.")
        with path.open("rb") as file:
            is_webp = file.read(12)[8:] == b"WEBP"
        if is_webp:
            video = AnimatedPicture(path)
        else:
            video = DecodedVideo(path)
    video.start, video.end = start, end
    return video


class DecodedVideo(Video):
    """A video file. Frames of variable rate keep their own times; turned, mirrored and stretched as the file says."""

    is_damaged = False  # known when `frames` has found a packet that cannot be decoded

    def __init__(self, path: Path) -> None:
        self.path = path
        with _opened(path) as container:
            stream = _video_stream(container, path)
            context = stream.codec_context
            self.metadata = [*container.metadata.values(), *stream.metadata.values()]
            for frame in decode(container, stream):
                self.orientation = Orientation.of(frame)
                break
            else:
                raise UserError(f"{path} holds no picture.", "Not one frame of it can be decoded.")
            self.size = self.orientation.size(_with_square_pixels(stream, (context.width, context.height)))
            self.length = _duration(container, stream)
            self.rate = float(stream.average_rate or stream.guessed_rate or 25)
            self.count = stream.frames or round((self.length or 0) * self.rate)

    def frames(self, wanted: Wanted = all_frames) -> Iterator[VideoFrame]:
        number = -1
        try:
            for frame in self._frames(wanted):
                number = frame.index
                yield frame
        except DamagedPacket:
            self.is_damaged = True
            yield from (frame for frame in self._frames(wanted) if frame.index > number)

    def _frames(self, wanted: Wanted) -> Iterator[VideoFrame]:
        last = 0.0
        with _opened(self.path) as container:
            stream = _video_stream(container, self.path)
            origin = float((stream.start_time or 0) * (stream.time_base or 0))
            decoder = SelectiveDecoder(container, stream, self.packets, wanted, one_by_one=self.is_damaged)
            gaps, errors = [*self.gaps], 0
            for index, frame in decoder.frames():
                time = index / self.rate if frame.pts is None else float(frame.pts * stream.time_base) - origin
                if any(first < time < end for first, end in self.gaps):  # found when it was read before
                    continue
                guessed = decoder.good_from is not None and frame.pts < decoder.good_from
                if guessed and not self.gaps:
                    continue
                broken = any(last <= first and end <= time for first, end in self.gaps)
                if decoder.errors > errors and not self.gaps:
                    errors, broken = decoder.errors, True
                    gaps.append((last, time))
                last = time
                if self.end is not None and time > self.end:
                    return
                if self._within(time) and wanted(index):
                    yield VideoFrame(index, time, self._pixels(frame), broken)
            self.gaps = gaps
            if decoder.last_skipped is not None:  # what was skipped is there all the same
                last = max(last, float(decoder.last_skipped * stream.time_base) - origin)
        expected = min(self.length or 0.0, self.end or np.inf)
        if last + 2 / self.rate < expected * (1 - MAX_MISSING):
            raise UserError(
                f"{self.path} is damaged.",
                f"It says it lasts {self.length:.1f} s, and its pictures end at {last:.1f} s.",
                f"Get the whole file, or use what is there: --to {int(last * 10) / 10}",
            )

    @cached_property
    def packets(self) -> PacketIndex | None:
        """Index of the file's packets, made without decoding."""
        with _opened(self.path) as container:
            return index_packets(container, _video_stream(container, self.path))

    def samples(self, n: int) -> Iterator[VideoFrame]:
        length = self.length
        if not length or self.count <= 8 * n:  # short: reading it through costs little, and every container can
            every = max(1, self.count // n)
            yield from (frame for i, frame in enumerate(self.frames()) if i % every == 0)
            return
        first, last = self.start, min(length, self.end or length)
        with _opened(self.path) as container:
            stream = _video_stream(container, self.path)
            origin = float((stream.start_time or 0) * (stream.time_base or 0))
            for i in range(n):
                time = first + (last - first) * (i + 0.5) / n
                container.seek(round((time + origin) * 1_000_000))
                frame = next(decode(container, stream), None)
                if frame is not None:
                    yield VideoFrame(-1, time, self._pixels(frame))

    def sha256(self) -> str:
        return file_sha256(self.path)

    def _pixels(self, frame: Any) -> Pixels:
        def pixels(size: tuple[int, int] | None = None) -> np.ndarray:
            width, height = self.orientation.size(size or self.size)
            # The matrix is unspecified: players take BT.709 from 720 lines on, FFmpeg's scaler would take BT.601.
            matrix = "ITU709" if int(frame.colorspace) == 2 and frame.height >= 720 else None
            scaling = "AREA" if width <= frame.width and height <= frame.height else "BICUBIC"
            picture = frame.reformat(width, height, "rgb24", src_colorspace=matrix, interpolation=scaling)
            return self.orientation.show(picture.to_ndarray())

        return pixels


class ImageSequence(Video):
    """A folder of stills of one shape, in the order of the numbers in their names, shown as one a second."""

    rate = 1.0

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = in_number_order(p for p in path.iterdir() if is_picture(p))
        if not self.files:
            raise UserError(f"{path} holds no stills.", fix=f"Put pictures into it: {', '.join(PICTURE_ENDINGS)}.")
        self.count = len(self.files)
        first = read_levels(self.files[0])
        self.size = (first.shape[1], first.shape[0])

    def frames(self, wanted: Wanted = all_frames) -> Iterator[VideoFrame]:
        for index, file in enumerate(self.files):
            if self._within(index) and wanted(index):
                yield VideoFrame(index, float(index), self._pixels(file))

    def samples(self, n: int) -> Iterator[VideoFrame]:
        every = max(1, self.count // n)
        return (frame for frame in self.frames() if frame.index % every == 0)

    @property
    def sources(self) -> Sequence[Path]:
        return self.files

    def sha256(self) -> str:
        import hashlib

        return hashlib.sha256("".join(file_sha256(file) for file in self.files).encode()).hexdigest()

    def _pixels(self, file: Path) -> Pixels:
        def pixels(size: tuple[int, int] | None = None) -> np.ndarray:
            picture = read_levels(file)
            height, width = picture.shape[:2]
            if abs(width / height - self.size[0] / self.size[1]) > 0.02:
                raise UserError(
                    f"{file} has another shape than the first still.",
                    f"It is {width}x{height}, the first is {self.size[0]}x{self.size[1]}.",
                    "Put stills of one shape into the folder.",
                )
            size = size or self.size
            return picture if size == (width, height) else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)

        return pixels


def in_number_order(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=_natural_order)


def _natural_order(path: Path) -> list[tuple[int, int | str]]:
    """Make a sorting key that puts frame2 before frame10."""
    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", path.name.lower()) if part]


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open the container of a video; FFmpeg's errors, on opening or later, become a UserError."""
    import av

    try:
        with open_container(path) as container:
            yield container
    except (av.FFmpegError, ValueError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"{path} is not a video that can be read.", f"FFmpeg says: {reason}.", FORMATS) from None


def _video_stream(container: Any, path: Path) -> Any:
    """Find the first video stream; a song's cover is none."""
    import av

    cover = av.stream.Disposition.attached_pic
    streams = [s for s in container.streams.video if not s.disposition & cover]
    if not streams or container.format.name in NOT_VIDEO_FORMATS:
        raise UserError(f"{path} is not a video.", "It has no video stream.", "Give mp4, webm, mkv, mov or gif.")
    streams[0].thread_type = "AUTO"
    return streams[0]


def _with_square_pixels(stream: Any, size: tuple[int, int]) -> tuple[int, int]:
    """Return the size (width, height) at which pixels are square, no side smaller than it is stored."""
    aspect = float(stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or 1)
    if not 1 / MAX_PIXEL_ASPECT <= aspect <= MAX_PIXEL_ASPECT:
        return size
    return round(size[0] * max(aspect, 1)), round(size[1] / min(aspect, 1))


def _duration(container: Any, stream: Any) -> float | None:
    """Return the duration of the video stream in seconds as the file states it, or None."""
    if stream.duration:
        return float(stream.duration * stream.time_base)
    if match := re.fullmatch(r"(\d+):(\d+):([\d.]+)", stream.metadata.get("DURATION", "")):  # Matroska and WebM
        return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])
    only = len(container.streams) == 1  # else it may be the sound's
    return container.duration / 1_000_000 if container.duration and only else None
