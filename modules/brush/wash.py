"""What a wash leaves: a wandering edge with a dark rim, pools, blooms, and soft runs where it was laid into the wet."""

from __future__ import annotations

import cv2
import numpy as np

from .marks import smoothstep

EDGE = 0.0030  # how far an edge wanders, in shares of the longest side
RIM = 0.0026  # width of the rim where pigment gathers
BLOOM = 0.12  # shortest side of a wash, in shares of the longest side, in which water may run back
BASE = 0.74  # density of a wash away from rims and pools


def cloud(seed: int, number: int, cell: float, box: tuple[int, int, int, int], longest: int) -> np.ndarray:
    """Draw smooth noise (h,w) float32 of about unit variance in a box; bumps have a size of `cell` of the longest side.

    It is a function of the place on the canvas: the same at every size.
    """
    cells = int(1 / cell) + 5
    coarse = np.random.default_rng([seed, number]).normal(size=(cells, cells)).astype(np.float32)
    per_pixel = 1 / (cell * longest)
    size = box[3] - box[2], box[1] - box[0]
    few = [max(1, round(side * per_pixel * 8)) for side in size]  # what is so smooth need not be computed everywhere
    few = [min(pair) for pair in zip(few, size, strict=True)]
    # Pixel (x + .5) / longest / cell, plus a margin of 2 cells, is the place in the coarse map.
    scale = [per_pixel * side / count for side, count in zip(size, few, strict=True)]
    shift = [corner * per_pixel + 0.5 * each + 1.5 for corner, each in zip((box[2], box[0]), scale, strict=True)]
    move = np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]]], np.float32)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    fine = cv2.warpAffine(coarse, move, few, flags=flags, borderMode=cv2.BORDER_REFLECT)
    fine = cv2.resize(fine, size, interpolation=cv2.INTER_LINEAR).reshape(size[::-1])
    return fine / np.float32(0.8)


def _blur(values: np.ndarray, sigma: float) -> np.ndarray:
    """Blur (h,w) with a Gaussian, on a smaller map where the kernel is wide."""
    if sigma < 0.3:
        return values
    step = int(sigma / 2.5)
    if step < 2:
        return cv2.GaussianBlur(values, (0, 0), sigma)
    h, w = values.shape
    small = cv2.resize(values, (max(1, round(w / step)), max(1, round(h / step))), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma / step), (w, h), interpolation=cv2.INTER_LINEAR)


def wash_amount(
    inside: np.ndarray,
    points: np.ndarray,
    widths: np.ndarray,
    seed: int,
    box: tuple[int, int, int, int],
    longest: int,
    grown: float,
    *,
    wet: bool,
) -> np.ndarray:
    """Find the density (h,w) uint8 of a wash.

    Args:
        inside: (h,w) uint8, its outline filled.
        points: (P,2) of the outline, in pixels of the box.
        widths: (P,) how far its edge is soft there, in pixels.
        seed: of its edge, pools and blooms.
        box: where it lies in the picture: top, bottom, left, right.
        longest: longest side of the picture, in pixels.
        grown: share of the wash that is laid, from its top down.
        wet: whether it is colour dropped into a wash that is still wet: no edge at all.
    """
    mask = inside.astype(np.float32) / 255
    softest = float(widths.max())
    wobble = cloud(seed, 1, 0.022, box, longest) * 0.6 + cloud(seed, 2, 0.008, box, longest) * 0.35
    if wet:
        body = _blur(mask, max(softest / 2, 0.3))
        flow = 0.5 + 0.5 * np.clip(0.5 * cloud(seed, 3, 0.03, box, longest) + 0.5 * wobble, -1, 1)
        amount = smoothstep(0.10, 0.85, body + 0.25 * body * (1 - body) * 4 * (flow - 0.5)) * 0.8
    else:
        edge = EDGE * longest
        near = _blur(mask, max(edge, 0.4))
        sharp = min(0.45, 0.35 / max(edge, 0.35))  # an edge is about a pixel wide
        hard = smoothstep(0.5 - sharp, 0.5 + sharp, near + 0.22 * wobble * np.minimum(1, 4 * near * (1 - near)))
        rim = hard * np.clip(1 - _blur(hard, RIM * longest) - 0.06, 0, 1) * 2.1
        # No two washes settle alike: one is even, another drifts to a side, has pools or a bloom.
        lean, uneven, cell = np.random.default_rng([seed, 7]).uniform((0, 0.25, 0.06), (2 * np.pi, 1.3, 0.22))
        pools = cloud(seed, 3, cell, box, longest)
        pools = np.where(pools > 0, 0.11 * pools, 0.07 * pools) * np.float32(uneven)
        drop, side = (
            (np.arange(low, high, dtype=np.float32) - low) / max(1, high - low) - 0.5
            for low, high in (box[:2], box[2:])
        )
        slope = drop[:, None] * np.float32(0.12 + 0.10 * np.sin(lean)) + side * np.float32(0.18 * np.cos(lean))
        density = BASE + pools + slope + 0.03 * cloud(seed, 4, 0.022, box, longest)
        if uneven > 0.9 and min(mask.shape) > BLOOM * longest:
            bloom = cloud(seed, 8, 0.10, box, longest) + 0.22 * cloud(seed, 9, 0.016, box, longest)  # frayed
            density += 0.13 * np.exp(-(((bloom - 1) / 0.10) ** 2)) - 0.09 * smoothstep(1.0, 1.3, bloom)
        amount = hard * density + 0.20 * rim * np.clip(0.75 + 0.5 * cloud(seed, 5, 0.05, box, longest), 0.1, 1.5)
        if softest > 1:
            lost = _lost(points, widths, mask.shape, softest)
            run = _blur(mask, softest / 2)
            run = smoothstep(0.08, 0.92, run + 0.3 * run * (1 - run) * np.clip(wobble, -1, 1))
            amount = amount + lost * (run * density - amount)
    if grown < 1:
        drop = (np.arange(box[0], box[1], dtype=np.float32)[:, None] - box[0]) / max(1, box[1] - box[0])
        front = drop + 0.06 * cloud(seed, 6, 0.05, box, longest)
        amount = amount * (1 - smoothstep(1.15 * grown - 0.06, 1.15 * grown, front))
    return np.rint(np.clip(amount, 0, 1) * 255).astype(np.uint8)


def _lost(points: np.ndarray, widths: np.ndarray, shape: tuple[int, ...], softest: float) -> np.ndarray:
    """Map how much a wash's edge is lost, (h,w) in [0,1], around the stretches of its outline that are soft."""
    step = max(1, int(softest / 6))
    size = max(1, shape[1] // step), max(1, shape[0] // step)
    marks = np.zeros((size[1], size[0]), np.float32)
    weight = np.full((size[1], size[0]), 1e-3, np.float32)
    places = np.rint(points / step - 0.5).astype(np.int32)
    thick = max(1, int(softest / step))
    for level in range(4, -1, -1):  # the harder the stretch the later, over softer ones
        here = np.clip(np.rint(widths / softest * 4), 0, 4) == level
        for run in np.split(np.arange(len(points)), np.flatnonzero(np.diff(here)) + 1):
            if here[run[0]]:
                cv2.polylines(marks, [places[run[0] : run[-1] + 2]], False, level / 4, thick)
                cv2.polylines(weight, [places[run[0] : run[-1] + 2]], False, 1.0, thick)
    sigma = max(0.5, 0.5 * softest / step)
    lost: np.ndarray = cv2.GaussianBlur(marks, (0, 0), sigma) / cv2.GaussianBlur(weight, (0, 0), sigma)
    large = cv2.resize(lost.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.clip(large.reshape(shape), 0, 1)
