"""Output options of `ppp run` and `ppp replay`: formats and speed of the video, the overlay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..pipeline.writers import VideoOptions

VideoFormat = Annotated[
    list[str] | None,
    typer.Option(
        "--video-format",
        help="mp4 (the default), webm, gif, webp or apng. Repeatable, or several separated by commas.",
    ),
]
Fps = Annotated[float | None, typer.Option("--fps", help="Frames per second of the video, 0.1 to 60.")]
Duration = Annotated[
    float | None, typer.Option("--duration", help="Seconds of the whole video, including the hold of the last frame.")
]
Overlay = Annotated[
    bool,
    typer.Option("--overlay", help="Also write overlay pictures of what each step changed."),
]


@dataclass(frozen=True)
class OutputOptions:
    """Writers and video options for `TimeLapse.save`."""

    writers: tuple[str, ...]
    video: VideoOptions

    @classmethod
    def parse(
        cls, formats: list[str] | None, fps: float | None, duration: float | None, overlay: bool, n_frames: int
    ) -> OutputOptions:
        """Parse and check the options. Raises UserError before anything is loaded or painted."""
        from ..pipeline.writers import DEFAULT, VideoOptions
        from ..pipeline.writers.encoders import check_formats
        from ..pipeline.writers.timing import parse_formats, video_timing

        video = VideoOptions(parse_formats(formats or []), fps, duration)
        video_timing(video, n_frames)
        check_formats(video.formats)
        return cls((*DEFAULT, "overlay") if overlay else DEFAULT, video)
