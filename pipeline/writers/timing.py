"""How fast a video runs and how long its last frame stays: checked before anything is painted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...modules.io.errors import UserError, did_you_mean

LENGTH = 7.0  # seconds that the painting should take
HOLD = 2.0  # seconds that the last frame stays
SLOWEST, FASTEST = 2, 30  # frames per second that are chosen unasked
MOST_FPS = {"gif": 50}  # browsers play a GIF's frames of less than 2 hundredths of a second at a tenth of the speed
ANY_FPS, LEAST_FPS = 60, 0.1
LONGEST = 3600.0  # seconds
FORMATS = ("mp4", "webm", "gif", "webp", "apng")


@dataclass(frozen=True)
class VideoOptions:
    """What a person asked of the video.

    formats: of `FORMATS`; none means mp4, or webm where H.264 cannot be written. fps: frames per second. duration:
    seconds of the whole video, the time that the last frame stays included.
    """

    formats: tuple[str, ...] = ()
    fps: float | None = None
    duration: float | None = None


@dataclass(frozen=True)
class Timing:
    """rate: frames per second. frames: pictures that are painted. hold: how often the last is shown on top of that."""

    rate: Fraction
    frames: int
    hold: int

    @property
    def seconds(self) -> float:
        return float((self.frames + self.hold) / self.rate)

    def milliseconds(self, unit: int = 1) -> list[int]:
        """How long each frame is shown, the hold added to the last, in whole multiples of `unit` milliseconds that
        add up to the whole."""
        ends = [round(1000 * i / self.rate / unit) for i in range(1, self.frames)]
        ends.append(round(1000 * (self.frames + self.hold) / self.rate / unit))
        return [unit * max(1, b - a) for a, b in zip([0, *ends], ends, strict=False)]


def parse_formats(given: list[str]) -> tuple[str, ...]:
    """`--video-format` as it was given, once or often, names joined by commas or not -> formats, each once."""
    names = [name.strip().lower().lstrip(".") for text in given for name in text.split(",")]
    for name in names:
        if name not in FORMATS:
            raise UserError(
                f"--video-format {name or '(nothing)'} is not known.", did_you_mean(name, FORMATS),
                f"Use one or more of: {', '.join(FORMATS)}.",
            )  # fmt: skip
    return tuple(dict.fromkeys(names))


def frames_per_second(n_frames: int) -> int:
    """So many that N frames last about LENGTH seconds, within what can be watched."""
    return int(np.clip(round(n_frames / LENGTH), SLOWEST, FASTEST))


def timing(options: VideoOptions, n_frames: int) -> Timing:
    """The timing of a video of N frames.

    The last frame stays HOLD seconds, less in a video that is to be short. With both fps and duration it stays as long
    as is left. Raises UserError for numbers that make no video.
    """
    fps, duration = options.fps, options.duration
    most = min(MOST_FPS.get(name, ANY_FPS) for name in options.formats or ("mp4",))
    if fps is not None and not LEAST_FPS <= fps <= most:  # also what is no number
        raise UserError(
            f"--fps {fps:g} cannot be used.", "A GIF shows at most 50 frames a second." if fps <= ANY_FPS else "",
            f"Use {LEAST_FPS:g} to {most}.",
        )  # fmt: skip
    if duration is not None and not 0 < duration <= LONGEST:
        raise UserError(
            f"--duration {duration:g} cannot be used.", fix=f"Use seconds, more than 0, at most {LONGEST:g}."
        )
    rate = Fraction(frames_per_second(n_frames)) if fps is None else Fraction(fps).limit_denominator(1000)
    if duration is None:
        return Timing(rate, n_frames, max(1, round(HOLD * rate)))
    seconds = Fraction(duration).limit_denominator(1000)
    if fps is None:
        hold = max(1, round(n_frames * min(HOLD, duration / 4) / (duration - min(HOLD, duration / 4))))
        rate = (n_frames + hold) / seconds
        if not LEAST_FPS <= rate <= most:
            least, longest = n_frames / (0.75 * most), n_frames / LEAST_FPS
            raise UserError(
                f"--duration {duration:g} does not suit {n_frames} frames.",
                f"That would be {float(rate):.3g} frames a second; {LEAST_FPS:g} to {most} are possible.",
                f"Use {math.ceil(least)} to {min(int(longest), int(LONGEST))} seconds, or another number of frames.",
            )
        return Timing(rate, n_frames, hold)
    total = round(seconds * rate)
    if total < n_frames:
        raise UserError(
            f"--fps {fps:g} and --duration {duration:g} do not fit together.",
            f"{n_frames} frames take {float(n_frames / rate):.2f} seconds at that speed.",
            "Give one of the two, or a longer duration.",
        )
    return Timing(rate, n_frames, total - n_frames)
