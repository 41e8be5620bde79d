"""Hats, hoods and bands, labelled as clothes."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.light import Colour
from ..drawing.shapes import Array, ellipse, f32, fill, ribbon, spline
from .classes import CLOTHES
from .head import Head
from .headwear import cast_on_face, lay_form, lay_roll
from .helmets import paint_helmet, paint_veil


def paint_hood_back(canvas: Canvas, head: Head) -> None:
    """Paint the inside of a hood, behind head and neck."""
    s = head.sitter
    if s.hat not in ("hood", "scarf"):
        return
    (cx, cy), rx, ry = head.skull(0.30)
    back = [
        (cx, cy - ry), (cx + rx, cy), (cx + rx * 1.08, 0.9), (1.1, 1.9), (-1.1, 1.9), (cx - rx * 1.08, 0.9),
        (cx - rx, cy),
    ]  # fmt: skip
    canvas.polygon(head.place(spline(f32(back), True)), tuple(f32(s.cloth[0]) * 0.30 + 0.01), CLOTHES)


def paint_hat(canvas: Canvas, head: Head, face: Array) -> None:
    """Paint the hat of the sitter, over hair and forehead, with the shadow it casts on the face."""
    s = head.sitter
    if s.hat == "none":
        return
    rng = s.rng("hatshape")
    (cx, cy), rx, ry = head.skull(0.14)
    colour = s.cloth[int(rng.choice([0, 1, 2]))]
    sin = float(np.sin(s.yaw))
    brow = -0.52 + rng.uniform(-0.08, 0.06)
    shape = canvas.shape
    if s.hat == "beret":
        lean = rng.uniform(0.15, 0.45) * rng.choice([-1, 1])
        mask = fill(shape, head.place(ellipse((cx + lean, brow - 0.30), rx * 1.22, 0.40, -0.25 * np.sign(lean))))
        mask = np.maximum(mask, fill(shape, head.place(ellipse((cx, brow - 0.10), rx * 0.98, 0.22))))
        cast_on_face(canvas, head, mask, face, 0.12)
        lay_form(canvas, head, mask, colour, (cx + lean, brow - 0.3), (rx * 1.3, 0.55))
    elif s.hat in ("brim", "straw"):
        tone: Colour = (0.78, 0.64, 0.36) if s.hat == "straw" else colour
        top = [
            (cx - rx * 0.92, brow), (cx - rx * 0.84, brow - 0.62), (cx, brow - 0.88 - rng.uniform(0, 0.25)),
            (cx + rx * 0.84, brow - 0.62), (cx + rx * 0.92, brow),
        ]  # fmt: skip
        crown = fill(shape, head.place(spline(f32(top), True)))
        wide = rng.uniform(1.45, 2.2)
        rim = ellipse((cx + 0.08 * sin, brow - 0.02), rx * wide, rng.uniform(0.14, 0.30), rng.normal(0, 0.10))
        brim = fill(shape, head.place(rim))
        cast_on_face(canvas, head, np.maximum(brim, crown), face, rng.uniform(0.2, 0.42))
        lay_form(canvas, head, brim, tuple(f32(tone) * 0.85), (cx, brow - 0.1), (rx * wide, 0.5))
        lay_form(canvas, head, crown, tone, (cx, brow - 0.4), (rx * 1.1, 0.8))
        line = head.place([(cx - rx * 0.92, brow - 0.10), (cx, brow + 0.02), (cx + rx * 0.92, brow - 0.10)])
        band = fill(shape, ribbon(line, 0.18 * head.unit, (0.9, 0.9)))
        canvas.lay(band * crown, tuple(f32(s.cloth[2]) * 0.7), CLOTHES)
    elif s.hat == "cap":
        dome = [
            (cx - rx, brow + 0.12), (cx - rx * 0.93, cy - 0.5), (cx, cy - ry), (cx + rx * 0.93, cy - 0.5),
            (cx + rx, brow + 0.12), (cx, brow + 0.02),
        ]  # fmt: skip
        cap = fill(shape, head.place(spline(f32(dome), True)))
        cast_on_face(canvas, head, cap, face, 0.12)
        lay_form(canvas, head, cap, colour, (cx, cy - 0.2), (rx * 1.1, ry * 1.1))
        roll = [(cx - rx * 1.02, brow + 0.08), (cx, brow - 0.02), (cx + rx * 1.02, brow + 0.08)]
        lay_roll(canvas, head, roll, 0.24, tuple(f32(colour) * 0.8))
    elif s.hat in ("hood", "scarf"):
        inner = [
            (-s.width * 0.92, 1.05), (-s.width * 0.98, 0.3), (-0.66, -0.42), (0, brow - 0.12), (0.66, -0.42),
            (s.width * 0.98, 0.3), (s.width * 0.92, 1.05),
        ]  # fmt: skip
        grow = 0.22 if s.hat == "hood" else 0.08
        outer = [
            (cx + rx * 0.6, 1.75), (cx + rx + grow, 0.8), (cx + rx + grow, cy), (cx + (0.75 * rx), cy - ry * 0.85),
            (cx, cy - ry - grow * 0.8), (cx - 0.75 * rx, cy - ry * 0.85), (cx - rx - grow, cy), (cx - rx - grow, 0.8),
            (cx - rx * 0.6, 1.75),
        ]  # fmt: skip
        chin = f32([(0.5 + 0.3 * sin, 1.35), (-0.5 + 0.3 * sin, 1.35)])
        hole = np.concatenate([spline(head.turn(inner, 0.40 * abs(sin))), chin])
        mask = fill(shape, head.place(spline(f32(outer), True))) * (1 - fill(shape, head.place(hole)))
        cast_on_face(canvas, head, mask, face, 0.14)
        lay_form(canvas, head, mask, s.cloth[0] if s.hat == "hood" else colour, (cx, cy + 0.3), (rx * 1.3, 1.5))
    elif s.hat == "helmet":
        paint_helmet(canvas, head, face, rng, brow)
    elif s.hat == "veil":
        paint_veil(canvas, head, face, rng, colour)
    elif s.hat == "turban":
        for k in range(4):
            y = brow - 0.08 - 0.20 * k
            tilt = 0.16 * (-1) ** k
            path = [(cx - rx * (1.08 - 0.06 * k), y + tilt), (cx, y - 0.10), (cx + rx * (1.08 - 0.06 * k), y - tilt)]
            mask = fill(shape, ribbon(head.place(path), 0.46 * head.unit, (0.6, 0.6)))
            if k == 0:
                cast_on_face(canvas, head, mask, face, 0.1)
            lay_form(canvas, head, mask, tuple(f32(colour) * (0.85 + 0.08 * k)), (cx, y), (rx * 1.15, 0.35), 0.2)
    elif s.hat == "band":
        roll = [(cx - rx * 0.97, brow + 0.10), (cx + 0.1 * sin, brow - 0.06), (cx + rx * 0.97, brow + 0.10)]
        lay_roll(canvas, head, roll, rng.uniform(0.08, 0.2), colour)
    elif s.hat == "crown":
        gold = s.light.ramp((0.80, 0.62, 0.22), 0.9)
        base = [(cx - rx * 0.97, brow + 0.02), (cx + 0.1 * sin, brow + 0.08), (cx + rx * 0.97, brow + 0.02)]
        spikes: list[tuple[float, float]] = []
        n = int(rng.integers(4, 7))
        for k in range(2 * n + 1):
            t = k / (2 * n)
            spikes.append((cx + rx * 1.02 * (1 - 2 * t), brow - (0.45 if k % 2 else 0.20) + 0.08 * np.sin(np.pi * t)))
        mask = fill(shape, head.place(np.concatenate([spline(f32(base)), f32(spikes)])))
        cast_on_face(canvas, head, mask, face, 0.05)
        lay_form(canvas, head, mask, tuple(gold[150]), (cx, brow), (rx * 1.1, 0.6), 0.9)
