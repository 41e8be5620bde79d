"""Frames of a process as arrays (N, H, W, 3): stacking, sampling, scaling and their distance to the painting."""

from collections.abc import Iterable

import numpy as np

from ..modules.imaging.resize import fit_size, resize

COMPARED_SIDE = 128  # longest side at which many frames are compared: an eighth of the work, the same order of systems


def as_frames(frames: Iterable[np.ndarray]) -> np.ndarray:
    """Stack frames to (N, H, W, 3) float32; uint8 frames become [0, 1]. ValueError for other shapes or under two."""
    stack = np.stack([np.asarray(frame) for frame in frames])
    if stack.ndim != 4 or stack.shape[3] != 3 or len(stack) < 2:
        raise ValueError(f"a process is at least two frames of (H, W, 3), got {stack.shape}")
    return stack.astype(np.float32) / 255 if stack.dtype == np.uint8 else stack.astype(np.float32, copy=False)


def evenly(frames: np.ndarray, count: int) -> np.ndarray:
    """Pick `count` frames (or all, when there are fewer), spread evenly from the first to the last."""
    return frames[np.unique(np.round(np.linspace(0, len(frames) - 1, count)).astype(int))]


def shrink(frames: np.ndarray, side: int = COMPARED_SIDE) -> np.ndarray:
    """Scale frames (N, H, W, 3) down to a longest side of `side` pixels, never up."""
    size = fit_size(frames.shape[1:], side)
    if size == frames.shape[2:0:-1]:
        return frames
    return np.stack([resize(frame, size) for frame in frames])


def distance_curve(frames: np.ndarray, painting: np.ndarray) -> np.ndarray:
    """Mean |frame - painting| of every frame, (N,)."""
    return np.array([np.abs(frame - painting).mean() for frame in frames])


def stays_under(curve: np.ndarray, limit: float) -> int:
    """Find the index from which a curve (N,) stays at or under the limit; N when its last value is above it."""
    above = np.flatnonzero(curve > limit)
    return int(above[-1]) + 1 if len(above) else 0
