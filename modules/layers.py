"""Layers that more than one stage uses."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

LEAK = 0.2


def normalisation(kind: str, channels: int) -> nn.Module:
    """Make a normalisation layer: `instance`, `group` (8 channels a group) or `none`."""
    if kind == "instance":
        return nn.InstanceNorm2d(channels, affine=True)
    if kind == "group":
        return nn.GroupNorm(max(1, channels // 8), channels)
    if kind == "none":
        return nn.Identity()
    raise ValueError(f"unknown normalisation {kind!r}, use instance, group or none")


class ConvNormAct(nn.Sequential):
    """Convolution, normalisation, leaky ReLU: (B,in,H,W) -> (B,out,H/stride,W/stride)."""

    def __init__(self, in_ch: int, out_ch: int, kernel: int = 3, stride: int = 1, norm: str = "group") -> None:
        super().__init__(
            nn.Conv2d(in_ch, out_ch, kernel, stride, kernel // 2, bias=norm == "none"),
            normalisation(norm, out_ch),
            nn.LeakyReLU(LEAK, inplace=True),
        )


class ResBlock(nn.Module):
    """Two convolutions beside a shortcut: (B,C,H,W) -> the same shape."""

    def __init__(self, channels: int, norm: str = "group") -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=norm == "none"),
            normalisation(norm, channels),
            nn.LeakyReLU(LEAK, inplace=True),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=norm == "none"),
            normalisation(norm, channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class PatchDiscriminator(nn.Module):
    """PatchGAN: scores overlapping patches of an image (B,in,H,W).

    `forward` returns the features of every layer, the scores (B,1,h,w) last. The scores are not
    normalised: the paper's code had an InstanceNorm after its last layer, which removes their mean.
    """

    def __init__(self, in_ch: int, width: int = 64, n_layers: int = 3, norm: str = "instance") -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Sequential(nn.Conv2d(in_ch, width, 4, 2, 1), nn.LeakyReLU(LEAK, inplace=True))]
        channels = width
        for index in range(1, n_layers + 1):
            wider = min(channels * 2, width * 8)
            stride = 2 if index < n_layers else 1
            layers.append(
                nn.Sequential(
                    nn.Conv2d(channels, wider, 4, stride, 1, bias=norm == "none"),
                    normalisation(norm, wider),
                    nn.LeakyReLU(LEAK, inplace=True),
                )
            )
            channels = wider
        layers.append(nn.Conv2d(channels, 1, 4, 1, 1))
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> list[Tensor]:
        features = []
        for layer in self.layers:
            x = layer(x)
            features.append(x)
        return features


class MultiScaleDiscriminator(nn.Module):
    """PatchGANs on the image and on halved copies of it (pix2pixHD); returns one list of features per scale."""

    def __init__(self, in_ch: int, width: int = 64) -> None:
        super().__init__()
        self.scales = nn.ModuleList(PatchDiscriminator(in_ch, width) for _ in range(2))
        self.halve = nn.AvgPool2d(3, 2, 1, count_include_pad=False)

    def forward(self, x: Tensor) -> list[list[Tensor]]:
        results = []
        for index, scale in enumerate(self.scales):
            x = self.halve(x) if index else x
            results.append(scale(x))
        return results


def pad_to_multiple(x: Tensor, multiple: int) -> Tensor:
    """Pad (B,C,H,W) at the right and bottom to a multiple by repeating the border."""
    bottom, right = -x.shape[-2] % multiple, -x.shape[-1] % multiple
    if not bottom and not right:
        return x
    return nn.functional.pad(x, (0, right, 0, bottom), mode="replicate")


def spread(z: Tensor, height: int, width: int) -> Tensor:
    """Expand a vector per sample (B,C) to a map (B,C,height,width); maps of that size pass."""
    if z.dim() == 2:
        z = z[:, :, None, None]
    return z.expand(-1, -1, height, width) if z.shape[-2:] == (1, 1) else z


def channel_softmax(x: Tensor) -> Tensor:
    """Softmax over the channels of (B,C,H,W), written out: ONNX Runtime takes eight times as long for its own."""
    raised = (x - x.amax(dim=1, keepdim=True)).exp()
    return raised / raised.sum(dim=1, keepdim=True)


def reparameterise(mu: Tensor, logvar: Tensor) -> Tensor:
    """Sample N(mu, exp(logvar)) by the reparameterisation trick, from torch's global generator."""
    return mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)


def keep_stored_names(module: nn.Module, stored: Mapping[str, str]) -> None:
    """Read and write a module's state under the names that its layers have in files of weights.

    stored: {path of a layer in the module: its path in files}; other layers have one name.
    """
    read = {there: here for here, there in stored.items()}
    # Partials of module-level functions: loading processes get the module pickled.
    module._register_state_dict_hook(partial(_rename_written, stored))
    module._register_load_state_dict_pre_hook(partial(_rename_layers, read))


def _rename_written(names: Mapping[str, str], _: nn.Module, state: dict[str, Any], prefix: str, *more: Any) -> None:
    _rename_layers(names, state, prefix)


def _rename_layers(names: Mapping[str, str], state: dict[str, Any], prefix: str, *_: Any) -> None:
    for key in [key for key in state if key.startswith(prefix)]:  # all anew, so that their order stays
        layer = next((name for name in names if key.startswith(f"{prefix}{name}.")), None)
        new = key if layer is None else f"{prefix}{names[layer]}{key[len(prefix) + len(layer) :]}"
        state[new] = state.pop(key)
