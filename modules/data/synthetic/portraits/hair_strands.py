"""Hair shading: planes of light on its mass, locks from root to tip, loose strands past its outline."""

import cv2
import numpy as np

from .head import Head
from .light import apply_ramp, mix
from .portrait_layers import HAIR, Canvas
from .shapes import Array, f32, mask_window, noise, pixel_offsets, ribbons, smoothstep

CURLED = ("curly", "wild")


def paint_hair(
    canvas: Canvas, head: Head, mask: Array, centre: tuple[float, float], dark: float, what: str, thin: float = 0.0
) -> None:
    """Paint planes of light and locks within `mask` (H,W); strands fall from `centre` (plane of the head).

    `dark` is how much less light falls here than on the crown, `thin` how much skin shows through.
    """
    box = mask_window(mask)
    if box is None:
        return
    s, light = head.sitter, head.sitter.light
    rng = s.rng("hair" + what)

    def grain(cells: float, octaves: int) -> Array:
        return noise(rng, canvas.shape, cells, octaves)[box]

    root = head.place([centre])[0]
    dx, dy = (offset / f32(head.unit) for offset in pixel_offsets(box, root))
    angle = hair_direction(dx, dy)
    curly = s.hair_kind in CURLED
    turned = 2 * (angle + f32(1.3 if curly else 0.25) * grain(9, 2))
    flow = cv2.merge((np.cos(turned), np.sin(turned)))
    round_ = np.sqrt(np.clip(1 - (dx / 1.15) ** 2 - ((dy - 0.55) / 1.5) ** 2, 0, 1))
    lx, ly, lz = (f32(v) for v in light.direction)
    value = 0.38 + 0.32 * round_ * lz + 0.28 * (dx * lx + np.clip(dy, -0.8, 1) * ly) - f32(dark)
    away = (np.sqrt(dx * dx + 0.81 * dy * dy) - 0.62 + 0.18 * lx * dx) / 0.13
    band = np.exp(-away * away) * smoothstep(dx * lx - dy * 0.3, -0.6, 0.5)
    own = s.rng("gloss")
    gloss = own.uniform(0.02, 0.40) * (0.4 if curly else 1)
    depth = own.uniform(0.02, 0.26) * (1 - 0.6 * s.anime)  # how far strands part the mass
    across = grain(26, 2) * 4 if curly else angle * 5
    strand = np.sin(across * rng.uniform(2.0, 5.5) + 5 * grain(6, 2)) * 0.5 + grain(40, 1) * 0.4
    value = value + f32(gloss) * band + f32(depth) * strand
    value = light.posterise(np.clip(value, 0.02, 1), grain(28, 1) * f32(0.05))
    ramp = light.ramp(s.hair, gloss=0.2 + gloss)
    canvas.lay_window(box, mask[box] * f32(1 - thin), apply_ramp(ramp, value), None, flow, 0.45)
    canvas.labels[box][mask[box] > 0.5] = HAIR
    _locks(canvas, head, mask, root, ramp, rng, dark)


def hair_direction(dx: Array, dy: Array) -> Array:
    """Direct the hair (radians) at an offset from the parting: on the skull it radiates, below it hangs."""
    low = smoothstep(dy, 0.2, 1.2)
    return np.arctan2(dy + f32(0.15) + f32(1.2) * low, dx * (1 - f32(0.75) * low) + f32(1e-4))


def _locks(
    canvas: Canvas, head: Head, mask: Array, root: Array, ramp: Array, rng: np.random.Generator, dark: float
) -> None:
    """Paint single locks, lit, shaded or bleached, along the direction of the hair."""
    s, u = head.sitter, f32(head.unit)
    inside = np.flatnonzero(mask.ravel() > 0.6)
    n = int(rng.uniform(20, 64) * (1 - 0.4 * s.anime))
    fine = rng.uniform(0.35, 1.0)
    pick, bend = rng.random(n), rng.normal(0, 0.4 if s.hair_kind not in CURLED else 2.2, n)
    tone, width = rng.normal(0, rng.uniform(0.08, 0.28), n), rng.uniform(0.02, 0.07, n) * fine * head.unit
    bleached = rng.random(n) < rng.choice([0.0, 0.0, 0.1, 0.35])
    if len(inside) < 30:
        return
    start = inside[(pick * len(inside)).astype(int)]
    at = np.stack([start % mask.shape[1], start // mask.shape[1]], 1).astype(np.float32)
    lit = np.clip(0.36 + tone - dark + 0.2 * (at[:, 0] - root[0]) / u * s.light.direction[0], 0.05, 0.9)
    points = [at]
    for step in range(4):
        away = (points[-1] - root) / u
        a = hair_direction(away[:, 0], away[:, 1]) + bend * (step / 5 - 0.4)
        points.append(points[-1] + 0.10 * u * np.stack([np.cos(a), np.sin(a)], 1).astype(np.float32))
    colours = ramp[(lit * 255).astype(int)]
    colours[bleached] = 0.5 * colours[bleached] + 0.5 * f32(mix(s.hair, s.streak, 0.8))
    marks = ribbons(np.stack(points, 1), np.maximum(width, 0.7), (0.1, 0.1))
    canvas.marks(marks, colours, opacity=0.75, within=mask)


def wisps(head: Head, outline: Array, centre: tuple[float, float], amount: float, rng: np.random.Generator) -> Array:
    """Outline locks (k,m,2) that leave the mass: `outline` (n,2) in pixels, `amount` 0 (sleek) to 1 (wild)."""
    u = f32(head.unit)
    n = 6 + int(46 * amount)
    p = outline[rng.integers(0, len(outline), n)]
    away = (p - head.place([centre])[0]) / u
    a = hair_direction(away[:, 0], away[:, 1]) + rng.normal(0, 0.25 + 0.5 * amount, n).astype(np.float32)
    out = away / (np.sqrt((away * away).sum(1, keepdims=True)) + f32(1e-3))
    along = np.stack([np.cos(a), np.sin(a)], 1) + out * f32(rng.uniform(0.1, 0.7))
    long = (rng.uniform(0.03, 0.10 + 0.28 * amount, n)[:, None] * u).astype(np.float32)
    bend = np.stack([-along[:, 1], along[:, 0]], 1) * rng.normal(0, 0.5, (n, 1)).astype(np.float32)
    paths = np.stack([p - along * f32(0.07) * u, p + 0.45 * long * along, p + long * (along + bend)], 1)
    return ribbons(paths.astype(np.float32), rng.uniform(0.04, 0.10 + 0.05 * amount, n) * head.unit, (0.8, 0.05))
