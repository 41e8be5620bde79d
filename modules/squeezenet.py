"""SqueezeNet v1.0 (Iandola et al. 2016, arXiv:1602.07360): an encoder of the segment stage and a perceptual metric.

Its published weights (songhan/SqueezeNet-Deep-Compression, decoded to float32; BSD) are a .npz in the shared data
folder, whose README gives the layout.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

MEAN_BGR = (104.0, 117.0, 123.0)
# (name, squeeze, expand) of each fire module; a pooling stands before the first of a stage.
STAGES: tuple[tuple[tuple[str, int, int], ...], ...] = (
    (("fire2", 16, 64), ("fire3", 16, 64), ("fire4", 32, 128)),
    (("fire5", 32, 128), ("fire6", 48, 192), ("fire7", 48, 192), ("fire8", 64, 256)),
    (("fire9", 64, 256),),
    (("fire10", 64, 256), ("fire11", 64, 256)),  # ours: the published net has no stride 32
)
PUBLISHED = {"conv1x1_1": "squeeze", "conv1x1_2": "expand1", "conv3x3_2": "expand3"}


class Fire(nn.Module):
    """Squeeze to few channels, expand by 1x1 and 3x3, join: (B,C,h,w) -> (B,2*expand,h,w)."""

    def __init__(self, channels: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeeze, 1)
        self.expand1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.squeeze(x))
        return F.relu(torch.cat([self.expand1(x), self.expand3(x)], dim=1))


class SqueezeNet(nn.Module):
    """The feature stack for RGB in [0, 1]; the published weights' BGR, range and mean are converted inside.

    Args:
        n_stages: how many of `STAGES` follow the first convolution.
        padding: of the first convolution; 0 as published.
        scale: input and biases are divided by it. A net of convolutions and ReLUs is homogeneous, so every activation
            is divided by it: with 100 they come out near 1 instead of near 200.
    """

    mean: Tensor

    def __init__(self, n_stages: int, *, padding: int = 0, scale: float = 1.0) -> None:
        super().__init__()
        self.scale = scale
        self.conv1 = nn.Conv2d(3, 96, 7, stride=2, padding=padding)
        self.widths = [96]
        self.stages = nn.ModuleList()
        for fires in STAGES[:n_stages]:
            stage, channels = nn.ModuleDict(), self.widths[-1]
            for name, squeeze, expand in fires:
                stage[name] = Fire(channels, squeeze, expand)
                channels = 2 * expand
            self.stages.append(stage)
            self.widths.append(channels)
        self.register_buffer(
            "mean", torch.tensor([mean / scale for mean in MEAN_BGR]).view(1, 3, 1, 1), persistent=False
        )

    def layers(self, pictures: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Yield the features of every layer, `conv1`, `fire2`, ..., of pictures (B,3,H,W)."""
        x = F.relu(self.conv1(pictures.flip(1) * (255.0 / self.scale) - self.mean))
        yield "conv1", x
        for stage in self.stages:
            x = F.max_pool2d(x, 3, 2, ceil_mode=True)
            for name, fire in stage.named_children():
                x = fire(x)
                yield name, x

    def load_published(self, file: Path) -> int:
        """Load the published ImageNet weights and return how many arrays were used; layers of our own keep theirs.

        Raises ValueError, KeyError, OSError and what else numpy raises for a file that is damaged or something else.
        """
        stage_of = {fire: i for i, fires in enumerate(STAGES) for fire, *_ in fires}
        own, used = dict(self.named_parameters()), 0
        with np.load(file, allow_pickle=False) as arrays:
            for key in arrays.files:
                layer, kind = key.rsplit(".", 1)
                fire, _, part = layer.partition("/")
                name = f"stages.{stage_of[fire]}.{fire}.{PUBLISHED[part]}" if fire in stage_of else layer
                parameter = own.get(f"{name}.{kind}")
                if parameter is None:
                    continue  # the ImageNet classifier, or a stage that this net leaves out
                value = torch.from_numpy(arrays[key].astype(np.float32))
                if value.shape != parameter.shape:
                    raise ValueError(f"{key} has shape {tuple(value.shape)}, not {tuple(parameter.shape)}")
                with torch.no_grad():
                    parameter.copy_(value / self.scale if kind == "bias" else value)
                used += 1
        return used
