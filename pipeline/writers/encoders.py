"""Video encoders: H.264 in MP4 and VP9 in WebM with PyAV; WebM with OpenCV where PyAV is missing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...modules.imaging.resize import fit_size
from ...modules.io.errors import PPPError, UserError, install_extra
from ...modules.io.ffmpeg import open_container
from ..provenance import one_line
from .matroska import add_comment
from .timing import Timing

MAX_VIDEO_SIDE = 2048  # browsers' hardware decoders stop at 4096; a screen shows no more than this
MIN_VIDEO_SIDE = 16  # one H.264 macroblock
H264_ENCODER = "libx264"
# crf: lower is better. x264's slower presets gain little on pictures that hardly move; row-mt makes VP9 use more than
# one core.
CODECS: dict[str, tuple[str, str, dict[str, str]]] = {
    "mp4": ("h264", H264_ENCODER, {"crf": "18", "preset": "faster", "rc-lookahead": "8"}),
    "webm": ("vp9", "libvpx-vp9", {"crf": "28", "b": "0", "deadline": "good", "cpu-used": "5", "row-mt": "1"}),
}


def video_size(size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return a frame's (width, height) scaled for the video, and padded: even and at least MIN_VIDEO_SIDE."""
    scaled = fit_size(size[::-1], MAX_VIDEO_SIDE)
    padded = (max(MIN_VIDEO_SIDE, scaled[0] + scaled[0] % 2), max(MIN_VIDEO_SIDE, scaled[1] + scaled[1] % 2))
    return scaled, padded


def can_encode(name: str) -> bool:
    """Return whether PyAV is installed and its FFmpeg has the encoder of a format."""
    try:
        import av

        av.codec.Codec(CODECS[name][1], "w")
    except (ImportError, ValueError):  # av's UnknownCodecError is a ValueError
        return False
    return True


def check_formats(names: tuple[str, ...]) -> None:
    """Raise UserError when one of the formats cannot be written on this machine."""
    if "mp4" in names and not can_encode("mp4"):
        raise UserError(
            "An mp4 cannot be written on this machine.", "PyAV with H.264 is not installed.",
            f"{install_extra('video')}, or use --video-format webm.",
        )  # fmt: skip


def open_encoder(path: Path, size: tuple[int, int], timing: Timing, text: Mapping[str, str]) -> "VideoEncoder":
    """Open a video file for frames (H,W,3) uint8 of `size`; its suffix is the format, .mp4 or .webm.

    Raises UserError for an mp4 where H.264 cannot be written.
    """
    name = path.suffix[1:]
    if can_encode(name):
        return PyAVEncoder(path, size, timing, text)
    check_formats((name,))
    return OpenCVEncoder(path, size, timing, text)


class VideoEncoder:
    """Base class: scales large frames down, pads odd sides with the last row or column, holds the last frame."""

    codec = ""

    def __init__(self, path: Path, size: tuple[int, int], timing: Timing, text: Mapping[str, str]) -> None:
        self.path, self.size, self.timing, self.text = path, size, timing, text
        self.scaled, self.padded = video_size(size)
        self.last: np.ndarray | None = None

    def add(self, frame: np.ndarray, pictures: int = 1) -> None:
        """Show a frame for the time of so many pictures."""
        if self.scaled != self.size:
            frame = cv2.resize(frame, self.scaled, interpolation=cv2.INTER_AREA)
        bottom, right = self.padded[1] - self.scaled[1], self.padded[0] - self.scaled[0]
        self.last = cv2.copyMakeBorder(frame, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
        for _ in range(pictures):
            self.encode(self.last)

    def add_between(self, picture: np.ndarray) -> None:
        """Show a picture between two frames."""
        self.add(picture)

    def close(self) -> dict[str, Any]:
        """Finish the file and return its entry for process.json."""
        assert self.last is not None
        for _ in range(self.timing.hold):
            self.encode(self.last)
        self.finish()
        return {"file": self.path.name, "codec": self.codec, **self.timing.to_json(), "size": list(self.padded)}

    def encode(self, frame: np.ndarray) -> None:
        """Encode a frame of the padded size."""
        raise NotImplementedError

    def finish(self) -> None:
        """Flush the encoder and close the file."""
        raise NotImplementedError

    def abort(self) -> None:
        """Close the file after a failure."""
        self.finish()


class PyAVEncoder(VideoEncoder):
    """MP4 with its index at the front, so that browsers can start playing early; or WebM."""

    def __init__(self, path: Path, size: tuple[int, int], timing: Timing, text: Mapping[str, str]) -> None:
        from av.video.reformatter import VideoReformatter

        super().__init__(path, size, timing, text)
        self.codec, encoder, options = CODECS[path.suffix[1:]]
        faststart = {"movflags": "+faststart"} if path.suffix == ".mp4" else {}
        self.container = open_container(path, "w", options=faststart)
        self.container.metadata.update({"comment": one_line(text)})
        stream: Any = self.container.add_stream(encoder, rate=timing.rate)
        stream.width, stream.height, stream.pix_fmt = self.padded[0], self.padded[1], "yuv420p"
        stream.options = options
        # Stored in the stream, or players guess the colour matrix by the picture's size and get skin colours wrong.
        context = stream.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = 1, 1, 1, 1
        self.stream, self._reformatter = stream, VideoReformatter()

    def encode(self, frame: np.ndarray) -> None:
        from av import VideoFrame
        from av.video.reformatter import Colorspace

        picture = VideoFrame.from_ndarray(frame, format="rgb24")
        picture = self._reformatter.reformat(picture, format="yuv420p", dst_colorspace=Colorspace.ITU709)
        self.container.mux(self.stream.encode(picture))

    def finish(self) -> None:
        self.container.mux(self.stream.encode(None))
        self.container.close()

    def abort(self) -> None:
        self.container.close()


class OpenCVEncoder(VideoEncoder):
    """VP9 in WebM, or VP8 where this OpenCV has no VP9; metadata is added to the finished file."""

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
            install_extra("video"),
        )

    def encode(self, frame: np.ndarray) -> None:
        self.writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))

    def finish(self) -> None:
        self.writer.release()
        add_comment(self.path, one_line(self.text))

    def abort(self) -> None:
        self.writer.release()
