"""The encoder of the CVAE: from what a step did to the z that explains it (Figure 2, left). Training only."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..layers import ConvNormAct, ResBlock
from .config import FramesConfig


class Encoder(nn.Module):
    """{|x_{t+1}-x_t|, x_T, x_t, x_{t+1}, labels, edges, degree map} -> mu, logvar.

    The first `style` channels are the same everywhere (the artist), the others vary by 16-pixel patches (the strokes).
    """

    def __init__(self, config: FramesConfig) -> None:
        super().__init__()
        self.style, w = config.style, config.width
        coarse = config.n_classes + 1 + config.granularity + 1
        self.fine = nn.Conv2d(12 * 16, w, 1)
        self.coarse = nn.Conv2d(coarse, w, 1)
        self.body = nn.Sequential(
            ConvNormAct(w, w), ConvNormAct(w, w + 16, stride=2), ConvNormAct(w + 16, 2 * w, stride=2), ResBlock(2 * w)
        )
        self.head = nn.Conv2d(2 * w, 2 * config.z_size, 1)

    def forward(
        self, painting: Tensor, before: Tensor, after: Tensor, labels: Tensor, edges: Tensor, degree_map: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Encode a step.

        Pictures (B,3,H,W) in [0,1]; labels (B,K,H,W), edges (B,1,H,W), degree map (B,G+1,H,W).

        Returns mu and logvar, (B,Z,H/16,W/16) each.
        """
        images = torch.cat([(after - before).abs() * 4, painting, before, after], dim=1)
        coarse = functional.avg_pool2d(torch.cat([labels, edges, degree_map], dim=1), 4)
        x = self.body(self.fine(functional.pixel_unshuffle(images, 4)) + self.coarse(coarse))
        mu, logvar = self.head(x).chunk(2, dim=1)
        return self._level(mu), self._level(logvar).clamp(-8, 8)

    def _level(self, x: Tensor) -> Tensor:
        style = x[:, : self.style].mean(dim=(2, 3), keepdim=True).expand(-1, -1, *x.shape[-2:])
        return torch.cat([style, x[:, self.style :]], dim=1)
