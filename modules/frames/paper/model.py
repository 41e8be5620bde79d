"""The paper's model: encoder and decoder of Figure 2."""

import torch
from torch import Tensor

from ..latent import Latent
from ..model import FramesModel
from .config import PaperConfig
from .decoder import PaperDecoder
from .encoder import PaperEncoder


class VectorLatent(Latent):
    """z ~ N(0,1), one vector for the whole picture: (B,Z,1,1)."""

    def draw(self, height: int, width: int, style: torch.Generator, local: torch.Generator) -> Tensor:
        """Draw z for one picture at inference."""
        return torch.randn(1, self.config.z_size, 1, 1, generator=style)

    def sample(self, canvas: Tensor) -> Tensor:
        """Draw z in training, from torch's global generator."""
        return torch.randn(len(canvas), self.config.z_size, 1, 1, device=canvas.device)


class PaperFramesModel(FramesModel):
    """Encoder and decoder at full size."""

    Config = PaperConfig
    latent_class = VectorLatent
    encoder_class = PaperEncoder
    make_decoder = staticmethod(PaperDecoder)
