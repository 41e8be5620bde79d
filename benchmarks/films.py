"""Films of every kind of recording that people make of their screen or easel, with known truth.

A sitter is painted by the simulated painter, and something is done to the picture of it (a fade, a mirrored view, a
caption, another shape of pixels ...). A scene's seed draws sitter, canvas, screen, their colours, speed, and when,
where and how fast it is done; `FILMS` names all kinds.
"""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from videos import every_state, with_cursor, with_hand

Picture = np.ndarray
Frames = list[Picture]
Show = Callable[[Picture], Picture]


@lru_cache(maxsize=8)
def _painted(seed: int, size: tuple[int, int], states: int, habit: str) -> tuple[Picture, ...]:
    """Simulate the states of a painting, those that hardly differ from the one before left out."""
    frames = every_state(3 * states, seed, size, habit)
    kept = [frames[0]]
    for frame in frames[1:-1]:
        if (np.abs(frame.astype(int) - kept[-1]).max(axis=2) > 20).mean() > 0.008:
            kept.append(frame)
    chosen = np.unique(np.linspace(0, len(kept) - 1, states - 1).astype(int))
    return (*(kept[i] for i in chosen), frames[-1])


@dataclass(frozen=True)
class Scene:
    """Who paints what, where, and how it is recorded. Sizes are (width, height), places (left, top), in pixels."""

    seed: int
    name: str  # of the kind of film: each kind draws its own numbers
    canvas: tuple[int, int]
    screen: tuple[int, int]
    place: tuple[int, int]  # of the canvas on the screen
    rate: int  # frames a second
    shown: int  # frames for which a state is shown
    states: int
    grey: int  # of the desktop

    @classmethod
    def draw(cls, seed: int, name: str) -> Scene:
        rng = np.random.default_rng([seed, 1])
        width, height = ((96, 120), (132, 104), (116, 140))[seed % 3]
        panel = 22  # at either side of the desktop
        spare = rng.integers((40, 14), (90, 40)) // 2 * 2
        screen = (width + 2 * panel + 2 * spare[0], height + 10 + spare[1])
        place = (panel + spare[0] + rng.integers(-spare[0] + 8, spare[0] - 8), 8 + rng.integers(6, spare[1] - 4))
        rate = int(rng.choice((8, 10, 12, 15, 24)))
        shown = max(2, round(rate * rng.uniform(0.17, 0.3)))
        grey = int(rng.choice((48, 70, 118, 200)))
        sizes = [(int(a) // 2 * 2, int(b) // 2 * 2) for a, b in (screen, place)]
        return cls(seed, name, (width, height), sizes[0], sizes[1], rate, shown, int(rng.integers(17, 24)), grey)

    @cached_property
    def rng(self) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32(self.name.encode())])

    def painted(self, other: int = 0, habit: str = "objects") -> tuple[Picture, ...]:
        """Paint a sitter, or another one."""
        return _painted(self.seed + other, self.canvas, self.states, habit)

    def count(self, seconds: float) -> int:
        """Return the number of frames in so many seconds, two at least."""
        return max(2, round(seconds * self.rate))

    def drawn_count(self, least: float, most: float) -> int:
        return self.count(float(self.rng.uniform(least, most)))

    def desktop(self, panels: bool = True) -> Picture:
        rng = np.random.default_rng(7)
        width, height = self.screen
        picture = np.full((height, width, 3), self.grey, np.uint8)
        if panels:
            picture[:8] = (32, 34, 40)
            picture[:, :20] = (44, 44, 48)
            for i in range((height - 20) // 13):
                picture[12 + 13 * i : 20 + 13 * i, 5:13] = rng.integers(60, 220, 3)
                cv2.line(picture, (width - 20, 14 + 12 * i), (width - 6, 14 + 12 * i), (150, 150, 150), 2)
        return picture

    def on_screen(self, canvas: Picture, panels: bool = True) -> Picture:
        """Show the canvas on a desktop with panels, or on its desk alone."""
        picture, (x, y), (height, width) = self.desktop(panels), self.place, canvas.shape[:2]
        picture[y : y + height, x : x + width] = canvas
        return picture

    def in_view(self, canvas: Picture, scale: float, middle: tuple[float, float], angle: float = 0.0) -> Picture:
        """Show a zoomed or turned view of the canvas; `middle`, in shares of the canvas, stays. So do the panels."""
        (x, y), (width, height) = self.place, self.canvas
        matrix = cv2.getRotationMatrix2D((x + middle[0] * width, y + middle[1] * height), angle, scale)
        seen = self.on_screen(canvas, panels=False)
        view = cv2.warpAffine(seen, matrix, self.screen, flags=cv2.INTER_AREA, borderValue=(self.grey,) * 3)
        out = self.desktop()
        out[8:, 22:-22] = view[8:, 22:-22]
        return out


@dataclass
class Film:
    """A recording: pictures, what each shows of the canvas (None: no state of it), and how it is stored."""

    scene: Scene
    frames: Frames = field(default_factory=list)
    truth: list[Picture | None] = field(default_factory=list)
    write: Callable[[Path, Frames], Path | list[Path]] | None = None  # MP4 where None
    aligned: bool = False  # whether the truth is what `align` must make of it
    margin: int = 2  # pixels at the border that are not compared: the codec's, or what a moved canvas did not show
    cuts: int = 0  # that must be there
    processes: int = 1
    by_time: bool = False  # frames that repeat the one before are not stored
    notes: tuple[str, ...] = field(default=())  # words of which one must be in what extraction says
    covered: dict[int, Picture] = field(
        default_factory=dict
    )  # frame -> (H,W) bool: hidden, as last seen or older there

    def add(self, picture: Picture, truth: Picture | None, count: int = 1) -> None:
        self.frames += [picture] * count
        self.truth += [truth] * count

    def at(self, share: float) -> int:
        """Return the number of a frame that begins a state, so far into the film."""
        return self.scene.shown * int(share * len(self.frames) / self.scene.shown)

    def drawn_at(self, least: float = 0.3, most: float = 0.75) -> int:
        return self.at(float(self.scene.rng.uniform(least, most)))

    def state(self, i: int) -> Picture:
        state = self.truth[i]
        assert state is not None
        return state

    def insert(self, i: int, pictures: Frames, truth: Picture | None = None) -> Film:
        """Insert pictures before frame i; without `truth` they show no state of the canvas."""
        self.frames[i:i], self.truth[i:i] = pictures, [truth] * len(pictures)
        return self

    def end(self, pictures: Frames) -> Film:
        return self.insert(len(self.frames), pictures)

    def store(self, folder: Path) -> Path | list[Path]:
        return (self.write or self.mp4)(folder, self.frames)

    def mp4(self, folder: Path, frames: Frames) -> Path:
        return encode(folder / "film.mp4", frames, self.scene.rate)

    @property
    def final(self) -> Picture:
        return next(state for state in reversed(self.truth) if state is not None)


def encode(path: Path, frames: Frames, rate: int, aspect: Fraction | None = None, crf: int = 14) -> Path:
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


def plain(scene: Scene, show: Show | None = None, habit: str = "objects") -> Film:
    """Show every state for a moment, on the screen where `show` does not say otherwise."""
    film, show = Film(scene), show or scene.on_screen
    for state in scene.painted(habit=habit):
        film.add(show(state), state, scene.shown)
    film.add(film.frames[-1], film.truth[-1], 2 * scene.shown)
    return film


def full(scene: Scene) -> Film:
    """Show nothing but the canvas."""
    return plain(scene, np.copy)


def either(scene: Scene) -> Film:
    """Show the canvas alone, or on a screen."""
    return full(scene) if scene.rng.random() < 0.5 else plain(scene)


def fade(picture: Picture, to: Picture, count: int) -> Frames:
    """Fade to another picture in so many steps, the last of which is that picture."""
    return [cv2.addWeighted(picture, 1 - a, to, a, 0) for a in np.linspace(0, 1, count + 1)[1:]]


def card(text: str, colour: tuple[int, int, int], like: Picture) -> Picture:
    picture = np.full_like(like, colour)
    height, width = like.shape[:2]
    light = (20, 24, 30) if sum(colour) > 380 else (240, 236, 220)
    cv2.putText(picture, text, (width // 8, height // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.5, light, 1, cv2.LINE_AA)
    return picture


def drawn_card(scene: Scene, text: str, like: Picture) -> Picture:
    colours = ((30, 30, 34), (52, 70, 120), (236, 232, 224), (140, 60, 60), (0, 0, 0), (255, 255, 255))
    return card(text, colours[scene.rng.integers(len(colours))], like)


def fade_in(scene: Scene, value: int = 0) -> Film:
    film = either(scene)
    return film.insert(0, fade(film.frames[0], np.full_like(film.frames[0], value), scene.drawn_count(0.5, 1.5))[::-1])


def fade_out(scene: Scene, colour: int | tuple[int, int, int], show: Show | None = np.copy) -> Film:
    film = plain(scene, show)
    to = np.full_like(film.frames[0], colour)
    return film.end(
        [*fade(film.frames[-1], to, scene.drawn_count(0.5, 1.6)), *[to] * scene.rng.integers(0, scene.rate)]
    )


def end_card(scene: Scene, cut: bool) -> Film:
    """Fade to a card at the end, or show it at once."""
    film = either(scene)
    to = drawn_card(scene, "thank you", film.frames[-1])
    steps = [] if cut else fade(film.frames[-1], to, scene.drawn_count(0.4, 1.2))
    return film.end([*steps, *[to] * scene.drawn_count(0.5, 1.5)])


def fade_between(scene: Scene) -> Film:
    film, value = either(scene), int(scene.rng.choice((0, 255)))
    i, count, through = film.drawn_at(), scene.drawn_count(0.4, 0.9), np.full_like(film.frames[0], value)
    steps = [*fade(film.frames[i - 1], through, count), *fade(film.frames[i], through, count)[:-1][::-1]]
    return film.insert(i, steps)


def flash(scene: Scene, value: int) -> Film:
    film = either(scene)
    return film.insert(film.drawn_at(0.05, 0.97), [np.full_like(film.frames[0], value)] * scene.rng.integers(1, 4))


def title(scene: Scene, at_first: bool = False) -> Film:
    """Dissolve a title into the picture."""
    film = either(scene)
    to, i = drawn_card(scene, "part two", film.frames[0]), 0 if at_first else film.drawn_at()
    count = scene.drawn_count(0.3, 0.8)
    out = [] if at_first else fade(film.frames[i - 1], to, count)
    return film.insert(i, [*out, *[to] * scene.drawn_count(0.5, 1.5), *fade(film.frames[i], to, count)[:-1][::-1]])


def title_over(scene: Scene) -> Film:
    """Darken the picture for a while and write a title over it."""
    film = either(scene)
    i = film.drawn_at()
    under = (film.frames[i - 1] * 0.35).astype(np.uint8)
    to = np.maximum(under, card("chapter 2", (0, 0, 0), under))
    count = scene.drawn_count(0.2, 0.5)
    steps = fade(film.frames[i - 1], to, count)
    return film.insert(i, [*steps, *[to] * scene.drawn_count(0.6, 1.5), *steps[:-1][::-1]])


def preview(scene: Scene) -> Film:
    """Show the finished painting first."""
    film = either(scene)
    return film.insert(0, [film.frames[-1]] * scene.drawn_count(0.6, 2))


def value_check(scene: Scene) -> Film:
    film = plain(scene)
    i = film.drawn_at()
    grey = np.repeat(cv2.cvtColor(film.state(i - 1), cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    return film.insert(i, [scene.on_screen(grey)] * scene.drawn_count(0.5, 2))


def peek(scene: Scene) -> Film:
    """Hide the layers of colour and show them again: lines on white remain."""
    film = plain(scene)
    i = film.drawn_at(0.5, 0.8)
    lines = 255 - 3 * cv2.Canny(film.state(i - 1), 60, 120)[..., None].repeat(3, 2) // 4
    return film.insert(i, [scene.on_screen(lines.astype(np.uint8))] * scene.drawn_count(0.6, 2))


def tone(scene: Scene, change: Show, show: Show | None = np.copy) -> Film:
    """From some moment on everything is shown in another light: one cut, and each frame as it was shown."""
    film = plain(scene, show)
    at = film.drawn_at(0.5, 0.75)
    film.frames[at:] = [change(f) for f in film.frames[at:]]
    film.truth[at:] = [change(s) for s in film.truth[at:] if s is not None]
    film.cuts = 1
    return film


def warmer(picture: Picture) -> Picture:
    return np.clip(255 * (picture / 255.0) ** (0.72, 0.85, 1.3), 0, 255).astype(np.uint8)


def dimmer(picture: Picture) -> Picture:
    return (picture * np.array([0.6, 0.62, 0.68])).astype(np.uint8)


def mirrored(scene: Scene, axis: int = 1, habit: str = "objects", to_end: bool = False) -> Film:
    """Mirror the view for a while, and paint on; the truth is the orientation of the end."""
    film = plain(scene, habit=habit)
    first, last = film.drawn_at(0.25, 0.4), len(film.frames) if to_end else film.drawn_at(0.6, 0.8)
    for i in range(first, last):
        film.frames[i] = scene.on_screen(np.flip(film.state(i), axis))
    if to_end:
        film.truth = [np.flip(s, axis) for s in film.truth if s is not None]
    return film


def orientation(scene: Scene, matrix: tuple[int, int, int, int], turn: Show) -> Film:
    film = full(scene)
    film.write = lambda folder, frames: set_display_matrix(film.mp4(folder, frames), matrix)
    film.truth = [turn(s) for s in film.truth if s is not None]
    return film


def odd_pixels(scene: Scene) -> Film:
    """Store fewer columns or rows, to be shown stretched."""
    film, (width, height) = full(scene), scene.canvas
    aspect = (Fraction(2), Fraction(4, 3), Fraction(2, 3))[scene.seed % 3]
    small = (round(width / aspect) // 2 * 2, height) if aspect > 1 else (width, round(height * aspect) // 2 * 2)
    film.write = lambda folder, frames: encode(
        folder / "film.mp4",
        [cv2.resize(f, small, interpolation=cv2.INTER_AREA) for f in frames],
        scene.rate,
        aspect,
    )
    return film


def with_ring(picture: Picture, at: tuple[int, int]) -> Picture:
    """Draw the round cursor of a brush."""
    out = picture.copy()
    for radius, colour in ((5, (20, 20, 20)), (4, (235, 235, 235))):
        cv2.circle(out, (int(at[0]), int(at[1])), radius, colour, 1, cv2.LINE_AA)
    return out


def cursors(scene: Scene, at_end: bool) -> Film:
    """Paint with a cursor, which stays where it was at the end."""
    film, draw = plain(scene), (with_cursor, with_ring)[scene.rng.integers(2)]
    (x, y), (width, height) = scene.place, scene.canvas
    stop = len(film.frames) - scene.rng.integers(2, 3 * scene.shown)
    for i in range(len(film.frames) if at_end else stop):
        if i < stop and i % max(1, scene.shown // 2) == 0:
            at = scene.rng.integers((x + 6, y + 6), (x + width - 8, y + height - 11))
        film.frames[i] = draw(film.frames[i], at)
    return film


def with_popup(scene: Scene, picture: Picture, at: tuple[float, float], dark: bool) -> Picture:
    """Open a window over the canvas, its left top at such shares of it."""
    picture = picture.copy()
    width, height = int(scene.canvas[0] * 0.6), int(scene.canvas[1] * 0.24)
    x, y = (int(p + share * c) for p, share, c in zip(scene.place, at, scene.canvas, strict=True))
    ground, line, ink = ((52, 52, 56), (20, 20, 22), (220, 220, 224)) if dark else ((238,) * 3, (80, 80, 90), (40,) * 3)
    picture[y : y + height, x : x + width] = ground
    cv2.rectangle(picture, (x, y), (x + width - 1, y + height - 1), line, 1)
    cv2.putText(picture, "save?", (x + 6, y + height - 10), cv2.FONT_HERSHEY_PLAIN, 0.8, ink)
    return picture


def popups(scene: Scene, at_end: bool) -> Film:
    """Open a window over the canvas, at the end to stay; what it hides is known from before."""
    film, rng = plain(scene), scene.rng
    i = len(film.frames) if at_end else film.drawn_at()
    state, where = film.state(i - 1), (float(rng.uniform(0.02, 0.38)), float(rng.uniform(0.1, 0.7)))
    shown = with_popup(scene, film.frames[i - 1], where, bool(rng.integers(2)))
    return film.insert(i, [shown] * scene.drawn_count(0.4, 1.5), state)


def end_zoom(scene: Scene) -> Film:
    film, most = plain(scene), scene.rng.uniform(1.3, 2.2)
    middle = tuple(scene.rng.uniform(0.3, 0.7, 2))
    steps = np.linspace(1, most, scene.drawn_count(1, 2.5) + 1)[1:]
    return film.end([scene.in_view(film.final, s, middle) for s in [*steps, *[most] * scene.rng.integers(0, 8)]])


def full_end_zoom(scene: Scene) -> Film:
    """Zoom slowly into a picture that is nothing but the canvas."""
    film, size = full(scene), scene.canvas
    middle, most = scene.rng.uniform(0.3, 0.7, 2) * size, scene.rng.uniform(1.3, 2)
    views = []
    for scale in np.linspace(1, most, scene.drawn_count(1, 2.5) + 1)[1:]:
        matrix = cv2.getRotationMatrix2D(tuple(middle), 0, scale)
        views.append(cv2.warpAffine(film.final, matrix, size, flags=cv2.INTER_CUBIC))
    return film.end(views)


def swipe(scene: Scene) -> Film:
    """Before and after: an early state is wiped over the painting and away again, behind a line at times."""
    film, pictures, rng = plain(scene), [], scene.rng
    first, side, line = film.state(film.at(rng.uniform(0, 0.3))), int(rng.integers(4)), bool(rng.integers(2))
    count = scene.drawn_count(0.6, 1.3)
    way = np.linspace(0.05, 1, count)
    for share in [*way, *way[::-1]] if rng.random() < 0.7 else way[::-1]:
        turned, early = np.rot90(film.final, side).copy(), np.rot90(first, side)
        edge = int(share * turned.shape[1])
        turned[:, :edge] = early[:, :edge]
        if line:
            turned[:, max(0, edge - 2) : edge] = 250
        pictures.append(scene.on_screen(np.rot90(turned, -side)))
    return film.end([*pictures, *[scene.on_screen(film.final)] * rng.integers(0, 5)])


def compare(scene: Scene) -> Film:
    """Swipe, then zoom into the painting."""
    film, middle = swipe(scene), tuple(scene.rng.uniform(0.3, 0.7, 2))
    steps = np.linspace(1.02, 1.8, scene.drawn_count(1, 2))
    return film.end([scene.on_screen(film.final), *(scene.in_view(film.final, s, middle) for s in steps)])


def zoom_start(scene: Scene) -> Film:
    """Start zoomed in: what was out of view is not known."""
    film, scale, middle = plain(scene), scene.rng.uniform(1.4, 2.2), tuple(scene.rng.uniform(0.2, 0.8, 2))
    for i in range(film.drawn_at(0.25, 0.45)):
        film.frames[i], film.truth[i] = scene.in_view(film.state(i), scale, middle), None
    return film


def views(scene: Scene) -> Film:
    """Zoomed and turned views in between, with the desk around the canvas."""
    film, rng = plain(scene), scene.rng
    for begin, scale, angle in (
        (0.18, rng.uniform(1.4, 1.9), 0.0),
        (0.4, rng.uniform(0.5, 0.75), 0.0),
        (0.62, 1.0, rng.uniform(15, 40) * rng.choice((-1, 1))),
    ):
        for i in range(film.at(begin), film.at(begin) + 2 * scene.shown):
            state = film.state(i)
            film.frames[i], film.truth[i] = scene.in_view(state, scale, (0.5, 0.5), angle), None
    return film


def reference(scene: Scene, still: bool = False) -> Film:
    """Move and scale a photo beside the canvas, or leave it there."""
    photo, rng = scene.painted(1)[-1], scene.rng
    screen_width, (x, y), (width, height) = scene.screen[0], scene.place, scene.canvas
    left, right = x - 24, screen_width - 24 - x - width
    room = max(left, right) - 6
    if room < 44:  # more desk
        shift = (44 - room + 1) // 2 * 2
        grown = {"screen": (screen_width + 2 * shift, scene.screen[1]), "place": (x + shift, y)}
        return reference(Scene(**{**_fields(scene), **grown}), still)
    film = plain(scene)
    moves = sorted(film.at(share) for share in rng.uniform(0.1, 0.9, 0 if still else rng.integers(1, 4)))
    places = []
    for _ in range(len(moves) + 1):
        w = int(rng.uniform(0.55, 1) * room)
        h = min(int(w * height / width), scene.screen[1] - 24)
        side = 26 if left > right else x + width + 4
        places.append((side + rng.integers(0, room - w + 1), rng.integers(10, scene.screen[1] - h - 4), w, h))
    for i, picture in enumerate(film.frames):
        px, py, w, h = places[sum(i >= move for move in moves)]
        picture = film.frames[i] = picture.copy()
        picture[py : py + h, px : px + w] = cv2.resize(photo, (w, h), interpolation=cv2.INTER_AREA)
    return film


def _fields(scene: Scene) -> dict[str, object]:
    return {name: getattr(scene, name) for name in Scene.__dataclass_fields__}


def side_bars(scene: Scene) -> Film:
    """Show an upright canvas between bars of itself, enlarged and blurred."""
    (width, height), share = scene.canvas, scene.rng.uniform(1.6, 2.4)
    wide, blur = int(width * share) // 2 * 2, float(scene.rng.uniform(5, 10))

    def show(canvas: Picture) -> Picture:
        tall = cv2.resize(canvas, (wide, round(height * wide / width)), interpolation=cv2.INTER_LINEAR)
        top = (tall.shape[0] - height) // 2
        picture = cv2.GaussianBlur(tall[top : top + height], (0, 0), blur)
        x = (wide - width) // 2
        picture[:, x : x + width] = canvas
        return picture

    return plain(scene, show)


def dark(scene: Scene) -> Film:
    film, gain = plain(scene), scene.rng.uniform(0.12, 0.2)
    for i in range(len(film.frames)):
        film.truth[i] = (8 + film.state(i).astype(float) * gain).astype(np.uint8)
        film.frames[i] = scene.on_screen(film.state(i))
    return film


def camera(scene: Scene) -> Film:
    """Paint by hand under a camera whose exposure drifts; the truth has the light of the end, and no hand."""
    film, rng, shown = Film(scene, aligned=True), scene.rng, scene.painted()
    hand, clear = scene.shown, scene.shown + 1
    total, swing, waves = len(shown) * (hand + clear), rng.uniform(0.1, 0.18), rng.uniform(1.5, 3) * np.pi
    for k, state in enumerate(shown):
        for j in range(hand + clear):
            phase = waves * (k * (hand + clear) + j) / total - waves
            lit = np.clip(state * 0.85 * (1 + swing * np.sin(phase)), 0, 255).astype(np.uint8)
            if j < hand:
                lit = with_hand(lit, rng.integers((20, 30), (scene.canvas[0] - 16, scene.canvas[1] - 20)))
            noisy = np.clip(lit + rng.normal(0, 2, lit.shape), 0, 255).astype(np.uint8)
            film.add(noisy, (state * 0.85).astype(np.uint8))
    return film


WORDS = ("big shapes", "now the light", "warm shadows", "edges matter", "slow down", "look twice", "almost there")


def captions(scene: Scene) -> Film:
    """Write captions over the lower or upper canvas most of the time, in one of three styles."""
    film, rng = plain(scene), scene.rng
    (x, y), (width, height), style = scene.place, scene.canvas, int(rng.integers(3))
    base = y + int(height * (rng.uniform(0.85, 0.95) if rng.random() < 0.75 else rng.uniform(0.1, 0.2)))
    colour = ((255, 255, 255), (255, 230, 60), (255, 255, 255))[style]
    i, word = int(rng.integers(0, scene.rate)), int(rng.integers(7))
    while i < len(film.frames):
        end = min(len(film.frames), i + scene.drawn_count(0.6, 1.2))
        text, word = WORDS[word % 7], word + 1
        (w, h), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.36, 1)
        left = x + (width - w) // 2
        for k in range(i, end):
            bare, picture = film.frames[k], film.frames[k].copy()
            film.frames[k] = picture
            if style == 2:
                picture[base - h - 3 : base + 4, left - 3 : left + w + 3] //= 4
            else:
                cv2.putText(picture, text, (left, base), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (10, 10, 10), 3, cv2.LINE_AA)
            cv2.putText(picture, text, (left, base), cv2.FONT_HERSHEY_SIMPLEX, 0.36, colour, 1, cv2.LINE_AA)
            film.covered[k] = (picture != bare).any(axis=2)[y : y + height, x : x + width]
        i = end + (scene.drawn_count(0.2, 0.5) if rng.random() < 0.7 else 0)
    return film


def dark_border(scene: Scene) -> Film:
    """Black bars above and below the canvas, or beside it."""
    bars = (16, 16, 0, 0) if scene.seed % 2 == 0 else (0, 0, 22, 22)
    return plain(scene, lambda canvas: cv2.copyMakeBorder(canvas, *bars, cv2.BORDER_CONSTANT))


def two_paintings(scene: Scene) -> Film:
    film, other = plain(scene), Film(scene)
    for state in scene.painted(1):
        other.add(scene.on_screen(state), state, scene.shown)
    film.frames += other.frames
    film.truth += other.truth
    film.processes = 2
    return film


def stills(scene: Scene) -> Film:
    """Write stills and the twins that a Mac leaves beside them."""
    film = full(scene)

    def write(folder: Path, frames: Frames) -> Path:
        place = folder / "film"
        place.mkdir(exist_ok=True)
        for i, picture in enumerate(frames):
            Image.fromarray(picture).save(place / f"{i:03d}.png")
            (place / f"._{i:03d}.png").write_bytes(b"\0\5\26\7")
        return place

    film.write = write
    return film


def webp(scene: Scene) -> Film:
    film = full(scene)

    def write(folder: Path, frames: Frames) -> Path:
        first, *rest = map(Image.fromarray, frames)
        options = {"duration": 1000 // scene.rate, "quality": 95, "minimize_size": False}
        first.save(folder / "film.webp", save_all=True, append_images=rest, **options)
        return folder / "film.webp"

    film.write, film.by_time = write, True
    return film


def joined(scene: Scene) -> Film:
    """One recording in three files."""
    film = either(scene)
    first, second = film.at(scene.rng.uniform(0.2, 0.45)), film.at(scene.rng.uniform(0.55, 0.8))
    parts = (slice(first), slice(first, second), slice(second, None))
    film.write = lambda folder, frames: [
        encode(folder / f"film-{k + 1}.mp4", frames[part], scene.rate) for k, part in enumerate(parts)
    ]
    return film


def corrupt(scene: Scene) -> Film:
    """Damage a stretch in the middle: what can be read is right, and the gap is said."""
    film = either(scene)
    group = int(scene.rng.integers(1, len(film.frames) // 10 - 1))

    def write(folder: Path, frames: Frames) -> Path:
        path = film.mp4(folder, frames)
        import av

        with av.open(str(path)) as container:
            packets = [p for p in container.demux(video=0) if p.size]
        start = next(i for i, p in enumerate(packets) if p.is_keyframe and i >= 10 * group)
        numbers = {pts: number for number, pts in enumerate(sorted(p.pts for p in packets))}
        data = bytearray(path.read_bytes())
        for packet in packets[start : start + 10]:
            data[packet.pos + 4 : packet.pos + packet.size] = bytes(packet.size - 4)
            film.truth[numbers[packet.pts]] = None
        path.write_bytes(data)
        return path

    film.write, film.notes, film.cuts = write, ("damaged", "read"), 1
    return film


def still_canvas(scene: Scene) -> Film:
    """Paint a canvas that never moves, flat at first, with a round cursor: align leaves all as it is."""
    film, rng, (width, height) = Film(scene, aligned=True), scene.rng, scene.canvas
    canvas = np.full((height, width, 3), rng.integers(90, 200, 3), np.uint8)
    film.add(np.full_like(canvas, 255), np.full_like(canvas, 255), scene.shown)
    for k in range(scene.states + 1):
        ring = with_ring(canvas, rng.integers((15, 15), (width - 15, height - 15)))
        film.add(ring if k < scene.states else canvas, canvas.copy(), scene.shown)
        middle = rng.integers((20, 20), (width - 20, height - 20)).tolist()
        canvas, axes, angle = canvas.copy(), rng.integers(8, 22, 2).tolist(), int(rng.integers(180))
        cv2.ellipse(canvas, middle, axes, angle, 0, 360, rng.integers(40, 220, 3).tolist(), -1, cv2.LINE_AA)
    return film


def moving_camera(scene: Scene) -> Film:
    """Knock the easel twice; aligned frames lie on the last one."""
    film, rng, (width, height) = full(scene), scene.rng, scene.canvas
    one, two = film.drawn_at(0.25, 0.45), film.drawn_at(0.55, 0.7)
    for first, last in ((0, one), (one, two)):
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.uniform(-2.5, 2.5)), 1)
        matrix[:, 2] += rng.uniform(3, 7, 2) * rng.choice((-1, 1), 2)
        for i in range(first, last):
            film.frames[i] = cv2.warpAffine(
                film.frames[i], matrix, scene.canvas, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
            )
    film.aligned, film.margin = True, 14
    return film


FILMS: dict[str, Callable[[Scene], Film]] = {
    "plain": plain,
    "two paintings": two_paintings,
    "black bars": dark_border,
    "fade in": fade_in,
    "fade in from white": lambda scene: fade_in(scene, 255),
    "fade out, black": lambda scene: fade_out(scene, 0),
    "fade out, white": lambda scene: fade_out(scene, 255),
    "fade out, screen": lambda scene: fade_out(scene, 0, None),
    "fade to a card": lambda scene: end_card(scene, cut=False),
    "card at the end": lambda scene: end_card(scene, cut=True),
    "fade in between": fade_between,
    "black flash": lambda scene: flash(scene, 0),
    "white flash": lambda scene: flash(scene, 255),
    "title first": lambda scene: title(scene, at_first=True),
    "title in between": title,
    "title over it": title_over,
    "finished first": preview,
    "value check": value_check,
    "layers hidden": peek,
    "filter for good": lambda scene: tone(scene, warmer),
    "dimmer for good": lambda scene: tone(scene, dimmer),
    "mirrored": mirrored,
    "mirrored, lines": lambda scene: mirrored(scene, habit="lineart"),
    "upside down": lambda scene: mirrored(scene, 0),
    "mirrored to the end": lambda scene: mirrored(scene, to_end=True),
    "matrix, mirrored": lambda scene: orientation(scene, (-1, 0, 0, 1), lambda s: s[:, ::-1]),
    "matrix, transposed": lambda scene: orientation(scene, (0, 1, 1, 0), lambda s: s.transpose(1, 0, 2)),
    "odd pixels": odd_pixels,
    "cursor": lambda scene: cursors(scene, at_end=False),
    "cursor at the end": lambda scene: cursors(scene, at_end=True),
    "popup": lambda scene: popups(scene, at_end=False),
    "popup at the end": lambda scene: popups(scene, at_end=True),
    "end zoom": end_zoom,
    "end zoom, full": full_end_zoom,
    "swipe at the end": swipe,
    "swipe and zoom": compare,
    "zoomed at first": zoom_start,
    "views": views,
    "reference": reference,
    "reference, still": lambda scene: reference(scene, still=True),
    "side bars": side_bars,
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
