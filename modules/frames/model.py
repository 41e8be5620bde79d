"""The frames stage: painting, canvas, labels, degrees and z to the next canvas."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from ..io.pretrained import PretrainedModel
from .config import FramesConfig
from .decoder import Decoder
from .encoder import Encoder, PaperEncoder
from .paper import PaperDecoder
from .prediction import FramePrediction, Prepared, next_frame

__all__ = ["FramesModel"]


class FramesModel(PretrainedModel):
    """Encoder and decoder of the degree-conditioned CVAE-GAN (the discriminator lives in training only)."""

    stage: ClassVar[str] = "frames"
    Config: ClassVar[type] = FramesConfig

    def __init__(self, config: FramesConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or FramesConfig()
        paper = config.variant == "paper"
        self.encoder: nn.Module | None = None
        if config.latent:
            self.encoder = PaperEncoder(config) if paper else Encoder(config)
        self.decoder: PaperDecoder | Decoder = PaperDecoder(config) if paper else Decoder(config)

    def prepare(self, painting: Tensor, labels: Tensor, edges: Tensor, states: Tensor) -> Prepared:
        """What depends on the painting alone; painting (B,3,H,W) in [0,1], labels (B,K,H,W) one-hot (zeros for
        unnamed parts), edges (B,1,H,W), states (B,M,3,H,W) of `finish.finish_states`; H and W multiples of 16."""
        return self.decoder.prepare(painting, labels, edges, states)

    def predict(
        self, prepared: Prepared, canvas: Tensor, degree_map: Tensor, field: Tensor, finish: Tensor, z: Tensor
    ) -> FramePrediction:
        """One step; canvas (B,3,H,W), degree map (B,G+1,H,W), field (B,1,H,W), finish (B,M,H,W), z of `draw_z`."""
        prediction: FramePrediction = self.decoder(prepared, canvas, degree_map, field, finish, z)
        return prediction

    def draw_z(self, height: int, width: int, style: torch.Generator, local: torch.Generator) -> Tensor:
        """z for one picture of H x W: (1,Z,H/16,W/16), or (1,Z,1,1) in the paper variant.

        N(0,1), the local part times the config's `temperature`; 0 for a model without latent. `style` draws what holds
        for the whole process (seed it alike for every frame), `local` the rest.
        """
        if not self.config.latent:
            return torch.zeros(1, self.config.z_size, 1, 1)
        z = torch.randn(1, self.config.style, 1, 1, generator=style)
        if not self.config.local:
            return z
        h, w = height // 16, width // 16
        strokes = self.config.temperature * torch.randn(1, self.config.local, h, w, generator=local)
        return torch.cat([z.expand(-1, -1, h, w), strokes], dim=1)

    def encode(
        self, painting: Tensor, before: Tensor, after: Tensor, labels: Tensor, edges: Tensor, degree_map: Tensor
    ) -> tuple[Tensor, Tensor]:
        """mu and logvar of the z that explains the step `before -> after` (training only, of a model with latent):
        (B,Z,H/16,W/16) each, of the paper (B,Z,1,1). Pictures (B,3,H,W) in [0,1]; the rest as in `Encoder`."""
        assert self.encoder is not None
        found: tuple[Tensor, Tensor] = self.encoder(painting, before, after, labels, edges, degree_map)
        return found

    def forward(
        self, prepared: Prepared, canvas: Tensor, degree_map: Tensor, field: Tensor, finish: Tensor, z: Tensor
    ) -> Tensor:
        """The next canvas (B,3,H,W) in [0,1]."""
        return next_frame(self.predict(prepared, canvas, degree_map, field, finish, z), prepared.states, canvas)
