"""Recordings with known truth: how many of the kept frames are right, and whether the painting is.

    python benchmarks/recordings.py [--only NAME...] [--seed 0] [--keep FOLDER] [--before FILE] [--json]

Draws a film of every kind of recording that people make of their screen or easel: a sitter is painted by the simulated
painter, and something is done to the picture of it (a fade, a mirrored view, a caption, another shape of pixels ...).
Each is encoded, extracted and aligned where it moves. A kept frame is right when it shows the canvas as it was in that
moment, in the place and orientation of the painting; what was never in view or stands for no state of the canvas must
not be there. `states` is the share of all states that were kept, so that dropping everything is no success. `--before`
adds the figures of an earlier `--json`.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ppp.modules.data.processes.process import Process
from ppp.modules.data.recording import SelectionRules, align, extract, open_video
from ppp.modules.io.errors import UserError
from ppp.modules.io.png import read_rgb

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from videos import every_state, with_cursor, with_hand

CANVAS, SCREEN, PLACE = (
    (96, 120),
    (240, 150),
    (64, 16),
)  # width and height of canvas and screen; left and top of the canvas
STATES, RATE, SHOWN = 20, 10, 2  # states of a painting; frames a second; frames for which a state is shown
MAX_MEAN, MAX_LOCAL, LOCAL_SHARE = (
    6.0,
    45,
    0.006,
)  # of 255: right is nearer in the mean, and off by so much on a smaller share only
Frames = list[np.ndarray]


@dataclass
class Film:
    """A recording: pictures, what each shows of the canvas (None: no state of it), and how it is stored."""

    frames: Frames
    truth: list[np.ndarray | None]
    write: Callable[[Path, Frames], Path | list[Path]]
    aligned: bool = False  # whether the truth is what `align` must make of it
    margin: int = 2  # pixels at the border that are not compared: the codec's, or what a moved canvas did not show
    cuts: int = 0  # that must be there
    processes: int = 1
    by_time: bool = False  # frames that repeat the one before are not stored
    notes: tuple[str, ...] = field(default=())  # words of which one must be in what extraction says

    def add(self, picture: np.ndarray, truth: np.ndarray | None, count: int = 1) -> None:
        self.frames += [picture] * count
        self.truth += [truth] * count

    @property
    def final(self) -> np.ndarray:
        return next(state for state in reversed(self.truth) if state is not None)


@lru_cache(maxsize=4)
def painted(seed: int, habit: str = "objects") -> tuple[np.ndarray, ...]:
    """Simulate the states of a painting, those that hardly differ from the one before left out."""
    frames = every_state(3 * STATES, seed, CANVAS, habit)
    kept = [frames[0]]
    for frame in frames[1:-1]:
        if (np.abs(frame.astype(int) - kept[-1]).max(axis=2) > 20).mean() > 0.008:
            kept.append(frame)
    chosen = np.unique(np.linspace(0, len(kept) - 1, STATES - 1).astype(int))
    return (*(kept[i] for i in chosen), frames[-1])


def screen(canvas: np.ndarray, place: tuple[int, int] = PLACE) -> np.ndarray:
    """Show the canvas on a desktop with panels."""
    rng = np.random.default_rng(7)
    picture = np.full((SCREEN[1], SCREEN[0], 3), 70, np.uint8)
    picture[:8] = (32, 34, 40)
    picture[:, :20] = (44, 44, 48)
    for i in range(10):
        picture[12 + 13 * i : 20 + 13 * i, 5:13] = rng.integers(60, 220, 3)
        cv2.line(picture, (212, 14 + 12 * i), (234, 14 + 12 * i), (170, 170, 170), 2)
    (x, y), (height, width) = place, canvas.shape[:2]
    picture[y : y + height, x : x + width] = canvas
    return picture


def encode(path: Path, frames: Frames, rate: int = RATE, aspect: Fraction | None = None, crf: int = 14) -> Path:
    """Encode as H.264; `aspect` is the shape of a pixel."""
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=Fraction(rate))
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt, stream.options = "yuv420p", {"crf": str(crf), "preset": "veryfast", "g": "10"}
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        for i, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def set_display_matrix(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Write (a, b, c, d) into the display matrix of an MP4, as cameras do for turned and mirrored pictures."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 44
    one = 1 << 16
    data[at : at + 36] = struct.pack(
        ">9i", matrix[0] * one, matrix[1] * one, 0, matrix[2] * one, matrix[3] * one, 0, 0, 0, 1 << 30
    )
    path.write_bytes(data)
    return path


def mp4(path: Path, frames: Frames) -> Path:
    return encode(path / "film.mp4", frames)


def plain(seed: int, show: Callable[[np.ndarray], np.ndarray] = screen, habit: str = "objects") -> Film:
    """Show every state for a moment."""
    film = Film([], [], mp4)
    for state in painted(seed, habit):
        film.add(show(state), state, SHOWN)
    film.add(film.frames[-1], film.truth[-1], 4)
    return film


def insert(film: Film, at: float, pictures: Frames) -> Film:
    """Insert pictures that show no state of the canvas, so far into the film."""
    i = SHOWN * int(at * len(film.frames) / SHOWN)
    film.frames[i:i], film.truth[i:i] = pictures, [None] * len(pictures)
    return film


def fade(picture: np.ndarray, to: np.ndarray, count: int = 8) -> Frames:
    """Fade to another picture in so many steps, the last of which is that picture."""
    return [cv2.addWeighted(picture, 1 - a, to, a, 0) for a in np.linspace(0, 1, count + 1)[1:]]


def card(text: str, colour: tuple[int, int, int], size: tuple[int, int] = SCREEN) -> np.ndarray:
    picture = np.full((size[1], size[0], 3), colour, np.uint8)
    cv2.putText(
        picture, text, (size[0] // 8, size[1] // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (240, 236, 220), 1, cv2.LINE_AA
    )
    return picture


def same(canvas: np.ndarray) -> np.ndarray:
    return canvas.copy()


def fade_in(seed: int) -> Film:
    film = plain(seed, same)
    return insert(film, 0, fade(film.frames[0], np.zeros_like(film.frames[0]))[::-1])


def fade_out(
    seed: int, colour: tuple[int, int, int] = (0, 0, 0), show: Callable[[np.ndarray], np.ndarray] = same
) -> Film:
    film = plain(seed, show)
    to = np.full_like(film.frames[0], colour)
    return insert(film, 1, [*fade(film.frames[-1], to), to, to, to])


def fade_out_to_card(seed: int) -> Film:
    film = plain(seed)
    to = card("thank you", (52, 70, 120))
    return insert(film, 1, [*fade(film.frames[-1], to), *[to] * 8])


def fade_between(seed: int) -> Film:
    film = plain(seed, same)
    i = SHOWN * (len(film.frames) // SHOWN // 2)
    black = np.zeros_like(film.frames[0])
    return insert(film, 0.5, [*fade(film.frames[i - 1], black, 5), black, *fade(film.frames[i], black, 5)[:-1][::-1]])


def flash(seed: int, colour: int) -> Film:
    film = plain(seed, same)
    return insert(film, 0.5, [np.full_like(film.frames[0], colour)])


def title(seed: int, at: float) -> Film:
    """Dissolve a title into the picture."""
    film = plain(seed)
    to = card("part two", (30, 30, 34))
    i = SHOWN * int(at * len(film.frames) / SHOWN)
    out = fade(film.frames[i - 1], to, 5) if i else []
    return insert(film, at, [*out, *[to] * 6, *fade(film.frames[i], to, 6)[:-1][::-1]])


def value_check(seed: int) -> Film:
    film = plain(seed)
    grey = [cv2.cvtColor(cv2.cvtColor(screen(s), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB) for s in (film.truth[24],)]
    film = insert(film, 0.6, [])
    i = 26
    film.frames[i:i], film.truth[i:i] = grey * 12, [None] * 12
    return film


def peek(seed: int) -> Film:
    """Hide the layers of colour and show them again: lines on white remain."""
    film = plain(seed)
    state = film.truth[25]
    assert state is not None
    lines = 255 - 3 * cv2.Canny(state, 60, 120)[..., None].repeat(3, 2) // 4
    film.frames[26:26], film.truth[26:26] = [screen(lines.astype(np.uint8))] * 15, [None] * 15
    return film


def tone(seed: int, change: Callable[[np.ndarray], np.ndarray], show: Callable[[np.ndarray], np.ndarray]) -> Film:
    """From two thirds on everything is shown in another light: one cut, and each frame as it was shown."""
    film, at = plain(seed, show), 28
    film.frames[at:] = [change(f) for f in film.frames[at:]]
    film.truth[at:] = [change(s) for s in film.truth[at:] if s is not None]
    film.cuts = 1
    return film


def warmer(picture: np.ndarray) -> np.ndarray:
    return np.clip(255 * (picture / 255.0) ** (0.72, 0.85, 1.3), 0, 255).astype(np.uint8)


def dimmer(picture: np.ndarray) -> np.ndarray:
    return (picture * np.array([0.6, 0.62, 0.68])).astype(np.uint8)


def mirrored(seed: int, first: int, last: int | None, axis: int = 1, habit: str = "objects") -> Film:
    """Mirror the view for a while, and paint on; the truth is the orientation of the end."""
    film = plain(seed, habit=habit)
    last = len(film.frames) if last is None else last
    for i in range(first, last):
        state = film.truth[i]
        assert state is not None
        film.frames[i] = screen(np.flip(state, axis))
    if last == len(film.frames):
        film.truth = [None if s is None else np.flip(s, axis) for s in film.truth]
    return film


def orientation(seed: int, matrix: tuple[int, int, int, int], turn: Callable[[np.ndarray], np.ndarray]) -> Film:
    film = plain(seed, same)
    film.write = lambda folder, frames: set_display_matrix(mp4(folder, frames), matrix)
    film.truth = [None if s is None else turn(s) for s in film.truth]
    return film


def wide_pixels(seed: int) -> Film:
    """Store half of the width, to be shown twice as wide."""
    film = plain(seed, same)
    film.write = lambda folder, frames: encode(
        folder / "film.mp4",
        [cv2.resize(f, (CANVAS[0] // 2, CANVAS[1]), interpolation=cv2.INTER_AREA) for f in frames],
        aspect=Fraction(2),
    )
    return film


def cursors(seed: int, at_end: bool) -> Film:
    """Paint with a cursor, which stays where it was at the end."""
    film, rng = plain(seed), np.random.default_rng(seed)
    for i in range(len(film.frames) if at_end else len(film.frames) - 6):
        if i < len(film.frames) - 5:
            at = rng.integers(PLACE, (PLACE[0] + CANVAS[0] - 8, PLACE[1] + CANVAS[1] - 11))
        film.frames[i] = with_cursor(film.frames[i], at)
    return film


def popup(picture: np.ndarray, at: tuple[int, int] = (90, 60)) -> np.ndarray:
    picture = picture.copy()
    x, y = at
    picture[y : y + 26, x : x + 60] = (238, 238, 240)
    cv2.rectangle(picture, (x, y), (x + 59, y + 25), (80, 80, 90), 1)
    cv2.putText(picture, "save?", (x + 8, y + 16), cv2.FONT_HERSHEY_PLAIN, 0.8, (40, 40, 44))
    return picture


def popups(seed: int, first: int, count: int) -> Film:
    """Open a window over the canvas; what it hides is known from before."""
    film = plain(seed)
    at = len(film.frames) + first if first < 0 else first
    shown, state = film.frames[at - 1], film.truth[at - 1]
    if first >= 0:
        film.frames[at:at], film.truth[at:at] = [popup(shown)] * count, [state] * count
    else:
        film.add(popup(shown), state, count)
    return film


def zoomed(
    picture: np.ndarray, scale: float, middle: tuple[float, float] = (112, 60), angle: float = 0.0
) -> np.ndarray:
    """Show the canvas of a screen in a zoomed or turned view; the panels stay."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D(middle, angle, scale)
    view = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_AREA, borderValue=(70, 70, 70))
    out = screen(np.zeros((0, 0, 3), np.uint8))
    out[8:, 22:208] = view[8:, 22:208]
    return out


def desk(canvas: np.ndarray) -> np.ndarray:
    """Show only the canvas on its desk, so that views have nothing else in them."""
    picture = np.full((SCREEN[1], SCREEN[0], 3), 70, np.uint8)
    (x, y), (height, width) = PLACE, canvas.shape[:2]
    picture[y : y + height, x : x + width] = canvas
    return picture


def end_zoom(seed: int) -> Film:
    film = plain(seed)
    return insert(film, 1, [zoomed(desk(film.final), s) for s in np.linspace(1.03, 2, 14)])


def swipe(seed: int) -> Film:
    """Before and after: the first state is wiped over the painting and away again."""
    film = plain(seed)
    pictures = []
    for share in np.concatenate([np.linspace(0.05, 1, 8), np.linspace(1, 0.05, 8)]):
        canvas, first = film.final.copy(), film.truth[6]
        assert first is not None
        canvas[:, : int(share * CANVAS[0])] = first[:, : int(share * CANVAS[0])]
        pictures.append(screen(canvas))
    return insert(film, 1, [*pictures, *[screen(film.final)] * 3])


def zoom_start(seed: int) -> Film:
    """Start zoomed in: what was out of view is not known."""
    film = plain(seed)
    for i in range(16):
        state = film.truth[i]
        assert state is not None
        film.frames[i], film.truth[i] = zoomed(desk(state), 1.7), None
    return film


def views(seed: int) -> Film:
    """Zoomed and turned views in between, with the desk around the canvas."""
    film = plain(seed)
    for first, scale, angle in ((8, 1.6, 0.0), (16, 0.6, 0.0), (24, 1.0, 25.0)):
        for i in range(first, first + 4):
            state = film.truth[i]
            assert state is not None
            film.frames[i], film.truth[i] = zoomed(desk(state), scale, (112, 76), angle), None
    return film


def reference(seed: int) -> Film:
    """Move and scale a photo beside the canvas."""
    film, photo = plain(seed), painted(seed + 1)[-1]
    for i, picture in enumerate(film.frames):
        size, y = ((28, 36), 20) if i < 14 else ((40, 50), 60) if i < 28 else ((34, 44), 40)
        picture = film.frames[i] = picture.copy()
        picture[y : y + size[1], 166 : 166 + size[0]] = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    return film


def side_bars(canvas: np.ndarray) -> np.ndarray:
    """Show an upright canvas between bars of itself, enlarged and blurred."""
    width, height = 214, CANVAS[1]
    tall = cv2.resize(canvas, (width, round(CANVAS[1] * width / CANVAS[0])), interpolation=cv2.INTER_LINEAR)
    top = (tall.shape[0] - height) // 2
    picture = cv2.GaussianBlur(tall[top : top + height], (0, 0), 7)
    x = (width - CANVAS[0]) // 2
    picture[:, x : x + CANVAS[0]] = canvas
    return picture


def dark(seed: int) -> Film:
    film = plain(seed)
    for i, state in enumerate(film.truth):
        assert state is not None
        film.truth[i] = (8 + state.astype(float) * 0.14).astype(np.uint8)
        film.frames[i] = screen(film.truth[i])
    return film


def camera(seed: int) -> Film:
    """Paint by hand under a camera whose exposure drifts; the truth has the light of the end."""
    film, shown = Film([], [], mp4), painted(seed)
    rng, total = np.random.default_rng(seed), len(shown) * 4
    for k, state in enumerate(shown):
        for j in range(4):
            light = 1 + 0.16 * np.sin(2.5 * np.pi * (4 * k + j) / total - 2.5 * np.pi)
            lit = np.clip(state * light * 0.85, 0, 255)
            at = rng.integers((20, 30), (80, 100))
            picture = with_hand(lit.astype(np.uint8), at) if j < 2 else lit.astype(np.uint8)
            noisy = np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
            film.add(noisy, None if j < 2 else (state * 0.85).astype(np.uint8))
    film.aligned = True
    return film


def captions(seed: int) -> Film:
    film = plain(seed)
    words = ["big shapes", "now the light", "warm shadows", "edges matter", "slow down", "look twice"]
    for i in range(len(film.frames)):
        if i % 8 < 7:
            picture = film.frames[i] = film.frames[i].copy()
            for colour, width in (((10, 10, 10), 3), ((255, 255, 255), 1)):
                cv2.putText(
                    picture, words[i // 8 % 6], (68, 124), cv2.FONT_HERSHEY_SIMPLEX, 0.36, colour, width, cv2.LINE_AA
                )
    return film


def dark_border(seed: int) -> Film:
    """Black bars above and below the canvas."""
    return plain(seed, lambda canvas: cv2.copyMakeBorder(canvas, 16, 16, 0, 0, cv2.BORDER_CONSTANT))


def two_paintings(seed: int) -> Film:
    film, other = plain(seed), plain(seed + 1)
    film.frames += other.frames
    film.truth += other.truth
    film.processes = 2
    return film


def stills(seed: int) -> Film:
    """Write stills and the twins that a Mac leaves beside them."""
    film = plain(seed, same)

    def write(folder: Path, frames: Frames) -> Path:
        place = folder / "film"
        place.mkdir(exist_ok=True)
        for i, picture in enumerate(frames):
            Image.fromarray(picture).save(place / f"{i:03d}.png")
            (place / f"._{i:03d}.png").write_bytes(b"\0\5\26\7")
        return place

    film.write = write
    return film


def webp(seed: int) -> Film:
    film = plain(seed, same)

    def write(folder: Path, frames: Frames) -> Path:
        first, *rest = map(Image.fromarray, frames)
        first.save(
            folder / "film.webp",
            save_all=True,
            append_images=rest,
            duration=1000 // RATE,
            quality=95,
            minimize_size=False,
        )
        return folder / "film.webp"

    film.write, film.by_time = write, True
    return film


def joined(seed: int) -> Film:
    """One recording in three files."""
    film = plain(seed, same)
    film.write = lambda folder, frames: [
        encode(folder / f"film-{k + 1}.mp4", frames[16 * k : 16 * (k + 1) if k < 2 else None]) for k in range(3)
    ]
    return film


def corrupt(seed: int) -> Film:
    """Damage a stretch in the middle: what can be read is right, and the gap is said."""
    film = plain(seed)

    def write(folder: Path, frames: Frames) -> Path:
        path = mp4(folder, frames)
        import av

        with av.open(str(path)) as container:
            packets = [(p.pos, p.size, p.is_keyframe) for p in container.demux(video=0) if p.size]
        start = next(i for i, p in enumerate(packets) if p[2] and i >= 10)
        data = bytearray(path.read_bytes())
        for pos, size, _ in packets[start : start + 10]:
            data[pos + 4 : pos + size] = bytes(size - 4)
        path.write_bytes(data)
        return path

    film.write, film.notes, film.cuts = write, ("damaged", "read"), 1
    film.truth[10:20] = [None] * 10
    return film


def still_canvas(seed: int) -> Film:
    """Paint a canvas that never moves, flat at first, with a round cursor: align leaves all as it is."""
    film, rng = Film([], [], mp4), np.random.default_rng(seed)
    canvas = np.full((CANVAS[1], CANVAS[0], 3), (163, 129, 98), np.uint8)
    film.add(np.full_like(canvas, 255), np.full_like(canvas, 255), 2)
    for k in range(STATES + 1):
        ring = canvas.copy()
        at = tuple(int(v) for v in rng.integers(15, 80, 2))
        for radius, colour in ((5, (20, 20, 20)), (4, (235, 235, 235))):
            cv2.circle(ring, at, radius, colour, 1, cv2.LINE_AA)
        film.add(ring if k < STATES else canvas, canvas.copy(), SHOWN)
        middle, axes = rng.integers((20, 20), (76, 100)).tolist(), rng.integers(8, 22, 2).tolist()
        canvas = canvas.copy()
        cv2.ellipse(
            canvas, middle, axes, int(rng.integers(180)), 0, 360, rng.integers(40, 220, 3).tolist(), -1, cv2.LINE_AA
        )
    film.aligned = True
    return film


def moving_camera(seed: int) -> Film:
    """Knock the easel twice; aligned frames lie on the last one."""
    film = plain(seed, same)
    for first, last, shift, angle in ((0, 16, (7, -4), 2.0), (16, 28, (-5, 3), -1.5)):
        for i in range(first, last):
            matrix = cv2.getRotationMatrix2D((CANVAS[0] / 2, CANVAS[1] / 2), angle, 1)
            matrix[:, 2] += shift
            film.frames[i] = cv2.warpAffine(
                film.frames[i], matrix, CANVAS, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
            )
    film.aligned, film.margin = True, 14
    return film


FILMS: dict[str, Callable[[int], Film]] = {
    "plain": plain,
    "two paintings": two_paintings,
    "black bars": dark_border,
    "fade in": fade_in,
    "fade out, black": fade_out,
    "fade out, white": lambda seed: fade_out(seed, (255, 255, 255)),
    "fade out, screen": lambda seed: fade_out(seed, show=screen),
    "fade to a card": fade_out_to_card,
    "fade in between": fade_between,
    "black flash": lambda seed: flash(seed, 0),
    "white flash": lambda seed: flash(seed, 255),
    "title first": lambda seed: title(seed, 0),
    "title in between": lambda seed: title(seed, 0.6),
    "value check": value_check,
    "layers hidden": peek,
    "filter for good": lambda seed: tone(seed, warmer, same),
    "dimmer for good": lambda seed: tone(seed, dimmer, same),
    "mirrored": lambda seed: mirrored(seed, 14, 28),
    "mirrored, lines": lambda seed: mirrored(seed, 12, 26, habit="lineart"),
    "upside down": lambda seed: mirrored(seed, 18, 28, 0),
    "mirrored to the end": lambda seed: mirrored(seed, 26, None),
    "matrix, mirrored": lambda seed: orientation(seed, (-1, 0, 0, 1), lambda s: s[:, ::-1]),
    "matrix, transposed": lambda seed: orientation(seed, (0, 1, 1, 0), lambda s: s.transpose(1, 0, 2)),
    "wide pixels": wide_pixels,
    "cursor": lambda seed: cursors(seed, False),
    "cursor at the end": lambda seed: cursors(seed, True),
    "popup": lambda seed: popups(seed, 24, 12),
    "popup at the end": lambda seed: popups(seed, -1, 5),
    "end zoom": end_zoom,
    "swipe at the end": swipe,
    "zoomed at first": zoom_start,
    "views": views,
    "reference": reference,
    "side bars": lambda seed: plain(seed, side_bars),
    "dark": dark,
    "camera": camera,
    "captions": captions,
    "stills": stills,
    "webp": webp,
    "joined": joined,
    "corrupt": corrupt,
    "still canvas": still_canvas,
    "moving camera": moving_camera,
}


def alike(picture: np.ndarray, truth: np.ndarray, margin: int = 2) -> bool:
    """Tell whether a picture shows a state of the canvas, as far as a video can."""
    if picture.shape != truth.shape:
        if max(abs(a - b) for a, b in zip(picture.shape, truth.shape, strict=True)) > 3:
            return False
        picture = cv2.resize(picture, truth.shape[1::-1], interpolation=cv2.INTER_AREA)
    one, two = (cv2.GaussianBlur(p, (0, 0), 1.0).astype(int)[margin:-margin, margin:-margin] for p in (picture, truth))
    off = np.abs(one - two)
    return bool(off.mean() < MAX_MEAN and (off.max(axis=2) > MAX_LOCAL).mean() < LOCAL_SHARE)


def measure(film: Film, folder: Path) -> dict[str, Any]:
    """Extract a film (and align it), and compare with the truth."""
    paths = film.write(folder, film.frames)
    row: dict[str, Any] = {"processes": 0, "kept": 0, "right": 0.0, "states": 0.0, "painting": False, "said": True}
    try:
        video = open_video(paths) if isinstance(paths, Path) else open_joined(paths)
        made = extract(video, folder / "out", SelectionRules(), 512)
    except (UserError, ImportError) as error:
        return row | {"error": str(error).splitlines()[0]}
    right, kept, seen, painting = 0, 0, set(), []
    cuts = 0
    for one in made:
        process = Process(Path(one["folder"]))
        if film.aligned:
            align(process, process.folder)
            process = Process(process.folder)
        cuts += len(process.info["cuts"])
        rows = [process.info["first"], *process.info["steps"]]
        sources = [round(row["time"] * RATE) if film.by_time else row["source_frame"] for row in rows]
        for source, path in zip(sources, process.frame_paths, strict=True):
            truth = film.truth[source]
            kept += 1
            if truth is not None and alike(read_rgb(path), truth, film.margin):
                right += 1
                seen.add(truth.tobytes())
            else:
                row["wrong"] = [*row.get("wrong", []), source]
        painting.append(alike(read_rgb(process.folder / "painting.png"), film.final, film.margin))
    states = {truth.tobytes() for truth in film.truth if truth is not None}
    told = json.dumps(made)
    return row | {
        "processes": len(made), "kept": kept, "right": right / kept, "states": len(seen) / len(states),
        "painting": bool(painting) and painting[-1] and len(made) == film.processes,
        "said": cuts >= film.cuts and (not film.notes or any(word in told for word in film.notes)),
    }  # fmt: skip


def open_joined(paths: list[Path]) -> Any:
    from ppp.modules.data.recording import join_videos

    return join_videos(paths)


def main() -> None:
    """Run the benchmark and print a Markdown table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(FILMS), default=list(FILMS), metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for films and processes")
    parser.add_argument("--before", type=Path, help="figures of an earlier --json")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    rows: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="ppp-") as temporary:
        for name in options.only:
            folder = (options.keep or Path(temporary)) / name.replace(" ", "-").replace(",", "")
            folder.mkdir(parents=True, exist_ok=True)
            rows[name] = measure(FILMS[name](options.seed), folder)
            print(name, rows[name], file=sys.stderr, flush=True)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    print(markdown(rows, json.loads(options.before.read_text("utf-8")) if options.before else {}))


def markdown(rows: dict[str, dict[str, Any]], before: dict[str, dict[str, Any]]) -> str:
    """Write the table: frames right, states kept, and whether painting, number of processes and notes are right."""

    def cell(row: dict[str, Any] | None) -> str:
        if row is None:
            return "– | – | –"
        wrong = "refused" if row.get("error") else "right" if row["painting"] else "wrong"
        return f"{100 * row['right']:.0f} | {100 * row['states']:.0f} | {wrong}{'' if row['said'] else ', not said'}"

    lines = [
        "| recording | before: kept right, % | states, % | painting | kept right, % | states, % | painting |",
        "|---|--:|--:|---|--:|--:|---|",
    ]
    lines += [f"| {name} | {cell(before.get(name))} | {cell(row)} |" for name, row in rows.items()]
    good = [
        sum(row["right"] >= 0.95 and row["painting"] and row["said"] for row in table.values())
        for table in (before, rows)
    ]
    lines.append(
        f"\n{good[1]} of {len(rows)} are right (95 % of the frames, the painting, what must be said); "
        f"before, {good[0]} were."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
