"""Animals: skeletons of limbs with thickness, from the side, swollen to bodies and lit."""

from dataclasses import dataclass

import cv2
import numpy as np

from ..drawing.light import Colour, mix
from ..drawing.shapes import Array, ellipse, f32, noise, ribbon, ribbons, smoothstep, spline
from .scene_canvas import SceneCanvas

Limb = tuple[
    tuple[float, float, float], ...
]  # joints: x to the front, y up, half thickness; height at the withers is 1


@dataclass(frozen=True)
class Animal:
    """One kind: its body and its ways to hold the head, limbs, height in metres, coats."""

    body: Limb
    heads: tuple[tuple[Limb, ...], ...]  # neck and head: grazing, looking up
    hind: Limb
    fore: Limb
    tail: Limb
    metres: float
    coats: tuple[Colour, ...]
    extra: str = ""


ANIMALS: dict[str, Animal] = {
    "cow": Animal(
        ((-0.92, 0.80, 0.21), (-0.7, 0.76, 0.27), (-0.2, 0.70, 0.31), (0.3, 0.69, 0.31), (0.62, 0.77, 0.24)),
        (
            (
                ((0.58, 0.82, 0.21), (0.88, 0.55, 0.15), (1.0, 0.32, 0.11)),
                ((0.96, 0.36, 0.115), (1.06, 0.2, 0.085), (1.12, 0.07, 0.075)),
            ),
            (
                ((0.55, 0.84, 0.22), (0.82, 0.96, 0.16), (0.98, 1.03, 0.12)),
                ((0.94, 1.06, 0.12), (1.12, 0.94, 0.09), (1.26, 0.83, 0.075)),
            ),
        ),
        ((-0.82, 0.72, 0.2), (-0.72, 0.42, 0.10), (-0.84, 0.22, 0.052), (-0.80, 0.03, 0.055), (-0.77, 0.01, 0.06)),
        ((0.5, 0.62, 0.16), (0.52, 0.36, 0.085), (0.5, 0.18, 0.055), (0.5, 0.03, 0.055), (0.53, 0.01, 0.06)),
        ((-1.08, 0.92, 0.03), (-1.16, 0.72, 0.022), (-1.14, 0.42, 0.02), (-1.15, 0.3, 0.045)),
        1.4,
        ((0.46, 0.26, 0.16), (0.90, 0.86, 0.80), (0.16, 0.14, 0.13), (0.70, 0.50, 0.32), (0.56, 0.42, 0.30)),
        "patches",
    ),
    "horse": Animal(
        ((-0.68, 0.86, 0.19), (-0.5, 0.84, 0.22), (-0.1, 0.80, 0.205), (0.3, 0.79, 0.215), (0.52, 0.84, 0.19)),
        (
            (
                ((0.5, 0.9, 0.19), (0.78, 0.62, 0.12), (0.95, 0.36, 0.085)),
                ((0.92, 0.38, 0.09), (1.02, 0.2, 0.06), (1.08, 0.07, 0.052)),
            ),
            (
                ((0.46, 0.92, 0.2), (0.7, 1.18, 0.13), (0.85, 1.40, 0.09)),
                ((0.83, 1.42, 0.09), (1.0, 1.27, 0.065), (1.13, 1.13, 0.05)),
            ),
        ),
        ((-0.62, 0.8, 0.19), (-0.5, 0.52, 0.095), (-0.64, 0.3, 0.045), (-0.62, 0.05, 0.036), (-0.58, 0.015, 0.045)),
        ((0.44, 0.72, 0.13), (0.46, 0.44, 0.065), (0.44, 0.26, 0.04), (0.44, 0.05, 0.034), (0.48, 0.015, 0.045)),
        ((-0.84, 0.96, 0.05), (-1.0, 0.82, 0.075), (-1.02, 0.52, 0.075), (-0.96, 0.3, 0.02)),
        1.6,
        ((0.42, 0.24, 0.14), (0.22, 0.15, 0.11), (0.78, 0.76, 0.72), (0.58, 0.40, 0.24), (0.13, 0.11, 0.10)),
        "mane",
    ),
    "sheep": Animal(
        ((-0.62, 0.66, 0.24), (-0.3, 0.64, 0.31), (0.15, 0.64, 0.32), (0.45, 0.67, 0.25)),
        (
            (((0.5, 0.68, 0.16), (0.72, 0.42, 0.13)), ((0.72, 0.4, 0.12), (0.84, 0.22, 0.085), (0.88, 0.12, 0.07))),
            (((0.48, 0.72, 0.18), (0.66, 0.88, 0.14)), ((0.66, 0.9, 0.125), (0.86, 0.84, 0.09), (0.94, 0.79, 0.07))),
        ),
        ((-0.48, 0.5, 0.12), (-0.46, 0.28, 0.06), (-0.5, 0.02, 0.045)),
        ((0.34, 0.5, 0.11), (0.35, 0.28, 0.055), (0.35, 0.02, 0.045)),
        ((-0.82, 0.68, 0.07), (-0.9, 0.5, 0.06)),
        0.75,
        ((0.88, 0.84, 0.76), (0.80, 0.75, 0.66), (0.30, 0.25, 0.22)),
        "wool",
    ),
    "goat": Animal(
        ((-0.6, 0.76, 0.16), (-0.3, 0.72, 0.2), (0.15, 0.71, 0.205), (0.42, 0.77, 0.17)),
        (
            (((0.42, 0.82, 0.14), (0.66, 0.55, 0.09)), ((0.66, 0.52, 0.09), (0.78, 0.32, 0.06), (0.82, 0.24, 0.05))),
            (((0.4, 0.84, 0.14), (0.56, 1.1, 0.09)), ((0.56, 1.12, 0.095), (0.76, 1.02, 0.065), (0.84, 0.98, 0.05))),
        ),
        ((-0.52, 0.68, 0.14), (-0.46, 0.4, 0.065), (-0.54, 0.24, 0.04), (-0.52, 0.02, 0.038)),
        ((0.36, 0.62, 0.11), (0.37, 0.36, 0.05), (0.36, 0.02, 0.038)),
        ((-0.74, 0.86, 0.05), (-0.86, 0.98, 0.03)),
        0.8,
        ((0.82, 0.78, 0.70), (0.44, 0.32, 0.22), (0.22, 0.19, 0.18)),
        "horns",
    ),
    "dog": Animal(
        ((-0.6, 0.78, 0.14), (-0.25, 0.74, 0.155), (0.2, 0.72, 0.19), (0.42, 0.78, 0.17)),
        (
            (((0.4, 0.84, 0.14), (0.6, 1.02, 0.1)), ((0.6, 1.06, 0.125), (0.78, 1.0, 0.08), (0.95, 0.95, 0.055))),
            (((0.4, 0.86, 0.14), (0.54, 1.12, 0.1)), ((0.54, 1.18, 0.13), (0.72, 1.15, 0.08), (0.88, 1.12, 0.055))),
        ),
        ((-0.55, 0.7, 0.14), (-0.44, 0.42, 0.07), (-0.6, 0.24, 0.042), (-0.56, 0.03, 0.04), (-0.5, 0.02, 0.045)),
        ((0.36, 0.62, 0.11), (0.36, 0.36, 0.055), (0.36, 0.03, 0.042), (0.42, 0.02, 0.045)),
        ((-0.72, 0.88, 0.05), (-0.92, 1.02, 0.045), (-1.0, 1.2, 0.03)),
        0.55,
        ((0.50, 0.34, 0.20), (0.16, 0.14, 0.13), (0.82, 0.76, 0.66), (0.62, 0.50, 0.36)),
        "ears",
    ),
    "deer": Animal(
        ((-0.6, 0.9, 0.15), (-0.3, 0.86, 0.175), (0.15, 0.85, 0.18), (0.42, 0.92, 0.15)),
        (
            (
                ((0.42, 0.96, 0.13), (0.68, 0.66, 0.08), (0.8, 0.42, 0.065)),
                ((0.8, 0.42, 0.075), (0.9, 0.24, 0.05), (0.94, 0.14, 0.042)),
            ),
            (
                ((0.4, 0.98, 0.14), (0.58, 1.24, 0.085), (0.64, 1.42, 0.065)),
                ((0.64, 1.46, 0.075), (0.8, 1.38, 0.055), (0.92, 1.33, 0.04)),
            ),
        ),
        ((-0.54, 0.82, 0.14), (-0.44, 0.52, 0.06), (-0.56, 0.32, 0.032), (-0.54, 0.02, 0.028)),
        ((0.36, 0.78, 0.1), (0.37, 0.48, 0.042), (0.36, 0.26, 0.03), (0.36, 0.02, 0.028)),
        ((-0.73, 1.0, 0.05), (-0.78, 0.88, 0.03)),
        1.2,
        ((0.56, 0.38, 0.22), (0.46, 0.32, 0.22)),
        "antlers",
    ),
    "goose": Animal(
        ((-0.62, 0.62, 0.05), (-0.4, 0.58, 0.17), (-0.05, 0.52, 0.24), (0.25, 0.56, 0.19)),
        (
            (((0.26, 0.62, 0.12), (0.42, 0.5, 0.065), (0.5, 0.26, 0.05)), ((0.5, 0.24, 0.07), (0.56, 0.14, 0.03))),
            (((0.26, 0.62, 0.13), (0.38, 0.84, 0.065), (0.36, 1.04, 0.055)), ((0.36, 1.08, 0.075), (0.5, 1.05, 0.03))),
        ),
        ((-0.06, 0.34, 0.06), (-0.08, 0.16, 0.025), (-0.08, 0.02, 0.025), (0.02, 0.01, 0.02)),
        ((0.06, 0.34, 0.06), (0.06, 0.16, 0.025), (0.06, 0.02, 0.025), (0.16, 0.01, 0.02)),
        ((-0.5, 0.64, 0.06), (-0.74, 0.7, 0.02)),
        0.75,
        ((0.92, 0.91, 0.88), (0.56, 0.50, 0.44), (0.36, 0.30, 0.26), (0.74, 0.44, 0.24)),
        "beak",
    ),
}


def limb(joints: Limb, place: Array, turn: float, size: float) -> Array:
    """Outline (n,2) in pixels a limb: a spline through its joints, as thick as these are, with round ends."""
    knots = spline(f32(joints)) if len(joints) > 2 else f32(joints)
    middle = np.stack([place[0] + turn * knots[:, 0] * size, place[1] - knots[:, 1] * size], 1)
    along = np.gradient(middle, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-6
    half = knots[:, 2:] * size
    aside = np.stack([-along[:, 1], along[:, 0]], 1) * half
    a = np.linspace(-np.pi / 2, np.pi / 2, 7)[1:-1, None]
    across = np.stack([-along[:, 1], along[:, 0]], 1)
    cap = middle[-1] + half[-1] * (np.cos(a) * along[-1] - np.sin(a) * across[-1])
    start = middle[0] - half[0] * (np.cos(a) * along[0] - np.sin(a) * across[0])
    return f32(np.concatenate([middle + aside, cap, (middle - aside)[::-1], start]))


def paint_animal(
    canvas: SceneCanvas,
    rng: np.random.Generator,
    foot: tuple[float, float],
    size: float,
    kind: str,
    distance: float = 0.0,
) -> None:
    """Paint an animal on the present thing; `size` = height of its withers in pixels."""
    (rng,) = rng.spawn(1)
    if kind == "cat":
        _cat(canvas, rng, foot, size, distance)
        return
    animal, place = ANIMALS[kind], f32(foot)
    turn = 1.0 if rng.random() < 0.5 else -1.0
    coat = animal.coats[int(rng.integers(0, len(animal.coats)))]
    neck, head = animal.heads[int(rng.random() < 0.45)]
    stride, bare = rng.uniform(0.05, 0.16), (0.22, 0.18, 0.16) if animal.extra == "wool" else coat
    if animal.extra == "beak":
        bare = (0.86, 0.52, 0.20)

    def legs(shift: float, value: float) -> None:
        for one, away in ((animal.hind, shift), (animal.fore, -shift)):
            joints = tuple((x + away * (1 - min(y / 0.7, 1)), y, r) for x, y, r in one)
            outline = limb(joints, place, turn, size)
            canvas.polygon(outline, canvas.world.tone_of(bare, value, distance), canvas.now)
            lit = outline - f32([-0.015 * size * np.sign(canvas.world.light.direction[0]), 0])
            inner = lit.mean(axis=0) + (lit - lit.mean(axis=0)) * f32([0.6, 0.98])
            canvas.polygon(inner, canvas.world.tone_of(bare, value + 0.2, distance), opacity=0.7)

    legs(stride, 0.2)
    canvas.polygon(
        limb(animal.tail, place, turn, size),
        canvas.world.tone_of(mix(coat, (0.1, 0.08, 0.07), 0.4), 0.35, distance),
        canvas.now,
    )
    legs(-0.6 * stride, 0.36)
    parts = [limb(one, place, turn, size) for one in (animal.body, neck, head)]
    upper = (
        [limb(one[:2], place, turn, size) for one in (animal.hind, animal.fore)]
        if animal.extra not in ("wool", "beak")
        else []
    )
    wool = animal.extra == "wool"
    mask = canvas.shape_of(*(parts[:2] if wool else parts), *upper)
    fleece = noise(rng, canvas.shape, 0.3 * canvas.unit / max(size, 4) * 30, 2) * (
        0.10 * size if wool else 0.012 * size
    )
    canvas.round_form(mask, coat, distance, depth=0.8, rough=fleece)
    if animal.extra == "patches" and rng.random() < 0.6:
        other = (0.92, 0.89, 0.84) if sum(coat) < 1.6 else (0.30, 0.18, 0.13)
        where = smoothstep(noise(rng, canvas.shape, 2.4 * canvas.unit / size, 2), 0.05, 0.12) * mask
        keep = canvas.colour.mean(axis=2, keepdims=True) / max(float(np.mean(coat)), 0.1)
        canvas.lay(where, f32(np.clip(f32(other) * np.clip(0.45 + 0.4 * keep, 0, 1.1), 0, 1)))
    below = np.clip((canvas.y - (place[1] - 0.55 * size)) / (0.3 * size), 0, 1) * mask
    canvas.shade(f32(below * 0.6), 0.5)
    if wool:
        canvas.round_form(canvas.shape_of(parts[2]), mix(bare, coat, 0.3 if sum(coat) > 1.5 else 0), distance)
    _details(canvas, rng, animal, head, neck, coat, (place, turn, size), distance)
    canvas.dabs(mask, rng, angle=0.3, size=0.6, length=2.5, broken=0.7, spread=0.6)


def _details(
    canvas: SceneCanvas, rng: np.random.Generator, animal: Animal, head: Limb, neck: Limb, coat: Colour,
    frame: tuple[Array, float, float], distance: float,
) -> None:  # fmt: skip
    """Draw ears, horns, mane, beak and eye, where the animal is large enough."""
    place, turn, size = frame
    world, now = canvas.world, canvas.now

    def at(x: float, y: float) -> tuple[float, float]:
        return float(place[0] + turn * x * size), float(place[1] - y * size)

    (hx, hy, hr), (mx, my, mr) = head[0], head[-1]
    way = f32([mx - hx, my - hy])
    way /= np.linalg.norm(way)
    up = f32([-way[1], way[0]])

    def off(along: float, rise: float) -> tuple[float, float]:
        return at(float(hx + along * way[0] + rise * up[0]), float(hy + along * way[1] + rise * up[1]))

    dark = world.tone_of(mix(coat, (0.12, 0.09, 0.08), 0.6), 0.35, distance)
    if animal.extra == "beak":
        canvas.polygon(
            ribbon([at(mx, my), at(mx + 0.10, my - 0.03)], 0.06 * size, (1, 0.2)),
            world.tone_of((0.88, 0.54, 0.18), 0.6, distance),
            now,
        )
    else:
        ear = (
            [off(-0.02, 0.8 * hr), off(-0.14, 1.3 * hr), off(-0.2, 1.2 * hr)]
            if animal.extra != "ears"
            else [off(-0.02, 0.7 * hr), off(-0.1, 0.2 * hr), off(-0.08, -0.8 * hr)]
        )
        canvas.polygon(ribbon(ear, 0.085 * size, (0.6, 0.3)), dark, now)
        canvas.polygon(
            limb(((mx - 0.02, my, mr * 0.9), (mx + 0.01, my - 0.01, mr * 0.8)), place, turn, size), dark, opacity=0.55
        )
    if animal.extra in ("patches", "horns") and rng.random() < 0.8:
        horn = [off(0.02, 0.9 * hr), off(-0.02, 2.0 * hr), off(0.12 if animal.extra == "patches" else -0.2, 2.6 * hr)]
        canvas.polygon(ribbon(horn, 0.045 * size, (1, 0.2)), world.tone_of((0.80, 0.76, 0.66), 0.6, distance), now)
    if animal.extra == "antlers" and rng.random() < 0.6:
        paths = [[off(-0.02, 0.9 * hr), off(-0.2, 3.2 * hr), off(-0.1, 5.6 * hr)]]
        paths += [
            [off(-0.1 - 0.03 * k, (1.6 + k) * hr), off(0.06, (2.4 + k) * hr), off(0.10, (3.2 + k) * hr)]
            for k in (0.0, 1.4)
        ]
        canvas.marks(
            ribbons(f32(paths), max(0.03 * size, 0.8), (1, 0.3)),
            np.repeat(f32(world.tone_of((0.50, 0.42, 0.30), 0.5, distance))[None], len(paths), 0),
            now,
        )
    if animal.extra == "mane":
        knots = spline(f32(neck))
        crest = [at(float(x) - 0.5 * float(r), float(y) + 0.8 * float(r)) for x, y, r in knots[::2]]
        n = len(crest)
        falls = [
            [
                point,
                (point[0] - turn * 0.02 * size, point[1] + 0.1 * size),
                (point[0] - turn * 0.05 * size, point[1] + 0.2 * size),
            ]
            for point in crest
        ]
        tone = f32(world.tone_of(mix(coat, (0.08, 0.06, 0.05), 0.7), 0.4, distance))
        canvas.marks(
            ribbons(f32(falls), 0.055 * size, (0.9, 0.2)), tone[None] * f32(rng.uniform(0.8, 1.3, (n, 1))), now
        )
    if size > 14:
        canvas.polygon(
            ellipse(
                off(0.45 * float(np.hypot(mx - hx, my - hy)) * 0.5, 0.35 * hr),
                0.018 * size + 0.4,
                0.018 * size + 0.4,
                n=10,
            ),
            (0.06, 0.05, 0.05),
            opacity=0.9,
        )


def _cat(
    canvas: SceneCanvas, rng: np.random.Generator, foot: tuple[float, float], size: float, distance: float
) -> None:
    """Paint a sitting cat, seen from the side or from behind."""
    turn = 1.0 if rng.random() < 0.5 else -1.0
    coats: tuple[Colour, ...] = ((0.16, 0.15, 0.15), (0.72, 0.44, 0.20), (0.60, 0.58, 0.55), (0.88, 0.84, 0.78))
    coat, place = coats[int(rng.integers(0, 4))], f32(foot)
    tail: Limb = ((-0.25, 0.08, 0.06), (-0.55, 0.05, 0.055), (-0.7, 0.12, 0.05), (-0.62, 0.2, 0.04))
    limbs: tuple[Limb, ...] = (
        ((-0.14, 0.26, 0.27), (-0.02, 0.46, 0.22), (0.08, 0.68, 0.13)),
        ((0.12, 0.62, 0.12), (0.17, 0.3, 0.075), (0.18, 0.05, 0.06), (0.25, 0.035, 0.045)),
        ((0.1, 0.88, 0.165), (0.14, 0.87, 0.16)),
    )
    canvas.round_form(canvas.shape_of(limb(tail, place, turn, size)), coat, distance)
    ears = [
        f32([place[0] + turn * x * size, place[1] - 0.96 * size])
        + f32([(-0.08, 0.03), (0.0, -0.17), (0.07, 0.02)]) * f32([turn, 1]) * f32(size)
        for x in (0.02, 0.2)
    ]
    mask = canvas.shape_of(*(limb(one, place, turn, size) for one in limbs), *ears)
    canvas.round_form(mask, coat, distance, depth=0.8)
    if rng.random() < 0.5:
        bands = np.clip(np.sin((canvas.y + 0.25 * np.abs(canvas.x - place[0])) / size * 34) - 0.2, 0, 1) * cv2.erode(
            mask, np.ones((3, 3))
        )
        canvas.shade(f32(bands * 0.5), 0.5)
    if size > 20:
        for dx in (0.12, 0.22):
            eye = ellipse((place[0] + turn * dx * size, place[1] - 0.9 * size), 0.022 * size, 0.03 * size, n=10)
            canvas.polygon(eye, (0.70, 0.72, 0.30), opacity=0.9)
    canvas.dabs(mask, rng, angle=1.3, size=0.6, length=2.5, broken=0.6)
