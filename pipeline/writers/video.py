"""timelapse.mp4 (H.264, plays in browsers) through PyAV; without PyAV timelapse.webm (VP9 or VP8) through OpenCV."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import cv2
import numpy as np

from ...modules.errors import PPPError
from .base import Job, Writer

LONGEST = 2048  # browsers' hardware decoders stop at 4096; a screen shows no more than this
SHORTEST = 16  # one H.264 macroblock
LENGTH = 7.0  # seconds that a time lapse should last
HOLD = 2.0  # seconds that the last frame stays
SLOWEST, FASTEST = 2, 30  # frames per second


def frames_per_second(n_frames: int) -> int:
    """So many that N frames last about LENGTH seconds, within what can be watched."""
    return int(np.clip(round(n_frames / LENGTH), SLOWEST, FASTEST))


def video_size(size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """(width, height) of a frame -> its size in the video, and the size it is padded to: even, not under SHORTEST."""
    scale = min(1.0, LONGEST / max(size))
    scaled = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    padded = (max(SHORTEST, scaled[0] + scaled[0] % 2), max(SHORTEST, scaled[1] + scaled[1] % 2))
    return scaled, padded


class VideoWriter(Writer):
    """Scales large frames down and pads odd sides by repeating the last row or column."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.scaled, self.padded = video_size(job.size)
        self.rate = frames_per_second(job.n_frames)
        self.hold = round(HOLD * self.rate)
        self.last: np.ndarray | None = None
        self.stream = _open(job, self.padded, self.rate)

    def add(self, index: int, frame: np.ndarray) -> None:
        if self.scaled != self.job.size:
            frame = cv2.resize(frame, self.scaled, interpolation=cv2.INTER_AREA)
        bottom, right = self.padded[1] - self.scaled[1], self.padded[0] - self.scaled[0]
        self.last = cv2.copyMakeBorder(frame, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
        self.stream.write(self.last)

    def close(self) -> dict[str, Any]:
        for _ in range(self.hold):
            self.stream.write(self.last)
        self.stream.close()
        return {"video": {"file": self.stream.name, "codec": self.stream.codec, "fps": self.rate, "hold": self.hold}}

    def abort(self) -> None:
        self.stream.abort()


def _open(job: Job, size: tuple[int, int], rate: int) -> Any:
    try:
        import av  # noqa: F401
    except ImportError:
        return _OpenCV(job, size, rate)
    return _PyAV(job, size, rate)


class _PyAV:
    """H.264 in MP4, index at the front so that a browser can start before it has everything."""

    name, codec = "timelapse.mp4", "h264"

    def __init__(self, job: Job, size: tuple[int, int], rate: int) -> None:
        import av

        self.container = av.open(str(job.folder / self.name), "w", options={"movflags": "+faststart"})
        self.container.metadata.update({"comment": "; ".join(job.text.values())})
        stream = self.container.add_stream("libx264", rate=Fraction(rate))
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], "yuv420p"
        stream.options = {"crf": "18", "preset": "faster"}
        # Said in the stream, or players guess the colour matrix by the picture's size and get the skin wrong.
        context = stream.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = 1, 1, 1, 1
        self.stream = stream

    def write(self, frame: np.ndarray) -> None:
        from av import VideoFrame
        from av.video.reformatter import Colorspace, VideoReformatter

        picture = VideoFrame.from_ndarray(frame, format="rgb24")
        picture = VideoReformatter().reformat(picture, format="yuv420p", dst_colorspace=Colorspace.ITU709)
        self.container.mux(self.stream.encode(picture))

    def close(self) -> None:
        self.container.mux(self.stream.encode(None))
        self.container.close()

    def abort(self) -> None:
        self.container.close()


class _OpenCV:
    """VP9 in WebM, or VP8 where this OpenCV has no VP9. Its container takes no metadata: process.json has it."""

    name = "timelapse.webm"

    def __init__(self, job: Job, size: tuple[int, int], rate: int) -> None:
        path = str(job.folder / self.name)
        for self.codec, fourcc in (("vp9", "VP90"), ("vp8", "VP80")):
            self.writer = cv2.VideoWriter(path, cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*fourcc), rate, size)
            if self.writer.isOpened():
                return
        raise PPPError(
            "The video cannot be written.",
            "PyAV is not installed, and this OpenCV has neither VP9 nor VP8.",
            'Install the extra: pip install "painting-process-predict[video]"',
        )

    def write(self, frame: np.ndarray) -> None:
        self.writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))

    def close(self) -> None:
        self.writer.release()

    abort = close
