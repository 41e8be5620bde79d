"""Backgrounds: plain, gradient, abstract, interior, landscape, foliage, sky, clutter, clouded."""

from collections.abc import Callable

import cv2
import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.light import Colour, mix
from ..drawing.shapes import Array, ellipse, f32, fill, noise, ribbon, ribbons, smoothstep, spline
from .classes import BACKGROUND
from .sitter import Sitter


def paint_background(canvas: Canvas, sitter: Sitter) -> None:
    """Cover the whole canvas; the label is background everywhere."""
    rng = sitter.rng("background")
    base = np.asarray(sitter.backdrop[0], np.float32)
    canvas.colour[:] = base
    canvas.labels[:] = BACKGROUND
    _PAINTERS[sitter.background](canvas, sitter, rng)
    if sitter.background not in ("plain", "gradient", "clouded"):  # what is far is seen less sharply than the sitter
        far = rng.uniform(0.002, 0.012) * max(canvas.shape)
        canvas.colour = f32(cv2.GaussianBlur(canvas.colour, (0, 0), max(far, 0.3)))
    _mottle(canvas, sitter, rng)
    np.clip(canvas.colour, 0, 1, out=canvas.colour)


def _axes(canvas: Canvas) -> tuple[Array, Array]:
    h, w = canvas.shape
    return np.linspace(0, 1, w, dtype=np.float32)[None, :], np.linspace(0, 1, h, dtype=np.float32)[:, None]


def _blend(canvas: Canvas, share: Array, colour: Colour) -> None:
    canvas.colour += np.clip(share, 0, 1)[..., None] * (np.asarray(colour, np.float32) - canvas.colour)


def _mottle(canvas: Canvas, s: Sitter, rng: np.random.Generator) -> None:
    """Uneven paint: broad value changes and a light side, so that no ground is dead flat."""
    x, y = _axes(canvas)
    n = noise(rng, canvas.shape, rng.uniform(2, 6), 3) * rng.uniform(0.02, 0.12)
    side = (x - 0.5) * s.light.direction[0] * -rng.uniform(-0.10, 0.25)
    edge = -rng.uniform(0, 0.30) * np.clip(((x - 0.5) ** 2 + (y - 0.45) ** 2) * 2, 0, 1)
    canvas.colour *= (1 + n + side + edge)[..., None]


def _plain(canvas: Canvas, s: Sitter, rng: np.random.Generator) -> None:
    share = smoothstep(noise(rng, canvas.shape, 3, 3), -0.5, 0.8) * rng.uniform(0.1, 0.7)
    _blend(canvas, share, s.backdrop[1])


def _gradient(canvas: Canvas, s: Sitter, rng: np.random.Generator) -> None:
    x, y = _axes(canvas)
    if rng.random() < 0.5:
        glow = 1.1 - np.hypot((x - rng.uniform(0.2, 0.8)) * 1.2, y - rng.uniform(0.2, 0.6)) * rng.uniform(1.2, 1.9)
    else:
        a = rng.uniform(0, 2 * np.pi)
        glow = 0.5 + (x - 0.5) * np.cos(a) + (y - 0.5) * np.sin(a)
    _blend(canvas, np.clip(glow + 0.2 * noise(rng, canvas.shape, 4, 2), 0, 1) * 0.85, s.backdrop[2])
    _blend(canvas, np.clip(-glow * 2 + 0.6, 0, 1) * 0.7, s.backdrop[1])


def _abstract(canvas: Canvas, s: Sitter, rng: np.random.Generator) -> None:
    h, w = canvas.shape
    for _ in range(int(rng.integers(14, 40))):
        centre = (rng.uniform(-0.1, 1.1) * w, rng.uniform(-0.1, 1.1) * h)
        colour = mix(s.backdrop[int(rng.integers(0, 3))], s.cloth[int(rng.integers(0, 3))], rng.uniform(0, 0.6))
        a, length = rng.normal(0.8, 0.5), rng.uniform(0.1, 0.5) * max(h, w)
        path = [
            (centre[0] + np.cos(a) * t * length, centre[1] + np.sin(a) * t * length + rng.normal(0, 0.02) * h)
            for t in (-0.5, 0, 0.5)
        ]
        mark = ribbon(path, rng.uniform(0.04, 0.22) * min(h, w), (0.7, 0.5))
        canvas.polygon(mark, colour, opacity=rng.uniform(0.4, 1))


def _sky(canvas: Canvas, s: Sitter, rng: np.random.Generator, horizon: float = 1.0) -> None:
    _, y = _axes(canvas)
    day = s.mood not in ("night", "candle")
    high: Colour = mix(s.backdrop[0], (0.30, 0.45, 0.68) if day else (0.06, 0.08, 0.20), 0.6)
    glow = (0.86, 0.82, 0.72) if s.mood != "sunset" else (0.96, 0.62, 0.32)
    low: Colour = mix(s.backdrop[2], glow, 0.6 if day else 0.15)
    canvas.colour[:] = high
    _blend(canvas, np.broadcast_to(np.clip(y / horizon, 0, 1) ** 1.3, canvas.shape), low)
    lumps = noise(rng, canvas.shape, rng.uniform(3, 6), 4, 2.2) - 0.5 * np.abs(y - 0.3)
    clouds = smoothstep(lumps, rng.uniform(-0.2, 0.3), 0.7)
    _blend(canvas, clouds * 0.85, mix((0.95, 0.93, 0.90), low, 0.4) if day else mix(high, low, 0.6))
    under = smoothstep(noise(rng, canvas.shape, 5, 3, 2.2), 0.1, 0.7) * clouds
    _blend(canvas, under * 0.4, mix(high, (0.4, 0.38, 0.42), 0.5))


def _landscape(canvas: Canvas, s: Sitter, rng: np.random.Generator) -> None:
    h, w = canvas.shape
    horizon = rng.uniform(0.38, 0.72)
    _sky(canvas, s, rng, horizon)
    day = 1.0 if s.mood not in ("night", "candle") else 0.3
    green = f32([rng.uniform(0.25, 0.5), rng.uniform(0.36, 0.5), rng.uniform(0.14, 0.28)]) * day
    haze = canvas.colour[int(horizon * h) - 1, w // 2].copy()
    layers = int(rng.integers(2, 5))
    for k in range(layers):
        t = (k + 1) / layers
        top = horizon - 0.16 * (1 - t) + 0.16 * (t - 0.5)
        rough = rng.uniform(0.02, 0.10) * (1.3 - t)
        xs = np.linspace(-0.05, 1.05, 9)
        ridge = spline(f32([(x * w, (top + rng.normal(0, rough)) * h) for x in xs]))
        outline = np.concatenate([ridge, f32([(1.1 * w, 1.1 * h), (-0.1 * w, 1.1 * h)])])
        colour = haze * (1 - t) + green * rng.uniform(0.7, 1.1) * t
        if rng.random() < 0.25:
            colour = haze * (1 - t) + f32([0.55, 0.45, 0.25]) * day * t
        canvas.polygon(outline, tuple(colour))
        if t > 0.4:
            for _ in range(int(rng.integers(0, 7))):
                x = rng.uniform(0, 1) * w
                y = np.interp(x, ridge[:, 0], ridge[:, 1])
                size = rng.uniform(0.05, 0.22) * h * t
                _tree(canvas, rng, (x, y + 0.02 * h), size, tuple(colour * rng.uniform(0.45, 0.8)))
    if rng.random() < 0.3:
        left, right = ((horizon + 0.10) * h, (horizon + 0.24) * h), ((horizon + 0.09) * h, (horizon + 0.2) * h)
        band = fill(canvas.shape, f32([(0, left[0]), (w, right[0]), (w, right[1]), (0, left[1])]))
        canvas.lay(band, tuple(np.clip(0.85 * haze + 0.05 * f32([0, 0.4, 1]), 0, 1)))


def _tree(canvas: Canvas, rng: np.random.Generator, foot: tuple[float, float], size: float, colour: Colour) -> None:
    canvas.polygon(ribbon([foot, (foot[0], foot[1] - size)], 0.08 * size, (1, 0.4)), tuple(f32(colour) * 0.6))
    crowns, tones = [], []
    for _ in range(int(rng.integers(4, 9))):
        at = (foot[0] + rng.normal(0, 0.22) * size, foot[1] - size * rng.uniform(0.55, 1.15))
        r = size * rng.uniform(0.14, 0.30)
        crowns.append(ellipse(at, r, r * rng.uniform(0.6, 1.0)))
        tones.append(f32(colour) * f32(rng.uniform(0.75, 1.35)))
    canvas.marks(crowns, np.stack(tones))


def _foliage(canvas: Canvas, s: Sitter, rng: np.random.Generator) -> None:
    h, w = canvas.shape
    size = max(h, w)
    hue = f32([rng.uniform(0.20, 0.55), rng.uniform(0.34, 0.52), rng.uniform(0.10, 0.32)])
    if s.mood == "sunset" or rng.random() < 0.15:
        hue = f32([0.62, 0.34, 0.14])
    dark = tuple(np.clip(0.5 * hue * f32(s.backdrop[0]) + 0.25 * f32(s.backdrop[1]), 0, 1))
    canvas.colour[:] = dark
    patch = smoothstep(noise(rng, canvas.shape, 5, 3), -0.2, 0.6)
    _blend(canvas, patch * 0.7, tuple(hue * 0.6))
    big = rng.uniform(0.012, 0.05)
    n = 170
    at = np.stack([rng.uniform(0, w, n), rng.uniform(0, h, n)], 1)
    a = np.where(rng.random(n) < 0.5, rng.uniform(0, 2 * np.pi, n), rng.normal(1.2, 0.5, n))
    length = (size * big * rng.uniform(1.0, 3.2, n))[:, None]
    tip = at + length * np.stack([np.cos(a), np.sin(a)], 1)
    middle = (at + tip) / 2 + rng.normal(0, 0.1, (n, 1)) * length
    leaves = ribbons(np.stack([at, middle, tip], 1).astype(np.float32), 0.45 * length[:, 0], (0.15, 0.05))
    lit = (0.35 + 0.9 * np.arange(n) / n * rng.uniform(0.5, 1.2, n))[:, None]
    canvas.marks(leaves, f32(hue * lit + rng.normal(0, 0.04, (n, 3))))


def _interior(canvas: Canvas, s: Sitter, rng: np.random.Generator) -> None:
    h, w = canvas.shape
    wall, dark, light = s.backdrop
    side = -np.sign(s.light.direction[0])
    _blend(canvas, np.broadcast_to(np.clip(0.5 + side * (0.5 - _axes(canvas)[0]), 0, 1) * 0.35, canvas.shape), dark)
    corner = rng.uniform(0.1, 0.9) * w
    if rng.random() < 0.5:
        other_wall = f32([(corner, -5), (w + 5, -5), (w + 5, h + 5), (corner + 0.05 * w, h + 5)])
        canvas.polygon(other_wall, mix(wall, dark, 0.6))
    for _ in range(int(rng.integers(1, 4))):
        kind = rng.choice(["frame", "window", "curtain", "shelf", "door"])
        x0, y0 = rng.uniform(-0.1, 0.8) * w, rng.uniform(-0.05, 0.35) * h
        bw, bh = rng.uniform(0.18, 0.42) * w, rng.uniform(0.2, 0.5) * h
        box = f32([(x0, y0), (x0 + bw, y0), (x0 + bw, y0 + bh), (x0, y0 + bh)])
        if kind == "frame":
            canvas.polygon(box + 0.012 * w, tuple(f32(dark) * 0.6), opacity=0.6)
            canvas.polygon(box, mix((0.55, 0.40, 0.18), wall, 0.4))
            inner = (box - box.mean(0)) * 0.78 + box.mean(0)
            canvas.polygon(inner, mix(dark, s.cloth[2], 0.3))
            low = (inner - inner.mean(0)) * f32([1, 0.4]) + inner.mean(0) + f32([0, 0.25 * bh * 0.78])
            canvas.polygon(low, mix(dark, s.cloth[1], 0.3))
        elif kind == "window":
            canvas.polygon(box, mix((0.90, 0.93, 0.95), light, 0.5))
            for t in (0.0, 0.5, 1.0):
                x, y = x0 + bw * t, y0 + bh * t
                for bar in ([(x, y0), (x, y0 + bh)], [(x0, y), (x0 + bw, y)]):
                    canvas.polygon(ribbon(bar, 0.02 * w, (1, 1)), tuple(f32(wall) * 0.7))
        elif kind == "curtain":
            tone = mix(s.cloth[2], dark, rng.uniform(0.3, 0.8))
            edge = x0 if rng.random() < 0.5 else w - bw
            for k in range(7):
                a = edge + bw * k / 7
                line = [(a, -10), (a + rng.normal(0, 0.02) * w, h * 0.5), (a + rng.normal(0, 0.05) * w, h * 1.1)]
                shade = tuple(np.clip(f32(tone) * (0.6 + 0.5 * (k % 2) + 0.1 * rng.normal()), 0, 1))
                canvas.polygon(ribbon(line, bw / 4.5, (1, 1)), shade)
        elif kind == "shelf":
            foot, end = y0 + bh, x0 + 1.4 * bw
            board = f32([(x0, foot), (end, foot), (end, foot + 0.02 * h), (x0, foot + 0.02 * h)])
            canvas.polygon(board, tuple(f32(dark) * 0.6))
            at = x0
            while at < x0 + 1.3 * bw:
                thick = rng.uniform(0.02, 0.05) * w
                tall = rng.uniform(0.09, 0.16) * h
                end = at + thick * 0.9
                book = f32([(at, foot), (at, foot - tall), (end, foot - tall), (end, foot)])
                canvas.polygon(book, mix(dark, tuple(rng.uniform(0.15, 0.7, 3)), 0.5))
                at += thick
        else:
            canvas.polygon(f32([(x0, y0), (x0 + bw, y0), (x0 + bw, h + 5), (x0, h + 5)]), mix(dark, wall, 0.25))
            post = ribbon([(x0, h), (x0, y0), (x0 + bw, y0), (x0 + bw, h)], 0.02 * w, (1, 1))
            canvas.polygon(post, mix(light, wall, 0.5), opacity=0.7)


def _clouded(canvas: Canvas, s: Sitter, rng: np.random.Generator) -> None:
    """Dab the ground in clouds of two tones, as illustrators like it behind a figure."""
    cells, octaves = rng.uniform(4, 14), int(rng.integers(2, 5))
    share = smoothstep(noise(rng, canvas.shape, cells, octaves), rng.uniform(-0.7, -0.1), rng.uniform(0.2, 0.9))
    _blend(canvas, share * rng.uniform(0.4, 1.0), s.backdrop[2])
    _blend(canvas, smoothstep(noise(rng, canvas.shape, 3, 2), 0.0, 0.8) * 0.6, s.backdrop[1])


def _clutter(canvas: Canvas, s: Sitter, rng: np.random.Generator) -> None:
    """Things beside the sitter in its colours: pots, plates, cloths, beams, far figures."""
    h, w = canvas.shape
    pool = [*s.backdrop, *s.cloth, s.skin, s.hair]
    outlines, colours = [], []
    for _ in range(int(rng.integers(10, 36))):
        centre = (rng.uniform(-0.05, 1.05) * w, rng.uniform(-0.05, 1.05) * h)
        size = rng.uniform(0.02, 0.16) * max(h, w)
        tone = f32(mix(s.backdrop[rng.integers(0, 3)], pool[rng.integers(0, len(pool))], rng.uniform(0.2, 0.9)))
        kind = rng.integers(0, 4)
        if kind == 0:
            shape = ellipse(centre, size, size * rng.uniform(0.4, 1.4), rng.uniform(0, 3))
        elif kind == 1:
            a = rng.normal(0, 0.4) + rng.choice([0, np.pi / 2])
            end = (centre[0] + np.cos(a) * 4 * size, centre[1] + np.sin(a) * 4 * size)
            shape = ribbon([centre, end], 0.5 * size, (1, 1))
        elif kind == 2:
            shape = spline(f32(centre) + rng.normal(0, 0.8, (5, 2)).astype(np.float32) * f32(size), True)
        else:  # a far figure: a dark mass with a head on it
            body = ribbon([(centre[0], centre[1] + 3 * size), centre], 1.6 * size, (1, 0.6))
            outlines.append(body)
            colours.append(tone * f32(0.6))
            shape = ellipse((centre[0], centre[1] - 0.5 * size), 0.4 * size, 0.5 * size)
            tone = f32(mix(s.skin, tuple(tone), 0.5))
        outlines += [shape, shape * f32(0.8) + shape.mean(0) * f32(0.2) - f32([0.1, 0.1]) * f32(size)]
        colours += [tone * f32(rng.uniform(0.5, 0.9)), tone]
    canvas.marks(outlines, np.stack(colours), opacity=rng.uniform(0.6, 1.0))


_PAINTERS: dict[str, Callable[[Canvas, Sitter, np.random.Generator], None]] = {
    "plain": _plain, "gradient": _gradient, "abstract": _abstract, "interior": _interior, "landscape": _landscape,
    "foliage": _foliage, "sky": _sky, "clutter": _clutter, "clouded": _clouded,
}  # fmt: skip
