"""What a stroke leaves: textures of single strokes, drawn once, laid along any path at any size.

A texture is seen along the stroke: x runs from `-PAD` to aspect + `PAD` brush widths, from where the brush touches down
(0) to where it lifts off (aspect); v runs across from -`REACH` to `REACH` half widths.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

REACH = 1.2  # half widths from the path that a texture shows to either side
PAD = 0.6  # brush widths that a texture shows before the touch-down and after the lift-off
ASPECTS = (1.0, 1.6, 2.6, 4.2, 6.8, 11.0)  # lengths over widths for which textures are drawn
ROWS = (4, 8, 16, 32, 64, 128)  # numbers of texels across; the largest is drawn, the others are its means
TONE = 512.0  # steps of a texture's tone, in 1/255, to a unit of lightness
BORDER = 6  # texels over which a texture ends
LIGHTS = 8  # directions of a stroke, to the light, that are told apart
LIGHT = -2.2  # radians: where the light comes from that shows relief, as studio light does (upper left)


@dataclass(frozen=True)
class Texture:
    """A stroke seen from above.

    Attributes:
        load: (R,C) float32 in [0,1], how much paint lies there.
        streak: (R,C) float32, about N(0,1): the paint of single bristles is lighter or darker.
        height: (R,C) float32 in about [0,1], for the light on the relief.
    """

    load: np.ndarray
    streak: np.ndarray
    height: np.ndarray


def smoothstep(low: float | np.ndarray, high: float | np.ndarray, x: np.ndarray) -> np.ndarray:
    """Rise smoothly from 0 at `low` to 1 at `high`."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def texture_noise(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[float, float]) -> np.ndarray:
    """Draw smooth noise (h,w) float32 of unit variance; bumps are about `cells` = (rows, columns) texels large."""
    size = (int(shape[0] / cells[0]) + 3, int(shape[1] / cells[1]) + 3)
    coarse = rng.normal(size=size).astype(np.float32)
    fine = cv2.resize(coarse, (int(size[1] * cells[1]) + 1, int(size[0] * cells[0]) + 1), interpolation=cv2.INTER_CUBIC)
    return fine[: shape[0], : shape[1]] / 0.75


def bristles(aspect: float, variant: int) -> Texture:
    """Draw a stroke of a bristle brush.

    A blunt touch-down, streaks of single bristles, ridges where paint is pressed to the sides, sides that break, and
    paint that runs out: each bristle lifts off, or is empty, at a place of its own. Odd variants come from a filbert,
    whose corners are round; the last quarter of the variants from a brush that is nearly dry.
    """
    rng = np.random.default_rng([71, variant, round(10 * aspect)])
    rows = ROWS[-1]
    per_width = rows / REACH
    columns = int(per_width * (aspect + 2 * PAD))
    v = ((np.arange(rows, dtype=np.float32) + 0.5) / rows * 2 - 1)[:, None] * REACH
    x = ((np.arange(columns, dtype=np.float32) + 0.5) / per_width - PAD)[None]
    dry = 0.95 if variant % 8 >= 6 else (0.22, 0.4, 0.3, 0.55, 0.25, 0.45)[variant % 8]
    filbert = variant % 2
    fine = texture_noise(rng, (rows, columns), (1.6, rows * 2.4))
    middle = texture_noise(rng, (rows, columns), (6, rows * 2.8))
    broad = texture_noise(rng, (rows, columns), (22, rows * 2.0))
    rough = texture_noise(rng, (rows, columns), (2.2, 9))
    bristle = 0.55 * fine + 0.5 * middle + 0.35 * broad

    def front() -> tuple[np.ndarray, np.ndarray]:
        return texture_noise(rng, (rows, 1), (2, 1)), texture_noise(rng, (rows, 1), (16, 1))

    (near, swell), (tip, sweep) = front(), front()
    start = -0.03 + (0.07 + 0.28 * filbert) * v**2 + 0.028 * near + 0.05 * swell
    end = aspect - (0.08 + 0.2 * filbert) * v**2 - (0.05 + 0.28 * dry) * np.abs(0.8 * tip + 0.7 * sweep)
    lift = 0.10 + 0.28 * dry
    along = smoothstep(start - 0.03, start + 0.06, x) * (1 - smoothstep(end - lift, end + 0.02, x - 0.06 * rough))
    wander = [np.abs(texture_noise(rng, (1, columns), (1, rows * 0.45))) for _ in range(2)]
    side = 0.985 - 0.05 * np.where(v < 0, wander[0], wander[1])
    along *= 1 - smoothstep(side - 0.05, side + 0.05, np.abs(v) + 0.02 * rough)
    runs_out = smoothstep(0.35 * aspect, 1.05 * aspect, x)
    load = 1.2 + 0.15 * bristle - 1.5 * dry * runs_out - 0.45 * np.abs(v) ** 6
    load = along * smoothstep(0.30, 0.66, load + 0.09 * rough)
    ridge = 0.7 * np.exp(-(((np.abs(v) - 0.88) / 0.09) ** 2)) + 0.4 * np.exp(-(((x - start - 0.07) / 0.07) ** 2))
    height = (0.5 + 0.2 * bristle + 0.5 * ridge) * load
    return Texture(load, bristle, height)


def soft_round(aspect: float, variant: int) -> Texture:
    """Draw a stroke of an airbrush: nothing but a soft edge."""
    v, x = _grid(aspect)
    beyond = np.maximum(np.maximum(-x, x - aspect) * 2, 0)
    load = 1 - smoothstep(0.15, 1.12, np.hypot(v, beyond))
    return Texture(load, np.zeros_like(load), np.zeros_like(load))


def hard_round(aspect: float, variant: int) -> Texture:
    """Draw a stroke of a round digital brush, or of gouache: an even body, round ends that taper with the pressure."""
    rng = np.random.default_rng([73, variant, round(10 * aspect)])
    v, x = _grid(aspect)
    taper = (0.25, 0.55, 0.4, 0.8)[variant % 4]
    into = np.clip(np.minimum((x + 0.5) / (0.35 + taper * 0.5), (aspect + 0.5 - x) / (0.35 + taper)), 0, 1)
    half = np.sqrt(1 - (1 - into) ** 2)
    streak = texture_noise(rng, v.shape, (5, 90)) * 0.5 + texture_noise(rng, v.shape, (2, 60)) * 0.35
    load = 1 - smoothstep(half - 0.05, half + 0.03, np.abs(v))
    return Texture(load * (into > 0), streak, np.zeros_like(load))


def blender(aspect: float, variant: int) -> Texture:
    """Draw a stroke of a dry soft brush that pulls wet paint: streaky, soft on all sides."""
    rng = np.random.default_rng([79, variant, round(10 * aspect)])
    v, x = _grid(aspect)
    streak = texture_noise(rng, v.shape, (3, 160)) * 0.7 + texture_noise(rng, v.shape, (10, 200)) * 0.5
    into = np.minimum((x + 0.5) / 0.8, (aspect + 0.5 - x) / 0.8)
    load = smoothstep(0, 1, into + 0.12 * streak) * (1 - smoothstep(0.35, 1.1, np.abs(v) + 0.08 * streak))
    return Texture(load, streak, np.zeros_like(load))


def pointed(aspect: float, variant: int) -> Texture:
    """Draw a stroke of a pointed brush with thin colour: a belly, a tail, a darker rim where the pigment gathers."""
    rng = np.random.default_rng([83, variant, round(10 * aspect)])
    v, x = _grid(aspect)
    u = np.clip((x + 0.45) / (aspect + 0.9), 0, 1)
    belly = (0.35, 0.5, 0.62, 0.42)[variant % 4]
    half = np.where(u < belly, u / belly, (1 - u) / (1 - belly))
    half = np.sin(np.clip(half, 0, 1) * np.pi / 2) ** 0.7 * (1 + 0.06 * texture_noise(rng, (1, x.shape[1]), (1, 60)))
    inside = half - np.abs(v)
    load = smoothstep(-0.03, 0.05, inside) * (half > 0.02)
    pool = 0.10 * texture_noise(rng, v.shape, (50, 110)) + 0.12 * (u - 0.5)
    load = load * np.clip(0.72 + pool + 0.28 * np.exp(-((inside / 0.12) ** 2)), 0, 1)
    return Texture(load, np.zeros_like(load), np.zeros_like(load))


def chalk(aspect: float, variant: int) -> Texture:
    """Draw a stroke with the side of a stick or a stump: an even, soft-edged tone."""
    rng = np.random.default_rng([89, variant, round(10 * aspect)])
    v, x = _grid(aspect)
    into = np.minimum((x + 0.4) / 0.9, (aspect + 0.4 - x) / 0.9)
    load = smoothstep(0, 1, into) * (
        1 - smoothstep(0.3, 1.12, np.abs(v) + 0.07 * texture_noise(rng, v.shape, (30, 90)))
    )
    return Texture(load, np.zeros_like(load), np.zeros_like(load))


def _grid(aspect: float) -> tuple[np.ndarray, np.ndarray]:
    """Return v and x of every texel, (R,C) each."""
    rows = ROWS[-1]
    per_width = rows / REACH
    v = ((np.arange(rows, dtype=np.float32) + 0.5) / rows * 2 - 1) * REACH
    x = (np.arange(int(per_width * (aspect + 2 * PAD)), dtype=np.float32) + 0.5) / per_width - PAD
    grid = np.meshgrid(v, x, indexing="ij")
    return grid[0], grid[1]


@dataclass(frozen=True)
class Mark:
    """How strokes of a mark are drawn.

    Attributes:
        shape: "ribbon" (a texture along the path), "line" (a line of varying width) or "area" (a filled outline).
        texture: draws the texture of a ribbon, from its length in widths and the number of a variant.
        variants: how many variants there are.
        transparent: whether paint multiplies what lies under it instead of covering it.
        grain: how much the surface's grain breaks thin paint, 0 not at all.
        streak: spread of the bristles' tones, in [0,1].
        relief: how much the light on the paint's relief shows.
        granulation: how much more pigment settles in the hollows of the surface.
        pressed: whether a stroke's opacity is the pressure that brings it into the grain, not how thick its paint is.
    """

    shape: str
    texture: Callable[[float, int], Texture] | None = None
    variants: int = 1
    transparent: bool = False
    grain: float = 0.0
    streak: float = 0.0
    relief: float = 0.0
    granulation: float = 0.0
    pressed: bool = False


MARK_TABLE: dict[str, Mark] = {
    "bristle": Mark("ribbon", bristles, 8, grain=0.7, streak=0.022, relief=0.55),
    "thin": Mark("line", grain=0.6, pressed=True),
    "blend": Mark("ribbon", blender, 4, streak=0.008),
    "round": Mark("ribbon", hard_round, 4, streak=0.008),
    "airbrush": Mark("ribbon", soft_round, 1),
    "wash": Mark("area", transparent=True, granulation=0.22),
    "wet": Mark("area", transparent=True, granulation=0.18),
    "pointed": Mark("ribbon", pointed, 4, transparent=True, granulation=0.2),
    "line": Mark("line"),
    "fill": Mark("area"),
    "contour": Mark("line", transparent=True, grain=0.7, pressed=True),
    "hatch": Mark("line", transparent=True, grain=0.36, pressed=True),
    "smudge": Mark("ribbon", chalk, 4, transparent=True, grain=0.32, pressed=True),
    "stump": Mark("ribbon", blender, 4, streak=0.004),
}


@lru_cache(maxsize=1024)
def _drawn(mark: str, aspect: int, variant: int, level: int) -> np.ndarray:
    """Draw a texture at a level, (R,C,4) float16: load, streak, and the slopes of its height along and across."""
    if level < len(ROWS) - 1:
        # The finest one, a megabyte or two, is kept only where strokes are laid with it.
        finer = (_drawn if level + 2 < len(ROWS) else _drawn.__wrapped__)(mark, aspect, variant, level + 1)
        size = max(2, finer.shape[1] // 2), ROWS[level]
        return cv2.resize(finer.astype(np.float32), size, interpolation=cv2.INTER_AREA).astype(np.float16)
    draw = MARK_TABLE[mark].texture
    assert draw is not None
    texture = draw(ASPECTS[aspect], variant)
    # Beyond its border a texture is empty, so it ends there.
    inside = np.zeros(texture.load.shape, np.uint8)
    inside[1:-1, 1:-1] = 1
    texture.load[...] *= np.clip(cv2.distanceTransform(inside, cv2.DIST_C, 3) / BORDER, 0, 1)
    height = cv2.GaussianBlur(texture.height, (0, 0), 0.9)
    slopes = [cv2.Sobel(height, cv2.CV_32F, *axes, ksize=3, scale=0.125) for axes in ((1, 0), (0, 1))]
    return np.dstack([texture.load, texture.streak, *slopes]).astype(np.float16)


@lru_cache(maxsize=4096)
def stroke_texture(mark: str, aspect: int, variant: int, level: int, light: int) -> np.ndarray:
    """Return the texture of a stroke, (R,C,2) uint8: how much paint, and its tone (128: the stroke's own colour).

    Args:
        mark: name of a ribbon's mark.
        aspect: index in `ASPECTS`.
        variant: which of the mark's textures.
        level: index in `ROWS`.
        light: direction of the stroke to the light, in `LIGHTS`-ths of a turn.
    """
    spec, drawn = MARK_TABLE[mark], _drawn(mark, aspect, variant, level).astype(np.float32)
    turn = 2 * np.pi * light / LIGHTS
    tone = spec.streak * drawn[..., 1] - spec.relief * (drawn[..., 2] * np.cos(turn) + drawn[..., 3] * np.sin(turn))
    both = np.dstack([drawn[..., 0] * 255, 128 + TONE * tone * (0.3 + 0.7 * drawn[..., 0])])
    return np.rint(np.clip(both, 0, 255)).astype(np.uint8)


@lru_cache(maxsize=1024)
def stroke_load(mark: str, aspect: int, variant: int, level: int) -> np.ndarray:
    """Return how much paint a stroke has, (R,C) uint8, for marks without tone."""
    return np.rint(np.clip(_drawn(mark, aspect, variant, level)[..., 0].astype(np.float32), 0, 1) * 255).astype(
        np.uint8
    )
