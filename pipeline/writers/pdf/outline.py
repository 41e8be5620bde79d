"""Outline to trace: the lines that somebody transfers to a canvas, outlines of things and main forms inside them."""

from dataclasses import dataclass

import cv2
import numpy as np

from ....modules.brush.lines import runs, sketch_lines
from ....modules.imaging.nearest import nearest
from ....modules.imaging.resize import fit_size, resize_labels

WORKING = 640  # pixels of the longest side
SPECK, SPOT = 0.0006, 0.004  # shares of the picture below which a piece of a part, and of a colour, is not drawn
RAGGED = 1 / 160  # of the longest side: bays and capes of an outline that are narrower are not drawn
COLOURS = 8  # that the forms are told by
BESIDE = 1 / 80  # of the longest side: how far to either side of a line colours are compared
SEEN, STRONG = 7.0, 14.0  # difference of colour (CIE76) from which the outline of a thing, and of a form, is drawn
APART = 1 / 60  # of the longest side that a form's line keeps from what is drawn
SHORT, SHORTEST = 1 / 60, 1 / 18  # of the longest side: shorter lines of things, and of forms, are left out
GAP = 1 / 60  # of the longest side that a line goes on where it cannot be seen
EVERY = 3  # points of a traced line, of which one is kept
LEAST = 8  # pixels of a side from which a picture has outlines


@dataclass(frozen=True)
class OutlinePath:
    """A line to trace.

    Attributes:
        points: (P,2) x and y, in shares of the longest side.
        thing: whether it is the outline of a thing, else it is a form inside one.
    """

    points: np.ndarray
    thing: bool


def outline_paths(picture: np.ndarray, labels: np.ndarray) -> list[OutlinePath]:
    """Find the lines to trace of a picture (h,w,3) uint8 and its label map (h,w); none of one that is tiny."""
    if min(labels.shape) < LEAST:
        return []
    size = fit_size(labels.shape, WORKING)
    picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    longest = max(size)
    soft = cv2.bilateralFilter(cv2.cvtColor(picture, cv2.COLOR_RGB2Lab), -1, 12, longest / 120)
    parts = calm_labels(resize_labels(labels, size), SPECK)
    found: list[OutlinePath] = []
    free = np.full(parts.shape, 255, np.uint8)  # where no line is drawn yet

    def draw(chains: list[np.ndarray], thing: bool, least: float, contrast: float) -> None:
        """Keep what is seen of lines; and of forms' lines what keeps apart from those that are drawn."""
        apart = cv2.distanceTransform(free, cv2.DIST_L2, 5)
        for chain in chains:
            keep = _seen(chain, soft, contrast) if contrast else np.ones(len(chain), bool)
            if not thing:
                column, row = np.clip(chain.astype(int), 0, np.array(size) - 1).T
                keep &= apart[row, column] > APART * longest
            for run in runs(keep):
                if len(line := chain[run]) > 1 and _length(line) >= least * longest:
                    found.append(OutlinePath(_thin_out(line) / longest, thing))
                    cv2.polylines(free, [np.rint(line).astype(np.int32)], False, 0, 1)

    draw([_smooth(chain) for chain in trace_borders(parts)], True, SHORT, SEEN)
    colours = calm_labels(_colour_regions(soft), SPOT)
    draw([_smooth(chain) for chain in trace_borders(colours)], False, SHORTEST, STRONG)
    draw(sketch_lines(picture, parts.astype(np.int32)).paths, False, SHORTEST, 0)
    return found


def _colour_regions(lab: np.ndarray) -> np.ndarray:
    """Divide a picture (h,w,3) CIELAB into its main colours -> (h,w) uint8."""
    cv2.setRNGSeed(0)
    points = lab.reshape(-1, 3)
    few = np.ascontiguousarray(points[:: max(1, len(points) // 20000)])
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    n = min(COLOURS, len(few))
    _, _, centres = cv2.kmeans(few, n, np.zeros(0, np.int32), criteria, 2, cv2.KMEANS_PP_CENTERS)
    apart = ((points[:, None] - centres[None]) ** 2).sum(axis=2)
    return apart.argmin(axis=1).astype(np.uint8).reshape(lab.shape[:2])


def _seen(chain: np.ndarray, lab: np.ndarray, contrast: float) -> np.ndarray:
    """Tell where colours to both sides of a line (P,2) differ by `contrast`, (P,) bool; short gaps are bridged."""
    height, width = lab.shape[:2]
    along = np.gradient(chain, axis=0) if len(chain) > 1 else np.zeros_like(chain)
    along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    across = BESIDE * max(height, width) * np.stack([-along[:, 1], along[:, 0]], axis=1)
    sides = [np.clip((chain + sign * across).astype(int), 0, (width - 1, height - 1)) for sign in (-1, 1)]
    left, right = (lab[side[:, 1], side[:, 0]] for side in sides)
    seen = np.linalg.norm(left - right, axis=1) >= contrast
    bridge = np.ones(2 * max(1, round(GAP * max(height, width) / 2)) + 1, np.uint8)
    row = np.pad(seen.astype(np.uint8), len(bridge), mode="edge")[None]
    closed = cv2.morphologyEx(row, cv2.MORPH_OPEN, bridge[None, ::2])
    closed = cv2.morphologyEx(closed, cv2.MORPH_CLOSE, np.ones((1, 2 * len(bridge) + 1), np.uint8))
    return closed[0, len(bridge) : -len(bridge)] > 0


def calm_labels(labels: np.ndarray, speck: float) -> np.ndarray:
    """Take ragged edges, and pieces of less than `speck` of the picture, from a label map (h,w)."""
    width = max(3, 2 * round(RAGGED * max(labels.shape)) + 1)
    calm = cv2.medianBlur(cv2.medianBlur(labels.astype(np.uint8), width), width)
    known = np.zeros(calm.shape, bool)
    for part in np.unique(calm):
        count, pieces, facts, _ = cv2.connectedComponentsWithStats((calm == part).astype(np.uint8), connectivity=4)
        large = np.flatnonzero(facts[1:count, cv2.CC_STAT_AREA] > speck * calm.size) + 1
        known |= np.isin(pieces, large)
    if not known.any():
        return calm
    return calm.reshape(-1)[nearest(known)[1]].reshape(calm.shape) if not known.all() else calm


def trace_borders(labels: np.ndarray) -> list[np.ndarray]:
    """Trace the borders between the parts of a label map (h,w), each once: corners of pixels, (P,2) x and y.

    A border goes from where three parts or the picture's edge meet to the next such place, or is closed.
    """
    width = labels.shape[1]
    y, x = np.nonzero(labels[:, 1:] != labels[:, :-1])
    upright = np.stack([y * (width + 1) + x + 1, (y + 1) * (width + 1) + x + 1], axis=1)
    y, x = np.nonzero(labels[1:] != labels[:-1])
    level = np.stack([(y + 1) * (width + 1) + x, (y + 1) * (width + 1) + x + 1], axis=1)
    ways: dict[int, list[int]] = {}
    for a, b in np.concatenate([upright, level]).tolist():
        ways.setdefault(a, []).append(b)
        ways.setdefault(b, []).append(a)
    ends = {node for node, near in ways.items() if len(near) != 2}
    chains = []
    for start in [*ends, *ways]:  # what is left after the ends is closed
        while ways.get(start):
            chain = [start]
            while ways[chain[-1]]:
                here, there = chain[-1], ways[chain[-1]].pop()
                ways[there].remove(here)
                chain.append(there)
                if there == start or there in ends:
                    break
            chains.append(chain)
    return [np.stack(np.divmod(np.array(chain), width + 1)[::-1], axis=1).astype(float) for chain in chains]


def _smooth(chain: np.ndarray) -> np.ndarray:
    """Take the stairs of pixels from a chain; the ends of an open one stay where others meet it."""
    kernel = cv2.getGaussianKernel(13, 2.6)[:, 0]
    if len(chain) < 8:
        return chain
    half = len(kernel) // 2
    if (chain[0] == chain[-1]).all():
        ring = chain[:-1]
        padded = ring[np.arange(-half, len(ring) + half) % len(ring)]
        smooth = np.stack([np.convolve(padded[:, k], kernel, "valid") for k in (0, 1)], axis=1)
        return np.concatenate([smooth, smooth[:1]])
    half = min(half, len(chain) - 1)
    padded = np.concatenate([2 * chain[:1] - chain[half:0:-1], chain, 2 * chain[-1:] - chain[-2 : -half - 2 : -1]])
    kernel = kernel[len(kernel) // 2 - half : len(kernel) // 2 + half + 1]
    return np.stack([np.convolve(padded[:, k], kernel / kernel.sum(), "valid") for k in (0, 1)], axis=1)


def _thin_out(path: np.ndarray) -> np.ndarray:
    """Keep every third point of a path, and its last."""
    return np.concatenate([path[:-1:EVERY], path[-1:]])


def _length(path: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
