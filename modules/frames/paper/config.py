"""The paper's numbers (its section 3; Equations 3 and 4) as settings of the variant `paper`."""

from dataclasses import dataclass
from typing import ClassVar

from ...io.errors import UserError
from ...training.settings import setting
from ..config import FramesConfig, FramesTraining, LossWeights

EPOCHS = 600  # in all
SEQUENCE_FROM = 400  # epoch at which training on the model's own output begins
DECAY_FROM = 400  # epoch at which the learning rate begins to fall to 0


@dataclass(frozen=True)
class PaperConfig(FramesConfig):
    """The paper's model: what it does not name is inherited and not used."""

    redraws_style: ClassVar[bool] = True  # all of z is drawn anew for every frame

    variant: str = "paper"
    degree_mode: str = setting("area", "How degrees are counted: the paper's code counts touched pixels.")
    hard_bins: bool = setting(True, "Degrees enter as one-hot bins.")
    width: int = setting(32, "Channels at full size; doubled by each of four down-samplings.")
    style: int = setting(256, "Numbers of z.")
    local: int = setting(0, "z is one vector, without a local part.")
    n_states: int = setting(0, "The stroke is free RGB, not mixed from states of finish.")
    max_logit_shift: float = setting(0.0, "No degree control.", stored="keep")
    blocks: int = setting(9, "Residual blocks at the bottom.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.skips or not self.field or self.predict != "mixture":
            raise UserError(
                "skips, field and predict cannot be set in the paper variant",
                "it has no skips and no field, and its stroke is free",
                "leave them out, or use the default variant",
            )

    def _check_local(self) -> None:
        if self.local:
            raise UserError("local cannot be set in the paper variant", "its z is one vector", "leave it out")


@dataclass(frozen=True)
class PaperTraining(FramesTraining):
    """The paper's training: Adam 2e-4, 256 px, batch 1 (`ppp train`'s own default for this variant)."""

    variant: str = setting("paper", "default, or paper: the paper literally.")
    lr: float = setting(2e-4, "Learning rate until it decays over the last third.")
    crop: int = setting(256, "Side of the training crops in pixels.")
    drop_names: float = setting(0.0, "Share of samples whose class channels are zero.")
    balanced: bool = setting(False, "Draw steps so that degrees come evenly.")


# Equations 3 and 4.
PAPER_WEIGHTS = LossWeights(
    l1=100.0, gan=10.0, perceptual=10.0, tv=1.0, kl=0.05, touch=0.0, choice=0.0, free=0.0, veil=0.0, many=0.0
)


def kl_weight(epoch: int) -> float:
    """Weight of the KL term, summed over z: 0.05 in epoch 0, growing by a tenth every 20 epochs."""
    if epoch < 0:
        raise ValueError(f"epoch must be 0 or more, got {epoch}")
    return PAPER_WEIGHTS.kl * 1.1 ** (epoch // 20)
