"""Writer of the time lapse: the frames as mp4, webm, gif, webp or apng, with the last one held."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...modules.brush.brush_tip import draw_brush
from ...modules.brush.in_between import in_between
from ...modules.brush.stroke import StrokeList
from ...modules.imaging.resize import fit_size, resize
from ...modules.io.errors import UserError
from ..images import quantise
from .animated import AnimationEncoder
from .base import WriteJob, Writer
from .encoders import MAX_VIDEO_SIDE, VideoEncoder, can_encode, open_encoder
from .film_layout import draw_title, plan_layout
from .timing import VideoOptions, video_timing

STEM = "timelapse"


class Clip:
    """Encodes the same frames in every requested format: STEM.mp4 and so on, in a folder.

    Args:
        stem: the files' name without suffix.
        size: (width, height) of the frames.
        n_frames: how many frames will come.
        options: formats and speed; None means the defaults.
        strokes: whether pictures between frames will come.
    """

    def __init__(
        self,
        folder: Path,
        stem: str,
        size: tuple[int, int],
        n_frames: int,
        text: Mapping[str, str],
        options: VideoOptions | None = None,
        *,
        strokes: bool = False,
    ) -> None:
        options = options or VideoOptions()
        names = options.formats or ("mp4" if can_encode("mp4") else "webm",)
        self.timing = video_timing(options, n_frames, strokes=strokes)
        self.encoders: list[VideoEncoder | AnimationEncoder] = []
        try:
            for name in names:
                open_file = open_encoder if name in ("mp4", "webm") else AnimationEncoder
                self.encoders.append(open_file(folder / f"{stem}.{name}", size, self.timing, text))
        except BaseException:
            self.abort()
            raise

    def add(self, frame: np.ndarray, pictures: int = 1) -> None:
        """Add the next frame, (H,W,3) uint8, shown for the time of so many pictures."""
        for encoder in self.encoders:
            encoder.add(frame, pictures)

    def add_between(self, picture: np.ndarray) -> None:
        """Add a picture between two frames, (H,W,3) uint8."""
        for encoder in self.encoders:
            encoder.add_between(picture)

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
    """Writes the time lapse. Strokes are shown being laid where a step has some; a frame without them as it is."""

    def __init__(self, job: WriteJob) -> None:
        super().__init__(job)
        timing = video_timing(job.video, job.n_frames, strokes=job.strokes)
        self.smooth = timing.smooth
        # Pictures between frames are rendered at the size of the video: strokes have none.
        self.size = job.size if self.smooth == 1 else fit_size(job.size[::-1], MAX_VIDEO_SIDE)
        self.painting = None if job.painting is None or self.smooth == 1 else resize(job.painting, self.size)
        if job.video.beside and job.reference is None:
            raise UserError(
                "--beside shows the painting beside the canvas.", "It is not known.", "Give it: --painting FILE"
            )
        self.layout = plan_layout(self.size, job.video.shape, job.video.beside)
        size = self.size if self.layout is None else self.layout.size
        self.clip = Clip(job.folder, STEM, size, job.n_frames, job.text, job.video, strokes=job.strokes)
        self.before: np.ndarray | None = None
        shown = np.zeros((1, 1, 3), np.uint8) if job.reference is None else quantise(job.reference)
        self.ground = None if self.layout is None else self.layout.ground(shown)
        if timing.lead:
            self.clip.add(draw_title(size, job.video.title, shown), timing.lead)

    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        if self.smooth == 1:
            self.clip.add(self._framed(frame))
            return
        if self.size != self.job.size:
            frame = cv2.resize(frame, self.size, interpolation=cv2.INTER_AREA)
        before, self.before = self.before, frame
        if before is None or not strokes:
            self.clip.add(self._framed(frame), self.smooth if index else 1)
            return
        for moment in in_between(before, frame, strokes, self.smooth - 1, self.painting):
            self.clip.add_between(self._framed(self._shown(moment.picture, strokes, moment.stroke, moment.share)))
        last = index == self.job.n_frames - 1  # nobody's brush is on the finished picture
        self.clip.add(self._framed(frame if last else self._shown(frame, strokes, len(strokes) - 1, 1.0)))

    def _framed(self, picture: np.ndarray) -> np.ndarray:
        """Put a picture where it stands in the film."""
        return picture if self.layout is None or self.ground is None else self.layout.compose(self.ground, picture)

    def _shown(self, picture: np.ndarray, strokes: StrokeList, stroke: int, share: float) -> np.ndarray:
        return draw_brush(picture, strokes, stroke, share) if self.job.video.show_brush else picture

    def close(self) -> dict[str, Any]:
        videos = self.clip.close()
        return {"video": videos[0], "videos": videos}

    def abort(self) -> None:
        self.clip.abort()
