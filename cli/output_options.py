"""Options of `ppp run` that say how the result is shown: formats and speed of the video, the overlay."""

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
        help="mp4 (the default), webm, gif, webp or apng. Repeatable, or several with commas between them.",
    ),
]
Fps = Annotated[float | None, typer.Option("--fps", help="Frames per second of the video, 0.1 to 60.")]
Duration = Annotated[
    float | None, typer.Option("--duration", help="Seconds of the whole video, the last picture's hold included.")
]
Overlay = Annotated[
    bool,
    typer.Option("--overlay", help="Also write what every step changed, drawn on the canvas."),
]


@dataclass(frozen=True)
class OutputOptions:
    """What `TimeLapse.save` is told."""

    writers: tuple[str, ...]
    video: VideoOptions

    @classmethod
    def of(
        cls, formats: list[str] | None, fps: float | None, duration: float | None, overlay: bool, n_frames: int
    ) -> OutputOptions:
        """The options, checked: UserError before anything is loaded or painted."""
        from ..pipeline.writers import DEFAULT, VideoOptions
        from ..pipeline.writers.encoders import check_formats
        from ..pipeline.writers.timing import parse_formats, video_timing

        video = VideoOptions(parse_formats(formats or []), fps, duration)
        video_timing(video, n_frames)
        check_formats(video.formats)
        return cls((*DEFAULT, "overlay") if overlay else DEFAULT, video)
