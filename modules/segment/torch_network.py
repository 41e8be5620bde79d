"""PyTorch runtime of the segment stage: numpy arrays in and out."""

import numpy as np
import torch

from .model import SegmentModel


class TorchSegmentNetwork:
    """A `SegmentNetwork` with a segment model, on the device its weights are on."""

    def __init__(self, model: SegmentModel) -> None:
        self.model, self.config = model, model.config
        self.device = next(model.parameters()).device

    @torch.inference_mode()
    def predict(self, painting: np.ndarray) -> np.ndarray:
        scores = self.model(torch.from_numpy(np.ascontiguousarray(painting))[None].to(self.device)).float()[0]
        classes = len(self.config.classes)
        return torch.cat([scores[:classes].softmax(0), scores[classes:].sigmoid()]).cpu().numpy()
