"""Trees: trunk, branches that fork, and foliage in clumps that turn to the light; woods and hedges."""

from dataclasses import dataclass

import numpy as np

from ..drawing.light import Colour, mix
from ..drawing.shapes import Array, ellipse, f32, ribbon, ribbons, smoothstep
from .scene_canvas import SceneCanvas


@dataclass(frozen=True)
class Clumps:
    """Foliage: clumps at places (n,2), radii (n,) and flatness; leaf marks lean along `angle`."""

    at: Array
    radius: Array
    flat: float
    angle: float
    spread: float


def paint_tree(
    canvas: SceneCanvas, rng: np.random.Generator, foot: tuple[float, float], tall: float, kind: str,
    colour: Colour, distance: float = 0.0,
) -> None:  # fmt: skip
    """Paint one tree of `tall` pixels on the present thing; small ones have fewer marks."""
    (rng,) = rng.spawn(1)
    if kind == "fir":
        _fir(canvas, rng, foot, tall, colour, distance)
    elif kind == "palm":
        _palm(canvas, rng, foot, tall, colour, distance)
    else:
        bark = (0.78, 0.76, 0.72) if kind == "birch" else mix((0.30, 0.22, 0.16), colour, 0.15)
        trunk = {"poplar": 0.1, "cypress": 0.06, "pine": 0.68, "bush": 0.05, "bare": 0.3, "birch": 0.3}.get(kind, 0.28)
        tips = np.zeros((0, 2), np.float32)
        if kind != "bush":
            tips = _branches(canvas, rng, foot, tall, trunk, kind, bark, distance)
        if kind != "bare":
            _leaves(canvas, rng, _crown(rng, foot, tall, kind, tips), tall, colour, distance)


def _branches(
    canvas: SceneCanvas, rng: np.random.Generator, foot: tuple[float, float], tall: float, trunk: float, kind: str,
    bark: Colour, distance: float,
) -> Array:  # fmt: skip
    """Draw trunk and forks; returns the ends of the branches (n,2)."""
    outlines: list[Array] = []
    tones: list[Array] = []
    tips: list[tuple[float, float]] = []
    ramp = canvas.world.ramp(bark, distance)
    side = canvas.world.light.direction[0]
    spread = {"bare": 0.42, "birch": 0.3, "poplar": 0.15, "cypress": 0.1, "pine": 0.5}.get(kind, 0.45)
    depth = 3 if tall < 0.12 * canvas.unit else 5 if kind != "bare" else 7
    if kind in ("poplar", "cypress"):
        depth = 0
    width = tall * {"oak": 0.085, "bare": 0.06, "birch": 0.035, "poplar": 0.04, "pine": 0.05}.get(kind, 0.06)

    reach = (
        tall * (0.92 - max(trunk, 0.18)) / (1 - 0.75 ** max(depth, 1)) * 0.25
    )  # of the first fork, so that all fit in

    def grow(start: Array, angle: float, length: float, wide: float, level: int) -> None:
        bend = rng.normal(0, 0.12)
        end = start + length * f32([np.sin(angle + bend), -np.cos(angle + bend)])
        middle = (start + end) / 2 + length * 0.08 * f32([rng.normal(), 0.3 * rng.normal()])
        path = np.stack([start, middle, end])
        outlines.append(ribbon(path, max(wide, 0.7), (1.0, 0.62)))
        value = 0.42 + 0.25 * side * np.sin(angle)
        tones.append(ramp[int(np.clip(value, 0, 1) * 255)])
        if wide > 3:  # the lit side
            aside = f32([side * 0.28 * wide, 0])
            outlines.append(ribbon(path + aside, 0.38 * wide, (1.0, 0.6)))
            tones.append(ramp[int(np.clip(value + 0.3, 0, 1) * 255)])
        if level == 0:
            tips.append((float(end[0]), float(end[1])))
            return
        forks = 2 if rng.random() < 0.7 else 3
        for k in range(forks):
            turn = (k - (forks - 1) / 2) * spread * 1.6 + rng.normal(0, 0.15)
            grow(
                end,
                angle * 0.85 + turn,
                reach * 0.75 ** (depth - level) * rng.uniform(0.75, 1.1),
                wide * 0.58,
                level - 1,
            )

    start = f32([foot[0], foot[1]])
    flare = f32([[foot[0] - 0.9 * width, foot[1] + 0.01 * tall], [foot[0], foot[1] - 0.1 * tall],
                 [foot[0] + 0.9 * width, foot[1] + 0.01 * tall]])  # fmt: skip
    outlines.append(flare)
    tones.append(ramp[90])
    grow(start, rng.normal(0, 0.06), tall * max(trunk, 0.18), width, depth)
    canvas.marks(outlines, np.stack(tones), canvas.now)
    return f32(tips)


def _crown(rng: np.random.Generator, foot: tuple[float, float], tall: float, kind: str, tips: Array) -> Clumps:
    x, y = foot
    if kind in ("poplar", "cypress"):
        n = 16
        t = np.sort(rng.uniform(0.05, 0.97, n))
        wide = tall * (0.16 if kind == "poplar" else 0.11) * np.sin(np.pi * t**0.75) ** 0.7
        at = np.stack([x + rng.normal(0, 0.35, n) * wide, y - t * tall], 1)
        return Clumps(f32(at), f32(np.maximum(wide, 0.02 * tall)), 1.8, -np.pi / 2, 0.35)
    if kind == "pine":
        n = 12
        at = np.stack([x + rng.normal(0, 0.2, n) * tall, y - tall * rng.uniform(0.72, 0.98, n)], 1)
        return Clumps(f32(at), f32(tall * rng.uniform(0.09, 0.16, n)), 0.45, 0.0, 0.4)
    if kind == "willow":
        n = 18
        t = rng.uniform(-1, 1, n)
        at = np.stack([x + t * 0.36 * tall, y - tall * (0.86 - 0.45 * t * t - 0.2 * rng.random(n))], 1)
        return Clumps(f32(at), f32(tall * rng.uniform(0.1, 0.17, n)), 1.5, np.pi / 2, 0.2)
    if kind == "bush":
        n = 9
        at = np.stack([x + rng.normal(0, 0.45, n) * tall, y - tall * rng.uniform(0.2, 0.65, n)], 1)
        return Clumps(f32(at), f32(tall * rng.uniform(0.24, 0.42, n)), 0.85, 0.6, 1.2)
    n = {"oak": 20, "birch": 16}.get(kind, 15)
    reach = {"oak": 0.42, "birch": 0.22}.get(kind, 0.3)
    a, r = rng.uniform(0, 2 * np.pi, n), np.sqrt(rng.random(n))
    middle = 0.62 if kind != "birch" else 0.64
    at = np.stack([x + reach * tall * r * np.cos(a), y - tall * (middle + 0.26 * r * np.sin(a))], 1)
    if len(tips) and kind != "birch":
        outermost = np.argsort(-np.linalg.norm(tips - tips.mean(axis=0), axis=1))[: (2 * n) // 3]
        at = np.concatenate([at, tips[outermost]])  # no twig sticks out
    return Clumps(f32(at), f32(tall * rng.uniform(0.09, 0.17, len(at)) * (reach / 0.3) ** 0.5), 0.8, 0.7, 1.3)


def _leaves(
    canvas: SceneCanvas, rng: np.random.Generator, clumps: Clumps, tall: float, colour: Colour, distance: float
) -> None:
    """Paint clumps: dark masses first, then marks from dark to light, each as bright as it turns to the light."""
    world = canvas.world
    ramp = world.ramp(colour, distance)
    order = np.argsort(clumps.at[:, 1])[::-1]
    at, radius = clumps.at[order], clumps.radius[order]
    middle, size = at.mean(axis=0), np.ptp(at, axis=0).max() / 2 + radius.mean()
    light = f32(world.light.direction)
    toward = np.clip(((at - middle) @ light[:2]) / max(size, 1), -1, 1)
    blobs = []
    for place, r in zip(at, radius, strict=True):
        knots = ellipse((float(place[0]), float(place[1])), r * 0.92, r * 0.92 * clumps.flat, n=14)
        blobs.append(knots + f32(rng.normal(0, 0.09, knots.shape)) * r)
    base = world.light.posterise(f32(np.clip(0.22 + 0.2 * toward, 0.05, 0.5))[None])[0]
    canvas.marks(blobs, ramp[(base * 255).astype(int)], canvas.now)
    share = tall / canvas.unit
    n = int(np.clip(4200 * share, 40, 3200) * (1.0 if world.dab else 0.5))
    tones_of = rng.normal(0, 0.05, len(at))  # no two clumps are alike
    which = rng.choice(len(at), n, p=radius**2 / (radius**2).sum())
    a, r = rng.uniform(0, 2 * np.pi, n), np.sqrt(rng.random(n)) * 1.05
    out = np.stack([r * np.cos(a), r * np.sin(a)], 1)
    z = np.sqrt(np.clip(1 - r * r, 0, 1))
    own = out @ light[:2] + z * light[2]
    value = 0.36 + 0.34 * own + 0.26 * toward[which] + tones_of[which] + rng.normal(0, 0.06, n)
    place = at[which] + out * radius[which, None] * f32([1, clumps.flat])
    keep = np.argsort(value + rng.normal(0, 0.08, n))
    place, value = place[keep], value[keep]
    long = max(0.9, canvas.unit * (0.006 + 0.55 * world.dab + 0.012 * share)) * rng.gamma(6, 1 / 6, n)
    lean = clumps.angle + rng.normal(0, clumps.spread, n)
    half = 0.5 * long[:, None] * np.stack([np.cos(lean), np.sin(lean)], 1)
    paths = np.stack([place - half, place + half], 1).astype(np.float32)
    tones = world.light.posterise(f32(np.clip(value, 0.03, 1))[None])[0]
    canvas.marks(ribbons(paths, 0.5 * long, (0.6, 0.35)), ramp[(tones * 255).astype(int)], canvas.now)


def _fir(
    canvas: SceneCanvas, rng: np.random.Generator, foot: tuple[float, float], tall: float, colour: Colour,
    distance: float,
) -> None:  # fmt: skip
    world, (x, y) = canvas.world, foot
    ramp = world.ramp(mix(colour, (0.13, 0.24, 0.17), 0.6), distance)
    canvas.polygon(ribbon([(x, y), (x, y - 0.9 * tall)], 0.035 * tall, (1, 0.2)), tuple(ramp[70]), canvas.now)
    tiers, side = max(5, int(13 * min(1, 4 * tall / canvas.unit))), world.light.direction[0]
    wide = tall * rng.uniform(0.17, 0.27)
    paths, widths, tones = [], [], []
    for k in range(tiers):
        t = k / tiers
        level = y - tall * (0.99 - 0.9 * t)
        for arm in range(5):
            s = -1 + arm / 2 + rng.normal(0, 0.1)
            reach = wide * (0.12 + t) * s * rng.uniform(0.75, 1.1)
            drop = 0.10 * tall * (0.5 + t)
            paths.append([(x, level - 0.02 * tall), (x + 0.5 * reach, level + 0.35 * drop), (x + reach, level + drop)])
            widths.append(tall * (0.045 + 0.035 * t))
            tones.append(ramp[int(255 * np.clip(0.34 + 0.24 * side * s + rng.normal(0, 0.06), 0.03, 1))])
    snow = world.season == "winter"
    canvas.marks(ribbons(f32(paths), f32(widths), (0.9, 0.15)), np.stack(tones), canvas.now)
    if snow:
        some = rng.random(len(paths)) < 0.55
        lifted = f32(paths)[some] - f32([0, 0.012 * tall])
        white = world.ramp((0.95, 0.96, 0.99), distance)[np.clip(rng.normal(190, 30, some.sum()), 0, 255).astype(int)]
        canvas.marks(ribbons(lifted, f32(widths)[some] * f32(0.55), (0.5, 0.2)), white, canvas.now)


def _palm(
    canvas: SceneCanvas, rng: np.random.Generator, foot: tuple[float, float], tall: float, colour: Colour,
    distance: float,
) -> None:  # fmt: skip
    x, y = foot
    lean = rng.normal(0, 0.15) * tall
    top = (x + lean, y - 0.82 * tall)
    bark = canvas.world.ramp((0.48, 0.38, 0.28), distance)
    trunk = [(x, y), (x + 0.2 * lean, y - 0.4 * tall), top]
    canvas.polygon(ribbon(trunk, 0.055 * tall, (1.0, 0.55)), tuple(bark[110]), canvas.now)
    canvas.polygon(ribbon(f32(trunk) + f32([0.012 * tall, 0]), 0.02 * tall, (1, 0.5)), tuple(bark[180]), canvas.now)
    ramp = canvas.world.ramp(colour, distance)
    paths, tones = [], []
    for _ in range(17):
        a, r = rng.uniform(-0.35, np.pi + 0.35), tall * rng.uniform(0.26, 0.4)
        end = (top[0] + np.cos(a) * r, top[1] - np.sin(a) * 0.7 * r + 0.35 * r)
        bend = (top[0] + 0.55 * np.cos(a) * r, top[1] - 0.75 * np.sin(a) * r)
        paths.append([top, bend, end])
        tones.append(ramp[int(np.clip(rng.normal(0.5, 0.14), 0.1, 1) * 255)])
    canvas.marks(ribbons(f32(paths), 0.055 * tall, (0.5, 0.1)), np.stack(tones), canvas.now)


def paint_wood(
    canvas: SceneCanvas, rng: np.random.Generator, line: Array, tall: float, distance: float, span: tuple[float, float]
) -> None:
    """Paint the edge of a wood on the present thing: crowns of about `tall` pixels along a line (W,) of rows.

    span: from where to where, in shares of the width.
    """
    (rng,) = rng.spawn(1)
    world, w = canvas.world, canvas.shape[1]
    fir = rng.random() < 0.35
    own = world.pick(rng, "foliage")
    step = max(tall * (0.3 if fir else 0.5), 1.5)
    count = min(int((span[1] - span[0]) * w / step) + 2, 90)
    for row, (lift, value) in enumerate(((0.28, 0.34), (0.0, 0.5))):
        xs = np.sort(rng.uniform(span[0], span[1], count)) * w
        outlines, tones = [], []
        ramp = world.ramp(own, distance)
        ends = np.clip(np.minimum(xs / w - span[0], span[1] - xs / w) / 0.06 + 0.45, 0, 1)
        for x, end in zip(xs, ends, strict=True):
            size = tall * rng.uniform(0.6, 1.15) * (0.35 + 0.65 * end)
            foot = float(line[int(np.clip(x, 0, w - 1))]) - lift * tall * 0.5 + 0.1 * tall
            v = np.clip(value + rng.normal(0, 0.09), 0.05, 1)
            if fir:
                wide = 0.24 * size
                shape = f32([(x - wide, foot), (x - 0.5 * wide, foot - 0.5 * size), (x, foot - 1.15 * size),
                             (x + 0.5 * wide, foot - 0.5 * size), (x + wide, foot)])  # fmt: skip
                outlines.append(shape)
                tones.append(ramp[int(v * 200)])
                continue
            knots = ellipse((x, foot - 0.5 * size), 0.42 * size, 0.56 * size, n=16)
            outlines.append(knots + f32(rng.normal(0, 0.045, knots.shape)) * f32(size))
            tones.append(ramp[int(v * 0.72 * 255)])
            side = world.light.direction
            lit = ellipse(
                (x + 0.12 * side[0] * size, foot - 0.58 * size + 0.1 * side[1] * size), 0.3 * size, 0.36 * size, n=14
            )
            outlines.append(lit + f32(rng.normal(0, 0.06, lit.shape)) * f32(size))
            tones.append(ramp[int(np.clip(v + 0.14, 0, 1) * 255)])
        canvas.marks(outlines, np.stack(tones), canvas.now)
        if row == 0:
            band = canvas.y - line[None]
            inside = smoothstep(canvas.x, span[0] * w, (span[0] + 0.03) * w) * (
                1 - smoothstep(canvas.x, (span[1] - 0.03) * w, span[1] * w)
            )
            foot_mask = np.clip(band + 0.45 * tall, 0, 1) * np.clip(0.12 * tall - band, 0, 1) * (inside > 0.5)
            canvas.cover(f32(foot_mask), world.tone_of(own, 0.22, distance))
    canvas.dabs(canvas.own, rng, angle=1.0, size=0.8, length=2.2, broken=1.2, spread=0.9)
