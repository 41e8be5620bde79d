"""Tone of the whole picture before it is painted (light, lost edges, tint), and what time leaves on it after."""

import cv2
import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.light import mix
from ..drawing.shapes import Array, f32, noise, smoothstep
from .classes import FEATURES
from .head import Head
from .sitter import Sitter

LUMA = f32([0.30, 0.59, 0.11])


def apply_tone(canvas: Canvas, head: Head) -> None:
    """Bring the drawn picture into one tone, as it is to be painted: light, lost edges, tint. Labels stay."""
    s = head.sitter
    rng = s.rng("patina")
    draws = dict(zip(("dark", "lost", "faded"), rng.random(3).tolist(), strict=True))
    if draws["dark"] < 0.22 and s.medium in ("oil", "digital") and canvas.colour.mean() > 0.22:
        _chiaroscuro(canvas, head, rng)
    if draws["lost"] < 0.25:
        _lost_edges(canvas, rng)
    _grade(canvas, s)
    if s.one_pigment or s.medium == "pencil":
        _one_pigment(canvas, rng)
    if s.medium in ("pencil", "watercolour"):  # the lights are left to the paper
        low, high = np.percentile(canvas.colour.mean(2), (3, 82))
        canvas.colour = f32(0.95) - (f32(high) - canvas.colour) * f32(min(0.83 / max(high - low, 0.15), 1.7))
    if draws["faded"] < 0.22:
        middle = f32(canvas.colour.mean((0, 1)))
        canvas.colour += (middle + f32(rng.normal(0, 0.04)) - canvas.colour) * f32(rng.uniform(0.25, 0.62))


def apply_aging(canvas: Canvas, head: Head) -> None:
    """Apply what time leaves over the finished picture: yellow varnish, cracks. Labels stay as they are."""
    if head.sitter.medium not in ("oil", "digital"):
        return
    rng = head.sitter.rng("age")
    varnish, cracks = rng.random(2)
    if varnish < 0.16:
        canvas.colour *= f32([1.0, 0.86, 0.56]) ** f32(rng.uniform(0.3, 1.0))
    if cracks < 0.08:
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
    dark = rng.uniform(0.15, 0.45)
    canvas.colour *= (f32(dark) + f32(1 - dark) * share)[..., None]


def _lost_edges(canvas: Canvas, rng: np.random.Generator) -> None:
    sigma = rng.uniform(0.004, 0.011) * min(canvas.shape)
    where = smoothstep(noise(rng, canvas.shape, rng.uniform(2, 6), 2), -0.1, 0.5)
    where *= ~np.isin(canvas.labels, FEATURES)  # they were painted last and stay
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


def _cracks(canvas: Canvas, rng: np.random.Generator) -> None:
    """Draw craquelure: a net of fine dark lines."""
    net = np.minimum(np.abs(noise(rng, canvas.shape, 34, 2)), np.abs(noise(rng, canvas.shape, 34, 2)))
    thin = np.maximum(0, 1 - net * f32(0.09 * min(canvas.shape)))
    canvas.colour *= (1 - f32(rng.uniform(0.1, 0.35)) * thin)[..., None]
