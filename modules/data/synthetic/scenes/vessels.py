"""Turned vessels: bottles, jugs, bowls, glasses, candlesticks; a profile that is turned about its axis and lit."""

from dataclasses import dataclass

import cv2
import numpy as np

from ..drawing.light import Colour, mix
from ..drawing.shapes import Array, ellipse, f32, noise, ribbon, spline
from .scene_canvas import SceneCanvas

# height above the foot and half width, both in shares of the vessel's height
PROFILES: dict[str, tuple[tuple[float, float], ...]] = {
    "bottle": (
        (0, 0.15),
        (0.02, 0.16),
        (0.3, 0.165),
        (0.56, 0.16),
        (0.68, 0.09),
        (0.76, 0.055),
        (0.95, 0.05),
        (1, 0.06),
    ),
    "flask": ((0, 0.16), (0.1, 0.27), (0.3, 0.31), (0.5, 0.22), (0.62, 0.09), (0.8, 0.06), (0.96, 0.06), (1, 0.085)),
    "jug": ((0, 0.2), (0.05, 0.22), (0.3, 0.33), (0.5, 0.32), (0.72, 0.19), (0.85, 0.17), (1, 0.22)),
    "vase": ((0, 0.16), (0.04, 0.17), (0.3, 0.27), (0.55, 0.29), (0.78, 0.17), (0.9, 0.15), (1, 0.21)),
    "urn": ((0, 0.2), (0.05, 0.19), (0.12, 0.1), (0.2, 0.18), (0.5, 0.36), (0.72, 0.35), (0.86, 0.24), (1, 0.3)),
    "pot": ((0, 0.36), (0.06, 0.42), (0.4, 0.55), (0.72, 0.52), (0.88, 0.42), (1, 0.47)),
    "mug": ((0, 0.34), (0.05, 0.36), (0.5, 0.36), (1, 0.38)),
    "bowl": ((0, 0.5), (0.07, 0.52), (0.14, 0.42), (0.3, 0.8), (0.62, 1.15), (1, 1.3)),
    "goblet": ((0, 0.2), (0.02, 0.2), (0.06, 0.04), (0.42, 0.03), (0.5, 0.1), (0.66, 0.2), (0.85, 0.21), (1, 0.18)),
    "candlestick": (
        (0, 0.22),
        (0.04, 0.22),
        (0.08, 0.07),
        (0.2, 0.05),
        (0.26, 0.09),
        (0.32, 0.04),
        (0.5, 0.04),
        (0.54, 0.1),
        (0.58, 0.045),
        (1, 0.042),
    ),
}
TALL = {
    "bottle": 1.0,
    "flask": 0.8,
    "jug": 0.72,
    "vase": 0.75,
    "urn": 0.8,
    "pot": 0.42,
    "mug": 0.34,
    "bowl": 0.24,
    "goblet": 0.62,
    "candlestick": 0.85,
}


@dataclass(frozen=True)
class Ware:
    """What a vessel is made of."""

    colours: tuple[Colour, ...]
    shine: float  # strength of highlights in [0,1]
    clear: float  # how much of what stands behind shows through
    contrast: float  # of its shading


WARES: dict[str, Ware] = {
    "clay": Ware(((0.70, 0.42, 0.28), (0.58, 0.40, 0.30), (0.76, 0.56, 0.40)), 0.12, 0.0, 0.9),
    "glaze": Ware(((0.20, 0.34, 0.30), (0.44, 0.28, 0.16), (0.22, 0.30, 0.46), (0.78, 0.64, 0.34)), 0.75, 0.0, 1.0),
    "china": Ware(((0.92, 0.92, 0.90), (0.86, 0.89, 0.92), (0.93, 0.88, 0.80)), 0.6, 0.0, 0.8),
    "brass": Ware(((0.74, 0.55, 0.24), (0.70, 0.42, 0.26)), 0.95, 0.0, 1.5),
    "pewter": Ware(((0.56, 0.57, 0.58), (0.68, 0.69, 0.72)), 0.85, 0.0, 1.4),
    "glass": Ware(((0.16, 0.30, 0.20), (0.42, 0.30, 0.12), (0.60, 0.68, 0.70), (0.30, 0.42, 0.46)), 0.95, 0.45, 0.6),
}
SUITS = {
    "bottle": ("glass", "glass", "glaze"), "flask": ("glass", "glaze", "clay"), "goblet": ("glass", "pewter"),
    "candlestick": ("brass", "pewter"), "bowl": ("china", "clay", "glaze", "pewter"), "urn": ("china", "brass", "clay"),
}  # fmt: skip


def paint_vessel(
    canvas: SceneCanvas,
    rng: np.random.Generator,
    foot: tuple[float, float],
    tall: float,
    kind: str,
    tilt: float,
    front: bool = False,
) -> tuple[float, float]:
    """Paint a vessel on the present thing.

    Args:
        foot: middle of its foot, in pixels.
        tall: height in pixels.
        kind: name in `PROFILES`.
        tilt: how far one looks down on it, in [0,1]: roundness of its mouth.
        front: only what is seen before that which fills it.

    Returns:
        Middle of its mouth, in pixels.
    """
    (rng,) = rng.spawn(1)
    wares = SUITS.get(kind, ("clay", "glaze", "china", "pewter"))
    ware = WARES[wares[int(rng.integers(0, len(wares)))]]
    colour = ware.colours[int(rng.integers(0, len(ware.colours)))]
    x, y = foot
    profile = spline(f32([(r * rng.uniform(0.94, 1.06), t) for t, r in PROFILES[kind]]))
    half, rows = profile[:, 0] * tall, y - profile[:, 1] * tall
    low = ellipse((x, y), float(half[0]), float(half[0]) * tilt, n=24)
    mouth = ellipse((x, float(rows[-1])), float(half[-1]), float(half[-1]) * tilt, n=24)
    left, right = np.stack([x - half, rows], 1), np.stack([x + half, rows], 1)
    mask = canvas.shape_of(f32(np.concatenate([left, right[::-1]])), low, mouth)
    if front:
        mask = f32(mask * (1 - canvas.shape_of(mouth)))
    if kind in ("jug", "mug"):
        side = 1.0 if rng.random() < 0.5 else -1.0
        reach = float(half.max())
        grip = [(x + side * 0.85 * reach, y - 0.8 * tall), (x + side * 1.55 * reach, y - 0.75 * tall),
                (x + side * 1.5 * reach, y - 0.4 * tall), (x + side * 0.9 * reach, y - 0.28 * tall)]  # fmt: skip
        canvas.round_form(canvas.shape_of(ribbon(grip, 0.085 * tall, (0.9, 0.8))), colour)
    _body(canvas, rng, mask, (x, y, tall), profile, colour, ware)
    if half[-1] > 1.5 and not front:
        _mouth(canvas, mouth, colour, ware, closed=kind == "candlestick")
    if kind == "candlestick":
        flame = ellipse((x, float(rows[-1]) - 0.09 * tall), 0.022 * tall, 0.06 * tall)
        canvas.polygon(flame, (1.0, 0.86, 0.5), canvas.now)
        glow = np.exp(-np.hypot(canvas.x - x, canvas.y - float(rows[-1]) + 0.09 * tall) / (0.25 * tall)) * 0.5
        canvas.veil(f32(glow), (1.0, 0.75, 0.4))
    return x, float(rows[-1])


def _body(
    canvas: SceneCanvas, rng: np.random.Generator, mask: Array, place: tuple[float, float, float], profile: Array,
    colour: Colour, ware: Ware,
) -> None:  # fmt: skip
    """Light the turned body: normals of the profile, reflected light in the shadow, highlights, pattern."""
    x, y, tall = place
    world = canvas.world
    up = (y - canvas.y[:, 0]) / tall
    radius = np.interp(up, profile[:, 1], profile[:, 0]) * tall
    flare = np.gradient(cv2.GaussianBlur(f32(radius)[:, None], (1, 3), 0.8)[:, 0])
    across = np.clip((canvas.x - x) / np.maximum(radius, 1)[:, None], -1, 1)
    out = np.sqrt(np.maximum(1 - across * across, 0.0))
    steep = np.broadcast_to(np.clip(flare, -2, 2)[:, None], across.shape)
    length = np.sqrt(1 + steep * steep)
    normals = f32(np.stack([across / length, -steep / length, out / length], 2))
    lit = world.light.shade(normals)
    side = world.light.direction[0]
    reflected = 0.16 * np.clip(-np.sign(side) * across - 0.55, 0, 1) / 0.45
    value = np.clip(0.5 + (lit - 0.5) * ware.contrast + reflected, 0.02, 1)
    if ware.clear:
        behind = canvas.colour.copy()
        rim = np.clip(np.abs(across) - 0.72, 0, 1) / 0.28
        canvas.form(mask, f32(np.clip(value * (1 - 0.5 * rim), 0, 1)), colour, gloss=ware.shine)
        canvas.lay(f32(mask * ware.clear * (1 - rim)), f32(behind))
        level = f32(np.clip((0.55 - up)[:, None] * tall, 0, 1) * mask)
        canvas.lay(
            f32(level * 0.45 * (1 - rim)), world.tone_of(mix(colour, (0.35, 0.08, 0.08), rng.uniform(0, 0.8)), 0.4)
        )
    else:
        canvas.form(mask, f32(value), colour, gloss=ware.shine)
        if ware is WARES["china"] and rng.random() < 0.6:
            waves = noise(rng, canvas.shape, 30, 2)
            bands = np.sin(up * rng.uniform(18, 40))[:, None] + 1.6 * waves
            pattern = np.clip(bands - 1.1, 0, 1) * mask * ((up > 0.2) & (up < 0.85))[:, None]
            canvas.lay(f32(pattern * 0.8), world.tone_of((0.20, 0.30, 0.58), 0.6))
    half_way = f32(world.light.direction) + f32([0, 0, 1])
    half_way /= np.linalg.norm(half_way)
    glint = np.clip(normals @ half_way, 0, 1) ** (18 + 60 * ware.shine) * ware.shine
    canvas.lay(f32(np.clip(1.3 * glint, 0, 1) * mask), mix(world.air.key, (1, 1, 1), 0.4))
    canvas.dabs(mask, rng, angle=1.4, size=0.7, length=3.0, broken=0.5)


def _mouth(canvas: SceneCanvas, mouth: Array, colour: Colour, ware: Ware, *, closed: bool) -> None:
    world = canvas.world
    middle = mouth.mean(axis=0)
    canvas.polygon(mouth, world.tone_of(colour, 0.78), canvas.now, opacity=1 - 0.6 * ware.clear)
    if not closed:
        inner = middle + (mouth - middle) * f32(0.84)
        canvas.polygon(inner, world.tone_of(colour, 0.2), opacity=0.9 - 0.5 * ware.clear)
        lit = (
            inner * f32([0.75, 0.55])
            + middle * f32([0.25, 0.45])
            - f32([world.light.direction[0], -0.4]) * np.ptp(mouth, axis=0) * f32(0.13)
        )
        canvas.polygon(lit, world.tone_of(colour, 0.42), opacity=0.6 - 0.4 * ware.clear)
