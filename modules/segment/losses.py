"""Losses of the segment stage: cross-entropy balanced over classes, where labels are trusted by their quality."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..labels import LabelSet
from ..losses import dice_loss
from .dataset import EDGE, IGNORE, LabelledPicture

# How much a pixel of each class counts in quality B, by name; 1 where nothing is said.
B_WEIGHTS = {"hair": 0.5, "clothes": 0.5, "body": 0.5, "eyebrows": 0.3, "eyes": 0.3, "nose": 0.3, "mouth": 0.3}
LEAST_TRUST = 0.4  # for Dice


def class_weights(pictures: list[LabelledPicture], classes: int, most: float = 4.0) -> Tensor:
    """Weight the classes (classes,) by one over the root of their share, 1 for the commonest."""
    counts = np.zeros(classes)
    for picture in pictures:
        counts += np.bincount(picture.labels.ravel(), minlength=classes)
    share = counts / counts.sum()
    weights = np.sqrt(share.max() / np.maximum(share, 1e-9))
    weights[EDGE] = 1.0  # it is rare in pictures, yet common in crops, and must not be found where it is not
    return torch.tensor(np.minimum(weights, most), dtype=torch.float32)


def label_trust(labels: Tensor, good: Tensor, label_set: LabelSet) -> Tensor:
    """How far each pixel's label (B,H,W) is trusted, in [0,1]: wholly where `good` (B,) is 1, else by its class."""
    by_class = torch.tensor([B_WEIGHTS.get(name, 1.0) for name in label_set.names], device=labels.device)
    return torch.where(good[:, None, None] > 0.5, 1.0, by_class[labels.clamp_min(0)])


def balanced_ce(scores: Tensor, labels: Tensor, trust: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy of scores (B,K,H,W), weighted by trust (B,H,W) and class (K,)."""
    weight = trust * weights.to(scores)[labels.clamp_min(0)] * (labels != IGNORE)
    entropy = F.cross_entropy(scores, labels, ignore_index=IGNORE, reduction="none")
    return (entropy * weight).sum() / weight.sum().clamp_min(1.0)


def trusted_dice(scores: Tensor, labels: Tensor, trust: Tensor) -> Tensor:
    """Dice loss; it knows no weights per pixel, so what is little trusted is left out."""
    # Ours, not smp.losses.DiceLoss: that counts classes without a pixel in the batch in its mean.
    return dice_loss(scores, torch.where(trust < LEAST_TRUST, IGNORE, labels), ignore_index=IGNORE)
