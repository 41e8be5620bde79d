"""Aging and media effects on the whole picture: light, tone, lost edges, drawing, varnish, cracks."""

import cv2
import numpy as np

from .head import Head
from .light import mix
from .portrait_layers import Canvas
from .shapes import Array, f32, noise, smoothstep
from .sitter import Sitter

LUMA = f32([0.30, 0.59, 0.11])


def apply_aging(canvas: Canvas, head: Head) -> None:
    """Apply everything that lies over the finished picture; labels stay as they are."""
    s = head.sitter
    rng = s.rng("patina")
    draws = dict(zip(("dark", "lost", "faded", "varnish", "cracks"), rng.random(5).tolist(), strict=True))
    if s.medium in ("drawing", "wash"):
        _drawing(canvas, s, rng)
    if draws["dark"] < 0.22 and s.medium != "drawing":
        _chiaroscuro(canvas, head, rng)
    if draws["lost"] < 0.25:
        _lost_edges(canvas, rng)
    _grade(canvas, s)
    if s.medium == "mono":
        _one_pigment(canvas, rng)
    if draws["faded"] < 0.22:
        middle = f32(canvas.colour.mean((0, 1)))
        canvas.colour += (middle + f32(rng.normal(0, 0.04)) - canvas.colour) * f32(rng.uniform(0.25, 0.62))
    if draws["varnish"] < 0.16:
        canvas.colour *= f32([1.0, 0.86, 0.56]) ** f32(rng.uniform(0.3, 1.0))
    if draws["cracks"] < 0.08:
        _cracks(canvas, rng)


def _grade(canvas: Canvas, s: Sitter) -> None:
    """Tint the whole picture, as paper or a screen does, and add the weave of the canvas."""
    rng = s.rng("grade")
    tint = 1 + np.asarray(rng.normal(0, 0.035, 3), np.float32)
    gamma = float(np.exp(rng.normal(0, 0.10)))
    canvas.colour = np.minimum(np.maximum(canvas.colour, 0), 1) ** f32(gamma) * tint
    if rng.random() < 0.35:
        canvas.colour *= (1 + noise(rng, canvas.shape, 220, 1) * f32(rng.uniform(0.01, 0.03)))[..., None]
    lift = rng.uniform(0, 0.06)
    canvas.colour = canvas.colour * f32(1 - lift) + f32(lift) * np.asarray(s.light.ambient, np.float32)


def _axes(shape: tuple[int, int]) -> tuple[Array, Array]:
    return np.arange(shape[1], dtype=np.float32)[None, :], np.arange(shape[0], dtype=np.float32)[:, None]


def _chiaroscuro(canvas: Canvas, head: Head, rng: np.random.Generator) -> None:
    """Leave a pool of light on the face's lit side and sink all else into the dark."""
    x, y = _axes(canvas.shape)
    light, reach = head.sitter.light.direction, rng.uniform(1.1, 2.6) * head.unit
    cx, cy = head.centre[0] + light[0] * 0.5 * head.unit, head.centre[1] + light[1] * 0.2 * head.unit
    away = np.sqrt((x - f32(cx)) ** 2 + (f32(0.7) * (y - f32(cy))) ** 2) / f32(reach)
    share = 1 - smoothstep(f32(away), 0.35, 1.6)
    dark = rng.uniform(0.06, 0.4)
    canvas.colour *= (f32(dark) + f32(1 - dark) * share)[..., None]


def _lost_edges(canvas: Canvas, rng: np.random.Generator) -> None:
    sigma = rng.uniform(0.004, 0.011) * min(canvas.shape)
    where = smoothstep(noise(rng, canvas.shape, rng.uniform(2, 6), 2), -0.1, 0.5)
    where *= smoothstep(canvas.brush, 0.1, 0.5)  # features were painted last and stay
    if sigma > 0.4:
        soft = np.asarray(cv2.GaussianBlur(canvas.colour, (0, 0), sigma))
        canvas.colour += where[..., None] * (soft - canvas.colour)


def _one_pigment(canvas: Canvas, rng: np.random.Generator) -> None:
    """Map tones to one pigment from dark to light: grisaille, sepia, blue."""
    darks = ((0.03, 0.03, 0.03), (0.12, 0.06, 0.03), (0.04, 0.06, 0.14), (0.10, 0.03, 0.03))
    lights = ((0.95, 0.95, 0.93), (0.95, 0.88, 0.74), (0.88, 0.93, 0.97), (0.93, 0.86, 0.72))
    k = int(rng.integers(0, len(darks)))
    dark, light = f32(mix(darks[k], darks[0], rng.random())), f32(mix(lights[k], lights[0], rng.random()))
    tone = np.minimum(np.maximum(canvas.colour @ LUMA, 0), 1)[..., None]
    canvas.colour = dark + tone * (light - dark)


def _drawing(canvas: Canvas, s: Sitter, rng: np.random.Generator) -> None:
    """Redraw as lines on paper, perhaps hatched, perhaps with thin colour: chalk, pencil, ink and wash."""
    h, w = canvas.shape
    tone = np.asarray(np.minimum(np.maximum(canvas.colour @ LUMA, 0), 1), np.float32)
    fine = max(0.7, 0.004 * min(h, w))
    edges = cv2.GaussianBlur(tone, (0, 0), fine) - cv2.GaussianBlur(tone, (0, 0), 1.6 * fine)
    outline = cv2.morphologyEx(canvas.labels, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0
    line = np.maximum(np.minimum(np.maximum(-edges * f32(rng.uniform(14, 30)), 0), 1), 0.55 * outline)
    x, y = _axes(canvas.shape)
    turn = rng.uniform(0.4, 1.2)
    hatch = np.sin((x * f32(np.cos(turn)) + y * f32(np.sin(turn))) * f32(2 * np.pi / max(3.0, 0.018 * min(h, w))))
    shade = np.maximum(0, f32(rng.uniform(0.4, 0.6)) - tone) * f32(rng.uniform(0.6, 1.6))
    ink = np.minimum(line + shade * (0.5 + 0.5 * hatch) * f32(rng.choice([0.4, 1.0])), 1)
    ink = ink * (1 + 0.3 * noise(rng, canvas.shape, 90, 1))
    paper = f32(mix((0.96, 0.93, 0.86), (0.70, 0.62, 0.50), rng.choice([0.0, 0.3, 1.0])))
    pigment = f32(mix((0.10, 0.08, 0.08), (0.45, 0.16, 0.10), rng.choice([0.0, 0.0, 1.0])))
    ground = np.broadcast_to(paper, canvas.colour.shape)
    if s.medium == "wash":
        thin = rng.uniform(0.35, 0.85)
        ground = paper * (1 - f32(thin) * (1 - canvas.colour))
    canvas.colour = ground + np.minimum(np.maximum(ink, 0), 1)[..., None] * (pigment - ground)


def _cracks(canvas: Canvas, rng: np.random.Generator) -> None:
    """Draw craquelure: a net of fine dark lines."""
    net = np.minimum(np.abs(noise(rng, canvas.shape, 34, 2)), np.abs(noise(rng, canvas.shape, 34, 2)))
    thin = np.maximum(0, 1 - net * f32(0.09 * min(canvas.shape)))
    canvas.colour *= (1 - f32(rng.uniform(0.1, 0.35)) * thin)[..., None]
