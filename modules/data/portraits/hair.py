"""Hair and beards: a silhouette, planes of light on it, then locks drawn from root to tip."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import HAIR, Canvas
from .head import Head
from .light import cast, look_up
from .shapes import Array, ellipse, f32, fill, jagged, noise, ribbon, smoothstep, spline

LONG = ("long", "tied", "braids")


def _length(head: Head) -> float:
    """How far the hair hangs (head units; chin = 1)."""
    rng = head.sitter.rng("length")
    kind = head.sitter.hair_kind
    spans = {
        "short": (-0.15, 0.15),
        "fringe": (0.0, 0.5),
        "bob": (0.55, 1.05),
        "long": (1.5, 2.9),
        "curly": (0.2, 1.3),
        "swept": (-0.05, 0.4),
    }
    return float(rng.uniform(*spans.get(kind, (-0.05, 0.1))))


def _volume(head: Head) -> float:
    rng = head.sitter.rng("volume")
    kind = head.sitter.hair_kind
    low, high = {
        "curly": (0.22, 0.5),
        "bald": (0.0, 0.0),
        "receding": (0.03, 0.06),
        "long": (0.08, 0.2),
        "tied": (0.05, 0.1),
        "bun": (0.05, 0.1),
    }.get(kind, (0.07, 0.18))
    return float(rng.uniform(low, high)) + 0.06 * head.sitter.anime * (kind != "bald")


def _cap(head: Head, volume: float, end: float, flare: float) -> Array:
    """Outer contour of the hair in the picture plane, open at the bottom: left tip, over the crown, right tip."""
    (cx, cy), rx, ry = head.skull(volume)
    a = np.linspace(np.pi * 1.02, -0.02 * np.pi, 22)
    arc = np.stack([cx + rx * np.cos(a), cy - ry * np.sin(a)], 1)
    left, right = [], []
    if end > cy:
        for t in (0.33, 0.66, 1.0):
            y = cy + (end - cy) * t
            # short hair thins out towards the sideburn, long hair swings out
            grow = flare * t**1.3 - (0.24 * max(0.0, t - 0.3) ** 1.2 + volume * t if end < 0.35 else 0)
            left.append((cx - rx - grow, y))
            right.append((cx + rx + grow, y))
    return f32([*left[::-1], *arc, *right])


def _paint(canvas: Canvas, head: Head, mask: Array, centre: tuple[float, float], dark: float, what: str) -> None:
    """Planes of light and locks within `mask`; strands fall from `centre` (picture plane, head units)."""
    x0, y0, w, h = cv2.boundingRect((mask > 0.004).view(np.uint8))
    if not w:
        return
    s, light = head.sitter, head.sitter.light
    rng = s.rng("hair" + what)
    box = (slice(y0, y0 + h), slice(x0, x0 + w))

    def grain(cells: float, octaves: int) -> Array:
        return noise(rng, canvas.shape, cells, octaves)[box]

    root = head.place([centre])[0]
    dx = (np.arange(x0, x0 + w, dtype=np.float32)[None, :] - root[0]) / f32(head.unit)
    dy = (np.arange(y0, y0 + h, dtype=np.float32)[:, None] - root[1]) / f32(head.unit)
    angle = _fall(dx, dy)
    curly = s.hair_kind == "curly"
    turned = 2 * (angle + (1.3 if curly else 0.25) * grain(9, 2))
    flow = np.stack([np.cos(turned), np.sin(turned)], -1)
    round_ = np.sqrt(np.clip(1 - (dx / 1.15) ** 2 - ((dy - 0.55) / 1.5) ** 2, 0, 1))
    lx, ly, lz = (f32(v) for v in light.direction)
    value = 0.38 + 0.32 * round_ * lz + 0.28 * (dx * lx + np.clip(dy, -0.8, 1) * ly) - f32(dark)
    away = (np.sqrt(dx * dx + 0.81 * dy * dy) - 0.62 + 0.18 * lx * dx) / 0.13
    band = np.exp(-away * away) * smoothstep(dx * lx - dy * 0.3, -0.6, 0.5)
    gloss = s.rng("gloss").uniform(0.05, 0.40) * (0.4 if curly else 1)
    across = grain(26, 2) * 4 if curly else angle * 5
    strand = np.sin(across * rng.uniform(2.0, 3.5) + 5 * grain(6, 2)) * 0.5 + grain(40, 1) * 0.4
    value = value + f32(gloss) * band + f32(0.10 * (1 - 0.6 * s.anime)) * strand
    value = light.break_planes(np.clip(value, 0.02, 1), grain(28, 1) * f32(0.05))
    ramp = light.ramp(s.hair, gloss=0.2 + gloss)
    canvas.lay_window(box, mask[box], look_up(ramp, value), HAIR, flow.astype(np.float32), 0.45)
    _locks(canvas, head, mask, root, ramp, rng, dark)


def _fall(dx: Array, dy: Array) -> Array:
    """Direction of the hair (radians) at an offset from the parting: on the skull it radiates, below it hangs."""
    fall = smoothstep(dy, 0.2, 1.2)
    return np.arctan2(dy + f32(0.15) + f32(1.2) * fall, dx * (1 - f32(0.75) * fall) + f32(1e-4))


def _locks(
    canvas: Canvas, head: Head, mask: Array, root: Array, ramp: Array, rng: np.random.Generator, dark: float
) -> None:
    """Single locks, lit or shaded, following the fall of the hair."""
    s, u = head.sitter, f32(head.unit)
    inside = np.flatnonzero(mask.ravel() > 0.6)
    n = int(26 * (1 - 0.4 * s.anime))
    pick, bend = rng.random(n), rng.normal(0, 0.4 if s.hair_kind != "curly" else 2.2, n)
    tone, width = rng.normal(0, 0.19, n), rng.uniform(0.02, 0.07, n) * head.unit
    if len(inside) < 30:
        return
    start = inside[(pick * len(inside)).astype(int)]
    at = np.stack([start % mask.shape[1], start // mask.shape[1]], 1).astype(np.float32)
    lit = np.clip(0.36 + tone - dark + 0.2 * (at[:, 0] - root[0]) / u * s.light.direction[0], 0.05, 0.9)
    points = [at]
    for step in range(4):
        away = (points[-1] - root) / u
        a = _fall(away[:, 0], away[:, 1]) + bend * (step / 5 - 0.4)
        points.append(points[-1] + 0.10 * u * np.stack([np.cos(a), np.sin(a)], 1).astype(np.float32))
    for path, value, wide in zip(np.stack(points, 1), lit, width, strict=True):
        canvas.polygon(ribbon(path, float(wide), (0.1, 0.1)), tuple(ramp[int(value * 255)]), within=mask, opacity=0.75)


def paint_back_hair(canvas: Canvas, head: Head) -> None:
    """What hangs behind neck and shoulders: laid before the body."""
    s = head.sitter
    if s.hair_kind == "bald" or s.hat == "hood":
        return
    end, volume = _length(head), _volume(head)
    sin = np.sin(s.yaw)
    shapes: list[Array] = []
    rng = s.rng("back")
    if s.hair_kind in ("long", "bob", "fringe", "curly"):
        flare = rng.uniform(0.0, 0.30) + (0.25 if s.hair_kind == "curly" else 0)
        cap = _cap(head, volume, end, flare)
        bottom = jagged(np.stack([cap[-1], (cap[0] + cap[-1]) / 2 + f32([0, 0.15]), cap[0]]), rng, 0.12, 7)
        shapes.append(head.place(np.concatenate([spline(cap), bottom])))
        if s.hair_kind == "curly":
            shapes += _curls(head, cap, rng)
    elif s.hair_kind in ("short", "swept", "receding"):
        nape = ellipse((-0.42 * sin, -0.02), s.width * 0.93, 0.62 if s.hair_kind != "receding" else 0.5)
        shapes.append(head.place(nape))
    elif s.hair_kind == "tied":
        x = -0.75 * np.sign(sin if abs(sin) > 0.05 else rng.normal()) * s.width
        tail = [(x * 0.8, -0.6), (x * 1.5, -0.3), (x * 1.6, 0.5), (x * 1.3, 1.4 + rng.uniform(0, 0.8))]
        shapes.append(ribbon(head.place(tail), rng.uniform(0.35, 0.6) * head.unit, (0.4, 0.1)))
    elif s.hair_kind == "bun":
        y = rng.choice([-1.25, -0.95])
        shapes.append(head.place(ellipse((-0.75 * sin + (0 if y < -1.1 else 0.25 * np.sign(-sin)), y), 0.32, 0.30)))
    if shapes:
        mask = fill(canvas.shape, *shapes)
        _paint(canvas, head, mask, (-0.1 * sin, -1.0), 0.14, "back")


def _curls(head: Head, contour: Array, rng: np.random.Generator) -> list[Array]:
    line = spline(np.concatenate([contour, contour[:1]]), per_span=4)
    return [head.place(ellipse(tuple(p), *rng.uniform(0.10, 0.20, 2))) for p in line[:: max(1, len(line) // 26)]]


def paint_front_hair(canvas: Canvas, head: Head, face: Array) -> None:
    """The cap over the skull with its hairline, fringe and side locks; laid over the face."""
    s = head.sitter
    kind = s.hair_kind
    if kind == "bald":
        return
    rng = s.rng("front")
    volume, end = _volume(head), _length(head)
    sin = float(np.sin(s.yaw))
    side_end = {"long": 0.55, "bob": min(end, 0.75), "curly": min(end, 0.5), "fringe": min(end, 0.4)}.get(
        kind, min(end, 0.08)
    )
    cap = _cap(head, volume, side_end, 0.02 if kind not in ("long", "bob") else 0.06)
    outer = spline(cap)
    line = {"fringe": -0.27, "receding": -0.93, "swept": -0.72}.get(kind, rng.uniform(-0.72, -0.55)) - 0.03 * s.age
    if s.hat not in ("none", "band", "crown") and kind != "fringe":
        line = min(line, -0.62)
    part = rng.uniform(-0.35, 0.35)
    temple = s.width * (0.90 if kind not in ("long", "bob") else rng.uniform(0.72, 0.88))
    drop = {"fringe": 0.06, "long": 0.30, "bob": 0.28, "swept": 0.05}.get(kind, 0.10)
    top = [
        (-0.88 * temple, line + drop + 0.12),
        (-0.5, line + 0.45 * drop),
        (part, line - 0.02),
        (0.5, line + 0.45 * drop),
        (0.88 * temple, line + drop + 0.12),
    ]
    if kind == "receding":
        top = [
            (-0.90 * temple, -0.32),
            (-0.62, -0.70),
            (-0.25, line),
            (0.25, line),
            (0.62, -0.70),
            (0.90 * temple, -0.32),
        ]
    hairline = head.turn(top, 0.02)
    if kind == "fringe" or (kind in ("short", "bob") and rng.random() < 0.45):
        teeth = int(rng.integers(4, 9))
        hairline = jagged(hairline, rng, rng.uniform(0.10, 0.24) if kind == "fringe" else 0.10, teeth)
    else:
        hairline = spline(hairline)
    sides = (
        head.turn([(-temple, 0.15), (-temple * 1.02, 0.62), (-temple * 0.9, 1.3)]),
        head.turn([(temple, 0.15), (temple * 1.02, 0.62), (temple * 0.9, 1.3)]),
    )
    opening = np.concatenate([sides[0][::-1], hairline, sides[1], f32([[0.2, 2.2], [-0.2, 2.2]])])
    mask = fill(canvas.shape, head.place(outer))
    if kind == "curly":
        mask = np.maximum(mask, fill(canvas.shape, *_curls(head, cap, rng)))
    mask = mask * (1 - fill(canvas.shape, head.place(opening)))
    _soft_root_shadow(canvas, head, mask, face)
    _paint(canvas, head, mask, (part - 0.25 * sin, -0.95), 0.0, "front")
    if (kind == "long" and rng.random() < 0.75) or kind == "braids":
        _front_locks(canvas, head, rng, end, braid=kind == "braids")


def _soft_root_shadow(canvas: Canvas, head: Head, mask: Array, face: Array) -> None:
    lx, _, _ = head.sitter.light.direction
    shade = cast(mask, -lx * 0.05 * head.unit, 0.07 * head.unit, 0.035 * head.unit)
    canvas.glaze(shade * face * f32(0.35 + 0.3 * head.sitter.light.contrast), (0.66, 0.55, 0.52))


def _front_locks(canvas: Canvas, head: Head, rng: np.random.Generator, end: float, braid: bool) -> None:
    s = head.sitter
    sin = np.sin(s.yaw)
    masks: list[Array] = []
    bottom = rng.uniform(1.5, 2.4) if braid else max(end * rng.uniform(0.6, 0.95), 1.1)
    for side in (-1, 1):
        if rng.random() < 0.15:
            continue
        x = side * s.width * 1.02 - 0.18 * sin
        path = f32(
            [
                (x, 0.05),
                (x + side * 0.05, 0.6),
                (x + side * rng.uniform(-0.12, 0.15), 1.1),
                (x + side * rng.uniform(-0.25, 0.2), bottom),
            ]
        )
        width = rng.uniform(0.18, 0.26) if braid else rng.uniform(0.25, 0.5)
        if braid:
            dense = spline(path, per_span=6)
            masks += [head.place(ellipse(tuple(p), width * 0.55, 0.11, 0.5 * (-1) ** k)) for k, p in enumerate(dense)]
        else:
            masks.append(ribbon(head.place(path), width * head.unit, (0.75, 0.08)))
    if masks:
        mask = fill(canvas.shape, *masks)
        _paint(canvas, head, mask, (-0.1 * sin, -1.0), 0.03, "locks")


def paint_beard(canvas: Canvas, head: Head, face: Array) -> None:
    """Full, long, goatee or moustache; the mouth stays free. Stubble is colour only (face.py)."""
    s = head.sitter
    if s.beard in ("none", "stubble"):
        return
    rng = s.rng("beard")
    mouth = canvas.labels == 7
    shapes: list[Array] = []
    if s.beard in ("full", "long"):
        low = 1.10 + rng.uniform(0.0, 0.15) if s.beard == "full" else rng.uniform(1.4, 2.1)
        w = s.width
        left = [(-w * 1.0, 0.02), (-w * 0.99, 0.35), (-s.jaw * 1.06, 0.68), (-s.chin * 1.25, low * 0.93)]
        top = [
            (w * 0.86, 0.14),
            (w * 0.74, 0.40),
            (0.36, 0.50),
            (0.12, 0.465),
            (0, 0.475),
            (-0.12, 0.465),
            (-0.36, 0.50),
            (-w * 0.74, 0.40),
            (-w * 0.86, 0.14),
        ]
        outer = f32([*left, (0, low), *[(-x, y) for x, y in left[::-1]]])
        outer[:, 0] += np.clip(outer[:, 1], 0, 1.2) * 0.36 * np.sin(s.yaw)
        outer[:, 1] += 0.1 * np.sin(s.pitch) * np.clip(outer[:, 1], 0, 1)
        hem = jagged(outer[2:-2], rng, 0.07, 9)
        shapes.append(head.place(np.concatenate([outer[:2], hem, outer[-2:], spline(head.turn(top, 0.04))])))
    if s.beard == "goatee":
        low = rng.uniform(1.05, 1.3)
        shapes.append(
            head.on_face(
                spline(f32([(-0.20, 0.74), (0, 0.78), (0.20, 0.74), (0.17, 0.95), (0, low), (-0.17, 0.95)]), True),
                0.04,
            )
        )
    if s.beard in ("moustache", "goatee", "full", "long"):
        droop = rng.uniform(-0.05, 0.16)
        for side in (-1, 1):
            path = [(side * 0.015, 0.485), (side * 0.17, 0.505), (side * (s.mouth_width + 0.05), 0.57 + droop)]
            shapes.append(ribbon(head.on_face(path, 0.09), rng.uniform(0.09, 0.14) * head.unit, (0.6, 0.1)))
    mask = fill(canvas.shape, *shapes) * (1 - mouth.astype(np.float32))
    _paint(canvas, head, mask, (0.15 * float(np.sin(s.yaw)), -0.2), 0.05, "beard")
