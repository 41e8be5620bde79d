"""Fruit, bread and other small things to eat, as lit bodies with the skin of their kind."""

from dataclasses import dataclass

import numpy as np

from ..drawing.light import Colour, mix
from ..drawing.shapes import Array, ellipse, f32, noise, ribbon, smoothstep, spline
from .scene_canvas import SceneCanvas


@dataclass(frozen=True)
class Fruit:
    """One kind: two colours of its skin, size and height in shares of a fist, gloss, shape."""

    colour: Colour
    second: Colour
    size: float
    flat: float
    shine: float
    shape: str = "ball"


FRUITS: dict[str, Fruit] = {
    "apple": Fruit((0.74, 0.16, 0.12), (0.82, 0.68, 0.28), 1.0, 0.92, 0.5, "apple"),
    "green apple": Fruit((0.56, 0.66, 0.22), (0.76, 0.74, 0.34), 0.95, 0.92, 0.5, "apple"),
    "orange": Fruit((0.92, 0.52, 0.12), (0.94, 0.60, 0.16), 1.0, 0.97, 0.25),
    "lemon": Fruit((0.94, 0.82, 0.24), (0.86, 0.78, 0.24), 0.85, 0.74, 0.3, "lemon"),
    "pear": Fruit((0.74, 0.66, 0.28), (0.72, 0.42, 0.22), 1.0, 1.5, 0.3, "pear"),
    "peach": Fruit((0.92, 0.62, 0.38), (0.78, 0.26, 0.20), 0.95, 0.95, 0.05, "apple"),
    "plum": Fruit((0.30, 0.16, 0.34), (0.44, 0.32, 0.50), 0.6, 0.9, 0.3),
    "grapes": Fruit((0.26, 0.14, 0.28), (0.42, 0.24, 0.36), 0.3, 1.0, 0.6, "bunch"),
    "green grapes": Fruit((0.62, 0.68, 0.34), (0.78, 0.78, 0.48), 0.3, 1.0, 0.6, "bunch"),
    "pumpkin": Fruit((0.86, 0.48, 0.14), (0.74, 0.36, 0.12), 2.1, 0.72, 0.25, "ribbed"),
    "onion": Fruit((0.76, 0.50, 0.28), (0.86, 0.68, 0.46), 0.8, 0.9, 0.4, "onion"),
    "egg": Fruit((0.93, 0.88, 0.80), (0.88, 0.78, 0.66), 0.6, 0.8, 0.1),
    "bread": Fruit((0.70, 0.46, 0.24), (0.86, 0.68, 0.44), 1.9, 0.55, 0.08, "loaf"),
}


def paint_fruit(
    canvas: SceneCanvas, rng: np.random.Generator, foot: tuple[float, float], fist: float, kind: str
) -> None:
    """Paint a fruit on the present thing; `foot` where it lies, `fist` the size of an apple, in pixels."""
    (rng,) = rng.spawn(1)
    fruit = FRUITS[kind]
    x, y = foot
    radius = 0.5 * fist * fruit.size * rng.uniform(0.9, 1.08)
    middle = (x, y - radius * fruit.flat)
    if fruit.shape == "bunch":
        _bunch(canvas, rng, (x, y), fist, fruit)
        return
    turn = rng.normal(0, 0.25) if fruit.shape != "lemon" else rng.uniform(-0.6, 0.6)
    outline = ellipse(middle, radius, radius * fruit.flat, turn, n=40)
    if fruit.shape == "lemon":
        nub = ribbon(
            [middle, (middle[0] + 1.16 * radius * np.cos(turn), middle[1] + 1.16 * radius * np.sin(turn))],
            0.55 * radius,
            (1, 0.35),
        )
        mask = canvas.shape_of(outline, nub)
    elif fruit.shape == "pear":
        neck = spline(
            f32(
                [
                    (x - 0.95 * radius, y - 0.8 * radius),
                    (x - 0.5 * radius, y - 1.7 * radius),
                    (x - 0.26 * radius, y - 2.5 * radius),
                    (x + 0.1 * radius, y - 2.65 * radius),
                    (x + 0.36 * radius, y - 2.4 * radius),
                    (x + 0.55 * radius, y - 1.7 * radius),
                    (x + 0.95 * radius, y - 0.8 * radius),
                ]
            )
        )
        outline = ellipse((x, y - 0.95 * radius), radius, 0.98 * radius, n=40)
        mask = canvas.shape_of(outline, neck)
        middle = (x, y - 1.1 * radius)
    else:
        mask = canvas.shape_of(outline)
    _ball(canvas, rng, mask, middle, (radius, radius * min(fruit.flat, 1.25)), fruit, turn)
    if fruit.shape in ("apple", "pear", "ribbed", "onion"):
        top = (
            x + np.sin(turn) * radius * 0.4,
            (y - 2 * radius * fruit.flat if fruit.shape != "pear" else y - 2.6 * radius),
        )
        if fruit.shape == "apple":
            canvas.shade(canvas.shape_of(ellipse((top[0], top[1] + 0.22 * radius), 0.3 * radius, 0.1 * radius)), 0.5)
        stalk = [(top[0], top[1] + 0.2 * radius), (top[0] + 0.1 * radius, top[1] - 0.28 * radius)]
        canvas.polygon(
            ribbon(stalk, max(0.1 * radius, 1), (0.8, 1)), canvas.world.tone_of((0.30, 0.22, 0.14), 0.5), canvas.now
        )


def _ball(
    canvas: SceneCanvas,
    rng: np.random.Generator,
    mask: Array,
    middle: tuple[float, float],
    radii: tuple[float, float],
    fruit: Fruit,
    turn: float,
) -> None:
    world = canvas.world
    dx, dy = (canvas.x - middle[0]) / radii[0], (canvas.y - middle[1]) / radii[1]
    dx, dy = np.broadcast_arrays(dx, dy)
    r2 = np.minimum(dx * dx + dy * dy, 0.999)
    z = np.sqrt(1 - r2)
    if fruit.shape == "ribbed":
        dx = dx + 0.25 * np.sin(np.arcsin(np.clip(dx, -1, 1)) * 9) * z
    normals = np.stack([dx, dy, z], 2)
    normals = f32(normals / np.linalg.norm(normals, axis=2, keepdims=True))
    value = world.light.shade(normals)
    value = value + 0.13 * np.clip(dy - 0.35, 0, 1)  # light that the table throws back
    rough = noise(rng, canvas.shape, 18 if fruit.shape != "loaf" else 40, 3)
    if fruit.shape == "loaf":
        value = value + 0.14 * rough + 0.25 * (np.abs(np.sin(dx * 5 + 0.8 * dy)) > 0.93)
    canvas.form(mask, f32(np.clip(value + 0.02 * rough, 0.02, 1)), fruit.colour, gloss=fruit.shine)
    share = smoothstep(f32(0.8 * rough + 0.9 * np.cos(turn + 2) * dx - 0.7 * dy), 0.0, 0.9) * mask
    canvas.form(f32(share * 0.8), f32(np.clip(value, 0.02, 1)), fruit.second, gloss=fruit.shine)
    half_way = f32(world.light.direction) + f32([0, 0, 1])
    glint = np.clip(normals @ (half_way / np.linalg.norm(half_way)), 0, 1) ** 40 * fruit.shine
    canvas.lay(f32(np.clip(1.4 * glint, 0, 1) * mask), mix(world.air.key, (1, 1, 1), 0.4))
    canvas.dabs(mask, rng, angle=f32(np.arctan2(dx, -dy)), size=0.6, length=2.6, broken=0.6)


def _bunch(canvas: SceneCanvas, rng: np.random.Generator, foot: tuple[float, float], fist: float, fruit: Fruit) -> None:
    """Lay a bunch of grapes: balls from behind to the front, widest above."""
    world, (x, y) = canvas.world, foot
    ramps = [world.ramp(one, gloss=fruit.shine) for one in (fruit.colour, fruit.second)]
    n, radius, side = 34, 0.16 * fist, world.light.direction
    t = np.sort(rng.random(n))
    where = np.stack(
        [
            x + rng.normal(0, 0.42, n) * fist * (1.1 - 0.5 * t),
            y - 0.1 * fist - (1 - t) * 0.62 * fist * rng.uniform(0.6, 1.1, n),
        ],
        1,
    )
    for k, (a, b) in enumerate(where[np.argsort(-where[:, 1])[::-1]]):
        ramp, r = ramps[int(rng.random() < 0.3)], radius * rng.uniform(0.85, 1.12)
        low = 0.2 + 0.2 * k / n
        for share, value in ((1.0, low), (0.78, low + 0.18), (0.5, low + 0.32)):
            at = (a + side[0] * (1 - share) * 0.6 * r, b + side[1] * (1 - share) * 0.6 * r)
            canvas.polygon(ellipse(at, r * share, r * share, n=18), tuple(ramp[int(255 * min(value, 1))]), canvas.now)
        glint = ellipse((a + side[0] * 0.5 * r, b + side[1] * 0.5 * r), 0.15 * r, 0.15 * r, n=10)
        canvas.polygon(glint, mix(world.air.key, (1, 1, 1), 0.4), opacity=0.8)
    stalk = [(x, y - 0.75 * fist), (x + 0.3 * fist, y - 0.95 * fist)]
    canvas.polygon(ribbon(stalk, 0.05 * fist, (0.8, 1)), world.tone_of((0.40, 0.32, 0.18), 0.5), canvas.now)


def paint_book(
    canvas: SceneCanvas, rng: np.random.Generator, foot: tuple[float, float], size: float, count: int
) -> None:
    """Lay a pile of books on the present thing; `size` = length of one in pixels."""
    (rng,) = rng.spawn(1)
    world, (x, y) = canvas.world, foot
    pool: tuple[Colour, ...] = (
        (0.50, 0.16, 0.14),
        (0.18, 0.26, 0.34),
        (0.34, 0.30, 0.20),
        (0.66, 0.52, 0.30),
        (0.22, 0.32, 0.24),
        (0.16, 0.14, 0.14),
    )
    for _ in range(count):
        colour, thick = pool[int(rng.integers(0, len(pool)))], size * rng.uniform(0.12, 0.22)
        half, deep, skew = 0.5 * size * rng.uniform(0.8, 1.05), 0.26 * size, rng.uniform(-0.25, 0.25) * size
        front = f32([(x - half, y), (x + half, y), (x + half, y - thick), (x - half, y - thick)])
        top = f32(
            [
                (x - half, y - thick),
                (x + half, y - thick),
                (x + half + skew, y - thick - deep),
                (x - half + skew, y - thick - deep),
            ]
        )
        canvas.polygon(top, world.tone_of(colour, 0.74), canvas.now)
        canvas.polygon(front, world.tone_of(colour, 0.42), canvas.now)
        pages = front * f32([0.94, 0.62]) + front.mean(axis=0) * f32([0.06, 0.38])
        canvas.polygon(pages, world.tone_of((0.88, 0.82, 0.68), 0.6), canvas.now)
        canvas.polygon(f32([front[1], front[2], top[2]]), world.tone_of(colour, 0.3), canvas.now)
        canvas.dabs(canvas.shape_of(top), rng, angle=0.0, size=0.7, broken=0.8)
        x, y = x + rng.normal(0, 0.05) * size, y - thick
