"""Perceptual distance of pictures, by a frozen network; which one is said in the name of every figure made with it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ....modules.io.errors import UserError

RULERS = ("squeezenet", "vgg16")  # in the order in which they are looked for
_SMALLEST = 32  # the networks leave nothing of smaller pictures
_BATCH = 8


class PerceptualMetric:
    """Distance of pictures in the features of SqueezeNet or VGG16 (modules/perceptual.py, where it is defined).

    Raises UserError when the weights of `kind` are missing or damaged.
    """

    def __init__(self, kind: str) -> None:
        from ....modules.perceptual import PerceptualLoss

        self.kind = kind
        self._network = PerceptualLoss(kind)

    def key(self, name: str) -> str:
        """The name of a figure made with this ruler."""
        return f"{name}_{self.kind}"

    def __call__(self, ones: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Distances (N,) >= 0 of pictures (N, H, W, 3) in [0, 1] from `others`, one by one; NaN under 32 px."""
        import torch

        if ones.shape != others.shape:
            raise ValueError(f"pictures of one size are compared, got {ones.shape} and {others.shape}")
        if min(ones.shape[1:3]) < _SMALLEST:
            return np.full(len(ones), np.nan)
        found = []
        with torch.inference_mode():
            for i in range(0, len(ones), _BATCH):
                both = [torch.from_numpy(p[i : i + _BATCH].transpose(0, 3, 1, 2).copy()) for p in (ones, others)]
                found.append(self._network(*both, per_sample=True).numpy())
        return np.concatenate(found).astype(np.float64)


@lru_cache(maxsize=4)
def find_perceptual_metric(asked: str = "auto") -> tuple[PerceptualMetric | None, str]:
    """The ruler asked for, and a sentence about it: `auto` takes the first that has its weights, `none` is none.

    Raises UserError for a network that was asked for by name and has no weights, or that does not exist.
    """
    if asked == "none":
        return None, "No perceptual distance: it was not asked for."
    if asked != "auto":
        return PerceptualMetric(asked), _sentence(asked)
    missing = []
    for kind in RULERS:
        try:
            return PerceptualMetric(kind), _sentence(kind)
        except UserError as error:
            missing.append(f"{error.what}: {error.why}")
    return None, f"No perceptual distance, because {'; '.join(missing)}."


def _sentence(kind: str) -> str:
    return f"Perceptual distance: in the features of {kind} (modules/perceptual.py)."


def structure(ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """SSIM (Gaussian window, sigma 1.5) of pictures (N, H, W, 3) one by one, (N,); NaN under 11 px."""
    from skimage.metrics import structural_similarity

    if min(ones.shape[1:3]) < 11:
        return np.full(len(ones), np.nan)
    return np.array(
        [
            structural_similarity(
                one, other, channel_axis=2, data_range=1.0, gaussian_weights=True, use_sample_covariance=False
            )
            for one, other in zip(ones, others, strict=True)
        ]
    )
