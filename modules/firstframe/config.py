"""Settings of the firstframe stage: its generator, the loss weights and the training, each for both variants."""

from dataclasses import dataclass, field

from ..io.errors import UserError, choices
from ..labels import PORTRAIT
from ..training.settings import Settings, setting
from .conditioning import CONDITION_SIZE

VARIANTS = ("default", "paper")
MULTIPLE = 16  # to which the sides of conditions are padded


@dataclass(frozen=True)
class FirstFrameConfig:
    """What the generator is made of."""

    variant: str = "default"
    size: int = 256  # longest side, in pixels, at which it is meant to run
    classes: int = len(PORTRAIT)
    label_hash: str = PORTRAIT.hash
    widths: tuple[int, ...] = setting((24, 48, 80, 128), "Channels at 1/2, 1/4, 1/8 and 1/16 (default variant).")
    blocks: int = setting(3, "Residual blocks at the bottom (default variant).")
    paper_width: int = setting(64, "Channels of the first layer (paper variant; 4 downs and 9 blocks are fixed).")
    temperature: float = 0.05  # of the choice among ground, tones and free colour in use: flat shapes, no veils
    # Channels of the default variant besides the classes; weights from before have fewer.
    condition_size: int = field(default=CONDITION_SIZE, metadata={"stored": "told"})

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise UserError(f"There is no variant {self.variant!r}.", fix=choices(self.variant, VARIANTS))
        if len(self.widths) != 4:
            raise UserError(f"widths {list(self.widths)} cannot be used.", "There are four.", "widths=[24,48,80,128]")
        if self.temperature <= 0:
            raise UserError(f"temperature {self.temperature} cannot be used.", "It has to be above 0.")


@dataclass(frozen=True)
class FirstFrameLossWeights:
    """How much each loss term counts."""

    l1: float = setting(20.0, "Weight of the L1 loss.")
    choice: float = setting(1.0, "Weight of the cross-entropy of the choice among ground, tones and free colour.")
    adversarial: float = setting(1.0, "Weight of the adversarial loss.")
    matching: float = setting(5.0, "Weight of feature matching.")
    perceptual: float = 2.0


@dataclass(frozen=True)
class FirstFrameTraining:
    """How the generator and its discriminator are trained."""

    variant: str = setting("default", "default, or paper: pix2pixHD's global generator on labels and edges.")
    crop: int = setting(128, "Side of the training crops in pixels.")
    lr: float = setting(1e-3, "Highest learning rate.")
    perceptual: str = setting("none", "Perceptual loss: vgg16, squeezenet or none.")
    init: str = setting("", "Firstframe model or RUN whose weights training starts from.")
    cache: str = setting("", "Folder in which the simulated painter's first frames are kept between runs.")
    artists: int = setting(2, "Simulated artists for each picture and start.")
    gan_from: int = setting(200, "Steps of the other losses before the discriminator has a say.", name="alone")
    gan: str = "hinge"
    schedule: str = "cosine"
    discriminator_width: int = 24


# Paper variant: pix2pixHD's own numbers, LSGAN 1, feature matching 10, perceptual 10, no L1.
SETTINGS: Settings = {
    "default": (FirstFrameTraining(), FirstFrameLossWeights(), FirstFrameConfig()),
    "paper": (
        FirstFrameTraining(
            "paper", crop=256, lr=2e-4, gan_from=0, gan="lsgan", schedule="linear", discriminator_width=64
        ),
        FirstFrameLossWeights(l1=0.0, choice=0.0, adversarial=1.0, matching=10.0, perceptual=10.0),
        FirstFrameConfig("paper"),
    ),
}
