"""PatchGAN on the condition plus the frame: is this what the canvas looks like after such a step?"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..layers import PatchDiscriminator
from .config import FramesConfig

CLOSER = 4.0  # factor on the change of a step: most of it is small


class FrameDiscriminator(nn.Module):
    """Scores patches of (condition, next frame). Real and fake frames go through the same call, never shared."""

    def __init__(self, config: FramesConfig, width: int | None = None) -> None:
        super().__init__()
        paper = config.variant == "paper"
        # The default also sees the field (a stroke where nobody asked for one is not right however it looks) and what
        # the step changed: left to find that by itself it stayed at chance for a thousand steps.
        channels = config.condition_channels + 3 + (0 if paper else 1 + 3)
        self.more = not paper
        width = width or (64 if paper else 24)
        self.net = PatchDiscriminator(channels, width, 3 if paper else 2, "instance" if paper else "group")

    def forward(
        self, painting: Tensor, canvas: Tensor, frame: Tensor, labels: Tensor, edges: Tensor, degree_map: Tensor,
        field: Tensor,
    ) -> list[Tensor]:  # fmt: skip
        """Pictures (B,3,H,W); returns the features of all layers, scores (B,1,h,w) last."""
        parts = [painting, canvas, frame, labels, edges, degree_map]
        if self.more:
            parts += [field, CLOSER * (frame - canvas)]
        return self.net(torch.cat(parts, dim=1))
