"""DeepLab v3+ for scenes: ADE20K's classes as sub-classes of ours (Chen et al. 2018, arXiv 1802.02611).

The published small form: no atrous branches, only the picture's mean beside the last features. It can start as that
network (`load_published`) and knows 150 classes of photos before it has seen one painting.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..labels import PORTRAIT
from ..things import SCENE_CLASSES
from .ade_classes import ade20k_scene_classes
from .classes import NETWORK_CLASSES
from .mobilenet import MobileNetV2

LAST = 18  # blocks of MobileNetV2 that are used; the one after them only serves ImageNet's classes
SKIP = 3  # block whose widened features, at stride 4, tell outlines
WIDTH = 256
FINE = 32  # features at stride 2, where outlines are drawn
KINDS = ("weight", "scale", "bias")
UNLIKELY = -4.0  # score with which classes start that ADE20K does not know


def _convolution(channels: int, out: int, kernel: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, out, kernel, padding=kernel // 2, groups=groups), nn.ReLU())


class DeepLab(nn.Module):
    """Picture (B,3,H,W) in [-1,1] -> scores (B,25,H,W) of `NETWORK_CLASSES` and, last, of depth; H, W multiples of 32.

    The score of a class is the log of the summed exponentials of its sub-classes' scores, so that their probabilities
    add up. Batch statistics of the encoder stay those of its pretraining: a batch of eight scenes tells worse ones.

    Args:
        encoder: a MobileNetV2, ours or another with its `features`.
    """

    def __init__(self, encoder: nn.Module | None = None) -> None:
        super().__init__()
        whole: Any = encoder or MobileNetV2()
        whole.features = whole.features[:LAST]
        self.encoder: Any = whole
        deep, skip = 320, 144
        self.image_pooling, self.aspp0 = _convolution(deep, WIDTH), _convolution(deep, WIDTH)
        self.concat_projection = _convolution(2 * WIDTH, WIDTH)
        self.feature_projection0 = _convolution(skip, 48)
        self.decoder_conv0_depthwise = _convolution(WIDTH + 48, WIDTH + 48, 3, WIDTH + 48)
        self.decoder_conv0_pointwise = _convolution(WIDTH + 48, WIDTH)
        self.decoder_conv1_depthwise = _convolution(WIDTH, WIDTH, 3, WIDTH)
        self.decoder_conv1_pointwise = _convolution(WIDTH, WIDTH)
        scene = [np.flatnonzero(ade20k_scene_classes() == i) for i in range(len(SCENE_CLASSES))]
        self.subclasses = [len(scene[SCENE_CLASSES.index(n)]) if n in SCENE_CLASSES else 1 for n in NETWORK_CLASSES]
        self.logits = nn.Conv2d(WIDTH, sum(self.subclasses) + 1, 1)
        self.fine_projection = _convolution(WIDTH, FINE)
        self.fine_mix = _convolution(FINE + 16, FINE, 3)
        self.fine_scores = nn.Conv2d(FINE, len(NETWORK_CLASSES) + 1, 1)
        nn.init.zeros_(self.fine_scores.weight)
        nn.init.zeros_(self.fine_scores.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        picture = x
        for i, block in enumerate(self.encoder.features):
            if i == SKIP:
                skip = block.conv[1](block.conv[0](x))
            x = block(x)
            if i == 1:
                fine = x
        mean = self.image_pooling(x.mean((2, 3), keepdim=True)).expand(-1, -1, *x.shape[2:])
        x = self.concat_projection(torch.cat([mean, self.aspp0(x)], 1))
        x = torch.cat([_enlarge(x, skip), self.feature_projection0(skip)], 1)
        x = self.decoder_conv0_pointwise(self.decoder_conv0_depthwise(x))
        x = self.decoder_conv1_pointwise(self.decoder_conv1_depthwise(x))
        *groups, depth = self.logits(x).split([*self.subclasses, 1], 1)
        scores = torch.cat([*(g if g.shape[1] == 1 else g.logsumexp(1, keepdim=True) for g in groups), depth], 1)
        finer = self.fine_mix(torch.cat([_enlarge(self.fine_projection(x), fine), fine], 1))
        scores = _enlarge(scores, fine) + self.fine_scores(finer)
        return _enlarge(scores, picture)

    def train(self, mode: bool = True) -> "DeepLab":
        super().train(mode)
        self.encoder.eval()
        return self

    def load_published(self, arrays: dict[str, np.ndarray]) -> None:
        """Start as the network for ADE20K: `head.NAME.weight`, `.scale` and `.bias` beside the encoder's arrays.

        Classes that ADE20K does not know start unlikely; the parts of a person as sub-classes of its person.
        Raises KeyError or ValueError for arrays that are missing or do not fit.
        """

        def read(name: str) -> tuple[Tensor, Tensor]:
            weight, scale, bias = (arrays[f"head.{name}.{kind}"].astype(np.float32) for kind in KINDS)
            return torch.from_numpy(weight * scale.reshape(-1, 1, 1, 1)), torch.from_numpy(bias)

        with torch.no_grad():
            for name, layer in self.named_children():
                if isinstance(layer, nn.Sequential) and f"head.{name}.weight" in arrays:
                    _fill(layer[0], *read(name))  # type: ignore[arg-type]
            weight, bias = (value[1:] for value in read("logits"))  # without "void"
            of, person = ade20k_scene_classes(), SCENE_CLASSES.index("person")
            rows, biases = [], []
            for name in NETWORK_CLASSES:
                chosen = of == (SCENE_CLASSES.index(name) if name in SCENE_CLASSES else person)
                known = name in SCENE_CLASSES or name in PORTRAIT.names[2:]
                rows.append(weight[chosen] * known)
                biases.append(bias[chosen] if name in SCENE_CLASSES else bias[chosen] * known + UNLIKELY)
            _fill(self.logits, torch.cat([*rows, weight[:1] * 0]), torch.cat([*biases, bias[:1] * 0]))


def _enlarge(x: Tensor, like: Tensor) -> Tensor:
    # corners on corners, as the published weights learned it
    return F.interpolate(x, like.shape[2:], mode="bilinear", align_corners=True)


def _fill(layer: nn.Conv2d, weight: Tensor, bias: Tensor) -> None:
    if layer.weight.shape != weight.shape:
        raise ValueError(f"weights of {tuple(weight.shape)}, not {tuple(layer.weight.shape)}")
    layer.weight.copy_(weight)
    layer.bias.copy_(bias)  # type: ignore[union-attr]
