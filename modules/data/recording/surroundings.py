"""What lies around the canvas: a zoomed or turned view of it reaches over its usual rim, whatever is painted on it."""

from collections.abc import Sequence

import cv2
import numpy as np

from ...degree import TOUCHED_LEVEL
from .canvas_detection import CanvasBox

FAR, NEAR = 5, 2  # pixels of the small picture: the rim lies so far from the canvas
RIM_POINTS = 64  # for each side
CHANGED = 0.12  # share of a side of the rim that another view changes, on two opposite sides
AT_END = 0.2  # share of the frames, the last ones, whose view is the usual one
STEP, PARTS, CHANGING = 1.5, 8, 0.7  # of 255, in a sample; parts of a recording, and share of those in which it changes
MAX_OTHER = 0.8  # where more of all frames differ, what is around the canvas changes by itself

NO_RIM = np.full((RIM_POINTS, 3), np.nan, np.float32)  # of a side that lies outside of the picture

Rim = Sequence[np.ndarray]  # left, right, top, bottom: colours (RIM_POINTS,3) float32


def find_rim(picture: np.ndarray, box: CanvasBox, scale: tuple[float, float]) -> Rim:
    """Take the colours around the canvas from a reduced picture of the recording."""
    height, width = picture.shape[:2]
    x0, x1 = (round(v * scale[0]) for v in (box.x, box.x + box.width))
    y0, y1 = (round(v * scale[1]) for v in (box.y, box.y + box.height))
    strips: list[np.ndarray] = []
    for room, strip in (
        (x0 >= FAR, picture[y0:y1, x0 - FAR : x0 - NEAR]),
        (width - x1 >= FAR, picture[y0:y1, x1 + NEAR : x1 + FAR]),
        (y0 >= FAR, picture[y0 - FAR : y0 - NEAR, x0:x1].transpose(1, 0, 2)),
        (height - y1 >= FAR, picture[y1 + NEAR : y1 + FAR, x0:x1].transpose(1, 0, 2)),
    ):
        found = (
            cv2.resize(strip, (1, RIM_POINTS), interpolation=cv2.INTER_AREA)[:, 0] if room and strip.size else NO_RIM
        )
        strips.append(found.astype(np.float32))
    return strips


def other_views(rims: Sequence[Rim], kinds: Sequence[str]) -> list[bool]:
    """Tell which samples show the canvas in another view than the last ones do; `kinds` says which count."""
    none = [False] * len(rims)
    counted = [i for i, kind in enumerate(kinds) if not kind]
    if len(counted) < 8:
        return none
    stacked = np.stack([np.stack(rims[i]) for i in counted])
    steps = np.abs(np.diff(stacked, axis=0)).mean(axis=(2, 3)) > STEP  # (N-1, sides); a side that is not there does not
    if (np.mean([part.any(axis=0) for part in np.array_split(steps, PARTS)], axis=0) > CHANGING).any():
        return none  # it changes with the canvas, as blurred copies of it do
    last = counted[-max(4, round(AT_END * len(counted))) :]
    usual = np.median([np.stack(rims[i]) for i in last], axis=0)
    differs = [np.abs(np.stack(rim).astype(float) - usual).max(axis=2) > TOUCHED_LEVEL for rim in rims]
    other = [_is_other(sides) for sides in differs]
    for first, end in _runs(other):  # a view is another at once, or from the start on; blurred side bars change slowly
        edges = [k for k in (first, end) if 0 < k < len(rims)]
        if not any(
            _is_other(np.abs(np.stack(rims[k]).astype(float) - rims[k - 1]).max(axis=2) > TOUCHED_LEVEL) for k in edges
        ):
            other[first:end] = [False] * (end - first)
    return none if sum(other[i] for i in counted) > MAX_OTHER * len(counted) else other


def _is_other(differs: np.ndarray) -> bool:
    """Tell whether two opposite sides differ; a hand reaches over neighbouring ones."""
    left, right, top, bottom = differs.mean(axis=1) > CHANGED
    return bool((left and right) or (top and bottom))


def _runs(marks: list[bool]) -> list[tuple[int, int]]:
    """List first and last + 1 of each run of marks."""
    edges = np.flatnonzero(np.diff([0, *map(int, marks), 0]))
    return [(int(first), int(end)) for first, end in zip(edges[::2], edges[1::2], strict=True)]
