"""A SqueezeNet v1.0 encoder for `segmentation_models_pytorch`, the only pretrained one that is at hand offline.

Topology and layer names: SqueezeNet v1.0 (Iandola et al. 2016, arXiv:1602.07360), plus one stage of our own at
stride 32, because the original ends at stride 16 and hair, clothes and body are told apart by what surrounds them.

The published weights expect BGR in 0..255 minus a mean. Here the input stays RGB in [0, 1]: the first lines of
`forward` do the conversion and divide by `SCALE`. A net of convolutions and ReLUs is homogeneous, so dividing the
input and every bias by the same number divides every activation by it: they come out near 1 instead of near 200,
which is what a decoder with fresh weights and Adam want.
"""

from pathlib import Path

import numpy as np
import segmentation_models_pytorch as smp
import torch
from segmentation_models_pytorch.encoders._base import EncoderMixin
from torch import Tensor, nn
from torch.nn import functional as F

from ..io.errors import UserError

NAME = "squeezenet"
MEAN_BGR = (104.0, 117.0, 123.0)
SCALE = 100.0
# (name, squeeze, expand) of each fire module; a pooling stands before the first of a stage.
STAGES: tuple[tuple[tuple[str, int, int], ...], ...] = (
    (("fire2", 16, 64), ("fire3", 16, 64), ("fire4", 32, 128)),
    (("fire5", 32, 128), ("fire6", 48, 192), ("fire7", 48, 192), ("fire8", 64, 256)),
    (("fire9", 64, 256),),
    (("fire10", 64, 256), ("fire11", 64, 256)),  # ours: the published net has no stride 32
)


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


class SqueezeNetEncoder(nn.Module, EncoderMixin):
    """Features at strides 1, 2, 4, 8, 16, 32 of an RGB picture (B,3,H,W) in [0, 1], H and W multiples of 32."""

    mean: Tensor
    stages: nn.ModuleList

    def __init__(self, depth: int = 5, output_stride: int = 32, **_: object) -> None:
        super().__init__()
        if not 3 <= depth <= 5:
            raise UserError(f"encoder depth {depth}", "the squeezenet encoder has 3 to 5 stages", "use depth 5")
        self._depth, self._in_channels, self._output_stride = depth, 3, output_stride
        self.conv1 = nn.Conv2d(3, 96, 7, stride=2, padding=3)
        channels, widths = 96, [3, 96]
        self.stages = nn.ModuleList()
        for fires in STAGES[: depth - 1]:
            stage = nn.ModuleDict()
            for name, squeeze, expand in fires:
                stage[name] = Fire(channels, squeeze, expand)
                channels = 2 * expand
            self.stages.append(stage)
            widths.append(channels)
        self._out_channels = widths
        self.register_buffer("mean", torch.tensor(MEAN_BGR).view(1, 3, 1, 1) / SCALE, persistent=False)

    def forward(self, x: Tensor) -> list[Tensor]:
        features = [x]
        x = x.flip(1) * (255.0 / SCALE) - self.mean
        x = F.relu(self.conv1(x))
        features.append(x)
        for stage in self.stages:
            x = F.max_pool2d(x, 3, 2, ceil_mode=True)
            for fire in stage.children():
                x = fire(x)
            features.append(x)
        return features

    def load_imagenet(self, file: Path) -> int:
        """Take over the decoded ImageNet weights of `file` (.npz); returns how many arrays were used.

        Only training calls this. Stage 5 (ours) keeps its random start. Raises UserError for a missing or odd file.
        """
        if not file.is_file():
            raise UserError(
                f"no encoder weights at {file}",
                "the squeezenet start was asked for",
                "give the .npz of the shared data folder, or --set encoder_start=none",
            )
        parts = {"conv1x1_1": "squeeze", "conv1x1_2": "expand1", "conv3x3_2": "expand3"}
        own = dict(self.named_parameters())
        used = 0
        with np.load(file, allow_pickle=False) as arrays:
            for key in arrays.files:
                layer, kind = key.rsplit(".", 1)
                if layer == "conv1":
                    name = f"conv1.{kind}"
                elif layer.startswith("fire"):
                    fire, part = layer.split("/")
                    stage = next((i for i, s in enumerate(STAGES) if fire in [f[0] for f in s]), None)
                    name = f"stages.{stage}.{fire}.{parts[part]}.{kind}"
                else:
                    continue  # conv_final is the ImageNet classifier
                if name not in own:
                    continue  # a shallower encoder
                value = torch.from_numpy(arrays[key].astype(np.float32))
                if value.shape != own[name].shape:
                    raise UserError(
                        f"{file}: {key} has shape {tuple(value.shape)}",
                        f"expected {tuple(own[name].shape)}",
                        "use the file of the shared data folder",
                    )
                with torch.no_grad():
                    own[name].copy_(value / SCALE if kind == "bias" else value)
                used += 1
        return used


smp.encoders.encoders[NAME] = {"encoder": SqueezeNetEncoder, "pretrained_settings": {}, "params": {}}
