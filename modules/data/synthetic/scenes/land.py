"""Land forms in perspective: mountain ranges, hills, meadows, fields, sand, roads."""

from dataclasses import dataclass

import cv2
import numpy as np

from ..drawing.light import Colour, mix, slopes
from ..drawing.shapes import Array, f32, noise, ribbons, smoothstep, spline
from .scene_canvas import SceneCanvas


@dataclass(frozen=True)
class View:
    """The ground plane as the eye sees it. A place is a nearness: 0 at the horizon, 1 at the lower edge."""

    horizon: float  # row, in pixels
    bottom: float  # row of the lower edge
    eye: float  # height of the eye, in metres

    def row(self, near: float) -> float:
        return self.horizon + near * (self.bottom - self.horizon)

    def metre(self, near: float) -> float:
        """Pixels of one metre that stands there."""
        return near * (self.bottom - self.horizon) / self.eye

    def distance(self, near: float) -> float:
        """How much air lies before it, in [0,1]."""
        return float(np.clip(0.045 / max(near, 0.03) - 0.045, 0, 1))


def ridge_line(rng: np.random.Generator, width: int, rough: float, peaks: float, sharp: float = 0.0) -> Array:
    """Draw a skyline: height over its base for every column, (W,), in [0, rough].

    sharp: 0 = rolling, 1 = peaks with straight flanks.
    """
    x = np.linspace(0, 1, width)
    line = np.zeros(width)
    for octave in range(3 if sharp < 0.2 else 6):
        n = peaks * 2**octave
        knots = rng.uniform(0, 1, int(np.ceil(n)) + 4)
        at = x * n + 1
        i = at.astype(int)
        t = at - i
        smooth = (1 - sharp) * t * t * (3 - 2 * t) + sharp * t
        line += (knots[i] * (1 - smooth) + knots[i + 1] * smooth) * 0.46**octave
    if sharp > 0.2:  # a few summits stand out, with concave flanks
        tops, high = rng.uniform(-0.1, 1.1, int(peaks) + 2), rng.uniform(0.6, 1.7, int(peaks) + 2)
        flank = rng.uniform(0.12, 0.4, len(tops))
        towers = high[:, None] * np.exp(-np.abs(x[None] - tops[:, None]) / flank[:, None])
        line += 1.4 * sharp * towers.max(axis=0)
    line -= line.min()
    return f32(rough * line / max(line.max(), 1e-6))


def paint_range(canvas: SceneCanvas, rng: np.random.Generator, base: float, rough: float, distance: float) -> None:
    """Paint a mountain range on the present thing: `base` row of its foot, `rough` height in pixels."""
    (rng,) = rng.spawn(1)
    world, (h, w) = canvas.world, canvas.shape
    alpine = rng.random() < 0.6
    line = base - ridge_line(rng, w, rough, rng.uniform(1.5, 4), rng.uniform(0.6, 1) if alpine else 0.1)
    below = canvas.y - line[None]
    mask = np.clip(below + 0.5, 0, 1) * np.clip(base + 0.05 * h - canvas.y, 0, 1)
    # spurs run down from the crest: noise that is long in y, sheared along the slopes
    spurs = noise(rng, canvas.shape, rng.uniform(9, 16), 4, 0.45)
    lean = cv2.GaussianBlur(np.gradient(line)[None], (0, 0), 0.012 * canvas.unit + 0.5)
    shift = np.clip(canvas.x + 0.5 * below * np.sign(lean), 0, w - 1)
    rows = np.broadcast_to(canvas.y, canvas.shape)
    spurs = f32(cv2.remap(spurs, f32(shift), f32(rows), cv2.INTER_LINEAR))
    facing = f32(cv2.remap(f32(np.repeat(lean, h, 0)), f32(shift), f32(rows), cv2.INTER_LINEAR))
    gx, _ = slopes(spurs)
    side = world.light.direction[0]
    value = 0.52 + 0.30 * side * np.tanh(1.3 * facing) + side * np.tanh(gx * canvas.unit * 0.055) * 0.38
    value = value + 0.10 * spurs
    colour = _rock_colour(world.rng("range"), world.season)
    canvas.form(f32(mask), f32(np.clip(value, 0.02, 1)), colour, distance)
    if alpine and rng.random() < (0.9 if world.season == "winter" else 0.55):
        drop = below / max(rough, 1) + 0.22 * spurs - 0.25 * (value - 0.5)
        limit = rng.uniform(0.15, 0.45) + (0.5 if world.season == "winter" else 0)
        snow = (1 - smoothstep(f32(drop), limit - 0.06, limit)) * mask
        canvas.form(f32(snow), f32(np.clip(value * 0.75 + 0.32, 0, 1)), (0.93, 0.94, 0.97), distance)
    elif rng.random() < 0.7:
        woods = smoothstep(f32(below / max(rough, 1) + 0.35 * spurs), 0.35, 0.75) * mask
        green = mix(world.pick(rng, "grass"), world.pick(rng, "foliage"), rng.uniform(0.2, 0.9))
        canvas.form(f32(woods * 0.85), f32(np.clip(value, 0, 1)), green, distance)
    foot = smoothstep(f32(below / max(rough, 1)), 0.2, 1.2) * mask * rng.uniform(0.1, 0.6)
    canvas.veil(f32(foot), world.pale(world.air.horizon, 0.2))
    canvas.dabs(f32(mask), rng, angle=f32(np.arctan2(0.9, np.sign(facing) * 0.7)), size=0.9, length=3.5, broken=0.6)


def _rock_colour(rng: np.random.Generator, season: str) -> Colour:
    pool = [(0.44, 0.42, 0.44), (0.50, 0.44, 0.38), (0.38, 0.40, 0.46), (0.56, 0.46, 0.40), (0.46, 0.44, 0.36)]
    if season in ("south", "heath"):
        pool = [(0.62, 0.46, 0.36), (0.56, 0.50, 0.44), (0.50, 0.38, 0.36)]
    return pool[int(rng.integers(0, len(pool)))]


def paint_hill(
    canvas: SceneCanvas, rng: np.random.Generator, line: Array, foot: float, colour: Colour, distance: float
) -> None:
    """Paint a rolling hill on the present thing: its skyline (W,) in rows, down to row `foot`."""
    (rng,) = rng.spawn(1)
    world = canvas.world
    below = canvas.y - line[None]
    mask = f32(np.clip(below + 0.5, 0, 1) * np.clip(foot - canvas.y, 0, 1))
    lean = cv2.GaussianBlur(np.gradient(line)[None], (0, 0), 0.02 * canvas.unit + 0.5)
    lumps = noise(rng, canvas.shape, rng.uniform(5, 10), 3, 2.0)
    side = world.light.direction[0]
    value = (
        0.60 + 0.9 * side * np.clip(lean, -0.3, 0.3) + 0.16 * lumps - 0.10 * np.clip(below / (0.2 * canvas.unit), 0, 1)
    )
    canvas.form(mask, f32(np.clip(value, 0.05, 1)), colour, distance)
    patches = smoothstep(noise(rng, canvas.shape, rng.uniform(6, 14), 3, 3.0), 0.05, 0.5) * mask
    other = mix(world.pick(rng, "grass"), world.pick(rng, "crop"), rng.uniform(0, 1))
    canvas.form(f32(patches * 0.7), f32(np.clip(value, 0.05, 1)), other, distance)
    woods = smoothstep(noise(rng, canvas.shape, rng.uniform(14, 26), 3, 1.8), 0.3, 0.55) * mask
    canvas.form(f32(woods * 0.8), f32(np.clip(value - 0.18, 0.05, 1)), world.pick(rng, "foliage"), distance)
    canvas.dabs(mask, rng, angle=f32(np.arctan(np.broadcast_to(lean, canvas.shape))), size=0.9, length=3.5, broken=0.8)


def ground_noise(
    canvas: SceneCanvas, rng: np.random.Generator, view: View, cells: float, stretch: float = 1.0
) -> Array:
    """Generate noise (H,W) that lies on the ground plane: fine and flat near the horizon, coarse in front."""
    h, w = canvas.shape
    tile = rng.uniform(-1, 1, (64, 64)).astype(np.float32)
    tile = f32(cv2.resize(np.pad(tile, ((0, 8), (0, 8)), mode="wrap"), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC))
    near = np.maximum((canvas.y - view.horizon) / (view.bottom - view.horizon), 0.012)
    far = 1 / near
    across = (canvas.x - 0.5 * w) / max(h, w) * far * cells * 4 / stretch
    along = np.broadcast_to(far * cells * 2.0, canvas.shape)
    size = 256.0
    fine = cv2.remap(tile, f32(np.mod(across, size)), f32(np.mod(along, size)), cv2.INTER_LINEAR)
    coarse = cv2.remap(
        tile, f32(np.mod(across * 0.31 + 90, size)), f32(np.mod(along * 0.31 + 40, size)), cv2.INTER_LINEAR
    )
    fade = np.clip(near * 6, 0, 1)
    return f32((0.5 * fine + 0.8 * coarse) * fade)


def ground_mask(canvas: SceneCanvas, line: Array) -> Array:
    """Mask (H,W) of what lies below a line (W,) of rows."""
    return f32(np.clip(canvas.y - line[None] + 0.5, 0, 1))


def paint_meadow(
    canvas: SceneCanvas, rng: np.random.Generator, view: View, mask: Array, colour: Colour, other: Colour
) -> None:
    """Paint grass, sand or snow on the present thing: broad tones, cloud shadows, tufts that grow towards us."""
    (rng,) = rng.spawn(1)
    world = canvas.world
    near = np.clip((canvas.y - view.horizon) / (view.bottom - view.horizon), 0, 1)
    far = f32(np.broadcast_to(near, canvas.shape))
    texture = ground_noise(canvas, rng, view, rng.uniform(2, 5), 1.6)
    value = 0.62 + 0.14 * texture * world.detail + 0.12 * noise(rng, canvas.shape, 3, 2, 3.0)
    shadow = smoothstep(noise(rng, canvas.shape, rng.uniform(2, 5), 2, 3.5), 0.1, 0.5)
    value = value - rng.uniform(0, 0.25) * shadow - rng.uniform(0.0, 0.22) * far
    share = smoothstep(ground_noise(canvas, rng, view, rng.uniform(1, 3), 2.0), -0.1, 0.5)
    ramp, second = world.ramp(colour, 0.0), world.ramp(other, 0.0)
    tones = np.clip(world.light.posterise(f32(np.clip(value, 0, 1))) * 255, 0, 255).astype(np.uint8)
    colours = ramp[tones] + share[..., None] * (second[tones] - ramp[tones])
    air = 1 - np.exp(-1.9 * world.air.haze * np.clip(0.045 / np.maximum(near, 0.03) - 0.045, 0, 1))
    cold = f32(mix(world.air.horizon, world.air.zenith, 0.35))
    canvas.cover(mask, f32(colours + air[..., None] * (cold - colours)))
    canvas.dabs(mask, rng, angle=0.0, size=1.1, length=4.0, broken=1.0, spread=0.25)


def paint_tufts(
    canvas: SceneCanvas,
    rng: np.random.Generator,
    view: View,
    mask: Array,
    colour: Colour,
    n: int,
    tall: float,
    flowers: Colour | None = None,
) -> None:
    """Draw blades and flowers on the present thing, larger towards us; `tall` in metres."""
    (rng,) = rng.spawn(1)
    world, (h, w) = canvas.world, canvas.shape
    near = np.sort(rng.random(n) ** 0.75) * 0.97 + 0.03
    x, y = rng.uniform(-0.02, 1.02, n) * w, view.horizon + near * (view.bottom - view.horizon)
    inside = mask[np.clip(y.astype(int), 0, h - 1), np.clip(x.astype(int), 0, w - 1)] > 0.5
    near, x, y = near[inside], x[inside], y[inside]
    if not len(x):
        return
    size = tall * near * (view.bottom - view.horizon) / view.eye * rng.uniform(0.5, 1.3, len(x))
    lean = rng.normal(0.1, 0.3, len(x)) * size
    tip = np.stack([x + lean, y - size], 1)
    foot = np.stack([x, y], 1)
    blades = ribbons(np.stack([foot, tip], 1).astype(np.float32), np.maximum(0.16 * size, 0.6), (1.0, 0.1))
    ramp = world.ramp(colour)
    tones = ramp[np.clip(rng.normal(0.58, 0.2, len(x)) * 255, 0, 255).astype(int)]
    canvas.marks(blades, tones, canvas.now, opacity=0.8)
    if flowers is not None:
        some = rng.random(len(x)) < 0.5
        if some.any():
            dots = ribbons(
                np.stack([tip[some], tip[some] + np.stack([0.22 * size[some], 0 * size[some]], 1)], 1).astype(
                    np.float32
                ),
                np.maximum(0.2 * size[some], 0.8),
                (0.8, 0.8),
            )
            petals = world.ramp(flowers)[np.clip(rng.normal(0.75, 0.12, some.sum()) * 255, 0, 255).astype(int)]
            canvas.marks(dots, petals, canvas.now)


def paint_fields(canvas: SceneCanvas, rng: np.random.Generator, view: View, mask: Array) -> None:
    """Lay a patchwork of fields in perspective over the present thing, with furrows and hedges between."""
    (rng,) = rng.spawn(1)
    world, (h, w) = canvas.world, canvas.shape
    near = np.maximum((canvas.y - view.horizon) / (view.bottom - view.horizon), 0.02)
    across = (canvas.x - 0.5 * w) / max(h, w) / near
    along = np.broadcast_to(np.log(near) * 1.3, canvas.shape)
    n = int(rng.integers(8, 22))
    seeds = np.stack([rng.normal(0, 2.2, n), rng.uniform(-4.6, 0.2, n)], 1)
    best = np.full(canvas.shape, np.inf, np.float32)
    second = best.copy()
    owner = np.zeros(canvas.shape, np.uint8)
    skew = rng.uniform(-0.5, 0.5)
    for k, (a, b) in enumerate(seeds):
        away = f32(np.abs(across - a + skew * (along - b)) * 0.55 + np.abs(along - b))
        closer = away < best
        second = np.where(closer, best, np.minimum(second, away))
        best = np.where(closer, away, best)
        owner[closer] = k
    colours = np.zeros((n, 3), np.float32)
    for k in range(n):
        what = "crop" if rng.random() < 0.55 else "grass"
        colours[k] = world.tone_of(world.pick(rng, what), rng.uniform(0.5, 0.85))
    furrows = (
        np.sin((across * np.cos(seeds[owner, 0]) + along * 3) * 30) * 0.05 * np.clip(near * 4, 0, 1) * world.detail
    )
    patch = colours[owner] * (1 + f32(furrows))[..., None]
    air = 1 - np.exp(-1.9 * world.air.haze * np.clip(0.045 / np.maximum(near, 0.03) - 0.015, 0, 1))
    cold = f32(mix(world.air.horizon, world.air.zenith, 0.35))
    canvas.lay(mask, f32(patch + air[..., None] * (cold - patch)))
    hedge = (1 - smoothstep(second - best, 0.02, 0.07)) * mask
    canvas.lay(f32(hedge * rng.uniform(0.3, 0.9)), world.tone_of(world.pick(rng, "foliage"), 0.3, 0.1))
    canvas.dabs(mask, rng, size=1.0, length=4.5, broken=0.8, spread=0.15)


def winding(rng: np.random.Generator, view: View, width: int, metres: float, start: float, bends: float) -> Array:
    """Outline (n,2) a road or river that winds over the ground from row `start` to the lower edge."""
    near = np.linspace(max(start, 0.01), 1.12, 60)
    phase, target = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.75)
    away = np.sin(bends * np.log(near) + phase) * rng.uniform(0.1, 0.25) * near**0.7
    x = (target + (rng.uniform(-0.1, 1.1) - target) * near + away) * width
    y = view.horizon + near * (view.bottom - view.horizon)
    half = 0.5 * metres * near * (view.bottom - view.horizon) / view.eye
    left, right = np.stack([x - half, y], 1), np.stack([x + half, y], 1)
    return f32(np.concatenate([left, right[::-1]]))


def paint_road(canvas: SceneCanvas, rng: np.random.Generator, view: View, start: float) -> None:
    """Paint a road of earth as a thing of its own, with ruts."""
    (rng,) = rng.spawn(1)
    world = canvas.world
    canvas.begin("ground")
    outline = winding(rng, view, canvas.shape[1], rng.uniform(1.6, 3.2), start, rng.uniform(1.0, 2.4))
    mask = canvas.shape_of(outline)
    earth = mix(world.pick(rng, "earth"), (0.80, 0.70, 0.55), rng.uniform(0, 0.5))
    paint_meadow(canvas, rng, view, mask, earth, mix(earth, (0.4, 0.32, 0.25), 0.4))
    half, broken = len(outline) // 2, ground_noise(canvas, rng, view, 8, 0.7)
    for share in (0.28, 0.72):
        left, right = outline[:half], outline[: half - 1 : -1]
        rut = left * f32(1 - share) + right * f32(share)
        wide = np.abs(right[:, 0] - left[:, 0]) * 0.09
        strip = np.concatenate([rut - np.stack([wide, 0 * wide], 1), (rut + np.stack([wide, 0 * wide], 1))[::-1]])
        canvas.shade(f32(canvas.shape_of(f32(strip)) * (0.6 + 0.5 * broken)), 0.22)


def wavy(rng: np.random.Generator, width: int, level: float, rough: float, waves: float = 3) -> Array:
    """Draw a gently wavy line: row (W,) for every column about `level`, by up to `rough` pixels."""
    n = int(waves) + 4
    points = np.stack([np.linspace(-0.2, 1.2, n) * width, level + rng.normal(0, 0.5, n) * rough], 1)
    curve = spline(f32(points))
    return f32(np.interp(np.arange(width), curve[:, 0], curve[:, 1]))
