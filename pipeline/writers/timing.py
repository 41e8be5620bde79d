"""Video options and timing: frame rate and hold of the last frame, checked before anything is painted."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ...modules.io.errors import UserError, did_you_mean

PAINTING_SECONDS = 7.0  # default length of the painting
HOLD_SECONDS = 2.0  # how long the last frame is held
MIN_DEFAULT_FPS, MAX_DEFAULT_FPS = 2, 30  # of default frame rates
FORMAT_MAX_FPS = {"gif": 50}  # browsers play GIF frames shorter than 0.02 s at a tenth of the speed
MAX_FPS, MIN_FPS = 60, 0.1
MAX_SECONDS = 3600.0
FORMATS = ("mp4", "webm", "gif", "webp", "apng")


@dataclass(frozen=True)
class VideoOptions:
    """Requested formats and speed of the video.

    Attributes:
        formats: of `FORMATS`; none means mp4, or webm where H.264 cannot be written.
        fps: frames per second.
        duration: seconds of the whole video, including the hold of the last frame.
    """

    formats: tuple[str, ...] = ()
    fps: float | None = None
    duration: float | None = None


@dataclass(frozen=True)
class Timing:
    """Frame rate and length of a video."""

    rate: Fraction  # frames per second
    frames: int  # number of painted frames
    hold: int  # how many times the last frame is repeated

    @property
    def seconds(self) -> float:
        """Length of the whole video."""
        return float((self.frames + self.hold) / self.rate)

    def to_json(self) -> dict[str, Any]:
        """Return the timing's keys in process.json."""
        fps = int(self.rate) if self.rate.denominator == 1 else round(float(self.rate), 4)
        return {"fps": fps, "hold": self.hold, "seconds": round(self.seconds, 3)}

    def milliseconds(self, unit: int = 1) -> list[int]:
        """Return how long each frame is shown in multiples of `unit` milliseconds, the last one with its hold."""
        ends = [round(1000 * i / self.rate / unit) for i in range(1, self.frames)]
        ends.append(round(1000 * (self.frames + self.hold) / self.rate / unit))
        return [unit * max(1, b - a) for a, b in zip([0, *ends], ends, strict=False)]


def parse_formats(values: list[str]) -> tuple[str, ...]:
    """Parse the values of `--video-format`, each one or more names with commas between them; no duplicates."""
    names = [name.strip().lower().lstrip(".") for value in values for name in value.split(",")]
    for name in names:
        if name not in FORMATS:
            raise UserError(
                f"--video-format {name or '(nothing)'} is unknown.", did_you_mean(name, FORMATS),
                f"Use one or more of: {', '.join(FORMATS)}.",
            )  # fmt: skip
    return tuple(dict.fromkeys(names))


def default_fps(n_frames: int) -> int:
    """Choose a frame rate at which N frames last about PAINTING_SECONDS."""
    return int(np.clip(round(n_frames / PAINTING_SECONDS), MIN_DEFAULT_FPS, MAX_DEFAULT_FPS))


def video_timing(options: VideoOptions, n_frames: int) -> Timing:
    """Compute the timing of a video of N frames.

    The last frame is held for HOLD_SECONDS, less in a short video; with both fps and duration, for the time that is
    left. Raises UserError for impossible numbers.
    """
    fps, duration = options.fps, options.duration
    max_fps = min(FORMAT_MAX_FPS.get(name, MAX_FPS) for name in options.formats or ("mp4",))
    if fps is not None and not MIN_FPS <= fps <= max_fps:  # also NaN
        raise UserError(
            f"--fps {fps:g} cannot be used.", "A GIF shows at most 50 frames a second." if fps <= MAX_FPS else "",
            f"Use {MIN_FPS:g} to {max_fps}.",
        )  # fmt: skip
    if duration is not None and not 0 < duration <= MAX_SECONDS:
        raise UserError(
            f"--duration {duration:g} cannot be used.", fix=f"Use more than 0 and at most {MAX_SECONDS:g} seconds."
        )
    rate = Fraction(default_fps(n_frames)) if fps is None else Fraction(fps).limit_denominator(1000)
    if duration is None:
        return Timing(rate, n_frames, max(1, round(HOLD_SECONDS * rate)))
    seconds = Fraction(duration).limit_denominator(1000)
    if fps is None:
        held = min(HOLD_SECONDS, duration / 4)
        hold = max(1, round(n_frames * held / (duration - held)))
        rate = (n_frames + hold) / seconds
        if not MIN_FPS <= rate <= max_fps:
            shortest, longest = math.ceil(n_frames / (0.75 * max_fps)), min(int(n_frames / MIN_FPS), int(MAX_SECONDS))
            raise UserError(
                f"--duration {duration:g} is not possible with {n_frames} frames.",
                f"That would be {float(rate):.3g} frames a second; {MIN_FPS:g} to {max_fps} are possible.",
                f"Use {shortest} to {longest} seconds, or another number of frames.",
            )
        return Timing(rate, n_frames, hold)
    total = round(seconds * rate)
    if total < n_frames:
        raise UserError(
            f"--fps {fps:g} and --duration {duration:g} contradict each other.",
            f"{n_frames} frames take {float(n_frames / rate):.2f} seconds at that speed.",
            "Give one of the two, or a longer duration.",
        )
    return Timing(rate, n_frames, total - n_frames)
