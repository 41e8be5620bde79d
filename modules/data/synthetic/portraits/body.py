"""Torso geometry and shading: neck, shoulders and trunk, their skin, and the cloth laid over them."""

import cv2
import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.light import Colour, apply_ramp
from ..drawing.shapes import SHIFT, Array, f32, fill, fixed, noise, ribbon, ribbons, spline
from .classes import BODY, CLOTHES
from .head import Head

BODY_GRID = 168  # the folds are modelled on a little grid that spans the torso
SPAN = 7.0  # width and height of that grid in half head heights
GRID_FINE = BODY_GRID / 144  # how the grid compares with the one that fold depths were chosen on


class Torso:
    """Projection of body coordinates (x right, y down in half head heights, 0,0 at the head's centre) to pixels."""

    def __init__(self, head: Head) -> None:
        s = head.sitter
        self.head = head
        self.rng = s.rng("torso")
        grown = 0.80 + 0.2 * min(1.0, s.age * 3)
        self.shoulder = float((self.rng.normal(1.84, 0.11) - 0.34 * s.feminine - 0.15 * s.anime) * grown)
        self.neck = float(np.clip((0.52 - 0.12 * s.feminine) * (1 - 0.25 * s.anime) * grown, 0.28, 0.6))
        self.slope = float(self.rng.uniform(0.22, 0.42) + 0.05 * s.feminine)
        self.turn = float(0.5 * s.yaw + self.rng.normal(0, 0.2))
        self.far = 1 - 0.22 * abs(np.sin(self.turn))

    def at(self, points: Array | list[tuple[float, float]]) -> Array:
        """Map body coordinates (n,2) to pixels."""
        p = np.asarray(points, np.float32).copy()
        s = self.head.sitter
        far = np.sign(p[:, 0]) == np.sign(np.sin(self.turn))
        p[:, 0] *= np.where(far, self.far, 1.0)
        p[:, 0] += 0.10 * np.sin(s.yaw) * -1 - np.sin(s.roll) * 0.8 + s.lean * np.clip(p[:, 1] - 1, 0, 6)
        return (p * self.head.unit + f32(self.head.centre)).astype(np.float32)

    def trunk(self) -> Array:
        """Outline the silhouette from the neck over both shoulders to below the picture."""
        s = self.head.sitter
        w, n, sl = self.shoulder, self.neck, self.slope
        right = [
            (n * 0.95, 0.55), (n, 1.08), (n * 1.30, 1.30), (w * 0.52, 1.38 + 0.38 * sl), (w * 0.84, 1.42 + 0.72 * sl),
            (w * 0.98, 1.60 + sl), (w * 0.99, 2.0 + sl), (w * 0.90, 2.9), (w * (0.84 - 0.12 * s.feminine), 4.4),
            (w * 0.88, 6.2), (w * 0.9, 14.0),
        ]  # fmt: skip
        right_line = spline(f32(right), per_span=5)
        left_line = right_line[::-1] * f32([-1, 1])
        return np.concatenate([right_line, left_line])

    def value(self, folds: int, depth: float, what: str) -> Array:
        """Shade folds on the body grid: trunk and arms as cylinders, ribbons of light and dark for the folds."""
        s = self.head.sitter
        rng = s.rng("folds" + what)
        down = np.linspace(0.4, 0.4 + SPAN, BODY_GRID, dtype=np.float32)[:, None]
        x = np.linspace(-SPAN / 2, SPAN / 2, BODY_GRID, dtype=np.float32)[None, :] / f32(self.shoulder)
        relief = np.sqrt(np.maximum(1 - (x / f32(1.02)) ** 2, 0)) * f32(0.8) + f32(0.15) * np.maximum(down - 1.3, 0)
        k = (BODY_GRID - 1) / SPAN
        paths = (self._fold_paths(folds, rng) + f32([SPAN / 2, -0.4])) * f32(k)
        outlines = ribbons(paths, rng.uniform(0.05, 0.16, len(paths)) * k, (0.15, 0.05))
        marks = np.full((BODY_GRID, BODY_GRID), 128, np.uint8)  # 128 is flat cloth
        tones = 128 + 127 * rng.choice([-1, 1], len(paths)) * rng.uniform(0.4, 1, len(paths))
        for outline, tone in zip(outlines, tones.tolist(), strict=True):
            cv2.fillPoly(marks, [fixed(outline)], tone, cv2.LINE_AA, SHIFT)
        soft = cv2.GaussianBlur(marks.astype(np.float32) * f32(1 / 127) - f32(128 / 127), (0, 0), 0.8 * GRID_FINE)
        relief = cv2.GaussianBlur(relief * f32(k * 0.9), (0, 0), 1.5 * GRID_FINE) + f32(depth * 1.5 * GRID_FINE) * soft
        return s.light.value(relief)

    def _fold_paths(self, folds: int, rng: np.random.Generator) -> Array:
        """Middle lines (n,4,2) of folds in body coordinates: hung from the shoulders, drawn in at the sides."""
        n = max(3, round(1.6 * folds))
        w, side = self.shoulder, rng.choice([-1.0, 1.0], n)
        kind = rng.random(n)
        start = np.stack([side * w * rng.uniform(0.35, 0.95, n), 1.45 + self.slope * rng.uniform(0.6, 1.2, n)], 1)
        hang = np.stack([-side * rng.uniform(-0.05, 0.45, n), rng.uniform(1.2, 2.8, n)], 1)
        at_side = np.stack([side * w * rng.uniform(0.70, 0.95, n), rng.uniform(2.1, 3.6, n)], 1)
        drawn = np.stack([-side * w * rng.uniform(0.35, 0.8, n), rng.uniform(-0.25, 0.7, n)], 1)
        across = (kind < 0.42)[:, None]
        foot, reach = np.where(across, at_side, start), np.where(across, drawn, hang)
        t = np.linspace(0, 1, 4)[None, :, None]
        sag = np.where(across, 0.22, 0.0)[..., None] * (4 * t * (1 - t)) * f32([0, 1])
        return f32(foot[:, None] + reach[:, None] * t + sag + rng.normal(0, 0.035, (n, 4, 2)))

    def to_canvas(self, field: Array, shape: tuple[int, int]) -> Array:
        """Warp a field on the body grid to the canvas (H,W)."""
        corners = self.at([(-SPAN / 2, 1.0), (SPAN / 2, 1.0), (-SPAN / 2, 5.0)])
        k = (BODY_GRID - 1) / SPAN
        source = f32([(0, 0.6 * k), (BODY_GRID - 1, 0.6 * k), (0, 4.6 * k)])
        matrix = cv2.getAffineTransform(source, corners)
        return cv2.warpAffine(field, matrix, (shape[1], shape[0]), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)


def paint_skin(canvas: Canvas, torso: Torso) -> Array:
    """Paint the skin of neck, chest and shoulders; returns the mask (H,W) of the trunk."""
    head, shape = torso.head, canvas.shape
    s, light = head.sitter, head.sitter.light
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
    skin_value = light.posterise(skin_value, noise(s.rng("neck"), shape, 22, 1) * f32(0.04))
    canvas.lay(trunk, apply_ramp(light.ramp(s.skin, 0.1, 1.0), skin_value), BODY)
    _collar_bones(canvas, torso)
    return trunk


def _collar_bones(canvas: Canvas, torso: Torso) -> None:
    s = torso.head.sitter
    ink = tuple(f32(s.skin) * f32([0.62, 0.48, 0.44]))
    for side in (-1, 1):
        line = torso.at([(side * 0.10, 1.62), (side * 0.5, 1.50), (side * 0.95, 1.50 + 0.2 * torso.slope)])
        canvas.polygon(ribbon(line, 0.07 * torso.head.unit, (0.3, 0.05)), ink, opacity=0.22)


def lay_cloth(canvas: Canvas, torso: Torso, mask: Array, value: Array, colour: Colour, what: str, gloss: float) -> None:
    """Lay cloth lit by `value` (H,W) over `mask` (H,W); every fifth main garment has a pattern."""
    s = torso.head.sitter
    rng = s.rng("cloth" + what)
    paint = apply_ramp(s.light.ramp(colour, gloss), value)
    if what == "main" and rng.random() < 0.22:
        paint = np.clip(paint * _pattern(torso, rng, canvas.shape, s.cloth[2]), 0, 1)
    canvas.lay(mask, paint, CLOTHES)


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
