"""Still lifes: a wall, a table, perhaps a cloth, and vessels, fruit, flowers and books, those behind first."""

import cv2
import numpy as np

from ..drawing.light import Colour
from ..drawing.shapes import Array, ellipse, f32, noise, ribbon, smoothstep, spline
from .flowers import paint_bunch
from .fruit import FRUITS, paint_book, paint_fruit
from .scene_canvas import SceneCanvas
from .vessels import PROFILES, TALL, paint_vessel

WALLS: tuple[Colour, ...] = (
    (0.42, 0.38, 0.32),
    (0.62, 0.60, 0.54),
    (0.30, 0.34, 0.34),
    (0.56, 0.44, 0.34),
    (0.36, 0.42, 0.50),
    (0.72, 0.66, 0.54),
    (0.46, 0.28, 0.24),
    (0.34, 0.40, 0.32),
    (0.80, 0.78, 0.74),
)
WOODS: tuple[Colour, ...] = (
    (0.46, 0.30, 0.18),
    (0.60, 0.44, 0.28),
    (0.34, 0.22, 0.15),
    (0.66, 0.56, 0.42),
    (0.40, 0.36, 0.32),
)
CLOTHS: tuple[Colour, ...] = (
    (0.92, 0.90, 0.86),
    (0.90, 0.88, 0.84),
    (0.56, 0.18, 0.16),
    (0.24, 0.32, 0.42),
    (0.74, 0.66, 0.46),
    (0.30, 0.36, 0.28),
    (0.78, 0.52, 0.46),
)
# Of modern painters: plain and light, or plain and strong.
PLAIN: tuple[Colour, ...] = (
    (0.93, 0.91, 0.86),
    (0.86, 0.88, 0.90),
    (0.92, 0.82, 0.48),
    (0.62, 0.76, 0.74),
    (0.90, 0.72, 0.66),
    (0.50, 0.62, 0.78),
    (0.62, 0.70, 0.50),
)


def compose_still_life(canvas: SceneCanvas) -> None:
    """Draw a still life on an empty canvas."""
    world, (h, w) = canvas.world, canvas.shape
    rng = world.rng("still life")
    back, tilt = rng.uniform(0.5, 0.68) * h, rng.uniform(0.14, 0.32)
    front = back + (0.16 + tilt) * rng.uniform(0.75, 1.15) * h
    wall = WALLS[int(rng.integers(0, len(WALLS)))]
    modern = world.rng("modern")
    plain = modern.random() < 0.3
    _wall(canvas, rng, PLAIN[int(modern.integers(0, len(PLAIN)))] if plain else wall)
    if rng.random() < 0.3:
        _drape(canvas, rng)
    _table(canvas, rng, back, front, PLAIN[int(modern.integers(0, len(PLAIN)))] if plain else None)
    if rng.random() < 0.55:
        _cloth(canvas, rng, back, front)
    size = min(w * 1.15, h) * rng.uniform(0.42, 0.58)
    if modern.random() < 0.35:
        _crumpled_cloth(canvas, modern, back, front, size)
    if modern.random() < 0.2:
        _bouquet(canvas, modern, back, front, tilt)
        return
    _things(canvas, rng, back, front, size, tilt)


def _wall(canvas: SceneCanvas, rng: np.random.Generator, colour: Colour) -> None:
    """Paint a wall as a thing of its own, lit from one side and patchy."""
    (rng,) = rng.spawn(1)
    world, (h, w) = canvas.world, canvas.shape
    canvas.begin("wall")
    mask = np.ones(canvas.shape, np.float32)
    side = world.light.direction[0]
    glow = 0.5 + 0.42 * side * (canvas.x / w - 0.5) * 2 * rng.uniform(0.2, 1)
    fall = -0.22 * rng.random() * (1 - canvas.y / h)
    patches = noise(rng, canvas.shape, rng.uniform(3, 7), 4) * 0.10
    base = 0.55 - 0.22 * world.light.contrast
    value = base + 0.42 * (glow - 0.5) + fall + patches
    canvas.form(mask, f32(np.clip(value, 0.03, 0.95)), colour)
    smooth = world.ramp(colour)[np.clip(f32(np.clip(value, 0.03, 0.95)) * 255, 0, 255).astype(np.uint8)]
    canvas.lay(mask * f32(0.75), f32(smooth))
    canvas.dabs(mask, rng, angle=0.9, size=1.7, length=3.5, broken=0.7, spread=0.7)


def _drape(canvas: SceneCanvas, rng: np.random.Generator) -> None:
    """Hang a curtain beside the things."""
    h, w = canvas.shape
    canvas.begin("object")
    right = rng.random() < 0.5
    edge = rng.uniform(0.14, 0.34) * w
    points = [
        (edge * rng.uniform(0.8, 1.3), -10.0),
        (edge * rng.uniform(0.6, 1.1), 0.35 * h),
        (edge * rng.uniform(0.2, 0.7), 0.62 * h),
        (-0.1 * w, 0.78 * h),
    ]
    line = spline(f32(points))
    if right:
        line = f32([w, 0]) + line * f32([-1, 1])
    corner = f32([[1.2 * w if right else -0.2 * w, 0.9 * h], [1.2 * w if right else -0.2 * w, -20]])
    mask = canvas.shape_of(f32(np.concatenate([line, corner])))
    _folds(canvas, rng, mask, CLOTHS[int(rng.integers(2, len(CLOTHS)))], rng.uniform(-0.4, 0.4), 7)


def _folds(
    canvas: SceneCanvas, rng: np.random.Generator, mask: Array, colour: Colour, lean: float, cells: float
) -> None:
    """Paint cloth that falls in folds along a direction `lean` from upright."""
    world = canvas.world
    warp = noise(rng, canvas.shape, 3, 2) * 0.03 * canvas.unit
    across = (canvas.x * np.cos(lean) + canvas.y * np.sin(lean) + warp) / canvas.unit
    phase = rng.uniform(0, 6)
    height = np.sin(across * cells * 4 + phase) + 0.4 * np.sin(across * cells * 9.3 + 2 * phase)
    height = (height + 0.3 * noise(rng, canvas.shape, 6, 3)) * 0.16 / cells * canvas.unit * 0.5
    value = world.light.value(f32(height))
    canvas.form(mask, f32(np.clip(value, 0.03, 1)), colour, gloss=0.1)
    canvas.dabs(mask, rng, angle=np.pi / 2 + lean, size=0.9, length=4, broken=0.6)


def _table(
    canvas: SceneCanvas, rng: np.random.Generator, back: float, front: float, paint: Colour | None = None
) -> None:
    """Paint a table's top from row `back` to `front`, and the board below its edge; of wood without a `paint`."""
    world, (h, w) = canvas.world, canvas.shape
    canvas.begin("furniture")
    wood = WOODS[int(rng.integers(0, len(WOODS)))]
    wood = wood if paint is None else paint
    inset = rng.uniform(-0.1, 0.1) * w if rng.random() < 0.35 else -0.1 * w
    side = 1 if rng.random() < 0.5 else -1
    left, right = (inset, 1.1 * w) if side > 0 else (-0.1 * w, w - inset)
    slant = 0.5 * (front - back) * (inset > 0)
    top = canvas.shape_of(
        f32([(left + slant * (side > 0), back), (right - slant * (side < 0), back), (right, front), (left, front)])
    )
    grain = noise(rng, canvas.shape, 26, 3, 9.0)
    deep = np.clip((canvas.y - back) / max(front - back, 1), 0, 1)
    lit = world.light.direction[0] * (canvas.x / w - 0.5)
    value = 0.56 + 0.07 * grain * world.detail + 0.10 * deep + 0.34 * lit
    canvas.form(top, f32(np.clip(value, 0.03, 1)), wood, gloss=0.15)
    canvas.dabs(top, rng, angle=0.0, size=1.1, length=5.0, broken=0.6, spread=0.08)
    board = canvas.shape_of(f32([(left, front), (right, front), (right, h + 9), (left, h + 9)]))
    edge = np.clip(1 - np.abs(canvas.y - front) / (0.006 * canvas.unit + 0.6), 0, 1)
    below = 0.26 + 0.06 * grain * world.detail + 0.16 * lit - 0.14 * smoothstep(canvas.y, front + 0.03 * h, h)
    canvas.form(board, f32(np.clip(below, 0.02, 1)), wood)
    canvas.dabs(board, rng, angle=0.0, size=1.1, length=4.0, broken=0.6, spread=0.15)
    canvas.lay(f32(edge * canvas.own * 0.6), world.tone_of(wood, 0.85))


def _cloth(canvas: SceneCanvas, rng: np.random.Generator, back: float, front: float) -> None:
    """Lay a cloth over a part of the table; it hangs over the edge."""
    world, (h, w) = canvas.world, canvas.shape
    canvas.begin("object")
    a, b = sorted((rng.uniform(-0.3, 0.45) * w, rng.uniform(0.5, 1.3) * w))
    far, low = back + rng.uniform(0.02, 0.45) * (front - back), front + rng.uniform(0.08, 0.3) * h
    colour = CLOTHS[int(rng.integers(0, len(CLOTHS)))]
    n = 9
    hem = np.stack([np.linspace(b, a, n), low + rng.normal(0, 0.018, n) * h], 1)
    upper = np.stack([np.linspace(a, b, n), far + rng.normal(0, 0.008, n) * h], 1)
    outline = np.concatenate([spline(f32(upper)), spline(f32(hem))])
    mask = canvas.shape_of(f32(outline))
    lying = f32(mask * np.clip(front - canvas.y + 0.5, 0, 1))
    creases = noise(rng, canvas.shape, rng.uniform(5, 9), 3, 1.6)
    rumpled = world.light.value(f32(creases * 0.018 * canvas.unit))
    canvas.form(lying, f32(np.clip(rumpled + 0.12, 0.03, 1)), colour)
    _folds(canvas, rng, f32(mask * np.clip(canvas.y - front + 0.5, 0, 1)), colour, rng.normal(0, 0.1), 8)
    fall = f32(np.clip((canvas.y - front) / (0.2 * h), 0, 1) * mask)
    canvas.shade(f32(np.clip(fall + (canvas.y > front) * 0.35, 0, 1) * mask), 0.4)
    canvas.dabs(lying, rng, angle=0.3, size=1.0, length=3.5, broken=0.6, spread=0.5)
    if rng.random() < 0.3:
        stripe = np.clip(np.sin((canvas.x + 0.3 * canvas.y) / canvas.unit * 60) * 3 - 1.8, 0, 1) * mask
        canvas.lay(f32(stripe * 0.5), world.tone_of((0.30, 0.36, 0.52), 0.55))


def _crumpled_cloth(canvas: SceneCanvas, rng: np.random.Generator, back: float, front: float, size: float) -> None:
    """Throw a cloth on the table: a heap of sharp folds, some of it over the edge."""
    w = canvas.shape[1]
    canvas.begin("object")
    x, y = rng.uniform(0.25, 0.75) * w, back + rng.uniform(0.4, 0.9) * (front - back)
    wide, tall = size * rng.uniform(0.6, 1.3), size * rng.uniform(0.25, 0.6)
    around = np.linspace(0, 2 * np.pi, 13, endpoint=False)
    far = rng.uniform(0.65, 1.15, len(around)) * np.where(np.sin(around) > 0, rng.uniform(0.8, 1.8), 1.0)
    outline = np.stack([x + wide * far * np.cos(around), y + tall * far * np.sin(around)], 1)
    mask = canvas.shape_of(spline(f32(np.concatenate([outline, outline[:1]]))))
    folds = np.zeros(canvas.shape, np.float32)
    for cells, deep in ((rng.uniform(3, 5), 1.0), (rng.uniform(6, 10), 0.5)):
        folds += deep * (1 - 2 * np.abs(noise(rng, canvas.shape, cells, 2, rng.uniform(0.6, 1.6))))
    value = canvas.world.light.value(f32(folds * 0.035 * canvas.unit)) + 0.14 * folds
    canvas.form(mask, f32(np.clip(value, 0.03, 1)), CLOTHS[int(rng.integers(0, len(CLOTHS)))])
    canvas.dabs(mask, rng, angle=0.6, size=0.9, length=3.5, broken=0.6, spread=0.8)


def _bouquet(canvas: SceneCanvas, rng: np.random.Generator, back: float, front: float, tilt: float) -> None:
    """Let a bunch of flowers in a vase fill the picture."""
    h, w = canvas.shape
    foot = (rng.uniform(0.42, 0.58) * w, back + rng.uniform(0.3, 0.8) * (front - back))
    size = min(rng.uniform(0.5, 0.62) * h, 0.62 * w)
    tall = TALL["vase"] * size * rng.uniform(0.45, 0.65)
    cast_on_table(canvas, foot, PROFILES["vase"][0][1] * tall * 1.2, tall, tilt)
    canvas.begin("plant")
    paint_bunch(canvas, rng, (foot[0], foot[1] - tall), size, int(rng.integers(14, 34)))
    canvas.begin("object")
    paint_vessel(canvas, rng, foot, tall, "vase", 0.0)


def cast_on_table(canvas: SceneCanvas, foot: tuple[float, float], half: float, tall: float, tilt: float) -> None:
    """Cast a thing's shadow over what is there: dark under its foot, soft and long away from the light."""
    world, (x, y) = canvas.world, foot
    away = -np.sign(world.light.direction[0])
    long = 0.55 * tall
    ends = f32([(x, y), (x + away * long, y - 0.25 * tilt * long)])
    soft = canvas.shape_of(ribbon(ends, 2.0 * half, (0.95, 0.5)))
    flat = canvas.shape_of(ellipse((x + away * 0.5 * long, y), 0.5 * long + half, half * max(tilt, 0.2) * 1.1))
    near = canvas.shape_of(ellipse((x + away * 0.15 * half, y), 1.12 * half, 1.2 * half * max(tilt, 0.2)))
    blurred = cv2.GaussianBlur(flat, (0, 0), max(0.05 * long, 0.6)) * (0.6 + 0.4 * (soft > 0))
    strength = 0.3 + 0.35 * world.light.contrast
    canvas.shade(f32(blurred), strength)
    canvas.shade(f32(cv2.GaussianBlur(near, (0, 0), max(0.1 * half, 0.5)) * 0.8), 0.45)


def _things(canvas: SceneCanvas, rng: np.random.Generator, back: float, front: float, size: float, tilt: float) -> None:
    """Set the table: tall things behind, a bowl of fruit, small things in front, in a loose pyramid."""
    world, w = canvas.world, canvas.shape[1]
    middle = rng.uniform(0.4, 0.6) * w
    flowers = rng.random() < 0.42
    tall = [
        str(rng.choice(["bottle", "flask", "jug", "vase", "urn", "candlestick", "goblet"]))
        for _ in range(int(rng.integers(1, 4)))
    ]
    low = [str(rng.choice(["pot", "mug", "bowl", "goblet", "books"])) for _ in range(int(rng.integers(0, 3)))]
    kinds = [str(k) for k in rng.choice(list(FRUITS), 3, replace=False)]
    spots = []
    for k, kind in enumerate(tall):
        spots.append(
            (
                rng.uniform(0.1, 0.45),
                middle + (k - (len(tall) - 1) / 2) * size * rng.uniform(0.42, 0.6) + rng.normal(0, 0.05) * size,
                kind,
            )
        )
    for kind in low:
        spots.append((rng.uniform(0.35, 0.65), middle + rng.uniform(-0.75, 0.75) * size, kind))
    for _ in range(int(rng.integers(2, 6))):
        spots.append((rng.uniform(0.55, 0.92), middle + rng.uniform(-0.8, 0.8) * size, "fruit"))
    if flowers:
        spots.append((rng.uniform(0.05, 0.3), middle + rng.normal(0, 0.1) * size, "flowers"))
    for depth, x, kind in sorted(spots):
        y, scale = back + depth * (front - back), size * (0.86 + 0.22 * depth)
        x = float(np.clip(x, 0.08 * w, 0.92 * w))
        if kind == "fruit":
            _heap(canvas, rng, (x, y), 0.21 * scale, kinds, tilt)
        elif kind == "books":
            cast_on_table(canvas, (x, y), 0.25 * scale, 0.2 * scale, tilt)
            canvas.begin("object")
            paint_book(canvas, rng, (x, y), 0.5 * scale, int(rng.integers(1, 4)))
        else:
            _vessel(canvas, rng, (x, y), scale, kind, kinds, tilt)
    if world.rng("knife").random() < 0.2:
        _knife(canvas, rng, (middle, back + 0.9 * (front - back)), 0.5 * size)


def _vessel(
    canvas: SceneCanvas,
    rng: np.random.Generator,
    foot: tuple[float, float],
    scale: float,
    kind: str,
    kinds: list[str],
    tilt: float,
) -> None:
    """Set down a vessel: a bowl perhaps full of fruit, a vase perhaps with flowers, each one thing."""
    name = "vase" if kind == "flowers" else kind
    if kind == "flowers":
        scale = min(scale, foot[1] / 1.42)  # they stay in the picture
    tall = TALL[name] * scale * (0.6 if kind == "flowers" else rng.uniform(0.85, 1.1))
    cast_on_table(canvas, foot, PROFILES[name][0][1] * tall * 1.2, tall, tilt)
    if kind == "flowers":
        canvas.begin("plant")
        mouth = (foot[0], foot[1] - tall)
        paint_bunch(canvas, rng, mouth, 0.72 * scale)
        canvas.begin("object")
        paint_vessel(canvas, rng, foot, tall, name, 0.0)
        return
    canvas.begin("object")
    if kind == "bowl" and rng.random() < 0.7:
        reach, seed = 1.15 * tall, int(rng.integers(0, 2**31))
        paint_vessel(canvas, np.random.default_rng(seed), foot, tall, kind, tilt)
        for row in (0.0, 1.0):
            for dx in np.linspace(-0.66, 0.66, 5 - 2 * int(row)):
                place = (foot[0] + dx * reach, foot[1] - tall * (0.66 + 0.55 * row))
                paint_fruit(canvas, rng, place, 0.19 * scale, kinds[int(rng.random() < 0.4)])
        paint_vessel(canvas, np.random.default_rng(seed), foot, tall, kind, tilt, front=True)
        return
    paint_vessel(canvas, rng, foot, tall, kind, tilt)


def _heap(
    canvas: SceneCanvas, rng: np.random.Generator, foot: tuple[float, float], fist: float, kinds: list[str], tilt: float
) -> None:
    """Lay one to three fruits beside each other, as one thing."""
    kind = kinds[int(rng.integers(0, len(kinds)))]
    count = 1 if FRUITS[kind].size > 1.4 else int(rng.integers(1, 4))
    spots = sorted(
        (foot[1] + rng.normal(0, 0.12) * fist, foot[0] + (k - (count - 1) / 2) * fist * rng.uniform(0.85, 1.05))
        for k in range(count)
    )
    for y, x in spots:
        cast_on_table(canvas, (x, y), 0.4 * fist * FRUITS[kind].size, 0.9 * fist * FRUITS[kind].size, tilt)
    canvas.begin("object")
    for y, x in spots:
        paint_fruit(canvas, rng, (x, y), fist, kind)


def _knife(canvas: SceneCanvas, rng: np.random.Generator, at: tuple[float, float], size: float) -> None:
    x, y = at
    angle = rng.uniform(-0.35, 0.35)
    way = f32([np.cos(angle), 0.45 * np.sin(angle)])
    cast_on_table(canvas, (x, y + 0.02 * size), 0.1 * size, 0.04 * size, 0.2)
    canvas.begin("object")
    ends = [f32([x, y]) + way * f32(t * size) for t in (-0.5, -0.05, 0.5)]
    canvas.polygon(
        ribbon(np.stack(ends[1:]), 0.075 * size, (1.0, 0.3)), canvas.world.tone_of((0.72, 0.73, 0.75), 0.75), canvas.now
    )
    canvas.polygon(
        ribbon(np.stack(ends[:2]), 0.09 * size, (0.9, 1.0)), canvas.world.tone_of((0.26, 0.18, 0.13), 0.5), canvas.now
    )
