"""A grey picture and what registration computes from it, each once."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ...degree import TOUCHED_LEVEL
from .outline_matching import OutlineMap, outline_strength
from .similarity_transform import SiftFeatures, find_features

REFINE_BLUR = 1.4  # pixels; takes off the codec's noise, and what interpolation does to single pixels
SMALL_MARK = 0.13  # of the diagonal: all marks together within so much are a cursor's, and say nothing of the canvas
MIN_GRADIENT = 3.0  # of 255 per pixel: flatter places do not tell where they are
MAX_POINTS = 30_000


@dataclass(frozen=True)
class GreyImage:
    """A grey picture (H,W) uint8 with its features, outlines, and pixels for refinement."""

    pixels: np.ndarray

    @classmethod
    def of(cls, rgb: np.ndarray) -> "GreyImage":
        """Convert (H,W,3) uint8."""
        return cls(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)))

    @cached_property
    def features(self) -> SiftFeatures:
        return find_features(self.pixels)

    @cached_property
    def outlines(self) -> OutlineMap:
        return OutlineMap(self.pixels)

    @cached_property
    def is_bare(self) -> bool:
        """Whether there is nothing but ground: the weave of a canvas has faint outlines, too, and a cursor is small."""
        ground = np.full_like(self.pixels, int(np.median(self.pixels)))
        rows, columns = np.nonzero(cv2.absdiff(self.pixels, ground) > TOUCHED_LEVEL)
        if self.outlines.is_empty or not len(rows):
            return True
        spread = np.hypot(np.ptp(rows), np.ptp(columns))
        return bool(spread < SMALL_MARK * np.hypot(*self.pixels.shape))

    @cached_property
    def strength(self) -> "GreyImage":
        """Outline strength as a picture."""
        return GreyImage(outline_strength(self.pixels))

    @cached_property
    def blurred(self) -> np.ndarray:
        """The picture as refinement compares it, (H,W) float32."""
        return cv2.GaussianBlur(self.pixels.astype(np.float32), (0, 0), REFINE_BLUR)

    @cached_property
    def edge_points(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pixels with a steep gradient: points (N,2), brightness (N,), and gradient (N,2)."""
        blurred = self.blurred
        dx, dy = (cv2.Sobel(blurred, cv2.CV_32F, a, b, scale=1 / 8) for a, b in ((1, 0), (0, 1)))
        steep = np.hypot(dx, dy) > MIN_GRADIENT
        steep[:3], steep[-3:], steep[:, :3], steep[:, -3:] = False, False, False, False
        rows, columns = np.nonzero(steep)
        every = max(1, -(-len(rows) // MAX_POINTS))
        rows, columns = rows[::every], columns[::every]
        points = np.column_stack([columns, rows]).astype(np.float64)
        return points, blurred[rows, columns], np.column_stack([dx[rows, columns], dy[rows, columns]])
