"""The firstframe stage: segmentation -> x_1, the first painted state as this artist starts (DESIGN section 4).

Two variants behind one `paint`. `default`: outlines, the palette colour of every pixel's part, the ground, the way of
starting and, where parts have names, the classes; it works for parts without names, too. `paper`: the label map is the
only input (Figure 9), pix2pixHD's global generator does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..labels import PORTRAIT
from ..layers import pad_to_multiple
from ..store import Stored
from .generators import GlobalGenerator, MixGenerator

STARTS = ("toned", "sketch", "mass", "block")
VARIANTS = ("default", "paper")
NO_COLOUR = 0.5  # palette map and ground where none is given
MULTIPLE = 16


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

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise ValueError(f"variant {self.variant!r} is none of {', '.join(VARIANTS)}")
        if len(self.widths) != 4:
            raise ValueError(f"four widths wanted, got {self.widths}")


class FirstFrameModel(Stored):
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
        """Channels of the condition: classes and edges; in the default variant also palette, flag, ground, start."""
        plain = self.config.classes + 1
        return plain if self.config.variant == "paper" else plain + 3 + 1 + 3 + len(STARTS)

    def condition(
        self,
        labels_one_hot: Tensor,
        edges: Tensor,
        start: str | list[str] | Tensor = "block",
        palette: Tensor | None = None,
        ground: Tensor | None = None,
    ) -> Tensor:
        """Everything the generator sees, stacked: (B,channels,H,W). Arguments as in `paint`."""
        b, k, h, w = labels_one_hot.shape
        if k != self.config.classes or edges.shape != (b, 1, h, w):
            raise ValueError(f"labels {tuple(labels_one_hot.shape)} and edges {tuple(edges.shape)} do not fit")
        if self.config.variant == "paper":
            return torch.cat([labels_one_hot, edges], 1)
        if palette is None:
            palette_picture = labels_one_hot.new_full((b, 3, h, w), NO_COLOUR)
        elif palette.dim() == 3:
            palette_picture = torch.einsum("bkhw,bkc->bchw", labels_one_hot, palette.to(labels_one_hot))
        else:
            palette_picture = palette.to(labels_one_hot)
        if palette_picture.shape != (b, 3, h, w):
            raise ValueError(f"palette map {tuple(palette_picture.shape)}, wanted {(b, 3, h, w)}")
        flag = labels_one_hot.new_full((b, 1, h, w), float(palette is not None))
        grounds = labels_one_hot.new_full((b, 3), NO_COLOUR) if ground is None else ground.to(labels_one_hot)
        ground_picture = grounds.reshape(-1, 3, 1, 1).expand(b, 3, h, w)
        ways = _start_one_hot(start, b).to(labels_one_hot)[:, :, None, None].expand(b, len(STARTS), h, w)
        return torch.cat([palette_picture, flag, ground_picture, edges, ways, labels_one_hot], 1)

    def forward(self, condition: Tensor) -> Tensor:
        """Condition (B,channels,H,W) -> x_1 (B,3,H,W) in [0,1]; any H and W."""
        h, w = condition.shape[-2:]
        padded = pad_to_multiple(condition, MULTIPLE)
        if self.config.variant == "paper":
            # reflection padding wants more pixels than it reflects: the smallest map has one, so grow tiny pictures
            grow = [max(0, 2 * MULTIPLE - side) for side in padded.shape[-2:]]
            padded = nn.functional.pad(padded, (0, grow[1], 0, grow[0]), mode="replicate")
            return self.generator(padded)[..., :h, :w]
        return self.generator(padded, padded[:, 4:7], padded[:, :3])[..., :h, :w]

    def paint(
        self,
        labels_one_hot: Tensor,
        edges: Tensor,
        start: str | list[str] | Tensor = "block",
        palette: Tensor | None = None,
        ground: Tensor | None = None,
    ) -> Tensor:
        """Paint x_1.

        Args:
            labels_one_hot: (B,K,H,W) float, K = the classes this model knows; all zero for parts without names.
            edges: (B,1,H,W) float, boundaries of the label map.
            start: one of STARTS, a list of B of them, or (B,4) weights.
            palette: the parts' mean colours: (B,K,3) for named parts, or (B,3,H,W) with every pixel's part colour
                (`palette_map`), which works for any parts; None = unknown.
            ground: (B,3) or (3,) RGB of the ground in [0,1]; None = unknown.

        Returns:
            (B,3,H,W) in [0,1]. The paper variant uses labels and edges alone.
        """
        condition = self.condition(labels_one_hot, edges, start, palette, ground)
        return self(condition).clamp(0, 1)


def _start_one_hot(start: str | list[str] | Tensor, batch: int) -> Tensor:
    if isinstance(start, Tensor):
        return start.reshape(batch, len(STARTS)).float()
    names = [start] * batch if isinstance(start, str) else list(start)
    if len(names) != batch or any(name not in STARTS for name in names):
        raise ValueError(f"start {start!r}: one or {batch} of {', '.join(STARTS)} wanted")
    return nn.functional.one_hot(torch.tensor([STARTS.index(name) for name in names]), len(STARTS)).float()


def part_palette(painting: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Mean colour per part: painting (B,3,H,W), labels (B,H,W) int64 -> (B,classes,3). Absent parts get grey."""
    b = labels.shape[0]
    index = labels.reshape(b, 1, -1)
    sums = painting.new_zeros((b, 3, classes)).scatter_add_(2, index.expand(b, 3, -1), painting.reshape(b, 3, -1))
    counts = painting.new_zeros((b, 1, classes)).scatter_add_(2, index, torch.ones_like(index, dtype=painting.dtype))
    means = torch.where(counts > 0, sums / counts.clamp_min(1), torch.full_like(sums, NO_COLOUR))
    return means.transpose(1, 2)


def palette_map(labels: Tensor, palette: Tensor) -> Tensor:
    """Every pixel's part colour: labels (B,H,W) int64, palette (B,K,3) -> (B,3,H,W)."""
    b, h, w = labels.shape
    index = labels.reshape(b, 1, -1).expand(b, 3, -1)
    return palette.transpose(1, 2).gather(2, index).reshape(b, 3, h, w)
