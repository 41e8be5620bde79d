"""Perceptual loss: pictures compared in the features of a frozen network (Equation 3, second term).

Two networks: torchvision's VGG16 (the paper's) and SqueezeNet v1.0 from the shared data folder, for places where
VGG16's weights cannot be had. Neither is downloaded by this package; which one was used is always stated by its `kind`.
"""

import os
from collections.abc import Callable
from pathlib import Path
from pickle import UnpicklingError
from zipfile import BadZipFile

import torch
from torch import Tensor, nn

from .io.errors import UserError, choices
from .squeezenet import SqueezeNet

SQUEEZENET_FILE = "squeezenet_v1.0_decoded.npz"
VGG16_FILE = "vgg16-397923af.pth"
# numpy, zipfile and torch raise many kinds for a damaged file; all of them mean the same to the user.
_DAMAGED = (OSError, EOFError, ValueError, KeyError, AttributeError, RuntimeError, BadZipFile, UnpicklingError)
_SMALLEST = 32  # SqueezeNet's first layer and two poolings leave nothing of smaller pictures


def shared_data() -> Path:
    """Locate the shared data folder: $PPP_DATA, or `../shared/data` beside the checkout."""
    return Path(os.environ.get("PPP_DATA") or Path(__file__).resolve().parents[1] / ".." / "shared" / "data")


class _SqueezeNetFeatures(SqueezeNet):
    """SqueezeNet's features after conv1, fire3, fire5, fire7 and fire8 (before any later pooling)."""

    taps = ("conv1", "fire3", "fire5", "fire7", "fire8")

    def __init__(self, weights: Path) -> None:
        super().__init__(n_stages=2)
        self.load_published(weights)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        return [features for name, features in self.layers(pictures) if name in self.taps]


class _VGG16Features(nn.Module):
    """torchvision's VGG16 features after relu1_2, 2_2, 3_3 and 4_3 (Johnson et al. 2016), ImageNet's statistics."""

    taps = (3, 8, 15, 22)
    mean: Tensor
    std: Tensor

    def __init__(self, weights: Path) -> None:
        super().__init__()
        from torchvision.models import vgg16

        state = torch.load(weights, map_location="cpu", weights_only=True)
        whole = vgg16(weights=None).features
        whole.load_state_dict({k[len("features.") :]: v for k, v in state.items() if k.startswith("features.")})
        # In-place ReLU would overwrite the features that are kept.
        self.layers = nn.ModuleList(nn.ReLU() if isinstance(m, nn.ReLU) else m for m in whole[: self.taps[-1] + 1])
        for name, values in (("mean", (0.485, 0.456, 0.406)), ("std", (0.229, 0.224, 0.225))):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        x, features = (pictures - self.mean) / self.std, []
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i in self.taps:
                features.append(x)
        return features


# kind -> (network, where its weights are looked for, how to get them)
_BACKBONES: dict[str, tuple[Callable[[Path], nn.Module], Callable[[], Path], str]] = {
    "squeezenet": (
        _SqueezeNetFeatures,
        lambda: shared_data() / "teachers" / SQUEEZENET_FILE,
        f"set PPP_DATA to the shared data folder (it holds teachers/{SQUEEZENET_FILE}, decoded from "
        "https://github.com/songhan/SqueezeNet-Deep-Compression), or use --perceptual none",
    ),
    "vgg16": (
        _VGG16Features,
        lambda: Path(torch.hub.get_dir()) / "checkpoints" / VGG16_FILE,
        f"download https://download.pytorch.org/models/{VGG16_FILE} to that path, or use --perceptual squeezenet|none",
    ),
}


def _load_backbone(kind: str, weights: Path | str | None) -> nn.Module:
    if kind not in _BACKBONES:
        raise UserError(f"there is no perceptual loss '{kind}'", "", choices(kind, [*sorted(_BACKBONES), "none"]))
    network, usual, fix = _BACKBONES[kind]
    path = usual() if weights is None else Path(weights)
    if not path.is_file():
        raise UserError(f"the perceptual loss '{kind}' has no weights", f"{path} does not exist", fix)
    try:
        return network(path).requires_grad_(False).eval()
    except _DAMAGED as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"the weights of the perceptual loss '{kind}' are damaged", f"{path}: {first}", fix) from None


class PerceptualLoss(nn.Module):
    """Perceptual loss: distance of pictures in the features of a frozen network, `PerceptualLoss("squeezenet")(a, b)`.

    forward(prediction, target): (B, 3, H, W) RGB in [0, 1], sides of 32 px or more -> scalar (or (B,) with
    `per_sample=True`); 0 for equal pictures. Features are divided per channel by the target's root mean square over
    the picture (plus a tenth of the layer's, so that dead channels do not shout) before their L1 distance is taken,
    and layers count alike: SqueezeNet's activations differ by a factor of five between layers.
    Gradients flow to the prediction only; the network itself is never trained: hold it in the task, not in
    the module that is saved.

    Raises UserError: an unknown kind, or missing or damaged weights; it says where to get them.
    """

    def __init__(self, kind: str, weights: Path | str | None = None) -> None:
        super().__init__()
        self.kind = kind
        self.backbone = _load_backbone(kind, weights)

    def train(self, mode: bool = True) -> "PerceptualLoss":
        """Stay in evaluation mode: the network measures and is not trained."""
        return super().train(False)

    def features(self, pictures: Tensor) -> list[Tensor]:
        """Return the raw features of each layer for pictures (B, 3, H, W) in [0, 1]."""
        if pictures.dim() != 4 or pictures.shape[1] != 3 or min(pictures.shape[-2:]) < _SMALLEST:
            raise ValueError(
                f"Perceptual wants (B, 3, H, W) with sides of {_SMALLEST} px or more, got {tuple(pictures.shape)}"
            )
        return self.backbone(pictures)

    def forward(self, prediction: Tensor, target: Tensor, per_sample: bool = False) -> Tensor:
        with torch.no_grad():
            true_features = self.features(target)
        distance = prediction.new_zeros(prediction.shape[0])
        for features, true in zip(self.features(prediction), true_features, strict=True):
            scale = true.square().mean((2, 3), keepdim=True).sqrt()
            scale = scale + 0.1 * true.square().mean((1, 2, 3), keepdim=True).sqrt() + 1e-6
            distance = distance + ((features - true).abs() / scale).mean((1, 2, 3))
        distance = distance / len(true_features)
        return distance if per_sample else distance.mean()
