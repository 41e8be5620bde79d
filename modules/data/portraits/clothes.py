"""Neck, shoulders and what is worn: a few garments cut from one body, with folds that follow it."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import BODY, CLOTHES, Canvas
from .head import Head
from .light import Colour, cast, look_up, mix
from .shapes import Array, ellipse, fill, noise, ribbon, spline

BODY_GRID = 144  # the folds are modelled on a little grid that spans the torso
SPAN = 7.0  # width and height of that grid in half head heights


class Torso:
    """The body under the head: coordinates x right, y down in half head heights, 0,0 at the head's centre, no roll."""

    def __init__(self, head: Head) -> None:
        s = head.sitter
        self.head = head
        self.rng = s.rng("torso")
        grown = 0.80 + 0.2 * min(1.0, s.age * 3)
        self.shoulder = float((self.rng.normal(1.95, 0.12) - 0.32 * s.feminine - 0.15 * s.anime) * grown)
        self.neck = float(np.clip((0.52 - 0.12 * s.feminine) * (1 - 0.25 * s.anime) * grown, 0.28, 0.6))
        self.slope = float(self.rng.uniform(0.22, 0.42) + 0.05 * s.feminine)
        self.elbow = float(self.rng.uniform(0.0, 1.0))
        self.turn = float(0.5 * s.yaw + self.rng.normal(0, 0.2))
        self.far = 1 - 0.22 * abs(np.sin(self.turn))

    def at(self, points: Array | list[tuple[float, float]]) -> Array:
        """Body coordinates (n,2) -> pixels."""
        p = np.asarray(points, np.float32).copy()
        s = self.head.sitter
        far = np.sign(p[:, 0]) == np.sign(np.sin(self.turn))
        p[:, 0] *= np.where(far, self.far, 1.0)
        p[:, 0] += 0.10 * np.sin(s.yaw) * -1 - np.sin(s.roll) * 0.8 + s.lean * np.clip(p[:, 1] - 1, 0, 6)
        return (p * self.head.unit + np.float32(self.head.centre)).astype(np.float32)

    def trunk(self) -> Array:
        """Silhouette from the neck over both shoulders to below the picture."""
        w, n, sl, e = self.shoulder, self.neck, self.slope, self.elbow
        right = [(n * 0.95, 0.55), (n, 1.10), (n * 1.35, 1.32), (w * 0.55, 1.38 + 0.42 * sl), (w * 0.86, 1.42 + 0.72 * sl), (w * 1.02, 1.62 + sl),
                 (w * (1.08 + 0.1 * e), 2.4), (w * (1.14 + 0.35 * e), 3.5), (w * (1.16 + 0.4 * e), 4.2), (w * (1.02 + 0.1 * e), 5.4), (w * 0.95, 7.5)]  # fmt: skip
        right_line = spline(np.float32(right), per_span=5)
        left_line = right_line[::-1] * np.float32([-1, 1])
        return np.concatenate([right_line, left_line])

    def value(self, folds: int, depth: float, what: str) -> Array:
        """Lit folds on the body grid: trunk and arms as cylinders, ribbons of light and dark for the folds."""
        s = self.head.sitter
        rng = s.rng("folds" + what)
        axis = np.linspace(-SPAN / 2, SPAN / 2, BODY_GRID, dtype=np.float32)
        down = np.linspace(0.4, 0.4 + SPAN, BODY_GRID, dtype=np.float32)[:, None]
        x = axis[None, :] / self.shoulder
        chest = np.sqrt(np.clip(1 - (x / 0.80) ** 2, 0, 1)) * 0.8 + 0 * down
        arm = np.sqrt(np.clip(1 - ((np.abs(x) - 0.88) / 0.30) ** 2, 0, 1)) * 0.42
        arms_from = np.clip((down - 1.7) / 0.8, 0, 1)
        relief = np.maximum(chest, arm * arms_from) + 0.15 * np.clip(down - 1.3, 0, 1)
        k = (BODY_GRID - 1) / SPAN
        marks = np.zeros((BODY_GRID, BODY_GRID), np.float32)
        for _ in range(folds):
            x0 = rng.uniform(-1.1, 1.1) * self.shoulder
            y0 = rng.uniform(1.3, 4.5)
            toward = rng.uniform(-0.5, 0.5) - 0.5 * np.sign(x0) * (y0 < 2.2)
            length = rng.uniform(0.5, 1.6)
            path = [(x0 + toward * t * length + rng.normal(0, 0.05), y0 + t * length) for t in (0, 0.33, 0.66, 1)]
            grid_path = [((px + SPAN / 2) * k, (py - 0.4) * k) for px, py in path]
            mark = fill(marks.shape, ribbon(grid_path, rng.uniform(0.05, 0.2) * k, (0.05, 0.15)))
            marks += np.float32(rng.choice([-1, 1]) * rng.uniform(0.5, 1)) * mark
        for side in (-1, 1):  # where the sleeve meets the trunk
            path = [(side * self.shoulder * ax, ay) for ax, ay in ((0.80, 2.35), (0.79, 2.9), (0.74, 3.6), (0.70, 4.8))]
            grid_path = [((px + SPAN / 2) * k, (py - 0.4) * k) for px, py in path]
            marks -= 1.6 * fill(marks.shape, ribbon(grid_path, 0.13 * k, (0.1, 0.8)))
        marks = cv2.GaussianBlur(marks, (0, 0), 0.8)
        relief = cv2.GaussianBlur(relief * np.float32(k * 0.9), (0, 0), 1.5) + np.float32(depth * 2.0) * marks
        return s.light.value(relief.astype(np.float32))

    def to_canvas(self, field: Array, shape: tuple[int, int]) -> Array:
        """Body grid -> canvas (H,W)."""
        corners = self.at([(-SPAN / 2, 1.0), (SPAN / 2, 1.0), (-SPAN / 2, 5.0)])
        k = (BODY_GRID - 1) / SPAN
        source = np.float32([(0, 0.6 * k), (BODY_GRID - 1, 0.6 * k), (0, 4.6 * k)])
        matrix = cv2.getAffineTransform(source, corners)
        return cv2.warpAffine(field, matrix, (shape[1], shape[0]), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)


def _dress(
    canvas: Canvas,
    torso: Torso,
    mask: Array,
    colour: Colour,
    what: str,
    folds: int,
    gloss: float = 0.1,
    depth: float = 1.0,
) -> None:
    s = torso.head.sitter
    rng = s.rng("cloth" + what)
    value = torso.to_canvas(torso.value(folds, depth, what), canvas.shape)
    value = s.light.break_planes(value, noise(rng, canvas.shape, 24, 2) * np.float32(0.05))
    paint = look_up(s.light.ramp(colour, gloss), value)
    pattern = rng.random()
    h, w = canvas.shape
    if pattern < 0.20 and what == "main":
        paint = paint * _pattern(torso, rng, canvas.shape, s.cloth[2])
    flow = np.pi / 2 + 0.6 * noise(rng, canvas.shape, 5, 2)
    canvas.lay(mask, np.clip(paint, 0, 1), CLOTHES, np.stack([np.cos(2 * flow), np.sin(2 * flow)], -1), 0.8)


def _pattern(torso: Torso, rng: np.random.Generator, shape: tuple[int, int], accent: Colour) -> Array:
    """Stripes, checks or dots as a factor (H,W,3) on the cloth's colour, bent over the folds by noise."""
    h, w = shape
    rows, cols = np.mgrid[0:h, 0:w].astype(np.float32)
    u = torso.head.unit
    bend = noise(rng, shape, 8, 2) * 0.06
    x, y = (cols - torso.head.centre[0]) / u + bend, (rows - torso.head.centre[1]) / u + bend
    f = rng.uniform(10, 24)
    kind = rng.integers(0, 4)
    across = np.sin(x * f) if kind == 0 else np.sin(y * f)
    if kind == 2:
        across = np.sin(x * f) * np.sin(y * f) * 1.6
    if kind == 3:
        across = np.sin((x + y) * f) * np.sin((x - y) * f) * 2 - 0.4
    share = np.clip(across * 2.5 + 0.3, 0, 1)[..., None]
    tone = np.clip(0.45 + 0.75 * np.asarray(accent, np.float32), 0.3, 1.25)
    return 1 + share * (tone - 1)


def paint_body(canvas: Canvas, head: Head) -> Torso:
    """Skin of neck, chest and shoulders, then the garment with its neckline."""
    s, light, shape = head.sitter, head.sitter.light, canvas.shape
    torso = Torso(head)
    rng = s.rng("garment")
    trunk = fill(shape, torso.at(torso.trunk()))
    skin_value = torso.to_canvas(torso.value(3, 0.25, "skin"), shape)
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    cols = np.arange(shape[1], dtype=np.float32)[None, :]
    middle = torso.at([(0.0, 1.1)])[0]
    tube = (cols - middle[0]) / (torso.neck * head.unit)
    on_neck = np.clip((middle[1] + 0.25 * head.unit - rows) / (0.3 * head.unit), 0, 1)
    lx, _, lz = light.direction
    neck_value = np.clip(0.42 + 0.35 * lz * np.sqrt(np.clip(1 - tube**2, 0, 1)) + 0.30 * lx * tube, 0.05, 1) - 0.05
    skin_value = skin_value * (1 - on_neck) + neck_value * on_neck
    skin_value = light.break_planes(skin_value, noise(s.rng("neck"), shape, 22, 1) * np.float32(0.04))
    canvas.lay(trunk, look_up(light.ramp(s.skin, 0.1, 1.0), skin_value), BODY, np.pi / 2, 0.5)
    _collar_bones(canvas, torso)
    _GARMENTS[s.garment](canvas, torso, trunk, rng)
    return torso


def _collar_bones(canvas: Canvas, torso: Torso) -> None:
    s = torso.head.sitter
    ink = tuple(np.float32(s.skin) * np.float32([0.62, 0.48, 0.44]))
    for side in (-1, 1):
        line = torso.at([(side * 0.10, 1.62), (side * 0.5, 1.50), (side * 0.95, 1.50 + 0.2 * torso.slope)])
        canvas.polygon(ribbon(line, 0.07 * torso.head.unit, (0.3, 0.05)), ink, opacity=0.35)
        cord = torso.at([(side * 0.75 * torso.neck, 0.75), (side * 0.12, 1.58)])
        canvas.polygon(ribbon(cord, 0.06 * torso.head.unit, (0.2, 0.3)), ink, opacity=0.25)


def _neckline(torso: Torso, points: list[tuple[float, float]]) -> Array:
    """Mask outline (pixels) of the skin left free: `points` from the right neck side down to the middle, mirrored."""
    right = spline(np.float32(points), per_span=5)
    left = right[::-1] * np.float32([-1, 1])
    return torso.at(np.concatenate([np.float32([(right[0][0], 0.3)]), right, left, np.float32([(left[-1][0], 0.3)])]))


def _cut(canvas: Canvas, torso: Torso, trunk: Array, points: list[tuple[float, float]], swell: float = 0.04) -> Array:
    """Garment mask: the trunk a little swollen (cloth has thickness) without the neckline."""
    outline = torso.trunk()
    outline = outline * np.float32([1 + swell, 1]) - np.float32([0, swell])
    mask = fill(canvas.shape, torso.at(outline))
    return mask * (1 - fill(canvas.shape, _neckline(torso, points)))


def _hem(canvas: Canvas, torso: Torso, points: list[tuple[float, float]], width: float, colour: Colour) -> None:
    right = spline(np.float32(points), per_span=5)
    line = torso.at(np.concatenate([right, right[-2::-1] * np.float32([-1, 1])]))
    canvas.polygon(ribbon(line, width * torso.head.unit, (0.8, 0.8)), tuple(np.clip(colour, 0, 1)), CLOTHES, brush=0.4)


def _round(torso: Torso, depth: float, wide: float) -> list[tuple[float, float]]:
    n = torso.neck
    return [
        (n * wide, 1.24 + 0.1 * (wide - 1)),
        (n * wide * 0.85, 1.34 + 0.35 * depth),
        (n * 0.5, 1.40 + 0.85 * depth),
        (0.0, 1.42 + depth),
    ]


def _jumper(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s = torso.head.sitter
    points = _round(torso, rng.uniform(0.02, 0.25), rng.uniform(0.95, 1.25))
    _dress(canvas, torso, _cut(canvas, torso, trunk, points), s.cloth[0], "main", 14, 0.08)
    _hem(canvas, torso, points, rng.uniform(0.08, 0.30), tuple(np.float32(s.cloth[int(rng.integers(0, 2))]) * 0.85))


def _vneck(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s = torso.head.sitter
    if rng.random() < 0.5:
        _dress(canvas, torso, _cut(canvas, torso, trunk, _round(torso, 0.1, 1.0)), s.cloth[1], "under", 6)
    deep = rng.uniform(0.5, 1.3)
    points = [(torso.neck * 1.2, 1.22), (torso.neck * 0.9, 1.45 + 0.2 * deep), (0.02, 1.5 + deep)]
    _dress(canvas, torso, _cut(canvas, torso, trunk, points), s.cloth[0], "main", 14, 0.1)
    _hem(canvas, torso, points, rng.uniform(0.06, 0.2), mix(s.cloth[0], s.cloth[2], rng.uniform(0, 0.7)))


def _shirt(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s, u = torso.head.sitter, torso.head.unit
    deep = rng.uniform(0.1, 0.5)
    points = [(torso.neck * 1.12, 1.15), (torso.neck * 0.7, 1.40), (0.02, 1.45 + deep)]
    _dress(canvas, torso, _cut(canvas, torso, trunk, points), s.cloth[0], "main", 16, 0.1)
    n = torso.neck
    for side in (-1, 1):
        flap = torso.at(
            [
                (side * n * 1.22, 0.98),
                (side * n * 1.25, 1.35),
                (side * n * 1.0, 1.85),
                (side * 0.08, 1.52 + deep),
                (side * n * 0.7, 1.35),
            ]
        )
        lit = 1.12 if side * s.light.direction[0] > 0 else 0.82
        canvas.polygon(flap, tuple(np.clip(np.float32(s.cloth[0]) * lit + 0.03, 0, 1)), CLOTHES, brush=0.45)
        canvas.polygon(
            ribbon(flap[[1, 2, 3]], 0.035 * u), tuple(np.float32(s.cloth[0]) * 0.45), within=trunk, opacity=0.6
        )
    seam = torso.at([(0.03, 1.5 + deep), (0.03, 6)])
    canvas.polygon(ribbon(seam, 0.04 * u, (1, 1)), tuple(np.float32(s.cloth[0]) * 0.5), CLOTHES, 0.6)
    for k in range(6):
        spot = torso.at([(0.10, 1.85 + deep + 0.55 * k)])[0]
        canvas.polygon(ellipse(tuple(spot), 0.045 * u, 0.045 * u), s.cloth[2], CLOTHES)


def _coat(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s, u = torso.head.sitter, torso.head.unit
    n = torso.neck
    _dress(
        canvas, torso, _cut(canvas, torso, trunk, _round(torso, rng.uniform(-0.12, 0.3), 1.0)), s.cloth[1], "under", 8
    )
    if rng.random() < 0.35:
        tie = torso.at([(-0.10, 1.42), (0.10, 1.42), (0.07, 1.60), (0.17, 3.2), (0, 3.5), (-0.17, 3.2), (-0.07, 1.60)])
        canvas.polygon(tie, s.cloth[2], CLOTHES, brush=0.4)
    deep = rng.uniform(1.2, 2.4)
    points = [(n * 1.3, 1.14), (n * 1.0, 1.8), (0.10, 1.5 + deep), (0.0, 1.6 + deep)]
    mask = _cut(canvas, torso, trunk, points, 0.10)
    shadow = cast(mask, -s.light.direction[0] * 0.06 * u, 0.05 * u, 0.03 * u)
    canvas.glaze(shadow * (canvas.labels == CLOTHES), (0.6, 0.58, 0.62))
    _dress(canvas, torso, mask, s.cloth[0], "main", 18, rng.uniform(0.05, 0.3))
    wide = rng.uniform(0.35, 0.7)
    for side in (-1, 1):
        lapel = torso.at([(side * n * 1.22, 1.08), (side * (n + wide), 1.62), (side * (n + wide * 0.85), 1.90), (side * (n + wide * 0.9), 2.05),
                          (side * 0.12, 1.55 + deep), (side * n * 0.95, 1.75)])  # fmt: skip
        lit = 1.15 if side * s.light.direction[0] > 0 else 0.75
        tone = np.float32(s.cloth[0]) if rng.random() < 0.7 else np.float32(s.cloth[2])
        canvas.polygon(lapel, tuple(np.clip(tone * lit + 0.02, 0, 1)), CLOTHES, brush=0.5)
        canvas.polygon(ribbon(lapel[1:5], 0.05 * u), tuple(tone * 0.4), CLOTHES, 0.55)
    if rng.random() < 0.3:
        _fur(canvas, torso, rng, points)


def _fur(canvas: Canvas, torso: Torso, rng: np.random.Generator, points: list[tuple[float, float]]) -> None:
    s, u = torso.head.sitter, torso.head.unit
    fur = s.light.ramp(mix(s.cloth[1], (0.45, 0.30, 0.18), 0.6), 0.1)
    line = spline(np.float32(points), per_span=7)
    for side in (-1, 1):
        for p in line:
            for _ in range(4):
                at = p + rng.normal(0, 0.08, 2) + np.float32([0.12, 0])
                tip = at + np.float32([rng.normal(0.06, 0.06), rng.uniform(0.1, 0.25)])
                hair = torso.at(np.float32([at, tip]) * np.float32([side, 1]))
                canvas.polygon(ribbon(hair, 0.16 * u), tuple(fur[int(rng.uniform(80, 190))]), CLOTHES, brush=0.4)


def _gown(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s, u = torso.head.sitter, torso.head.unit
    deep, wide = rng.uniform(0.3, 0.95), rng.uniform(1.5, 3.2)
    points = _round(torso, deep, min(wide, torso.shoulder / torso.neck * 0.85))
    points[0] = (points[0][0], 1.30 + 0.20 * torso.slope * wide)
    _dress(canvas, torso, _cut(canvas, torso, trunk, points), s.cloth[0], "main", 20, rng.uniform(0.1, 0.5))
    _hem(canvas, torso, points, rng.uniform(0.05, 0.22), s.cloth[1])
    if rng.random() < 0.55:
        for k in range(13):
            a = np.pi * k / 12
            bead = torso.at([(torso.neck * 1.05 * np.cos(a), 1.22 + 0.35 * np.sin(a))])[0]
            r = rng.uniform(0.04, 0.06) * u
            canvas.polygon(
                ellipse(tuple(bead), r, r), tuple(np.float32(s.cloth[2]) * rng.uniform(0.8, 1.1)), CLOTHES, brush=0.2
            )


def _robe(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s, u = torso.head.sitter, torso.head.unit
    _dress(canvas, torso, _cut(canvas, torso, trunk, _round(torso, 0.2, 1.1)), s.cloth[1], "under", 8)
    low = rng.uniform(1.4, 2.6)
    points = [(torso.neck * 1.35, 1.14), (torso.neck * 0.9, 1.6), (-0.35, 1.4 + low)]
    _dress(canvas, torso, _cut(canvas, torso, trunk, points, 0.16), s.cloth[0], "main", 26, 0.12, 1.4)
    _hem(canvas, torso, points, rng.uniform(0.1, 0.32), s.cloth[2])


def _ruff(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s, u = torso.head.sitter, torso.head.unit
    _dress(
        canvas,
        torso,
        _cut(canvas, torso, trunk, _round(torso, -0.1, 0.9)),
        tuple(np.float32(s.cloth[0]) * 0.6),
        "main",
        14,
        0.25,
    )
    n = int(rng.integers(20, 30))
    for ring, (grow, tone) in enumerate(((1.0, 0.62), (0.93, 0.95))):
        for k in range(n):
            a = 2 * np.pi * (k + 0.5 * ring) / n
            spot = torso.at([(0.98 * grow * np.cos(a), 1.12 + 0.30 * grow * np.sin(a))])[0]
            lit = tone * (0.82 + 0.22 * np.cos(a) * np.sign(s.light.direction[0]))
            canvas.polygon(
                ellipse(tuple(spot), 0.17 * u, 0.15 * u),
                tuple(np.clip(np.float32([0.95, 0.93, 0.88]) * lit, 0, 1)),
                CLOTHES,
                brush=0.35,
            )
    middle = torso.at([(0, 1.12)])[0]
    canvas.polygon(ellipse(tuple(middle), 0.85 * u, 0.24 * u), (0.70, 0.67, 0.62), CLOTHES, brush=0.35)


def _armour(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s, u = torso.head.sitter, torso.head.unit
    steel = mix((0.52, 0.55, 0.60), s.cloth[2], rng.uniform(0, 0.35))
    _dress(
        canvas,
        torso,
        _cut(canvas, torso, trunk, _round(torso, -0.1, 1.0), 0.05),
        tuple(np.float32(s.cloth[0]) * 0.7),
        "under",
        8,
    )
    points = [(torso.neck * 1.5, 1.26), (torso.neck * 1.1, 1.55), (0.0, 1.62)]
    _dress(canvas, torso, _cut(canvas, torso, trunk, points), steel, "plate", 3, 0.9, 0.6)
    ramp = s.light.ramp(steel, 1.0)
    for side in (-1, 1):
        for k in range(4, -1, -1):
            spot = torso.at([(side * (torso.shoulder * 0.98 + 0.02 * k), 1.68 + torso.slope + 0.24 * k)])[0]
            lit = 0.72 if side * s.light.direction[0] > 0 else 0.45
            plate = ellipse(tuple(spot), (0.52 - 0.03 * k) * u, 0.36 * u, side * 0.35)
            canvas.polygon(plate, tuple(ramp[int(255 * (lit - 0.07 * k))]), CLOTHES, brush=0.5)
            canvas.polygon(ribbon(plate[19:35], 0.06 * u), tuple(ramp[int(255 * min(0.98, lit + 0.25))]), CLOTHES, 0.8)


def _shawl(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s, u = torso.head.sitter, torso.head.unit
    _gown(canvas, torso, trunk, rng)
    for side in (-1, 1):
        edge = torso.at([(side * torso.neck * 1.6, 1.22), (side * torso.shoulder * 1.18, 1.6 + torso.slope), (side * torso.shoulder * 1.35, 3.2),
                         (side * torso.shoulder * 1.2, 5.5), (side * 0.4, 5.2), (side * 0.65, 3.0), (side * torso.neck * 1.4, 1.8)])  # fmt: skip
        mask = fill(canvas.shape, spline(edge, True))
        _dress(canvas, torso, mask, s.cloth[1], f"shawl{side}", 12, 0.1, 1.3)


def _bare(canvas: Canvas, torso: Torso, trunk: Array, rng: np.random.Generator) -> None:
    s = torso.head.sitter
    low = rng.uniform(2.0, 2.5)
    mask = trunk * fill(
        canvas.shape,
        torso.at([(-9, low), (-1, low - 0.12), (0, low + 0.1), (1, low - 0.12), (9, low), (9, 12), (-9, 12)]),
    )
    _dress(canvas, torso, mask, s.cloth[0], "main", 12, 0.2)


_GARMENTS = {
    "shirt": _shirt, "vneck": _vneck, "coat": _coat, "dress": _gown, "robe": _robe, "ruff": _ruff, "armour": _armour,
    "jumper": _jumper, "shawl": _shawl, "bare": _bare,
}  # fmt: skip
