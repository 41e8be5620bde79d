"""Settings of the frames stage: the model's config, which config.json stores, and the training's."""

from dataclasses import dataclass
from typing import ClassVar

from ..data.processes.pairs import INTERVALS
from ..degree import GRANULARITY, MODES
from ..finish_levels import LEVELS
from ..io.errors import UserError, choices
from ..training.settings import setting

HEADS = ("mixture", "free", "difference")


@dataclass(frozen=True)
class FramesConfig:
    """What a frames model is made of and how it is used; stored under the names of its settings."""

    redraws_style: ClassVar[bool] = False  # z's style holds for a whole process

    variant: str = "default"
    size: int = setting(256, "Longest side the model runs at, pixels.")
    multiple: int = setting(16, "Height and width are padded to a multiple of this.")
    n_classes: int = 10  # channels of the one-hot label map; unnamed parts have zeros there
    granularity: int = setting(GRANULARITY, "Bins of degrees above 'not touched'.")
    degree_mode: str = setting("progress", f"How degrees are counted: {', '.join(MODES)}.")
    hard_bins: bool = setting(False, "Degrees enter as one-hot bins; false: shared between neighbouring bins.")
    width: int = setting(48, "Channels at the finest level that most of the work is done at.")
    style: int = setting(8, "Channels of z that hold for a whole process.")
    local: int = setting(16, "Channels of z for each patch of 16 x 16 pixels.")
    n_states: int = setting(len(LEVELS), "States of finish that the stroke is mixed from.")
    free_limit: float = setting(0.15, "How far the stroke may leave the mixture, in [0,1].", stored="free")
    sharpness: float = setting(
        3.0, "Inference: factor on the logits of mixture and weight; above 1 is sharper.", stored="decided"
    )
    tint_gain: float = setting(
        0.9, "Inference: factor on the free colour; 0 mixes first colours as in the picture.", stored="tone"
    )
    residual_share: float = setting(
        0.2, "Inference: how much the free colour may differ from place to place; 1: as predicted.", stored="uneven"
    )
    temperature: float = setting(0.6, "Inference: of the local z; below 1 strokes are nearer to the most likely ones.")
    max_logit_shift: float = setting(
        4.0, "Inference: bound of degree control's shift of the weight's logits; 0: no degree control.", stored="keep"
    )
    blocks: int = setting(3, "Residual blocks at the bottom.")
    skips: bool = setting(True, "The up-samplers see what the down-sampler saw (U-Net).")
    field: bool = setting(True, "The field says where in a part a step paints; false: one degree and finish per part.")
    latent: bool = setting(True, "false: z is 0, there is no encoder and no KL term.")
    predict: str = setting("mixture", "The decoder's stroke: mixture, free (RGB) or difference (no Equation 2).")
    degree_rows: tuple[tuple[float, ...], ...] = ()  # (R, 1+K) time and degrees seen, for plan `dataset`

    def __post_init__(self) -> None:
        if self.variant != type(self).variant:
            raise UserError(f"variant {self.variant!r} is unknown here", fix=f"leave it at {type(self).variant!r}")
        if self.degree_mode not in MODES:
            raise UserError(f"degree mode {self.degree_mode!r} is unknown", fix=choices(self.degree_mode, MODES))
        if self.predict not in HEADS:
            raise UserError(f"predict {self.predict!r} is unknown", fix=choices(self.predict, HEADS))
        if self.multiple % 16 or self.size % self.multiple:
            raise UserError(
                f"size {self.size} with multiple {self.multiple} does not work",
                "the networks halve a picture four times",
                "use a multiple of 16, and a size that is a multiple of it",
            )
        self._check_local()

    def _check_local(self) -> None:
        if self.local < 4 or self.local % 4:
            raise UserError(f"local {self.local} does not work", "a patch has four cells", "use 4, 8, 12, …")

    @property
    def z_size(self) -> int:
        return self.style + self.local

    @property
    def condition_channels(self) -> int:
        """Channels of the paper's condition {x_T, x_t, labels, edges, degree map}."""
        return 3 + 3 + self.n_classes + 1 + self.granularity + 1


@dataclass(frozen=True)
class FramesTraining:
    """How the frames stage is trained."""

    variant: str = setting("default", "default, or paper: the paper literally.")
    steps: int = 10_000
    lr: float = setting(4e-4, "Highest learning rate.")
    crop: int = setting(128, "Side of the training crops in pixels.")
    sequence: float = setting(0.75, "Share of the steps after which the model is fed its own output; 1: never.")
    sequence_z: str = setting(
        "prior", "z while the model is fed its own output: prior (the paper's), or encoder: of the true next state."
    )
    length: int = setting(3, "Steps of a sequence before back-propagation is cut.")
    drop_names: float = setting(0.3, "Share of samples whose class channels are zero: parts without names.")
    gan_from: int = setting(200, "Step at which the adversarial loss starts.")
    kl_from: int = setting(200, "Step at which the KL term starts; it has its full weight after twice as many.")
    balanced: bool = setting(True, "Draw steps so that degrees come evenly, not as often as the processes have them.")
    perceptual: str = setting("none", "vgg16, squeezenet or none: the perceptual loss.")
    gan: bool = setting(True, "Train with a discriminator.")
    intervals: tuple[int, ...] = setting(INTERVALS, "Frames between the states of a sequence.")
    init: str = setting("", "A model folder or RUN whose weights training starts from.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "intervals", tuple(self.intervals))  # JSON knows lists only
        if not self.intervals or any(type(k) is not int or k < 1 for k in self.intervals):
            raise UserError(f"intervals {list(self.intervals)} do not work", fix="use whole numbers from 1 on: [1,3,5]")
        if self.sequence_z not in ("prior", "encoder"):
            raise UserError(f"sequence_z {self.sequence_z!r} is unknown", fix="use prior or encoder")


@dataclass(frozen=True)
class LossWeights:
    """How much each loss term counts, by its name in the training log."""

    l1: float = 10.0
    touch: float = 1.0  # cross-entropy of the weight with the pixels that changed
    choice: float = 0.5  # cross-entropy of the mixture with the state that was laid
    gan: float = 0.1
    perceptual: float = 1.0  # only when a perceptual loss is requested
    tv: float = 0.0  # total variation of the weight
    coarse: float = 1.0  # L1 of averages, for steps made with z ~ N(0,1), whose strokes are their own
    many: float = 3.0  # diversity: two z must give two paints
    kl: float = 0.01  # of the KL per patch of 16 x 16 px
    free: float = 0.2  # size of the free colour
    veil: float = 0.1  # keeps the weight near 0 or 1 where something changed: paint is opaque
