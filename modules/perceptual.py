"""Perceptual distance: pictures compared in the features of a frozen network (equation 3's second term).

Two networks: torchvision's VGG16 (the paper's) and SqueezeNet v1.0 from the shared data folder, for places where
VGG16's weights cannot be had. Neither is downloaded by this package; which one was used is always stated by its `kind`.
"""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .io.errors import UserError

__all__ = ["Perceptual", "shared_data"]

SQUEEZENET_FILE = "squeezenet_v1.0_decoded.npz"
VGG16_FILE = "vgg16-397923af.pth"
# numpy, zipfile and torch raise many kinds for a damaged file; all of them mean the same to the user.
_DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    AttributeError,
    RuntimeError,
    zipfile.BadZipFile,
    pickle.UnpicklingError,
)
# SqueezeNet's first layer and two poolings leave nothing of smaller pictures.
_SMALLEST = 32


def shared_data() -> Path:
    """The shared data folder: $PPP_DATA, or `../shared/data` beside the checkout."""
    return Path(os.environ.get("PPP_DATA") or Path(__file__).resolve().parents[1] / ".." / "shared" / "data")


class _SqueezeNet(nn.Module):
    """SqueezeNet v1.0 up to fire8, features after conv1, fire3, fire5, fire7 and fire8 (before any later pooling).

    Weights: songhan/SqueezeNet-Deep-Compression decoded to float32 (BSD); layout in the shared data folder's README.
    """

    taps = ("conv1", "fire3", "fire5", "fire7", "fire8")

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        super().__init__()
        for name, array in arrays.items():
            self.register_buffer(
                name.replace("/", "_").replace(".", "_"),
                torch.from_numpy(array),
                persistent=False,
            )
        # Caffe's order and range: BGR, 0 to 255, minus the ImageNet mean.
        self.register_buffer(
            "mean",
            torch.tensor([104.0, 117.0, 123.0]).view(1, 3, 1, 1),
            persistent=False,
        )

    def _conv(self, x: Tensor, name: str, stride: int = 1, padding: int = 0) -> Tensor:
        weight, bias = (
            self.get_buffer(f"{name}_weight"),
            self.get_buffer(f"{name}_bias"),
        )
        return F.relu(F.conv2d(x, weight, bias, stride=stride, padding=padding))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        x = self._conv(pictures.flip(1) * 255.0 - self.get_buffer("mean"), "conv1", stride=2)
        found = [x]
        for n in range(2, 9):
            if n in (2, 5):
                x = F.max_pool2d(x, 3, 2, ceil_mode=True)
            squeezed = self._conv(x, f"fire{n}_conv1x1_1")
            x = torch.cat(
                [
                    self._conv(squeezed, f"fire{n}_conv1x1_2"),
                    self._conv(squeezed, f"fire{n}_conv3x3_2", padding=1),
                ],
                dim=1,
            )
            if f"fire{n}" in self.taps:
                found.append(x)
        return found


class _VGG16(nn.Module):
    """torchvision's VGG16 features after relu1_2, 2_2, 3_3 and 4_3 (Johnson et al. 2016), ImageNet's statistics."""

    ends = (3, 8, 15, 22)

    def __init__(self, state: dict[str, Tensor]) -> None:
        super().__init__()
        from torchvision.models import vgg16

        whole = vgg16(weights=None).features
        whole.load_state_dict({k[len("features.") :]: v for k, v in state.items() if k.startswith("features.")})
        # In-place ReLU would overwrite the features that are kept.
        self.layers = nn.ModuleList(nn.ReLU() if isinstance(m, nn.ReLU) else m for m in whole[: self.ends[-1] + 1])
        self.register_buffer(
            "mean",
            torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1),
            persistent=False,
        )
        self.register_buffer(
            "std",
            torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1),
            persistent=False,
        )

    def forward(self, pictures: Tensor) -> list[Tensor]:
        x, found = (pictures - self.get_buffer("mean")) / self.get_buffer("std"), []
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i in self.ends:
                found.append(x)
        return found


def _load_squeezenet(weights: Path | None) -> nn.Module:
    path = weights or shared_data() / "teachers" / SQUEEZENET_FILE
    fix = (
        f"set PPP_DATA to the shared data folder (it holds teachers/{SQUEEZENET_FILE}, decoded from "
        "https://github.com/songhan/SqueezeNet-Deep-Compression), or use --perceptual none"
    )
    if not path.is_file():
        raise UserError(
            "the perceptual loss 'squeezenet' has no weights",
            f"{path} does not exist",
            fix,
        )
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _SqueezeNet({name: arrays[name] for name in arrays.files if name.startswith(("conv1.", "fire"))})
    except _DAMAGED as error:
        raise UserError(
            "the weights of the perceptual loss 'squeezenet' are damaged",
            f"{path}: {error}",
            fix,
        ) from None


def _load_vgg16(weights: Path | None) -> nn.Module:
    path = weights or Path(torch.hub.get_dir()) / "checkpoints" / VGG16_FILE
    fix = f"download https://download.pytorch.org/models/{VGG16_FILE} to that path, or use --perceptual squeezenet|none"
    if not path.is_file():
        raise UserError("the perceptual loss 'vgg16' has no weights", f"{path} does not exist", fix)
    try:
        return _VGG16(torch.load(path, map_location="cpu", weights_only=True))
    except _DAMAGED as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(
            "the weights of the perceptual loss 'vgg16' are damaged",
            f"{path}: {first}",
            fix,
        ) from None


_BACKBONES = {"squeezenet": _load_squeezenet, "vgg16": _load_vgg16}


class Perceptual(nn.Module):
    """Distance of two pictures in the features of a frozen network: `Perceptual("squeezenet")(a, b)`.

    forward(prediction, target): (B, 3, H, W) RGB in [0, 1], sides of 32 px or more -> scalar (or (B,) with
    `per_sample=True`); 0 for equal pictures. Features are divided per channel by the target's root mean square over
    the picture (plus a tenth of the layer's, so that dead channels do not shout) before their L1 distance is taken,
    and layers count alike: SqueezeNet's activations differ by a factor of five between layers.
    Gradients flow to the prediction only; the network itself is never trained: hold it in the task, not in
    the module that is saved.
    Raises UserError for an unknown kind and for missing or damaged weights, saying where to get them.
    """

    def __init__(self, kind: str, weights: Path | str | None = None) -> None:
        super().__init__()
        if kind not in _BACKBONES:
            raise UserError(
                f"there is no perceptual loss '{kind}'",
                "",
                f"use one of: {', '.join(sorted(_BACKBONES))}, none",
            )
        self.kind = kind
        self.backbone = _BACKBONES[kind](Path(weights) if weights is not None else None).requires_grad_(False).eval()

    def train(self, mode: bool = True) -> Perceptual:
        """Stays in evaluation mode: the network is a ruler."""
        return super().train(False)

    def features(self, pictures: Tensor) -> list[Tensor]:
        """Raw features per layer, pictures (B, 3, H, W) in [0, 1]."""
        if pictures.dim() != 4 or pictures.shape[1] != 3 or min(pictures.shape[-2:]) < _SMALLEST:
            raise ValueError(
                f"Perceptual wants (B, 3, H, W) with sides of {_SMALLEST} px or more, got {tuple(pictures.shape)}"
            )
        found: list[Tensor] = self.backbone(pictures)
        return found

    def forward(self, prediction: Tensor, target: Tensor, per_sample: bool = False) -> Tensor:
        with torch.no_grad():
            aims = self.features(target)
        distance = prediction.new_zeros(prediction.shape[0])
        for found, aim in zip(self.features(prediction), aims, strict=True):
            scale = aim.square().mean((2, 3), keepdim=True).sqrt()
            scale = scale + 0.1 * aim.square().mean((1, 2, 3), keepdim=True).sqrt() + 1e-6
            distance = distance + ((found - aim).abs() / scale).mean((1, 2, 3))
        distance = distance / len(aims)
        return distance if per_sample else distance.mean()
