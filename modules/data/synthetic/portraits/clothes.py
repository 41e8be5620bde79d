"""Garments cut from one torso, with folds that follow it."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.light import Colour, cast_shadow, mix
from ..drawing.shapes import Array, ellipse, f32, fill, noise, ribbon, spline
from .arms import paint_arms
from .body import Torso, lay_cloth, paint_skin
from .classes import CLOTHES
from .head import Head

Points = list[tuple[float, float]]  # of a neckline, in body coordinates


def paint_body(canvas: Canvas, head: Head) -> None:
    """Paint neck and shoulders, the garment with its neckline, arms and hands."""
    s = head.sitter
    torso = Torso(head)
    trunk = paint_skin(canvas, torso)
    _GARMENTS[s.garment](canvas, torso, trunk, s.rng("garment"))
    if s.garment != "shawl":
        paint_arms(canvas, torso)


def _lay_garment(
    canvas: Canvas, torso: Torso, mask: Array, colour: Colour, what: str, folds: int, gloss: float, depth: float = 1
) -> None:
    """Lay a garment of `colour` over `mask` with its folds."""
    s = torso.head.sitter
    value = torso.to_canvas(torso.value(folds, depth, what), canvas.shape)
    value = s.light.posterise(value, noise(s.rng("wobble" + what), canvas.shape, 24, 2) * f32(0.05))
    lay_cloth(canvas, torso, mask, value, colour, what, gloss)


def _neckline(torso: Torso, points: Points) -> Array:
    """Outline the skin left free (pixels): `points` from the right neck side down to the middle, mirrored."""
    right = spline(f32(points), per_span=5)
    left = right[::-1] * f32([-1, 1])
    return torso.at(np.concatenate([f32([(right[0][0], 0.3)]), right, left, f32([(left[-1][0], 0.3)])]))


def _cut(canvas: Canvas, torso: Torso, points: Points, swell: float = 0.04) -> Array:
    """Garment mask: the trunk a little swollen (cloth has thickness) without the neckline."""
    outline = torso.trunk() * f32([1 + swell, 1]) - f32([0, swell])
    return fill(canvas.shape, torso.at(outline)) * (1 - fill(canvas.shape, _neckline(torso, points)))


def _dress(
    canvas: Canvas, torso: Torso, points: Points, colour: Colour, what: str, folds: int, gloss: float = 0.1,
    depth: float = 1, *, swell: float = 0.04,
) -> None:  # fmt: skip
    """Lay a garment of `colour` with the neckline `points`."""
    _lay_garment(canvas, torso, _cut(canvas, torso, points, swell), colour, what, folds, gloss, depth)


def _hem(canvas: Canvas, torso: Torso, points: Points, width: float, colour: Colour) -> None:
    """Paint a band along the neckline: one mark per side, so that the point of a V stays a point."""
    right = spline(f32(points), per_span=5)
    for side in (1, -1):
        lit = 1.1 if side * torso.head.sitter.light.direction[0] > 0 else 0.85
        line = torso.at(right * f32([side, 1]))
        tone = tuple(np.clip(f32(colour) * lit, 0, 1))
        canvas.polygon(ribbon(line, width * torso.head.unit, (0.8, 0.8)), tone, CLOTHES)


def _round(torso: Torso, depth: float, wide: float) -> Points:
    n = torso.neck
    return [
        (n * wide, 1.24 + 0.1 * (wide - 1)), (n * wide * 0.85, 1.34 + 0.35 * depth), (n * 0.5, 1.40 + 0.85 * depth),
        (0.0, 1.42 + depth),
    ]  # fmt: skip


def _jumper(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s = torso.head.sitter
    points = _round(torso, rng.uniform(0.02, 0.25), rng.uniform(0.95, 1.25))
    _dress(canvas, torso, points, s.cloth[0], "main", 14, 0.08)
    _hem(canvas, torso, points, rng.uniform(0.08, 0.30), tuple(f32(s.cloth[int(rng.integers(0, 2))]) * 0.85))


def _vneck(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s = torso.head.sitter
    if rng.random() < 0.5:
        _dress(canvas, torso, _round(torso, 0.1, 1.0), s.cloth[1], "under", 6)
    deep = rng.uniform(0.5, 1.3)
    points = [(torso.neck * 1.2, 1.22), (torso.neck * 0.9, 1.45 + 0.2 * deep), (0.02, 1.5 + deep)]
    _dress(canvas, torso, points, s.cloth[0], "main", 14, 0.1)
    _hem(canvas, torso, points, rng.uniform(0.06, 0.2), mix(s.cloth[0], s.cloth[2], rng.uniform(0, 0.7)))


def _shirt(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s, u = torso.head.sitter, torso.head.unit
    deep = rng.uniform(0.1, 0.5)
    points = [(torso.neck * 1.12, 1.15), (torso.neck * 0.7, 1.40), (0.02, 1.45 + deep)]
    _dress(canvas, torso, points, s.cloth[0], "main", 16, 0.1)
    n = torso.neck
    for side in (-1, 1):
        flap = torso.at([
            (side * n * 1.22, 0.98), (side * n * 1.25, 1.35), (side * n * 1.0, 1.85), (side * 0.08, 1.52 + deep),
            (side * n * 0.7, 1.35),
        ])  # fmt: skip
        lit = 1.12 if side * s.light.direction[0] > 0 else 0.82
        canvas.polygon(flap, tuple(np.clip(f32(s.cloth[0]) * lit + 0.03, 0, 1)), CLOTHES)
        canvas.polygon(ribbon(flap[[1, 2, 3]], 0.035 * u), tuple(f32(s.cloth[0]) * 0.45), within=trunk, opacity=0.6)
    seam = torso.at([(0.03, 1.5 + deep), (0.03, 6)])
    canvas.polygon(ribbon(seam, 0.04 * u, (1, 1)), tuple(f32(s.cloth[0]) * 0.5), CLOTHES, 0.6)
    for k in range(6):
        spot = torso.at([(0.10, 1.85 + deep + 0.55 * k)])[0]
        canvas.polygon(ellipse(tuple(spot), 0.045 * u, 0.045 * u), s.cloth[2], CLOTHES)


def _coat(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s, u = torso.head.sitter, torso.head.unit
    n = torso.neck
    _dress(canvas, torso, _round(torso, rng.uniform(-0.12, 0.3), 1.0), s.cloth[1], "under", 8)
    if rng.random() < 0.35:
        tie = torso.at([(-0.10, 1.42), (0.10, 1.42), (0.07, 1.60), (0.17, 3.2), (0, 3.5), (-0.17, 3.2), (-0.07, 1.60)])
        canvas.polygon(tie, s.cloth[2], CLOTHES)
    deep = rng.uniform(1.2, 2.4)
    points = [(n * 1.3, 1.14), (n * 1.0, 1.8), (0.10, 1.5 + deep), (0.0, 1.6 + deep)]
    mask = _cut(canvas, torso, points, 0.10)
    shadow = cast_shadow(mask, -s.light.direction[0] * 0.06 * u, 0.05 * u, 0.03 * u)
    canvas.glaze(shadow * (canvas.labels == CLOTHES), (0.6, 0.58, 0.62))
    _lay_garment(canvas, torso, mask, s.cloth[0], "main", 18, rng.uniform(0.05, 0.3))
    wide = rng.uniform(0.35, 0.7)
    for side in (-1, 1):
        right = [
            (n * 1.22, 1.08), (n + wide, 1.62), (n + wide * 0.85, 1.90), (n + wide * 0.9, 2.05), (0.12, 1.55 + deep),
            (n * 0.95, 1.75),
        ]  # fmt: skip
        lapel = torso.at(f32(right) * f32([side, 1]))
        lit = 1.15 if side * s.light.direction[0] > 0 else 0.75
        tone = f32(s.cloth[0]) if rng.random() < 0.7 else f32(s.cloth[2])
        canvas.polygon(lapel, tuple(np.clip(tone * lit + 0.02, 0, 1)), CLOTHES)
        canvas.polygon(ribbon(lapel[1:5], 0.05 * u), tuple(tone * 0.4), CLOTHES, 0.55)
    if rng.random() < 0.3:
        _fur(canvas, torso, rng, points)


def _fur(canvas: Canvas, torso: Torso, rng: np.random.Generator, points: Points) -> None:
    s, u = torso.head.sitter, torso.head.unit
    fur = s.light.ramp(mix(s.cloth[1], (0.45, 0.30, 0.18), 0.6), 0.1)
    line = spline(f32(points), per_span=7)
    for side in (-1, 1):
        for p in line:
            for _ in range(4):
                at = p + rng.normal(0, 0.08, 2) + f32([0.12, 0])
                tip = at + f32([rng.normal(0.06, 0.06), rng.uniform(0.1, 0.25)])
                hair = torso.at(f32([at, tip]) * f32([side, 1]))
                canvas.polygon(ribbon(hair, 0.16 * u), tuple(fur[int(rng.uniform(80, 190))]), CLOTHES)


def _gown(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s, u = torso.head.sitter, torso.head.unit
    deep, wide = rng.uniform(0.3, 0.95), rng.uniform(1.5, 3.2)
    points = _round(torso, deep, min(wide, torso.shoulder / torso.neck * 0.85))
    points[0] = (points[0][0], 1.30 + 0.20 * torso.slope * wide)
    _dress(canvas, torso, points, s.cloth[0], "main", 20, rng.uniform(0.1, 0.5))
    _hem(canvas, torso, points, rng.uniform(0.05, 0.22), s.cloth[1])
    if rng.random() < 0.55:
        for k in range(13):
            a = np.pi * k / 12
            spot = torso.at([(torso.neck * 1.05 * np.cos(a), 1.22 + 0.35 * np.sin(a))])[0]
            r = rng.uniform(0.04, 0.06) * u
            bead = ellipse(tuple(spot), r, r)
            canvas.polygon(bead, tuple(f32(s.cloth[2]) * rng.uniform(0.8, 1.1)), CLOTHES)


def _robe(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s = torso.head.sitter
    _dress(canvas, torso, _round(torso, 0.2, 1.1), s.cloth[1], "under", 8)
    low = rng.uniform(1.4, 2.6)
    points = [(torso.neck * 1.35, 1.14), (torso.neck * 0.9, 1.6), (0.03, 1.4 + low)]
    _dress(canvas, torso, points, s.cloth[0], "main", 26, 0.12, 1.4, swell=0.16)
    _hem(canvas, torso, points, rng.uniform(0.1, 0.32), s.cloth[2])


def _ruff(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s, u = torso.head.sitter, torso.head.unit
    _dress(canvas, torso, _round(torso, -0.1, 0.9), tuple(f32(s.cloth[0]) * 0.6), "main", 14, 0.25)
    n = int(rng.integers(20, 30))
    for ring, (grow, tone) in enumerate(((1.0, 0.62), (0.93, 0.95))):
        for k in range(n):
            a = 2 * np.pi * (k + 0.5 * ring) / n
            spot = torso.at([(0.98 * grow * np.cos(a), 1.12 + 0.30 * grow * np.sin(a))])[0]
            lit = tone * (0.82 + 0.22 * np.cos(a) * np.sign(s.light.direction[0]))
            linen = tuple(np.clip(f32([0.95, 0.93, 0.88]) * lit, 0, 1))
            canvas.polygon(ellipse(tuple(spot), 0.17 * u, 0.15 * u), linen, CLOTHES)
    middle = torso.at([(0, 1.12)])[0]
    canvas.polygon(ellipse(tuple(middle), 0.85 * u, 0.24 * u), (0.70, 0.67, 0.62), CLOTHES)


def _armour(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s, u = torso.head.sitter, torso.head.unit
    steel = mix((0.52, 0.55, 0.60), s.cloth[2], rng.uniform(0, 0.35))
    _dress(canvas, torso, _round(torso, -0.1, 1.0), tuple(f32(s.cloth[0]) * 0.7), "under", 8, swell=0.05)
    points = [(torso.neck * 1.5, 1.26), (torso.neck * 1.1, 1.55), (0.0, 1.62)]
    _dress(canvas, torso, points, steel, "plate", 3, 0.9, 0.6)
    ramp = s.light.ramp(steel, 1.0)
    for side in (-1, 1):
        for k in range(4, -1, -1):
            spot = torso.at([(side * (torso.shoulder * 0.98 + 0.02 * k), 1.68 + torso.slope + 0.24 * k)])[0]
            lit = 0.72 if side * s.light.direction[0] > 0 else 0.45
            plate = ellipse(tuple(spot), (0.52 - 0.03 * k) * u, 0.36 * u, side * 0.35)
            canvas.polygon(plate, tuple(ramp[int(255 * (lit - 0.07 * k))]), CLOTHES)
            canvas.polygon(ribbon(plate[19:35], 0.06 * u), tuple(ramp[int(255 * min(0.98, lit + 0.25))]), CLOTHES, 0.8)


def _shawl(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s = torso.head.sitter
    _gown(canvas, torso, trunk, rng)
    for side in (-1, 1):
        w, n = torso.shoulder, torso.neck
        right = [
            (n * 1.6, 1.22), (w * 1.12, 1.6 + torso.slope), (w * 1.25, 3.2), (w * 1.15, 5.5), (0.4, 5.2), (0.65, 3.0),
            (n * 1.4, 1.8),
        ]  # fmt: skip
        edge = torso.at(f32(right) * f32([side, 1]))
        mask = fill(canvas.shape, spline(edge, True))
        _lay_garment(canvas, torso, mask, s.cloth[1], f"shawl{side}", 12, 0.1, 1.3)


def _bare(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s = torso.head.sitter
    low = rng.uniform(2.0, 2.5)
    edge = [(-9, low), (-1, low - 0.12), (0, low + 0.1), (1, low - 0.12), (9, low), (9, 12), (-9, 12)]
    mask = trunk * fill(canvas.shape, torso.at(f32(edge)))
    _lay_garment(canvas, torso, mask, s.cloth[0], "main", 12, 0.2)


_GARMENTS = {
    "shirt": _shirt, "vneck": _vneck, "coat": _coat, "dress": _gown, "robe": _robe, "ruff": _ruff, "armour": _armour,
    "jumper": _jumper, "shawl": _shawl, "bare": _bare,
}  # fmt: skip
