"""z of the CVAE: `style` channels that hold for a whole process, `local` ones for each patch of 16 x 16 pixels."""

import torch
from torch import Tensor

from .config import FramesConfig
from .patches import PATCH


class Latent:
    """z ~ N(0,1), spatial: (B,Z,H/16,W/16) with a style that is the same everywhere."""

    def __init__(self, config: FramesConfig) -> None:
        self.config = config

    def draw(self, height: int, width: int, style: torch.Generator, local: torch.Generator) -> Tensor:
        """Draw z for one picture at inference, (1,Z,H/16,W/16), its local part times the config's `temperature`."""
        h, w = height // PATCH, width // PATCH
        z = torch.randn(1, self.config.style, 1, 1, generator=style)
        strokes = self.config.temperature * torch.randn(1, self.config.local, h, w, generator=local)
        return torch.cat([z.expand(-1, -1, h, w), strokes], dim=1)

    def sample(self, canvas: Tensor) -> Tensor:
        """Draw z in training for canvases (B,3,H,W), from torch's global generator."""
        height, width = canvas.shape[-2] // PATCH, canvas.shape[-1] // PATCH
        z = torch.randn(len(canvas), self.config.z_size, height, width, device=canvas.device)
        z[:, : self.config.style] = z[:, : self.config.style, :1, :1]
        return z


class NoLatent(Latent):
    """The ablation without latent: z = 0."""

    def draw(self, height: int, width: int, style: torch.Generator, local: torch.Generator) -> Tensor:
        return torch.zeros(1, self.config.z_size, 1, 1)

    def sample(self, canvas: Tensor) -> Tensor:
        return torch.zeros(len(canvas), self.config.z_size, 1, 1, device=canvas.device)
