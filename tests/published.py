"""Made-up weights in the formats of published ones, for tests of what reads them."""

from pathlib import Path

import numpy as np
import torch

from ppp.modules.squeezenet import PUBLISHED, SqueezeNet


def write_squeezenet(path: Path, seed: int = 0) -> dict[str, np.ndarray]:
    """Write SqueezeNet v1.0's arrays, up to fire9 and the classifier, to a .npz."""
    rng, arrays = np.random.default_rng(seed), {}
    theirs = {ours: name for name, ours in PUBLISHED.items()}
    for name, p in SqueezeNet(n_stages=3).named_parameters():
        layer, kind = name.rsplit(".", 1)
        if layer.startswith("stages"):
            _, _, fire, part = layer.split(".")
            layer = f"{fire}/{theirs[part]}"
        scale = 20.0 if kind == "bias" else 1 / np.sqrt(p[0].numel())
        arrays[f"{layer}.{kind}"] = rng.normal(0, scale, p.shape).astype(np.float32)
    arrays["conv_final.weight"] = np.zeros((10, 512, 1, 1), np.float32)
    np.savez(path, **arrays)
    return arrays


def write_vgg16(path: Path) -> torch.nn.Sequential:
    """Write the convolutions of torchvision's VGG16 -> the same as a network."""
    from torchvision.models import vgg16

    torch.manual_seed(0)
    with torch.device("meta"):
        layers = vgg16(weights=None).features
    layers.to_empty(device="cpu")
    for parameter in layers.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    torch.save({f"features.{name}": value for name, value in layers.state_dict().items()}, path)
    return layers
