"""Seas: open water, coasts and harbours under a wide sky, with cliffs, rocks and boats."""

import numpy as np

from ..drawing.shapes import f32, noise
from .land import View, ground_mask, paint_hill, paint_meadow, paint_range, ridge_line, wavy
from .scene_canvas import SceneCanvas
from .sky import paint_sky
from .things import paint_birds, paint_boat, paint_house, paint_person, paint_rock, paint_shadow
from .trees import paint_tree
from .water import paint_sea, paint_surf

SAND = ((0.84, 0.74, 0.56), (0.76, 0.66, 0.52), (0.66, 0.58, 0.48))
CLIFFS = ((0.80, 0.76, 0.68), (0.52, 0.44, 0.38), (0.62, 0.48, 0.38), (0.42, 0.41, 0.43))


def compose_sea(canvas: SceneCanvas) -> None:
    """Draw a sea on an empty canvas."""
    world, (h, w) = canvas.world, canvas.shape
    rng = world.rng("sea")
    horizon = rng.uniform(0.3, 0.62)
    view = View(horizon * h, float(h), rng.uniform(2.5, 7))
    rough = {"storm": rng.uniform(0.6, 1), "overcast": rng.uniform(0.2, 0.7), "mist": 0.05}.get(
        world.hour, rng.uniform(0, 0.5)
    )
    paint_sky(canvas, horizon)
    if rng.random() < 0.4:
        canvas.begin("mountain")
        if rng.random() < 0.5:
            paint_range(canvas, rng, view.horizon + 2, rng.uniform(0.05, 0.2) * h, 0.75)
        else:
            tail = np.linspace(rng.uniform(-1, 1), rng.uniform(-1, 1), w)
            line = wavy(rng, w, view.horizon, 0.05 * h, 3) - f32(tail * 0.05 * h)
            paint_hill(canvas, rng, line, view.horizon + 0.02 * h, world.pick(rng, "grass"), 0.7)
    line = np.full(w, view.horizon, np.float32)
    paint_sea(canvas, rng, view, ground_mask(canvas, line), rough)
    boats = np.sort(rng.uniform(0.02, 0.16, int(rng.integers(0, 4))))
    for near in boats:
        size = min(view.metre(near) * rng.uniform(7, 13), 0.2 * w)
        paint_boat(canvas, rng, (rng.uniform(0.08, 0.92) * w, view.row(near)), size, view.distance(near), True)
    if rng.random() < 0.45:
        _cliff(canvas, rng, view)
    if rng.random() < 0.35:
        size = rng.uniform(0.16, 0.42) * min(w, h)
        near = rng.uniform(0.25, 0.5)
        paint_boat(canvas, rng, (rng.uniform(0.2, 0.8) * w, view.row(near)), size, 0.0, rng.random() < 0.7)
    if rng.random() < 0.6:
        _birds(canvas, rng, view)
    if rng.random() < 0.45:
        _beach(canvas, rng, view)
    elif rng.random() < 0.6:
        _rocks(canvas, rng, view)


def _birds(canvas: SceneCanvas, rng: np.random.Generator, view: View) -> None:
    w = canvas.shape[1]
    place = (rng.uniform(0.15, 0.85) * w, rng.uniform(0.35, 0.85) * view.horizon)
    paint_birds(canvas, rng, place, rng.uniform(0.008, 0.02) * canvas.unit, int(rng.integers(3, 9)))


def _cliff(canvas: SceneCanvas, rng: np.random.Generator, view: View) -> None:
    """Let a headland come in from one side, with grass, perhaps a house or a lighthouse, on top."""
    world, (h, w) = canvas.world, canvas.shape
    right = rng.random() < 0.5
    reach, high = rng.uniform(0.25, 0.6), rng.uniform(0.1, 0.34) * h
    t = np.linspace(0, 1, w) if right else np.linspace(1, 0, w)
    rise = np.clip((t - (1 - reach)) / (0.35 * reach), 0, 1) ** 0.6
    ragged = ridge_line(rng, w, 0.35, 5, 0.15)
    foot = view.row(rng.uniform(0.04, 0.16))
    top = f32(foot - high * rise * (0.8 + ragged) * (0.75 + 0.25 * t))
    canvas.begin("mountain")
    away = rng.uniform(0.1, 0.35)
    mask = f32(np.clip(canvas.y - top[None] + 0.5, 0, 1) * np.clip(foot - canvas.y + 0.5, 0, 1) * (rise[None] > 0))
    strata = noise(rng, canvas.shape, rng.uniform(16, 30), 4, 0.35)
    layers = noise(rng, canvas.shape, 18, 2, 6.0)
    light = world.light.direction[0] * (1 if right else -1)
    value = 0.52 - 0.18 * light + 0.30 * strata + 0.12 * layers + 0.15 * (canvas.y - top[None] < 0.25 * high)
    canvas.form(mask, f32(np.clip(value, 0.04, 1)), CLIFFS[int(rng.integers(0, len(CLIFFS)))], away)
    depth = (0.10 + 0.08 * strata) * high
    turf = f32(mask * np.clip(depth - (canvas.y - top[None]) + 0.5, 0, 1))
    canvas.form(turf, f32(np.clip(0.62 + 0.2 * layers, 0, 1)), world.pick(rng, "grass"), away)
    canvas.dabs(mask, rng, angle=1.4, size=0.8, length=3.0, broken=1.0, spread=0.35)
    foam = f32(np.clip(1 - np.abs(canvas.y - foot - 1) / (0.006 * canvas.unit + 0.7), 0, 1) * (rise[None] > 0.1))
    canvas.lay(foam * f32(0.5) * f32(np.clip(0.6 + layers, 0, 1)), (0.9, 0.92, 0.92))
    x = int((0.5 + (0.5 - 0.3 * reach) * (1 if right else -1)) * w)
    if rng.random() < 0.5:
        size = min(0.18 * high, 0.07 * h)
        canvas.begin("building")
        paint_house(
            canvas,
            rng,
            (float(x), float(top[min(x, w - 1)]) + 0.15 * size),
            size,
            away,
            "church" if rng.random() < 0.2 else "house",
        )


def _beach(canvas: SceneCanvas, rng: np.random.Generator, view: View) -> None:
    """Lay sand or shingle in front, with surf, people, a boat drawn up, dunes."""
    world, (h, w) = canvas.world, canvas.shape
    line = wavy(rng, w, view.row(rng.uniform(0.5, 0.85)), 0.09 * h, 3) + f32(
        np.linspace(-0.1, 0.1, w) * rng.normal() * h
    )
    if canvas.kinds[-1] == "water":
        paint_surf(canvas, rng, line, rng.uniform(0.008, 0.02) * h)
    mask = ground_mask(canvas, line)
    canvas.begin("ground")
    colour = SAND[int(rng.integers(0, len(SAND)))]
    paint_meadow(canvas, rng, view, mask, colour, (0.60, 0.54, 0.46))
    wet = f32(np.clip(1 - (canvas.y - line[None]) / (0.035 * h), 0, 1) * mask)
    canvas.shade(wet, 0.35)
    things = (
        ["figure"] * int(rng.integers(0, 4)) + ["boat"] * int(rng.random() < 0.4) + ["rocks"] * int(rng.random() < 0.4)
    )
    order = np.sort(rng.uniform(0.72, 0.98, len(things)))
    for near, thing in zip(order, rng.permutation(things), strict=True):
        x = rng.uniform(0.08, 0.92) * w
        y = max(view.row(near), float(line[int(x)]) + 0.02 * h)
        if thing == "figure":
            tall = min(view.metre(near) * 1.7, 0.36 * h)
            paint_shadow(canvas, (x, y), 0.25 * tall, 0.5 * tall)
            canvas.begin("person")
            paint_person(canvas, rng, (x, y), tall, 0.0)
        elif thing == "boat":
            paint_shadow(canvas, (x, y), 0.2 * w, 0.1 * w)
            paint_boat(canvas, rng, (x, y), rng.uniform(0.15, 0.35) * w, 0.0, rng.random() < 0.3)
        else:
            canvas.begin("rock")
            for _ in range(int(rng.integers(1, 5))):
                place = (x + rng.normal(0, 0.08) * w, y + rng.normal(0, 0.01) * h)
                paint_rock(canvas, rng, place, rng.uniform(0.02, 0.07) * canvas.unit, (0.44, 0.42, 0.40))
    if rng.random() < 0.3:
        canvas.begin("plant")
        for _ in range(4):
            place = (rng.uniform(0, 1) * w, h * rng.uniform(0.97, 1.04))
            paint_tree(canvas, rng, place, rng.uniform(0.06, 0.14) * h, "bush", world.pick(rng, "grass"))
    elif world.season == "south" and rng.random() < 0.6:
        canvas.begin("tree")
        paint_tree(
            canvas, rng, (rng.uniform(0.1, 0.9) * w, 0.97 * h), rng.uniform(0.6, 0.9) * h, "palm", (0.30, 0.42, 0.20)
        )


def _rocks(canvas: SceneCanvas, rng: np.random.Generator, view: View) -> None:
    """Place rocks in the surf in front."""
    w = canvas.shape[1]
    canvas.begin("rock")
    side = rng.uniform(0, 1)
    colour = CLIFFS[int(rng.integers(0, len(CLIFFS)))]
    for near in np.sort(rng.uniform(0.55, 1.05, int(rng.integers(2, 8)))):
        x, size = (side + rng.normal(0, 0.2)) * w, near * rng.uniform(0.04, 0.13) * canvas.unit
        y = view.row(near)
        paint_rock(canvas, rng, (x, y), size, colour)
        lace = f32(np.exp(-(((canvas.x - x) / (1.5 * size)) ** 2) - ((canvas.y - y - 0.1 * size) / (0.16 * size)) ** 2))
        spray = noise(rng, canvas.shape, 30, 2, 2.0)
        canvas.lay(f32(np.clip(lace * (0.9 + 0.9 * spray), 0, 1) * 0.8), (0.88, 0.91, 0.92))
