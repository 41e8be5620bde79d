"""The default generator: a small U-shaped one that mixes, per pixel, the ground, the palette's tones and a free colour.

It knows outlines, the palette of every pixel's part, the ground, the way of starting, where the plan's first step
paints and, where parts have names, the classes; it works for parts without names, too.
"""

import itertools
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..finish_levels import CHALK, DARK_GROUND, INK, OPAQUE_LINE
from ..layers import ConvNormAct, ResBlock
from ..plans.spec import STARTS
from .conditioning import CONDITION_SIZE, SLICES
from .config import FirstFrameConfig
from .palette import TONES

CANDIDATES = 1 + TONES + 1  # ground, tones, free colour
IMPOSSIBLE = -1e4  # the score of what cannot be chosen
_PAINTED = 0.02  # share of a place that a step paints, below which it does not
_SURE = 3.0  # how far apart the first guess puts what it expects and what it does not


class MixGenerator(nn.Module):
    """Condition (B,C,H,W) of `default_condition` -> first frame (B,3,H,W) in [0,1]; H and W multiples of 16.

    Most work is done at a quarter of the size and below; outlines stay sharp because they come with the colours that
    are mixed. The network corrects a first guess, `expected_scores`: it has to learn artists, not what a palette is.
    """

    mixes: ClassVar[bool] = True

    def __init__(self, config: FirstFrameConfig) -> None:
        super().__init__()
        widths, self.temperature = config.widths, config.temperature
        self.in_channels = CONDITION_SIZE + config.classes
        self.fold = nn.PixelUnshuffle(2)
        self.stem = ConvNormAct(4 * self.in_channels, widths[0], 1)
        self.downs = nn.ModuleList(ConvNormAct(a, b, 3, 2) for a, b in itertools.pairwise(widths))
        self.middle = nn.Sequential(*(ResBlock(widths[-1]) for _ in range(config.blocks)))
        pairs = list(itertools.pairwise(widths))[::-1]
        self.ups = nn.ModuleList(ConvNormAct(b, a, 3) for a, b in pairs)
        self.head = nn.Conv2d(widths[0], 4 * (CANDIDATES + 3), 3, 1, 1)
        self.unfold = nn.PixelShuffle(2)

    def forward(self, condition: Tensor) -> Tensor:
        scores, free = self.scores(condition)
        return mix(scores / self.temperature, *candidates(condition), free)

    def scores(self, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Score ground, dark, middle, light tone and free colour (B,CANDIDATES,H,W); give the free one (B,3,H,W)."""
        x = self.stem(self.fold(condition))
        skips = []
        for down in self.downs:
            skips.append(x)
            x = down(x)
        x = self.middle(x)
        for up in self.ups:
            x = up(nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")) + skips.pop()
        out = self.unfold(self.head(x))
        corrections, free = out[:, :CANDIDATES], torch.sigmoid(out[:, CANDIDATES:])
        # Where no paint is laid there is only ink, whose colour needs no learning.
        drawn = torch.where(_painted(condition) < _PAINTED, _ink(condition), free)
        return corrections + expected_scores(condition), drawn


def mix(scores: Tensor, ground: Tensor, tones: Tensor, free: Tensor) -> Tensor:
    """Mix a picture (B,3,H,W) by scores (B,CANDIDATES,H,W) of ground and free (B,3,H,W) and tones (B,9,H,W)."""
    shares = scores.softmax(1)
    picture = shares[:, :1] * ground + shares[:, -1:] * free
    for tone in range(TONES):
        picture = picture + shares[:, 1 + tone : 2 + tone] * tones[:, 3 * tone : 3 * tone + 3]
    return picture


def candidates(condition: Tensor) -> tuple[Tensor, Tensor]:
    """Ground (B,3,H,W) and tones (B,9,H,W) of a condition: what scores choose among, with the free colour."""
    return condition[:, SLICES["ground"]], condition[:, SLICES["colours"]]


def expected_scores(condition: Tensor) -> Tensor:
    """Guess the scores (B,CANDIDATES,H,W) from the condition alone.

    Ground where the step does not paint, else the tone that the run of the light calls for. Where nothing is painted no
    tone is chosen: a drawing is ground and ink.
    """
    light, painted = condition[:, SLICES["light"]], _painted(condition)
    sure = _SURE * (2 * painted - 1)
    never = IMPOSSIBLE * (painted < _PAINTED).to(painted)
    tones = [sure - _SURE * (light - tone / (TONES - 1)).abs() + never for tone in range(TONES)]
    return torch.cat([-sure, *tones, torch.full_like(sure, -_SURE)], 1)


def _painted(condition: Tensor) -> Tensor:
    """How much of each place the step paints, (B,1,H,W): if unknown, everything for a block-in, half for a mass."""
    known, start = condition[:, SLICES["where_known"]], condition[:, SLICES["start"]]
    mass, block = (start[:, STARTS.index(name) :][:, :1] for name in ("mass", "block"))
    return known * condition[:, SLICES["where"]][:, :1] + (1 - known) * (block + 0.5 * mass)


def _ink(condition: Tensor) -> Tensor:
    """Compute the colour (B,3,1,1) of a whole line on each sample's ground: `draw_lines` of one pixel."""
    ground = condition[:, SLICES["ground"], :1, :1].detach()
    ink, chalk = (torch.from_numpy(colour).to(condition)[:, None, None] for colour in (INK, CHALK))
    drawn = torch.where(ground.mean(1, keepdim=True) > DARK_GROUND, ink, chalk)
    return ground * (1 - OPAQUE_LINE) + drawn * OPAQUE_LINE
