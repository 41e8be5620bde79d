"""Settings of the planner: its config, which config.json stores, and its training's. Without torch."""

from dataclasses import dataclass

from ...brush.media import MEDIA
from ...finish_levels import LEVELS
from ...io.errors import UserError
from ...labels import PORTRAIT
from ...training.settings import setting


@dataclass(frozen=True)
class PlannerConfig:
    """What a planner is made of; stored under the names of its settings."""

    size: int = 128  # side of the square that all maps are padded to, `plans.context.PLAN_SIZE`
    n_classes: int = len(PORTRAIT)  # planes of classes; unnamed parts have zeros there
    n_levels: int = len(LEVELS)
    media: tuple[str, ...] = tuple(MEDIA)
    style: int = setting(4, "Numbers of z, which hold for a whole process.")
    widths: tuple[int, ...] = setting((32, 64, 96, 128), "Channels at a half, a quarter, ... of the plan's size.")


@dataclass(frozen=True)
class PlannerTraining:
    """How the planner is trained."""

    variant: str = setting("planner", "planner: learn where and how finely the next step paints, for --plan learned.")
    steps: int = 10_000
    lr: float = setting(1e-3, "Highest learning rate.")
    init: str = setting("", "A frames model folder or RUN: it paints with this planner, and its planner is the start.")
    afresh: bool = setting(False, "Start from new weights, though the model of `init` has a planner.")
    artists: int = setting(4, "Simulated artists who plan each picture; recorded processes are as they are.")
    moments: int = setting(4, "Steps that are learned from each process of a batch.")
    cache: str = setting("", "A folder in which the plans of the simulated artists are kept.")
    drop_names: float = setting(0.3, "Share of samples whose class channels are zero: parts without names.")
    choice: float = setting(0.5, "Weight of the cross-entropy of which part is worked on next, and to which level.")
    kl: float = setting(0.005, "Weight of the KL term.")

    def __post_init__(self) -> None:
        if self.artists < 1 or self.moments < 1:
            raise UserError(f"artists {self.artists} with moments {self.moments} do not work", fix="use 1 or more")
