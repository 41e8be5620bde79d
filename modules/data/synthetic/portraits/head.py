"""Head geometry: a solid head in three dimensions, turned, and its outlines in pixels."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..drawing.shapes import SHIFT, Array, Window, f32, fixed, smoothstep, spline
from .sitter import Sitter

GRID = 176  # points across the little pictures of the head that light is computed on
GRID_REACH = 1.6  # they cover [-GRID_REACH, GRID_REACH] of the picture plane both ways
FINER = 4  # how much finer the outline of the head is traced
SKULL = f32([0.0, -0.20, -0.12])  # centre of the skull
SKULL_HEIGHT, SKULL_DEPTH = 0.92, 0.95  # its radii; the third one is the sitter's
ROUND = (2.25, 1.85)  # exponent of a head's cross-section, skull and chin: 2 is an ellipse, more is squarer
ROWS, COLUMNS = (28, 64), 121  # of the mesh: rows above and below the middle of the skull


@dataclass(frozen=True)
class Head:
    """A head and where it is in the picture.

    Its space is x right, y down, z towards the viewer while it looks at us; 0,0 at the eyes' height, chin +1, crown
    -1.1. Points of the face are (x,y): they lie on its surface. `turn` brings them to the picture plane, `place` from
    there to pixels.
    """

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
    def rotation(self) -> Array:
        """Matrix (3,3) that turns rows of the head's space: pitch (down is positive), then yaw (right is positive)."""
        yaw, pitch = self.sitter.yaw, self.sitter.pitch
        c, s, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
        nod = f32([[1.0, 0.0, 0.0], [0.0, cp, -sp], [0.0, sp, cp]])
        return np.asarray(nod @ f32([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]]))

    def turn(self, points: Array | list[tuple[float, float]], out: float | Array = 0.0) -> Array:
        """Turn points of the face (n,2), `out` (one, or one each) in front of it, to the picture plane (n,2)."""
        p = np.asarray(points, np.float32)
        solid = np.stack([p[:, 0], p[:, 1], self.surface(p[:, 0], p[:, 1]) + np.asarray(out, np.float32)], 1)
        return np.asarray((solid @ self.rotation)[:, :2])

    def on_face(self, points: Array | list[tuple[float, float]], out: float | Array = 0.0) -> Array:
        """Map points of the face to pixels."""
        return self.place(self.turn(points, out))

    def profile(self, y: Array) -> tuple[Array, Array, Array]:
        """Half width, front and back (z) of the head's cross-sections at heights `y` (n,), without nose and relief."""
        knots = self._profile
        up = np.sqrt(np.maximum(1 - np.square((y - SKULL[1]) / f32(SKULL_HEIGHT)), 0))
        low = [np.interp(y, knots[:, 0], knots[:, k]).astype(np.float32) for k in (1, 2, 3)]
        skull = y < SKULL[1]
        return (
            np.where(skull, self.sitter.width * up, low[0]),
            np.where(skull, SKULL[2] + SKULL_DEPTH * up, low[1]),
            np.where(skull, SKULL[2] - SKULL_DEPTH * up, low[2]),
        )

    @cached_property
    def _profile(self) -> Array:
        """Knots (n,4) of the lower half: height, half width, front, back."""
        s = self.sitter
        wide, jaw, chin = s.width, s.jaw, s.chin
        return spline(f32([
            (-0.20, wide, 0.83, -1.07), (0.05, 0.985 * wide, 0.79, -1.02), (0.30, 0.92 * wide, 0.79, -0.76),
            (0.47, 0.58 * jaw + 0.35 * wide, 0.81, -0.36), (0.63, 0.90 * jaw, 0.81, -0.05),
            (0.78, 0.47 * jaw + 0.46 * chin, 0.81, 0.17), (0.90, 0.17 * jaw + 0.84 * chin, 0.79, 0.36),
            (0.98, 0.98 * chin, 0.72, 0.47), (1.03, 0.45 * chin, 0.62, 0.53), (1.04, 0.01, 0.58, 0.56),
        ]))  # fmt: skip

    @cached_property
    def _bumps(self) -> Array:
        """Relief of the face as Gaussians (k,5): centre, radii, height."""
        s = self.sitter
        soft, old, g = 1 - 0.65 * s.anime, s.age, s.eye_gap
        lip = s.lip / 0.09
        marks: list[tuple[float, ...]] = [
            (0, 0.60, 0.27, 0.19, 0.05 * soft), (0, 0.90, 0.15, 0.10, 0.05 * soft),
                 (0, 0.765, 0.16, 0.045, -0.030 * soft), (0, -0.55, 0.40, 0.25, 0.02),
                 (0, 0.565, 0.17, 0.035, 0.028 * soft * lip), (0, 0.665, 0.14, 0.045, 0.034 * soft * lip),
                 (0, 0.50, 0.035, 0.05, -0.018 * soft), (0, -0.13, 0.10, 0.09, -0.02 * soft)]  # fmt: skip
        for side in (-1, 1):
            marks += [
                (side * g * 0.92, -0.03, 0.20, 0.115, -0.115 * soft - 0.02),
                (side * g, -0.01, 0.115, 0.085, 0.075 * soft),
                (side * g * 0.95, -0.235, 0.20, 0.065, 0.05 * soft * (1.25 - s.feminine)),
                (side * 0.48, 0.22, 0.19, 0.13, 0.055 * (0.2 + soft)),
                (side * 0.48, 0.52, 0.15, 0.17, -0.04 * soft * (0.3 + old)),
                (side * 0.30, 0.47, 0.05, 0.13, -0.022 * (old * 1.6 + 0.15)),
                (side * (s.mouth_width + 0.03), 0.61, 0.045, 0.05, -0.025 * soft),
                (side * 0.40, 0.12, 0.13, 0.045, -0.03 * old), (side * 0.64, -0.42, 0.13, 0.22, -0.04 * soft),
            ]  # fmt: skip
        return f32(marks)

    def relief(self, x: Array, y: Array) -> Array:
        """Height of nose, sockets, cheeks, lips and chin at points (n,) of the face over its smooth cross-sections."""
        s = self.sitter
        height = np.zeros_like(x)
        for px, py, sx, sy, amount in self._bumps.tolist():
            height += f32(amount) * np.exp(-(((x - px) / sx) ** 2) - ((y - py) / sy) ** 2)
        real = 0.30 + 0.70 * (1 - s.anime)
        n, w = s.nose_length, s.nose_width
        t = (y + 0.17) / f32(n + 0.13)  # 0 at the root, 1 at the tip
        along = (
            (0.045 + 0.205 * np.clip(t, 0, 1) ** 1.25) * smoothstep(t, -0.12, 0.16) * (1 - smoothstep(t, 0.99, 1.17))
        )
        across = np.exp(-((np.abs(x) / (0.055 + 0.30 * w * np.clip(t, 0, 1) ** 2)) ** 2.2))
        height += f32(real) * along * across
        for side in (-0.74, 0.74):
            height += f32(0.085 * real) * np.exp(-(((x - side * w) / (0.36 * w)) ** 2) - ((y - n + 0.02) / 0.065) ** 2)
        return np.asarray(height)

    def surface(self, x: Array, y: Array) -> Array:
        """Depth z of the front of the head at points (n,); past its sides where they are widest."""
        wide, front, back = self.profile(y)
        power = _roundness(y)
        round_ = np.maximum(1 - np.minimum(np.abs(x) / np.maximum(wide, 1e-3), 1) ** power, 0) ** (1 / power)
        return np.asarray(
            (front + back) / 2 + (front - back) / 2 * round_ + self.relief(x, y) * np.minimum(2 * round_, 1)
        )

    @cached_property
    def mesh(self) -> tuple[Array, Array, Array]:
        """Points (r,c,3) of the whole head, their normals (r,c,3), and azimuths (c,): 0 in front, +-pi behind."""
        rise = SKULL[1] - SKULL_HEIGHT * np.cos(np.linspace(0.03, np.pi / 2, ROWS[0], endpoint=False))
        y = f32(np.concatenate([rise, np.linspace(SKULL[1], 1.04, ROWS[1])]))
        t = np.linspace(-1, 1, COLUMNS)
        azimuth = f32(np.pi * np.sign(t) * np.abs(t) ** 1.3)
        wide, front, back = (v[:, None] for v in self.profile(y))
        power = 2 / _roundness(y)[:, None]
        sin, cos = (np.sign(v) * np.abs(v) ** power for v in (np.sin(azimuth), np.cos(azimuth)))
        x = wide * sin
        down = np.broadcast_to(y[:, None], x.shape)
        relief = self.relief(f32(x.ravel()), f32(down.ravel())).reshape(x.shape) * np.clip(2 * cos, 0, 1)
        points = f32(np.stack([x, down, (front + back) / 2 + (front - back) / 2 * cos + relief], -1))
        normals = np.cross(np.gradient(points, axis=1), np.gradient(points, axis=0))
        normals /= np.linalg.norm(normals, axis=-1, keepdims=True) + 1e-9
        return points, f32(normals), azimuth

    @cached_property
    def _quads(self) -> tuple[Array, Array]:
        """Faces that look at us, far ones first: corners (n,4,2) in the picture plane, and normal and depth (n,4)."""
        points, normals, _ = self.mesh
        both = np.concatenate([points @ self.rotation, normals @ self.rotation], -1)
        corners = np.stack([both[:-1, :-1], both[:-1, 1:], both[1:, 1:], both[1:, :-1]], 2).reshape(-1, 4, 6)
        middle = corners.mean(1)
        seen = np.flatnonzero(middle[:, 5] > -0.02)
        order = seen[np.argsort(middle[seen, 2], kind="stable")]
        return corners[order, :, :2], middle[order][:, [3, 4, 5, 2]]

    @cached_property
    def buffers(self) -> tuple[NDArray[np.bool_], Array, Array]:
        """The head as seen: mask (GRID,GRID) bool, unit normals (GRID,GRID,3), depth (GRID,GRID), -9 beside it."""
        corners, values = self._quads
        picture = np.zeros((GRID, GRID, 4), np.float32)
        picture[..., 3] = -9
        at = fixed((corners + f32(GRID_REACH)) * f32((GRID - 1) / (2 * GRID_REACH)))
        for quad, value in zip(at, values.tolist(), strict=True):
            cv2.fillConvexPoly(picture, quad, value, cv2.LINE_8, SHIFT)
        mask = picture[..., 3] > -5
        normals = f32(cv2.GaussianBlur(picture[..., :3], (0, 0), 0.8))
        normals /= np.linalg.norm(normals, axis=-1, keepdims=True) + f32(1e-6)
        return mask, normals, picture[..., 3]

    @cached_property
    def _outline(self) -> Array:
        corners, _ = self._quads
        side = FINER * GRID
        mask = np.zeros((side, side), np.uint8)
        for quad in fixed((corners + f32(GRID_REACH)) * f32((side - 1) / (2 * GRID_REACH))):
            cv2.fillConvexPoly(mask, quad, 255, cv2.LINE_8, SHIFT)
        found, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        line = max(found, key=len)[:, 0].astype(np.float32)
        wrapped = np.concatenate([line[-12:], line, line[:12]])
        smooth = cv2.GaussianBlur(wrapped, (1, 19), 1.0, sigmaY=3.0)[12:-12:4]
        return f32(smooth * f32(2 * GRID_REACH / (side - 1)) - f32(GRID_REACH))

    def outline(self) -> Array:
        """Outline the turned head (n,2) in the picture plane: face, skull and jaw."""
        return self._outline

    def skull(self, grow: float = 0.0) -> tuple[tuple[float, float], float, float]:
        """Measure centre and radii (picture plane, head units) of the cranium with `grow` of hair on it."""
        s = self.sitter
        x, y, _ = (SKULL @ self.rotation).tolist()
        wide = math.hypot(s.width * math.cos(s.yaw), SKULL_DEPTH * math.sin(s.yaw))
        tall = math.hypot(SKULL_HEIGHT * math.cos(s.pitch), SKULL_DEPTH * math.sin(s.pitch))
        return (x, y), wide + grow, tall + grow

    def nose(self) -> list[Array]:
        """Outlines in pixels that together are the nose: from the root between the eyes to the wings."""
        s = self.sitter
        n, w = s.nose_length, s.nose_width
        root, top = 0.065 + 0.015 * (1 - s.feminine), -0.12 + 0.12 * s.anime
        half = spline(f32([
            (top, root), (0.35 * n, root), (0.70 * n, 0.72 * w), (0.90 * n, 1.12 * w), (1.02 * n, 1.0 * w),
            (1.09 * n, 0.35 * w),
        ]), per_span=3)  # fmt: skip
        across = np.linspace(-1, 1, 9)[None, :]
        x, y = half[:, 1:] * across, np.broadcast_to(half[:, :1], (len(half), 9))
        at = self.on_face(f32(np.stack([x.ravel(), y.ravel()], 1))).reshape(len(half), 9, 2)
        return [f32(cv2.convexHull(at[k : k + 3].reshape(-1, 2))[:, 0]) for k in range(len(half) - 2)]

    def to_canvas(self, field: Array, window: Window, border: float = 0.0) -> Array:
        """Warp a field on the grid (GRID,GRID[,c]) to a window (h,w[,c]) of the canvas."""
        k = 2 * GRID_REACH / (GRID - 1) * self.unit
        c, s = np.cos(self.sitter.roll) * k, np.sin(self.sitter.roll) * k
        half = (GRID - 1) / 2
        matrix = f32([
            [c, -s, self.centre[0] - window[1].start - c * half + s * half],
            [s, c, self.centre[1] - window[0].start - s * half - c * half],
        ])  # fmt: skip
        size = (window[1].stop - window[1].start, window[0].stop - window[0].start)
        return cv2.warpAffine(field, matrix, size, borderValue=border).astype(np.float32)


def _roundness(y: Array) -> Array:
    return np.asarray(ROUND[0] + (ROUND[1] - ROUND[0]) * smoothstep(y, 0.1, 0.6))


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
