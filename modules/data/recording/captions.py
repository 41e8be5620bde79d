"""Captions over the canvas: thin bright letters that come and go in the same lines again and again."""

import cv2
import numpy as np

from .occlusions import encode_mask

LETTER_SIDE, CONTRAST = 7, 55  # pixels: no stroke of a letter is wider; of 255, above what surrounds it
TIMES = 2  # a pixel of a line of captions has lost a letter so often; paint does not
LINE_SHARE, MAX_LINES = 0.2, 0.3  # of the most in a row, counts as captions; of the height that they may have
MIN_PIXELS = 30  # fewer bright pixels are no caption
OUTLINE = 9  # pixels: letters have outlines and shadows


class CaptionFinder:
    """Learns where captions are from all samples in turn, and then finds them in each."""

    def __init__(self) -> None:
        self.before: np.ndarray | None = None
        self.lost: np.ndarray | None = None
        self.clean: np.ndarray | None = None

    def learn(self, rgb: np.ndarray) -> None:
        """Look at the next sample (H,W,3) uint8."""
        letters = _letters(rgb)
        if self.before is None or self.lost is None:
            self.lost = np.zeros(letters.shape, np.uint16)
        else:
            self.lost += self.before & ~letters
        self.before = letters

    @property
    def zone(self) -> np.ndarray | None:
        """Where captions are, (H,W) bool; None where there are none."""
        if self.lost is None:
            return None
        often = self.lost >= TIMES
        rows = often.sum(axis=1)
        if often.sum() < MIN_PIXELS:
            return None
        lines = np.flatnonzero(rows >= max(2, LINE_SHARE * rows.max()))
        if np.ptp(lines) > MAX_LINES * len(rows) or rows[lines].sum() < 0.7 * rows.sum():
            return None
        zone = np.zeros(often.shape, bool)
        zone[max(0, lines[0] - 2) : lines[-1] + 3] = True
        return zone

    def remove(self, rgb: np.ndarray, zone: np.ndarray | None) -> tuple[np.ndarray, bytes | None]:
        """Take what a caption hides from the samples before; returns the sample, and a PNG mask of the caption."""
        if zone is None:
            return rgb, None
        letters = (_letters(rgb) & zone).astype(np.uint8) * 255
        if cv2.countNonZero(letters) < MIN_PIXELS:
            self.clean = rgb
            return rgb, None
        mask = np.asarray(cv2.dilate(letters, np.ones((OUTLINE, OUTLINE), np.uint8)))
        if self.clean is not None and self.clean.shape == rgb.shape:
            rgb = rgb.copy()
            rgb[mask > 0] = self.clean[mask > 0]
            self.clean = rgb
        return rgb, encode_mask(mask)


def _letters(rgb: np.ndarray) -> np.ndarray:
    """Mark thin bright strokes, (H,W) bool."""
    darkest = rgb.min(axis=2)
    kernel = np.ones((LETTER_SIDE, LETTER_SIDE), np.uint8)
    return np.asarray(cv2.morphologyEx(darkest, cv2.MORPH_TOPHAT, kernel)) > CONTRAST
