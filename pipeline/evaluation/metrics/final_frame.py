"""Ends right: the last frame against the painting."""

from __future__ import annotations

import numpy as np

from .perceptual_metric import PerceptualMetric, structure

MOST_DB = 100.0  # PSNR of equal pictures, which is infinite, so that tables and JSON can hold it


def end_figures(last: np.ndarray, painting: np.ndarray, ruler: PerceptualMetric | None = None) -> dict[str, float]:
    """PSNR in dB (at most MOST_DB), L1 and SSIM (absent under 11 px) of the last frame; with a ruler its distance."""
    error = float(np.square(last.astype(np.float64) - painting).mean())
    found = {
        "end_psnr": min(MOST_DB, -10 * np.log10(error)) if error > 0 else MOST_DB,
        "end_l1": float(np.abs(last - painting).mean()),
    }
    if min(painting.shape[:2]) >= 11:
        found["end_ssim"] = float(structure(last[None], painting[None])[0])
    if ruler is not None:
        found[ruler.key("end")] = float(ruler(last[None], painting[None])[0])
    return found
