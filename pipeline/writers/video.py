"""Writer of the time lapse: the frames as mp4, webm, gif, webp or apng, with the last one held."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...modules.brush.stroke import StrokeList
from .animated import AnimationEncoder
from .base import WriteJob, Writer
from .encoders import VideoEncoder, can_encode, open_encoder
from .timing import VideoOptions, video_timing

STEM = "timelapse"


class Clip:
    """Encodes the same frames in every requested format: STEM.mp4 and so on, in a folder.

    Args:
        stem: the files' name without suffix.
        size: (width, height) of the frames.
        n_frames: how many frames will come.
        options: formats and speed; None means the defaults.
    """

    def __init__(
        self,
        folder: Path,
        stem: str,
        size: tuple[int, int],
        n_frames: int,
        text: Mapping[str, str],
        options: VideoOptions | None = None,
    ) -> None:
        options = options or VideoOptions()
        names = options.formats or ("mp4" if can_encode("mp4") else "webm",)
        timing = video_timing(options, n_frames)
        self.encoders: list[VideoEncoder | AnimationEncoder] = []
        try:
            for name in names:
                open_file = open_encoder if name in ("mp4", "webm") else AnimationEncoder
                self.encoders.append(open_file(folder / f"{stem}.{name}", size, timing, text))
        except BaseException:
            self.abort()
            raise

    def add(self, frame: np.ndarray) -> None:
        """Add the next frame, (H,W,3) uint8."""
        for encoder in self.encoders:
            encoder.add(frame)

    def close(self) -> list[dict[str, Any]]:
        """Finish the files; return each one's entry for process.json: file, codec, fps, hold, seconds, size."""
        entries = []
        while self.encoders:
            entries.append(self.encoders[0].close())
            self.encoders.pop(0)
        return entries

    def abort(self) -> None:
        """Close the files after a failure."""
        for encoder in self.encoders:
            encoder.abort()


def write_clip(
    folder: Path,
    stem: str,
    frames: Iterable[np.ndarray],
    n_frames: int,
    text: Mapping[str, str],
    options: VideoOptions | None = None,
) -> list[dict[str, Any]]:
    """Write `n_frames` frames (H,W,3) uint8 of one size as STEM.mp4, or as `options` say; returns as `Clip.close`."""
    clip: Clip | None = None
    try:
        for frame in frames:
            if clip is None:
                clip = Clip(folder, stem, (frame.shape[1], frame.shape[0]), n_frames, text, options)
            clip.add(frame)
        return clip.close() if clip else []
    except BaseException:
        if clip:
            clip.abort()
        raise


class VideoWriter(Writer):
    """Writes the time lapse."""

    def __init__(self, job: WriteJob) -> None:
        super().__init__(job)
        self.clip = Clip(job.folder, STEM, job.size, job.n_frames, job.text, job.video)

    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        self.clip.add(frame)

    def close(self) -> dict[str, Any]:
        videos = self.clip.close()
        return {"video": videos[0], "videos": videos}

    def abort(self) -> None:
        self.clip.abort()
