"""The paper's encoder (Figure 2, left)."""

import torch
from torch import Tensor, nn

from ...layers import ConvNormAct
from .config import PaperConfig


class PaperEncoder(nn.Module):
    """{|x_{t+1}-x_t|, x_T, x_t, x_{t+1}, labels, edges, degree map} at full size -> mu, logvar of one vector."""

    def __init__(self, config: PaperConfig) -> None:
        super().__init__()
        w = config.width
        layers: list[nn.Module] = [ConvNormAct(config.condition_channels + 6, w, 7, norm="instance")]
        for _ in range(4):
            layers.append(ConvNormAct(w, 2 * w, stride=2, norm="instance"))
            w *= 2
        self.body = nn.Sequential(*layers)
        self.mu, self.logvar = nn.Linear(w, config.z_size), nn.Linear(w, config.z_size)

    def forward(
        self, painting: Tensor, before: Tensor, after: Tensor, labels: Tensor, edges: Tensor, degree_map: Tensor
    ) -> tuple[Tensor, Tensor]:
        """As `Encoder.forward`, but mu and logvar are (B,Z,1,1)."""
        x = torch.cat([(after - before).abs(), painting, before, after, labels, edges, degree_map], dim=1)
        x = self.body(x).mean(dim=(2, 3))
        return self.mu(x)[:, :, None, None], self.logvar(x)[:, :, None, None]
