"""The firstframe stage: segmentation -> x_1, the first painted state as this artist starts (DESIGN section 4).

Two variants behind one `paint`. `default`: outlines, the palette of every pixel's part, the ground, the way of
starting, where the plan's first step paints and, where parts have names, the classes; it works for parts without
names, too. `paper`: the label map is the only input (Figure 9), pix2pixHD's global generator does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ..finish_levels import draw_lines
from ..io.pretrained import PretrainedModel
from ..labels import PORTRAIT
from ..layers import pad_to_multiple
from .generator import GlobalGenerator, MixGenerator, mix
from .palette import TONES, UNKNOWN

__all__ = ["FirstFrameConfig", "FirstFrameModel", "FirstFrameCondition"]

STARTS = ("toned", "sketch", "mass", "block")
VARIANTS = ("default", "paper")
MULTIPLE = 16
# The order of the condition: colours, light, flag of both; ground; edges; where, flag of it; start; classes.
_COLOURS, _GROUND = slice(0, 3 * TONES), slice(3 * TONES + 2, 3 * TONES + 5)
_PALETTE, _WHERE = (0, 3 * TONES + 1), (3 * TONES + 6, 3 * TONES + 9)  # first channel, and the flag behind the last
CONDITION_SIZE = 3 * TONES + 10 + len(STARTS)
_PAINTED = 0.02  # share of a place that a step paints, below which it does not
NEVER = -1e4  # the score of what cannot be chosen
_SURE = 3.0  # how far apart the first guess puts what it expects and what it does not


@dataclass(frozen=True)
class FirstFrameConfig:
    """What kind of model it is. size: longest side in pixels it is meant to run at. classes: of the label set."""

    variant: str = "default"
    size: int = 256
    classes: int = len(PORTRAIT)
    label_hash: str = PORTRAIT.hash
    widths: tuple[int, ...] = (24, 48, 80, 128)  # default variant: channels at 1/2, 1/4, 1/8, 1/16
    blocks: int = 3
    paper_width: int = 64  # paper variant: 4 downs and 9 blocks are fixed
    temperature: float = 0.05  # of the choice among ground, tones and free colour in use: flat shapes, no veils
    told: int = CONDITION_SIZE  # channels of the default variant besides the classes; weights from before have fewer

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise ValueError(f"variant {self.variant!r} is none of {', '.join(VARIANTS)}")
        if len(self.widths) != 4:
            raise ValueError(f"four widths wanted, got {self.widths}")
        if self.temperature <= 0:
            raise ValueError(f"temperature {self.temperature} is not above 0")


@dataclass(frozen=True)
class FirstFrameCondition:
    """What the default variant may be told besides the label map; None = unknown.

    Attributes:
        start: one of STARTS, a list of B of them, or (B,4) weights.
        colours, light: the palette (palette.Palette) of the paint at each pixel: (B,9,H,W) and (B,1,H,W) in [0,1].
        ground: (B,3) or (3,) RGB of the ground in [0,1].
        where: (B,3,H,W) in [0,1], where the first step paints (opening.Opening).
    """

    start: str | list[str] | Tensor = "block"
    colours: Tensor | None = None
    light: Tensor | None = None
    ground: Tensor | None = None
    where: Tensor | None = None


class FirstFrameModel(PretrainedModel):
    """Paints the first frame. `paint` is for use, `forward` for training on ready condition maps."""

    stage: ClassVar[str] = "firstframe"
    Config: ClassVar[type] = FirstFrameConfig

    def __init__(self, config: FirstFrameConfig | None = None) -> None:
        super().__init__()
        self.config: FirstFrameConfig = config or FirstFrameConfig()
        self.generator: nn.Module
        if self.config.variant == "paper":
            self.generator = GlobalGenerator(self.config.classes + 1, self.config.paper_width)
        else:
            self.generator = MixGenerator(self.channels, self.config.widths, self.config.blocks)

    @property
    def channels(self) -> int:
        """Channels of the condition: classes and edges; by default also all of `FirstFrameCondition`."""
        return self.config.classes + (1 if self.config.variant == "paper" else CONDITION_SIZE)

    def condition(self, labels_one_hot: Tensor, edges: Tensor, told: FirstFrameCondition | None = None) -> Tensor:
        """Everything the generator sees, stacked: (B,channels,H,W). Arguments as in `paint`."""
        b, k, h, w = labels_one_hot.shape
        if k != self.config.classes or edges.shape != (b, 1, h, w):
            raise ValueError(f"labels {tuple(labels_one_hot.shape)} and edges {tuple(edges.shape)} do not fit")
        if self.config.variant == "paper":
            return torch.cat([labels_one_hot, edges], 1)
        told = told or FirstFrameCondition()

        def planes(name: str, values: Tensor | None, channels: int, unknown: float) -> Tensor:
            if values is None:
                return labels_one_hot.new_full((b, channels, h, w), unknown)
            if values.shape != (b, channels, h, w):
                raise ValueError(f"{name} {tuple(values.shape)}, wanted {(b, channels, h, w)}")
            return values.to(labels_one_hot)

        ground = labels_one_hot.new_full((b, 3), UNKNOWN) if told.ground is None else told.ground.to(labels_one_hot)
        ways = _start_one_hot(told.start, b).to(labels_one_hot)
        flags = [labels_one_hot.new_full((b, 1, h, w), float(v is not None)) for v in (told.colours, told.where)]
        return torch.cat(
            [
                planes("colours", told.colours, 3 * TONES, UNKNOWN),
                planes("light", told.light, 1, UNKNOWN),
                flags[0],
                ground.reshape(-1, 3, 1, 1).expand(b, 3, h, w),
                edges,
                planes("where", told.where, 3, 0.0),
                flags[1],
                ways[:, :, None, None].expand(b, len(STARTS), h, w),
                labels_one_hot,
            ],
            1,
        )

    def forward(self, condition: Tensor) -> Tensor:
        """Condition (B,channels,H,W) -> x_1 (B,3,H,W) in [0,1], as in use; any H and W."""
        h, w = condition.shape[-2:]
        padded = pad_to_multiple(condition, MULTIPLE)
        if self.config.variant == "paper":
            # reflection padding wants more pixels than it reflects: the smallest map has one, so grow tiny pictures
            grow = [max(0, 2 * MULTIPLE - side) for side in padded.shape[-2:]]
            padded = nn.functional.pad(padded, (0, grow[1], 0, grow[0]), mode="replicate")
            return self.generator(padded)[..., :h, :w]
        scores, free = self.scores(padded)
        return mix(scores / self.config.temperature, *candidates(padded), free)[..., :h, :w]

    def scores(self, condition: Tensor) -> tuple[Tensor, Tensor]:
        """What the default variant's picture is mixed by: scores (B,CANDIDATES,H,W) and free colour (B,3,H,W).

        The network corrects a first guess, `expected`: it has to learn hands, not what a palette is.
        """
        h, w = condition.shape[-2:]
        corrections, free = self.generator(pad_to_multiple(condition, MULTIPLE))
        # Where no paint is laid there is only ink, whose colour needs no learning.
        drawn = torch.where(_painted(condition) < _PAINTED, ink(condition), free[..., :h, :w])
        return corrections[..., :h, :w] + expected(condition), drawn

    def paint(self, labels_one_hot: Tensor, edges: Tensor, told: FirstFrameCondition | None = None) -> Tensor:
        """Paint x_1.

        Args:
            labels_one_hot: (B,K,H,W) float, K = the classes this model knows; all zero for parts without names.
            edges: (B,1,H,W) float, boundaries of the label map.
            told: what else is known; the paper variant uses labels and edges alone.

        Returns:
            (B,3,H,W) in [0,1].
        """
        return self(self.condition(labels_one_hot, edges, told)).clamp(0, 1)


def candidates(condition: Tensor) -> tuple[Tensor, Tensor]:
    """Ground (B,3,H,W) and tones (B,9,H,W) of a condition: what scores choose among, with the free colour."""
    return condition[:, _GROUND], condition[:, _COLOURS]


def _painted(condition: Tensor) -> Tensor:
    """How much of each place the step paints, (B,1,H,W): as told, else everything for a block-in, half for a mass."""
    told = condition[:, _WHERE[1] : _WHERE[1] + 1]
    start = condition[:, _WHERE[1] + 1 : _WHERE[1] + 1 + len(STARTS)]
    mass, block = (start[:, STARTS.index(name) :][:, :1] for name in ("mass", "block"))
    return told * condition[:, _WHERE[0] : _WHERE[0] + 1] + (1 - told) * (block + 0.5 * mass)


def ink(condition: Tensor) -> Tensor:
    """The colour (B,3,1,1) of a whole line of the drawing on each sample's ground."""
    grounds = condition[:, _GROUND, 0, 0].detach().float().cpu().numpy()
    colours = np.stack([draw_lines(ground, np.ones((1, 1), np.float32))[0, 0] for ground in grounds])
    return torch.from_numpy(colours).to(condition)[:, :, None, None]


def expected(condition: Tensor) -> Tensor:
    """The scores (B,CANDIDATES,H,W) that a condition suggests: ground where the step does not paint, else the tone
    that the run of the light calls for. Where nothing is painted no tone is chosen: a drawing is ground and ink."""
    light, painted = condition[:, _PALETTE[1] - 1 : _PALETTE[1]], _painted(condition)
    sure = _SURE * (2 * painted - 1)
    never = NEVER * (painted < _PAINTED)
    tones = [sure - _SURE * (light - tone / (TONES - 1)).abs() + never for tone in range(TONES)]
    return torch.cat([-sure, *tones, torch.full_like(sure, -_SURE)], 1)


def hide(condition: Tensor, coloured: Tensor, told: Tensor) -> None:
    """Take the palette, or the step, out of the samples of a condition (B,channels,H,W) where a flag (B,) is 0."""
    for flag, (first, last), unknown in ((coloured, _PALETTE, UNKNOWN), (told, _WHERE, 0.0)):
        shown = flag[:, None, None, None]
        condition[:, first:last] = condition[:, first:last] * shown + unknown * (1 - shown)
        condition[:, last : last + 1] = shown


def _start_one_hot(start: str | list[str] | Tensor, batch: int) -> Tensor:
    if isinstance(start, Tensor):
        return start.reshape(batch, len(STARTS)).float()
    names = [start] * batch if isinstance(start, str) else list(start)
    if len(names) != batch or any(name not in STARTS for name in names):
        raise ValueError(f"start {start!r}: one or {batch} of {', '.join(STARTS)} wanted")
    return nn.functional.one_hot(torch.tensor([STARTS.index(name) for name in names]), len(STARTS)).float()
