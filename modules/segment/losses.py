"""Losses of the segment stage: cross-entropy of partial labels, balanced and trusted by quality; ranking of depth."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..labels import PORTRAIT
from ..losses import dice_loss
from ..things import ALL_CLASSES, SCENE_CLASSES
from .classes import NETWORK_CLASSES, allowed_classes, order_prior
from .dataset import EDGE, IGNORE
from .training_pictures import UNKNOWN, LabelledPicture

# How much a pixel of each class counts in quality B, by name; of a scene's classes SCENE_B.
B_WEIGHTS = {
    "hair": 0.5, "clothes": 0.5, "body": 0.5, "eyebrows": 0.3, "eyes": 0.3, "nose": 0.3, "mouth": 0.3,
    **dict.fromkeys(SCENE_CLASSES, 0.7),
}  # fmt: skip
LEAST_TRUST = 0.4  # for Dice
APART = (6, 12)  # pixels between the two of a pair whose depth is compared
MARGIN = 0.15  # of depth, by which the nearer one should be nearer
PRIOR_WEIGHT = 1 / 3  # of pairs whose order is only known from their classes


def class_weights(pictures: list[LabelledPicture], most: float = 4.0) -> Tensor:
    """Weight the labels of `ALL_CLASSES` (L,) by one over the root of their share, 1 for the commonest."""
    counts = np.zeros(UNKNOWN + 1)
    for picture in pictures:
        counts += np.bincount(picture.labels.ravel(), minlength=UNKNOWN + 1)
    share = counts[: len(ALL_CLASSES)] / max(counts[: len(ALL_CLASSES)].sum(), 1)
    weights = np.sqrt(share.max() / np.maximum(share, 1e-9))
    weights[EDGE] = 1.0  # it is rare in pictures, yet common in crops, and must not be found where it is not
    return torch.tensor(np.minimum(weights, most), dtype=torch.float32)


def label_trust(labels: Tensor, good: Tensor) -> Tensor:
    """How far each pixel's label (B,H,W) is trusted, in [0,1]: wholly where `good` (B,) is 1, else by its class."""
    by_class = torch.tensor([B_WEIGHTS.get(name, 1.0) for name in ALL_CLASSES.names], device=labels.device)
    return torch.where(good[:, None, None] > 0.5, 1.0, by_class[labels.clamp_min(0)])


def label_log_probabilities(scores: Tensor) -> Tensor:
    """Log-probability of every label of `ALL_CLASSES` (B,L,H,W) by scores (B,24,H,W) of the network classes.

    A label that allows several classes has the sum of their probabilities.
    """
    single = scores.log_softmax(1)
    planes = []
    for name, allowed in zip(ALL_CLASSES.names, allowed_classes(), strict=True):
        if allowed.sum() == 1:
            planes.append(single[:, NETWORK_CLASSES.index(name)])
        else:
            planes.append(single[:, np.flatnonzero(allowed).tolist()].logsumexp(1))
    return torch.stack(planes, 1)


def balanced_ce(log_probabilities: Tensor, labels: Tensor, trust: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy of log-probabilities (B,L,H,W) of the labels, weighted by trust (B,H,W) and label (L,)."""
    weight = trust * weights.to(log_probabilities)[labels.clamp_min(0)] * (labels != IGNORE)
    entropy = F.nll_loss(log_probabilities, labels, ignore_index=IGNORE, reduction="none")
    return (entropy * weight).sum() / weight.sum().clamp_min(1.0)


def trusted_dice(log_probabilities: Tensor, labels: Tensor, trust: Tensor, portrait: Tensor) -> Tensor:
    """Dice loss over the portrait's classes in portraits (`portrait` (B,) is 1), over those of scenes in the others.

    It knows no weights per pixel, so what is little trusted is left out.
    """
    labels = torch.where(trust < LEAST_TRUST, IGNORE, labels)
    first, losses = len(PORTRAIT), []
    for chosen, planes in ((portrait > 0.5, range(first)), (portrait <= 0.5, [EDGE, *range(first, len(ALL_CLASSES))])):
        if chosen.any():
            place = torch.full((len(ALL_CLASSES) + 1,), IGNORE, device=labels.device)
            place[list(planes)] = torch.arange(len(planes), device=labels.device)
            own = place[torch.where(labels == IGNORE, len(ALL_CLASSES), labels)[chosen]]
            # Ours, not smp.losses.DiceLoss: that counts classes without a pixel in the batch in its mean.
            losses.append(chosen.float().mean() * dice_loss(log_probabilities[chosen][:, list(planes)], own, IGNORE))
    return torch.stack(losses).sum()


def depth_ranking(depth: Tensor, labels: Tensor, order: Tensor) -> Tensor:
    """Margin ranking loss of depth (B,H,W) in [0,1] on pairs of pixels a little apart, across outlines.

    Which of two is nearer says the true stacking order (B,H,W) where it differs, else what is usual of their labels.
    """
    prior = torch.from_numpy(order_prior()).to(depth)
    total, count = depth.sum() * 0.0, depth.new_zeros(())
    for apart in APART:
        for axis in (1, 2):
            size = depth.shape[axis] - apart
            first, second = (
                [plane.narrow(axis, start, size) for plane in (depth, labels, order)] for start in (0, apart)
            )
            known = (first[1] >= 0) & (second[1] >= 0)
            usual = prior[first[1].clamp_min(0), second[1].clamp_min(0)] * known
            true = (first[2] - second[2]).sign().to(depth) * ((first[1] != EDGE) & (second[1] != EDGE))
            sign = torch.where(true != 0, true, usual)
            weight = torch.where(true != 0, 1.0, PRIOR_WEIGHT) * sign.abs()
            total = total + (F.relu(MARGIN - sign * (first[0] - second[0])) * weight).sum()
            count = count + weight.sum()
    return total / count.clamp_min(1.0)
