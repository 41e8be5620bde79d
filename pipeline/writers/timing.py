"""Video options and timing: pictures between frames, rate, hold of the last frame; checked before painting."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from ...modules.io.errors import UserError
from .format_names import parse_format_names

PAINTING_SECONDS = 7.0  # default length of the painting where frames are shown one after the other
FILM_SECONDS, FILM_FPS = 13.0, 24  # default length and rate where strokes are shown being laid
MOST_SMOOTH, MOST_DEFAULT_SMOOTH = 1000, 12  # the default: half a second, as long as slides are shown at most
HOLD_SECONDS = 2.0  # how long the last frame is held
TITLE_SECONDS = 2.5  # how long the title card is shown
SPEEDS = (0.05, 20.0)
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
        fps: pictures per second.
        duration: seconds of the whole video, including the hold of the last frame.
        smooth: pictures that each frame takes, the frame itself included, where strokes are shown being laid; 1 shows
            frames only, None chooses by the number of frames.
        show_brush: draw the brush that lays them.
        speed: how many times as fast as by default.
        shape: of the film, one of `film_layout.SHAPES`; None: as the picture is.
        beside: show the painting beside the canvas.
        title: what stands on a card before the first frame; "" for no card.
        captions: language of captions and chapters that say what each step does; "" for none.
    """

    formats: tuple[str, ...] = ()
    fps: float | None = None
    duration: float | None = None
    smooth: int | None = None
    show_brush: bool = False
    speed: float | None = None
    shape: str | None = None
    beside: bool = False
    title: str = ""
    captions: str = ""


@dataclass(frozen=True)
class Timing:
    """Rate and length of a video."""

    rate: Fraction  # pictures per second
    frames: int  # number of pictures, those between frames included
    hold: int  # how many times the last one is repeated
    smooth: int = 1  # pictures that each frame after the first takes
    lead: int = 0  # how many times the title card is shown before them

    @property
    def seconds(self) -> float:
        """Length of the whole video."""
        return float((self.lead + self.frames + self.hold) / self.rate)

    def to_json(self) -> dict[str, Any]:
        """Return the timing's keys in process.json."""
        fps = int(self.rate) if self.rate.denominator == 1 else round(float(self.rate), 4)
        facts = {"fps": fps, "hold": self.hold, "seconds": round(self.seconds, 3), "smooth": self.smooth}
        return facts | ({"lead": self.lead} if self.lead else {})

    def milliseconds(self, unit: int = 1, shown: Sequence[int] | None = None) -> list[int]:
        """Return how long each picture is shown in multiples of `unit` milliseconds, the last one with its hold.

        shown: how many pictures' time each takes, the card's and `frames` in all; None: one.
        """
        ends = [round(1000 * int(i) / self.rate / unit) for i in np.cumsum(shown or [1] * self.frames)]
        ends[-1] = round(1000 * (self.lead + self.frames + self.hold) / self.rate / unit)
        return [unit * max(1, b - a) for a, b in zip([0, *ends], ends, strict=False)]


def parse_formats(values: list[str]) -> tuple[str, ...]:
    """Parse the values of `--video-format`, each one or more names with commas between them; no duplicates."""
    return parse_format_names("--video-format", values, FORMATS)


def default_fps(n_frames: int) -> int:
    """Choose a frame rate at which N frames last about PAINTING_SECONDS."""
    return int(np.clip(round(n_frames / PAINTING_SECONDS), MIN_DEFAULT_FPS, MAX_DEFAULT_FPS))


def _smooth(options: VideoOptions, n_frames: int) -> int:
    """Choose how many pictures a frame takes: a film of FILM_SECONDS, or as long as it is to be."""
    if options.smooth is not None:
        return options.smooth
    seconds, rate = FILM_SECONDS, FILM_FPS if options.fps is None else options.fps
    if options.duration is not None:
        seconds = options.duration - min(HOLD_SECONDS, options.duration / 4)
    most = MOST_DEFAULT_SMOOTH if options.duration is None else MOST_SMOOTH
    smooth = (seconds * rate - 1) / max(n_frames - 1, 1)
    both = options.fps is not None and options.duration is not None  # then there is no time for more
    return int(np.clip(smooth if both else round(smooth), 1, most))


def video_timing(options: VideoOptions, n_frames: int, *, strokes: bool = False) -> Timing:
    """Compute the timing of a video of N frames.

    The last frame is held for HOLD_SECONDS, less in a short video; with both fps and duration, for the time that is
    left.

    Args:
        options: what is asked for.
        n_frames: N.
        strokes: whether there are strokes that can be shown being laid.

    Raises:
        UserError: for impossible numbers.
    """
    if options.title:
        return _with_card(options, n_frames, strokes=strokes)
    if options.speed is not None:
        return _faster(options, options.speed, n_frames, strokes=strokes)
    fps, duration = options.fps, options.duration
    if options.smooth is not None and not 1 <= options.smooth <= MOST_SMOOTH:
        raise UserError(
            f"--smooth {options.smooth} cannot be used.", "It is how many pictures each frame takes in the video.",
            f"Use 1 (frames only) to {MOST_SMOOTH}, or leave it out.",
        )  # fmt: skip
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
    smooth = _smooth(options, n_frames) if strokes else 1
    rate, pictures, change = Fraction(default_fps(n_frames)), "frames", "another number of frames"
    if smooth > 1:
        n_frames = 1 + (n_frames - 1) * smooth
        rate, pictures, change = Fraction(FILM_FPS), "pictures", "another --smooth"
    if fps is not None:
        rate = Fraction(fps).limit_denominator(1000)
    if duration is None:
        return Timing(rate, n_frames, max(1, round(HOLD_SECONDS * rate)), smooth)
    seconds = Fraction(duration).limit_denominator(1000)
    if fps is None:
        held = min(HOLD_SECONDS, duration / 4)
        hold = max(1, round(n_frames * held / (duration - held)))
        rate = (n_frames + hold) / seconds
        if not MIN_FPS <= rate <= max_fps:
            shortest, longest = math.ceil(n_frames / (0.75 * max_fps)), min(int(n_frames / MIN_FPS), int(MAX_SECONDS))
            raise UserError(
                f"--duration {duration:g} is not possible with {n_frames} {pictures}.",
                f"That would be {float(rate):.3g} frames a second; {MIN_FPS:g} to {max_fps} are possible.",
                f"Use {shortest} to {longest} seconds, or {change}.",
            )
        return Timing(rate, n_frames, hold, smooth)
    total = round(seconds * rate)
    if total < n_frames:
        raise UserError(
            f"--fps {fps:g} and --duration {duration:g} contradict each other.",
            f"{n_frames} {pictures} take {float(n_frames / rate):.2f} seconds at that speed.",
            "Give one of the two, or a longer duration.",
        )
    return Timing(rate, n_frames, total - n_frames, smooth)


def _with_card(options: VideoOptions, n_frames: int, *, strokes: bool) -> Timing:
    """Compute the timing of a video that begins with its title."""
    seconds = TITLE_SECONDS if options.duration is None else min(TITLE_SECONDS, options.duration / 5)
    left = None if options.duration is None else options.duration - seconds
    timing = video_timing(replace(options, title="", duration=left), n_frames, strokes=strokes)
    return replace(timing, lead=max(1, round(seconds * timing.rate)))


def _faster(options: VideoOptions, speed: float, n_frames: int, *, strokes: bool) -> Timing:
    """Compute the timing of a video that is so many times as fast as by default."""
    given = {"--fps": options.fps, "--duration": options.duration, "--smooth": options.smooth}
    if double := [name for name, value in given.items() if value is not None]:
        raise UserError(f"--speed and {double[0]} contradict each other.", fix="Give one of the two.")
    if not SPEEDS[0] <= speed <= SPEEDS[1]:  # also NaN
        raise UserError(f"--speed {speed:g} cannot be used.", fix=f"Use {SPEEDS[0]:g} to {SPEEDS[1]:g}; 1 is usual.")
    usual = video_timing(replace(options, speed=None), n_frames, strokes=strokes)
    seconds = float(usual.frames / usual.rate) / speed
    # Of a short video a quarter is held, see `video_timing`.
    duration = seconds + min(HOLD_SECONDS, seconds / 3)
    try:
        return video_timing(replace(options, speed=None, duration=duration), n_frames, strokes=strokes)
    except UserError as error:
        why = f"{n_frames} frames would take {duration:.3g} seconds."
        raise UserError(f"--speed {speed:g} is not possible.", why, "Use a speed nearer to 1.") from error
