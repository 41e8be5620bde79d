"""Brush strokes over the drawn forms: they follow the forms and stop at their edges."""

import cv2
import numpy as np

from .portrait_layers import EDGE, EYEBROWS, EYES, NOSE, Canvas
from .shapes import Array, f32, noise
from .sitter import Sitter

WIDTHS = (0.050, 0.026, 0.013)  # stroke widths as a share of the picture's shorter side, broad to fine


def apply_brushwork(canvas: Canvas, sitter: Sitter) -> None:
    """Paint strokes over the drawn picture, then bristle relief and ink lines. Labels stay as they are."""
    rng = sitter.rng("brush")
    style = sitter.style
    if style.strokes > 0.05:
        _strokes(canvas, sitter, rng)
    if style.bristle > 0.02:
        _bristle(canvas, rng, style.bristle)
    if style.line > 0.05:
        _ink(canvas, sitter, style.line)


def _strokes(canvas: Canvas, s: Sitter, rng: np.random.Generator) -> None:
    h, w = canvas.shape
    short = min(h, w)
    source = canvas.colour
    target = cv2.convertScaleAbs(np.maximum(source, 0), alpha=255)
    edges = (cv2.morphologyEx(canvas.labels, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) == 0).astype(np.uint8)
    room = cv2.distanceTransform(edges, cv2.DIST_L2, 3)  # pixels to the next boundary of a part
    grey = cv2.cvtColor(source, cv2.COLOR_RGB2GRAY)
    busy = np.abs(cv2.GaussianBlur(grey, (0, 0), max(0.8, 0.006 * short)) - grey) * f32(1.3)
    for level, share in enumerate(WIDTHS):
        width = share * short * s.style.size
        if width < 1.5:
            break
        spacing = width * 1.25
        ny, nx = max(2, round(h / spacing)), max(2, round(w / spacing))
        jitter = rng.uniform(-0.7, 0.7, (ny, nx, 2))
        ys = np.clip((np.arange(ny)[:, None] + 0.5 + jitter[..., 0]) * h / ny, 0, h - 1).ravel()
        xs = np.clip((np.arange(nx)[None, :] + 0.5 + jitter[..., 1]) * w / nx, 0, w - 1).ravel()
        tone = rng.normal(0, 1, (ny * nx, 4)).astype(np.float32)
        chance = rng.random(ny * nx)
        order = rng.permutation(ny * nx)
        length = rng.uniform(1.2, 3.2, ny * nx) * width
        yi, xi = ys.astype(int), xs.astype(int)
        fits = (
            (room[yi, xi] > 0.45 * width)
            & (canvas.brush[yi, xi] >= (0.7, 0.35, 0.0)[level])
            & (busy[yi, xi] < (0.05, 0.10, 1)[level])
        )
        if level == 2:
            fits &= canvas.brush[yi, xi] < 0.75
            fits &= canvas.brush[yi, xi] > 0.3
        keep = order[(fits & (chance < s.style.strokes + 0.15))[order]]
        if not len(keep):
            continue
        paths = _trace_strokes(canvas, xs[keep], ys[keep], length[keep])
        colour = source[yi[keep], xi[keep]]
        j = s.style.jitter
        colour = colour * (1 + j * tone[keep, :1]) + 0.5 * j * tone[keep, 1:]
        paint = np.clip(colour * 255, 0, 255)
        thick = max(1, round(width * 0.9))
        fixed = np.round(paths * 16).astype(np.int32)
        kind = cv2.LINE_AA if min(h, w) > 600 else cv2.LINE_8  # small pictures are drawn larger and scaled down
        for points, value in zip(fixed, paint.tolist(), strict=True):
            cv2.polylines(target, [points], False, value, thick, kind, 4)
    strength = min(1.0, s.style.strokes + 0.1)
    # strokes reach a little over edges; features, small and sharp, stay as drawn
    keep_drawn = np.minimum(np.maximum((canvas.brush - f32(0.12)) * f32(strength / 0.18), 0), f32(strength))
    near = np.minimum(room * f32(0.75 / (0.012 * short * s.style.size)), f32(0.75)) + f32(0.25)
    share = keep_drawn * near
    cv2.blendLinear(target.astype(np.float32) * f32(1 / 255), source, share, 1 - share, canvas.colour)


def _trace_strokes(canvas: Canvas, xs: Array, ys: Array, length: Array) -> Array:
    """Trace paths (n,5,2) from each point both ways along the flow, up to where another part begins."""
    h, w = canvas.shape
    start = canvas.labels[ys.astype(int), xs.astype(int)]
    halves = []
    for sign in (-1.0, 1.0):
        x, y = xs.copy(), ys.copy()
        last = None
        alive = np.ones(len(xs), bool)
        points = []
        for _ in range(2):
            xi, yi = x.astype(int), y.astype(int)
            f = canvas.flow[yi, xi]
            a = 0.5 * np.arctan2(f[:, 1], f[:, 0])
            dx, dy = np.cos(a) * sign, np.sin(a) * sign
            if last is not None:  # a double angle has no head: keep going the way we came
                flip = np.where(dx * last[0] + dy * last[1] < 0, -1, 1)
                dx, dy = dx * flip, dy * flip
            last = (dx, dy)
            nx = np.clip(x + dx * length / 4, 0, w - 1)
            ny = np.clip(y + dy * length / 4, 0, h - 1)
            alive &= canvas.labels[ny.astype(int), nx.astype(int)] == start
            x, y = np.where(alive, nx, x), np.where(alive, ny, y)
            points.append(np.stack([x, y], 1))
        halves.append(points)
    middle = np.stack([xs, ys], 1)
    return np.stack([halves[0][1], halves[0][0], middle, halves[1][0], halves[1][1]], 1)


def _bristle(canvas: Canvas, rng: np.random.Generator, strength: float) -> None:
    """Add fine ridges along the strokes: noise smeared along the flow (line integral convolution)."""
    h, w = canvas.shape
    grain = noise(rng, canvas.shape, 170, 1)
    angle = 0.5 * np.arctan2(canvas.flow[..., 1], canvas.flow[..., 0])
    step = 0.006 * min(h, w)
    dx, dy = (np.cos(angle) * step).astype(np.float32), (np.sin(angle) * step).astype(np.float32)
    xs, ys = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    smeared = grain.copy()
    for k in (1, 2):
        for sign in (-1, 1):
            smeared += cv2.remap(
                grain, xs + sign * k * dx, ys + sign * k * dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
            )
    ridge = smeared / 5 * f32(0.085 * strength) * np.clip(canvas.brush + 0.2, 0, 1)
    canvas.colour *= (1 + ridge)[..., None]


def _ink(canvas: Canvas, s: Sitter, strength: float) -> None:
    """Draw the contours of the parts as a dark, uneven line (illustration styles)."""
    h, w = canvas.shape
    thick = max(1, round(0.006 * min(h, w)))
    edge = cv2.morphologyEx(canvas.labels, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0
    edge &= ~np.isin(canvas.labels, (EDGE, EYEBROWS, EYES, NOSE))
    line = cv2.dilate(edge.astype(np.uint8), np.ones((thick, thick), np.uint8)).astype(np.float32)
    line = f32(cv2.GaussianBlur(line, (0, 0), 0.5 + 0.3 * thick))
    line *= 0.75 + 0.35 * noise(s.rng("ink"), canvas.shape, 10, 1)
    nose = cv2.dilate((canvas.labels == NOSE).astype(np.uint8), np.ones((2 * thick + 1, 2 * thick + 1), np.uint8))
    line = np.clip(line, 0, 1) * f32(strength) * (1 - nose)
    canvas.colour *= 1 - line[..., None] * (1 - f32([0.16, 0.11, 0.12]))
