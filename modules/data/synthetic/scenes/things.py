"""Single things of landscapes and seas: rocks, houses, boats, people."""

import cv2
import numpy as np

from ..drawing.light import Colour, mix
from ..drawing.shapes import Array, ellipse, f32, noise, ribbon, ribbons, spline
from .scene_canvas import SceneCanvas

WALLS: tuple[Colour, ...] = (
    (0.92, 0.89, 0.82),
    (0.84, 0.74, 0.58),
    (0.66, 0.48, 0.38),
    (0.72, 0.70, 0.66),
    (0.88, 0.78, 0.66),
    (0.52, 0.40, 0.32),
)
ROOFS: tuple[Colour, ...] = ((0.62, 0.28, 0.20), (0.40, 0.38, 0.42), (0.66, 0.52, 0.32), (0.48, 0.30, 0.24))
CLOTHES: tuple[Colour, ...] = (
    (0.68, 0.20, 0.16),
    (0.20, 0.28, 0.46),
    (0.90, 0.87, 0.80),
    (0.30, 0.24, 0.20),
    (0.80, 0.62, 0.24),
    (0.32, 0.40, 0.30),
)


def paint_rock(
    canvas: SceneCanvas,
    rng: np.random.Generator,
    middle: tuple[float, float],
    size: float,
    colour: Colour,
) -> None:
    """Paint a boulder on the present thing: facets that turn to the light; `middle` of its foot, `size` in pixels."""
    (rng,) = rng.spawn(1)
    x, y = middle
    n = int(rng.integers(7, 11))
    a = np.linspace(np.pi, 2 * np.pi, n)
    r = size * rng.uniform(0.7, 1.1, n)
    top = np.stack([x + 1.25 * r * np.cos(a), y + 0.85 * r * np.sin(a)], 1)
    outline = f32(np.concatenate([top, [[x + 0.9 * size, y + 0.12 * size], [x - 0.9 * size, y + 0.14 * size]]]))
    peak = f32([x + rng.normal(0, 0.2) * size, y - 0.45 * size])
    ramp, light = canvas.world.ramp(colour), canvas.world.light.direction
    canvas.polygon(outline, tuple(ramp[80]), canvas.now)
    facets, tones = [], []
    for i in range(len(outline)):
        one, two = outline[i], outline[(i + 1) % len(outline)]
        out = (one + two) / 2 - peak
        out = out / (np.linalg.norm(out) + 1e-6)
        for k, depth in enumerate((0.0, 0.45)):
            p, q = peak + (one - peak) * f32(1 - depth), peak + (two - peak) * f32(1 - depth)
            value = 0.46 + 0.42 * (out @ f32(light[:2])) * (1 - 0.6 * k) + 0.18 * k + rng.normal(0, 0.06)
            facets.append(f32([p, q, peak]))
            tones.append(ramp[int(np.clip(value, 0.03, 1) * 255)])
    canvas.marks(facets, np.stack(tones), canvas.now)
    canvas.dabs(canvas.shape_of(outline), rng, angle=0.8, size=0.7, length=2.5, broken=1.3, spread=0.8)


def paint_house(
    canvas: SceneCanvas,
    rng: np.random.Generator,
    foot: tuple[float, float],
    size: float,
    distance: float,
    kind: str = "house",
) -> None:
    """Paint a building on the present thing: two walls, roof, windows; `size` = height of its wall in pixels."""
    (rng,) = rng.spawn(1)
    world, (x, y) = canvas.world, foot
    wall, roof = WALLS[int(rng.integers(0, len(WALLS)))], ROOFS[int(rng.integers(0, len(ROOFS)))]
    if world.season == "winter":
        roof = (0.90, 0.91, 0.95)
    side = 1.0 if world.light.direction[0] > 0 else -1.0
    turn = 1.0 if rng.random() < 0.5 else -1.0  # to which side the long wall lies
    lit, dim = (0.82, 0.42) if turn == side else (0.46, 0.78)
    gable, long = 0.5 * size * rng.uniform(0.9, 1.3), size * rng.uniform(0.9, 1.9)
    corner, slant = f32([x, y]), 0.10 * size

    def at(along: float, up: float, wing: int) -> list[float]:
        """Place on the long wall (wing 0) or the gable (wing 1)."""
        reach = turn * along if wing == 0 else -turn * along
        return [float(corner[0] + reach), float(corner[1] - up - slant * abs(along) / long)]

    def tone(colour: Colour, value: float) -> Colour:
        return world.tone_of(colour, value, distance)

    ridge = size * rng.uniform(0.5, 0.9)
    now = canvas.now
    front = f32([at(0, 0, 1), at(0, size, 1), at(gable, size + ridge, 1), at(2 * gable, size, 1), at(2 * gable, 0, 1)])
    canvas.polygon(front, tone(wall, dim), now)
    canvas.polygon(f32([at(0, 0, 0), at(0, size, 0), at(long, size, 0), at(long, 0, 0)]), tone(wall, lit), now)
    top = at(gable, size + ridge, 1)
    far = [top[0] + turn * long * 0.98, top[1] - 0.6 * slant]
    eave = 0.06 * size
    slope = f32(
        [
            [top[0], top[1] - 0.03 * size],
            far,
            [at(long, size, 0)[0] + turn * eave, at(long, size, 0)[1] + eave],
            [at(0, size, 0)[0], at(0, size, 0)[1] + eave],
        ]
    )
    canvas.polygon(slope, tone(roof, lit), now)
    edge = ribbon(f32([top, at(2 * gable, size - eave, 1)]), 0.09 * size, (1, 1))
    canvas.polygon(edge, tone(roof, 0.3), now)
    glass = tone((0.20, 0.22, 0.26), 0.4) if world.hour not in ("night", "dusk") else (0.98, 0.78, 0.36)
    for k in range(int(rng.integers(2, 5))):
        s = long * (0.14 + 0.24 * k)
        if s + 0.12 * long < long:
            canvas.polygon(
                f32(
                    [
                        at(s, 0.38 * size, 0),
                        at(s, 0.72 * size, 0),
                        at(s + 0.12 * long, 0.72 * size, 0),
                        at(s + 0.12 * long, 0.38 * size, 0),
                    ]
                ),
                glass,
                now,
            )
    door = f32(
        [
            at(0.85 * gable, 0, 1),
            at(0.85 * gable, 0.5 * size, 1),
            at(1.25 * gable, 0.5 * size, 1),
            at(1.25 * gable, 0, 1),
        ]
    )
    canvas.polygon(door, tone((0.30, 0.20, 0.14), 0.5), now)
    if rng.random() < 0.6:
        cx, cy = top[0] + turn * long * 0.6, top[1] - 0.2 * slant
        canvas.polygon(
            f32(
                [
                    [cx, cy + 0.2 * size],
                    [cx, cy - 0.25 * size],
                    [cx + 0.16 * size, cy - 0.25 * size],
                    [cx + 0.16 * size, cy + 0.2 * size],
                ]
            ),
            tone(mix(wall, (0.4, 0.25, 0.2), 0.5), 0.5),
            now,
        )
    if kind == "church":
        tx, ty = top[0] - turn * 0.1 * size, y
        wide, tall = 0.42 * size, 2.6 * size
        canvas.polygon(
            f32([[tx - wide, ty], [tx - wide, ty - tall], [tx + 0.2 * wide, ty - tall], [tx + 0.2 * wide, ty]]),
            tone(wall, dim),
            now,
        )
        canvas.polygon(
            f32([[tx + 0.2 * wide, ty], [tx + 0.2 * wide, ty - tall], [tx + wide, ty - tall], [tx + wide, ty]]),
            tone(wall, lit),
            now,
        )
        canvas.polygon(
            f32([[tx - 1.15 * wide, ty - tall], [tx, ty - tall - 1.7 * size], [tx + 1.15 * wide, ty - tall]]),
            tone(roof, 0.4),
            now,
        )
        canvas.polygon(
            f32([[tx, ty - tall - 1.7 * size], [tx + 1.15 * wide, ty - tall], [tx + 0.2 * wide, ty - tall]]),
            tone(roof, 0.75),
            now,
        )
        canvas.polygon(ellipse((tx - 0.3 * wide, ty - 0.8 * tall), 0.2 * wide, 0.3 * wide), glass, now)


def paint_boat(
    canvas: SceneCanvas, rng: np.random.Generator, foot: tuple[float, float], size: float, distance: float, sail: bool
) -> None:
    """Paint a boat as a thing of its own, `size` long in pixels, and its broken mirror image where there is water."""
    (rng,) = rng.spawn(1)
    world, (x, y) = canvas.world, foot
    turn = 1.0 if rng.random() < 0.5 else -1.0
    pool = [(0.24, 0.18, 0.15), (0.56, 0.22, 0.16), (0.18, 0.28, 0.42), (0.86, 0.84, 0.78), (0.26, 0.36, 0.28)]
    hull_colour = pool[int(rng.integers(0, len(pool)))]
    cloth = ((0.94, 0.91, 0.83), (0.80, 0.58, 0.36), (0.66, 0.28, 0.20))[int(rng.choice(3, p=[0.6, 0.2, 0.2]))]
    tall = size * rng.uniform(0.9, 1.5)

    def place(points: list[tuple[float, float]]) -> Array:
        return f32([(x + turn * a * size, y - b * size) for a, b in points])

    hull = spline(place([(-0.5, 0.16), (-0.44, 0.0), (0, -0.05), (0.36, 0.0), (0.56, 0.22)]))
    deck = spline(place([(0.56, 0.22), (0.1, 0.12), (-0.5, 0.16)]))
    body = np.concatenate([hull, deck])
    sails = []
    if sail:
        h = tall / size
        sails.append(
            np.concatenate(
                [place([(0.04, 0.2), (0.02, h)]), spline(place([(0.02, h), (-0.30, 0.62 * h), (-0.46, 0.24)]))]
            )
        )
        sails.append(
            np.concatenate(
                [
                    place([(0.09, 0.95 * h)]),
                    spline(place([(0.09, 0.95 * h), (0.30, 0.55 * h), (0.58, 0.26)])),
                    place([(0.12, 0.24)]),
                ]
            )
        )
    water = np.isin(canvas.labels, [i for i, kind in enumerate(canvas.kinds, 1) if kind == "water"]).astype(np.float32)
    for shape, colour in [(body, hull_colour), *((one, cloth) for one in sails)]:
        mirrored = shape * f32([1, -0.8]) + f32([0, 1.8 * y])
        mirrored = mirrored + f32(
            np.stack([0.04 * size * np.sin(mirrored[:, 1] / (0.05 * size)), 0 * mirrored[:, 1]], 1)
        )
        canvas.polygon(mirrored, world.tone_of(colour, 0.4, distance), opacity=0.45, within=water)
    canvas.begin("vehicle")
    ramp, light = world.ramp(cloth, distance), world.light.direction[0]
    if sail:
        mast = ribbon(place([(0.06, 0.1), (0.06, tall / size * 1.06)]), max(0.022 * size, 1), (1, 0.5))
        canvas.polygon(mast, world.tone_of((0.35, 0.25, 0.18), 0.5, distance), canvas.now)
        for k, shape in enumerate(sails):
            value = 0.62 + (0.2 if (light > 0) == (turn > 0) else -0.14) * (1 if k == 0 else -0.7)
            canvas.polygon(shape, tuple(ramp[int(255 * value)]), canvas.now)
            inner = shape.mean(axis=0) + (shape - shape.mean(axis=0)) * f32([0.55, 0.8])
            canvas.polygon(
                inner + f32([light * 0.05 * size, 0]), tuple(ramp[int(255 * min(value + 0.1, 1))]), opacity=0.7
            )
    elif rng.random() < 0.7:
        paint_person(canvas, rng, (x - turn * 0.05 * size, y - 0.02 * size), 0.55 * size, distance)
    canvas.polygon(body, world.tone_of(hull_colour, 0.38, distance), canvas.now)
    upper = np.concatenate([deck, spline(place([(-0.5, 0.12), (0.05, 0.06), (0.54, 0.17)]))])
    canvas.polygon(upper, world.tone_of(mix(hull_colour, cloth, 0.35), 0.72, distance), canvas.now)


def paint_person(
    canvas: SceneCanvas, rng: np.random.Generator, foot: tuple[float, float], tall: float, distance: float
) -> None:
    """Paint a small figure on the present thing: legs or skirt, coat, arms, head and hat; `tall` in pixels."""
    (rng,) = rng.spawn(1)
    world, (x, y) = canvas.world, foot
    picks = rng.permutation(len(CLOTHES))
    coat, lower = CLOTHES[picks[0]], CLOTHES[picks[1]]
    side, lean = world.light.direction[0], rng.normal(0, 0.03)
    now, skirt = canvas.now, rng.random() < 0.45
    (body_rng,) = rng.spawn(1)

    def place(points: list[tuple[float, float]]) -> Array:
        return f32([(x + (a + lean * b) * tall, y - b * tall) for a, b in points])

    def two(outline: Array, colour: Colour) -> None:
        """Lay a shape with its lit side; a large one as a body."""
        if tall > 0.2 * canvas.unit:
            folds = noise(body_rng, canvas.shape, 9 * canvas.unit / tall, 2, 0.4) * f32(0.006 * tall)
            canvas.round_form(canvas.shape_of(outline), colour, distance, depth=0.7, rough=folds)
            return
        canvas.polygon(outline, world.tone_of(colour, 0.42, distance), now)
        middle = outline.mean(axis=0)
        lit = (
            middle
            + (outline - middle) * f32([0.5, 0.92])
            + f32([0.28 * side * float(np.ptp(outline[:, 0])) * 0.5, 0.0])
        )
        canvas.polygon(lit, world.tone_of(colour, 0.8, distance), now)

    if skirt:
        two(spline(place([(-0.06, 0.56), (-0.16, 0.0), (0.0, -0.01), (0.16, 0.0), (0.06, 0.56)]), closed=True), lower)
    else:
        step = rng.uniform(0.03, 0.1)
        for s in (-1, 1):
            canvas.polygon(
                ribbon(place([(0.02 * s, 0.5), (0.5 * step * s, 0.25), (step * s, 0.0)]), 0.085 * tall, (1, 0.7)),
                world.tone_of(lower, 0.45 + 0.15 * s * side, distance),
                now,
            )
    two(
        spline(
            place([(-0.07, 0.82), (-0.12, 0.66), (-0.10, 0.44), (0.10, 0.44), (0.12, 0.66), (0.07, 0.82)]), closed=True
        ),
        coat,
    )
    swing = rng.uniform(-0.1, 0.16)
    for s in (-1, 1):
        arm = place([(0.09 * s, 0.78), (0.15 * s, 0.62), (0.12 * s + swing, 0.46)])
        canvas.polygon(ribbon(arm, 0.06 * tall, (1, 0.7)), world.tone_of(coat, 0.5 + 0.25 * s * side, distance), now)
    skin = mix((0.90, 0.70, 0.56), (0.45, 0.30, 0.22), rng.uniform(0, 0.8))
    head = ellipse((x + 0.9 * lean * tall, y - 0.9 * tall), 0.058 * tall, 0.075 * tall)
    two(head, skin)
    hat = ellipse((x + 0.9 * lean * tall, y - 0.945 * tall), rng.uniform(0.06, 0.12) * tall, 0.035 * tall)
    canvas.polygon(hat, world.tone_of(CLOTHES[picks[2]], 0.5, distance), now)
    canvas.polygon(
        ellipse((x + 0.9 * lean * tall, y - 0.965 * tall), 0.05 * tall, 0.045 * tall),
        world.tone_of(CLOTHES[picks[2]], 0.6, distance),
        now,
    )


def paint_shadow(canvas: SceneCanvas, foot: tuple[float, float], wide: float, long: float) -> None:
    """Cast the shadow of something that stands at `foot` over the ground; call it before the thing is begun."""
    x, y = foot
    reach = -np.sign(canvas.world.light.direction[0]) * long
    centre = (x + 0.5 * reach, y + 0.05 * wide)
    outline = ellipse(centre, 0.5 * abs(reach) + 0.55 * wide, 0.15 * wide + 0.008 * canvas.unit, n=40)
    ragged = np.random.default_rng(int(wide * 7)).normal(1, 0.06, (40, 1))
    mask = canvas.shape_of(f32(centre) + (outline - f32(centre)) * f32(ragged))
    mask = f32(cv2.GaussianBlur(mask, (0, 0), 0.02 * wide + 0.6))
    canvas.shade(mask, 0.25 + 0.35 * canvas.world.light.contrast)


def paint_birds(
    canvas: SceneCanvas, rng: np.random.Generator, middle: tuple[float, float], size: float, n: int
) -> None:
    """Draw far birds over what is there; they belong to the sky."""
    (rng,) = rng.spawn(1)
    x, y = middle
    paths = []
    for _ in range(n):
        a, b, s = x + rng.normal(0, 4) * size, y + rng.normal(0, 2) * size, size * rng.uniform(0.5, 1.2)
        paths += [
            [(a - s, b - 0.35 * s), (a - 0.4 * s, b - 0.35 * s), (a, b)],
            [(a, b), (a + 0.4 * s, b - 0.4 * s), (a + s, b - 0.3 * s)],
        ]
    tone = f32(mix(canvas.world.air.ambient, (0.1, 0.1, 0.1), 0.6))
    canvas.marks(ribbons(f32(paths), max(0.16 * size, 0.8)), np.repeat(tone[None], len(paths), 0), opacity=0.8)
