"""PatchGAN on the condition plus the frame: is this what the canvas looks like after such a step?"""

import torch
from torch import Tensor, nn

from ..layers import PatchDiscriminator
from .conditioning import Condition
from .config import FramesConfig

CHANGE_GAIN = 4.0  # factor on the change of a step: most of it is small


class FrameDiscriminator(nn.Module):
    """Scores patches of (condition, next frame). Real and fake frames go through the same call, never shared.

    Beside the paper's condition it sees the field (a stroke where nobody requested one is not right however it looks)
    and what the step changed: left to find that by itself it stayed at chance for a thousand steps.
    """

    def __init__(self, config: FramesConfig, width: int = 24) -> None:
        super().__init__()
        self.net = PatchDiscriminator(config.condition_channels + 3 + 1 + 3, width, 2, "group")

    def forward(
        self, painting: Tensor, canvas: Tensor, frame: Tensor, labels: Tensor, edges: Tensor, condition: Condition
    ) -> list[Tensor]:
        """Pictures (B,3,H,W); returns the features of all layers, scores (B,1,h,w) last."""
        change = CHANGE_GAIN * (frame - canvas)
        inputs = [painting, canvas, frame, labels, edges, condition.degree_map, condition.field, change]
        return self.net(torch.cat(inputs, dim=1))
