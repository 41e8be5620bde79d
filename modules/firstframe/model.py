"""The firstframe model: a label map and what is known of the plan to x_1, the first painted state."""

from typing import ClassVar

from torch import Tensor

from ..io.pretrained import PretrainedModel
from ..layers import pad_to_multiple
from .config import MULTIPLE, FirstFrameConfig
from .generator import MixGenerator
from .paper import GlobalGenerator

GENERATORS: dict[str, type[MixGenerator] | type[GlobalGenerator]] = {"default": MixGenerator, "paper": GlobalGenerator}


class FirstFrameModel(PretrainedModel):
    """The variant's generator for conditions of any size; inference.py makes conditions of label maps."""

    stage: ClassVar[str] = "firstframe"
    Config: ClassVar[type] = FirstFrameConfig

    def __init__(self, config: FirstFrameConfig | None = None) -> None:
        super().__init__()
        self.config: FirstFrameConfig = config or FirstFrameConfig()
        self.generator = GENERATORS[self.config.variant](self.config)

    def forward(self, condition: Tensor) -> Tensor:
        """Paint x_1 (B,3,H,W) in [0,1] from a condition (B,C,H,W) of the variant (conditioning.py)."""
        h, w = condition.shape[-2:]
        return self.generator(pad_to_multiple(condition, MULTIPLE))[..., :h, :w]

    def scores(self, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the default variant's picture is mixed by; see `MixGenerator.scores`."""
        assert isinstance(self.generator, MixGenerator)
        h, w = condition.shape[-2:]
        scores, free = self.generator.scores(pad_to_multiple(condition, MULTIPLE))
        return scores[..., :h, :w], free[..., :h, :w]
