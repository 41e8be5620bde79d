"""PSNR, L1, SSIM and perceptual distance of the last frame to the painting."""

import numpy as np

from .perceptual_metric import PerceptualMetric, ssim

MAX_PSNR = 100.0  # PSNR of equal pictures, which is infinite, so that tables and JSON can hold it


def final_frame_metrics(
    last: np.ndarray, painting: np.ndarray, perceptual: PerceptualMetric | None = None
) -> dict[str, float]:
    """Compare the last frame with the painting: PSNR in dB (at most MAX_PSNR), L1, SSIM (absent under 11 px)."""
    error = float(np.square(last.astype(np.float64) - painting).mean())
    found = {
        "end_psnr": min(MAX_PSNR, -10 * np.log10(error)) if error > 0 else MAX_PSNR,
        "end_l1": float(np.abs(last - painting).mean()),
    }
    if min(painting.shape[:2]) >= 11:
        found["end_ssim"] = float(ssim(last[None], painting[None])[0])
    if perceptual is not None:
        found[perceptual.key("end")] = float(perceptual(last[None], painting[None])[0])
    return found
