"""Where things are: from face and body coordinates to pixels, and the outlines of skull and face."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .shapes import Array, f32, spline
from .sitter import Sitter

GRID = 112  # points across the little height fields that light is computed on
REACH = 1.6  # the face grid covers [-REACH, REACH] in both face coordinates


@dataclass(frozen=True)
class Head:
    """Maps face coordinates (x right, y down; 0,0 between the eyes' height and chin +1, crown -1) to pixels."""

    sitter: Sitter
    centre: tuple[float, float]
    unit: float  # pixels per half head height

    def place(self, points: Array | list[tuple[float, float]]) -> Array:
        """Points of the picture plane (n,2) in head units -> pixels: roll, scale, shift."""
        p = np.asarray(points, np.float32)
        c, s = np.cos(self.sitter.roll), np.sin(self.sitter.roll)
        turned = np.stack([c * p[:, 0] - s * p[:, 1], s * p[:, 0] + c * p[:, 1]], 1)
        return (turned * self.unit + f32(self.centre)).astype(np.float32)

    def turn(self, points: Array | list[tuple[float, float]], out: float = 0.0) -> Array:
        """Points on the front of the face (n,2), `out` in front of it -> picture plane: yaw and pitch foreshorten."""
        p = np.asarray(points, np.float32)
        s = self.sitter
        x, y = p[:, 0], p[:, 1]
        z = np.sqrt(np.clip(1 - (x / 1.0) ** 2, 0.05, 1)) * 0.72 + out
        xr = x * np.cos(s.yaw) + z * np.sin(s.yaw) * 0.78
        yr = y * np.cos(s.pitch) + (z - 0.35) * np.sin(s.pitch) * 0.6 - 0.10 * np.sin(s.pitch) * x * x
        return np.stack([xr, yr], 1).astype(np.float32)

    def on_face(self, points: Array | list[tuple[float, float]], out: float = 0.0) -> Array:
        """Frontal face points -> pixels."""
        return self.place(self.turn(points, out))

    def outline(self, grow: float = 0.0) -> Array:
        """The contour of the face in the picture plane (head units), from forehead over cheeks to chin."""
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

    def skull(self, grow: float = 0.0, squash: float = 1.0) -> tuple[tuple[float, float], float, float]:
        """Centre and radii (picture plane, head units) of the cranium with `grow` of hair on it."""
        s = self.sitter
        sin = np.sin(s.yaw)
        return (
            (-0.20 * sin, -0.27 + 0.12 * np.sin(s.pitch)),
            s.width * (1.03 + 0.10 * abs(sin)) + grow,
            (0.86 + grow) * squash,
        )

    def to_canvas(self, field: Array, shape: tuple[int, int], border: float = 0.0) -> Array:
        """A field on the face grid (GRID,GRID) -> canvas (H,W)."""
        k = 2 * REACH / (GRID - 1) * self.unit
        c, s = np.cos(self.sitter.roll) * k, np.sin(self.sitter.roll) * k
        half = (GRID - 1) / 2
        matrix = f32([
            [c, -s, self.centre[0] - c * half + s * half],
            [s, c, self.centre[1] - s * half - c * half],
        ])  # fmt: skip
        return cv2.warpAffine(
            field,
            matrix,
            (shape[1], shape[0]),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=border,
        ).astype(np.float32)


def grid() -> tuple[Array, Array]:
    """x (1,GRID) and y (GRID,1) of the face grid."""
    axis = np.linspace(-REACH, REACH, GRID, dtype=np.float32)
    return axis[None, :], axis[:, None]


def bump(x0: float, y0: float, sx: float, sy: float) -> Array:
    """A Gaussian on the face grid: an outer product, so it costs next to nothing."""
    x, y = grid()
    return np.exp(-(((y - y0) / sy) ** 2)) * np.exp(-(((x - x0) / sx) ** 2))
