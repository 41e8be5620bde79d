"""Facial features (eyes, brows, nose, mouth): labelled shapes first, then the marks that bring them to life."""

import numpy as np

from .head import Head
from .light import Colour, mix
from .portrait_layers import EYEBROWS, EYES, MOUTH, NOSE, Canvas
from .shapes import Array, ellipse, f32, fill, ribbon, ribbons, spline

Points = Array | list[tuple[float, float]]  # of the face, see `Head`
DARK = (0.07, 0.05, 0.05)


def _shade(skin: Colour, amount: float) -> Colour:
    """Darken and redden a skin colour: what lines in a face are drawn with."""
    return tuple(np.clip(f32(skin) * (1 - amount) * f32([1.04, 0.90, 0.88]), 0, 1))


def paint_features(canvas: Canvas, head: Head, face: Array) -> None:
    """Paint all features, cut to the `face` mask (H,W): a turned head hides what is behind its edge."""
    _nose(canvas, head, face)
    _mouth(canvas, head, face)
    for side in (-1, 1):
        _eye(canvas, head, face, side)
        _brow(canvas, head, face, side)
    if head.sitter.age > 0.55:
        _wrinkles(canvas, head, face)


def _dim(head: Head, side: int) -> float:
    """Factor on colours: features on the side away from the light are darker."""
    s = head.sitter
    away = max(0.0, -side * s.light.direction[0])
    return 1 - 0.40 * s.light.contrast * away


def _line(
    canvas: Canvas, head: Head, within: Array, points: Points, out: float, width: float, colour: Colour,
    opacity: float, taper: tuple[float, float] = (0.2, 0.2),
) -> None:  # fmt: skip
    """Draw a line `width` pixels wide along `points` of the face, `out` in front of it."""
    canvas.polygon(ribbon(head.on_face(points, out), width, taper), colour, within=within, opacity=opacity)


def _eye(canvas: Canvas, head: Head, face: Array, side: int) -> None:
    s, u = head.sitter, head.unit
    cx, cy, w = side * s.eye_gap, -0.03 + 0.05 * s.anime, s.eye_size
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
    dim = _dim(head, side)
    lid = _shade(s.skin, 0.18 + 0.1 * s.light.contrast)
    socket = head.on_face(grown, 0.02)
    canvas.polygon(socket, tuple(f32(lid) * dim), EYES, within=face, brush=0.16)
    if s.eye_open > 0:
        ball = fill(canvas.shape, head.on_face(almond, 0.02)) * face
        white = f32(mix((0.86, 0.84, 0.82), s.skin, 0.30 - 0.2 * s.anime))
        canvas.lay(ball, tuple(white * dim * (0.92 - 0.12 * s.light.contrast)))
        r = w * (0.50 + 0.12 * s.anime)
        ix = cx + s.gaze[0] * w * 0.5
        iy = cy - 0.22 * opening + s.gaze[1] * w * 0.3
        eye = head.on_face([(ix, iy)], 0.03)[0]
        squeeze = max(0.55, float(np.cos(s.yaw) ** 0.7))
        tall = 1.0 + 0.45 * s.anime
        iris = fill(canvas.shape, ellipse(tuple(eye), r * u * squeeze, r * u * tall, s.roll)) * ball
        canvas.lay(iris, tuple(f32(s.iris) * 0.55 * dim))
        glow = ellipse((eye[0], eye[1] + 0.3 * r * u), 0.72 * r * u * squeeze, 0.6 * r * u * tall, s.roll)
        canvas.lay(fill(canvas.shape, glow) * iris, tuple(f32(s.iris) * (0.95 + 0.3 * s.anime) * dim))
        pupil = ellipse(tuple(eye), 0.45 * r * u * squeeze, 0.48 * r * u * tall, s.roll)
        canvas.lay(fill(canvas.shape, pupil) * iris, DARK)
        # the lid's shadow on the eyeball, and the one light that makes it wet
        shade = head.on_face(np.concatenate([top_line, top_line[::-1] + f32([0, 0.32 * opening])]), 0.02)
        canvas.lay(fill(canvas.shape, shade) * ball * f32(0.45), _shade(s.skin, 0.75))
        gleam = (eye[0] + np.sign(s.light.direction[0]) * 0.33 * r * u, eye[1] - 0.36 * r * u * tall)
        size = (0.20 + 0.12 * s.anime) * r * u
        canvas.polygon(ellipse(gleam, size, size * tall), (0.97, 0.97, 0.95), within=iris, opacity=0.9)
    lash_colour = mix(DARK, s.hair, 0.25 if s.feminine < 0.5 else 0.08)
    weight = (0.018 + 0.022 * s.feminine + 0.045 * s.anime) * u
    flick = top_line if s.feminine < 0.5 else np.concatenate([top_line, top_line[-1:] + f32([side * 0.04, -0.025])])
    _line(canvas, head, face, flick[::4], 0.03, weight, lash_colour, 0.92, (0.3, 0.7))
    _line(canvas, head, face, low_line[::5], 0.02, 0.35 * weight, _shade(s.skin, 0.5), 0.6)
    if s.eye_open > 0 and s.anime < 0.9:
        fold = top_line * f32([1, 1]) + f32([0, -0.045 - 0.03 * s.age])
        _line(canvas, head, face, fold[::4], 0.02, 0.020 * u, _shade(s.skin, 0.48), 0.7)


def _brow(canvas: Canvas, head: Head, face: Array, side: int) -> None:
    s, u = head.sitter, head.unit
    g, lift = s.eye_gap, -0.255 - 0.05 * s.anime - s.brow_lift - 0.35 * max(0.0, s.eye_size - 0.17)
    frown = s.brow_angle * 0.18
    uneven = float(s.rng(f"brow{side}").normal(0, 0.012))
    arch = 0.035 + 0.03 * s.feminine
    right = [
        (g - 0.20, lift + 0.004 + frown + uneven), (g - 0.02, lift - arch * 0.5 + uneven),
        (g + 0.12, lift - arch - 0.3 * frown), (g + 0.245, lift + 0.035 - 0.5 * frown),
    ]  # fmt: skip
    line = f32(right) * f32([side, 1])
    colour = mix(tuple(f32(s.hair) * 0.6), s.skin, 0.12)
    colour = tuple(f32(colour) * _dim(head, side))
    width = max(s.brow_weight * (1 - 0.35 * s.anime), 0.03) * u * 1.35
    path = head.on_face(line, 0.06)
    mask = fill(canvas.shape, ribbon(path, width, (0.6, 0.12))) * face
    seen = s.rng("brows").uniform(0.35, 1.0)  # fair, plucked or lost in shadow: a brow is there all the same
    canvas.lay(mask * f32(0.92 * seen), colour, brush=0.14)
    canvas.labels[mask > 0.5] = EYEBROWS
    rng = s.rng(f"browhair{side}")
    dense = spline(f32(line), per_span=6)[:: max(1, int(3 * s.anime) + 1)]
    start = dense + np.stack([rng.normal(0, 0.01, len(dense)), np.full(len(dense), 0.018)], 1)
    tip = start + np.stack([np.full(len(dense), side * 0.055), -0.045 + 0.03 * rng.random(len(dense))], 1)
    paths = head.on_face(f32(np.stack([start, tip], 1).reshape(-1, 2)), 0.06).reshape(-1, 2, 2)
    tone = np.tile(f32(colour) * f32(0.6), (len(dense), 1))
    canvas.marks(ribbons(paths, 0.014 * u), tone, opacity=0.7 * seen, within=mask)


def _nose(canvas: Canvas, head: Head, face: Array) -> None:
    """Label the nose from root to wings; its form is the height field's, only accents are added."""
    s, u = head.sitter, head.unit
    n, w = s.nose_length, s.nose_width
    root, top = 0.065 + 0.015 * (1 - s.feminine), -0.10 + 0.12 * s.anime
    mask = fill(canvas.shape, head.nose()) * face
    canvas.labels[mask > 0.5] = NOSE
    canvas.brush[mask > 0.5] = 0.2
    realism = 1 - 0.8 * s.anime
    line = _shade(s.skin, 0.62)
    for side in (-1, 1):
        nostril = head.turn([(side * 0.52 * w, 1.01 * n)], 0.12)[0]
        hole = ellipse((0, 0), 0.055 * (w / 0.17), 0.026, side * -0.35) + nostril
        canvas.polygon(head.place(hole), line, within=mask, opacity=0.9 * realism)
        wing = [(side * 1.02 * w, 0.82 * n), (side * 1.12 * w, 0.94 * n), (side * 0.88 * w, 1.04 * n)]
        _line(canvas, head, face, wing, 0.06, 0.028 * u, line, 0.45 * realism)
    away = -np.sign(s.light.direction[0]) or 1
    edge = [(away * root * 1.0, top + 0.02), (away * root * 1.0, 0.45 * n), (away * 0.72 * w, 0.80 * n)]
    _line(canvas, head, face, edge, 0.10, 0.055 * u, _shade(s.skin, 0.40), 0.35 + 0.25 * s.light.contrast, (0.1, 0.8))
    under = [(-0.75 * w, 1.03 * n), (0, 1.11 * n), (0.75 * w, 1.03 * n)]
    _line(canvas, head, face, under, 0.14, 0.05 * u, _shade(s.skin, 0.45), 0.6, (0.1, 0.1))
    if s.light.softness < 0.9:
        tip = head.turn([(-away * 0.03, 0.86 * n)], 0.28)[0]
        shine = ellipse((float(tip[0]), float(tip[1])), 0.032, 0.045)
        canvas.polygon(head.place(shine), mix(s.skin, (1.0, 0.97, 0.92), 0.55), within=mask, opacity=0.65)
        ridge = [(-away * 0.02, 0.1 * n), (-away * 0.025, 0.7 * n)]
        _line(canvas, head, mask, ridge, 0.2, 0.035 * u, mix(s.skin, (1, 0.97, 0.92), 0.4), 0.45)


def _mouth(canvas: Canvas, head: Head, face: Array) -> None:
    s, u = head.sitter, head.unit
    y, w, lip = 0.60 - 0.02 * s.anime, s.mouth_width, s.lip
    if s.smile > 0.2:
        w *= 1.0 + 0.25 * min(s.smile, 1)
    corner = y - 0.07 * s.smile
    gap = 0.10 * s.mouth_open * (0.6 + 0.6 * max(s.smile, 0))
    upper_edge = [(-w, corner), (-0.45 * w, y - 0.75 * lip), (-0.13 * w, y - lip), (0, y - 0.80 * lip),
                  (0.13 * w, y - lip), (0.45 * w, y - 0.75 * lip), (w, corner)]  # fmt: skip
    sag = 0.012 + 0.03 * max(0.0, s.smile)
    seam_up = [(-w, corner), (-0.4 * w, y + sag * 0.5), (0, y + sag), (0.4 * w, y + sag * 0.5), (w, corner)]
    aside = y + sag + gap * 0.8
    seam_low = [(-w, corner), (-0.4 * w, aside), (0, y + sag + gap), (0.4 * w, aside), (w, corner)]
    aside = y + gap + 0.95 * lip
    lower_edge = [(-w, corner), (-0.5 * w, aside), (0, y + gap + 1.35 * lip + sag), (0.5 * w, aside), (w, corner)]
    up, mid, mid2, low = (spline(f32(p)) for p in (upper_edge, seam_up, seam_low, lower_edge))
    dim = 1 - 0.12 * s.light.contrast
    faint = s.mouth_faint
    lips = f32(mix(s.lips, tuple(f32(s.skin) * f32([0.90, 0.80, 0.77])), faint)) * dim
    ink = 0.9 * (1 - 0.6 * faint * s.rng("seam").random())
    whole = head.on_face(np.concatenate([up, low[::-1]]), 0.06)
    canvas.polygon(whole, tuple(lips), MOUTH, within=face, brush=0.16)
    upper = head.on_face(np.concatenate([up, mid[::-1]]), 0.06)
    canvas.polygon(upper, tuple(lips * (1 - f32([0.26, 0.32, 0.30]) * f32(1 - 0.8 * faint))), within=face)
    if gap > 0.02:
        inside = fill(canvas.shape, head.on_face(np.concatenate([mid, mid2[::-1]]), 0.06)) * face
        canvas.lay(inside, (0.22, 0.07, 0.07))
        teeth = np.concatenate([mid, mid[::-1] + f32([0, min(0.05, 0.6 * gap)])])
        canvas.polygon(head.on_face(teeth, 0.06), tuple(f32([0.88, 0.86, 0.80]) * dim), within=inside, opacity=0.9)
    _line(canvas, head, face, mid[::4], 0.06, (0.026 + 0.012 * s.anime) * u, _shade(s.lips, 0.68), ink, (0.35, 0.35))
    spot = [(-0.35 * w, y + gap + 0.75 * lip), (0, y + gap + 0.85 * lip), (0.3 * w, y + gap + 0.75 * lip)]
    gleam = mix(tuple(lips), (1, 0.9, 0.88), 0.5)
    _line(canvas, head, face, spot, 0.08, 0.30 * lip * u, gleam, 0.55 * (1 - faint))
    under = [(-0.4 * w, y + gap + 1.75 * lip), (0, y + gap + 2.0 * lip), (0.4 * w, y + gap + 1.75 * lip)]
    _line(canvas, head, face, under, 0.02, 0.05 * u, _shade(s.skin, 0.4), 0.4 * (1 - 0.5 * s.anime))


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
        _line(canvas, head, face, line, 0.03, 0.03 * u, ink, float(np.clip(0.3 + 0.9 * amount, 0, 0.8)))
