"""The paper's discriminator: a PatchGAN on the condition plus the frame."""

import torch
from torch import Tensor, nn

from ...layers import PatchDiscriminator
from ..conditioning import Condition
from .config import PaperConfig


class PaperDiscriminator(nn.Module):
    """Scores patches of (condition, next frame). Real and fake frames go through the same call, never shared."""

    def __init__(self, config: PaperConfig, width: int = 64) -> None:
        super().__init__()
        self.net = PatchDiscriminator(config.condition_channels + 3, width, 3, "instance")

    def forward(
        self, painting: Tensor, canvas: Tensor, frame: Tensor, labels: Tensor, edges: Tensor, condition: Condition
    ) -> list[Tensor]:
        """Pictures (B,3,H,W); returns the features of all layers, scores (B,1,h,w) last."""
        return self.net(torch.cat([painting, canvas, frame, labels, edges, condition.degree_map], dim=1))
