"""Arms and hands, seen when the picture reaches below the chest."""

import cv2
import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.light import apply_ramp, cast_shadow
from ..drawing.shapes import Array, ellipse, f32, fill, noise, ribbon, smoothstep, spline
from .body import Torso, lay_cloth
from .classes import BODY, CLOTHES


def paint_arms(canvas: Canvas, torso: Torso) -> None:
    """Paint both arms: hanging, in the lap, crossed, or one hand raised; bare or sleeved."""
    s = torso.head.sitter
    rng = s.rng("arms")
    pose = str(rng.choice(["hang", "lap", "lap", "raised", "crossed"]))
    bare = s.garment == "bare" or (s.garment == "dress" and rng.random() < 0.6)
    raised = int(rng.choice([-1, 1]))
    for side in (-1, 1):
        w, top = torso.shoulder, 1.62 + torso.slope
        elbow = (side * w * rng.uniform(1.00, 1.16), top + rng.uniform(1.8, 2.2))
        wrist = {
            "hang": (side * w * 1.02, elbow[1] + 1.9),
            "lap": (side * w * rng.uniform(0.05, 0.30), elbow[1] + rng.uniform(0.5, 1.0)),
            "raised": (side * w * 0.25, top + 0.9) if side == raised else (side * w * 0.4, elbow[1] + 0.9),
            "crossed": (-side * w * rng.uniform(0.35, 0.55), elbow[1] - rng.uniform(0.2, 0.5)),
        }[pose]
        _arm(canvas, torso, side, elbow, wrist, bare, rng)


def _arm(
    canvas: Canvas, torso: Torso, side: int, elbow: tuple[float, float], wrist: tuple[float, float], bare: bool,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    s, u, w = torso.head.sitter, torso.head.unit, torso.shoulder
    thick = 0.37 * w * (0.78 if bare else rng.uniform(0.92, 1.15))
    shoulder = (side * w * 0.80, 1.66 + torso.slope)
    upper = torso.at([shoulder, (side * w * 0.97, 2.1 + torso.slope), elbow])
    fore = torso.at([elbow, ((elbow[0] + wrist[0]) / 2, (elbow[1] + wrist[1]) / 2 + 0.08), wrist])
    if min(upper[:, 1].min(), fore[:, 1].min()) > canvas.shape[0] + u:
        return
    shapes = [
        ribbon(upper, thick * u, (0.85, 0.80)),
        ribbon(fore, 0.86 * thick * u, (0.85, 0.66)),
        ellipse(tuple(upper[0]), 0.43 * thick * u, 0.43 * thick * u),  # a round shoulder
        ellipse(tuple(upper[-1]), 0.40 * thick * u, 0.40 * thick * u),
    ]
    mask = fill(canvas.shape, *shapes)
    _hand(canvas, torso, fore, side, rng)
    rows, columns = np.indices(canvas.shape, np.float32)
    away = np.hypot(columns - upper[0, 0], rows - upper[0, 1]) / f32(thick * u)
    seam = smoothstep(away, 0.25, 0.95)  # at the shoulder the arm runs into the trunk
    shadow = cast_shadow(mask, -s.light.direction[0] * 0.10 * u, 0.08 * u, 0.05 * u) * (1 - mask) * seam
    canvas.glaze(shadow * np.isin(canvas.labels, (CLOTHES, BODY)), (0.66, 0.62, 0.64))
    relief = inflate(mask, 0.5 * thick * u) + noise(rng, canvas.shape, 14, 2) * f32((0.01 if bare else 0.05) * u)
    value = s.light.posterise(s.light.value(relief), noise(rng, canvas.shape, 24, 1) * f32(0.04))
    over = np.maximum(seam, ~np.isin(canvas.labels, (CLOTHES, BODY)))
    if bare:
        sleeve = np.zeros_like(mask)
        if s.garment != "bare":
            sleeve = fill(canvas.shape, ribbon(upper[:2], 1.12 * thick * u, (0.9, 0.95)), shapes[2])
        canvas.lay(mask * over * (1 - sleeve), apply_ramp(s.light.ramp(s.skin, 0.12, 1.0), value))
        canvas.labels[mask > 0.5] = BODY
        lay_cloth(canvas, torso, sleeve * over, value, s.cloth[0], "main", 0.1)
        canvas.labels[sleeve > 0.5] = CLOTHES
    else:
        lay_cloth(canvas, torso, mask * over, value, s.cloth[0], "main", 0.1)
        canvas.labels[mask > 0.5] = CLOTHES
        across = fore[-1] - fore[-2]
        across = f32([-across[1], across[0]]) / (np.hypot(*across) + 1e-6)
        cuff = [fore[-1] - across * 0.27 * thick * u, fore[-1], fore[-1] + across * 0.27 * thick * u]
        tone = s.cloth[1] if rng.random() < 0.5 else tuple(f32(s.cloth[0]) * 0.6)
        canvas.polygon(ribbon(np.stack(cuff), 0.16 * u, (0.8, 0.8)), tone, CLOTHES)


def inflate(mask: Array, radius: float) -> Array:
    """Inflate a shape like a balloon: its height (H,W) in pixels, at most `radius`."""
    inner = np.minimum(cv2.distanceTransform((mask > 0.5).view(np.uint8), cv2.DIST_L2, 3), f32(radius))
    return f32(cv2.GaussianBlur(np.sqrt(inner * (2 * radius - inner)), (0, 0), max(0.8, 0.12 * radius)))


def _hand(canvas: Canvas, torso: Torso, fore: Array, side: int, rng: np.random.Generator) -> None:
    """Paint a loose hand beyond the cuff: palm, four fingers, thumb, lit as one form."""
    s, u = torso.head.sitter, torso.head.unit
    along = fore[-1] - fore[-2]
    along = along / (np.hypot(*along) + 1e-6)
    across = f32([-along[1], along[0]])
    curl = rng.uniform(0.1, 0.5) * side

    def at(a: float, b: float) -> Array:
        return (fore[-1] + (along * a + across * b) * u).astype(np.float32)

    palm = [at(-0.15, -0.16), at(0.15, -0.21), at(0.46, -0.20), at(0.48, 0.20), at(0.15, 0.20), at(-0.15, 0.15)]
    shapes = [spline(np.stack(palm), True)]
    lines = []
    for k in range(4):
        b = -0.155 + 0.105 * k
        reach = (0.40, 0.47, 0.45, 0.36)[k]
        finger = np.stack([at(0.36, b), at(0.36 + 0.6 * reach, b + 0.25 * curl), at(0.36 + reach, b + 0.55 * curl)])
        shapes.append(ribbon(finger, 0.125 * u, (0.95, 0.6)))
        lines.append(np.stack([at(0.40, b + 0.052), at(0.36 + 0.55 * reach, b + 0.052 + 0.25 * curl)]))
    thumb = np.stack([at(0.05, side * 0.15), at(0.28, side * 0.30), at(0.46, side * 0.30)])
    shapes.append(ribbon(thumb, 0.14 * u, (0.9, 0.6)))
    mask = fill(canvas.shape, *shapes)
    if mask.max() < 0.5:
        return
    value = s.light.posterise(s.light.value(inflate(mask, 0.10 * u)))
    canvas.lay(mask, apply_ramp(s.light.ramp(s.skin, 0.12, 1.0), value), BODY)
    ink = tuple(f32(s.skin) * f32([0.55, 0.42, 0.38]))
    for line in lines:
        canvas.polygon(ribbon(line, 0.025 * u), ink, within=mask, opacity=0.75)
