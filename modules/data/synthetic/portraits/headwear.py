"""Headwear forms: lit cloth or metal, a roll of it, the shadow it casts on the face."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.light import Colour, apply_ramp, cast_shadow
from ..drawing.shapes import Array, f32, fill, mask_window, noise, pixel_offsets, ribbon
from .classes import CLOTHES
from .head import Head


def lay_form(
    canvas: Canvas,
    head: Head,
    mask: Array,
    colour: Colour,
    centre: tuple[float, float],
    size: tuple[float, float],
    gloss: float = 0.1,
) -> None:
    """Lay a rounded, lit form of cloth over `mask`."""
    s, light = head.sitter, head.sitter.light
    box = mask_window(mask)
    if box is None:
        return
    dx, dy = pixel_offsets(box, head.place([centre])[0])
    x, y = dx / f32(size[0] * head.unit), dy / f32(size[1] * head.unit)
    lx, ly, lz = (f32(v) for v in light.direction)
    value = 0.40 + 0.38 * lz * np.sqrt(np.maximum(1 - x * x - y * y, 0)) + 0.30 * (lx * x + ly * y)
    rng = s.rng("hat")
    value = value + f32(0.10 * light.contrast) * noise(rng, canvas.shape, 9, 2, 2.0)[box]
    value = light.posterise(np.maximum(value, 0.02), noise(rng, canvas.shape, 26, 1)[box] * f32(0.05))
    canvas.lay_window(box, mask[box], apply_ramp(light.ramp(colour, gloss), value), CLOTHES)


def cast_on_face(canvas: Canvas, head: Head, mask: Array, face: Array, reach: float) -> None:
    """Cast the shadow of `mask` (H,W) on the face, `reach` head units long."""
    s = head.sitter
    blur = (0.02 + 0.06 * s.light.softness) * head.unit
    shade = cast_shadow(mask, -s.light.direction[0] * 0.08 * head.unit, reach * head.unit, blur)
    k = 0.55 - 0.25 * s.light.contrast
    canvas.glaze(shade * face * (canvas.labels != CLOTHES), (k + 0.05, k, k + 0.02))


def lay_roll(canvas: Canvas, head: Head, path: list[tuple[float, float]], width: float, colour: Colour) -> None:
    """Lay a rolled edge of cloth along `path` (head units), `width` wide."""
    mask = fill(canvas.shape, ribbon(head.place(path), width * head.unit, (0.85, 0.85)))
    lay_form(canvas, head, mask, colour, path[1], (1.1, max(width, 0.2)), 0.2)
