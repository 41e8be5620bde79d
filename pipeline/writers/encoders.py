"""Video containers: H.264 in MP4 and VP9 in WebM through PyAV; without PyAV WebM through OpenCV."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...modules.io.errors import PPPError, UserError
from ...modules.io.ffmpeg import open_container
from ..provenance import one_line
from .matroska import add_comment
from .timing import Timing

LONGEST = 2048  # browsers' hardware decoders stop at 4096; a screen shows no more than this
SHORTEST = 16  # one H.264 macroblock
H264 = "libx264"
# crf: the quality, less is better. x264's slower presets gain little on pictures that hardly move; VP9's row-mt is
# what makes it use more than one core.
CODECS: dict[str, tuple[str, str, dict[str, str]]] = {
    "mp4": ("h264", H264, {"crf": "18", "preset": "faster"}),
    "webm": ("vp9", "libvpx-vp9", {"crf": "28", "b": "0", "deadline": "good", "cpu-used": "5", "row-mt": "1"}),
}


def video_size(size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """(width, height) of a frame -> its size in the video, and the size it is padded to: even, not under SHORTEST."""
    scale = min(1.0, LONGEST / max(size))
    scaled = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    padded = (max(SHORTEST, scaled[0] + scaled[0] % 2), max(SHORTEST, scaled[1] + scaled[1] % 2))
    return scaled, padded


def can_encode(name: str) -> bool:
    """Whether PyAV is installed and its FFmpeg has the encoder for format `name`."""
    try:
        import av

        av.codec.Codec(CODECS[name][1], "w")
    except (ImportError, ValueError):  # av's UnknownCodecError is a ValueError
        return False
    return True


def check_formats(names: tuple[str, ...]) -> None:
    """UserError when one of the formats cannot be written on this machine."""
    if "mp4" in names and not can_encode("mp4"):
        raise UserError(
            "An mp4 cannot be written here.", "PyAV with H.264 is not installed.",
            'Install the extra: pip install "painting-process-predict[video]", or use --video-format webm.',
        )  # fmt: skip


def open_video(path: Path, size: tuple[int, int], timing: Timing, text: Mapping[str, str]) -> VideoFile:
    """A video file to write frames (H,W,3) uint8 of `size` to; the suffix of `path` is its format, mp4 or webm.

    Raises UserError for an mp4 where nothing can write H.264.
    """
    name = path.suffix[1:]
    if can_encode(name):
        return _PyAV(path, size, timing, text)
    check_formats((name,))
    return _OpenCV(path, size, timing, text)


class VideoFile:
    """Scales large frames down, pads odd sides by repeating the last row or column, and holds the last frame."""

    codec = ""

    def __init__(self, path: Path, size: tuple[int, int], timing: Timing, text: Mapping[str, str]) -> None:
        self.path, self.size, self.timing, self.text = path, size, timing, text
        self.scaled, self.padded = video_size(size)
        self.last: np.ndarray | None = None

    def add(self, frame: np.ndarray) -> None:
        if self.scaled != self.size:
            frame = cv2.resize(frame, self.scaled, interpolation=cv2.INTER_AREA)
        bottom, right = self.padded[1] - self.scaled[1], self.padded[0] - self.scaled[0]
        self.last = cv2.copyMakeBorder(frame, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
        self.encode(self.last)

    def close(self) -> dict[str, Any]:
        """Finish the file -> what process.json says of it."""
        assert self.last is not None
        for _ in range(self.timing.hold):
            self.encode(self.last)
        self.finish()
        return {
            "file": self.path.name, "codec": self.codec, "fps": _number(self.timing.rate), "hold": self.timing.hold,
            "seconds": round(self.timing.seconds, 3), "size": list(self.padded),
        }  # fmt: skip

    def encode(self, frame: np.ndarray) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        raise NotImplementedError

    def abort(self) -> None:
        """Let go of the file after a failure."""
        self.finish()


def _number(rate: Fraction) -> int | float:
    return int(rate) if rate.denominator == 1 else round(float(rate), 4)


class _PyAV(VideoFile):
    """MP4 with its index at the front, so that a browser can start before it has everything; or WebM."""

    def __init__(self, path: Path, size: tuple[int, int], timing: Timing, text: Mapping[str, str]) -> None:
        super().__init__(path, size, timing, text)
        self.codec, encoder, options = CODECS[path.suffix[1:]]
        faststart = {"movflags": "+faststart"} if path.suffix == ".mp4" else {}
        self.container = open_container(path, "w", options=faststart)
        self.container.metadata.update({"comment": one_line(text)})
        stream: Any = self.container.add_stream(encoder, rate=timing.rate)
        stream.width, stream.height, stream.pix_fmt = self.padded[0], self.padded[1], "yuv420p"
        stream.options = options
        # Said in the stream, or players guess the colour matrix by the picture's size and get the skin wrong.
        context = stream.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = 1, 1, 1, 1
        self.stream = stream

    def encode(self, frame: np.ndarray) -> None:
        from av import VideoFrame
        from av.video.reformatter import Colorspace, VideoReformatter

        picture = VideoFrame.from_ndarray(frame, format="rgb24")
        picture = VideoReformatter().reformat(picture, format="yuv420p", dst_colorspace=Colorspace.ITU709)
        self.container.mux(self.stream.encode(picture))

    def finish(self) -> None:
        self.container.mux(self.stream.encode(None))
        self.container.close()

    def abort(self) -> None:
        self.container.close()


class _OpenCV(VideoFile):
    """VP9 in WebM, or VP8 where this OpenCV has no VP9. It writes no metadata: that is added when it is through."""

    def __init__(self, path: Path, size: tuple[int, int], timing: Timing, text: Mapping[str, str]) -> None:
        super().__init__(path, size, timing, text)
        for self.codec, fourcc in (("vp9", "VP90"), ("vp8", "VP80")):
            code = cv2.VideoWriter.fourcc(*fourcc)
            self.writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, float(timing.rate), self.padded)
            if self.writer.isOpened():
                return
        raise PPPError(
            "The video cannot be written.",
            "PyAV is not installed, and this OpenCV has neither VP9 nor VP8.",
            'Install the extra: pip install "painting-process-predict[video]"',
        )

    def encode(self, frame: np.ndarray) -> None:
        self.writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))

    def finish(self) -> None:
        self.writer.release()
        add_comment(self.path, one_line(self.text))

    def abort(self) -> None:
        self.writer.release()
