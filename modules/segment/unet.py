"""A U-Net (Ronneberger et al. 2015, arXiv:1505.04597), the one of `segmentation_models_pytorch`.

Written here once more, layer by layer under smp's names: smp brings torchvision, timm and a client of the Hub, which
take longer to import than a painting takes. Training uses smp's own (smp_networks.py), and tests hold the two equal.
"""

from itertools import zip_longest

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def _convolution(channels: int, out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True))


class UnetBlock(nn.Module):
    """Enlarge to the skip's size, join with it, convolve twice: (B,C,h,w) and (B,S,H,W) -> (B,out,H,W)."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = _convolution(channels, out), _convolution(out, out)

    def forward(self, x: Tensor, like: Tensor, skip: Tensor | None) -> Tensor:
        x = F.interpolate(x, like.shape[2:], mode="nearest")
        return self.conv2(self.conv1(x if skip is None else torch.cat([x, skip], 1)))


class UnetDecoder(nn.Module):
    """The up-sampling half: features from fine to coarse, the picture first -> (B,widths[-1],H,W)."""

    def __init__(self, encoder_widths: list[int], widths: tuple[int, ...]) -> None:
        super().__init__()
        deep, *skips = encoder_widths[:0:-1]
        channels = zip_longest((deep, *widths[:-1]), skips, fillvalue=0)
        self.blocks = nn.ModuleList(UnetBlock(a + b, out) for (a, b), out in zip(channels, widths, strict=True))

    def forward(self, features: list[Tensor]) -> Tensor:
        picture, *fine, x = features
        skips: list[Tensor | None] = [*fine[::-1], None]
        for block, skip in zip(self.blocks, skips, strict=True):
            x = block(x, picture if skip is None else skip, skip)
        return x


class Unet(nn.Module):
    """Picture (B,3,H,W) -> scores (B,classes,H,W); `encoder` gives its features, `out_channels` their widths."""

    def __init__(self, encoder: nn.Module, widths: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = UnetDecoder(encoder.out_channels, widths)  # type: ignore[arg-type]
        self.segmentation_head = nn.Sequential(nn.Conv2d(widths[-1], classes, 3, padding=1))
        for layer in self.decoder.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
        nn.init.xavier_uniform_(self.segmentation_head[0].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.segmentation_head[0].bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        return self.segmentation_head(self.decoder(self.encoder(x)))
