"""The paper's generator: pix2pixHD's global one, whose only input is the label map (Figure 9)."""

from typing import ClassVar

from torch import Tensor, nn

from .config import FirstFrameConfig

SMALLEST_INPUT = 32  # reflection padding wants more pixels than it reflects: the smallest map has one


class GlobalGenerator(nn.Sequential):
    """pix2pixHD's global generator, literally (Wang et al. 2018, `define_G` with netG global).

    Condition (B,K+1,H,W) of `paper_condition` -> first frame (B,3,H,W) in [0,1]. Reflection padding, 7x7
    convolution, 4 strided convolutions doubling the width, 9 residual blocks, as many transposed convolutions, 7x7
    convolution, tanh; instance normalisation without scale. H and W must be multiples of 16; sides under
    `SMALLEST_INPUT` grow to it. The tanh's [-1,1] is moved to [0,1].
    """

    mixes: ClassVar[bool] = False
    downs, blocks = 4, 9

    def __init__(self, config: FirstFrameConfig) -> None:
        width, in_channels = config.paper_width, config.classes + 1
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(in_channels, width, 7), *_norm_relu(width)]
        for i in range(self.downs):
            layers += [nn.Conv2d(width << i, width << i + 1, 3, 2, 1), *_norm_relu(width << i + 1)]
        layers += [_ReflectBlock(width << self.downs) for _ in range(self.blocks)]
        for i in reversed(range(self.downs)):
            layers += [nn.ConvTranspose2d(width << i + 1, width << i, 3, 2, 1, 1), *_norm_relu(width << i)]
        super().__init__(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh())
        self.in_channels = in_channels
        for module in self.modules():  # pix2pixHD's weights_init
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.normal_(module.weight, 0.0, 0.02)

    def forward(self, input: Tensor) -> Tensor:
        h, w = input.shape[-2:]
        grow = (0, max(0, SMALLEST_INPUT - w), 0, max(0, SMALLEST_INPUT - h))
        frame = super().forward(nn.functional.pad(input, grow, mode="replicate"))
        return ((frame + 1) / 2)[..., :h, :w]


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
