"""MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381) as an encoder of the segment stage.

Its layers have torchvision's names, so that either reads the other's weights (smp_networks.py trains torchvision's).
"""

from torch import Tensor, nn

# (widening, channels, blocks, stride of the first block) of each group of blocks
GROUPS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
FIRST = 32  # channels after the first convolution


def _convolution(channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    layer = nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(out), nn.ReLU6(inplace=True))


class InvertedResidual(nn.Module):
    """Widen, convolve each channel alone, narrow: (B,C,h,w) -> (B,out,h/stride,w/stride)."""

    def __init__(self, channels: int, out: int, stride: int, widening: int) -> None:
        super().__init__()
        wide = channels * widening
        self.shortcut = stride == 1 and channels == out
        widen = [_convolution(channels, wide, 1)] if widening > 1 else []
        narrow = (nn.Conv2d(wide, out, 1, bias=False), nn.BatchNorm2d(out))
        self.conv = nn.Sequential(*widen, _convolution(wide, wide, 3, stride, wide), *narrow)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.shortcut else self.conv(x)


class MobileNetV2(nn.Module):
    """Picture (B,3,H,W) in [-1,1] -> features (B,320,H/32,W/32); `features` are its blocks."""

    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = [_convolution(3, FIRST, 3, 2)]
        channels = FIRST
        for widening, out, count, stride in GROUPS:
            for i in range(count):
                blocks.append(InvertedResidual(channels, out, 1 if i else stride, widening))
                channels = out
        self.features = nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x)
