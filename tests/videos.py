"""Recordings for tests: a simulated painting on a drawn desktop, with occlusions, moves and encoders."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ppp.modules.data.recording.similarity_transform import from_parts
from ppp.modules.data.synthetic.painter import simulate
from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import PlanFile, make_plan

CANVAS = (160, 192)  # width, height
SCREEN = (288, 240)
PLACE = (76, 28)  # left, top of the canvas on the screen


def every_state(count: int, seed: int = 0, size: tuple[int, int] = CANVAS, habit: str = "objects") -> list[np.ndarray]:
    """Simulate so many states of a painting, (h,w,3) uint8, from the bare canvas to the finished one."""
    painting, labels = draw_sitter(size, seed + 81)  # 82 is painted in one pigment: GIFs of few colours can show it
    # texture of brush and canvas, as a real painting has it
    grain = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, labels.shape).astype(np.float32), (0, 0), 1.2)
    painting = np.clip(painting + 0.08 * grain[..., None], 0, 1)
    start = "mass" if habit in ("masses", "objects") else "sketch"
    primed = PlanFile({"habit": habit, "start": start, "ground": [0.93, 0.91, 0.87]}, "primed canvas")
    plan = make_plan(primed, painting, labels, PORTRAIT, count, seed)
    return [np.round(255 * f).astype(np.uint8) for f in simulate(painting, labels, PORTRAIT, count, seed, plan)]


def states(count: int, seed: int = 0, size: tuple[int, int] = CANVAS, habit: str = "objects") -> list[np.ndarray]:
    """Simulate so many states of a painting, each clearly changed from the one before, and none by a jump."""
    frames = every_state(3 * count, seed, size, habit)
    change = np.array([(np.abs(a.astype(int) - b).max(axis=2) > 20).mean() for a, b in pairwise(frames)])
    # of every few frames the one after the biggest step, which anybody would see
    spans = np.array_split(np.arange(len(change)), count - 1)
    after = [span[change[span].argmax()] + 1 for span in spans[:-1]]
    return [frames[i] for i in (0, *after, len(frames) - 1)]


def desktop(canvas: np.ndarray) -> np.ndarray:
    """Show the canvas on a screen with panels, buttons and a title bar."""
    rng = np.random.default_rng(7)
    screen = np.full((SCREEN[1], SCREEN[0], 3), 58, np.uint8)
    screen[:16] = (32, 34, 40)
    screen[:, :40] = (44, 44, 48)
    for i in range(9):
        screen[24 + 22 * i : 38 + 22 * i, 10:24] = rng.integers(60, 220, 3)
    for i in range(12):
        cv2.putText(screen, "layer", (246, 30 + 16 * i), cv2.FONT_HERSHEY_PLAIN, 0.6, (190, 190, 190))
    x, y = PLACE
    screen[y : y + canvas.shape[0], x : x + canvas.shape[1]] = canvas
    return screen


def with_hand(picture: np.ndarray, at: tuple[int, int]) -> np.ndarray:
    """Draw a hand with a brush that reaches in from the lower right to `at`."""
    out = picture.copy()
    x, y = at
    far = (x + 120, y + 150)
    cv2.line(out, (x + 28, y + 34), far, (150, 105, 84), 40, cv2.LINE_AA)
    cv2.ellipse(out, (x + 26, y + 30), (24, 17), 50, 0, 360, (186, 138, 112), -1, cv2.LINE_AA)
    cv2.line(out, (x, y), (x + 26, y + 30), (60, 40, 30), 4, cv2.LINE_AA)
    return out


def with_cursor(picture: np.ndarray, at: tuple[int, int]) -> np.ndarray:
    """Draw a mouse pointer."""
    out = picture.copy()
    arrow = np.array([(0, 0), (0, 11), (3, 8), (7, 8)]) + np.array(at)
    cv2.fillPoly(out, [arrow.astype(np.int32)], (250, 250, 250), cv2.LINE_AA)
    cv2.polylines(out, [arrow.astype(np.int32)], True, (10, 10, 10), 1, cv2.LINE_AA)
    return out


def moved(canvas: np.ndarray, shift=(0.0, 0.0), scale=1.0, angle=0.0, ground=(58, 58, 58)) -> np.ndarray:
    """Show the canvas after a move of camera or view: about its middle, on the same area."""
    size = (canvas.shape[1], canvas.shape[0])
    matrix = from_parts(shift, scale, angle, size)
    # not INTER_CUBIC: OpenCV's is off by .04 px at .1 px, which is no known move any more
    return cv2.warpAffine(canvas, matrix, size, flags=cv2.INTER_LANCZOS4, borderValue=ground)


def with_menu(picture: np.ndarray, at: tuple[int, int], size: tuple[int, int] = (70, 60)) -> np.ndarray:
    """Draw a menu over the picture, its upper left corner at `at`."""
    out = picture.copy()
    (x, y), (width, height) = at, size
    out[y : y + height, x : x + width] = (236, 236, 238)
    cv2.rectangle(out, (x, y), (x + width - 1, y + height - 1), (90, 90, 96), 1)
    for i in range(4):
        cv2.putText(out, "brush", (x + 8, y + 14 + 13 * i), cv2.FONT_HERSHEY_PLAIN, 0.7, (40, 40, 44))
    return out


def write_dithered_gif(path: Path, frames: list[np.ndarray], colours: int = 256, rate: int = 10) -> Path:
    """Write a GIF as FFmpeg does: each frame has a palette of so many colours, and is dithered with them."""
    import av

    height, width = frames[0].shape[:2]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("gif", rate=Fraction(rate))
        stream.width, stream.height, stream.pix_fmt = width, height, "pal8"
        graph = av.filter.Graph()
        source = graph.add_buffer(width=width, height=height, format="rgb24", time_base=Fraction(1, rate))
        split, sink = graph.add("split"), graph.add("buffersink")
        generate, use = (
            graph.add("palettegen", f"stats_mode=single:max_colors={colours}"),
            graph.add("paletteuse", "new=1"),
        )
        source.link_to(split)
        split.link_to(use, 0, 0)
        split.link_to(generate, 1, 0)
        generate.link_to(use, 0, 1)
        use.link_to(sink)
        graph.configure()
        for i, picture in enumerate([*frames, None]):
            if picture is None:
                graph.push(None)
            else:
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = i, Fraction(1, rate)
                graph.push(frame)
            while True:
                try:
                    made = graph.pull()
                except (av.BlockingIOError, av.EOFError):
                    break
                out.mux(stream.encode(made))
        out.mux(stream.encode(None))
    return path


def write_video(
    path: Path, frames: list[np.ndarray], rate: int = 25, times: list[int] | None = None, crf: int = 16, **more: str
) -> Path:
    """Encode (h,w,3) uint8 frames: H.264 in mp4, mov, mkv; VP9 in webm; gif.

    `times`: each frame's time in 1/rate s, for a variable rate; `more`: options of the encoder.
    """
    if path.suffix == ".gif":  # FFmpeg dithers each frame anew, which no camera and no program does
        first, *rest = (Image.fromarray(frame).quantize(255, dither=Image.Dither.NONE) for frame in frames)
        first.save(path, save_all=True, append_images=rest, duration=1000 // rate)
        return path
    import av

    codec = "libvpx-vp9" if path.suffix == ".webm" else "libx264"
    with av.open(str(path), "w", options={"movflags": "+faststart"} if path.suffix in (".mp4", ".mov") else {}) as out:
        stream = out.add_stream(codec, rate=Fraction(rate))
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.options = {
            "libx264": {"crf": str(crf), "preset": "veryfast"},
            "libvpx-vp9": {"crf": "20", "b": "0", "cpu-used": "8"},
        }[codec] | more
        stream.time_base = stream.codec_context.time_base = Fraction(1, rate)
        for i, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = times[i] if times else i, Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


TRAJECTORIES = ("still", "drift", "creep", "turning", "zooming", "sudden", "sudden drift")


def trajectory(kind: str, n: int, seed: int = 0) -> list[tuple[tuple[float, float], float, float]]:
    """Move a canvas over n frames: shift (px), scale and angle (degrees) of each; the last one is at rest.

    still; drift: .1 px a frame; creep: a random walk of .06 px; turning: .04 degrees a frame; zooming: .1 % a frame;
    sudden: another place, scale and angle every few frames; sudden drift: both.
    """
    rng = np.random.default_rng([TRAJECTORIES.index(kind), seed])
    back = np.arange(n - 1, -1, -1.0)  # frames before the last
    shift, scale, angle = np.zeros((n, 2)), np.ones(n), np.zeros(n)
    way = rng.uniform(0, 2 * np.pi)
    if "drift" in kind:
        shift += 0.1 * back[:, None] * (np.cos(way), np.sin(way))
    if kind == "creep":
        shift += np.cumsum(rng.normal(0, 0.06, (n, 2)), axis=0)[::-1] * (back > 0)[:, None]
    if kind == "turning":
        angle += 0.04 * back * rng.choice((-1, 1))
    if kind == "zooming":
        scale *= 1 + 0.001 * back * rng.choice((-1, 1))
    if "sudden" in kind:
        for first in range(0, n - 2, 3 if kind == "sudden" else 8):
            part = slice(first, min(first + (3 if kind == "sudden" else 8), n - 2))
            shift[part] += rng.uniform(-14, 14, 2)
            scale[part] *= rng.uniform(0.92, 1.06)
            angle[part] += rng.uniform(-5, 5)
    return [((float(x), float(y)), float(s), float(a)) for (x, y), s, a in zip(shift, scale, angle, strict=True)]
