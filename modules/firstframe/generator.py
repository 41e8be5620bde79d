"""The two generators of the first frame: pix2pixHD's global generator, and a small one with palette and ground."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn

from ..layers import ConvNormAct, ResBlock
from .palette import TONES

CANDIDATES = 1 + TONES + 1  # ground, tones, free colour


class GlobalGenerator(nn.Sequential):
    """pix2pixHD's global generator, literally (Wang et al. 2018, `define_G` with netG global): (B,in,H,W) -> (B,3,H,W).

    Reflection padding, 7x7 convolution, `downs` strided convolutions doubling the width, `blocks` residual blocks,
    as many transposed convolutions, 7x7 convolution, tanh; instance normalisation without scale. H and W must be
    multiples of 2**downs. The tanh's [-1,1] is moved to [0,1].
    """

    def __init__(self, in_ch: int, width: int = 64, downs: int = 4, blocks: int = 9) -> None:
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(in_ch, width, 7), *_norm_relu(width)]
        for i in range(downs):
            layers += [nn.Conv2d(width << i, width << i + 1, 3, 2, 1), *_norm_relu(width << i + 1)]
        layers += [_ReflectBlock(width << downs) for _ in range(blocks)]
        for i in reversed(range(downs)):
            layers += [nn.ConvTranspose2d(width << i + 1, width << i, 3, 2, 1, 1), *_norm_relu(width << i)]
        super().__init__(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh())
        for module in self.modules():  # pix2pixHD's weights_init
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.normal_(module.weight, 0.0, 0.02)

    def forward(self, input: Tensor) -> Tensor:
        return (super().forward(input) + 1) / 2


def _norm_relu(channels: int) -> tuple[nn.Module, nn.Module]:
    return nn.InstanceNorm2d(channels), nn.ReLU(True)


class _ReflectBlock(nn.Module):
    """pix2pixHD's residual block."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels)]
        other = [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels)]
        self.body = nn.Sequential(*half, nn.ReLU(True), *other)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class MixGenerator(nn.Module):
    """A small U-shaped generator: its output mixes, per pixel, the ground, the palette's tones and a free colour.

    (B,in,H,W) -> (B,CANDIDATES,H,W) scores of ground, dark, middle, light tone and free colour, and that free colour
    (B,3,H,W) in [0,1]. H and W must be multiples of 16. Most work is done at a quarter of the size and below; outlines
    stay sharp because they come with the colours that are mixed.
    """

    def __init__(self, in_ch: int, widths: tuple[int, ...] = (24, 48, 80, 128), blocks: int = 3) -> None:
        super().__init__()
        self.fold = nn.PixelUnshuffle(2)
        self.stem = ConvNormAct(4 * in_ch, widths[0], 1)
        self.downs = nn.ModuleList(ConvNormAct(a, b, 3, 2) for a, b in itertools.pairwise(widths))
        self.middle = nn.Sequential(*(ResBlock(widths[-1]) for _ in range(blocks)))
        pairs = list(itertools.pairwise(widths))[::-1]
        self.ups = nn.ModuleList(ConvNormAct(b, a, 3) for a, b in pairs)
        self.head = nn.Conv2d(widths[0], 4 * (CANDIDATES + 3), 3, 1, 1)
        self.unfold = nn.PixelShuffle(2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.stem(self.fold(x))
        skips = []
        for down in self.downs:
            skips.append(x)
            x = down(x)
        x = self.middle(x)
        for up in self.ups:
            x = up(nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")) + skips.pop()
        out = self.unfold(self.head(x))
        return out[:, :CANDIDATES], torch.sigmoid(out[:, CANDIDATES:])


def mix(scores: Tensor, ground: Tensor, tones: Tensor, free: Tensor) -> Tensor:
    """The picture (B,3,H,W) that scores (B,CANDIDATES,H,W) make of ground and free (B,3,H,W) and tones (B,9,H,W)."""
    shares = scores.softmax(1)
    picture = shares[:, :1] * ground + shares[:, -1:] * free
    for tone in range(CANDIDATES - 2):
        picture = picture + shares[:, 1 + tone : 2 + tone] * tones[:, 3 * tone : 3 * tone + 3]
    return picture
