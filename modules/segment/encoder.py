"""A SqueezeNet v1.0 encoder for a U-Net, the only pretrained one that is at hand offline.

It has one stage of our own at stride 32, because the original ends at stride 16 and hair, clothes and body are told
apart by what surrounds them.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..io.errors import UserError
from ..squeezenet import STAGES, SqueezeNet
from .deeplab import DeepLab

NAME = "squeezenet"
SCALE = 100.0  # activations near 1 are what a decoder with fresh weights and Adam want


class SqueezeNetEncoder(SqueezeNet):
    """Features at strides 1, 2, 4, 8, 16, 32 of an RGB picture (B,3,H,W) in [0, 1], H and W multiples of 32."""

    def __init__(self, depth: int = 5) -> None:
        if not 3 <= depth <= 5:
            raise UserError(f"encoder depth {depth}", "the squeezenet encoder has 3 to 5 stages", "use depth 5")
        super().__init__(depth - 1, padding=3, scale=SCALE)

    @property
    def out_channels(self) -> list[int]:
        """Channels of the features, the picture's first."""
        return [3, *self.widths]

    def forward(self, x: Tensor) -> list[Tensor]:
        ends = ("conv1", *(fires[-1][0] for fires in STAGES))
        return [x, *(features for name, features in self.layers(x) if name in ends)]

    def load_imagenet(self, file: Path) -> int:
        """Take over the decoded ImageNet weights of `file` (.npz) and return how many arrays were used.

        Only training calls this. Stage 5 (ours) keeps its random start. Raises UserError for a missing or odd file.
        """
        if not file.is_file():
            raise UserError(
                f"no encoder weights at {file}",
                "the squeezenet start was asked for",
                "give the .npz of the shared data folder, or --set encoder_start=none",
            )
        try:
            return self.load_published(file)
        except (ValueError, KeyError) as error:
            raise UserError(f"{file} cannot be used", str(error), "use the file of the shared data folder") from None


def load_pretrained(net: nn.Module, file: Path) -> None:
    """Start a network's encoder from pretrained weights (.npz): SqueezeNet's, or arrays named as the encoder's own.

    Layers that the file lacks keep their random start; arrays under `head.` are DeepLab's, of no use to other decoders.
    Only training calls this. Raises UserError for a missing file or one that does not fit.
    """
    encoder: nn.Module = net.encoder  # type: ignore[assignment]
    if isinstance(encoder, SqueezeNetEncoder):
        encoder.load_imagenet(file)
        return
    if not file.is_file():
        raise UserError(f"no encoder weights at {file}", fix="give an .npz file, or --set encoder_start=none")
    try:
        with np.load(file, allow_pickle=False) as arrays:
            read = {name: arrays[name] for name in arrays.files}
        own = encoder.state_dict()
        start = {
            name: torch.from_numpy(a.astype(np.float32)) for name, a in read.items() if not name.startswith("head.")
        }
        if odd := [name for name, value in start.items() if name not in own or own[name].shape != value.shape]:
            raise ValueError(f"{len(odd)} arrays do not fit, the first is {odd[0]}")
        encoder.load_state_dict({**own, **start})
        if isinstance(net, DeepLab) and len(start) < len(read):
            net.load_published(read)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{file} cannot be used", str(error), "give weights of the same encoder") from None
