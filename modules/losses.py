"""Loss terms that more than one stage uses, on float32 tensors on any device.

Equations 3 and 4 of the paper weigh L1, perceptual, adversarial (LSGAN), total variation and KL terms; the weights
belong to the stages, the terms are here. Pictures are (B,3,H,W) in [0,1].
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

Scores = Tensor | Sequence["Scores"]
"""Scores of one discriminator, or of several (one per scale), or per scale a list of features with the score last."""


def kl_standard_normal(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL divergence of N(mu, exp(logvar)) from N(0, 1), *summed* over z, one number per sample: (B,...) -> (B,).

    A sum, not a mean: the paper's weight of 0.05 is for the sum over its 256 numbers.
    """
    per_number = 0.5 * (mu.square() + logvar.exp() - 1.0 - logvar)
    return per_number.flatten(1).sum(1)


def _score_list(scores: Scores) -> list[Tensor]:
    """Flatten scores to one map per scale."""
    if isinstance(scores, Tensor):
        return [scores]
    found = [scale if isinstance(scale, Tensor) else scale[-1] for scale in scores]
    if not found or not all(isinstance(score, Tensor) for score in found):
        raise ValueError("scores must be a tensor, a list of tensors, or a list of feature lists with the score last")
    return [score for score in found if isinstance(score, Tensor)]


def _pairs(real: Scores, fake: Scores) -> list[tuple[Tensor, Tensor]]:
    reals, fakes = _score_list(real), _score_list(fake)
    if len(reals) != len(fakes):
        raise ValueError(f"{len(reals)} real score maps but {len(fakes)} fake ones")
    return list(zip(reals, fakes, strict=True))


def _mean(terms: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(terms)).mean()


def lsgan_d(real_scores: Scores, fake_scores: Scores) -> Tensor:
    """Least-squares loss of the discriminator: ((D(real)-1)^2 + D(fake)^2) / 2, mean over positions and scales."""
    return _mean([0.5 * ((r - 1.0).square().mean() + f.square().mean()) for r, f in _pairs(real_scores, fake_scores)])


def lsgan_g(fake_scores: Scores) -> Tensor:
    """Least-squares loss of the generator: (D(fake)-1)^2, mean over positions and scales."""
    return _mean([(f - 1.0).square().mean() for f in _score_list(fake_scores)])


def hinge_d(real_scores: Scores, fake_scores: Scores) -> Tensor:
    """Hinge loss of the discriminator: max(0, 1-D(real)) + max(0, 1+D(fake)), mean over positions and scales."""
    return _mean([F.relu(1.0 - r).mean() + F.relu(1.0 + f).mean() for r, f in _pairs(real_scores, fake_scores)])


def hinge_g(fake_scores: Scores) -> Tensor:
    """Hinge loss of the generator: -D(fake), mean over positions and scales."""
    return _mean([-f.mean() for f in _score_list(fake_scores)])


def feature_matching(
    real_features: Sequence[Tensor] | Sequence[Sequence[Tensor]],
    fake_features: Sequence[Tensor] | Sequence[Sequence[Tensor]],
) -> Tensor:
    """Feature matching (pix2pixHD): L1 between discriminator features without the last, the score.

    Takes one discriminator's feature list, or one list per scale. Real features are detached: this term trains the
    generator only. Mean over layers, then over scales.
    """

    def scales(features: Sequence[Tensor] | Sequence[Sequence[Tensor]]) -> list[list[Tensor]]:
        plain = [layer for layer in features if isinstance(layer, Tensor)]
        return [plain] if plain else [[t for t in scale if isinstance(t, Tensor)] for scale in features]

    per_scale = []
    for real, fake in zip(scales(real_features), scales(fake_features), strict=True):
        if len(real) < 2:
            raise ValueError("feature_matching needs at least one feature before the score")
        per_scale.append(_mean([F.l1_loss(f, r.detach()) for r, f in zip(real[:-1], fake[:-1], strict=True)]))
    return _mean(per_scale)


def total_variation(pictures: Tensor) -> Tensor:
    """Total variation: mean |difference| of horizontal plus that of vertical neighbours, (B,C,H,W) -> scalar.

    Means, not sums, so that the weight does not depend on the size. A side of one pixel has no neighbours and counts 0.
    """
    zero = pictures.sum() * 0.0
    across = (pictures[..., :, 1:] - pictures[..., :, :-1]).abs().mean() if pictures.shape[-1] > 1 else zero
    down = (pictures[..., 1:, :] - pictures[..., :-1, :]).abs().mean() if pictures.shape[-2] > 1 else zero
    return across + down


def dice_loss(logits: Tensor, labels: Tensor, ignore_index: int = -1) -> Tensor:
    """Soft Dice loss over a batch: 1 - 2|P.T| / (|P|+|T|), mean over the classes that are present.

    Classes without a pixel in the batch are left out: their Dice is 0 whatever the net does, a constant that only hides
    the others. A batch in which nothing counts gives 0 (with a gradient of 0).

    Args:
        logits: (B,K,H,W).
        labels: (B,H,W) int64 in 0..K-1.
        ignore_index: pixels with this label do not count.
    """
    classes = logits.shape[1]
    valid = (labels != ignore_index).unsqueeze(1)
    target = F.one_hot(labels.masked_fill(labels == ignore_index, 0), classes).movedim(-1, 1).to(logits.dtype) * valid
    chance = logits.softmax(1) * valid
    over = (0, 2, 3)
    both, total = (chance * target).sum(over), (chance + target).sum(over)
    weights = (target.sum(over) > 0).to(logits.dtype)
    loss = 1.0 - 2.0 * both / total.clamp_min(1e-6)
    return (loss * weights).sum() / weights.sum().clamp_min(1e-6)
