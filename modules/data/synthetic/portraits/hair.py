"""Hair and beards: where they grow and how they are combed (grown and painted by hair_strands.py)."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..drawing.canvas import Canvas
from ..drawing.light import cast_shadow
from ..drawing.shapes import Array, f32, smoothstep
from .classes import HAIR, MOUTH
from .hair_strands import STEPS, Growth, Locks, grow_locks, normals, paint_locks, pixels, unit_vectors
from .head import SKULL, Head

Range = tuple[float, float]
COVERING = ("beret", "brim", "straw", "cap", "hood", "scarf", "turban", "helmet", "veil")  # hats with little hair below
WRAPPED = ("hood", "scarf", "veil")  # no hair hangs out of these behind
CROWN = f32([0.12, -1.10, -0.40])  # where short hair turns


@dataclass(frozen=True)
class Cut:
    """A way to wear hair: how it is combed, lengths, how far it stands off, gravity, radius and number of waves."""

    comb: str
    length: Range
    volume: Range
    weight: float
    curl: Range = (0.0, 0.02)
    turns: float = 1.0
    ends: Range | None = None  # height at which it is cut level
    hairline: Range = (-0.80, -0.60)
    sleek: float = 1.0


CUTS = {
    "short": Cut("crown", (0.30, 0.60), (0.05, 0.13), 0.25, (0.0, 0.04), sleek=0.6),
    "cropped": Cut("crown", (0.08, 0.16), (0.01, 0.04), 0.1),
    "receding": Cut("crown", (0.22, 0.40), (0.03, 0.07), 0.3, hairline=(-1.02, -0.90)),
    "swept": Cut("swept", (0.50, 0.85), (0.12, 0.22), 0.12, (0.01, 0.05), sleek=0.7),
    "fringe": Cut("fringe", (0.60, 1.00), (0.06, 0.12), 1.3, (0.0, 0.04), ends=(0.1, 0.6)),
    "bob": Cut("part", (1.6, 2.2), (0.08, 0.18), 1.3, (0.0, 0.06), 1.2, (0.55, 1.05)),
    "long": Cut("part", (2.6, 4.0), (0.07, 0.18), 1.2, (0.02, 0.10), 2.0, (1.5, 2.8)),
    "curtain": Cut("part", (2.0, 3.6), (0.04, 0.10), 1.4, (0.0, 0.05), 1.5, (0.9, 2.5)),
    "braids": Cut("part", (1.2, 1.5), (0.03, 0.07), 1.2, ends=(0.5, 0.7)),
    "tied": Cut("knot", (1.0, 1.8), (0.03, 0.08), 0.0),
    "bun": Cut("knot", (1.0, 1.8), (0.04, 0.10), 0.0),
    "curly": Cut("crown", (0.55, 1.20), (0.16, 0.38), 0.45, (0.06, 0.12), 3.0, sleek=0.15),
    "wild": Cut("crown", (0.55, 1.30), (0.12, 0.28), 0.35, (0.05, 0.12), 1.2, sleek=0.2),
}


def _hairline(azimuth: Array, front: float, s_feminine: float) -> Array:
    """Height down to which hair grows, (n,), round the head: forehead, temple, sideburn, over the ear, nape."""
    at = np.abs(azimuth)
    sideburn = 0.20 - 0.25 * s_feminine
    where = [0.0, 0.45, 0.80, 1.02, 1.22, 1.42, 1.60, 1.95, 2.4, np.pi]
    low = [front, front + 0.03, front + 0.16, -0.26, -0.10, sideburn, -0.12, 0.02, 0.26, 0.36]
    return np.interp(at, where, low).astype(np.float32)


def _over_brow(roots: Array) -> NDArray[np.bool_]:
    """Which roots (n,3) carry a fringe, (n,) bool."""
    over: NDArray[np.bool_] = roots[:, 2] - 0.9 * np.abs(roots[:, 0]) > -0.2
    return over


class Hair:
    """The hair of one sitter, grown once: what hangs behind the body, and what lies over the head."""

    def __init__(self, head: Head) -> None:
        s = head.sitter
        rng = s.rng("locks")
        cut = CUTS[s.hair_kind]
        covered = s.hat in COVERING
        points, turned, azimuth = head.mesh
        front = float(s.rng("hairline").uniform(*cut.hairline)) + 0.02 * (1 - s.age)
        rows = azimuth[None, :].repeat(points.shape[0], 0)
        scalp = points[..., 1] < _hairline(rows, front, s.feminine)
        area = np.linalg.norm(np.cross(np.gradient(points, axis=0), np.gradient(points, axis=1)), axis=-1) * scalp
        fine = 1 - 0.35 * s.anime
        count = int(rng.uniform(300, 380) * fine * (1.5 if cut.length[1] < 0.7 else 1))
        self.parting = float(rng.uniform(-0.32, 0.32))
        near = np.exp(-np.square((points[..., 0] - self.parting) / 0.14)) * (points[..., 2] > -0.6)
        odds = (area * (1 + 2.5 * near * (cut.comb == "part"))).ravel().astype(np.float64)
        at = rng.choice(area.size, count, p=odds / odds.sum())
        roots, out = points.reshape(-1, 3)[at], turned.reshape(-1, 3)[at]
        roots = roots + f32(rng.normal(0, 0.012, roots.shape))
        volume = min(float(s.rng("volume").uniform(*cut.volume)) + 0.05 * s.anime, 0.05 if covered else 1)
        self.thin = float(s.rng("thin").uniform(0.1, 0.5)) if s.hair_kind == "cropped" else 0.0
        comb, parting = self._comb(head, cut.comb, roots, out, rng, covered)
        length = f32(rng.uniform(0.8, 1.1, count) * s.rng("length").uniform(*cut.length))
        ends = None
        if cut.ends is not None:
            low = float(s.rng("length").uniform(*cut.ends))
            ends = f32(low + rng.normal(0, 0.03 + 0.25 * s.ragged, count))
            length = np.full(count, low + 1.5, np.float32)
        if cut.comb in ("fringe", "crown", "swept"):
            own = s.rng("fringe")
            low = own.uniform(-0.46, -0.28) if own.random() < 0.86 else own.uniform(-0.2, 0.3)
            over = f32(low + rng.normal(0, 0.02 + 0.06 * s.ragged, count))
            ends = np.where(_over_brow(roots), over, 9 if ends is None else ends)
        if s.hat in WRAPPED:
            length = np.minimum(length, 0.9)
        how = Growth(
            comb=comb + f32(rng.normal(0, 0.10 + 0.45 * s.ragged * (cut.comb != "knot"), comb.shape)),
            length=length,
            layer=f32(volume * rng.uniform(0.2, 1.0, count)),
            weight=cut.weight,
            curl=float(s.rng("curl").uniform(*cut.curl)) * (0.5 if covered else 1),
            turns=cut.turns * float(rng.uniform(0.7, 1.3)),
            ends=ends,
            parting=parting,
            clear=float(s.rng("clear").uniform(0.84, 0.98)) if s.hair_kind != "curtain" else 0.82,
            knot=self._knot(head) if cut.comb == "knot" else None,
            sleek=cut.sleek if not covered else 1.0,
        )
        radius = f32(rng.uniform(0.035, 0.060, count) * (0.75 if cut.length[1] < 0.3 else 1))
        locks = grow_locks(head, roots, how, radius, rng)
        if cut.comb == "knot":
            knot = self._knot(head)
            far = np.linalg.norm(locks.points - knot, axis=-1)
            held = np.minimum.accumulate(np.where(far < 0.16, 0, 1), 1)[..., None]
            locks = Locks(f32(held * locks.points + (1 - held) * knot), locks.radius, locks.tone)
        if s.hair_kind == "bun":
            locks = locks + _bun(knot, rng)
        if s.hair_kind == "tied":
            locks = locks + _tail(head, knot, rng)
        if s.hair_kind == "braids":
            locks = locks + _braids(head, rng)
        behind = self._is_behind(head, locks)
        self.back, self.front = locks.chosen(behind), locks.chosen(~behind)
        self.cap = self._cap(head, points + turned * f32(0.4 * volume + 0.012), turned, scalp)

    @staticmethod
    def _knot(head: Head) -> Array:
        rng = head.sitter.rng("knot")
        if head.sitter.hair_kind == "bun" and rng.random() < 0.5:
            return f32([0, -1.12, -0.45])
        return f32([0, rng.uniform(-0.55, 0.05), -1.08])

    def _comb(
        self, head: Head, comb: str, roots: Array, out: Array, rng: np.random.Generator, covered: bool
    ) -> tuple[Array, float | None]:
        """Directions (n,3) in which locks leave their roots, and the parting if there is one."""
        x, y, z = roots.T
        s = head.sitter
        side = np.where(x < self.parting, -1, 1)
        lateral = np.stack([side * 1.0, 0.25 + 0 * y, -0.35 - 0.25 * (z > 0)], 1)
        if comb == "knot":
            return f32(unit_vectors(self._knot(head) - roots) + 0.15 * out), None
        if comb == "part" or (covered and comb != "fringe"):
            return f32(lateral + 0.12 * out), self.parting
        if comb == "fringe":
            front = _over_brow(roots)[:, None]
            forward = np.stack([0.5 * x, 0.8 + 0 * y, 0.5 + 0 * z], 1)
            return f32(front * forward + (1 - front) * (lateral * f32([0.7, 2, 1]))), None
        if comb == "swept":
            way = rng.choice([-1, 1])
            top = smoothstep(-y, 0.35, 0.75)[:, None]
            over = np.stack([way * 0.75 + 0 * x, -0.30 + 0 * y, -0.75 + 0 * z], 1)
            down = np.stack([0 * x, 0.9 + 0 * y, -0.7 + 0 * z], 1)
            return f32(top * over + (1 - top) * down + 0.35 * out * top), None
        radial = unit_vectors(roots - CROWN)
        lift = 0.35 if s.hair_kind in ("curly", "wild") else 0.15
        sideways = np.stack([0.5 * np.where(x < self.parting, -1, 1), 0 * y, 0 * z], 1) * (z > 0.2)[:, None]
        return f32(radial + lift * out + sideways), None

    @staticmethod
    def _is_behind(head: Head, locks: Locks) -> NDArray[np.bool_]:
        """Which locks (n,) bool hang behind the body or lie on the far side of the head."""
        view = locks.points @ head.rotation
        facing = (normals(locks.points[:, :7]) @ head.rotation)[..., 2].mean(1)
        hangs = locks.points[:, -1, 1] > 0.75
        depth, aside = view[:, 8:, 2].mean(1), np.abs(view[:, 8:, 0].mean(1) + 0.2 * np.sin(head.sitter.yaw))
        low, under_chin = depth < -0.20, (aside < 0.55) & (depth < 0.45)
        behind: NDArray[np.bool_] = np.where(hangs, low | under_chin, facing < -0.12)
        return behind

    @staticmethod
    def _cap(head: Head, points: Array, turned: Array, scalp: NDArray[np.bool_]) -> list[Array]:
        """Outlines in pixels of the faces of the scalp that look at us."""
        corners = np.stack([points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]], 2).reshape(-1, 4, 3)
        inside = (scalp[:-1, :-1] & scalp[1:, 1:] & scalp[:-1, 1:] & scalp[1:, :-1]).ravel()
        facing = ((turned @ head.rotation)[:-1, :-1, 2] > 0).ravel()
        return list(pixels(head, corners[inside & facing]))


def _bun(knot: Array, rng: np.random.Generator) -> Locks:
    """Wind locks round a ball behind `knot` (3,)."""
    n, size = 46, rng.uniform(0.24, 0.36)
    axis = unit_vectors(f32(rng.normal(0, 0.5, (n, 3))) + unit_vectors(knot - SKULL))
    first = unit_vectors(np.cross(axis, f32(rng.normal(0, 1, (n, 3)))))
    second = np.cross(axis, first)
    a = np.linspace(0, rng.uniform(1.6, 2.6, n), STEPS + 1).T[..., None]
    ring = first[:, None] * np.cos(a) + second[:, None] * np.sin(a) + axis[:, None] * rng.uniform(-0.5, 0.7, (n, 1, 1))
    centre = knot + unit_vectors(knot - SKULL) * f32(0.6 * size)
    points = centre + unit_vectors(f32(ring)) * f32(size) * f32([1, 0.9, 1])
    return Locks(f32(points), f32(rng.uniform(0.04, 0.06, n)), f32(rng.normal(0, 1, n)))


def _tail(head: Head, knot: Array, rng: np.random.Generator) -> Locks:
    """Grow a tail from its knot, to one side when the head is turned."""
    n = 60
    roots = knot + f32(rng.normal(0, 0.05, (n, 3)))
    aside = -np.sign(head.sitter.yaw or rng.normal()) * rng.uniform(0.2, 0.7)
    how = Growth(
        comb=f32([aside, -0.2, -0.9]) + f32(rng.normal(0, 0.16, (n, 3))),
        length=f32(rng.uniform(0.85, 1.1, n) * rng.uniform(1.2, 2.2)),
        layer=f32(np.full(n, 0.1)),
        weight=0.75, curl=float(rng.uniform(0.0, 0.08)), turns=1.5,
    )  # fmt: skip
    return grow_locks(head, roots, how, f32(rng.uniform(0.04, 0.06, n)), rng)


def _braids(head: Head, rng: np.random.Generator) -> Locks:
    """Two braids that fall over the shoulders: short locks across each other."""
    s = head.sitter
    found, low = [], rng.uniform(1.5, 2.6)
    for side in (-1, 1):
        y = np.arange(0.25, low, 0.10)
        bow = 0.10 * np.sin((y - 0.2) / (low - 0.2) * np.pi)
        middle = np.stack([side * (s.width * 0.99 + bow - 0.05 * y), y, 0.0 + 0.22 * smoothstep(f32(y), 0.6, 1.6)], 1)
        thick = 0.12 * (1 - 0.45 * (y - 0.2) / (low - 0.2))
        way = np.where(np.arange(len(y)) % 2, -1, 1)
        t = np.linspace(-1, 1, STEPS + 1)
        across = (way * thick)[:, None] * t
        down = np.broadcast_to(0.13 * t + 0.05 * t**2, across.shape)
        found.append(middle[:, None] + np.stack([across, down, 0.05 * (1 - t**2) + 0 * across], -1))
    points = f32(np.concatenate(found))
    return Locks(points, np.full(len(points), 0.075, np.float32), f32(rng.normal(0, 0.6, len(points))))


def paint_back_hair(canvas: Canvas, head: Head, hair: Hair | None) -> None:
    """Paint what hangs behind neck and shoulders; call before the body."""
    if hair is not None and head.sitter.hat not in WRAPPED:
        paint_locks(canvas, head, hair.back, "back", dark=0.12)


def paint_front_hair(canvas: Canvas, head: Head, hair: Hair | None, face: Array) -> None:
    """Paint the hair over the skull, with the shadow it casts; call after the face."""
    if hair is None:
        return
    s = head.sitter
    cap = np.zeros(canvas.shape, np.uint8)
    for quad in hair.cap:
        cv2.fillConvexPoly(cap, np.rint(quad * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    under = f32(cv2.GaussianBlur(cap, (0, 0), max(0.5, 0.012 * head.unit)) * f32(1 / 255))
    lx, _, _ = s.light.direction
    mask = paint_locks(canvas, head, hair.front, "front", under=under, thin=hair.thin)
    shade = cast_shadow(mask, -lx * 0.06 * head.unit, 0.09 * head.unit, 0.05 * head.unit)
    on_skin = face * (canvas.labels != HAIR)
    canvas.glaze(shade * on_skin * f32(0.35 + 0.3 * s.light.contrast), (0.62, 0.50, 0.47))


def paint_beard(canvas: Canvas, head: Head, face: Array) -> None:
    """Paint a beard or moustache; the mouth stays free. Stubble is colour only (face.py)."""
    s = head.sitter
    if s.beard in ("none", "stubble"):
        return
    rng = s.rng("beard")
    n = 420
    x, y = f32(rng.uniform(-1, 1, n)) * s.width, f32(rng.uniform(0.1, 1.03, n))
    wide = head.profile(y)[0]
    inside = np.abs(x) < wide * 0.985
    lip = (y > 0.455) & (y < 0.535) & (np.abs(x) < s.mouth_width + 0.05)
    low = (y > 0.80 - 0.03 * (np.abs(x) < 0.12)) & (np.abs(x) < 0.30 if s.beard == "goatee" else True)
    cheek = (y > 0.62 - 0.9 * (np.abs(x) - s.mouth_width - 0.03)) & (np.abs(x) > s.mouth_width + 0.02)
    where = {"moustache": lip, "goatee": lip | low, "full": lip | low | cheek, "long": lip | low | cheek}[s.beard]
    keep = inside & where
    x, y, lip = x[keep], y[keep], lip[keep]
    roots = f32(np.stack([x, y, head.surface(x, y) + 0.01], 1))
    droop = rng.uniform(0.1, 0.6)
    comb = np.where(
        lip[:, None],
        np.stack([np.sign(x), droop + 0 * x, 0.1 + 0 * x], 1),
        np.stack([0.5 * x, 1 + 0 * x, 0.35 + 0 * x], 1),
    )
    long = {"moustache": 0.2, "goatee": 0.35, "full": 0.26, "long": 0.8}[s.beard] * rng.uniform(0.8, 1.3)
    length = np.where(lip, 0.22 + 0.1 * droop, long * (0.5 + 0.5 * smoothstep(y, 0.5, 0.95))) * rng.uniform(
        0.8, 1.1, len(x)
    )
    how = Growth(
        f32(comb) + f32(rng.normal(0, 0.12 + 0.2 * s.ragged, comb.shape)), f32(length), np.zeros(len(x), np.float32),
        0.5, float(rng.uniform(0.0, 0.03)), 1.5,
    )  # fmt: skip
    locks = grow_locks(head, roots, how, f32(rng.uniform(0.030, 0.045, len(x))), rng)
    free = 1 - (canvas.labels == MOUTH).astype(np.float32)
    paint_locks(canvas, head, locks, "beard", dark=0.05, within=free)
