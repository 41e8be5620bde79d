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

    def predict(self, painting: np.ndarray) -> np.ndarray:
        scores, classes = self._scores(self.model, painting), len(self.config.classes)
        return torch.cat([scores[:classes].softmax(0), scores[classes:].sigmoid()]).cpu().numpy()

    def predict_portrait(self, painting: np.ndarray) -> np.ndarray:
        assert self.model.portrait is not None, "config.portrait says that it is there"
        return self._scores(self.model.portrait, painting).softmax(0).cpu().numpy()

    @torch.inference_mode()
    def _scores(self, model: SegmentModel, painting: np.ndarray) -> torch.Tensor:
        scores: torch.Tensor = model(torch.from_numpy(np.ascontiguousarray(painting))[None].to(self.device))
        return scores.float()[0]
