"""Recordings with a palette, as GIFs are: their colours are dithered, so single pixels tell nothing, but means do."""

from __future__ import annotations

import cv2
import numpy as np

from .video_reader import Video

SAMPLES = 8
COLOURS = 256
# Pixels over which dithering gives the true colour again. With 32 colours, 1 to 2 % of a static canvas change visibly
# from frame to frame; smoothed so far, less than .1 % do, and two thirds of what is painted.
BLUR = 1.5


def has_palette(video: Video) -> bool:
    """Whether most pictures have no more colours than a palette."""
    counts = [len(np.unique(frame.rgb() @ np.array([1, 256, 65536], np.uint32))) for frame in video.samples(SAMPLES)]
    return bool(np.median(counts) <= COLOURS)


def smooth(rgb: np.ndarray) -> np.ndarray:
    """(H,W,3) uint8 without what dithering adds."""
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), BLUR))
