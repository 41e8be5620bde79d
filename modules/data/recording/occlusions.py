"""Temporary occlusions (menus, dialogs, references, undone strokes): changes that revert are not painting."""

from dataclasses import dataclass

import cv2
import numpy as np

from ...degree import TOUCHED_LEVEL
from .difference import difference

MIN_AREA = 0.005  # share of the canvas that must change at once; smaller things are a painter's own corrections
CLOSE_SIZE = 9  # pixels: a menu is one region, also where its colour happens to be the canvas's
MIN_REVERTED = 0.5  # share of it that must be as it was; the rest was painted beside it in the same moment
MAX_OPEN = 24  # appearances that are remembered, the latest


@dataclass(frozen=True)
class Occlusion:
    """What covered the canvas from frame `since` on: a PNG mask, 255 where it hid the canvas."""

    since: int
    mask: bytes


@dataclass(frozen=True, eq=False)
class _Appearance:
    """A region that changed at once, and may turn out to be an occlusion."""

    since: int
    mask: np.ndarray  # (h,w) bool of the box
    box: tuple[slice, slice]
    before: np.ndarray  # (h,w,3) uint8: the box before the change


class OcclusionTracker:
    """Finds occlusions in the kept states of one canvas, in order."""

    def __init__(self) -> None:
        self.open: list[_Appearance] = []

    def update(self, index: int, before: np.ndarray, now: np.ndarray, painted: np.ndarray) -> list[Occlusion]:
        """Track a change from `before` to `now` (H,W,3) uint8 at the pixels `painted` (bool), in frame `index`.

        Returns the occlusions that end with it.
        """
        ended = []
        uncovered = np.zeros(painted.shape, np.uint8)  # by occlusions that just ended: later ones lay on top of them
        for appearance in list(self.open):
            visible = appearance.mask & (uncovered[appearance.box] == 0)
            alike = difference(now[appearance.box], appearance.before) <= TOUCHED_LEVEL
            reverted = visible & painted[appearance.box] & alike
            if np.count_nonzero(reverted) >= MIN_REVERTED * np.count_nonzero(visible):
                covered = np.zeros(painted.shape, np.uint8)
                covered[appearance.box] = _close(reverted | (appearance.mask & ~visible))
                uncovered |= covered
                mask = np.asarray(cv2.dilate(covered, np.ones((5, 5), np.uint8)))
                ended.append(Occlusion(appearance.since, encode_mask(mask)))
                self.open.remove(appearance)
        if not ended:
            self.open = [*self.open, *_find_appearances(index, before, painted)][-MAX_OPEN:]
        return ended


def _find_appearances(index: int, before: np.ndarray, painted: np.ndarray) -> list[_Appearance]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(_close(painted))
    found = []
    for label in range(1, count):
        x, y, width, height, area = (int(v) for v in stats[label])
        if area >= MIN_AREA * painted.size:
            box = (slice(y, y + height), slice(x, x + width))
            mask = (labels[box] == label) & painted[box]
            found.append(_Appearance(index, mask, box, before[box].copy()))
    return found


def _close(mask: np.ndarray) -> np.ndarray:
    """Fill the gaps of a mask: (H,W) bool as uint8, 255 where it is true and between."""
    filled = mask.astype(np.uint8) * 255
    return np.asarray(cv2.morphologyEx(filled, cv2.MORPH_CLOSE, np.ones((CLOSE_SIZE, CLOSE_SIZE), np.uint8)))


def encode_mask(mask: np.ndarray) -> bytes:
    return bytes(cv2.imencode(".png", mask)[1])


def decode_mask(png: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE))
