"""What lay over the canvas for a time and left it as it was, however long it was there: a menu, a dialogue, a reference
picture, something laid and undone. An excursion from a state back to the very same one is no paint.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .shots import TOUCHED

AREA = 0.005  # share of the canvas that must come at once; smaller things are a painter's own corrections
JOINED = 9  # pixels: a menu is one thing, also where its colour happens to be the canvas's
BACK = 0.5  # share of it that must be as it was; the rest is what was painted beside it in the same moment
OPEN = 24  # so many appearances are remembered, the latest


@dataclass(frozen=True)
class Occlusion:
    """Something that lay over the canvas from frame `since` on, and where: a PNG, 255 where it hid the canvas."""

    since: int
    mask: bytes


@dataclass(frozen=True, eq=False)
class _Appearance:
    since: int
    came: np.ndarray  # (h,w) bool of the box: what changed
    box: tuple[slice, slice]
    before: np.ndarray  # (h,w,3) uint8: the box before it came


class OcclusionTracker:
    """Watches the kept states of one canvas, in order."""

    def __init__(self) -> None:
        self.open: list[_Appearance] = []

    def see(self, index: int, before: np.ndarray, now: np.ndarray, painted: np.ndarray) -> list[Occlusion]:
        """A change from `before` to `now` (H,W,3) uint8 at the pixels `painted` (bool), in frame `index`.

        Returns:
            The excursions that end with it.
        """
        ended = []
        gone = np.zeros(painted.shape, np.uint8)  # where something has just gone: what came over it was over it
        for one in list(self.open):
            where = one.came & (gone[one.box] == 0)
            back = where & painted[one.box] & _alike(now[one.box], one.before)
            if np.count_nonzero(back) >= BACK * np.count_nonzero(where):
                over = np.zeros(painted.shape, np.uint8)
                over[one.box] = _joined(back | (one.came & ~where))
                gone |= over
                ended.append(Occlusion(one.since, pack(np.asarray(cv2.dilate(over, np.ones((5, 5), np.uint8))))))
                self.open.remove(one)
        if not ended:
            self.open = [*self.open, *_appearances(index, before, painted)][-OPEN:]
        return ended


def _appearances(index: int, before: np.ndarray, painted: np.ndarray) -> list[_Appearance]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(_joined(painted))
    found = []
    for label in range(1, count):
        x, y, width, height, area = (int(v) for v in stats[label])
        if area >= AREA * painted.size:
            box = (slice(y, y + height), slice(x, x + width))
            came = (labels[box] == label) & painted[box]
            found.append(_Appearance(index, came, box, before[box].copy()))
    return found


def _joined(mask: np.ndarray) -> np.ndarray:
    """(H,W) bool as uint8, 255 where it is true and in gaps between."""
    whole = mask.astype(np.uint8) * 255
    return np.asarray(cv2.morphologyEx(whole, cv2.MORPH_CLOSE, np.ones((JOINED, JOINED), np.uint8)))


def _alike(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.absdiff(a, b).max(axis=2) <= TOUCHED)


def pack(mask: np.ndarray) -> bytes:
    """(H,W) uint8 as a PNG."""
    return bytes(cv2.imencode(".png", mask)[1])


def unpack(png: bytes) -> np.ndarray:
    """The mask again."""
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE))
