"""Helmets and veils, labelled as clothes."""

import math

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.light import Colour, mix
from ..drawing.shapes import Array, f32, fill, ribbon, spline
from .head import Head
from .headwear import cast_on_face, lay_form, lay_roll


def paint_helmet(canvas: Canvas, head: Head, face: Array, rng: np.random.Generator, brow: float) -> None:
    """Paint a steel cap with a rim, and perhaps cheek plates, a nose guard or a plume."""
    s, shape = head.sitter, canvas.shape
    (cx, cy), rx, ry = head.skull(0.08)
    steel = mix((0.58, 0.61, 0.66), s.cloth[2], rng.uniform(0, 0.4))
    dome = [(cx - rx, brow + 0.2), (cx - rx * 0.95, cy - 0.45), (cx, cy - ry - rng.uniform(0, 0.5)),
            (cx + rx * 0.95, cy - 0.45), (cx + rx, brow + 0.2), (cx, brow + 0.05)]  # fmt: skip
    shapes = [head.place(spline(f32(dome), True))]
    if rng.random() < 0.5:  # cheek plates
        for side in (-1, 1):
            plate = [(side * s.width * 1.06, -0.5), (side * s.width * 0.70, -0.3), (side * s.width * 0.66, 0.25),
                     (side * s.width * 0.85, 0.75), (side * s.width * 1.1, 0.3)]  # fmt: skip
            shapes.append(head.place(spline(head.turn(plate), True)))
    if rng.random() < 0.35:
        guard = head.turn([(0, brow - 0.1), (0, s.nose_length * 0.7)], 0.15)
        shapes.append(ribbon(head.place(guard), 0.16 * head.unit, (1, 0.7)))
    if rng.random() < 0.4:
        top = head.place([(cx, cy - ry * 0.9), (cx - 0.3, cy - ry - 0.5), (cx - 0.9, cy - ry), (cx - 1.1, cy + 0.2)])
        mask = fill(shape, ribbon(top, rng.uniform(0.3, 0.6) * head.unit, (0.4, 0.2)))
        lay_form(canvas, head, mask, s.cloth[2], (cx - 0.5, cy - ry), (1.0, 1.0))
    mask = fill(shape, *shapes)
    cast_on_face(canvas, head, mask, face, 0.1)
    lay_form(canvas, head, mask, steel, (cx, cy - 0.2), (rx * 1.1, ry * 1.1), rng.uniform(0.3, 1.0))
    rim = [(cx - rx * 1.02, brow + 0.10), (cx, brow - 0.02), (cx + rx * 1.02, brow + 0.10)]
    lay_roll(canvas, head, rim, 0.14, tuple(f32(steel) * 0.8))


def paint_veil(canvas: Canvas, head: Head, face: Array, rng: np.random.Generator, colour: Colour) -> None:
    """Paint a cloth from head to shoulders, white or coloured, that leaves more or less hair free."""
    s = head.sitter
    (cx, cy), rx, ry = head.skull(0.14)
    grow, low = rng.uniform(0.05, 0.3), rng.uniform(0.9, 2.4)
    side_line = [
        (0.0, cy - ry - 0.04), (rx * 0.8, cy - ry * 0.72), (rx + grow * 0.4, cy), (rx + grow, 0.7),
        (rx + 1.6 * grow, low),
    ]  # fmt: skip
    line = spline(f32(side_line)) + f32([cx, 0])
    opening, other = (
        head.turn([(0.0, -0.84), (k * 0.55, -0.66), (k * s.width * rng.uniform(0.8, 1.0), -0.1), (k * s.width, 0.7),
                   (k * 0.8, low + 0.3)], 0.35 * abs(math.sin(s.yaw))) for k in (1, -1)
    )  # fmt: skip
    outer = np.concatenate([line[::-1], ((line - f32([cx, 0])) * f32([-1, 1]) + f32([cx, 0]))])
    hole = np.concatenate([spline(opening)[::-1], spline(other)])
    mask = fill(canvas.shape, head.place(outer)) * (1 - fill(canvas.shape, head.place(hole)))
    cast_on_face(canvas, head, mask, face, 0.06)
    lay_form(canvas, head, mask, colour if rng.random() < 0.5 else (0.85, 0.83, 0.80), (cx, cy + 0.2), (rx * 1.4, 1.6))
