"""Shading: Lambert light on height fields, posterised planes, colour ramps and cast shadows."""

import colorsys
from dataclasses import dataclass, replace

import cv2
import numpy as np

from .shapes import Array, f32

Colour = tuple[float, float, float]


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Convert hue in turns, saturation and value (clipped to [0,1]) to RGB in [0,1]."""
    return colorsys.hsv_to_rgb(hue % 1.0, min(max(saturation, 0), 1), min(max(value, 0), 1))


def mix(a: Colour, b: Colour, share: float) -> Colour:
    return tuple(float((1 - share) * x + share * y) for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


@dataclass(frozen=True)
class Light:
    """Key light from `direction` (x right, y down, z towards the viewer; unit length) and what fills the shadows."""

    direction: tuple[float, float, float]
    colour: Colour
    ambient: Colour
    contrast: float  # 0 = flat, 1 = strong shadows
    rim: float  # share of a light from behind
    planes: int  # tones a form is broken into
    softness: float  # 0 = hard plane edges, 1 = no edges at all

    def turned(self, angle: float) -> "Light":
        """Turn the direction in the picture plane by `angle` radians."""
        c, s = float(np.cos(angle)), float(np.sin(angle))
        x, y, z = self.direction
        return replace(self, direction=(c * x - s * y, s * x + c * y, z))

    def shade(self, normals: Array) -> Array:
        """Shade a surface with unit normals (H,W,3) by Lambert's law: how lit it is, in [0,1]."""
        lit = np.float32(0.30) + np.float32(0.70 / 1.35) * (np.clip(normals @ f32(self.direction), -0.35, 1) + 0.35)
        value = np.float32(0.64) + (lit - np.float32(0.68)) * np.float32(0.50 + 1.0 * self.contrast)
        return np.asarray(np.minimum(np.maximum(value, 0), 1))

    def value(self, height: Array) -> Array:
        """Shade a height field (H,W; in units of one grid step): how lit it is, in [0,1]."""
        gx, gy = slopes(height)
        steep = np.sqrt(gx * gx + gy * gy + 1)
        return self.shade(cv2.merge((-gx / steep, -gy / steep, 1 / steep)))

    def posterise(self, value: Array, wobble: Array | None = None) -> Array:
        """Posterise values into a few tones, edges as hard as the style wants and roughened by `wobble`."""
        v = value if wobble is None else value + wobble
        v = np.minimum(np.maximum(v, 0), np.float32(0.9999)) * np.float32(self.planes)
        base = np.floor(v)
        steep = np.float32(0.5 / (0.04 + 0.46 * self.softness))
        step = np.minimum(np.maximum((v - base - 0.5) * steep + 0.5, 0), 1)
        return f32((base + step) * np.float32(1 / self.planes))

    def ramp(self, base: Colour, gloss: float = 0.15, warm: float = 0.0) -> Array:
        """Tabulate colours (256,3) of a material from shadow to highlight; `warm` reddens the half-tone (skin)."""
        b = np.asarray(base, np.float32)
        ambient, key = np.asarray(self.ambient, np.float32), np.asarray(self.colour, np.float32)
        depth = 0.64 - (0.30 if warm else 0.42) * self.contrast
        shadow = b * (0.35 + 0.65 * ambient) * depth + 0.04 * ambient
        half = b * (0.75 + 0.25 * ambient) * (0.86 - 0.16 * self.contrast)
        half = half * np.asarray([1 + 0.10 * warm, 1 - 0.05 * warm, 1 - 0.12 * warm], np.float32)
        lit = b * (0.35 + 0.65 * key) * 1.08
        bright = lit + (0.25 + 0.5 * gloss) * (key - lit) * (0.35 + 0.65 * lit.mean())
        shine = bright + gloss * (key - bright)
        stops = [0.0, 0.2, 0.45, 0.68, 0.88, 1.0]
        colours = np.stack([shadow * 0.8, shadow, half, lit, bright, shine])
        at = np.linspace(0, 1, 256)
        return np.clip(np.stack([np.interp(at, stops, colours[:, c]) for c in range(3)], 1), 0, 1).astype(np.float32)


def slopes(height: Array) -> tuple[Array, Array]:
    """Compute the gradient of a height field (H,W): rise per grid step to the right and downwards."""
    gx = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=1, scale=0.5, borderType=cv2.BORDER_REPLICATE)
    gy = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=1, scale=0.5, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(gx), np.asarray(gy)


def apply_ramp(ramp: Array, value: Array) -> Array:
    """Look up the colours (H,W,3) of values (H,W) in [0,1] in a ramp (256,3)."""
    index = cv2.convertScaleAbs(np.minimum(np.maximum(value, 0), 1), alpha=255)
    return f32(cv2.LUT(cv2.merge((index, index, index)), ramp[None]))  # three times as fast as indexing


def cast_shadow(mask: Array, dx: float, dy: float, blur: float) -> Array:
    """Cast the shadow of `mask` (H,W): moved by (dx, dy) pixels and softened by `blur` pixels."""
    h, w = mask.shape
    moved = cv2.warpAffine(mask, f32([[1, 0, dx], [0, 1, dy]]), (w, h))
    return f32(cv2.GaussianBlur(moved, (0, 0), blur) if blur > 0.3 else moved)
