"""The segmentation network: a U-Net or DeepLab with a small encoder.

`SegmentModel` runs without `segmentation_models_pytorch`; train.py's `SmpSegmentModel` is the same of smp's parts.
"""

import copy
import math
from dataclasses import replace
from typing import Self

import torch
from torch import Tensor, nn

from ..io.config_json import config_from_json, config_to_json
from ..io.errors import UserError
from ..io.pretrained import PretrainedModel
from ..things import SCENE_CLASSES
from . import encoder as squeezenet
from .config import SegmentConfig
from .deeplab import DeepLab
from .unet import Unet


class SegmentModel(PretrainedModel):
    """Painting (B,3,H,W) float32 RGB in [0,1] -> class scores (B,K,H,W); inference.py takes paintings of any size.

    With `config.scenes` one plane more: how near everything is, before the sigmoid. With `config.portrait` a second
    network, `portrait`, beside it (an ensemble of experts): this one then only learns and tells scenes.
    """

    stage = "segment"
    Config = SegmentConfig

    def __init__(self, config: SegmentConfig | None = None) -> None:
        super().__init__()
        self.config = config or SegmentConfig()
        self.label_set = self.config.label_set
        self.portrait: SegmentModel | None = None
        if self.config.portrait is not None:
            own = config_from_json(SegmentConfig, self.config.portrait)
            self.portrait = SegmentModel(own).requires_grad_(False)
        self.net = self._make_network()

    def _make_network(self) -> nn.Module:
        """Make the network without smp where it has a twin here: what runs need not import it."""
        config = self.config
        if config.decoder == "deeplab":
            return DeepLab()
        if config.encoder == squeezenet.NAME:
            encoder = squeezenet.SqueezeNetEncoder(len(config.decoder_channels))
            return Unet(encoder, config.decoder_channels, len(config.classes) + config.scenes)
        from .smp_networks import smp_network

        return smp_network(config)

    def forward(self, painting: Tensor) -> Tensor:
        """Scores (B,K,H,W) before softmax. H and W must be multiples of `config.multiple`."""
        # The squeezenet converts by itself; other encoders learned from pictures in [-1,1].
        return self.net(painting if self.config.encoder == squeezenet.NAME else painting * 2 - 1)

    @property
    def encoder(self) -> nn.Module:
        """The network's down-sampling half."""
        encoder: nn.Module = self.net.encoder  # type: ignore[assignment]
        return encoder

    def averaged_with(self, other: "SegmentModel", share: float) -> Self:
        """Return a model with the mean of both's weights for scenes, `share` of it the other's.

        Between a network as it was pretrained and the same one trained on little, there are some better than either
        (WiSE-FT, Wortsman et al. 2022, arXiv 2109.01903). Raises UserError: they are not of one kind.
        """
        own, others = self.net.state_dict(), other.net.state_dict()
        if {name: value.shape for name, value in own.items()} != {name: value.shape for name, value in others.items()}:
            why = "their encoders, decoders or classes differ"
            raise UserError("segment: two models cannot be averaged", why, "give one that this one started from")
        mean = copy.deepcopy(self)
        mean.net.load_state_dict({
            name: torch.lerp(value, others[name].to(value), share) if value.is_floating_point() else value
            for name, value in own.items()
        })  # fmt: skip
        return mean

    def with_portrait(self, portrait: "SegmentModel") -> Self:
        """Return a model of scenes, of these weights, beside which `portrait` finds the parts of portraits.

        Of a model that has such a network beside it already, that network is taken.

        Raises UserError: `portrait` takes paintings of another size, has other classes, or sees scenes itself.
        """
        portrait = portrait.portrait or portrait
        own, other = self.config, portrait.config
        alike = (own.size, own.multiple, own.label_set) == (other.size, other.multiple, other.label_set)
        if not alike or other.scenes:
            raise UserError(
                "The segment model for portraits cannot be used.",
                "It sees scenes itself." if other.scenes else "Its size, multiple or classes differ.",
                f"Give one of portraits only, made with run_size={own.size}.",
            )
        both = type(self)(replace(own, portrait=config_to_json(other)))
        both.net.load_state_dict(self.net.state_dict())
        assert both.portrait is not None
        both.portrait.load_state_dict(portrait.state_dict())
        return both

    def with_scenes(self) -> Self:
        """Return a model of scenes that starts as this portrait model: the same parts, every scene class as likely.

        Transfer learning: all layers are kept, the last one gets planes for the scene classes and the depth.
        """
        wider = type(self)(replace(self.config, scenes=True))
        own, new = self.net.state_dict(), wider.net.state_dict()
        source = [self.label_set.index("background" if n in SCENE_CLASSES else n) for n in wider.config.classes]
        for name, value in own.items():
            if value.shape == new[name].shape:
                new[name] = value
            else:  # of the last layer: rows by class, the depth starts from nothing
                rows = value[source]
                if value.ndim == 1:  # shared out, so that the scene classes together are as likely as the background
                    scenic = torch.tensor([n in SCENE_CLASSES for n in wider.config.classes])
                    rows = rows - scenic * math.log(len(SCENE_CLASSES))
                new[name] = torch.cat([rows, torch.zeros_like(rows[:1])])
        wider.net.load_state_dict(new)
        return wider
