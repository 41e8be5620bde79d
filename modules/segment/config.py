"""Settings of the segment stage: its network, and how that is trained. The paper gives no numbers for it."""

from dataclasses import dataclass
from typing import Any

from ..io.errors import UserError
from ..labels import PORTRAIT, LabelSet
from ..training.settings import Settings, setting


@dataclass(frozen=True)
class SegmentConfig:
    """What the network is made of."""

    encoder: str = setting("squeezenet", "Encoder: a name of segmentation_models_pytorch, or squeezenet (ours).")
    encoder_weights: str | None = None  # always None: a pretrained start is the training's business
    decoder_channels: tuple[int, ...] = setting(
        (160, 96, 64, 48, 32), "Channels after each up-sampling, the deepest first."
    )
    size: int = setting(384, "Longest side, in pixels, at which the network sees a painting.", name="run_size")
    multiple: int = 32  # the sides are padded to a multiple of this
    flip: bool = True  # average with the mirrored painting: twice the time, 0.01 to 0.02 more IoU
    labels: dict[str, Any] | None = None  # `LabelSet.to_json()`, None for the portrait's ten

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

    @property
    def label_set(self) -> LabelSet:
        """The classes that the network tells apart."""
        return PORTRAIT if self.labels is None else LabelSet.from_json(self.labels)


@dataclass(frozen=True)
class SegmentTraining:
    """How the network is trained."""

    variant: str = setting("default", "default: the paper gives no numbers for its segmentation network.")
    crop: int = setting(256, "Side of the training crops in pixels.")
    lr: float = setting(1e-3, "Highest learning rate.")
    encoder_start: str = setting("none", "ImageNet weights (.npz) that the squeezenet encoder starts from, or none.")
    start: str = setting("", "Segment model or RUN whose weights training starts from; optimiser and schedule are new.")


SETTINGS: Settings = {"default": (SegmentTraining(), SegmentConfig(labels=PORTRAIT.to_json()))}
