"""Hair and beards: their silhouettes behind, on and in front of the head (filled by hair_strands.py)."""

import numpy as np

from .hair_strands import paint_hair, wisps
from .head import Head
from .light import cast_shadow
from .portrait_layers import MOUTH, Canvas
from .shapes import Array, ellipse, f32, fill, jagged, ribbon, spline

LENGTHS = {
    "short": (-0.15, 0.15), "fringe": (0.0, 0.5), "bob": (0.55, 1.05), "long": (1.5, 2.9), "curly": (0.2, 1.3),
    "swept": (-0.05, 0.4), "wild": (0.5, 2.2), "curtain": (0.9, 2.6), "cropped": (-0.25, 0.05),
}  # fmt: skip
VOLUMES = {
    "curly": (0.22, 0.5), "bald": (0.0, 0.0), "receding": (0.03, 0.06), "long": (0.08, 0.2), "tied": (0.05, 0.1),
    "bun": (0.05, 0.1), "wild": (0.14, 0.34), "curtain": (0.05, 0.12), "cropped": (0.0, 0.04),
}  # fmt: skip
LOOSE = ("long", "bob", "fringe", "curly", "wild", "curtain")  # hangs down all around


def _length(head: Head) -> float:
    """Sample how far the hair hangs (head units; chin = 1)."""
    return float(head.sitter.rng("length").uniform(*LENGTHS.get(head.sitter.hair_kind, (-0.05, 0.1))))


def _volume(head: Head) -> float:
    """Sample how far the hair stands off the skull (head units)."""
    kind = head.sitter.hair_kind
    thick = head.sitter.rng("volume").uniform(*VOLUMES.get(kind, (0.07, 0.18)))
    return float(thick) + 0.06 * head.sitter.anime * (kind != "bald")


def _cap(head: Head, volume: float, end: float, flare: float) -> Array:
    """Outline the hair in the picture plane, open at the bottom: left tip, over the crown, right tip."""
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


def paint_back_hair(canvas: Canvas, head: Head) -> None:
    """Paint what hangs behind neck and shoulders; call before the body."""
    s = head.sitter
    if s.hair_kind == "bald" or s.hat in ("hood", "veil"):
        return
    end, volume = _length(head), _volume(head)
    sin = np.sin(s.yaw)
    shapes: list[Array] = []
    rng = s.rng("back")
    if s.hair_kind in LOOSE:
        flare = rng.uniform(-0.08, 0.30) + (0.25 if s.hair_kind in ("curly", "wild") else 0)
        cap = _cap(head, volume, end, flare)
        ends = np.stack([cap[-1], (cap[0] + cap[-1]) / 2 + f32([0, 0.15]), cap[0]])
        bottom = jagged(ends, rng, 0.04 + 0.3 * s.ragged, 7)
        outer = head.place(np.concatenate([spline(cap), bottom]))
        shapes.append(outer)
        shapes += list(wisps(head, outer, (-0.1 * sin, -1.0), s.ragged, rng))
        if s.hair_kind == "curly":
            shapes += _curls(head, cap, rng)
    elif s.hair_kind in ("short", "swept", "receding", "cropped"):
        nape = head.place(ellipse((-0.42 * sin, -0.02), s.width * 0.93, 0.62 if s.hair_kind != "receding" else 0.5))
        shapes += [nape, *wisps(head, nape, (-0.1 * sin, -1.0), 0.5 * s.ragged, rng)]
    elif s.hair_kind == "tied":
        x = -0.75 * np.sign(sin if abs(sin) > 0.05 else rng.normal()) * s.width
        tail = [(x * 0.8, -0.6), (x * 1.5, -0.3), (x * 1.6, 0.5), (x * 1.3, 1.4 + rng.uniform(0, 0.8))]
        shapes.append(ribbon(head.place(tail), rng.uniform(0.35, 0.6) * head.unit, (0.4, 0.1)))
    elif s.hair_kind == "bun":
        y = rng.choice([-1.25, -0.95])
        shapes.append(head.place(ellipse((-0.75 * sin + (0 if y < -1.1 else 0.25 * np.sign(-sin)), y), 0.32, 0.30)))
    if shapes:
        mask = fill(canvas.shape, *shapes)
        paint_hair(canvas, head, mask, (-0.1 * sin, -1.0), 0.14, "back")


def _curls(head: Head, contour: Array, rng: np.random.Generator) -> list[Array]:
    line = spline(np.concatenate([contour, contour[:1]]), per_span=4)
    return [head.place(ellipse(tuple(p), *rng.uniform(0.10, 0.20, 2))) for p in line[:: max(1, len(line) // 26)]]


def paint_front_hair(canvas: Canvas, head: Head, face: Array) -> None:
    """Paint the cap over the skull with its hairline, fringe and side locks; call after the face."""
    s = head.sitter
    kind = s.hair_kind
    if kind == "bald":
        return
    rng = s.rng("front")
    volume, end = _volume(head), _length(head)
    sin = float(np.sin(s.yaw))
    side_end = {
        "long": 0.55, "bob": min(end, 0.75), "curly": min(end, 0.5), "fringe": min(end, 0.4),
        "wild": min(end, 0.6), "curtain": min(end, 1.1),
    }.get(kind, min(end, 0.08))  # fmt: skip
    cap = _cap(head, volume, side_end, 0.02 if kind not in ("long", "bob", "curtain") else 0.06)
    outer = spline(cap)
    lines = {"fringe": rng.uniform(-0.34, -0.12), "receding": -0.93, "swept": -0.72}
    line = lines.get(kind, rng.uniform(-0.74, -0.46)) - 0.03 * s.age
    if s.hat not in ("none", "band", "crown") and kind != "fringe":
        line = min(line, -0.62)
    part = rng.uniform(-0.35, 0.35)
    temple = s.width * (0.90 if kind not in ("long", "bob", "curtain", "wild") else rng.uniform(0.62, 0.90))
    drop = {"fringe": 0.06, "long": 0.30, "bob": 0.28, "swept": 0.05, "curtain": 0.42}.get(kind, 0.10)
    top = [
        (-0.88 * temple, line + drop + 0.12), (-0.5, line + 0.45 * drop), (part, line - 0.02),
        (0.5, line + 0.45 * drop), (0.88 * temple, line + drop + 0.12),
    ]  # fmt: skip
    if kind == "receding":
        top = [
            (-0.90 * temple, -0.32), (-0.62, -0.70), (-0.25, line), (0.25, line), (0.62, -0.70), (0.90 * temple, -0.32),
        ]  # fmt: skip
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
    edge = head.place(hairline)
    opening = np.concatenate([sides[0][::-1], hairline, sides[1], f32([[0.2, 2.2], [-0.2, 2.2]])])
    mask = fill(canvas.shape, head.place(outer))
    centre = (part - 0.25 * sin, -0.95)
    past = list(wisps(head, head.place(outer), centre, s.ragged, rng))
    if kind == "curly":
        past += _curls(head, cap, rng)
    mask = fill(canvas.shape, head.place(outer), *past) * (1 - fill(canvas.shape, head.place(opening)))
    mask = np.maximum(mask, fill(canvas.shape, *_over_the_face(head, edge, centre, rng)))
    _soft_root_shadow(canvas, head, mask, face)
    paint_hair(canvas, head, mask, centre, 0.0, "front", s.rng("thin").uniform(0.1, 0.6) if kind == "cropped" else 0.0)
    if (kind in ("long", "curtain") and rng.random() < 0.75) or kind == "braids":
        _front_locks(canvas, head, rng, end, braid=kind == "braids")


def _over_the_face(head: Head, hairline: Array, centre: tuple[float, float], rng: np.random.Generator) -> list[Array]:
    """Locks that fall from the hairline over the forehead, and now and then one that hides an eye."""
    s = head.sitter
    kind = s.hair_kind
    marks: list[Array] = []
    if kind not in ("receding", "cropped", "tied", "bun") and rng.random() < 0.25 + 0.6 * s.ragged:
        marks += list(wisps(head, hairline, centre, rng.uniform(0.1, 0.8) * s.ragged, rng))
    if kind in ("long", "curtain", "wild", "fringe", "swept") and rng.random() < 0.14:
        side = rng.choice([-1, 1])
        reach, low = rng.uniform(0.15, 0.42), rng.uniform(0.0, 0.9)
        path = [(side * 0.05, -0.72), (side * reach, -0.30), (side * (reach + 0.12), low), (side * 0.62, low + 0.3)]
        marks.append(ribbon(head.on_face(path, 0.08), rng.uniform(0.24, 0.5) * head.unit, (0.7, 0.1)))
    return marks


def _soft_root_shadow(canvas: Canvas, head: Head, mask: Array, face: Array) -> None:
    lx, _, _ = head.sitter.light.direction
    shade = cast_shadow(mask, -lx * 0.05 * head.unit, 0.07 * head.unit, 0.035 * head.unit)
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
        path = f32([
            (x, 0.05), (x + side * 0.05, 0.6), (x + side * rng.uniform(-0.12, 0.15), 1.1),
            (x + side * rng.uniform(-0.25, 0.2), bottom),
        ])  # fmt: skip
        width = rng.uniform(0.18, 0.26) if braid else rng.uniform(0.25, 0.5)
        if braid:
            dense = spline(path, per_span=6)
            masks += [head.place(ellipse(tuple(p), width * 0.55, 0.11, 0.5 * (-1) ** k)) for k, p in enumerate(dense)]
        else:
            masks.append(ribbon(head.place(path), width * head.unit, (0.75, 0.08)))
    if masks:
        mask = fill(canvas.shape, *masks)
        paint_hair(canvas, head, mask, (-0.1 * sin, -1.0), 0.03, "locks")


def paint_beard(canvas: Canvas, head: Head, face: Array) -> None:
    """Paint a beard or moustache; the mouth stays free. Stubble is colour only (face.py)."""
    s = head.sitter
    if s.beard in ("none", "stubble"):
        return
    rng = s.rng("beard")
    mouth = canvas.labels == MOUTH
    shapes: list[Array] = []
    if s.beard in ("full", "long"):
        low = 1.10 + rng.uniform(0.0, 0.15) if s.beard == "full" else rng.uniform(1.4, 2.1)
        w = s.width
        left = [(-w * 1.0, 0.02), (-w * 0.99, 0.35), (-s.jaw * 1.06, 0.68), (-s.chin * 1.25, low * 0.93)]
        top = [
            (w * 0.86, 0.14), (w * 0.74, 0.40), (0.36, 0.50), (0.12, 0.465), (0, 0.475), (-0.12, 0.465), (-0.36, 0.50),
            (-w * 0.74, 0.40), (-w * 0.86, 0.14),
        ]  # fmt: skip
        outer = f32([*left, (0, low), *[(-x, y) for x, y in left[::-1]]])
        outer[:, 0] += np.clip(outer[:, 1], 0, 1.2) * 0.36 * np.sin(s.yaw)
        outer[:, 1] += 0.1 * np.sin(s.pitch) * np.clip(outer[:, 1], 0, 1)
        hem = jagged(outer[2:-2], rng, 0.07, 9)
        shapes.append(head.place(np.concatenate([outer[:2], hem, outer[-2:], spline(head.turn(top, 0.04))])))
    if s.beard == "goatee":
        low = rng.uniform(1.05, 1.3)
        tuft = [(-0.20, 0.74), (0, 0.78), (0.20, 0.74), (0.17, 0.95), (0, low), (-0.17, 0.95)]
        shapes.append(head.on_face(spline(tuft, True), 0.04))
    if s.beard in ("moustache", "goatee", "full", "long"):
        droop = rng.uniform(-0.05, 0.16)
        for side in (-1, 1):
            path = [(side * 0.015, 0.485), (side * 0.17, 0.505), (side * (s.mouth_width + 0.05), 0.57 + droop)]
            shapes.append(ribbon(head.on_face(path, 0.09), rng.uniform(0.09, 0.14) * head.unit, (0.6, 0.1)))
    mask = fill(canvas.shape, *shapes) * (1 - mouth.astype(np.float32))
    paint_hair(canvas, head, mask, (0.15 * float(np.sin(s.yaw)), -0.2), 0.05, "beard")
