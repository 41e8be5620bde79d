"""Value study: a painting in few tones of grey, as one sees it through half-closed eyes."""

from dataclasses import dataclass

import cv2
import numpy as np

from ....modules.imaging.resize import fit_size
from .outline import LEAST, WORKING, calm_labels

SPECK = 0.001  # share of the picture below which a spot of a tone is not shown
BLUR = 1 / 100  # of the longest side, over which tones are seen together
ROUNDS = 30


@dataclass(frozen=True)
class ToneStudy:
    """A picture in few tones.

    Attributes:
        picture: (h,w) uint8 grey.
        greys: of the tones, dark to light, 0 to 255.
        shares: of the picture that each has; they add up to one.
    """

    picture: np.ndarray
    greys: list[int]
    shares: list[float]


def tone_study(picture: np.ndarray, tones: int) -> ToneStudy:
    """Reduce a picture (h,w,3) uint8 to so many tones; to fewer where it has fewer."""
    picture = cv2.resize(picture, fit_size(picture.shape, WORKING), interpolation=cv2.INTER_AREA)
    light = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)[..., 0]
    soft = cv2.bilateralFilter(light, -1, 12, max(0.5, BLUR * max(light.shape)))
    values, counts = np.unique(np.round(soft).astype(int), return_counts=True)
    middles = np.quantile(values, (np.arange(tones) + 0.5) / tones)
    for _ in range(ROUNDS):  # k-means of lightness
        tone = np.abs(values[:, None] - middles[None]).argmin(axis=1)
        weights = np.bincount(tone, counts, tones)
        sums = np.bincount(tone, counts * values, tones)
        middles = np.where(weights > 0, sums / np.maximum(weights, 1), middles)
    middles = np.unique(np.round(middles[weights > 0], 2))
    which = np.abs(soft[..., None] - middles).argmin(axis=2).astype(np.uint8)
    if min(which.shape) >= LEAST:
        which = calm_labels(which, SPECK)
    lab = np.zeros((len(middles), 1, 3), np.float32)
    lab[:, 0, 0] = middles
    greys = np.round(255 * cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)[:, 0, 1]).astype(np.uint8)
    shares = np.bincount(which.reshape(-1), minlength=len(middles)) / which.size
    return ToneStudy(greys[which], greys.tolist(), shares.tolist())
