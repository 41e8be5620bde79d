"""Flowers: heads of several kinds, petal by petal, and bunches of them in a vase."""

import numpy as np

from ..drawing.light import Colour, mix
from ..drawing.shapes import ellipse, f32, ribbon, ribbons
from .scene_canvas import SceneCanvas

PETALS: tuple[Colour, ...] = (
    (0.93, 0.90, 0.86),
    (0.90, 0.52, 0.58),
    (0.82, 0.18, 0.20),
    (0.94, 0.76, 0.22),
    (0.62, 0.42, 0.74),
    (0.36, 0.44, 0.78),
    (0.94, 0.58, 0.26),
    (0.96, 0.80, 0.72),
    (0.56, 0.14, 0.26),
)
HEADS = ("daisy", "rose", "poppy", "tulip", "sunflower", "spray")


def paint_flower(
    canvas: SceneCanvas, rng: np.random.Generator, at: tuple[float, float], size: float, kind: str, colour: Colour
) -> None:
    """Paint one flower head on the present thing; `size` = its radius in pixels."""
    (rng,) = rng.spawn(1)
    world, (x, y) = canvas.world, at
    ramp, light = world.ramp(colour), f32(world.light.direction[:2])
    flat, lean = rng.uniform(0.55, 1.0), rng.uniform(0, np.pi)

    def petals(count: int, radius: float, wide: float, start: float, value: float) -> None:
        a = np.linspace(0, 2 * np.pi, count, endpoint=False) + start + rng.normal(0, 0.12, count)
        out = np.stack([np.cos(a), np.sin(a) * flat], 1)
        out = out @ np.array([[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]]) if flat < 0.85 else out
        tip = f32([x, y]) + out * radius * rng.uniform(0.85, 1.1, (count, 1))
        root = f32([x, y]) + out * 0.1 * radius
        tones = np.clip(value + 0.24 * (out @ light) + rng.normal(0, 0.07, count), 0.05, 1)
        paths = np.stack([root, 0.45 * root + 0.55 * tip, tip], 1).astype(np.float32)
        canvas.marks(ribbons(paths, wide, (0.35, 0.45)), ramp[(tones * 255).astype(int)], canvas.now)

    if kind in ("daisy", "sunflower"):
        petals(13 if kind == "daisy" else 20, size, 0.36 * size, 0.0, 0.55)
        petals(11, 0.9 * size, 0.3 * size, 0.2, 0.7)
        heart = (0.90, 0.70, 0.18) if kind == "daisy" else (0.30, 0.18, 0.10)
        r = (0.28 if kind == "daisy" else 0.46) * size
        canvas.polygon(ellipse(at, r, r * flat), world.tone_of(heart, 0.45), canvas.now)
        canvas.polygon(
            ellipse((x + 0.25 * light[0] * r, y + 0.25 * light[1] * r), 0.6 * r, 0.5 * r),
            world.tone_of(heart, 0.75),
            canvas.now,
        )
    elif kind == "rose":
        for k, (radius, value) in enumerate(((1.0, 0.38), (0.8, 0.52), (0.58, 0.6), (0.36, 0.5), (0.2, 0.38))):
            petals(9 - k, radius * size, 0.62 * radius * size, 0.5 * k, value)
    elif kind == "poppy":
        petals(5, size, 0.95 * size, 0.3, 0.5)
        petals(4, 0.75 * size, 0.8 * size, 0.8, 0.66)
        canvas.polygon(ellipse(at, 0.2 * size, 0.18 * size), world.tone_of((0.12, 0.12, 0.10), 0.5), canvas.now)
    elif kind == "tulip":
        for dx, value in ((-0.32, 0.36), (0.34, 0.52), (0.0, 0.68)):
            path = [(x + dx * size, y + 0.7 * size), (x + 1.3 * dx * size, y), (x + 0.9 * dx * size, y - 0.9 * size)]
            canvas.polygon(ribbon(path, 0.72 * size, (0.5, 0.15)), tuple(ramp[int(value * 255)]), canvas.now)
    else:
        n = 26
        spots = f32([x, y]) + rng.normal(0, 0.42, (n, 2)) * size
        marks = np.stack([spots, spots + rng.normal(0, 0.1, (n, 2)) * size], 1).astype(np.float32)
        tones = np.clip(0.5 + 0.5 * ((spots - f32([x, y])) @ light) / size + rng.normal(0, 0.1, n), 0.1, 1)
        canvas.marks(ribbons(marks, 0.22 * size, (0.8, 0.8)), ramp[(tones * 255).astype(int)], canvas.now)


def paint_bunch(
    canvas: SceneCanvas, rng: np.random.Generator, mouth: tuple[float, float], size: float, count: int | None = None
) -> None:
    """Paint flowers that stand in a vase with its mouth there, on the present thing; `size` = reach in pixels."""
    (rng,) = rng.spawn(1)
    world, (x, y) = canvas.world, mouth
    green = mix((0.22, 0.36, 0.16), (0.40, 0.46, 0.26), rng.random())
    ramp = world.ramp(green)
    n = count or int(rng.integers(6, 17))
    a = rng.uniform(0.08, np.pi - 0.08, n)
    reach = size * np.sqrt(rng.uniform(0.12, 1, n))
    at = np.stack([x + 0.95 * reach * np.cos(a), y - 0.15 * size - 1.1 * reach * np.sin(a)], 1)
    stems = np.stack([np.repeat(f32([[x, y + 0.05 * size]]), n, 0), 0.6 * at + 0.4 * f32([x, y - 0.35 * size]), at], 1)
    canvas.marks(ribbons(f32(stems), max(0.022 * size, 1), (1, 0.8)), ramp[rng.integers(60, 150, n)], canvas.now)
    m = 46
    b, far = rng.uniform(-0.25, np.pi + 0.25, m), size * rng.uniform(0.15, 0.95, m)
    root = np.stack([x + far * np.cos(b), y - 0.1 * size - far * np.sin(b)], 1)
    turn = b + rng.normal(0, 0.9, m)
    long = size * rng.uniform(0.14, 0.34, m)
    tip = root + long[:, None] * np.stack([np.cos(turn), -np.sin(turn) + 0.3], 1)
    bend = (root + tip) / 2 + rng.normal(0, 0.12, (m, 2)) * long[:, None]
    tones = np.clip(
        0.38 + 0.3 * (np.stack([np.cos(b), -np.sin(b)], 1) @ f32(world.light.direction[:2])) + rng.normal(0, 0.12, m),
        0.05,
        1,
    )
    canvas.marks(
        ribbons(f32(np.stack([root, bend, tip], 1)), f32(0.42 * long), (0.3, 0.08)),
        ramp[(tones * 255).astype(int)],
        canvas.now,
    )
    picks = [PETALS[int(k)] for k in rng.permutation(len(PETALS))[:3]]
    kinds = [HEADS[int(k)] for k in rng.permutation(len(HEADS))[:3]]
    for place in at[np.argsort(rng.random(n) - 0.6 * np.sin(a))][::-1]:
        which = int(rng.choice(3, p=(0.5, 0.3, 0.2)))
        head = size * rng.uniform(0.15, 0.27) * (0.75 if kinds[which] in ("daisy", "tulip", "spray") else 1)
        paint_flower(canvas, rng, (float(place[0]), float(place[1])), head, kinds[which], picks[which])
