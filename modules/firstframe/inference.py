"""What the model is given for one picture, and a first frame of it: for the pipeline's block and training's sheets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..labels import LabelSet, label_edges
from ..plans.plan import PlanStep
from .first_step import FirstStepMasks
from .model import FirstFrameCondition, FirstFrameModel
from .palette import Palette


@dataclass(frozen=True)
class FirstFrameInputs:
    """What is known of how a picture is begun; None = unknown. ground: RGB in [0,1]; step: the plan's first one."""

    start: str = "block"
    palette: Palette | None = None
    ground: tuple[float, float, float] | np.ndarray | None = None
    step: PlanStep | None = None


def build_condition(
    model: FirstFrameModel, labels: np.ndarray, label_set: LabelSet, begun: FirstFrameInputs
) -> torch.Tensor:
    """The model's condition (1,channels,H,W) for labels (H,W) of `label_set`, on the model's device."""
    device = next(model.parameters()).device

    def tensor(planes: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(planes.transpose(2, 0, 1)))[None].float().to(device)

    index = torch.from_numpy(labels.astype(np.int64))[None].to(device)
    classes = torch.zeros((1, model.config.classes, *labels.shape), device=device)
    if label_set.named and len(label_set) - len(label_set.pieces) == model.config.classes:
        # The model sees a piece as the class that it was cut from.
        base = torch.from_numpy(label_set.base_classes).to(device)[index]
        classes = label_set.one_hot(base)[:, : model.config.classes]
    if model.config.variant == "paper":
        return model.condition(classes, label_edges(index))
    opening, palette, ground = FirstStepMasks.of(labels, label_set, begun.step), begun.palette, begun.ground
    told = FirstFrameCondition(
        start=begun.start,
        colours=None if palette is None else tensor(palette.colours(opening.laid)),
        light=None if palette is None else tensor(palette.light(opening.laid)[..., None]),
        ground=None if ground is None else torch.from_numpy(np.asarray(ground, np.float32))[None].to(device),
        where=tensor(opening.where) if opening.told else None,
    )
    return model.condition(classes, label_edges(index), told)


@torch.inference_mode()
def paint_first_frame(
    model: FirstFrameModel, labels: np.ndarray, label_set: LabelSet, begun: FirstFrameInputs
) -> np.ndarray:
    """x_1 (H,W,3) float32 in [0,1] at the size of labels (H,W) of `label_set`."""
    frame = model(build_condition(model, labels, label_set, begun)).clamp(0, 1)
    return np.ascontiguousarray(frame[0].float().permute(1, 2, 0).cpu().numpy())
