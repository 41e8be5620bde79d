"""The head as a lit form: height field, skin planes, ears, cast shadows. Features are drawn in features.py."""

from __future__ import annotations

import numpy as np

from .canvas import BODY, FACE, Canvas, angle_field
from .head import GRID, REACH, Head, bump, grid
from .light import cast, look_up
from .shapes import Array, f32, fill, noise, smoothstep, spline


def height_field(head: Head) -> Array:
    """Relief of the head (GRID,GRID) in grid steps: an egg with brow, sockets, nose, cheeks, lips and chin."""
    s = head.sitter
    x, y = grid()
    sin = float(np.sin(s.yaw))
    cx = 0.12 * sin
    wide = s.width * 1.12
    egg = np.sqrt(np.clip(1 - ((x - cx) / wide) ** 2 - ((y - 0.02) / 1.22) ** 2, 0.0, 1)) * 0.80
    soft = 1 - 0.65 * s.anime
    old = s.age
    relief = np.zeros((GRID, GRID), np.float32)

    def add(px: float, py: float, sx: float, sy: float, amount: float, out: float = 0.0) -> None:
        nonlocal relief
        at = head.turn([(px, py)], out)[0]
        relief = relief + f32(amount) * bump(float(at[0]), float(at[1]), sx, sy)

    g, n = s.eye_gap, s.nose_length
    for side in (-1, 1):
        add(side * g, -0.04, 0.17, 0.12, -0.13 * soft - 0.02)
        add(side * g, -0.02, 0.11, 0.08, 0.055 * soft)
        add(side * g * 0.95, -0.24, 0.20, 0.07, 0.05 * soft * (1.2 - s.feminine))
        add(side * 0.46, 0.24, 0.19, 0.14, 0.055 * (0.2 + soft))
        add(side * 0.47, 0.50, 0.16, 0.17, -0.035 * soft * (0.2 + old))
        add(side * s.nose_width, n - 0.03, 0.065, 0.06, 0.06 * soft, 0.1)
        add(side * 0.29, 0.52, 0.04, 0.15, -0.030 * (old * 1.5 + 0.1))
        add(side * 0.42, 0.10, 0.13, 0.045, -0.03 * old)
        add(side * 0.62, -0.42, 0.14, 0.22, -0.04 * soft)
    for k in range(6):  # the bridge and the ridge of the nose
        t = k / 5
        add(
            0,
            -0.16 + t * (n + 0.10),
            0.055 + 0.03 * t,
            0.075,
            (0.05 + 0.085 * t) * (0.35 + 0.65 * soft),
            0.06 + 0.22 * t,
        )
    add(0, n - 0.05, 0.085, 0.075, 0.10 * (0.3 + 0.7 * soft), 0.28)
    add(0, n + 0.10, 0.09, 0.05, -0.06 * soft)
    add(0, 0.60, 0.28, 0.15, 0.04 * soft)
    add(0, 0.755, 0.15, 0.055, -0.035 * soft)
    add(0, 0.90, 0.17, 0.12, 0.045 * soft)
    add(0, -0.55, 0.40, 0.25, 0.03)
    return (egg + relief).astype(np.float32) * f32((GRID - 1) / (2 * REACH))


def paint_head(canvas: Canvas, head: Head) -> tuple[Array, Array]:
    """Ears, face planes, blush and shadow. Returns (face mask, value map), both (H,W)."""
    s, light, shape = head.sitter, head.sitter.light, canvas.shape
    rng = s.rng("skin")
    # Light is fixed to the room, the grid to the head: turn the light back by the roll before shading.
    c, sn = np.cos(-s.roll), np.sin(-s.roll)
    lx, ly, lz = light.direction
    turned = type(light)(**{**light.__dict__, "direction": (c * lx - sn * ly, sn * lx + c * ly, lz)})
    relief = height_field(head)
    small = turned.value(relief)
    nose_x, nose_y = map(float, head.turn([(0, s.nose_length * 0.5)], 0.2)[0])
    ridge = smoothstep(bump(nose_x, nose_y, 0.07, 0.3), 0.2, 0.9)
    side = -np.sign(turned.direction[0])
    # the shadow the nose casts, to the side away from the light
    nx, ny = head.turn([(side * 0.17, s.nose_length * 0.80)], 0.05)[0]
    small = small - (0.20 * light.contrast * (1 - 0.7 * s.anime)) * bump(float(nx), float(ny), 0.09, 0.17) * (1 - ridge)
    _, gy = grid()
    small = small - 0.07 * light.contrast * smoothstep(np.broadcast_to(gy, small.shape), 0.86, 1.1)
    small = small + 0.10 * (1 - small) * light.contrast  # light thrown back from the clothes
    value = head.to_canvas(small.astype(np.float32), shape, 0.3)
    value = light.break_planes(value, noise(rng, shape, 22, 2) * f32(0.030 + 0.02 * s.style.size))

    ramp = light.ramp(s.skin, gloss=0.18 + 0.1 * (1 - s.age), warm=1.0)
    paint = look_up(ramp, value)
    paint = _tint(paint, head, shape)
    gy_, gx_ = np.gradient(relief)
    flow = angle_field(head.to_canvas(np.arctan2(gx_, -gy_ + 1e-4).astype(np.float32), shape))

    _ears(canvas, head, ramp)
    face = fill(shape, head.place(head.outline()))
    canvas.lay(face, paint, FACE, flow, 0.42)
    if light.rim:
        _rim(canvas, head, face)
    return face, value


def _tint(paint: Array, head: Head, shape: tuple[int, int]) -> Array:
    """Warm cheeks and nose, yellower forehead, cooler jaw: the three zones painters speak of."""
    s = head.sitter
    blush = np.zeros((GRID, GRID), np.float32)
    for side in (-1, 1):
        px, py = head.turn([(side * 0.46, 0.26)])[0]
        blush += bump(float(px), float(py), 0.22, 0.17)
    px, py = head.turn([(0, s.nose_length - 0.05)], 0.25)[0]
    blush += 0.8 * bump(float(px), float(py), 0.14, 0.12)
    px, py = head.turn([(0, 0.85)])[0]
    blush += 0.4 * bump(float(px), float(py), 0.2, 0.1)
    jaw = 0.6 * bump(0.0, 0.95, 0.7, 0.30) * (1 - s.feminine) * (1 - s.anime)
    if s.beard == "stubble":
        jaw = jaw * 2.2
    strength = s.rng("blush").uniform(0.4, 1.3)
    b = np.clip(head.to_canvas(blush, shape), 0, 1.2)[..., None] * f32(strength)
    j = np.clip(head.to_canvas(jaw.astype(np.float32), shape), 0, 1)[..., None]
    paint = paint * (1 + b * f32([0.05, -0.10, -0.12]))
    return np.clip(paint * (1 + j * f32([-0.13, -0.07, -0.03])), 0, 1)


def _ears(canvas: Canvas, head: Head, ramp: Array) -> None:
    s = head.sitter
    for side in (-1, 1):
        facing = -side * np.sin(s.yaw)  # > 0: this ear is turned towards us
        if facing < -0.16:
            continue
        x = side * (s.width * (1.0 - 0.25 * max(facing, 0))) * np.cos(s.yaw) ** 0.3 - 0.12 * np.sin(s.yaw)
        pointy = 0.25 if s.rng("ear").random() < 0.06 else 0.0
        ear = [
            (x - side * 0.05, -0.14), (x + side * 0.07, -0.20 - pointy), (x + side * 0.145, -0.08),
            (x + side * 0.10, 0.12), (x + side * 0.04, 0.25), (x - side * 0.05, 0.22),
        ]  # fmt: skip
        lit = 0.58 if side * s.light.direction[0] > 0 else 0.36
        outline = head.place(spline(f32(ear), True))
        canvas.polygon(outline, tuple(ramp[int(255 * lit)]), FACE, brush=0.3)
        inner = f32(
            [(x + side * 0.02, -0.08), (x + side * 0.08, -0.06), (x + side * 0.05, 0.08), (x + side * 0.01, 0.12)]
        )
        canvas.polygon(
            head.place(spline(inner, True)),
            tuple(ramp[int(255 * (lit - 0.2))] * f32([1.05, 0.92, 0.9])),
            opacity=0.8,
        )


def _rim(canvas: Canvas, head: Head, face: Array) -> None:
    light = head.sitter.light
    away = cast(face, np.sign(light.direction[0]) * 0.05 * head.unit, 0.02 * head.unit, 0.02 * head.unit)
    canvas.lay(np.clip(face - away, 0, 1) * f32(0.8 * light.rim), tuple(0.6 * f32(light.colour) + 0.35))


def shade_neck(canvas: Canvas, head: Head, face: Array) -> None:
    """The head's shadow on neck and clothes; call before the head itself is painted."""
    s = head.sitter
    lx, ly, _ = s.light.direction
    shadow = cast(
        face,
        -lx * 0.25 * head.unit,
        0.30 * head.unit - ly * 0.1 * head.unit,
        (0.03 + 0.12 * s.light.softness) * head.unit,
    )
    below = (canvas.labels == BODY) | (canvas.labels == 3)
    dark = 0.45 + 0.35 * (1 - s.light.contrast)
    ambient = f32(s.light.ambient)
    canvas.glaze(shadow * below.astype(np.float32) * f32(0.85), tuple(dark * (0.75 + 0.25 * ambient)))
