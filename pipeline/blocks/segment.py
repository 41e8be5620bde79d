"""The segment stage as a block around its model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ..graph.graph import Block, Port
from ..values import Parts
from .ports import PAINTING, labels_port

if TYPE_CHECKING:
    from ...modules.segment.model import SegmentModel

__all__ = ["SegmentBlock"]


class SegmentBlock(Block):
    """painting -> labels, and how sure it is of each pixel, (H,W) in [0,1]; by a segment model."""

    inputs = (PAINTING,)

    def __init__(self, model: SegmentModel, device: torch.device | str) -> None:
        self.model, self.device = model.to(device).eval(), device
        self.outputs = (labels_port(model.label_set), Port("confidence", "confidence"))

    def __call__(self, *, painting: np.ndarray) -> dict[str, Any]:
        labels, confidence = self.model.predict(to_tensor(painting, self.device))
        parts = Parts(labels[0].cpu().numpy().astype(np.uint8), self.model.label_set)
        return {"labels": parts, "confidence": confidence[0].float().cpu().numpy()}


def to_tensor(image: np.ndarray, device: torch.device | str) -> torch.Tensor:
    """(H,W,C) or (H,W) float -> (1,C,H,W) float32."""
    planes = image[..., None] if image.ndim == 2 else image
    return torch.from_numpy(np.ascontiguousarray(planes.transpose(2, 0, 1)))[None].float().to(device)
