"""Head shading: light, its shadows and the tints of skin on the solid head; ears."""

import cv2
import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.light import Light, apply_ramp, cast_shadow
from ..drawing.shapes import Array, bounding_window, f32, fill, noise, spline
from .classes import BODY, CLOTHES, FACE
from .head import GRID, GRID_REACH, Head, bumps

CELL = 2 * GRID_REACH / (GRID - 1)  # head units from one point of the grid to the next


def head_light(head: Head) -> Light:
    """Light as the upright head meets it: it is fixed to the room, so it is turned back by the roll."""
    return head.sitter.light.turned(-head.sitter.roll)


def paint_head(canvas: Canvas, head: Head) -> tuple[Array, Array]:
    """Paint ears, face planes, blush and shadow.

    Returns:
        The mask (H,W) of the face, nose included, and how light it is there (H,W): 1 is skin in the half-light.
    """
    s, light, shape = head.sitter, head_light(head), canvas.shape
    outline = head.place(head.outline())
    face = fill(shape, outline)
    window = bounding_window(shape, outline)
    ramp = s.light.ramp(s.skin, gloss=0.18 + 0.1 * (1 - s.age), warm=1.0)
    far = [side for side in (-1, 1) if -side * np.sin(s.yaw) <= 0.12]
    for side in far:
        _ear(canvas, head, ramp, side)
    if window is None:
        return face, np.ones(shape, np.float32)
    value, gleam = _light(head, light)
    shown = head.to_canvas(value, window, 0.3)
    wobble = noise(s.rng("skin"), shape, 22, 2)[window] * f32(0.03)
    paint = _tint(apply_ramp(ramp, s.light.posterise(shown, wobble)), head, window)
    paint += head.to_canvas(gleam, window)[..., None] * (f32(s.light.colour) - paint)
    canvas.lay_window(window, face[window], paint, FACE)
    if s.light.rim:
        _rim(canvas, head, face)
    for side in {-1, 1} - set(far):
        _ear(canvas, head, ramp, side)
    tones = ramp.mean(1)
    lit = np.ones(shape, np.float32)
    lit[window] = np.interp(shown, np.linspace(0, 1, 256), tones / tones[int(0.68 * 255)])
    return face, lit


def _light(head: Head, light: Light) -> tuple[Array, Array]:
    """How lit the head is, and how much it gleams, on the grid: both (GRID,GRID) in [0,1]."""
    s = head.sitter
    mask, normals, depth = head.buffers
    value = light.shade(normals)
    real = 1 - 0.6 * s.anime
    shadow = cast_by_depth(depth, light.direction, 0.55)
    value = value - f32(0.34 * light.contrast * real) * shadow * np.minimum(value, 0.7)
    # hollows get less of the light from all around
    inside = np.where(mask, depth, 0)
    for sigma, share in ((3.0, 0.9), (9.0, 0.30)):
        weight = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma) + f32(1e-3)
        hollow = cv2.GaussianBlur(inside, (0, 0), sigma) / weight - inside
        value = value - f32(share * real * (0.6 + 0.5 * light.contrast)) * np.clip(hollow, -0.03, 0.16)
    below = np.clip(normals[..., 1], 0, 1)
    value = value + f32(0.13 * light.contrast) * below * (1 - value)  # light thrown back from the clothes
    half = f32(light.direction) + f32([0, 0, 1])
    half /= np.linalg.norm(half)
    gleam = (
        np.clip(normals @ half, 0, 1) ** 22
        * (1 - shadow)
        * f32((0.20 - 0.08 * s.age) * real * (1.4 - 0.5 * np.mean(s.skin)))
    )
    sure = cv2.erode(mask.view(np.uint8), np.ones((5, 5), np.uint8)).astype(np.float32)
    near = cv2.GaussianBlur(value * sure, (0, 0), 2.5) / (cv2.GaussianBlur(sure, (0, 0), 2.5) + f32(1e-6))
    value = np.where(sure > 0, value, near)  # at the outline, where half the grid's cells lie beside the head
    return f32(np.clip(value, 0, 1)), f32(np.where(mask, gleam, 0))


def cast_by_depth(depth: Array, direction: tuple[float, float, float], reach: float) -> Array:
    """Shadows (h,w) in [0,1] that a relief casts on itself: `depth` (h,w) in head units, light from `direction`."""
    lx, ly, lz = direction
    across = max(float(np.hypot(lx, ly)), 1e-3)
    shadow = np.zeros_like(depth)
    for far in np.linspace(0.03, reach, 18):
        shift = -far / across / CELL
        there = cv2.warpAffine(depth, f32([[1, 0, shift * lx], [0, 1, shift * ly]]), depth.shape[::-1], borderValue=-9)
        shadow = np.maximum(shadow, np.clip((there - depth - f32(far * lz / across)) / f32(0.05), 0, 1))
    return f32(cv2.GaussianBlur(shadow, (0, 0), 1.6))


def _tint(paint: Array, head: Head, window: tuple[slice, slice]) -> Array:
    """Warm cheeks and nose, yellower forehead, cooler jaw: the three zones painters speak of."""
    s = head.sitter
    at = head.turn([(-0.46, 0.26), (0.46, 0.26), (0, s.nose_length - 0.05), (0, 0.85), (-0.72, 0.1), (0.72, 0.1)])
    strength = s.rng("blush").uniform(0.35, 1.1)
    amount = f32([1, 1, 0.9, 0.4, 0.5, 0.5]) * f32(strength)
    blush = bumps(at, [0.22, 0.22, 0.13, 0.2, 0.2, 0.2], [0.17, 0.17, 0.11, 0.1, 0.25, 0.25], amount)
    jaw = 0.6 * (1 - s.feminine) * (1 - s.anime) * (2.2 if s.beard == "stubble" else 1)
    low = head.turn([(0, 0.93), (-0.5, 0.66), (0.5, 0.66), (0, 0.5)])
    beard = bumps(low, [0.4, 0.28, 0.28, 0.3], [0.28, 0.22, 0.22, 0.07], min(jaw, 1.0))
    b, j = (head.to_canvas(np.minimum(field, 1.2), window)[..., None] for field in (blush, beard))
    return np.asarray(paint * (1 + b * f32([0.04, -0.09, -0.10])) * (1 - j * f32([0.13, 0.07, 0.03])))


def _ear(canvas: Canvas, head: Head, ramp: Array, side: int) -> None:
    """Paint an ear: a shell that stands off the side of the head, its rim lit, its hollow dark."""
    s = head.sitter
    wide = float(head.profile(f32([0.0]))[0][0])
    pointy = 0.22 if s.rng("ear").random() < 0.06 else 0.0

    def shell(line: list[tuple[float, float]]) -> Array:
        """Map points (back, down) of the ear to pixels."""
        p = spline(f32(line), True)
        solid = np.stack([side * (wide - 0.03 + 0.55 * np.maximum(p[:, 0], 0)), p[:, 1], -0.10 - 0.8 * p[:, 0]], 1)
        return head.place((solid @ head.rotation)[:, :2])

    light = 0.62 if side * head_light(head).direction[0] > 0 else 0.36
    skin = [f32(ramp[int(255 * v)]) * f32([1.03, 0.95, 0.93]) for v in (light, light - 0.16, light + 0.14)]
    outer = [(-0.03, -0.08), (0.07, -0.21 - pointy), (0.20, -0.20 - 0.6 * pointy), (0.24, -0.06), (0.17, 0.10),
             (0.09, 0.26), (0.0, 0.25), (-0.03, 0.10)]  # fmt: skip
    canvas.polygon(shell(outer), tuple(skin[0]), FACE)
    hollow = [(0.02, -0.04), (0.09, -0.14), (0.17, -0.12), (0.17, -0.03), (0.10, 0.08), (0.03, 0.10)]
    canvas.polygon(shell(hollow), tuple(skin[1]), opacity=0.85)
    rim = [(0.08, -0.185), (0.19, -0.17), (0.21, -0.06), (0.185, -0.06), (0.165, -0.145), (0.09, -0.16)]
    canvas.polygon(shell(rim), tuple(np.clip(skin[2], 0, 1)), opacity=0.6)


def _rim(canvas: Canvas, head: Head, face: Array) -> None:
    light = head.sitter.light
    away = cast_shadow(face, np.sign(light.direction[0]) * 0.05 * head.unit, 0.02 * head.unit, 0.02 * head.unit)
    canvas.lay(np.clip(face - away, 0, 1) * f32(0.8 * light.rim), tuple(0.6 * f32(light.colour) + 0.35))


def shade_neck(canvas: Canvas, head: Head, face: Array) -> None:
    """Cast the head's shadow on neck and clothes; call before the head itself is painted."""
    s = head.sitter
    lx, ly, _ = s.light.direction
    blur = (0.03 + 0.10 * s.light.softness) * head.unit
    shadow = cast_shadow(face, -lx * 0.22 * head.unit, 0.26 * head.unit - ly * 0.1 * head.unit, blur)
    below = np.isin(canvas.labels, (BODY, CLOTHES))
    dark = 0.42 + 0.35 * (1 - s.light.contrast)
    ambient = f32(s.light.ambient)
    canvas.glaze(shadow * below.astype(np.float32) * f32(0.85), tuple(dark * (0.75 + 0.25 * ambient)))
