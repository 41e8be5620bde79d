"""Weather, light and palette of a scene: sampled once from the seed before a mark is made."""

from dataclasses import dataclass

import numpy as np

from ..drawing.light import Colour, Light, mix
from ..drawing.shapes import Array, f32


@dataclass(frozen=True)
class Hour:
    """An hour and its weather. All colours RGB in [0,1]."""

    zenith: Colour
    horizon: Colour
    key: Colour  # colour of the light
    ambient: Colour  # what fills the shadows
    contrast: float
    haze: float  # how fast things pale with distance
    sun: float  # height of sun or moon over the horizon in [0,1]; below 0 it is not in the picture
    odds: float


HOURS: dict[str, Hour] = {
    "dawn": Hour((0.46, 0.53, 0.72), (0.97, 0.78, 0.68), (1.0, 0.80, 0.68), (0.60, 0.58, 0.72), 0.45, 0.9, 0.12, 0.08),
    "morning": Hour((0.40, 0.60, 0.84), (0.93, 0.90, 0.79), (1.0, 0.94, 0.78), (0.62, 0.70, 0.86), 0.6, 0.7, -1, 0.15),
    "noon": Hour((0.24, 0.50, 0.83), (0.76, 0.87, 0.93), (1.0, 0.98, 0.90), (0.60, 0.70, 0.86), 0.65, 0.5, -1, 0.17),
    "golden": Hour((0.44, 0.60, 0.74), (0.99, 0.83, 0.55), (1.0, 0.80, 0.48), (0.55, 0.55, 0.68), 0.75, 0.8, 0.3, 0.13),
    "sunset": Hour((0.28, 0.31, 0.54), (0.99, 0.57, 0.28), (1.0, 0.58, 0.32), (0.48, 0.40, 0.55), 0.7, 0.9, 0.06, 0.1),
    "dusk": Hour((0.17, 0.21, 0.42), (0.80, 0.53, 0.50), (0.80, 0.62, 0.62), (0.36, 0.37, 0.55), 0.4, 0.9, -1, 0.06),
    "night": Hour((0.04, 0.08, 0.20), (0.17, 0.26, 0.42), (0.66, 0.76, 0.92), (0.22, 0.29, 0.48), 0.6, 0.6, 0.5, 0.06),
    "overcast": Hour((0.60, 0.65, 0.70), (0.84, 0.85, 0.83), (0.88, 0.89, 0.88), (0.72, 0.75, 0.78), 0.3, 0.8, -1, 0.1),
    "storm": Hour((0.22, 0.26, 0.32), (0.68, 0.68, 0.60), (0.94, 0.90, 0.70), (0.36, 0.41, 0.46), 0.75, 0.8, -1, 0.07),
    "mist": Hour((0.72, 0.75, 0.77), (0.90, 0.88, 0.83), (0.94, 0.91, 0.85), (0.76, 0.79, 0.82), 0.3, 1.9, 0.2, 0.06),
    "old": Hour((0.44, 0.50, 0.48), (0.88, 0.80, 0.58), (1.0, 0.88, 0.62), (0.42, 0.37, 0.27), 0.8, 0.8, -1, 0.1),
}

ROOMS: dict[str, Hour] = {
    "candle": Hour((0.10, 0.06, 0.04), (0.30, 0.18, 0.09), (1.0, 0.72, 0.40), (0.32, 0.20, 0.15), 0.9, 0.0, -1, 0.12),
    "north": Hour((0.40, 0.42, 0.42), (0.66, 0.66, 0.62), (0.96, 0.97, 1.0), (0.52, 0.54, 0.58), 0.6, 0.0, -1, 0.25),
    "sunlit": Hour((0.62, 0.55, 0.42), (0.90, 0.84, 0.70), (1.0, 0.94, 0.78), (0.62, 0.62, 0.70), 0.65, 0.0, -1, 0.23),
    "dark": Hour((0.08, 0.07, 0.06), (0.22, 0.18, 0.13), (1.0, 0.90, 0.72), (0.30, 0.25, 0.20), 0.9, 0.0, -1, 0.2),
    "grey": Hour((0.55, 0.58, 0.60), (0.75, 0.77, 0.76), (0.90, 0.92, 0.93), (0.66, 0.68, 0.70), 0.35, 0.0, -1, 0.1),
    "lamp": Hour((0.22, 0.12, 0.10), (0.52, 0.32, 0.20), (1.0, 0.82, 0.52), (0.42, 0.32, 0.32), 0.75, 0.0, -1, 0.1),
}
"""Light in a room; zenith and horizon are its dark and its light tone."""

# season: grass, foliage, bare earth, crops or flowers in the fields
SEASONS: dict[str, tuple[tuple[Colour, ...], tuple[Colour, ...], Colour, tuple[Colour, ...]]] = {
    "spring": (
        ((0.50, 0.62, 0.24), (0.44, 0.58, 0.26)),
        ((0.44, 0.56, 0.20), (0.56, 0.62, 0.28), (0.86, 0.74, 0.76)),
        (0.52, 0.40, 0.28),
        ((0.90, 0.82, 0.25), (0.60, 0.66, 0.30), (0.78, 0.48, 0.55)),
    ),
    "summer": (
        ((0.38, 0.52, 0.20), (0.46, 0.54, 0.24), (0.33, 0.47, 0.22)),
        ((0.24, 0.38, 0.15), (0.30, 0.44, 0.18), (0.20, 0.34, 0.20)),
        (0.60, 0.48, 0.33),
        ((0.84, 0.70, 0.32), (0.56, 0.60, 0.26), (0.78, 0.26, 0.18)),
    ),
    "harvest": (
        ((0.72, 0.60, 0.28), (0.60, 0.56, 0.26)),
        ((0.36, 0.40, 0.16), (0.28, 0.36, 0.18)),
        (0.64, 0.50, 0.32),
        ((0.90, 0.74, 0.34), (0.82, 0.62, 0.28), (0.52, 0.54, 0.24)),
    ),
    "autumn": (
        ((0.56, 0.48, 0.22), (0.50, 0.50, 0.24)),
        ((0.74, 0.42, 0.12), (0.62, 0.28, 0.11), (0.80, 0.60, 0.20), (0.42, 0.36, 0.16)),
        (0.46, 0.34, 0.24),
        ((0.66, 0.50, 0.26), (0.48, 0.36, 0.24), (0.56, 0.52, 0.28)),
    ),
    "winter": (
        ((0.93, 0.94, 0.98),),
        ((0.40, 0.34, 0.30), (0.22, 0.30, 0.27), (0.84, 0.87, 0.92)),
        (0.84, 0.84, 0.87),
        ((0.88, 0.90, 0.95), (0.78, 0.78, 0.80)),
    ),
    "south": (
        ((0.66, 0.60, 0.36), (0.58, 0.56, 0.34)),
        ((0.34, 0.40, 0.26), (0.44, 0.48, 0.34), (0.20, 0.30, 0.18)),
        (0.76, 0.62, 0.46),
        ((0.80, 0.72, 0.46), (0.56, 0.46, 0.62), (0.64, 0.58, 0.38)),
    ),
    "heath": (
        ((0.50, 0.38, 0.36), (0.46, 0.42, 0.24)),
        ((0.30, 0.34, 0.20), (0.42, 0.38, 0.20)),
        (0.44, 0.34, 0.27),
        ((0.58, 0.36, 0.44), (0.48, 0.44, 0.26)),
    ),
}
SEASON_ODDS = (0.17, 0.25, 0.15, 0.15, 0.12, 0.10, 0.06)


@dataclass(frozen=True)
class School:
    """How a school of painters sees colour, and how it lays paint."""

    saturation: float
    contrast: float
    shadow: Colour  # tints of darks and lights
    light: Colour
    tint: float
    dab: tuple[float, float]  # width of a mark in shares of the picture: least and most
    broken: float  # how much colours vary from mark to mark
    planes: int
    softness: float
    line: float  # strength of contours
    media: dict[str, float]
    odds: float


SCHOOLS: dict[str, School] = {
    "natural": School(
        1.0, 1.0, (0.2, 0.2, 0.25), (1, 0.97, 0.9), 0.05, (0.006, 0.011), 0.5, 7, 0.8, 0.0,
        {"oil": 0.6, "digital": 0.4}, 0.16,
    ),
    "dutch": School(
        0.78, 1.12, (0.17, 0.11, 0.06), (1, 0.92, 0.72), 0.22, (0.005, 0.009), 0.35, 8, 0.9, 0.0, {"oil": 1}, 0.13
    ),
    "impressionist": School(
        1.28, 0.86, (0.30, 0.28, 0.50), (1, 0.97, 0.88), 0.14, (0.011, 0.019), 1.3, 5, 0.5, 0.0, {"oil": 1}, 0.17
    ),
    "romantic": School(
        1.05, 1.22, (0.09, 0.08, 0.12), (1, 0.9, 0.74), 0.16, (0.005, 0.010), 0.4, 8, 0.9, 0.0, {"oil": 1}, 0.11
    ),
    "northern": School(
        0.68, 0.95, (0.15, 0.22, 0.30), (0.92, 0.97, 1), 0.2, (0.007, 0.013), 0.5, 5, 0.4, 0.0,
        {"oil": 0.6, "watercolour": 0.4}, 0.09,
    ),
    "fauve": School(
        1.75, 1.08, (0.22, 0.12, 0.42), (1, 0.9, 0.6), 0.12, (0.015, 0.026), 1.7, 4, 0.25, 0.25,
        {"oil": 0.7, "digital": 0.3}, 0.10,
    ),
    "tonal": School(
        0.42, 0.95, (0.22, 0.20, 0.18), (0.95, 0.90, 0.80), 0.3, (0.010, 0.018), 0.5, 6, 0.8, 0.0,
        {"oil": 0.6, "pencil": 0.4}, 0.07,
    ),
    "aquarelle": School(
        0.95, 0.78, (0.36, 0.38, 0.50), (1, 0.99, 0.95), 0.14, (0.010, 0.020), 0.5, 5, 0.5, 0.0,
        {"watercolour": 1}, 0.08,
    ),
    "flat": School(
        1.12, 1.0, (0.2, 0.2, 0.35), (1, 0.95, 0.85), 0.1, (0.0, 0.0), 0.0, 3, 0.03, 0.0,
        {"digital": 0.8, "ink": 0.2}, 0.06,
    ),
    "print": School(
        0.85, 0.95, (0.12, 0.16, 0.30), (1, 0.95, 0.82), 0.16, (0.0, 0.0), 0.0, 4, 0.1, 0.75, {"ink": 1}, 0.06
    ),
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """What all things of a scene share."""

    seed: int
    hour: str
    season: str
    school: str
    light: Light
    dab: float  # width of marks, in shares of the picture
    medium: str  # that suits the school, a name in `brush.MEDIA`
    tone: Colour  # into which a tonal painter turns everything

    @property
    def air(self) -> Hour:
        return HOURS[self.hour] if self.hour in HOURS else ROOMS[self.hour]

    @property
    def style(self) -> School:
        return SCHOOLS[self.school]

    @property
    def detail(self) -> float:
        """How much small texture there is, in [0,1]: illustrations have little."""
        return 0.35 if self.style.dab[1] == 0 else 1.0

    def rng(self, what: str) -> np.random.Generator:
        """Seed a generator of its own for each part of the picture: a change in one leaves the others alone."""
        return np.random.default_rng([self.seed, *what.encode()])

    def pick(self, rng: np.random.Generator, what: str) -> Colour:
        """Draw a local colour of the season: "grass", "foliage", "earth" or "crop"."""
        grass, foliage, earth, crops = SEASONS[self.season]
        pool = {"grass": grass, "foliage": foliage, "earth": (earth,), "crop": crops}[what]
        return vary(rng, pool[int(rng.integers(0, len(pool)))], 0.035)

    def pale(self, colour: Colour | Array, distance: float) -> Array:
        """Pale a colour (..,3) with the air before it; `distance` 0 = at hand, 1 = at the horizon."""
        share = 1 - np.exp(-1.9 * self.air.haze * max(distance, 0))
        cold = f32(mix(self.air.horizon, self.air.zenith, 0.35))
        return f32(f32(colour) * (1 - share) + cold * share)

    def ramp(self, colour: Colour, distance: float = 0.0, gloss: float = 0.05) -> Array:
        """Tabulate a material's colours (256,3) from shadow to highlight, behind so much air."""
        return self.pale(self.light.ramp(colour, gloss), distance)

    def tone_of(self, colour: Colour, value: float, distance: float = 0.0) -> Colour:
        """Look up one colour of a material at a value in [0,1]."""
        r, g, b = self.ramp(colour, distance)[int(np.clip(value, 0, 1) * 255)].tolist()
        return r, g, b


def vary(rng: np.random.Generator, colour: Colour, spread: float) -> Colour:
    """Draw a colour near another one: lighter or darker, and a little warmer or cooler."""
    value = rng.normal(0, spread)
    r, g, b = (float(np.clip(c + value + rng.normal(0, 0.5 * spread), 0.01, 0.99)) for c in colour)
    return r, g, b


def sample_world(seed: int, indoors: bool = False) -> World:
    """Draw the weather, or the light of a room, season and school of a scene."""
    rng = np.random.default_rng([seed, 5])
    hours = ROOMS if indoors else HOURS
    hour = choose(rng, {name: one.odds for name, one in hours.items()})
    season = choose(rng, dict(zip(SEASONS, SEASON_ODDS, strict=True)))
    school = choose(rng, {name: one.odds for name, one in SCHOOLS.items()})
    air, style = hours[hour], SCHOOLS[school]
    side, lift = (1 if rng.random() < 0.5 else -1) * rng.uniform(0.35, 0.85), -rng.uniform(0.25, 0.7)
    direction = f32([side, lift, rng.uniform(0.3, 0.6)])
    direction /= np.linalg.norm(direction)
    x, y, z = direction.tolist()
    light = Light((x, y, z), air.key, air.ambient, air.contrast, 0.0, style.planes, style.softness)
    tone = (rng.uniform(0.35, 0.75), rng.uniform(0.35, 0.6), rng.uniform(0.3, 0.65))
    return World(
        seed, hour, season, school, light, float(rng.uniform(*style.dab)), choose(rng, style.media), tone,
    )  # fmt: skip


def choose(rng: np.random.Generator, odds: dict[str, float]) -> str:
    """Draw one of the names by its odds."""
    p = np.array(list(odds.values()))
    return list(odds)[int(rng.choice(len(p), p=p / p.sum()))]


def grade(picture: Array, world: World) -> Array:
    """Turn a picture's colours (H,W,3) into those of the world's school."""
    style = world.style
    value = picture.mean(axis=2, keepdims=True)
    tint = value * f32(style.light) + (1 - value) * f32(style.shadow)
    if world.school == "tonal":
        tint = f32(0.5) * tint + f32(0.5) * value * f32(world.tone) * f32(1.7)
    curved = np.clip(0.5 + (value - 0.5) * style.contrast, 0, 1)
    colour = curved + (picture - value) * f32(style.saturation)
    return np.clip(colour + f32(style.tint) * (tint - colour), 0, 1)
