"""Palette recordings (GIF) are dithered: compare local means, not pixels."""

import cv2
import numpy as np

from .video import Video

PALETTE_SAMPLES, PALETTE_COLOURS = 8, 256  # frames that are looked at; colours that a palette has at most
# Pixels over which dithering gives the true colour again. With 32 colours, 1 to 2 % of a static canvas change visibly
# from frame to frame; blurred so far, less than .1 % do, and two thirds of what is painted.
DITHER_BLUR = 1.5


def is_dithered(video: Video) -> bool:
    """Tell whether most frames have no more colours than a palette."""
    packed = (frame.rgb() @ np.array([1, 256, 65536], np.uint32) for frame in video.samples(PALETTE_SAMPLES))
    return bool(np.median([len(np.unique(colours)) for colours in packed]) <= PALETTE_COLOURS)


def remove_dithering(rgb: np.ndarray) -> np.ndarray:
    """Blur (H,W,3) uint8 so far that dithering gives the true colours."""
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), DITHER_BLUR))
