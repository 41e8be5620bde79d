"""timelapse.mp4, .webm, .gif, .webp or .apng: the frames as something to watch, the last one held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .animated import AnimationFile
from .base import Job, Writer
from .encoders import VideoFile, can_encode, open_video
from .timing import VideoOptions, timing

STEM = "timelapse"


class Clip:
    """The same frames in every format that is asked for: STEM.mp4 and so on, in a folder.

    size: (width, height) of the frames; n_frames: how many will come; text: metadata.
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
        when = timing(options, n_frames)
        self.files: list[VideoFile | AnimationFile] = []
        try:
            for name in names:
                path = folder / f"{stem}.{name}"
                if name in ("mp4", "webm"):
                    self.files.append(open_video(path, size, when, text))
                else:
                    self.files.append(AnimationFile(path, size, when, text))
        except BaseException:
            self.abort()
            raise

    def add(self, frame: np.ndarray) -> None:
        """The next frame, (H,W,3) uint8."""
        for file in self.files:
            file.add(frame)

    def close(self) -> list[dict[str, Any]]:
        """Finish the files -> for each what process.json says of it: file, codec, fps, hold, seconds, size."""
        facts = []
        while self.files:
            facts.append(self.files[0].close())
            self.files.pop(0)
        return facts

    def abort(self) -> None:
        for file in self.files:
            file.abort()


def write_clip(
    folder: Path,
    stem: str,
    frames: Iterable[np.ndarray],
    n_frames: int,
    text: Mapping[str, str],
    options: VideoOptions | None = None,
) -> list[dict[str, Any]]:
    """Write n_frames frames (H,W,3) uint8 of one size as STEM.mp4, or as `options` say; what `Clip.close` says."""
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
    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.clip = Clip(job.folder, STEM, job.size, job.n_frames, job.text, job.video)

    def add(self, index: int, frame: np.ndarray) -> None:
        self.clip.add(frame)

    def close(self) -> dict[str, Any]:
        videos = self.clip.close()
        return {"video": videos[0], "videos": videos}

    def abort(self) -> None:
        self.clip.abort()
