"""Perceptual distance profile: how far a process is from its end over time, after Loomis Painter (arXiv 2511.17344).

There the curves are of LPIPS, DINO and CLIP; here of the features of one network, so that shapes can be compared with
that paper's and numbers cannot.
"""

import numpy as np

from ...frame_arrays import evenly, shrink
from .perceptual_metric import PerceptualMetric

MOMENTS = 11  # at which a process is looked at, spread evenly


def distance_profile(frames: np.ndarray, perceptual: PerceptualMetric) -> np.ndarray:
    """Measure the distances (11,) of a process (N,H,W,3) from its last frame, as shares of the first frame's.

    Frames are looked at with at most 128 px. 1 at the bare canvas, 0 at the end; NaN where the two are one, or are
    too small for the network.
    """
    seen = shrink(evenly(frames, MOMENTS))
    distances = perceptual(seen, np.broadcast_to(seen[-1], seen.shape))
    moments = np.linspace(0, 1, len(seen))  # of a shorter process there are fewer
    found = distances / distances[0] if distances[0] > 1e-6 else np.full(len(seen), np.nan)
    return np.interp(np.linspace(0, 1, MOMENTS), moments, found)
