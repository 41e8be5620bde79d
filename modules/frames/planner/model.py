"""The planner's network: a U-Net at plan size, and the encoder that finds in which style a process was painted."""

import shutil
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...io.model_folder import CONFIG, model_folder
from ...io.pretrained import PretrainedModel
from ...layers import ConvNormAct, ResBlock
from .config import PlannerConfig
from .inputs import FACTS, PLANES

FOLDER = "planner"  # in the folder of the frames model that paints with it
HEADS = 4  # of the attention among places
ORDER_PLANES = 8  # painting, rank, edges, inside; when a pixel was first touched, and last


class OrderEncoder(nn.Sequential):
    """Order maps of a whole process (B,8,h,w) -> mu and logvar of its style (B,2*style)."""

    def __init__(self, style: int) -> None:
        super().__init__(
            nn.AvgPool2d(4),
            ConvNormAct(ORDER_PLANES, 24, stride=2),
            ConvNormAct(24, 32, stride=2),
            ConvNormAct(32, 48),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(48, 2 * style),
        )


class PlanNetwork(PretrainedModel):
    """Where and how finely the next step paints, from picture, canvas, parts and style."""

    stage: ClassVar[str] = "planner"
    Config: ClassVar[type] = PlannerConfig

    def __init__(self, config: PlannerConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or PlannerConfig()
        widths = config.widths
        self.order = OrderEncoder(config.style)
        facts = FACTS + len(config.media) + config.style
        self.enter = nn.Conv2d(4 * (PLANES + config.n_classes) + facts, widths[0], 1)
        self.down = nn.ModuleList(ConvNormAct(a, b, stride=2) for a, b in zip(widths, widths[1:], strict=False))
        self.work = nn.ModuleList(ResBlock(width) for width in widths)
        # Which part is next is a question about all of the picture.
        self.whole = nn.MultiheadAttention(widths[-1], HEADS, batch_first=True)
        self.bottom = ResBlock(widths[-1])
        self.up = nn.ModuleList(ConvNormAct(a + b, a) for a, b in zip(widths, widths[1:], strict=False))
        self.leave = nn.Conv2d(widths[0], 4 * (1 + config.n_levels), 1)
        self.choose = nn.Conv2d(widths[0], 4 * config.n_levels, 1)

    def encode(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Encode order maps (B,8,h,w) as mu and logvar (B,style) of the style that explains them (training only)."""
        mu, logvar = self.order(maps).chunk(2, dim=1)
        return mu, logvar.clamp(-8, 4)

    def forward(self, planes: Tensor, facts: Tensor, style: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Predict the next step.

        Args:
            planes: (B,C,h,w) of `planner_planes`; h and w are multiples of 16.
            facts: (B,F) of `planner_facts`.
            style: (B,style), ~ N(0,1) at inference.

        Returns:
            Logits of the field (B,h,w), of the levels of finish (B,M,h,w), and the maps (B,M,h,w) that `choice_logits`
            takes the mean of.
        """
        x = functional.pixel_unshuffle(planes, 2)
        spread = torch.cat([facts, style], dim=1)[:, :, None, None].expand(-1, -1, *x.shape[-2:])
        x = self.work[0](self.enter(torch.cat([x, spread], dim=1)))
        seen = []
        for down, work in zip(self.down, self.work[1:], strict=True):
            seen.append(x)
            x = work(down(x))
        places = x.flatten(2).transpose(1, 2)
        x = self.bottom(x + self.whole(places, places, places, need_weights=False)[0].transpose(1, 2).reshape(x.shape))
        for up in reversed(self.up):
            x = up(torch.cat([functional.interpolate(x, scale_factor=2.0), seen.pop()], dim=1))
        logits = functional.pixel_shuffle(self.leave(x), 2)
        return logits[:, 0], logits[:, 1:], functional.pixel_shuffle(self.choose(x), 2)


def choice_logits(maps: Tensor, parts: Tensor) -> Tensor:
    """Take the mean of maps (B,M,h,w) in every part: the logits (B,K*M) of bringing part k to level m, part by part.

    parts: (B,h,w) integers, part k is k + 1 and 0 is none; a part without pixels has the logit -inf.
    """
    batch, levels = maps.shape[:2]
    count = int(parts.max()) + 1
    index = parts.flatten(1).long()
    sizes = maps.new_zeros(batch, count).scatter_add(1, index, torch.ones_like(index, dtype=maps.dtype))
    totals = maps.new_zeros(batch, levels, count)
    totals = totals.scatter_add(2, index[:, None].expand(-1, levels, -1), maps.flatten(2))
    means = (totals / sizes[:, None].clamp(min=1)).masked_fill(sizes[:, None] == 0, -torch.inf)
    return means[..., 1:].transpose(1, 2).flatten(1)


def planner_folder(frames: Path | str) -> Path | None:
    """Find the planner of a frames model folder or training run; None when it has none."""
    folder = model_folder(frames) / FOLDER
    return folder if (folder / CONFIG).is_file() else None


def copy_planner(frames: Path | str, to: Path) -> None:
    """Copy the planner of a frames model folder, if it has one, into another frames model folder."""
    if (folder := planner_folder(frames)) is not None:
        shutil.copytree(folder, to / FOLDER)
