"""Skies: gradient, sun or moon, and clouds of several kinds; all of it is one thing."""

import cv2
import numpy as np

from ..drawing.light import mix
from ..drawing.shapes import Array, f32, noise, smoothstep
from .scene_canvas import SceneCanvas

CLOUDS = {"clear": 0.16, "heaps": 0.28, "streaks": 0.2, "cover": 0.14, "bands": 0.12, "swirls": 0.1}


def paint_sky(canvas: SceneCanvas, horizon: float) -> None:
    """Paint the sky down to a little below the horizon (a share of the height)."""
    world, (h, w) = canvas.world, canvas.shape
    rng, air = world.rng("sky"), world.air
    canvas.begin("sky")
    foot = min(1.0, horizon + 0.03) * h
    down = np.clip(canvas.y / max(horizon * h, 1), 0, 1) ** rng.uniform(0.8, 1.6)
    colours = f32(air.zenith) + down[..., None] * (f32(air.horizon) - f32(air.zenith))
    whole = np.broadcast_to((canvas.y < foot).astype(np.float32), canvas.shape)
    canvas.cover(whole, np.broadcast_to(f32(colours), (h, w, 3)))
    if air.sun >= 0:
        _sun(canvas, rng, horizon)
    odds = dict(CLOUDS)
    if world.hour in ("overcast", "storm"):
        odds = {"cover": 0.6, "heaps": 0.25, "swirls": 0.15}
    elif world.hour == "mist":
        odds = {"clear": 0.6, "cover": 0.4}
    names = list(odds)
    kind = names[int(rng.choice(len(names), p=np.array(list(odds.values())) / sum(odds.values())))]
    angle: float | Array = float(rng.normal(0, 0.25))
    if kind == "heaps":
        _heaps(canvas, rng, horizon)
    elif kind in ("streaks", "cover", "bands"):
        _sheets(canvas, rng, horizon, kind)
    elif kind == "swirls":
        angle = _swirls(canvas, rng, horizon)
    np.clip(canvas.colour, 0, 1, out=canvas.colour)
    length = 6.0 if kind == "swirls" else 4.0
    canvas.dabs(whole, rng, angle=angle, size=1.5, length=length, broken=0.6, spread=0.2)


def _sun(canvas: SceneCanvas, rng: np.random.Generator, horizon: float) -> None:
    air, (h, w) = canvas.world.air, canvas.shape
    side = canvas.world.light.direction[0]
    x = (0.5 + np.sign(side) * rng.uniform(0.05, 0.35)) * w
    y = max(horizon - air.sun * rng.uniform(0.7, 1.3), 0.08) * h
    away = np.hypot(canvas.x - x, canvas.y - y) / canvas.unit
    canvas.lay(f32(np.exp(-away / 0.30) * 0.55), air.key)
    canvas.lay(f32(np.exp(-away / 0.07) * 0.6), mix(air.key, (1, 1, 0.95), 0.5))
    radius = rng.uniform(0.018, 0.04)
    disc = smoothstep(f32(-away), -radius - 1.2 / canvas.unit, -radius)
    canvas.lay(disc, mix(air.key, (1, 1, 0.92), 0.75))


def _heaps(canvas: SceneCanvas, rng: np.random.Generator, horizon: float) -> None:
    """Cumulus: heaps of balls with flat bases, far ones small and low, lit as bodies."""
    world, (h, w) = canvas.world, canvas.shape
    light = f32(mix(world.air.key, (1, 1, 1), 0.35 if world.air.sun < 0.2 or world.hour == "golden" else 0.0))
    dark = f32(mix(world.air.ambient, world.air.zenith, 0.45)) * f32(0.9)
    if world.hour in ("night", "dusk"):
        light = light * f32(0.55)
    wobble = [noise(rng, canvas.shape, 14, 3) for _ in range(2)]
    for near in np.sort(rng.uniform(0.1, 1, int(rng.integers(3, 9)))):
        base = (horizon * (1 - 0.85 * near) + 0.02) * h
        size = (0.03 + 0.17 * near) * canvas.unit * rng.uniform(0.6, 1.2)
        middle, wide = rng.uniform(-0.1, 1.1) * w, size * rng.uniform(1.4, 3.2)
        n = int(rng.integers(7, 17))
        across = rng.normal(0, 0.45, n).clip(-1, 1)
        radius = size * (0.32 + 0.42 * rng.random(n)) * (1 - 0.6 * np.abs(across))
        up = rng.uniform(0, 0.75, n) * size * (1 - np.abs(across))
        rough = 0.16 * size
        top, bottom = max(int(base - 2.4 * size), 0), min(int(base + 0.5 * size), h)
        left, right = max(int(middle - wide - size), 0), min(int(middle + wide + size), w)
        if top >= bottom or left >= right:
            continue
        window = slice(top, bottom), slice(left, right)
        x = canvas.x[:, window[1]] + rough * wobble[0][window]
        y = canvas.y[window[0]] + rough * wobble[1][window]
        height = np.full(x.shape, -1, np.float32)
        for a, r, u in zip(across * wide + middle, radius, up, strict=True):
            np.maximum(height, r * r - (x - a) ** 2 - (y - base + 0.4 * r + u) ** 2, out=height)
        body = smoothstep(np.sqrt(np.maximum(height, 0)), 0, 0.35 * size)
        body *= smoothstep(-y, -base - 0.12 * size, -base + 0.02 * size)
        value = world.light.value(f32(cv2.GaussianBlur(np.sqrt(np.maximum(height, 0)), (0, 0), max(0.03 * size, 0.5))))
        value = np.clip(value - 0.35 * np.clip((y - base) / size + 0.55, 0, 1), 0, 1)
        tones = world.light.posterise(f32(np.clip(1.5 * value - 0.35, 0, 1)))
        colours = world.pale(dark + tones[..., None] * (light - dark), 0.8 * (1 - near))
        canvas.lay_window(window, f32(body * rng.uniform(0.75, 1.0)), f32(colours), canvas.now)


def _sheets(canvas: SceneCanvas, rng: np.random.Generator, horizon: float, kind: str) -> None:
    """Streaks, closed cover or evening bands: noise that narrows towards the horizon."""
    world, h = canvas.world, canvas.shape[0]
    air = world.air
    stretch, cells, octaves = {"streaks": (4.5, 9, 4), "cover": (2.2, 5, 4), "bands": (9.0, 12, 3)}[kind]
    field = noise(rng, canvas.shape, cells, octaves, stretch)
    # far clouds lie closer together: rows are taken ever faster towards the horizon
    t = np.clip(canvas.y / (horizon * h), 0, 1)
    rows = np.broadcast_to(f32((1 - (1 - t) ** 1.7) * (h - 1)), canvas.shape)
    slanted = np.broadcast_to(canvas.x, canvas.shape)
    field = f32(cv2.remap(field, f32(slanted), f32(rows), cv2.INTER_LINEAR))
    low = {"streaks": 0.05, "cover": -0.55, "bands": 0.0}[kind] + rng.uniform(-0.15, 0.15)
    amount = smoothstep(field, low, low + rng.uniform(0.3, 0.8))
    lit = f32(mix(air.key, (1, 1, 1), 0.3 if air.sun < 0 else 0.0))
    grey = f32(mix(air.ambient, air.zenith, 0.5)) * f32(0.85)
    under = smoothstep(field, low + 0.2, low + 1.1)
    if kind == "bands" and air.sun >= 0:
        under = 1 - smoothstep(f32(t), 0.2, 1.0)  # lit from beneath, near the sun
    colours = lit + under[..., None] * (grey - lit)
    if kind == "cover":
        colours = lit + np.clip(0.25 + 0.9 * under, 0, 1)[..., None] * (grey - lit)
    if world.hour == "night":
        colours = colours * f32(0.5)
    canvas.lay(f32(amount * rng.uniform(0.6, 0.95)), f32(colours))


def _swirls(canvas: SceneCanvas, rng: np.random.Generator, horizon: float) -> Array:
    """Paint a sky that moves in eddies; returns the angle of its strokes (H,W)."""
    air, (h, w) = canvas.world.air, canvas.shape
    u, v = np.ones(canvas.shape, np.float32), np.zeros(canvas.shape, np.float32)
    for _ in range(int(rng.integers(2, 6))):
        x, y, r = rng.uniform(0, w), rng.uniform(0, horizon) * h, rng.uniform(0.08, 0.2) * canvas.unit
        dx, dy = (canvas.x - x) / r, (canvas.y - y) / r
        pull = 3 * np.exp(-0.5 * (dx * dx + dy * dy)) * (1 if rng.random() < 0.5 else -1)
        u += -dy * pull
        v += dx * pull
        ring = np.exp(-(((np.hypot(dx, dy) - 0.9) / 0.35) ** 2)) * 0.5
        canvas.lay(f32(ring), mix(air.horizon, air.key, 0.5))
        canvas.lay(f32(np.exp(-3 * (dx * dx + dy * dy)) * 0.6), mix(air.key, (1, 1, 1), 0.3))
    angle = f32(np.arctan2(v, u))
    streak = noise(rng, canvas.shape, 20, 2, 3.0)
    canvas.lay(f32(np.clip(streak, 0, 1) * 0.5), mix(air.horizon, (1, 1, 1), 0.3))
    canvas.lay(f32(np.clip(-streak, 0, 1) * 0.5), mix(air.zenith, (0.05, 0.1, 0.3), 0.3))
    whole = f32(np.broadcast_to(canvas.y < (horizon + 0.03) * h, canvas.shape))
    canvas.dabs(whole, rng, angle=angle, size=1.6, length=6, broken=2.0, spread=0.1)
    return angle
