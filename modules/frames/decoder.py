"""The default decoder: most work at a quarter of the size, then the heads (Figure 2, right)."""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..layers import ConvNormAct, ResBlock, keep_stored_names, spread
from .conditioning import Condition
from .config import FramesConfig
from .heads import FOLD, Features, MixtureHead, UpSampler
from .postprocess import dark_light_anchors
from .prediction import FramePrediction, Prepared

# Layer -> its name in files of weights.
STORED_NAMES = {
    "condition": "asked",
    "join_painting": "top.0",
    "top": "top.1",
    "join_z": "join",
    "join_local_z": "join_strokes",
    "bottleneck": "deep",
    "head.up_stroke": "up_stroke",
    "head.up_weight": "up_weight",
    "head.stroke": "stroke",
    "head.weight": "weight",
    "head.style_to_tint": "palette",
    "head.condition_to_mix": "asked_stroke",
    "head.condition_to_weight": "asked_weight",
}


class JoinPainting(ConvNormAct):
    """What a step sees beside what depends on the painting alone, whose half of the convolution is done before."""

    def of_painting(self, features: Tensor) -> Tensor:
        kernel: Tensor = self[0].weight  # type: ignore[assignment]
        return functional.conv2d(features, kernel[:, : features.shape[1]], padding=1)

    def forward(self, x: Tensor, painting: Tensor) -> Tensor:  # type: ignore[override]
        kernel: Tensor = self[0].weight  # type: ignore[assignment]
        convolved = functional.conv2d(x, kernel[:, -x.shape[1] :], padding=1)
        return self[2](self[1](convolved + painting))


class JoinLocalZ(nn.Conv2d):
    """The local z once more, unfolded to cells of 8 pixels: about a stroke, so that it can say which are laid."""

    def __init__(self, width: int, local: int) -> None:
        super().__init__(width + local // 4, width, 1)

    def forward(self, features: Tensor, local_z: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(torch.cat([features, functional.pixel_shuffle(local_z, 2)], dim=1))


class Decoder(nn.Module):
    """Condition and z to stroke and weight."""

    join_local_z_layer: ClassVar[type[nn.Module]] = JoinLocalZ
    upsampler: ClassVar[type[nn.Module]] = UpSampler

    def __init__(self, config: FramesConfig, head: type[nn.Module] = MixtureHead) -> None:
        super().__init__()
        self.config = config
        w, middle, bottom = config.width, config.width + 16, 2 * config.width
        folded = FOLD * FOLD
        # Once per painting.
        self.painting = nn.Conv2d((3 + 3 * config.n_states) * folded, w, 1)
        self.parts = nn.Conv2d(config.n_classes + 1, w, 1)
        # In every step: the canvas, what is left to do, and the condition (degree map, field, finish).
        self.canvas = nn.Conv2d(6 * folded, w, 1)
        self.condition = nn.Conv2d(config.granularity + 2 + config.n_states, w, 1)
        self.join_painting = JoinPainting(2 * w, w)
        self.top = ResBlock(w)
        self.middle = nn.Sequential(ConvNormAct(w, middle, stride=2), ResBlock(middle))
        self.bottom = ConvNormAct(middle, bottom, stride=2)
        self.join_z = nn.Conv2d(bottom + config.z_size, bottom, 1)
        self.join_local_z = self.join_local_z_layer(middle, config.local)
        self.bottleneck = nn.Sequential(*(ResBlock(bottom) for _ in range(config.blocks)))
        self.head = head(config, self.upsampler)
        keep_stored_names(self, STORED_NAMES)

    def prepare(self, painting: Tensor, labels: Tensor, edges: Tensor, states: Tensor) -> Prepared:
        """Painting (B,3,H,W), one-hot labels (B,K,H,W), edges (B,1,H,W), states (B,M,3,H,W)."""
        features = self.prepare_features(painting, labels, edges, states)
        return Prepared(features, states, dark_light_anchors(states[:, -1]))

    def prepare_features(self, painting: Tensor, labels: Tensor, edges: Tensor, states: Tensor) -> Tensor:
        """Compute the features of `prepare` (B,C,H/4,W/4)."""
        images = torch.cat([painting, states.flatten(1, 2)], dim=1)
        coarse = functional.avg_pool2d(torch.cat([labels, edges], dim=1), FOLD)
        return self.join_painting.of_painting(
            self.painting(functional.pixel_unshuffle(images, FOLD)) + self.parts(coarse)
        )

    def forward(self, prepared: Prepared, canvas: Tensor, condition: Condition, z: Tensor) -> FramePrediction:
        """Canvas (B,3,H,W), z (B,Z,H/16,W/16) or (B,Z,1,1)."""
        left = prepared.states[:, -1] - canvas
        images = functional.pixel_unshuffle(torch.cat([canvas, left], dim=1), FOLD)
        degrees, field, finish = condition.degree_map, condition.field, condition.finish
        request = functional.avg_pool2d(torch.cat([degrees, field, finish], dim=1), FOLD)
        top = self.top(self.join_painting(self.canvas(images) + self.condition(request), prepared.features))
        middle = self.middle(top)
        bottom = self.bottom(middle)
        z = spread(z, *bottom.shape[-2:])
        bottom = self.join_z(torch.cat([bottom, z], dim=1))
        middle = self.join_local_z(middle, z[:, self.config.style :])
        features = Features(self.bottleneck(bottom), middle, top)
        return self.head(features, torch.cat([field, finish], dim=1), z, prepared.states, prepared.anchors)
