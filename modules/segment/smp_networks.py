"""The networks of `segmentation_models_pytorch`: what training starts from, and every encoder that has no twin here.

Their parameters have the names of unet.py's and mobilenet.py's, so that what is trained with these runs in those.
"""

import segmentation_models_pytorch as smp
from segmentation_models_pytorch.encoders._base import EncoderMixin
from torch import nn

from ..io.errors import UserError
from .config import SegmentConfig
from .deeplab import DeepLab
from .encoder import NAME, SqueezeNetEncoder


class SmpSqueezeNetEncoder(SqueezeNetEncoder, EncoderMixin):
    """Our SqueezeNet encoder as one of smp's."""

    def __init__(self, depth: int = 5, output_stride: int = 32, **_: object) -> None:
        super().__init__(depth)
        self._depth, self._in_channels, self._output_stride = depth, 3, output_stride
        self._out_channels = [3, *self.widths]


smp.encoders.encoders[NAME] = {"encoder": SmpSqueezeNetEncoder, "pretrained_settings": {}, "params": {}}


def smp_network(config: SegmentConfig) -> nn.Module:
    """Make the network of a config with smp's parts. UserError: smp has no such encoder."""
    if config.decoder == "deeplab":
        return DeepLab(smp.encoders.get_encoder("mobilenet_v2", weights=None))
    try:
        return smp.Unet(
            config.encoder,
            encoder_depth=len(config.decoder_channels),
            encoder_weights=None,
            decoder_channels=config.decoder_channels,
            in_channels=3,
            classes=len(config.classes) + config.scenes,
        )
    except KeyError as error:
        raise UserError(
            f"segment: there is no encoder {config.encoder!r}",
            str(error)[:200],
            "use squeezenet or a name of segmentation_models_pytorch",
        ) from None
