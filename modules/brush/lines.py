"""The picture's own lines: ink and pencil lines where it has them, edges of its forms elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .direction import direction_field, gradient, outline_distance
from .tracing import sample_at

SCALES = (0.8, 1.3, 2.2, 3.6)  # half widths of the dark lines that are looked for, in pixels of the working size
STEP = 1.5  # pixels from point to point of a traced line
STEPS = 160  # points to either side of where a line is begun
MEET = 3  # points by which a line goes on into another that it meets
BRIDGE = 5  # steps over which a line goes on where it is too faint to be seen
BEND = 0.30  # radians that a line may turn in a step
CELL = 4  # pixels: lines are begun at one place in each cell of this size


@dataclass(frozen=True)
class TracedLines:
    """Lines of a picture, strongest first.

    Attributes:
        paths: each (P,2) float, x and y in pixels.
        widths: each (P,) float, in pixels.
        strength: each (P,) float in [0,1], how plain the line is there.
    """

    paths: list[np.ndarray]
    widths: list[np.ndarray]
    strength: list[np.ndarray]


def dark_lines(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find how much darker than both its sides each pixel is, and how wide that dark line is.

    Differences of Gaussians at several scales (Winnemoeller et al. 2012), each where it is largest, but no more than
    what is lighter on both sides: the edge of a shadow is no line.

    Returns:
        (h,w) in [0,1], and (h,w) in pixels.
    """
    grey = cv2.cvtColor(np.ascontiguousarray(picture, np.float32), cv2.COLOR_RGB2GRAY)
    best, width = np.zeros(grey.shape, np.float32), np.ones(grey.shape, np.float32)
    for half in SCALES:
        core = cv2.GaussianBlur(grey, (0, 0), 0.7 * half)
        darker = cv2.GaussianBlur(grey, (0, 0), 1.6 * 1.4 * half) - core
        darker = np.minimum(darker, _lighter_beside(core, round(2 * half + 0.5)))
        wins = darker > best
        best, width = np.where(wins, darker, best), np.where(wins, np.float32(1.5 * half), width)
    return np.clip(best * 3.0, 0, 1), cv2.GaussianBlur(width, (0, 0), 1.5)


def _lighter_beside(grey: np.ndarray, away: int) -> np.ndarray:
    """Find how much lighter than a pixel of (h,w) both its sides are, `away` pixels off, in the best of four ways."""
    h, w = grey.shape
    wide = cv2.copyMakeBorder(grey, away, away, away, away, cv2.BORDER_REPLICATE)
    slant = round(away * np.sqrt(0.5))

    def beside(y: int, x: int) -> np.ndarray:
        return wide[away + y : away + y + h, away + x : away + x + w]

    ways = ((0, away), (away, 0), (slant, slant), (slant, -slant))
    both = [np.minimum(beside(y, x), beside(-y, -x)) for y, x in ways]
    lighter: np.ndarray = np.maximum(np.maximum(both[0], both[1]), np.maximum(both[2], both[3])) - grey
    return lighter


def form_edges(picture: np.ndarray, scale: float) -> np.ndarray:
    """Find the edges between forms, (h,w) in [0,1]: the colour's steepest change at a scale in pixels."""
    dx, dy = gradient(cv2.GaussianBlur(np.ascontiguousarray(picture, np.float32), (0, 0), scale))
    return np.clip(np.sqrt((dx * dx + dy * dy).sum(axis=2)) * scale * 3.2, 0, 1)


def trace_lines(
    strength: np.ndarray,
    width: np.ndarray,
    angle: np.ndarray,
    *,
    begin: float,
    end: float,
    shortest: float,
    plain: float = 0.0,
    gap: int = 3,
) -> TracedLines:
    """Follow the crests of a map of line strength (h,w) in [0,1].

    Args:
        strength: (h,w).
        width: (h,w) of the line through each pixel, in pixels.
        angle: (h,w) radians, along the lines.
        begin: strength at which a line may be begun.
        end: strength below which it ends.
        shortest: length in pixels below which a line is left out.
        plain: strength below which a line must be longer to be one.
        gap: pixels that two lines keep from each other.
    """
    h, w = strength.shape
    middle = np.stack(np.meshgrid(np.arange(w) + 0.5, np.arange(h) + 0.5), axis=-1)
    across = np.stack([-np.sin(angle), np.cos(angle)], axis=-1)
    crest = (strength >= begin) & (strength >= sample_at(strength, middle + across))
    y, x = np.nonzero(crest & (strength >= sample_at(strength, middle - across)))
    order = np.argsort(-strength[y, x], kind="stable")
    y, x = y[order], x[order]
    first = np.sort(np.unique((y // CELL) * w + x // CELL, return_index=True)[1])
    seeds = np.stack([x[first], y[first]], axis=1) + 0.5
    back, ahead = (_follow(strength, angle, seeds, sign, end) for sign in (-1.0, 1.0))
    taken = np.zeros((h, w), np.uint8)
    lines = TracedLines([], [], [])
    for i, seed in enumerate(seeds):
        whole = np.concatenate([back[0][i, : back[1][i]][::-1], seed[None], ahead[0][i, : ahead[1][i]]])
        path = _longest_run(whole, sample_at(taken, whole) == 0)
        # What is left of a line that is drawn already is a stub; faint lines must be long to be lines.
        least = shortest * (1 if len(path) > 0.4 * len(whole) else 3)
        if (
            len(path) < 2
            or (len(path) - 1) * STEP < least * max(1, plain / max(sample_at(strength, path).mean(), 0.01)) ** 2
        ):
            continue
        cv2.polylines(taken, [np.rint((path - 0.5) * 16).astype(np.int32)], False, 1, 2 * gap - 1, cv2.LINE_8, 4)
        lines.paths.append(_smooth(path))
        lines.widths.append(sample_at(width, path))
        lines.strength.append(sample_at(strength, path))
    return lines


def _follow(
    strength: np.ndarray, angle: np.ndarray, point: np.ndarray, sign: float, end: float
) -> tuple[np.ndarray, np.ndarray]:
    """Follow crests from points (n,2) one way: (n,STEPS,2) points, and how many of them count, (n,)."""
    h, w = strength.shape
    heading = sample_at(angle, point) + (0 if sign > 0 else np.pi)
    alive, count, faint = np.ones(len(point), bool), np.zeros(len(point), int), np.zeros(len(point), int)
    points = np.zeros((len(point), STEPS, 2))
    for k in range(STEPS):
        straight = near = point + STEP * np.stack([np.cos(heading), np.sin(heading)], axis=1)
        side = np.stack([-np.sin(heading), np.cos(heading)], axis=1)
        left, centre, right = (sample_at(strength, near + s * side) for s in (-1.0, 0.0, 1.0))
        # The top of a parabola through three values across the line.
        bow = np.minimum(left - 2 * centre + right, -1e-5)
        near = near + np.clip(0.5 * (left - right) / bow, -0.7, 0.7)[:, None] * side
        plain = np.maximum(np.maximum(left, centre), right) >= end
        faint = np.where(plain, 0, faint + 1)
        near = np.where(plain[:, None], near, straight)
        alive = alive & (faint <= BRIDGE) & ((near >= 0) & (near < (w, h))).all(axis=1)
        if not alive.any():
            break
        point = np.where(alive[:, None], near, point)
        points[:, k] = point
        count[alive & plain] = k + 1
        turn = (sample_at(angle, point) - heading + np.pi / 2) % np.pi - np.pi / 2
        turn[~plain] = 0
        heading = heading + np.clip(turn, -BEND, BEND)
    return points, count


def runs(free: np.ndarray) -> list[slice]:
    """List the stretches of (P,) bool that are set."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], free.astype(np.int8), [0]])))
    return [slice(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _longest_run(path: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Keep the longest stretch of a path that is free, and a little of what it meets at its ends."""
    run = max(runs(free), key=lambda run: run.stop - run.start, default=slice(0, 0))
    return path[max(0, run.start - MEET) : run.stop + MEET] if run.stop > run.start else path[:0]


def _smooth(path: np.ndarray) -> np.ndarray:
    """Take the wobble of pixels from a path; its ends stay."""
    if len(path) < 5:
        return path
    padded = np.concatenate([2 * path[:1] - path[3:0:-1], path, 2 * path[-1:] - path[-2:-5:-1]])
    kernel = np.array([1, 6, 15, 20, 15, 6, 1]) / 64
    return np.stack([np.convolve(padded[:, k], kernel, "valid") for k in (0, 1)], axis=1)


def ink_lines(picture: np.ndarray) -> TracedLines:
    """Trace a picture's (h,w,3) own dark lines."""
    strength, width = dark_lines(picture)
    longest = max(strength.shape)
    angle = direction_field(picture, np.zeros(strength.shape, np.int32), 3.2 / longest, 0.0).angle
    return trace_lines(strength, width, angle, begin=0.15, end=0.08, shortest=6, plain=0.25, gap=2)


def sketch_lines(picture: np.ndarray, labels: np.ndarray) -> TracedLines:
    """Trace what a painter would sketch of a picture (h,w,3): contours of its forms, seen through half-closed eyes."""
    longest = max(labels.shape)
    soft = cv2.bilateralFilter(np.ascontiguousarray(picture, np.float32), 9, 0.15, longest / 90)
    scale = longest / 200
    strength = form_edges(soft, scale)
    strength = np.maximum(strength, 0.8 * cv2.GaussianBlur(dark_lines(soft)[0], (0, 0), 1.0))
    # A contour stands alone; of foliage, waves and patterns nobody draws each edge.
    around = cv2.GaussianBlur(strength, (0, 0), longest / 45)
    near = np.exp(-outline_distance(labels) / (longest / 100))
    strength = np.clip(strength * (1 + 0.4 * near) - 0.95 * around, 0, 1)
    angle = direction_field(soft, np.zeros(labels.shape, np.int32), 4 * scale / longest, 0.0).angle
    width = np.full(strength.shape, longest / 260, np.float32)
    gap = max(3, round(longest / 110))
    return trace_lines(strength, width, angle, begin=0.20, end=0.07, shortest=longest / 45, plain=0.36, gap=gap)
