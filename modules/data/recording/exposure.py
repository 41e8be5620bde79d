"""Exposure of a camera that drifts: each frame's light relative to the last one's, per channel."""

from collections.abc import Sequence

import numpy as np

Gains = tuple[float, float, float]
NO_GAIN: Gains = (1.0, 1.0, 1.0)
DARKEST, LIGHTEST = 20, 250  # of 255: values beyond tell nothing of the light
MAX_STEP = 0.08  # a larger change from one sample to the next is no drift
SUPPORT, GOOD_SUPPORT, ALIKE = 0.35, 0.6, 0.05  # share of the picture that must agree, within so much
LEAST = 0.03  # a recording whose light changes by less is left as it is


def find_gains(thumbnails: Sequence[np.ndarray], kinds: Sequence[str]) -> list[Gains]:
    """Find for each sample the factors that give it the light of the last; `kinds` says which show the canvas."""
    logs = np.zeros((len(thumbnails), 3))
    anchor: int | None = None
    previous = 0
    for k, picture in enumerate(thumbnails):
        if kinds[k]:
            logs[k] = logs[k - 1] if k else 0
            continue
        if anchor is None:
            anchor = previous = k
            continue
        change, support = _light_change(thumbnails[anchor], picture)
        step = logs[anchor] + change - logs[previous]
        if support < SUPPORT or np.abs(step).max() > MAX_STEP:
            change, support = _light_change(thumbnails[previous], picture)
            anchor = previous
            if support < SUPPORT or np.abs(change).max() > MAX_STEP:
                change, anchor = np.zeros(3), k
        logs[k] = logs[previous if anchor == k else anchor] + change
        if support < GOOD_SUPPORT:
            anchor = k
        previous = k
    if np.ptp(logs, axis=0).max() < LEAST or anchor is None:
        return [NO_GAIN] * len(thumbnails)
    gains = np.exp(logs[previous] - logs)
    return [(float(r), float(g), float(b)) for r, g, b in gains]


def _light_change(before: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the logarithm of the change of light, for each channel, and the share of pixels that agree."""
    usable = (np.minimum(before, now).min(axis=2) > DARKEST) & (np.maximum(before, now).max(axis=2) < LIGHTEST)
    if usable.mean() < SUPPORT:
        return np.zeros(3), 0.0
    ratios = np.log(now[usable].astype(np.float64) / before[usable])
    change = np.median(ratios, axis=0)
    agree = np.abs(ratios - change).max(axis=1) < ALIKE
    change = ratios[agree].mean(axis=0) if agree.any() else change
    if np.abs(change).max() < LEAST / 3:
        change = np.zeros(3)
    return change, float(agree.mean() * usable.mean() / max(usable.mean(), 0.5))


def relight(picture: np.ndarray, gains: Gains) -> np.ndarray:
    """Multiply (H,W,3) uint8 by the factors of its channels."""
    if gains == NO_GAIN:
        return picture
    return np.clip(np.round(picture * np.array(gains, np.float32)), 0, 255).astype(np.uint8)
