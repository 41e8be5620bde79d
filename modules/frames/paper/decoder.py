"""The paper's decoder (Figure 2, right): full-size condition, four down-samplings, nine residual blocks, no skips."""

import torch
from torch import Tensor, nn

from ...layers import ConvNormAct, ResBlock, spread
from ..conditioning import Condition
from ..prediction import FramePrediction, Prepared
from .config import PaperConfig


class PaperDecoder(nn.Module):
    """Condition {x_T, x_t, labels, edges, degree map} and z to a free stroke and a weight."""

    def __init__(self, config: PaperConfig) -> None:
        super().__init__()
        w = config.width
        layers: list[nn.Module] = [ConvNormAct(config.condition_channels, w, 7, norm="instance")]
        for _ in range(4):
            layers.append(ConvNormAct(w, 2 * w, stride=2, norm="instance"))
            w *= 2
        self.down = nn.Sequential(*layers)
        self.join = nn.Conv2d(w + config.z_size, w, 1)
        self.blocks = nn.Sequential(*(ResBlock(w, "instance") for _ in range(config.blocks)))
        self.up_stroke, self.up_weight = _up(w, 3), _up(w, 1)

    def prepare(self, painting: Tensor, labels: Tensor, edges: Tensor, states: Tensor) -> Prepared:
        """Join what does not change; nothing can be computed ahead: the condition goes in as one tensor."""
        features = self.prepare_features(painting, labels, edges, states)
        return Prepared(features, states[:, :0], painting.new_zeros(len(painting), 2, 3))

    def prepare_features(self, painting: Tensor, labels: Tensor, edges: Tensor, states: Tensor) -> Tensor:
        return torch.cat([painting, labels, edges], dim=1)

    def forward(self, prepared: Prepared, canvas: Tensor, condition: Condition, z: Tensor) -> FramePrediction:
        """As `Decoder.forward`; the paper has no field and no finish."""
        x = self.down(torch.cat([prepared.features, canvas, condition.degree_map], dim=1))
        x = self.blocks(self.join(torch.cat([x, spread(z, *x.shape[-2:])], dim=1)))
        weight = self.up_weight(x)
        return FramePrediction(None, torch.sigmoid(self.up_stroke(x)), torch.sigmoid(weight), weight_logits=weight)


def _up(width: int, out: int) -> nn.Sequential:
    """Make an up-sampler from 1/16 to full size with `out` channels."""
    layers: list[nn.Module] = []
    for _ in range(4):
        layers += [nn.Upsample(scale_factor=2, mode="nearest"), ConvNormAct(width, width // 2, norm="instance")]
        width //= 2
    return nn.Sequential(*layers, nn.Conv2d(width, out, 7, 1, 3))
