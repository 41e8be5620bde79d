"""Interiors: a room with furniture, things on it, and perhaps somebody in it."""

import numpy as np

from ..drawing.light import Colour
from ..drawing.shapes import f32, ribbon, spline
from .flowers import paint_bunch
from .fruit import FRUITS, paint_book, paint_fruit
from .room import Room, box, floor_shadow, make_room, paint_light_patch, paint_room
from .scene_canvas import SceneCanvas
from .things import CLOTHES, paint_person
from .vessels import TALL, paint_vessel

WOODS: tuple[Colour, ...] = (
    (0.46, 0.30, 0.18),
    (0.60, 0.44, 0.28),
    (0.34, 0.22, 0.15),
    (0.72, 0.68, 0.60),
    (0.50, 0.36, 0.30),
    (0.30, 0.38, 0.40),
)


def compose_interior(canvas: SceneCanvas) -> None:
    """Draw an interior on an empty canvas."""
    rng = canvas.world.rng("interior")
    room = make_room(canvas, rng)
    side = paint_room(canvas, rng, room)
    if rng.random() < 0.5 and canvas.world.hour not in ("candle", "lamp"):
        paint_light_patch(canvas, rng, room, side)
    if rng.random() < 0.35:
        _rug(canvas, rng, room)
    wall = [str(kind) for kind in rng.permutation(["cupboard", "bed", "shelf", "chest"])[: int(rng.integers(1, 3))]]
    x = -0.6 * room.half * (1 if rng.random() < 0.5 else -1)
    for kind in wall:
        _against_wall(canvas, rng, room, kind, x, side)
        x = -x
    if rng.random() < 0.55:
        _curtain(canvas, rng, side)
    z = rng.uniform(0.25, 0.45) * room.deep
    x = rng.uniform(-0.35, 0.35) * room.half
    if rng.random() < 0.6:
        _chair(canvas, rng, room, (x + rng.uniform(0.5, 0.9) * (1 if rng.random() < 0.5 else -1), z + 0.5), side)
    person = rng.random() < 0.5
    if person and rng.random() < 0.5:
        _figure(canvas, rng, room, (x + rng.uniform(-0.8, 0.8), z + 0.75))
        person = False
    if rng.random() < 0.8:
        _table(canvas, rng, room, (x, z), side)
    if person:
        _figure(canvas, rng, room, (x + rng.uniform(0.9, 1.2) * (1 if rng.random() < 0.5 else -1), max(z - 0.3, 0.1)))
    if rng.random() < 0.4:
        _chair(canvas, rng, room, (x + rng.uniform(-0.9, 0.9), max(z - 0.75, -0.2)), side)


def _wood(rng: np.random.Generator) -> Colour:
    return WOODS[int(rng.integers(0, len(WOODS)))]


def _against_wall(canvas: SceneCanvas, rng: np.random.Generator, room: Room, kind: str, x: float, side: float) -> None:
    """Stand a piece of furniture against the back wall."""
    colour, d, world = _wood(rng), room.deep, canvas.world
    wide = rng.uniform(0.45, 0.7)
    if kind == "bed":
        low, high = (x - 0.55, 0.0, d - 1.7), (x + 0.55, 0.5, d)
        floor_shadow(canvas, room, low, high, side)
        canvas.begin("furniture")
        box(canvas, room, (x - 0.58, 0.0, d - 0.08), (x + 0.58, 1.0, d), colour, side)
        box(canvas, room, low, (x + 0.55, 0.3, d), colour, side)
        box(
            canvas,
            room,
            (x - 0.53, 0.3, d - 1.65),
            (x + 0.53, 0.52, d - 0.1),
            CLOTHES[int(rng.integers(0, len(CLOTHES)))],
            side,
        )
        box(canvas, room, (x - 0.4, 0.52, d - 0.5), (x + 0.4, 0.64, d - 0.15), (0.93, 0.92, 0.88), side)
        box(canvas, room, (x - 0.58, 0.0, d - 1.78), (x + 0.58, 0.62, d - 1.7), colour, side)
        return
    tall = {"cupboard": rng.uniform(1.6, 2.0), "shelf": rng.uniform(1.4, 1.9), "chest": rng.uniform(0.7, 1.0)}[kind]
    low, high = (x - wide, 0.0, d - 0.5), (x + wide, tall, d)
    floor_shadow(canvas, room, low, high, side)
    canvas.begin("furniture")
    box(canvas, room, low, high, colour, side)
    n = 2 if kind == "cupboard" else 3
    for k in range(n):
        for row in range(1 if kind == "cupboard" else 3 if kind == "chest" else 4):
            rows = 1 if kind == "cupboard" else 3 if kind == "chest" else 4
            a, b = x - wide + 2 * wide * (k + 0.08) / n, x - wide + 2 * wide * (k + 0.92) / n
            c, e = tall * (row + 0.1) / rows, tall * (row + 0.9) / rows
            panel = room.outline((a, c, d - 0.5), (b, c, d - 0.5), (b, e, d - 0.5), (a, e, d - 0.5))
            canvas.polygon(panel, world.tone_of(colour, 0.2 if kind == "shelf" else 0.38), canvas.now)
            if kind == "shelf":
                _books_on(canvas, rng, panel)
            else:
                inner = panel.mean(axis=0) + (panel - panel.mean(axis=0)) * f32(0.86)
                canvas.polygon(inner, world.tone_of(colour, 0.52), canvas.now)
    if kind != "shelf" and tall < room.eye and rng.random() < 0.8:
        spot, scale = room.at((x + rng.uniform(-0.5, 0.5) * wide, tall, d - 0.25)), 0.45 * room.metre(d)
        canvas.begin("object")
        vessel = str(rng.choice(["jug", "vase", "urn", "candlestick", "pot"]))
        paint_vessel(canvas, rng, spot, scale * TALL[vessel], vessel, 0.15)


def _books_on(canvas: SceneCanvas, rng: np.random.Generator, panel: np.ndarray) -> None:
    (rng,) = rng.spawn(1)  # their number may differ with the size; what is drawn after them must not
    (left, low), (right, high) = panel.min(axis=0), panel.max(axis=0)
    x = float(left)
    while x < right - 1:
        thick = float(right - left) * rng.uniform(0.08, 0.16)
        tone = canvas.world.tone_of(
            (rng.uniform(0.15, 0.65), rng.uniform(0.15, 0.45), rng.uniform(0.12, 0.4)), rng.uniform(0.4, 0.65)
        )
        top = low + (high - low) * rng.uniform(0.12, 0.4)
        end = min(x + 0.9 * thick, float(right))
        canvas.polygon(f32([(x, high), (x, top), (end, top), (end, high)]), tone)
        x += thick


def _table(canvas: SceneCanvas, rng: np.random.Generator, room: Room, at: tuple[float, float], side: float) -> None:
    """Stand a table in the room, and set it."""
    (x, z), colour, wide = at, _wood(rng), rng.uniform(0.5, 0.85)
    deep, tall = 0.7, 0.76
    floor_shadow(canvas, room, (x - wide, 0.0, z), (x + wide, tall, z + deep), side)
    canvas.begin("furniture")
    for a, b in ((x - wide, z + deep - 0.07), (x + wide - 0.07, z + deep - 0.07), (x - wide, z), (x + wide - 0.07, z)):
        box(canvas, room, (a, 0.0, b), (a + 0.07, tall, b + 0.07), colour, side)
    box(canvas, room, (x - wide - 0.05, tall - 0.05, z - 0.05), (x + wide + 0.05, tall, z + deep + 0.05), colour, side)
    if rng.random() < 0.35:
        cloth = CLOTHES[int(rng.integers(0, len(CLOTHES)))]
        canvas.begin("object")
        box(
            canvas,
            room,
            (x - wide - 0.06, tall - rng.uniform(0.2, 0.45), z - 0.06),
            (x + wide + 0.06, tall + 0.01, z + deep + 0.06),
            cloth,
            side,
        )
    scale = 0.5 * room.metre(z + 0.3)
    for depth in np.sort(rng.uniform(0.15, 0.85, int(rng.integers(1, 5))))[::-1]:
        spot = room.at((x + rng.uniform(-0.8, 0.8) * wide, tall, z + depth * deep))
        canvas.begin("object")
        kind = str(rng.choice(["jug", "bottle", "bowl", "mug", "fruit", "books", "flowers", "candlestick"]))
        if kind == "fruit":
            paint_fruit(canvas, rng, spot, 0.22 * scale, str(rng.choice(list(FRUITS))))
        elif kind == "books":
            paint_book(canvas, rng, spot, 0.5 * scale, 2)
        elif kind == "flowers":
            mouth = paint_vessel(canvas, rng, spot, 0.4 * scale, "vase", 0.15)
            canvas.begin("plant")
            paint_bunch(canvas, rng, mouth, 0.5 * scale)
        else:
            paint_vessel(canvas, rng, spot, TALL[kind] * scale * 0.9, kind, 0.2)


def _chair(canvas: SceneCanvas, rng: np.random.Generator, room: Room, at: tuple[float, float], side: float) -> None:
    (x, z), colour, half, seat = at, _wood(rng), 0.21, 0.45
    floor_shadow(canvas, room, (x - half, 0.0, z), (x + half, seat, z + 0.4), side)
    canvas.begin("furniture")
    away = rng.random() < 0.6  # its back is turned to the wall
    legs = [(x - half, z + 0.36), (x + half - 0.045, z + 0.36), (x - half, z), (x + half - 0.045, z)]
    back = z + 0.36 if away else z

    def rest() -> None:
        for a in (x - half, x + half - 0.045):
            box(canvas, room, (a, seat, back), (a + 0.045, 0.98, back + 0.045), colour, side)
        for low in (0.6, 0.74, 0.88):
            box(canvas, room, (x - half, low, back), (x + half, low + 0.07, back + 0.03), colour, side)

    for a, b in legs[:2]:
        box(canvas, room, (a, 0.0, b), (a + 0.045, seat, b + 0.045), colour, side)
    if away:
        rest()
    box(canvas, room, (x - half, seat - 0.05, z), (x + half, seat, z + 0.4), (0.72, 0.60, 0.36), side)
    for a, b in legs[2:]:
        box(canvas, room, (a, 0.0, b), (a + 0.045, seat, b + 0.045), colour, side)
    if not away:
        rest()


def _figure(canvas: SceneCanvas, rng: np.random.Generator, room: Room, at: tuple[float, float]) -> None:
    x, z = at
    foot, tall = room.at((x, 0.0, z)), 1.65 * room.metre(z)
    floor_shadow(
        canvas, room, (x - 0.2, 0.0, z - 0.1), (x + 0.2, 0.9, z + 0.15), float(np.sign(canvas.world.light.direction[0]))
    )
    canvas.begin("person")
    paint_person(canvas, rng, foot, tall, 0.0)


def _rug(canvas: SceneCanvas, rng: np.random.Generator, room: Room) -> None:
    """Lay a rug with a border on the floor."""
    x, z = rng.uniform(-0.3, 0.3) * room.half, rng.uniform(0.0, 0.3) * room.deep
    wide, deep = rng.uniform(0.7, 1.3), rng.uniform(0.8, 1.5)
    canvas.begin("object")
    colours = [CLOTHES[int(k)] for k in rng.permutation(len(CLOTHES))[:3]]
    for share, colour in zip((1.0, 0.86, 0.74), colours, strict=True):
        a, b = wide * share, deep * share / 2
        c = z + deep / 2
        canvas.polygon(
            room.outline((x - a, 0, c - b), (x + a, 0, c - b), (x + a, 0, c + b), (x - a, 0, c + b)),
            canvas.world.tone_of(colour, 0.55),
            canvas.now,
        )
    canvas.dabs(canvas.own, rng, angle=0.0, size=0.9, length=3, broken=1.4, spread=0.5)


def _curtain(canvas: SceneCanvas, rng: np.random.Generator, side: float) -> None:
    """Hang a curtain at the light's side, in long folds."""
    world, (h, w) = canvas.world, canvas.shape
    canvas.begin("object")
    colour = CLOTHES[int(rng.integers(0, len(CLOTHES)))]
    start = w if side > 0 else 0
    wide = rng.uniform(0.06, 0.14) * w
    folds = 6
    for k in range(folds):
        x = start - side * wide * (folds - k - 0.5) / folds * 1.2
        line = spline(
            f32([(x, -0.1 * h), (x + rng.normal(0, 0.01) * w, 0.5 * h), (x + rng.normal(0, 0.03) * w, 1.1 * h)])
        )
        canvas.polygon(
            ribbon(line, wide / folds * 2.6, (1, 1)),
            world.tone_of(colour, 0.3 + 0.4 * (k % 2) + rng.normal(0, 0.05)),
            canvas.now,
        )
    canvas.dabs(canvas.own, rng, angle=np.pi / 2, size=0.9, length=5, broken=0.7, spread=0.1)
