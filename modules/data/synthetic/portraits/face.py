"""Head shading: height field, skin planes, ears, cast shadows."""

from dataclasses import replace

import cv2
import numpy as np

from .head import GRID, GRID_REACH, Head, bumps, grid
from .light import apply_ramp, cast_shadow, slopes
from .portrait_layers import BODY, CLOTHES, FACE, Canvas
from .shapes import Array, Window, bounding_window, f32, fill, noise, smoothstep, spline


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
    marks: list[tuple[float, float, float, float, float, float]] = []

    def add(px: float, py: float, sx: float, sy: float, amount: float, out: float = 0.0) -> None:
        marks.append((px, py, sx, sy, amount, out))

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
        amount = (0.05 + 0.085 * t) * (0.35 + 0.65 * soft)
        add(0, -0.16 + t * (n + 0.10), 0.055 + 0.03 * t, 0.075, amount, 0.06 + 0.22 * t)
    add(0, n - 0.05, 0.085, 0.075, 0.10 * (0.3 + 0.7 * soft), 0.28)
    add(0, n + 0.10, 0.09, 0.05, -0.06 * soft)
    add(0, 0.60, 0.28, 0.15, 0.04 * soft)
    add(0, 0.755, 0.15, 0.055, -0.035 * soft)
    add(0, 0.90, 0.17, 0.12, 0.045 * soft)
    add(0, -0.55, 0.40, 0.25, 0.03)
    m = f32(marks)
    relief = bumps(head.turn(m[:, :2], m[:, 5]), m[:, 2], m[:, 3], m[:, 4])
    return np.asarray((egg + relief) * np.float32((GRID - 1) / (2 * GRID_REACH)))


def paint_head(canvas: Canvas, head: Head) -> Array:
    """Paint ears, face planes, blush and shadow; returns the mask (H,W) of the face, nose included."""
    s, light, shape = head.sitter, head.sitter.light, canvas.shape
    rng = s.rng("skin")
    # Light is fixed to the room, the grid to the head: turn the light back by the roll before shading.
    c, sn = np.cos(-s.roll), np.sin(-s.roll)
    lx, ly, lz = light.direction
    turned = replace(light, direction=(c * lx - sn * ly, sn * lx + c * ly, lz))
    relief = height_field(head)
    small = turned.value(relief)
    nose_x, nose_y = map(float, head.turn([(0, s.nose_length * 0.5)], 0.2)[0])
    ridge = smoothstep(bumps(f32([(nose_x, nose_y)]), 0.07, 0.3, 1), 0.2, 0.9)
    side = -np.sign(turned.direction[0])
    # the shadow the nose casts, to the side away from the light
    nx, ny = head.turn([(side * 0.17, s.nose_length * 0.80)], 0.05)[0]
    small = small - (0.20 * light.contrast * (1 - 0.7 * s.anime)) * bumps(f32([(nx, ny)]), 0.09, 0.17, 1) * (1 - ridge)
    _, gy = grid()
    small = small - 0.07 * light.contrast * smoothstep(np.broadcast_to(gy, small.shape), 0.86, 1.1)
    small = small + 0.10 * (1 - small) * light.contrast  # light thrown back from the clothes
    outline = head.place(head.outline())
    face = fill(shape, outline, head.nose())  # a turned head's nose stands out past the cheek
    window = bounding_window(shape, outline)
    ramp = light.ramp(s.skin, gloss=0.18 + 0.1 * (1 - s.age), warm=1.0)
    _ears(canvas, head, ramp)
    if window is None:
        return face
    value = head.to_canvas(small.astype(np.float32), window, 0.3)
    value = light.posterise(value, noise(rng, shape, 22, 2)[window] * f32(0.030 + 0.02 * s.style.size))
    gx, gy = slopes(relief)
    turn = 2 * head.to_canvas(np.arctan2(gx, f32(1e-4) - gy), window)
    flow = f32(cv2.merge((np.cos(turn), np.sin(turn))))
    canvas.lay_window(window, face[window], _tint(apply_ramp(ramp, value), head, window), FACE, flow, 0.42)
    if light.rim:
        _rim(canvas, head, face)
    return face


def _tint(paint: Array, head: Head, window: Window) -> Array:
    """Warm cheeks and nose, yellower forehead, cooler jaw: the three zones painters speak of."""
    s = head.sitter
    at = head.turn([(-0.46, 0.26), (0.46, 0.26), (0, s.nose_length - 0.05), (0, 0.85)], f32([0, 0, 0.25, 0]))
    strength = s.rng("blush").uniform(0.4, 1.3)
    blush = bumps(at, [0.22, 0.22, 0.14, 0.2], [0.17, 0.17, 0.12, 0.1], f32([1, 1, 0.8, 0.4]) * f32(strength))
    jaw = 0.6 * (1 - s.feminine) * (1 - s.anime) * (2.2 if s.beard == "stubble" else 1)
    beard = bumps(f32([(0, 0.95)]), 0.7, 0.30, min(jaw, 1.0))
    b, j = (head.to_canvas(np.minimum(field, 1.5), window)[..., None] for field in (blush, beard))
    return np.asarray(paint * (1 + b * f32([0.05, -0.10, -0.12])) * (1 - j * f32([0.13, 0.07, 0.03])))


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
        inner = [(x + side * 0.02, -0.08), (x + side * 0.08, -0.06), (x + side * 0.05, 0.08), (x + side * 0.01, 0.12)]
        shade = tuple(ramp[int(255 * (lit - 0.2))] * f32([1.05, 0.92, 0.9]))
        canvas.polygon(head.place(spline(f32(inner), True)), shade, opacity=0.8)


def _rim(canvas: Canvas, head: Head, face: Array) -> None:
    light = head.sitter.light
    away = cast_shadow(face, np.sign(light.direction[0]) * 0.05 * head.unit, 0.02 * head.unit, 0.02 * head.unit)
    canvas.lay(np.clip(face - away, 0, 1) * f32(0.8 * light.rim), tuple(0.6 * f32(light.colour) + 0.35))


def shade_neck(canvas: Canvas, head: Head, face: Array) -> None:
    """Cast the head's shadow on neck and clothes; call before the head itself is painted."""
    s = head.sitter
    lx, ly, _ = s.light.direction
    blur = (0.03 + 0.12 * s.light.softness) * head.unit
    shadow = cast_shadow(face, -lx * 0.25 * head.unit, 0.30 * head.unit - ly * 0.1 * head.unit, blur)
    below = np.isin(canvas.labels, (BODY, CLOTHES))
    dark = 0.45 + 0.35 * (1 - s.light.contrast)
    ambient = f32(s.light.ambient)
    canvas.glaze(shadow * below.astype(np.float32) * f32(0.85), tuple(dark * (0.75 + 0.25 * ambient)))
