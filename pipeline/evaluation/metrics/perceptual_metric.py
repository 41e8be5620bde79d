"""Perceptual distance in the features of a frozen network, and SSIM."""

from functools import lru_cache

import numpy as np

from ....modules.io.errors import UserError

PERCEPTUAL_NETWORKS = ("squeezenet", "vgg16")  # in the order in which they are looked for
_LEAST_SIDE = 32  # the networks leave nothing of smaller pictures
_BATCH = 8


class PerceptualMetric:
    """Distance of pictures in the features of SqueezeNet or VGG16 (defined in modules/perceptual.py).

    Args:
        kind: one of PERCEPTUAL_NETWORKS; it is part of the name of every value measured with it.

    Raises:
        UserError: when the weights of `kind` are missing or damaged.
    """

    def __init__(self, kind: str) -> None:
        from ....modules.perceptual import PerceptualLoss

        self.kind = kind
        self._network = PerceptualLoss(kind)

    def key(self, name: str) -> str:
        """Name a value measured with this metric, such as `end_vgg16`."""
        return f"{name}_{self.kind}"

    def __call__(self, ones: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Measure distances (N,) >= 0 of pictures (N, H, W, 3) in [0, 1] from `others`; NaN under 32 px."""
        import torch

        if ones.shape != others.shape:
            raise ValueError(f"pictures of one size are compared, got {ones.shape} and {others.shape}")
        if min(ones.shape[1:3]) < _LEAST_SIDE:
            return np.full(len(ones), np.nan)
        found = []
        with torch.inference_mode():
            for i in range(0, len(ones), _BATCH):
                both = [torch.from_numpy(p[i : i + _BATCH].transpose(0, 3, 1, 2).copy()) for p in (ones, others)]
                found.append(self._network(*both, per_sample=True).numpy())
        return np.concatenate(found).astype(np.float64)


@lru_cache(maxsize=4)
def find_perceptual_metric(kind: str = "auto") -> tuple[PerceptualMetric | None, str]:
    """Load a perceptual metric, with a sentence about it for the report.

    Args:
        kind: a network, "auto" for the first one that has its weights, or "none".

    Raises:
        UserError: for a network that is named and has no weights, or that does not exist.
    """
    if kind == "none":
        return None, "No perceptual distance: it was not asked for."
    if kind != "auto":
        return PerceptualMetric(kind), _sentence(kind)
    missing = []
    for kind in PERCEPTUAL_NETWORKS:
        try:
            return PerceptualMetric(kind), _sentence(kind)
        except UserError as error:
            missing.append(f"{error.what}: {error.why}")
    return None, f"No perceptual distance, because {'; '.join(missing)}."


def _sentence(kind: str) -> str:
    return f"Perceptual distance: in the features of {kind} (modules/perceptual.py)."


def ssim(ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Compute SSIM (Gaussian window, sigma 1.5) of pictures (N, H, W, 3) one by one, (N,); NaN under 11 px."""
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
