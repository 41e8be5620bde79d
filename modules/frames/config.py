"""What a frames model is made of: one dataclass for both variants, stored in config.json."""

from __future__ import annotations

from dataclasses import dataclass

from ..degree import GRANULARITY, MODES
from ..finish_levels import LEVELS
from ..io.errors import UserError

__all__ = ["FramesConfig", "paper_config"]

VARIANTS = ("default", "paper")
PREDICTIONS = ("mixture", "free", "difference")
# Entries that docs/ablations.md varies. At its standard a run does not name them: older runs go on as they were begun.
SWITCHES = ("skips", "field", "latent", "predict")


@dataclass(frozen=True)
class FramesConfig:
    """Checks itself and names what to fix.

    The paper's numbers (its section 3; DESIGN section 4) are those of `paper_config`.
    """

    variant: str = "default"
    size: int = 256  # longest side the model runs at, pixels
    multiple: int = 16  # height and width are padded to a multiple of this
    n_classes: int = 10  # channels of the one-hot label map; unnamed parts have zeros there
    granularity: int = GRANULARITY
    degree_mode: str = "progress"
    hard_bins: bool = False
    width: int = 48  # channels at the finest level that most of the work is done at
    style: int = 8  # numbers of z that hold for a whole process
    local: int = 16  # numbers of z for each patch of 16 x 16 pixels
    n_states: int = len(LEVELS)  # states of finish the stroke is mixed from; 0: the stroke is free RGB
    free: float = 0.15  # how far the stroke may leave the mixture, in [0,1]
    decided: float = 3.0  # factor on the logits of mixture and weight in use, not in training; above 1 is sharper
    tone: float = 0.9  # factor on the free colour in use: 0 mixes every first colour as in the picture
    uneven: float = 0.2  # how much of the free colour may differ from place to place, in use; 1: as the network says
    temperature: float = 0.6  # of the local z in use: below 1 strokes are nearer to the most likely ones
    keep: float = 4.0  # how far the weight's logits may be shifted, per part, to reach the asked degree; 0: not at all
    blocks: int = 3  # residual blocks at the bottom
    skips: bool = True  # the up-samplers see what the down-sampler saw (U-Net); the paper's never do
    field: bool = True  # False: told one degree and one finish for each part, not where in it paint goes
    latent: bool = True  # False: z is 0, there is no encoder and no KL
    predict: str = "mixture"  # the default decoder's stroke: mixture | free (RGB) | difference (added, no Equation 2)
    degree_rows: tuple[tuple[float, ...], ...] = ()  # (R, 1+K) time and degrees seen, for plan `dataset`

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise UserError(f"variant {self.variant!r} is unknown", fix=f"use one of: {', '.join(VARIANTS)}")
        if self.degree_mode not in MODES:
            raise UserError(f"degree mode {self.degree_mode!r} is unknown", fix=f"use one of: {', '.join(MODES)}")
        if self.predict not in PREDICTIONS:
            raise UserError(f"predict {self.predict!r} is unknown", fix=f"use one of: {', '.join(PREDICTIONS)}")
        if self.variant == "paper" and (not self.skips or not self.field or self.predict != "mixture"):
            raise UserError(
                "skips, field and predict cannot be set in the paper variant",
                "it has no skips, knows no field, and its stroke is free",
                "leave them out, or use the default variant",
            )
        if self.variant == "default" and (self.local < 4 or self.local % 4):
            raise UserError(f"local {self.local} does not work", "a patch has four cells", "use 4, 8, 12, …")
        if self.multiple % 16 or self.size % self.multiple:
            raise UserError(
                f"size {self.size} with multiple {self.multiple} does not work",
                "the networks halve a picture four times",
                "use a multiple of 16, and a size that is a multiple of it",
            )

    @property
    def z_size(self) -> int:
        """Channels of z."""
        return self.style + self.local

    @property
    def condition_channels(self) -> int:
        """Channels of the paper's condition {x_T, x_t, labels, edges, degree map}."""
        return 3 + 3 + self.n_classes + 1 + self.granularity + 1


def paper_config(n_classes: int = 10, size: int = 256) -> FramesConfig:
    """The paper, literally: 256 px, z of 256 numbers, hard bins of degrees by area, free stroke, 9 residual blocks."""
    return FramesConfig(
        variant="paper",
        size=size,
        n_classes=n_classes,
        degree_mode="area",
        hard_bins=True,
        width=32,
        style=256,
        local=0,
        n_states=0,
        blocks=9,
        keep=0.0,
    )
