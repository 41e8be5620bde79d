"""Animals in fields: a few near ones, each a thing of its own, and flocks farther off as one."""

import numpy as np

from .animals import ANIMALS, paint_animal
from .land import View
from .landscape import TREES, paint_far_land, paint_foreground, paint_plain
from .scene_canvas import SceneCanvas
from .sky import paint_sky
from .things import paint_person, paint_shadow
from .trees import paint_tree

HERDS = {"cow": 0.28, "sheep": 0.22, "horse": 0.2, "goat": 0.08, "deer": 0.08, "goose": 0.07, "dog": 0.04, "cat": 0.03}
HEIGHT = {name: animal.metres for name, animal in ANIMALS.items()} | {"cat": 0.45}


def compose_pasture(canvas: SceneCanvas) -> None:
    """Draw animals in a field on an empty canvas."""
    world, (h, w) = canvas.world, canvas.shape
    rng = world.rng("pasture")
    horizon = rng.uniform(0.24, 0.5)
    kind = str(rng.choice(list(HERDS), p=np.array(list(HERDS.values())) / sum(HERDS.values())))
    # small animals are seen from lower and nearer
    view = View(horizon * h, float(h), rng.uniform(1.3, 2.2) * HEIGHT[kind])
    paint_sky(canvas, horizon)
    paint_far_land(canvas, rng, view)
    paint_plain(canvas, rng, view, ("meadow", "meadow", "earth", "fields"))
    if rng.random() < 0.45:
        _tree(canvas, rng, view)
    if rng.random() < 0.55:
        _flock(canvas, rng, view, kind, rng.uniform(0.1, 0.28))
    if rng.random() < 0.25:
        near = rng.uniform(0.35, 0.55)
        tall, place = 1.7 * view.metre(near), (rng.uniform(0.1, 0.9) * w, view.row(near))
        if tall < 0.34 * h:
            paint_shadow(canvas, place, 0.25 * tall, 0.5 * tall)
            canvas.begin("person")
            paint_person(canvas, rng, place, tall, view.distance(near))
    count = int(rng.integers(1, 5))
    spots = np.linspace(0.12, 0.88, count) + rng.normal(0, 0.05, count) if count > 1 else rng.uniform(0.3, 0.7, 1)
    for near, x in zip(np.sort(rng.uniform(0.34, 0.92, count)), rng.permutation(spots), strict=True):
        other = kind if rng.random() < 0.85 else str(rng.choice(list(HERDS)))
        size = float(np.clip(HEIGHT[other] * view.metre(near) * rng.uniform(0.9, 1.05), 0, 0.42 * min(h, w)))
        place = (float(x) * w, view.row(near))
        paint_shadow(canvas, place, 1.3 * size, 0.7 * size)
        canvas.begin("animal")
        paint_animal(canvas, rng, place, size, other)
    paint_foreground(canvas, rng, view, low=True)


def _flock(canvas: SceneCanvas, rng: np.random.Generator, view: View, kind: str, near: float) -> None:
    """Paint some far animals that graze together, as one thing."""
    w, middle = canvas.shape[1], rng.uniform(0.15, 0.85)
    count = int(rng.integers(3, 9))
    rows = np.sort(near * rng.uniform(0.85, 1.15, count))
    places = [((middle + rng.normal(0, 0.12)) * w, view.row(row), HEIGHT[kind] * view.metre(row)) for row in rows]
    for x, y, size in places:
        paint_shadow(canvas, (x, y), 1.2 * size, 0.5 * size)
    canvas.begin("animal")
    for x, y, size in places:
        paint_animal(canvas, rng, (x, y), size, kind, view.distance(near))


def _tree(canvas: SceneCanvas, rng: np.random.Generator, view: View) -> None:
    world, (h, w) = canvas.world, canvas.shape
    near = rng.uniform(0.2, 0.4)
    tall, place = rng.uniform(0.35, 0.75) * h, (rng.uniform(0.05, 0.95) * w, view.row(near))
    paint_shadow(canvas, place, 0.4 * tall, 0.4 * tall)
    canvas.begin("tree")
    paint_tree(
        canvas, rng, place, tall, str(rng.choice(TREES[world.season])), world.pick(rng, "foliage"), view.distance(near)
    )
