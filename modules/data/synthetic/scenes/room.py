"""A room in one-point perspective: walls, floor, windows, doors, and boxes that stand in it."""

from dataclasses import dataclass

import numpy as np

from ..drawing.light import Colour, mix
from ..drawing.shapes import Array, f32, noise, ribbon, smoothstep
from .scene_canvas import SceneCanvas

Point = tuple[float, float, float]  # metres: to the right of the middle, up, away from us
TINTS: tuple[Colour, ...] = (
    (0.74, 0.70, 0.60),
    (0.56, 0.62, 0.58),
    (0.62, 0.50, 0.40),
    (0.80, 0.76, 0.70),
    (0.44, 0.48, 0.56),
    (0.66, 0.40, 0.34),
    (0.50, 0.52, 0.40),
    (0.84, 0.76, 0.56),
)
FLOORS: tuple[Colour, ...] = (
    (0.52, 0.36, 0.24),
    (0.44, 0.32, 0.24),
    (0.66, 0.52, 0.38),
    (0.60, 0.40, 0.32),
    (0.56, 0.54, 0.50),
)


@dataclass(frozen=True)
class Room:
    """What the eye sees of a room: half its width, height and depth in metres, and the eye in it."""

    half: float
    tall: float
    deep: float
    eye: float  # height of the eye
    aside: float  # where the vanishing point lies, to the right of the middle, in metres
    focus: float  # pixels of a metre at a metre's distance
    middle: tuple[float, float]  # pixels of the vanishing point

    def at(self, point: Point) -> tuple[float, float]:
        """Project a point to pixels."""
        x, y, z = point
        scale = self.focus / (z + 1.6)
        return self.middle[0] + (x - self.aside) * scale, self.middle[1] + (self.eye - y) * scale

    def metre(self, away: float) -> float:
        """Pixels of a metre at that distance."""
        return self.focus / (away + 1.6)

    def outline(self, *points: Point) -> Array:
        return f32([self.at(point) for point in points])


def make_room(canvas: SceneCanvas, rng: np.random.Generator) -> Room:
    """Draw a room that fills the picture."""
    h, w = canvas.shape
    deep, tall = rng.uniform(2.2, 4.5), rng.uniform(2.5, 3.3)
    half = 0.5 * tall * (w / h) * rng.uniform(0.85, 1.25)
    eye, aside = rng.uniform(1.25, 1.7), rng.uniform(-0.45, 0.45) * half
    focus = h / tall * (deep + 1.6) * rng.uniform(0.5, 0.72)
    return Room(half, tall, deep, eye, aside, focus, ((0.5 + 0.3 * aside / half) * w, rng.uniform(0.4, 0.5) * h))


def paint_room(canvas: SceneCanvas, rng: np.random.Generator, room: Room) -> float:
    """Paint walls with a window or door, and the floor; returns from which side the light comes, -1 or 1."""
    world = canvas.world
    side = float(np.sign(world.light.direction[0]) or 1)
    canvas.begin("wall")
    canvas.cover(np.ones(canvas.shape, np.float32), world.tone_of(TINTS[0], 0.4))
    tint = TINTS[int(rng.integers(0, len(TINTS)))]
    x, t, d = room.half, room.tall, room.deep
    ceiling = room.outline((-x, t, -1.5), (x, t, -1.5), (x, t, d), (-x, t, d))
    _plane(canvas, rng, ceiling, mix(tint, (0.9, 0.88, 0.84), 0.6), 0.5)
    for s in (-1, 1):
        _plane(
            canvas,
            rng,
            room.outline((s * x, 0, -1.5), (s * x, t, -1.5), (s * x, t, d), (s * x, 0, d)),
            tint,
            0.36 if s == side else 0.66,
        )
    back = room.outline((-x, 0, d), (x, 0, d), (x, t, d), (-x, t, d))
    _plane(canvas, rng, back, tint, 0.54)
    glow = np.clip(1 - np.abs(canvas.x - room.at((side * x, 0, d))[0]) / (0.9 * canvas.unit), 0, 1)
    canvas.veil(f32(canvas.shape_of(back) * glow * 0.22), world.air.key)
    _fittings(canvas, rng, room, side)
    canvas.begin("ground")
    floor = room.outline((-x, 0, -1.5), (x, 0, -1.5), (x, 0, d), (-x, 0, d))
    _floor(canvas, rng, room, floor)
    return side


def _plane(canvas: SceneCanvas, rng: np.random.Generator, outline: Array, colour: Colour, value: float) -> None:
    """Paint a wall or ceiling: one tone, uneven."""
    world = canvas.world
    mask = canvas.shape_of(outline)
    strength = 0.5 + 0.8 * world.light.contrast
    uneven = value + 0.07 * noise(rng, canvas.shape, 4, 3) - 0.10 * (1 - canvas.y / canvas.shape[0])
    shade = f32(np.clip(0.55 + (uneven - 0.55) * strength, 0.03, 1))
    canvas.cover(mask, world.ramp(colour)[(shade * 255).astype(np.uint8)])
    canvas.dabs(mask, rng, angle=1.2, size=1.4, length=3.5, broken=0.6, spread=0.5)


def _floor(canvas: SceneCanvas, rng: np.random.Generator, room: Room, outline: Array) -> None:
    """Paint floor boards or tiles that run to the vanishing point."""
    mask = canvas.shape_of(outline)
    colour = FLOORS[int(rng.integers(0, len(FLOORS)))]
    away = room.focus * room.eye / np.maximum(canvas.y - room.middle[1], 1.0)
    across = (canvas.x - room.middle[0]) * away / room.focus + room.aside
    rows = np.broadcast_to(away, canvas.shape)
    if rng.random() < 0.5:
        step = rng.uniform(0.3, 0.5)
        odd = (np.floor(across / step) + np.floor(rows / step)) % 2
        value = 0.46 + 0.2 * odd
    else:
        board = np.floor(across / rng.uniform(0.12, 0.22))
        value = 0.55 + 0.11 * np.sin(board * 12.9) + 0.05 * np.sin(rows * 40 + board * 5)
    value = value + 0.04 * noise(rng, canvas.shape, 4, 2, 2.0) - 0.05 * np.clip(rows - 1.5, 0, 4) / 4
    canvas.form(mask, f32(np.clip(value, 0.05, 1)), colour, gloss=0.2)
    canvas.dabs(mask, rng, angle=0.05, size=0.6, length=3, broken=0.6, spread=0.2)


def _fittings(canvas: SceneCanvas, rng: np.random.Generator, room: Room, side: float) -> None:
    """Hang a window, a door and pictures; they belong to the wall."""
    world, d = canvas.world, room.deep
    taken: list[tuple[float, float]] = []
    place = rng.uniform(-0.75, 0.15) * room.half * side * -1
    if rng.random() < 0.65:
        wide, low, high = rng.uniform(0.45, 0.8), rng.uniform(0.8, 1.1), rng.uniform(1.9, 2.3)
        pane = room.outline(
            (place - wide, low, d), (place + wide, low, d), (place + wide, high, d), (place - wide, high, d)
        )
        _window(canvas, rng, pane)
        taken.append((place - 1.2 * wide, place + 1.2 * wide))
    z = rng.uniform(0.2, 0.5) * d
    s, x = side, room.half
    if rng.random() < 0.6:
        pane = room.outline((s * x, 0.9, z), (s * x, 0.9, z + 1.1), (s * x, 2.2, z + 1.1), (s * x, 2.2, z))
        _window(canvas, rng, pane)
    for _ in range(int(rng.integers(0, 4))):
        at, wide, tall = rng.uniform(-0.85, 0.85) * x, rng.uniform(0.15, 0.4), rng.uniform(0.2, 0.45)
        low = rng.uniform(1.3, 1.8)
        if any(left < at + wide and at - wide < right for left, right in taken):
            continue
        taken.append((at - wide, at + wide))
        frame = room.outline(
            (at - wide, low, d), (at + wide, low, d), (at + wide, low + tall, d), (at - wide, low + tall, d)
        )
        middle = frame.mean(axis=0)
        canvas.shade(canvas.shape_of(frame + f32([-side * 0.02, 0.03]) * f32(room.metre(d))), 0.35)
        canvas.polygon(frame, world.tone_of((0.58, 0.42, 0.20), 0.55), canvas.now)
        inner = middle + (frame - middle) * f32(0.78)
        canvas.polygon(
            inner, world.tone_of((rng.uniform(0.2, 0.6), rng.uniform(0.25, 0.55), rng.uniform(0.2, 0.6)), 0.5)
        )
        canvas.polygon(
            middle + (inner - middle) * f32([1, 0.4]) + f32([0, 0.28 * np.ptp(inner[:, 1])]),
            world.tone_of((0.4, 0.36, 0.24), 0.45),
        )


def _window(canvas: SceneCanvas, rng: np.random.Generator, pane: Array) -> None:
    world = canvas.world
    middle = pane.mean(axis=0)
    dark = world.hour in ("candle", "lamp")
    sky = (0.12, 0.16, 0.28) if dark else mix(world.air.key, (0.80, 0.88, 0.95), 0.5)
    canvas.polygon(middle + (pane - middle) * f32(1.14), world.tone_of((0.72, 0.68, 0.60), 0.6), canvas.now)
    canvas.polygon(pane, sky, canvas.now)
    low = pane.copy()
    low[2:] = pane[2:] * f32(0.4) + pane[[1, 0]] * f32(0.6)
    if rng.random() < 0.6:
        canvas.polygon(low, mix(sky, (0.40, 0.50, 0.34), 0.2 if dark else 0.55), opacity=0.8)
    for t in (0.34, 0.67):
        for one, two in (((0, 1), (3, 2)), ((0, 3), (1, 2))):
            a, b = pane[one[0]] * f32(1 - t) + pane[one[1]] * f32(t), pane[two[0]] * f32(1 - t) + pane[two[1]] * f32(t)
            canvas.polygon(
                ribbon(np.stack([a, b]), max(0.05 * float(np.ptp(pane[:, 1])) * 0.5, 0.8), (1, 1)),
                world.tone_of((0.66, 0.62, 0.56), 0.45),
            )
    if not dark:
        reach = max(float(np.ptp(pane[:, 1])), 1.0)
        away = np.hypot(canvas.x - middle[0], canvas.y - middle[1]) / reach
        canvas.veil(f32(np.exp(-away * 1.6) * 0.3), world.air.key)


def paint_light_patch(canvas: SceneCanvas, rng: np.random.Generator, room: Room, side: float) -> None:
    """Let the window's light fall on the floor."""
    z, x = rng.uniform(0.1, 0.45) * room.deep, side * room.half * rng.uniform(0.1, 0.6)
    world = canvas.world
    for k in (0, 1):
        a, b = z + 0.62 * k, z + 0.62 * k + 0.5
        patch = room.outline((x, 0, a), (x - side * 1.1, 0, a - 0.3), (x - side * 1.1, 0, b - 0.3), (x, 0, b))
        mask = canvas.shape_of(patch)
        canvas.veil(f32(mask * 0.4 * world.light.contrast), world.air.key)


def box(canvas: SceneCanvas, room: Room, low: Point, high: Point, colour: Colour, side: float) -> None:
    """Paint a box that stands in the room on the present thing: top, the flank that we see, front."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    tone = canvas.world.tone_of
    if room.eye > y1:
        canvas.polygon(
            room.outline((x0, y1, z0), (x1, y1, z0), (x1, y1, z1), (x0, y1, z1)), tone(colour, 0.76), canvas.now
        )
    flank = x1 if x1 < room.aside else x0 if x0 > room.aside else None
    if flank is not None:
        lit = 0.66 if (flank == x1) == (side > 0) else 0.3
        canvas.polygon(
            room.outline((flank, y0, z0), (flank, y1, z0), (flank, y1, z1), (flank, y0, z1)),
            tone(colour, lit),
            canvas.now,
        )
    canvas.polygon(room.outline((x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0)), tone(colour, 0.48), canvas.now)


def floor_shadow(canvas: SceneCanvas, room: Room, low: Point, high: Point, side: float) -> None:
    """Cast the shadow of a box over the floor."""
    (x0, _, z0), (x1, y1, z1) = low, high
    away = -side * 0.55 * y1
    a, b = min(x0, x0 + away), max(x1, x1 + away)
    mask = canvas.shape_of(room.outline((a, 0, z0 - 0.06), (b, 0, z0 - 0.06), (b, 0, z1), (a, 0, z1)))
    soft = smoothstep(mask, 0.0, 1.0)
    canvas.shade(f32(soft * 0.8), 0.2 + 0.3 * canvas.world.light.contrast)
