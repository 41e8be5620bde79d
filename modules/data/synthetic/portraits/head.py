"""Head geometry: from face coordinates to pixels, and the outlines of skull, face and nose."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import ArrayLike

from .shapes import Array, Window, f32, spline
from .sitter import Sitter

GRID = 112  # points across the little height fields that light is computed on
GRID_REACH = 1.6  # the face grid covers [-GRID_REACH, GRID_REACH] in both face coordinates


@dataclass(frozen=True)
class Head:
    """Projection of face coordinates (x right, y down; 0,0 at the eyes' height, chin +1, crown -1) to pixels."""

    sitter: Sitter
    centre: tuple[float, float]
    unit: float  # pixels per half head height

    def place(self, points: Array | list[tuple[float, float]]) -> Array:
        """Map points of the picture plane (n,2) in head units to pixels: roll, scale, shift."""
        matrix, shift = self._placing
        return np.asarray(np.asarray(points, np.float32) @ matrix + shift)

    @cached_property
    def _placing(self) -> tuple[Array, Array]:
        c, s = math.cos(self.sitter.roll) * self.unit, math.sin(self.sitter.roll) * self.unit
        return f32([[c, s], [-s, c]]), f32(self.centre)

    @cached_property
    def _turning(self) -> tuple[float, float, float, float]:
        """Cosine and sine of yaw, cosine and sine of pitch."""
        yaw, pitch = self.sitter.yaw, self.sitter.pitch
        return math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)

    def turn(self, points: Array | list[tuple[float, float]], out: float | Array = 0.0) -> Array:
        """Turn points of the face (n,2), `out` (one, or one each) in front of it, to the picture plane.

        Yaw and pitch foreshorten.
        """
        p = np.asarray(points, np.float32)
        x, y = p[:, 0], p[:, 1]
        cos_yaw, sin_yaw, cos_pitch, sin_pitch = self._turning
        square = x * x
        z = np.sqrt(np.maximum(1 - square, f32(0.05))) * f32(0.72) + np.asarray(out, np.float32)
        turned = np.empty_like(p)
        turned[:, 0] = x * f32(cos_yaw) + z * f32(sin_yaw * 0.78)
        turned[:, 1] = y * f32(cos_pitch) + (z - f32(0.35)) * f32(sin_pitch * 0.6) - f32(0.10 * sin_pitch) * square
        return turned

    def on_face(self, points: Array | list[tuple[float, float]], out: float | Array = 0.0) -> Array:
        """Map frontal points of the face to pixels."""
        return self.place(self.turn(points, out))

    def outline(self, grow: float = 0.0) -> Array:
        """Outline the face in the picture plane (head units), from forehead over cheeks to chin."""
        s = self.sitter
        w, jaw, chin = s.width + grow, s.jaw + grow, s.chin + 0.7 * grow
        cheek = w * (1.0 + 0.02 * (1 - s.age))
        right = [
            (0.0, -0.98 - grow), (0.42 * w, -0.93 - grow), (0.80 * w, -0.68), (0.985 * w, -0.28), (cheek, 0.08),
            (0.93 * w, 0.34), (jaw, 0.62), ((jaw + chin) * 0.52, 0.84), (chin, 0.965 + grow), (0.0, 1.0 + grow),
        ]  # fmt: skip
        left = [(-x, y) for x, y in right[-2:0:-1]]
        points = np.asarray(right + left, np.float32)
        sin = np.sin(s.yaw)
        forward = np.clip((points[:, 1] - 0.0) / 1.0, 0, 1) ** 1.3 * 0.36 + np.clip(-points[:, 1], 0, 1) * 0.06
        # the far cheek turns away: narrower at the eye, fuller at the cheekbone
        far = np.sign(points[:, 0]) == np.sign(sin)
        pinch = np.where(far, 1 - 0.16 * abs(sin) * np.exp(-(((points[:, 1] + 0.16) / 0.16) ** 2)), 1.0)
        points[:, 0] = points[:, 0] * pinch * (1 - 0.05 * abs(sin)) + forward * sin
        points[:, 1] += 0.10 * np.sin(s.pitch) * np.clip(points[:, 1], -1, 1) ** 2
        return spline(points, closed=True, per_span=5)

    def skull(self, grow: float = 0.0) -> tuple[tuple[float, float], float, float]:
        """Measure centre and radii (picture plane, head units) of the cranium with `grow` of hair on it."""
        s = self.sitter
        sin = np.sin(s.yaw)
        return (
            (-0.20 * sin, -0.27 + 0.12 * np.sin(s.pitch)),
            s.width * (1.03 + 0.10 * abs(sin)) + grow,
            0.86 + grow,
        )

    def nose(self) -> Array:
        """Outline the nose (n,2) in pixels: from the root between the eyes to the wings."""
        s = self.sitter
        n, w = s.nose_length, s.nose_width
        root, top = 0.065 + 0.015 * (1 - s.feminine), -0.10 + 0.12 * s.anime
        frontal = f32([
            (-root, top, 0.05), (-root * 0.95, 0.35 * n, 0.10), (-0.80 * w, 0.74 * n, 0.10),
            (-1.10 * w, 0.92 * n, 0.05), (-0.85 * w, 1.04 * n, 0.07), (0.0, 1.10 * n, 0.20),
            (0.85 * w, 1.04 * n, 0.07), (1.10 * w, 0.92 * n, 0.05), (0.80 * w, 0.74 * n, 0.10),
            (root * 0.95, 0.35 * n, 0.10), (root, top, 0.05),
        ])  # fmt: skip
        if abs(s.yaw) > 0.6:  # seen from the side the tip, not the wing, is the farthest out
            tip = np.sign(s.yaw) * f32([-0.35, 0.0]) * w
            side = frontal[:, 0] * np.sign(s.yaw) > 0.7 * w
            frontal[side, :2] += tip
            frontal[side, 2] += 0.16
        return self.place(spline(self.turn(frontal[:, :2], frontal[:, 2] * f32(0.4 + 0.6 * (1 - s.anime))), True, 4))

    def to_canvas(self, field: Array, window: Window, border: float = 0.0) -> Array:
        """Warp a field on the face grid (GRID,GRID) to a window (h,w) of the canvas."""
        k = 2 * GRID_REACH / (GRID - 1) * self.unit
        c, s = np.cos(self.sitter.roll) * k, np.sin(self.sitter.roll) * k
        half = (GRID - 1) / 2
        matrix = f32([
            [c, -s, self.centre[0] - window[1].start - c * half + s * half],
            [s, c, self.centre[1] - window[0].start - s * half - c * half],
        ])  # fmt: skip
        size = (window[1].stop - window[1].start, window[0].stop - window[0].start)
        return cv2.warpAffine(field, matrix, size, borderValue=border).astype(np.float32)


@lru_cache
def grid() -> tuple[Array, Array]:
    """Give x (1,GRID) and y (GRID,1) of the face grid; not to be written to."""
    axis = np.linspace(-GRID_REACH, GRID_REACH, GRID, dtype=np.float32)
    return axis[None, :], axis[:, None]


def bumps(at: Array, wide: ArrayLike, tall: ArrayLike, amount: ArrayLike) -> Array:
    """Sum k Gaussians on the face grid (GRID,GRID): centres `at` (k,2), radii and heights (k,) or one for all.

    Each is an outer product of two lines, so all together are one product of matrices.
    """
    x, y = grid()
    wide, tall = (np.broadcast_to(np.asarray(v, np.float32), len(at))[:, None] for v in (wide, tall))
    across, down = (x - at[:, :1]) / wide, (y.T - at[:, 1:]) / tall
    rows = np.exp(-down * down) * np.broadcast_to(np.asarray(amount, np.float32), len(at))[:, None]
    return f32(rows.T @ np.exp(-across * across))
