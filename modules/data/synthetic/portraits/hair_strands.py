"""Locks of hair in three dimensions: grown from roots, laid round the skull, hanging; and how they are painted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..drawing.canvas import Canvas
from ..drawing.light import mix
from ..drawing.shapes import Array, f32, fill, ribbons, smoothstep
from .classes import HAIR
from .head import SKULL, SKULL_DEPTH, SKULL_HEIGHT, Head

STEPS = 16  # points of a lock behind its root
PIECES = (
    (0, 6),
    (3, 9),
    (6, 12),
    (9, 15),
    (11, 17),
)  # points of the pieces that a strand is painted in, each in its own light


@dataclass(frozen=True)
class Growth:
    """How locks grow.

    Attributes:
        comb: (n,3) direction in which each leaves its root.
        length: (n,) head units.
        layer: (n,) how far off the skull each lies.
        weight: how much of its direction gravity takes.
        curl: radius of its waves, head units; `turns` waves a lock.
        ends: (n,) height below which each is cut off.
        parting: locks are combed out of the face to either side of this x; None: they may fall into it.
        clear: share of the face's half width that they leave free.
        knot: (3,) where they are bound together; None: nowhere.
        sleek: how closely they lie to the head.
    """

    comb: Array
    length: Array
    layer: Array
    weight: float
    curl: float
    turns: float
    ends: Array | None = None
    parting: float | None = None
    clear: float = 0.9
    knot: Array | None = None
    sleek: float = 1.0


@dataclass(frozen=True)
class Locks:
    """Locks (n): points (n,STEPS+1,3) in the head's space, radius (n,), tone (n,) lighter or darker than the others."""

    points: Array
    radius: Array
    tone: Array

    def __add__(self, other: "Locks") -> "Locks":
        pairs = ((self.points, other.points), (self.radius, other.radius), (self.tone, other.tone))
        return Locks(*(np.concatenate(pair) for pair in pairs))

    def chosen(self, which: NDArray[np.bool_ | np.int_]) -> "Locks":
        """Return the locks of a mask (n,) or of indices."""
        return Locks(self.points[which], self.radius[which], self.tone[which])


def unit_vectors(v: Array) -> Array:
    return np.asarray(v / (np.linalg.norm(v, axis=-1, keepdims=True) + f32(1e-6)))


def grow_locks(head: Head, roots: Array, how: Growth, radius: Array, rng: np.random.Generator) -> Locks:
    """Grow locks from `roots` (n,3): they leave as combed, sink under their weight and stay outside of the head."""
    n = len(roots)
    p, d = roots.copy(), unit_vectors(how.comb)
    points = [p]
    phase, bent = rng.uniform(0, 2 * np.pi, (n, 1)), unit_vectors(f32(rng.normal(0, 1, (n, 3))))
    wave = f32(how.curl * rng.uniform(0.6, 1.3, (n, 1)))
    radii = f32([head.sitter.width, SKULL_HEIGHT, SKULL_DEPTH])
    step = (how.length / STEPS)[:, None]
    side = None if how.parting is None else np.where(roots[:, 0] < how.parting, -1, 1).astype(np.float32)
    for k in range(1, STEPS + 1):
        t = k / STEPS
        lifted = radii + (how.layer * min(1.0, 2.5 * t) + f32(0.012))[:, None]
        away = (p - SKULL) / lifted
        close = smoothstep(-p[:, 1:2], 0.05, 0.40) * f32(how.sleek)
        free = f32(1) + f32(1.5) * smoothstep(p[:, 1:2], -0.45, -0.05)  # past its widest place hair hangs
        sink = np.minimum(f32(how.weight) * step * f32(1.2 + 2.5 * t) * free, 0.85)
        d = f32((1 - sink) * d + sink * f32([0, 1, 0]))
        if how.knot is not None:
            d = f32(0.5 * d + unit_vectors(how.knot - p))
        outward = unit_vectors(f32(away))
        d = unit_vectors(d)
        d = unit_vectors(f32(d - close * outward * f32(np.maximum((d * outward).sum(1, keepdims=True), 0))))
        p = f32(p + d * step)
        away = (p - SKULL) / lifted
        far = np.linalg.norm(away, axis=1, keepdims=True)
        held = f32(np.where(far > 1, far - 0.7 * close * (far - 1), 1))  # combed back to the head, never into it
        p = f32(SKULL + away * lifted * held / np.maximum(far, 1e-3))
        if side is not None:
            wide = head.profile(p[:, 1])[0] * f32(how.clear) * (p[:, 1] < 1.0)
            needed = wide * smoothstep(p[:, 1], -0.78, -0.10) * smoothstep(p[:, 2], -0.15, 0.25)
            p[:, 0] = side * np.maximum(side * p[:, 0], needed)
        if how.ends is not None:
            p = f32(np.where(p[:, 1:2] > how.ends[:, None], points[-1], p))
        points.append(p)
    path = _evenly(np.stack(points, 1))
    along = np.linspace(0, 1, STEPS + 1)
    turning = np.sin(2 * np.pi * how.turns * along[None] + phase) * np.minimum(along * 2.5, 1)
    other = np.cos(2 * np.pi * how.turns * along[None] + phase) * np.minimum(along * 2.5, 1)
    cross = unit_vectors(np.cross(bent, unit_vectors(path[:, -1] - path[:, 0])))
    path = path + (wave * turning)[..., None] * bent[:, None] + (wave * other)[..., None] * cross[:, None]
    return Locks(f32(path), f32(radius), f32(rng.normal(0, 1, n)))


def _evenly(paths: Array) -> Array:
    """Space the points of paths (n,k,3) evenly along each."""
    lengths = np.linalg.norm(np.diff(paths, axis=1), axis=2)
    along = np.concatenate([np.zeros((len(paths), 1)), np.cumsum(lengths + 1e-6, axis=1)], 1)
    wanted = along[:, -1:] * np.linspace(0, 1, paths.shape[1])
    index = np.clip((along[:, None, :] <= wanted[:, :, None]).sum(2) - 1, 0, paths.shape[1] - 2)
    low = np.take_along_axis(along, index, 1)
    share = ((wanted - low) / np.maximum(np.take_along_axis(along, index + 1, 1) - low, 1e-6))[..., None]
    first = np.take_along_axis(paths, index[..., None], 1)
    return f32(first + share * (np.take_along_axis(paths, index[..., None] + 1, 1) - first))


def paint_locks(
    canvas: Canvas, head: Head, locks: Locks, what: str, *, dark: float = 0.0, under: Array | None = None,
    within: Array | None = None, thin: float = 0.0,
) -> Array:  # fmt: skip
    """Paint locks, far ones first, each as a bundle of strands; returns the mask (H,W) they cover.

    `dark` is how much less light falls here, `under` (H,W) a mask of hair below them, `within` (H,W) where hair can be,
    `thin` how much skin shows through.
    """
    s, light = head.sitter, head.sitter.light
    rng = s.rng("hair" + what)
    view = unrolled(locks.points @ head.rotation, s.roll)
    order = np.argsort(view[:, 2:, 2].mean(1), kind="stable")
    locks, view = locks.chosen(order), view[order]
    flat = pixels(head, locks.points)
    bundle = ribbons(flat, 2.1 * locks.radius * head.unit, (0.9, 0.12))
    mask = fill(canvas.shape, *bundle)
    if under is not None:
        mask = np.maximum(mask, under)
    if within is not None:
        mask = mask * within
    own = s.rng("gloss")
    gloss, depth = own.uniform(0.10, 0.34), own.uniform(0.06, 0.12) * (1 - 0.5 * s.anime)
    ramp = light.ramp(s.hair, gloss=0.2 + gloss)
    canvas.lay(mask * f32(1 - thin), tuple(ramp[int(255 * max(0.12, 0.30 - dark))]))
    canvas.labels[mask > 0.5] = HAIR
    if not len(locks.points):
        return mask
    children = int(np.clip(head.unit / 11, 3, 10) * (1 - 0.4 * s.anime))
    tangent = unit_vectors(np.gradient(locks.points, axis=1))
    normal = normals(locks.points)
    across = unit_vectors(np.cross(tangent, normal))
    spread = f32(np.linspace(1, 0.25, STEPS + 1))[None, :, None] * locks.radius[:, None, None]
    bleached = rng.random(len(locks.points)) < rng.choice([0.0, 0.0, 0.08, 0.3])
    strands, colours = [], []
    half = f32(light.direction) + f32([0, 0, 1])
    half /= np.linalg.norm(half)
    seen_normal, seen_tangent = (unrolled(v @ head.rotation, s.roll) for v in (normal, tangent))
    lit = light.shade(seen_normal) * f32(0.78) - f32(0.06) - f32(dark)
    shine = (1 - np.square(seen_tangent @ half)) ** 14 * smoothstep(seen_normal @ half, 0.35, 0.95) * f32(gloss)
    for _ in range(children):
        a, b = rng.uniform(-1, 1, (2, len(locks.points), 1, 1))
        path = pixels(head, f32(locks.points + spread * (f32(a) * across + f32(0.6 * b) * normal)))
        tone = depth * (0.75 * locks.tone + 0.6 * rng.normal(0, 1, len(locks.points)) + 0.8 * b[:, 0, 0])
        for start, stop in PIECES:
            strands.append(path[:, start:stop])
            middle = (start + stop) // 2
            value = lit[:, start:stop].mean(1) + shine[:, middle] + f32(tone)
            paint = ramp[(np.clip(value, 0.03, 0.97) * 255).astype(int)]
            paint[bleached] = 0.5 * paint[bleached] + 0.5 * f32(mix(s.hair, s.streak, 0.8))
            colours.append(paint)
    width = np.maximum(locks.radius * head.unit * f32(1.5 / children**0.6), 0.6)
    # piece by piece of a lock, so that near locks lie over far ones
    by_lock = np.arange(children * len(PIECES) * len(locks.points)).reshape(children, len(PIECES), -1)
    stacked, paints = np.concatenate(strands), np.concatenate(colours)
    painted = by_lock.transpose(2, 0, 1).ravel()
    marks = ribbons(stacked[painted], width[painted % len(locks.points)], (0.25, 0.25))
    canvas.marks(marks, paints[painted], opacity=0.92 * (1 - 0.5 * thin), within=mask)
    return mask


def pixels(head: Head, points: Array) -> Array:
    """Map points (...,3) of the head's space to pixels (...,2)."""
    flat = (points.reshape(-1, 3) @ head.rotation)[:, :2]
    return head.place(flat).reshape(*points.shape[:-1], 2)


def normals(points: Array) -> Array:
    """Directions (...,3) in which a mass of hair faces at `points` (...,3): off the skull; below it, off its axis."""
    away = (points - SKULL) / f32([0.8, SKULL_HEIGHT, SKULL_DEPTH])
    low = smoothstep(points[..., 1], 0.0, 0.8)[..., None]
    return unit_vectors(away * np.concatenate([np.ones_like(low), 1 - 0.9 * low, np.ones_like(low)], -1))


def unrolled(vectors: Array, roll: float) -> Array:
    """Roll turned vectors (...,3) as the head is rolled in the picture."""
    c, s = np.cos(roll), np.sin(roll)
    return np.asarray(vectors @ f32([[c, s, 0], [-s, c, 0], [0, 0, 1]]))
