"""Landscapes: mountains, hills, water, fields, woods, houses, roads and near trees, composed far to near."""

import numpy as np

from ..drawing.light import mix
from ..drawing.shapes import f32
from .land import (
    View,
    ground_mask,
    paint_fields,
    paint_hill,
    paint_meadow,
    paint_range,
    paint_road,
    paint_tufts,
    wavy,
    winding,
)
from .scene_canvas import SceneCanvas
from .sky import paint_sky
from .things import paint_birds, paint_house, paint_person, paint_rock, paint_shadow
from .trees import paint_tree, paint_wood
from .water import paint_lake

TREES = {
    "spring": ("round", "birch", "poplar", "oak", "willow"),
    "summer": ("round", "oak", "poplar", "birch", "willow", "fir"),
    "harvest": ("round", "oak", "poplar", "cypress"),
    "autumn": ("round", "oak", "birch", "bare", "fir"),
    "winter": ("bare", "fir", "bare", "fir", "birch"),
    "south": ("cypress", "pine", "oak", "pine", "palm"),
    "heath": ("birch", "fir", "oak", "bare"),
}


def compose_landscape(canvas: SceneCanvas) -> None:
    """Draw a landscape on an empty canvas."""
    world, (h, w) = canvas.world, canvas.shape
    rng = world.rng("landscape")
    horizon = rng.uniform(0.28, 0.66)
    view = View(horizon * h, float(h), rng.uniform(1.8, 9.0))
    paint_sky(canvas, horizon)
    if rng.random() < 0.25:
        paint_birds(
            canvas, rng, (rng.uniform(0.2, 0.8) * w, rng.uniform(0.3, 0.8) * view.horizon), 0.012 * canvas.unit, 7
        )
    paint_far_land(canvas, rng, view)
    paint_plain(canvas, rng, view)
    _middle(canvas, rng, view)
    paint_foreground(canvas, rng, view)


def paint_far_land(canvas: SceneCanvas, rng: np.random.Generator, view: View) -> None:
    """Paint what stands at the horizon: mountains, hills, the edge of a wood."""
    world, (h, w) = canvas.world, canvas.shape
    base = view.horizon + 0.015 * h
    if rng.random() < 0.62:
        _ranges(canvas, rng, base)
    if rng.random() < 0.6:
        canvas.begin("mountain")
        for k in range(int(rng.integers(1, 4))):
            line = wavy(rng, w, base - rng.uniform(0.01, 0.09) * h + 0.02 * h * k, 0.10 * h, rng.uniform(2, 5))
            paint_hill(canvas, rng, line, base + 0.02 * h, world.pick(rng, "grass"), 0.5 - 0.15 * k)
    if rng.random() < 0.5:
        canvas.begin("tree")
        a, b = sorted(rng.uniform(-0.3, 1.3, 2).tolist())
        line = wavy(rng, w, base, 0.01 * h)
        paint_wood(canvas, rng, line, rng.uniform(0.02, 0.07) * h, 0.32, (a, max(b, a + 0.35)))


def _ranges(canvas: SceneCanvas, rng: np.random.Generator, base: float) -> None:
    h = canvas.shape[0]
    canvas.begin("mountain")
    count, high = int(rng.integers(1, 4)), min(rng.uniform(0.12, 0.42) * h, 0.85 * base)
    for k in range(count):
        share = 1 - 0.45 * k / max(count - 1, 1)
        paint_range(
            canvas, rng, base + 0.01 * h * k, high * share * rng.uniform(0.85, 1.1), 0.95 - 0.6 * k / max(count, 1)
        )


def paint_plain(
    canvas: SceneCanvas, rng: np.random.Generator, view: View,
    kinds: tuple[str, ...] = ("meadow", "fields", "lake", "river", "meadow", "earth"),
) -> None:  # fmt: skip
    """Paint the plain: grass, fields or bare earth, perhaps with a lake, a river or a road in it."""
    world, (h, w) = canvas.world, canvas.shape
    kind = str(rng.choice(kinds))
    line = wavy(rng, w, view.horizon + 0.008 * h, 0.012 * h)
    mask = ground_mask(canvas, line)
    canvas.begin("ground" if kind == "earth" or world.season == "winter" else "grass")
    colour, other = world.pick(rng, "grass"), world.pick(rng, "crop")
    if kind == "earth":
        colour, other = world.pick(rng, "earth"), world.pick(rng, "grass")
    paint_meadow(canvas, rng, view, mask, colour, other)
    if kind == "fields":
        paint_fields(canvas, rng, view, mask)
    elif kind == "lake":
        _lake(canvas, rng, view)
    elif kind == "river":
        bed = canvas.shape_of(winding(rng, view, w, rng.uniform(5, 14) * view.eye / 4, 0.03, rng.uniform(0.8, 2)))
        paint_lake(canvas, rng, view, bed, np.full(w, view.horizon + 0.012 * h, np.float32))
    if kind in ("meadow", "fields", "earth") and rng.random() < 0.55:
        paint_road(canvas, rng, view, rng.uniform(0.01, 0.1))


def _lake(canvas: SceneCanvas, rng: np.random.Generator, view: View) -> None:
    h, w = canvas.shape
    far = wavy(rng, w, view.row(rng.uniform(0.03, 0.10)), 0.012 * h, 4)
    if rng.random() < 0.7:
        canvas.begin("tree")
        paint_wood(canvas, rng, far, rng.uniform(0.04, 0.12) * h, 0.2, (rng.uniform(-0.2, 0.3), rng.uniform(0.6, 1.2)))
    mask = ground_mask(canvas, far)
    near = view.row(rng.uniform(0.55, 1.3))
    if near < h:
        mask = f32(mask * (1 - ground_mask(canvas, wavy(rng, w, near, 0.10 * h, 3))))
    paint_lake(canvas, rng, view, mask, far)


def _middle(canvas: SceneCanvas, rng: np.random.Generator, view: View) -> None:
    """Place woods, houses, trees and people in the middle distance, far ones first."""
    world, (h, w) = canvas.world, canvas.shape
    things = []
    if rng.random() < 0.55:
        things.append("houses")
    things += (
        ["grove"] * int(rng.integers(0, 3)) + ["tree"] * int(rng.integers(0, 3)) + ["figure"] * int(rng.random() < 0.3)
    )
    for near, thing in zip(np.sort(rng.uniform(0.08, 0.42, len(things))), rng.permutation(things), strict=True):
        metre, away = view.metre(near), view.distance(near)
        x, y = rng.uniform(0.05, 0.95) * w, view.row(near)
        if _in_water(canvas, x, y):
            continue
        if thing == "grove":
            canvas.begin("tree")
            wide = rng.uniform(0.1, 0.3)
            tall = min(metre * rng.uniform(5, 11), 0.34 * h)
            if tall < 0.12 * h:
                paint_wood(canvas, rng, wavy(rng, w, y, 0.006 * h), tall, away, (x / w - wide, x / w + wide))
            else:
                _grove(canvas, rng, (x, y), wide * w, tall, away)
        elif thing == "houses":
            size = min(metre * rng.uniform(2.6, 4.0), 0.14 * h)
            canvas.begin("building")
            count = int(rng.integers(1, 6))
            for k in range(count):
                place = (x + (k - count / 2) * size * rng.uniform(1.6, 2.4), y + rng.normal(0, 0.12) * size)
                paint_house(canvas, rng, place, size, away, "church" if k == 0 and rng.random() < 0.4 else "house")
        elif thing == "tree":
            tall = min(metre * rng.uniform(5, 12), 0.5 * h)
            paint_shadow(canvas, (x, y), 0.4 * tall, 0.5 * tall)
            canvas.begin("tree")
            paint_tree(
                canvas, rng, (x, y), tall, str(rng.choice(TREES[world.season])), world.pick(rng, "foliage"), away
            )
        else:
            tall = min(metre * 1.7, 0.3 * h)
            paint_shadow(canvas, (x, y), 0.25 * tall, 0.5 * tall)
            canvas.begin("person")
            paint_person(canvas, rng, (x, y), tall, away)


def _grove(
    canvas: SceneCanvas, rng: np.random.Generator, foot: tuple[float, float], wide: float, tall: float, away: float
) -> None:
    """Paint trees that stand together, as one thing, those behind first."""
    world, kinds = canvas.world, TREES[canvas.world.season]
    pair = [kinds[int(k)] for k in rng.integers(0, len(kinds), 2)]
    for row in np.linspace(0, 1, int(rng.integers(4, 9))):
        place = (foot[0] + rng.uniform(-1, 1) * wide, foot[1] + (row - 1) * 0.08 * tall)
        size = tall * rng.uniform(0.65, 1.1)
        paint_tree(canvas, rng, place, size, pair[int(rng.random() < 0.35)], world.pick(rng, "foliage"), away)


def _in_water(canvas: SceneCanvas, x: float, y: float) -> bool:
    h, w = canvas.shape
    label = int(canvas.labels[min(max(int(y), 0), h - 1), min(max(int(x), 0), w - 1)])
    return canvas.kinds[label - 1] == "water"


def paint_foreground(canvas: SceneCanvas, rng: np.random.Generator, view: View, low: bool = False) -> None:
    """Frame the picture: a bank, rocks, bushes and flowers, a great tree to one side; `low`: no more than plants."""
    world, (h, w) = canvas.world, canvas.shape
    side = 1 if rng.random() < 0.5 else -1
    bank = not low and rng.random() < 0.6
    if bank:
        line = (
            wavy(rng, w, h * rng.uniform(0.84, 0.97), 0.05 * h, 3)
            - side * np.linspace(-0.1, 0.1, w).astype(np.float32) * h
        )
        mask = ground_mask(canvas, line)
        winter = world.season == "winter"
        canvas.begin("ground" if winter else "grass")
        nearer = View(view.horizon, view.bottom, 0.5 * view.eye)
        colour = mix(world.pick(rng, "grass"), world.pick(rng, "earth"), rng.uniform(0, 0.6))
        paint_meadow(canvas, rng, nearer, mask, colour, mix(colour, (0.2, 0.2, 0.12), 0.0 if winter else 0.45))
        canvas.shade(f32(mask * 0.6), rng.uniform(0.1, 0.5))
    tree = not low and rng.random() < 0.62
    x = (0.5 + side * rng.uniform(0.22, 0.46)) * w
    near = rng.uniform(0.62, 1.0)
    y = view.row(near)
    if not low and rng.random() < 0.4:
        canvas.begin("rock")
        colour = ((0.46, 0.44, 0.42), (0.54, 0.48, 0.42), (0.40, 0.40, 0.43))[int(rng.integers(0, 3))]
        for _ in range(int(rng.integers(1, 6))):
            place = (w * 0.5 - side * rng.uniform(0.0, 0.5) * w, view.row(rng.uniform(0.6, 1.02)))
            paint_rock(canvas, rng, place, rng.uniform(0.02, 0.08) * canvas.unit, colour)
    if tree and not _in_water(canvas, x, min(y, h - 1)):
        tall = rng.uniform(0.5, 1.0) * h
        paint_shadow(canvas, (x, y), 0.35 * tall, 0.35 * tall)
        canvas.begin("tree")
        paint_tree(canvas, rng, (x, y), tall, str(rng.choice(TREES[world.season])), world.pick(rng, "foliage"))
    if world.season != "winter" and rng.random() < 0.6:
        canvas.begin("plant")
        for _ in range(int(rng.integers(1, 5))):
            place = (rng.uniform(0, 1) * w, view.row(rng.uniform(0.85, 1.05)))
            paint_tree(canvas, rng, place, rng.uniform(0.05, 0.14) * h, "bush", world.pick(rng, "foliage"))
        flowers = ((0.92, 0.86, 0.84), (0.86, 0.30, 0.22), (0.92, 0.78, 0.24), (0.62, 0.44, 0.72))[
            int(rng.integers(0, 4))
        ]
        band = ground_mask(canvas, wavy(rng, w, h * rng.uniform(0.88, 0.96), 0.05 * h))
        near_view = View(view.horizon, view.bottom, 2.0)
        paint_tufts(
            canvas, rng, near_view, band, world.pick(rng, "foliage"), 260, 0.16, flowers if rng.random() < 0.7 else None
        )
