"""PyTorch runtime of the firstframe stage: numpy arrays in and out."""

import numpy as np
import torch
from torch import Tensor

from .model import FirstFrameModel


class TorchFirstFrameNetwork:
    """A `FirstFrameNetwork` with a firstframe model, on the device its weights are on."""

    def __init__(self, model: FirstFrameModel) -> None:
        self.model, self.config, self.mixes = model, model.config, model.generator.mixes
        self.device = next(model.parameters()).device

    @torch.inference_mode()
    def predict(self, condition: np.ndarray) -> np.ndarray:
        return _planes_last(self.model(self._batch(condition)).clamp(0, 1))

    @torch.inference_mode()
    def scores(self, condition: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        scores, free = self.model.scores(self._batch(condition))
        return _planes_last(scores), _planes_last(free)

    def _batch(self, condition: np.ndarray) -> Tensor:
        return torch.from_numpy(condition)[None].to(self.device)


def _planes_last(planes: Tensor) -> np.ndarray:
    """(1,C,h,w) -> (h,w,C)."""
    return np.ascontiguousarray(planes[0].float().permute(1, 2, 0).cpu().numpy())
