"""Props: staffs, blades, cloaks, sashes, pendants and books, labelled as clothes."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.light import apply_ramp, mix
from ..drawing.shapes import Array, ellipse, f32, fill, jagged, noise, ribbon, spline
from .body import Torso
from .classes import BODY, CLOTHES
from .head import Head

STEEL, WOOD, GOLD = (0.58, 0.61, 0.66), (0.40, 0.28, 0.16), (0.80, 0.62, 0.24)


def paint_cloak(canvas: Canvas, head: Head) -> None:
    """Paint a cloak behind the shoulders, smooth, ragged or spread like wings; call before the body."""
    s = head.sitter
    if s.prop != "cloak":
        return
    torso, rng = Torso(head), s.rng("cloak")
    w, top = torso.shoulder, 1.15 + rng.uniform(-0.3, 0.4)
    wide = w * rng.uniform(1.15, 1.8)
    low = rng.uniform(-0.1, 0.4), rng.uniform(0.8, 1.3)
    line = spline(f32([(0.3, top), (w * 0.9, top + low[0]), (wide, top + 1.2), (wide * low[1], 7.0)]))
    if rng.random() < 0.5:
        line = jagged(line, rng, rng.uniform(0.1, 0.5), 9)
    mask = fill(canvas.shape, torso.at(np.concatenate([line, (line * f32([-1, 1]))[::-1]])))
    _form(canvas, head, mask, s.cloth[int(rng.integers(0, 3))], rng)


def paint_props(canvas: Canvas, head: Head) -> None:
    """Paint what hangs over the garment or is held in front of it; call after the body."""
    s = head.sitter
    if s.prop in ("none", "cloak"):
        return
    _PROPS[s.prop](canvas, head, Torso(head), s.rng("thing"))


def _form(
    canvas: Canvas, head: Head, mask: Array, colour: tuple[float, float, float], rng: np.random.Generator
) -> None:
    """Lay folded, lit cloth over `mask` (H,W)."""
    light = head.sitter.light
    value = 0.42 + 0.30 * noise(rng, canvas.shape, rng.uniform(5, 14), 3, 0.4) * f32(0.4 + light.contrast)
    value = light.posterise(np.asarray(value, np.float32))
    canvas.lay(mask, apply_ramp(light.ramp(colour, 0.1), value), CLOTHES)


def _pole(canvas: Canvas, head: Head, torso: Torso, rng: np.random.Generator) -> None:
    """Paint a staff, a spear, a sword or an orb beside or across the body, with the hand that holds it."""
    u, w = head.unit, torso.shoulder
    side = rng.choice([-1, 1])
    across = rng.random() < 0.35
    foot = f32([side * w * rng.uniform(0.9, 1.3), rng.uniform(4.0, 6.0)])
    tip = f32([(-side if across else side) * w * rng.uniform(0.8, 1.7), rng.uniform(-2.2, 0.9)])
    kind = rng.choice(["staff", "spear", "sword", "orb"])
    base = STEEL if kind == "sword" else mix(WOOD, STEEL, rng.choice([0.0, 0.2, 0.9]))
    ramp = head.sitter.light.ramp(base, 0.6 if kind == "sword" else 0.1)
    thick = rng.uniform(0.12, 0.26) if kind == "sword" else rng.uniform(0.07, 0.15)
    ends = torso.at([tuple(foot), tuple(tip)])
    taper = (1.0, 0.1) if kind == "sword" else (1.0, 0.9)
    aside = f32([0.2 * thick * u, 0])
    canvas.polygon(ribbon(ends, thick * u, taper), tuple(ramp[105]), CLOTHES)
    canvas.polygon(ribbon(ends - aside, 0.35 * thick * u, taper), tuple(ramp[205]), CLOTHES)
    along = (ends[1] - ends[0]) / (np.hypot(*(ends[1] - ends[0])) + f32(1e-6))
    over = f32([-along[1], along[0]])
    if kind == "spear":
        blade = f32([ends[1] + along * 0.5 * u, ends[1] + over * 0.14 * u, ends[1] - over * 0.14 * u])
        canvas.polygon(blade, tuple(head.sitter.light.ramp(STEEL, 0.8)[190]), CLOTHES)
    if kind == "orb":
        r = rng.uniform(0.2, 0.45) * u
        ball = head.sitter.light.ramp(head.sitter.cloth[2], 0.9)
        for k, grow in enumerate((1.0, 0.7, 0.35)):
            centre = ends[1] + f32(head.sitter.light.direction[:2]) * 0.25 * k * r
            canvas.polygon(ellipse(tuple(centre), r * grow, r * grow), tuple(ball[90 + 70 * k]), CLOTHES)
    grip = ends[0] + (ends[1] - ends[0]) * f32(rng.uniform(0.35, 0.6))
    if kind == "sword":
        guard = np.stack([grip - over * 0.45 * u, grip + over * 0.45 * u])
        canvas.polygon(ribbon(guard, 0.16 * u, (0.7, 0.7)), GOLD, CLOTHES)
        grip = grip - along * 0.25 * u
    if rng.random() < 0.7:
        skin = head.sitter.light.ramp(head.sitter.skin, 0.1, 1.0)
        glove = rng.random() < 0.4
        tone = tuple(f32(head.sitter.cloth[1]) * 0.8) if glove else tuple(skin[150])
        canvas.polygon(ellipse(tuple(grip), 0.24 * u, 0.20 * u), tone, CLOTHES if glove else BODY)
        for k in range(4):
            at = grip + along * (0.14 - 0.09 * k) * u
            knuckle = ribbon(np.stack([at - over * 0.18 * u, at + over * 0.16 * u]), 0.10 * u, (0.8, 0.6))
            canvas.polygon(knuckle, tuple(f32(tone) * (0.85 + 0.1 * (k % 2))), opacity=0.9)


def _sash(canvas: Canvas, head: Head, torso: Torso, rng: np.random.Generator) -> None:
    """Paint a sash, a baldric or a strap from one shoulder to the other hip."""
    u, w = head.unit, torso.shoulder
    side = rng.choice([-1, 1])
    path = torso.at([(side * w * 0.6, 1.5 + torso.slope), (side * 0.1, 2.6), (-side * w * 0.7, 4.2)])
    tone = mix(head.sitter.cloth[2], WOOD, rng.choice([0.0, 0.7]))
    body = np.isin(canvas.labels, (CLOTHES, BODY)).astype(np.float32)
    mask = fill(canvas.shape, ribbon(path, rng.uniform(0.18, 0.6) * u, (1, 1))) * body
    _form(canvas, head, mask, tone, rng)


def _pendant(canvas: Canvas, head: Head, torso: Torso, rng: np.random.Generator) -> None:
    u, n = head.unit, torso.neck
    low = rng.uniform(1.8, 2.9)
    metal = mix(GOLD, STEEL, rng.choice([0.0, 1.0]))
    chain = torso.at([(-n * 1.15, 1.32), (-n * 0.7, 0.5 * (1.4 + low)), (0, low)])
    other = torso.at([(n * 1.15, 1.32), (n * 0.7, 0.5 * (1.4 + low)), (0, low)])
    for line in (chain, other):
        canvas.polygon(ribbon(line, rng.uniform(0.05, 0.12) * u, (1, 1)), metal, CLOTHES)
    r = rng.uniform(0.10, 0.26) * u
    canvas.polygon(ellipse(tuple(chain[-1]), r, r * rng.uniform(0.8, 1.4)), metal, CLOTHES)
    canvas.polygon(ellipse(tuple(chain[-1]), 0.6 * r, 0.6 * r), head.sitter.cloth[2], CLOTHES)


def _book(canvas: Canvas, head: Head, torso: Torso, rng: np.random.Generator) -> None:
    """Paint a book, a letter or a box held before the chest."""
    at, size, turn = f32([rng.uniform(-0.9, 0.9), rng.uniform(2.6, 3.6)]), rng.uniform(0.35, 0.8), rng.normal(0, 0.3)
    c, s = np.cos(turn) * size, np.sin(turn) * size
    box = f32([(-1, -0.7), (1, -0.7), (1, 0.7), (-1, 0.7)]) @ f32([[c, s], [-s, c]]) + at
    tone = mix(head.sitter.cloth[2], (0.9, 0.86, 0.76), rng.choice([0.0, 0.9]))
    canvas.polygon(torso.at(box), tuple(f32(tone) * 0.6), CLOTHES)
    canvas.polygon(torso.at(f32((box - at) * 0.88 + at - f32([0, 0.04]))), tone, CLOTHES)
    spine = torso.at(f32((box[:2] + box[2:][::-1]) / 2))
    canvas.polygon(ribbon(spine, 0.04 * head.unit, (1, 1)), tuple(f32(tone) * 0.7))


_PROPS = {"pole": _pole, "sash": _sash, "pendant": _pendant, "book": _book}
