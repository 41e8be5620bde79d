"""The segment stage: a painting becomes a label map and, per pixel, how sure the net is of it.

A U-Net of `segmentation_models_pytorch` with a small encoder. The paper gives no numbers for its segmentation net,
so this stage has no `paper` variant; the same net serves both graphs.
"""

from dataclasses import dataclass
from typing import Any

import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..io.errors import UserError
from ..io.pretrained import PretrainedModel
from ..labels import PORTRAIT, LabelSet
from . import encoder as squeezenet  # noqa: F401  (importing it registers the encoder "squeezenet" with smp)
from .postprocess import keep_portrait_parts

__all__ = ["SegmentConfig", "SegmentModel"]


@dataclass(frozen=True)
class SegmentConfig:
    """What the net is made of.

    encoder: a name of smp's table, or "squeezenet" (ours). encoder_weights: always None, so that building the net
    never reaches for the network; a pretrained start is the training's business.
    decoder_channels: one width per up-sampling, the deepest first.
    size: longest side in pixels that a painting is scaled to before the net sees it.
    multiple: the sides are padded to a multiple of this.
    flip: average with the mirrored painting: twice the time, 0.01 to 0.02 more IoU.
    labels: `LabelSet.to_json()`, None for the portrait's ten.
    """

    encoder: str = "squeezenet"
    encoder_weights: str | None = None
    decoder_channels: tuple[int, ...] = (160, 96, 64, 48, 32)
    size: int = 384
    multiple: int = 32
    flip: bool = True
    labels: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        least = 2 ** len(self.decoder_channels)
        if self.multiple % least:
            raise UserError(
                f"segment: multiple {self.multiple} does not fit",
                f"{len(self.decoder_channels)} up-samplings need a multiple of {least}",
                f"set multiple to {least}",
            )
        if self.size < self.multiple:
            raise UserError(
                f"segment: size {self.size} is too small", f"sides are padded to {self.multiple}", "use 384 to 512"
            )


class SegmentModel(PretrainedModel):
    """painting (B,3,H,W) float32 RGB in [0,1] -> class scores; `predict` gives labels and confidence."""

    stage = "segment"
    Config = SegmentConfig

    def __init__(self, config: SegmentConfig | None = None) -> None:
        super().__init__()
        self.config = config or SegmentConfig()
        labels = self.config.labels
        self.label_set = PORTRAIT if labels is None else LabelSet.from_json(labels)
        try:
            self.net: nn.Module = smp.Unet(
                self.config.encoder,
                encoder_depth=len(self.config.decoder_channels),
                encoder_weights=None,
                decoder_channels=self.config.decoder_channels,
                in_channels=3,
                classes=len(self.label_set),
            )
        except KeyError as error:
            raise UserError(
                f"segment: there is no encoder {self.config.encoder!r}",
                str(error)[:200],
                "use squeezenet or a name of segmentation_models_pytorch",
            ) from None

    def forward(self, painting: Tensor) -> Tensor:
        """Scores (B,K,H,W) before softmax. H and W must be multiples of `config.multiple` (smp says so if not)."""
        return self.net(painting)

    @property
    def encoder(self) -> nn.Module:
        """The net's down-sampling half."""
        encoder: nn.Module = self.net.encoder  # type: ignore[assignment]
        return encoder

    @torch.inference_mode()
    def predict(self, painting: Tensor, *, flip: bool | None = None, clean: bool = True) -> tuple[Tensor, Tensor]:
        """Label map (B,H,W) int64 and confidence (B,H,W) float32 in [0,1] of paintings of any size.

        painting: (B,3,H,W) float in [0,1]. It is scaled to `config.size` on its longest side, padded, and the result
        comes back at the painting's own size with the padding cut off. flip: as in the config when None. clean: correct
        faces without features and stray pieces of person (heads.py).
        One plane per class at a time is enlarged, so memory grows with the painting's size only.
        """
        if painting.ndim != 4 or painting.shape[1] != 3 or 0 in painting.shape:
            raise ValueError(f"painting must be (B,3,H,W) with B, H, W of 1 or more, got {tuple(painting.shape)}")
        was_training = self.training
        self.eval()
        try:
            chances = self._chances(painting, self.config.flip if flip is None else flip)
        finally:
            self.train(was_training)
        if clean:
            self._correct(chances)
        height, width = painting.shape[-2:]
        labels = torch.zeros((len(painting), height, width), dtype=torch.int64, device=painting.device)
        confidence = torch.full((len(painting), height, width), -1.0, device=painting.device)
        for k in range(chances.shape[1]):
            plane = F.interpolate(chances[:, k : k + 1], (height, width), mode="bilinear", align_corners=False)[:, 0]
            labels = torch.where(plane > confidence, k, labels)
            confidence = torch.maximum(plane, confidence)
        return labels, confidence.clamp(0.0, 1.0)

    def _chances(self, painting: Tensor, flip: bool) -> Tensor:
        """Softmaxed scores (B,K,h,w) at the size the net runs at."""
        height, width = painting.shape[-2:]
        scale = self.config.size / max(height, width)
        h, w = max(1, round(height * scale)), max(1, round(width * scale))
        x = F.interpolate(painting.float(), (h, w), mode="bilinear", align_corners=False, antialias=True)
        m = self.config.multiple
        # The last row and column are repeated: black would look like a dark background or a frame.
        x = F.pad(x.clamp(0.0, 1.0), (0, -w % m, 0, -h % m), mode="replicate")
        chances = self(x).float().softmax(1)
        if flip:
            chances = (chances + self(x.flip(-1)).float().softmax(1).flip(-1)) / 2
        return chances[..., :h, :w]

    def _correct(self, chances: Tensor) -> None:
        """Where `keep_portrait_parts` wants another class, that class and the winner change places, in place."""
        for one in chances:
            found = one.argmax(0)
            better = torch.from_numpy(keep_portrait_parts(found.cpu().numpy(), self.label_set)).to(found.device)
            rows, columns = (better != found).nonzero(as_tuple=True)
            old, new = found[rows, columns], better[rows, columns]
            highest, other = one[old, rows, columns], one[new, rows, columns]
            one[old, rows, columns], one[new, rows, columns] = other, highest
