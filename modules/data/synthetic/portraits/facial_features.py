"""Facial features (eyes, brows, nose, mouth): labelled shapes first, then the marks that bring them to life."""

import cv2
import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.light import Colour, mix
from ..drawing.shapes import Array, ellipse, f32, fill, ribbon, ribbons, spline
from .classes import EYEBROWS, EYES, MOUTH, NOSE
from .head import Head

Points = Array | list[tuple[float, float]]  # of the face, see `Head`
DARK = (0.07, 0.05, 0.05)


def _shade(skin: Colour, amount: float) -> Colour:
    """Darken and redden a skin colour: what lines in a face are drawn with."""
    return tuple(np.clip(f32(skin) * (1 - amount) * f32([1.04, 0.90, 0.88]), 0, 1))


def paint_features(canvas: Canvas, head: Head, face: Array, lit: Array) -> None:
    """Paint all features, cut to the `face` mask (H,W): a turned head hides what is behind its edge.

    `lit` (H,W) is how light the face is: 1 in the half-light.
    """
    s = head.sitter
    nose = fill(canvas.shape, *head.nose()) * face
    _nose(canvas, head, nose)
    _mouth(canvas, head, face, lit)
    for side in (-1, 1):
        beyond = abs(s.yaw) > 0.2 and side * s.yaw > 0  # the nose stands before what is beyond it
        free = face * (1 - nose) if beyond else face
        _eye(canvas, head, free, lit, side)
        _brow(canvas, head, free, lit, side)
    if s.age > 0.55:
        _wrinkles(canvas, head, face)


def _line(
    canvas: Canvas, head: Head, within: Array, points: Points, out: float, width: float, colour: Colour,
    opacity: float, taper: tuple[float, float] = (0.2, 0.2),
) -> None:  # fmt: skip
    """Draw a line `width` pixels wide along `points` of the face, `out` in front of it."""
    canvas.polygon(ribbon(head.on_face(points, out), width, taper), colour, within=within, opacity=opacity)


def _light_at(lit: Array, at: Array) -> float:
    """How light the face is around a pixel (2,)."""
    y, x = (int(np.clip(v, 0, n - 1)) for v, n in zip(at[::-1], lit.shape, strict=True))
    return float(np.clip(lit[y, x], 0.25, 1.3))


def _soft(mask: Array, blur: float) -> Array:
    return f32(cv2.GaussianBlur(mask, (0, 0), blur)) if blur > 0.3 else mask


def _eye(canvas: Canvas, head: Head, face: Array, lit: Array, side: int) -> None:
    s, u = head.sitter, head.unit
    cx, cy, w = side * s.eye_gap, -0.02 + 0.05 * s.anime, s.eye_size
    opening = s.eye_open * w * (1 + 0.15 * s.anime)
    inner, outer = cx - side * w, cx + side * w * 1.02
    tilt = s.eye_slant * 0.5 + 0.01
    top = [(inner, cy + 0.022), (cx - side * 0.45 * w, cy - 0.78 * opening), (cx + side * 0.15 * w, cy - opening),
           (cx + side * 0.70 * w, cy - 0.62 * opening - tilt), (outer, cy - tilt)]  # fmt: skip
    low = [(outer, cy - tilt), (cx + side * 0.55 * w, cy + 0.45 * opening - 0.4 * tilt), (cx, cy + 0.56 * opening),
           (cx - side * 0.55 * w, cy + 0.36 * opening), (inner, cy + 0.022)]  # fmt: skip
    top_line, low_line = spline(top), spline(low)
    almond = np.concatenate([top_line, low_line])
    grown = (almond - f32([cx, cy])) * f32([1.12, 1.0]) + f32([cx, cy])
    grown[:, 1] += np.where(grown[:, 1] < cy, -0.035, 0.022)
    light = _light_at(lit, head.on_face([(cx, cy + 0.14)])[0])
    socket = fill(canvas.shape, head.on_face(grown, 0.01)) * face
    canvas.labels[socket > 0.5] = EYES
    canvas.glaze(_soft(socket, 0.05 * u) * f32(0.55), (0.80, 0.66, 0.62))
    if s.eye_open > 0:
        ball = fill(canvas.shape, head.on_face(almond, 0.02)) * face
        white = f32(mix((0.80, 0.78, 0.76), s.skin, 0.34 - 0.25 * s.anime)) * f32(0.35 + 0.65 * light)
        canvas.lay(ball, tuple(white * (0.98 - 0.08 * s.light.contrast)))
        corner = head.on_face([(inner + side * 0.10 * w, cy + 0.015)], 0.02)[0]
        pink = mix(tuple(white), tuple(f32([0.62, 0.30, 0.28]) * f32(light)), 0.75)
        canvas.polygon(ellipse(tuple(corner), 0.15 * w * u, 0.12 * w * u), pink, within=ball, opacity=0.8)
        r = w * (0.50 + 0.12 * s.anime)
        ix = cx + s.gaze[0] * w * 0.45
        iy = cy - 0.22 * opening + s.gaze[1] * w * 0.25
        eye = head.on_face([(ix, iy)], 0.03)[0]
        squeeze = max(0.55, float(np.cos(s.yaw) ** 0.7))
        tall = 1.0 + 0.45 * s.anime
        tone = f32(s.iris) * f32(0.45 + 0.55 * light)
        iris = fill(canvas.shape, ellipse(tuple(eye), r * u * squeeze, r * u * tall, s.roll)) * ball
        canvas.lay(iris, tuple(tone * 0.42))  # the dark ring round it
        inside = fill(canvas.shape, ellipse(tuple(eye), 0.86 * r * u * squeeze, 0.86 * r * u * tall, s.roll)) * ball
        canvas.lay(inside, tuple(tone * 0.85))
        glow = ellipse((eye[0], eye[1] + 0.30 * r * u), 0.70 * r * u * squeeze, 0.55 * r * u * tall, s.roll)
        canvas.lay(_soft(fill(canvas.shape, glow), 0.15 * r * u) * iris, tuple(tone * (1.25 + 0.3 * s.anime) + 0.03))
        pupil = ellipse(tuple(eye), 0.40 * r * u * squeeze, 0.43 * r * u * tall, s.roll)
        canvas.lay(fill(canvas.shape, pupil) * iris, DARK)
        # the lid's shadow on the eyeball, its roundness, and the one light that makes it wet
        shade = head.on_face(np.concatenate([top_line, top_line[::-1] + f32([0, 0.50 * opening])]), 0.02)
        canvas.glaze(_soft(fill(canvas.shape, shade), 0.09 * opening * u) * ball * f32(0.75), (0.42, 0.36, 0.36))
        round_ = fill(canvas.shape, head.on_face((almond - f32([cx, cy])) * f32([0.72, 1.3]) + f32([cx, cy]), 0.02))
        canvas.glaze((1 - _soft(round_, 0.10 * w * u)) * ball * f32(0.55), (0.62, 0.52, 0.50))
        gleam = (eye[0] + np.sign(s.light.direction[0]) * 0.30 * r * u, eye[1] - 0.34 * r * u * tall)
        size = (0.16 + 0.14 * s.anime) * r * u
        canvas.polygon(ellipse(gleam, size, size * tall), (0.97, 0.97, 0.95), within=ball, opacity=0.9)
    lash_colour = mix(DARK, s.hair, 0.30 if s.feminine < 0.5 else 0.12)
    weight = (0.016 + 0.016 * s.feminine + 0.045 * s.anime) * u
    flick = top_line if s.feminine < 0.5 else np.concatenate([top_line, top_line[-1:] + f32([side * 0.035, -0.022])])
    _line(canvas, head, face, flick[::4], 0.03, weight, lash_colour, 0.9, (0.3, 0.6))
    _line(canvas, head, face, low_line[::5], 0.02, 0.5 * weight, _shade(s.skin, 0.5 + 0.3 * (1 - light)), 0.45)
    if s.eye_open > 0 and s.anime < 0.9:
        fold = spline(f32(top) + f32([0, -0.042 - 0.03 * s.age]))
        _line(canvas, head, face, fold[::4], 0.02, 0.022 * u, tuple(f32(_shade(s.skin, 0.42)) * f32(light)), 0.55)


def _brow(canvas: Canvas, head: Head, face: Array, lit: Array, side: int) -> None:
    """Paint a brow: a soft tone and the hairs that make it, upright near the nose, lying along it farther out."""
    s, u = head.sitter, head.unit
    g, lift = s.eye_gap, -0.245 - 0.05 * s.anime - s.brow_lift - 0.35 * max(0.0, s.eye_size - 0.17)
    frown = s.brow_angle * 0.18
    uneven = float(s.rng(f"brow{side}").normal(0, 0.012))
    arch = 0.035 + 0.03 * s.feminine
    right = [
        (g - 0.20, lift + 0.004 + frown + uneven), (g - 0.02, lift - arch * 0.5 + uneven),
        (g + 0.12, lift - arch - 0.3 * frown), (g + 0.245, lift + 0.035 - 0.5 * frown),
    ]  # fmt: skip
    line = f32(right) * f32([side, 1])
    light = _light_at(lit, head.on_face([(side * g, lift)])[0])
    colour = f32(mix(tuple(f32(s.hair) * 0.55), s.skin, 0.10)) * f32(0.25 + 0.75 * light)
    thick = max(s.brow_weight * (1 - 0.35 * s.anime), 0.03) * 1.35
    mask = fill(canvas.shape, ribbon(head.on_face(line, 0.02), thick * u, (0.6, 0.12))) * face
    seen = s.rng("brows").uniform(0.35, 1.0)  # fair, plucked or lost in shadow: a brow is there all the same
    canvas.lay(_soft(mask, 0.018 * u) * f32((0.62 + 0.3 * s.anime) * seen), tuple(colour))
    canvas.labels[mask > 0.5] = EYEBROWS
    rng = s.rng(f"browhair{side}")
    n = 46
    path, t = spline(line, per_span=12), np.sort(rng.random(n))
    at = path[(t * (len(path) - 1)).astype(int)]
    spread = thick * 0.42 * (1 - 0.75 * t**2)
    at = at + np.stack([0 * t, rng.uniform(-1, 1, n) * spread], 1)
    turn = 0.9 * (1 - t) ** 2 - 0.25 * t + rng.normal(0, 0.14, n)
    tip = at + (0.045 + 0.03 * rng.random(n))[:, None] * np.stack([side * np.cos(turn), -np.sin(turn)], 1)
    paths = head.on_face(f32(np.stack([at, tip], 1).reshape(-1, 2)), 0.02).reshape(-1, 2, 2)
    tones = colour * f32(rng.uniform(0.45, 1.0, (n, 1)))
    canvas.marks(ribbons(paths, 0.014 * u, (0.7, 0.1)), tones, opacity=0.7 * seen, within=face)


def _nose(canvas: Canvas, head: Head, mask: Array) -> None:
    """Label the nose from root to wings; its form is the head's own, only accents are added."""
    s = head.sitter
    n, w = s.nose_length, s.nose_width
    canvas.labels[mask > 0.5] = NOSE
    realism = 1 - 0.8 * s.anime
    line = _shade(s.skin, 0.68)
    for side in (-1, 1):
        if side * np.sin(s.yaw) > 0.45:
            continue  # behind the tip
        hole = spline(f32([
            (side * 0.22 * w, n + 0.045), (side * 0.50 * w, n + 0.015), (side * 0.76 * w, n + 0.035),
            (side * 0.50 * w, n + 0.055),
        ]), True)  # fmt: skip
        canvas.polygon(head.on_face(hole), line, within=mask, opacity=0.85 * realism)


def _mouth(canvas: Canvas, head: Head, face: Array, lit: Array) -> None:
    s, u = head.sitter, head.unit
    y, w, lip = 0.61 - 0.02 * s.anime, s.mouth_width * 0.88, 0.78 * s.lip
    if s.smile > 0.2:
        w *= 1.0 + 0.25 * min(s.smile, 1)
    corner = y - 0.07 * s.smile
    gap = 0.10 * s.mouth_open * (0.6 + 0.6 * max(s.smile, 0))
    upper_edge = [(-w, corner), (-0.45 * w, y - 0.70 * lip), (-0.13 * w, y - 0.95 * lip), (0, y - 0.75 * lip),
                  (0.13 * w, y - 0.95 * lip), (0.45 * w, y - 0.70 * lip), (w, corner)]  # fmt: skip
    sag = 0.012 + 0.03 * max(0.0, s.smile)
    seam_up = [(-w, corner), (-0.4 * w, y + sag * 0.5), (0, y + sag), (0.4 * w, y + sag * 0.5), (w, corner)]
    aside = y + sag + gap * 0.8
    seam_low = [(-w, corner), (-0.4 * w, aside), (0, y + sag + gap), (0.4 * w, aside), (w, corner)]
    aside = y + gap + 0.90 * lip
    lower_edge = [(-w, corner), (-0.5 * w, aside), (0, y + gap + 1.25 * lip + sag), (0.5 * w, aside), (w, corner)]
    up, mid, mid2, low = (spline(f32(p)) for p in (upper_edge, seam_up, seam_low, lower_edge))
    faint = s.mouth_faint
    lips = f32(mix(s.lips, tuple(f32(s.skin) * f32([0.88, 0.70, 0.66])), 0.25 + 0.75 * faint))
    ink = 0.9 * (1 - 0.5 * faint * s.rng("seam").random())
    whole = fill(canvas.shape, head.on_face(np.concatenate([up, low[::-1]]), 0.01)) * face
    canvas.labels[whole > 0.5] = MOUTH
    tone = np.clip(lit, 0.3, 1.25)[..., None] * lips
    canvas.lay(_soft(whole, 0.006 * u) * f32(0.9), f32(tone))
    upper = fill(canvas.shape, head.on_face(np.concatenate([up, mid[::-1]]), 0.01)) * face
    canvas.glaze(_soft(upper, 0.012 * u) * f32(0.8 * (1 - 0.7 * faint)), (0.80, 0.72, 0.74))
    if gap > 0.02:
        inside = fill(canvas.shape, head.on_face(np.concatenate([mid, mid2[::-1]]), 0.01)) * face
        canvas.lay(inside, (0.22, 0.07, 0.07))
        teeth = np.concatenate([mid, mid[::-1] + f32([0, min(0.05, 0.6 * gap)])])
        white = f32([0.84, 0.82, 0.76]) * f32(_light_at(lit, head.on_face([(0.0, y)])[0]))
        canvas.polygon(head.on_face(teeth, 0.01), tuple(np.clip(white, 0, 1)), within=inside, opacity=0.9)
    seam_tone = tuple(f32(_shade(s.lips, 0.72)))
    _line(canvas, head, face, mid[::4], 0.01, (0.022 + 0.012 * s.anime) * u, seam_tone, ink, (0.3, 0.3))
    for side in (-1, 1):
        dimple = head.on_face([(side * w * 1.0, corner + 0.005)])[0]
        spot = fill(canvas.shape, ellipse(tuple(dimple), 0.035 * u, 0.030 * u)) * face
        canvas.glaze(_soft(spot, 0.02 * u) * f32(0.6), (0.62, 0.50, 0.48))
    shine = [(-0.35 * w, y + gap + 0.72 * lip), (0, y + gap + 0.80 * lip), (0.3 * w, y + gap + 0.72 * lip)]
    gleam = mix(tuple(np.clip(lips, 0, 1)), (1, 0.9, 0.88), 0.45)
    _line(canvas, head, face, shine, 0.01, 0.26 * lip * u, gleam, 0.4 * (1 - faint))


def _wrinkles(canvas: Canvas, head: Head, face: Array) -> None:
    s, u = head.sitter, head.unit
    rng = s.rng("wrinkles")
    amount = (s.age - 0.5) * (1 - 0.7 * s.anime)
    ink = _shade(s.skin, 0.45)
    lines: list[list[tuple[float, float]]] = []
    for side in (-1, 1):
        lines.append([(side * 0.20, 0.38), (side * 0.31, 0.50), (side * 0.36, 0.64)])
        lines.append([(side * 0.20, 0.10), (side * 0.34, 0.135), (side * 0.48, 0.09)])
    for k in range(int(rng.integers(1, 4))):
        y = -0.45 - 0.09 * k
        lines.append([(-0.35, y + 0.02), (0, y + rng.normal(0, 0.015)), (0.35, y + 0.02)])
    for line in lines:
        _line(canvas, head, face, line, 0.03, 0.03 * u, ink, float(np.clip(0.15 + 0.7 * amount, 0, 0.6)))
