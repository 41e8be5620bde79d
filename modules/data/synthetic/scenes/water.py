"""Water: lakes and rivers that mirror what stands behind them, and the sea with its waves."""

import cv2
import numpy as np

from ..drawing.light import Colour, mix
from ..drawing.shapes import Array, f32, noise, ribbons, smoothstep
from .land import View, ground_noise
from .scene_canvas import SceneCanvas

SEAS: tuple[Colour, ...] = (
    (0.10, 0.30, 0.36),
    (0.08, 0.24, 0.40),
    (0.16, 0.36, 0.34),
    (0.20, 0.28, 0.32),
    (0.06, 0.36, 0.42),
    (0.26, 0.33, 0.33),
)


def paint_lake(canvas: SceneCanvas, rng: np.random.Generator, view: View, mask: Array, shore: Array) -> None:
    """Paint still water as a thing of its own: it mirrors what is above its far shore (W,) row by row."""
    (rng,) = rng.spawn(1)
    world = canvas.world
    above = canvas.colour.copy()
    canvas.begin("water")
    near = np.clip((canvas.y - view.horizon) / (view.bottom - view.horizon), 0, 1)
    ripple = ground_noise(canvas, rng, view, rng.uniform(10, 18), 4.0)
    calm = rng.uniform(0.3, 1.4)
    rows = 2 * shore[None] - canvas.y + ripple * calm * (0.008 + 0.03 * near) * canvas.unit
    columns = canvas.x + ripple * calm * 0.006 * canvas.unit * near
    mirror = cv2.remap(
        above, f32(np.broadcast_to(columns, canvas.shape)), f32(rows), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    mirror = cv2.blur(mirror, (max(1, int(0.004 * canvas.unit)), max(1, int(0.02 * canvas.unit * calm))))
    deep = f32(mix(SEAS[int(rng.integers(0, len(SEAS)))], world.air.ambient, 0.2)) * f32(
        0.55 + 0.45 * np.mean(world.air.horizon)
    )
    share = np.clip(rng.uniform(0.10, 0.25) + rng.uniform(0.15, 0.5) * near, 0, 0.85)[..., None]
    colours = mirror * f32(0.93) * (1 - share) + deep * share
    canvas.cover(mask, f32(colours))
    light = smoothstep(ripple, 0.35, 0.9) * mask * rng.uniform(0.1, 0.5)
    canvas.lay(f32(light), mix(world.air.horizon, world.air.key, 0.4))
    bank = np.clip(1 - np.abs(canvas.y - shore[None] - 0.004 * canvas.unit) / (0.006 * canvas.unit + 0.5), 0, 1) * mask
    canvas.shade(f32(bank * 0.8), 0.6)
    _glints(canvas, rng, view, mask)
    canvas.dabs(mask, rng, angle=0.0, size=1.0, length=5.0, broken=0.6, spread=0.06)


def _glints(canvas: SceneCanvas, rng: np.random.Generator, view: View, mask: Array) -> None:
    """Lay the path of light under the sun, and short flat strokes of the sky's colour."""
    world, w = canvas.world, canvas.shape[1]
    n = 130
    near = rng.random(n) ** 1.4
    y = view.horizon + near * (view.bottom - view.horizon)
    x = rng.uniform(0, w, n)
    if world.air.sun >= 0:
        sun = canvas.colour[: int(view.horizon)].sum(axis=2).max(axis=0).argmax() if view.horizon > 2 else w / 2
        x[: n // 2 + 20] = sun + rng.normal(0, 1, n // 2 + 20) * (0.02 + 0.10 * near[: n // 2 + 20]) * w
    long = (0.006 + 0.05 * near) * canvas.unit * rng.uniform(0.4, 1.4, n)
    paths = np.stack([np.stack([x - long, y], 1), np.stack([x + long, y], 1)], 1).astype(np.float32)
    tone = f32(mix(world.air.key, world.air.horizon, 0.3))
    colours = np.repeat(tone[None], n, 0)
    canvas.marks(ribbons(paths, np.maximum(0.10 * long, 0.6), (0.2, 0.2)), colours, opacity=0.55, within=mask)


def paint_sea(canvas: SceneCanvas, rng: np.random.Generator, view: View, mask: Array, rough: float) -> None:
    """Paint the sea as a thing of its own: `rough` 0 = calm, 1 = storm."""
    (rng,) = rng.spawn(1)
    world = canvas.world
    canvas.begin("water")
    near = np.clip((canvas.y - view.horizon) / (view.bottom - view.horizon), 0, 1)
    brightness = 0.35 + 0.65 * float(np.mean(world.air.horizon))
    local = SEAS[int(rng.integers(0, len(SEAS)))]
    deep = f32(mix(local, world.air.ambient, 0.15)) * f32(brightness)
    sky = f32(mix(world.air.horizon, world.air.zenith, 0.45))
    share = np.broadcast_to(np.exp(-near * (4 + 3 * rough))[..., None], (*canvas.shape, 1))
    canvas.cover(mask, f32(deep * (1 - 0.75 * share) + sky * 0.75 * share))
    swell = ground_noise(canvas, rng, view, rng.uniform(3, 6), 3.0)
    chop = ground_noise(canvas, rng, view, rng.uniform(9, 15), 3.5)
    lit = smoothstep(swell + 0.6 * chop, 0.1, 0.9) * mask
    canvas.lay(f32(lit * (0.35 + 0.3 * rough)), tuple(sky * f32(0.9)))
    dark = smoothstep(-swell - 0.5 * chop, 0.1, 0.9) * mask
    canvas.lay(f32(dark * 0.5), tuple(deep * f32(0.55)))
    _waves(canvas, rng, view, mask, rough, deep, sky)
    _glints(canvas, rng, view, mask)
    canvas.dabs(mask, rng, angle=f32(0.25 * swell), size=1.1, length=4.5, broken=0.8, spread=0.12)


def _waves(
    canvas: SceneCanvas, rng: np.random.Generator, view: View, mask: Array, rough: float, deep: Array, sky: Array
) -> None:
    """Draw waves one before the other: a dark trough, a face that the light comes through, foam on the crest."""
    world, w = canvas.world, canvas.shape[1]
    green = f32(mix((0.30, 0.55, 0.50), tuple(sky), 0.4)) * f32(0.4 + 0.6 * float(np.mean(world.air.horizon)))
    white = f32(mix(world.air.key, (1, 1, 1), 0.4)) * f32(0.5 + 0.5 * float(np.mean(world.air.horizon)))
    rows = np.geomspace(0.03, 1.0, int(12 + 14 * (1 - 0.4 * rough)))
    for near in rows * rng.uniform(0.94, 1.06, len(rows)):
        y, size = view.row(near), near * (0.015 + 0.085 * rough) * canvas.unit
        pieces = int(rng.integers(1, 3 + int(3 * (1 - near))))
        for _ in range(pieces):
            x, half = rng.uniform(-0.1, 1.1) * w, rng.uniform(0.12, 0.5) * w * (0.4 + 0.6 * near)
            t = np.linspace(-1, 1, 24)
            bump = (1 - t * t) * (1 + 0.3 * np.sin(5 * t + rng.uniform(0, 6)) + 0.15 * rng.normal(0, 1, 24))
            crest = f32(np.stack([x + t * half, y - size * bump], 1))
            foot = f32(np.stack([x + t * half, y + 0.5 * size * (1 - t * t)], 1))
            canvas.polygon(np.concatenate([crest, foot[::-1]]), tuple(deep * f32(0.72)), opacity=0.55, within=mask)
            lit = crest + (foot - crest) * f32(0.45)
            canvas.polygon(np.concatenate([crest, lit[::-1]]), tuple(green), opacity=0.5, within=mask)
            if rng.random() < 0.25 + 0.75 * rough:
                n = int(rng.integers(4, 14))
                at = crest[np.clip(rng.normal(12, 4, n), 1, 22).astype(int)]
                at = at + f32(rng.normal(0, 0.16, at.shape)) * f32(size) * f32([2, 1])
                long = size * rng.uniform(0.2, 1.0, n)
                tip = at + np.stack([long, 0.25 * long * rng.normal(0, 1, n)], 1)
                foam = ribbons(np.stack([at, tip], 1).astype(np.float32), np.maximum(0.28 * long, 0.7), (0.4, 0.3))
                colours = white * rng.uniform(0.8, 1.0, (n, 1)).astype(np.float32)
                canvas.marks(foam, f32(colours), opacity=0.85, within=mask)


def paint_surf(canvas: SceneCanvas, rng: np.random.Generator, edge: Array, wide: float) -> None:
    """Lay foam along a beach on the water: `edge` (W,) rows of the water's end, `wide` in pixels."""
    (rng,) = rng.spawn(1)
    white = f32(mix(canvas.world.air.key, (1, 1, 1), 0.5)) * f32(0.45 + 0.55 * float(np.mean(canvas.world.air.horizon)))
    lace = noise(rng, canvas.shape, 26, 3, 2.5)
    away = edge[None] - canvas.y
    for start, strength in ((0.0, 0.9), (1.6, 0.6), (3.4, 0.4)):
        line = np.abs(away - start * wide + 0.35 * wide * lace) / (wide * 0.34)
        foam = np.clip(1.15 - line, 0, 1) * np.clip(0.75 + 0.5 * lace, 0, 1) * strength * canvas.own
        canvas.lay(f32(foam), tuple(white))
