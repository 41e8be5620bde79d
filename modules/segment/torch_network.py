"""PyTorch runtime of the segment stage: numpy arrays in and out."""

import numpy as np
import torch

from .model import SegmentModel


class TorchSegmentNetwork:
    """A `SegmentNetwork` with a segment model, on the device its weights are on."""

    def __init__(self, model: SegmentModel) -> None:
        # a quarter faster for convolutions on CPUs
        self.model, self.config = model.to(memory_format=torch.channels_last), model.config
        self.device = next(model.parameters()).device

    @torch.inference_mode()
    def predict(self, painting: np.ndarray) -> np.ndarray:
        batch = torch.from_numpy(np.ascontiguousarray(painting))[None].to(self.device)
        scores, classes = self.model(batch).float()[0], len(self.config.classes)
        planes = [scores[:classes].softmax(0), scores[classes:].sigmoid()]
        if self.model.portrait is not None:
            planes.append(self.model.portrait(batch).float()[0].softmax(0))
        return torch.cat(planes).cpu().numpy()
