"""Settings of the segment stage: its network, and how that is trained. The paper gives no numbers for it."""

from dataclasses import dataclass
from typing import Any

from ..io.errors import UserError
from ..labels import PORTRAIT, LabelSet
from ..training.settings import Settings, setting
from .classes import NETWORK_CLASSES


@dataclass(frozen=True)
class SegmentConfig:
    """What the network is made of."""

    encoder: str = setting("squeezenet", "Encoder: squeezenet, or one of segmentation_models_pytorch.")
    decoder: str = setting("unet", "Decoder: unet, or deeplab (deeplab.py), which knows ADE20K's classes.")
    encoder_weights: str | None = None  # always None: a pretrained start is the training's business
    decoder_channels: tuple[int, ...] = setting(
        (160, 96, 64, 48, 32), "Channels after each up-sampling of a unet, the deepest first."
    )
    size: int = setting(384, "Longest side, in pixels, at which the network sees a painting.", name="run_size")
    # Longest sides at which a network of scenes sees it, too: the mean is .01 better than either of 256 and 384 pixels.
    more_sizes: tuple[int, ...] = setting((), "Further sizes at which a network of scenes sees a painting.")
    multiple: int = 32  # the sides are padded to a multiple of this
    flip: bool = True  # average with the mirrored painting: twice the time, 0.01 to 0.02 more IoU
    labels: dict[str, Any] | None = None  # `LabelSet.to_json()`, None for the portrait's ten
    scenes: bool = False  # whether it tells the classes of scenes apart, too, and how near they are (classes.py)
    # The config of a second network, which finds the parts of portraits in its place; None: one does both.
    portrait: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.decoder not in ("unet", "deeplab"):
            raise UserError(f"segment: there is no decoder {self.decoder!r}", fix="use unet or deeplab")
        if self.decoder == "deeplab" and not (self.scenes and self.encoder == "mobilenet_v2"):
            raise UserError(
                "segment: decoder deeplab", "it sees scenes with encoder mobilenet_v2", "set both, or take unet"
            )
        step = 2 ** len(self.decoder_channels)
        if self.multiple % step:
            raise UserError(
                f"segment: multiple {self.multiple} does not fit",
                f"{len(self.decoder_channels)} up-samplings need a multiple of {step}",
                f"set multiple to {step}",
            )
        if self.portrait is not None and not self.scenes:
            why = "only a network of scenes has another for portraits beside it"
            raise UserError("segment: two networks for portraits", why, "set scenes to true")
        if (least := min((self.size, *self.more_sizes))) < self.multiple:
            raise UserError(
                f"segment: size {least} is too small", f"sides are padded to {self.multiple}", "use 384 to 512"
            )

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that the network tells apart, in the order of its planes; with scenes the depth comes last."""
        return NETWORK_CLASSES if self.scenes else self.label_set.names

    @property
    def label_set(self) -> LabelSet:
        """The classes of the label map that is made of them."""
        return PORTRAIT if self.labels is None else LabelSet.from_json(self.labels)


@dataclass(frozen=True)
class SegmentTraining:
    """How the network is trained."""

    variant: str = setting("default", "default: the paper gives no numbers for its segmentation network.")
    crop: int = setting(256, "Side of the training crops in pixels.")
    lr: float = setting(1e-3, "Highest learning rate.")
    encoder_start: str = setting("none", "Pretrained weights (.npz) that the encoder starts from, or none.")
    leave_out: str = setting("", "Names of pictures that are not learned from, with commas.")
    portrait: str = setting("", "Segment model or RUN whose network for portraits is kept, and finds their parts.")
    start: str = setting("", "Segment model or RUN whose weights training starts from; optimiser and schedule are new.")
    average: str = setting("", "Segment model or RUN whose weights are averaged into those of `start`.")
    share: float = setting(0.25, "Share of `average` in the mean.")


SETTINGS: Settings = {
    "default": (
        SegmentTraining(),
        SegmentConfig("mobilenet_v2", decoder="deeplab", labels=PORTRAIT.to_json(), scenes=True),
    )
}
