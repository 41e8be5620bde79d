"""PyTorch runtime of the frames stage: numpy arrays in, `Masks` out."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..labels import label_edges
from .conditioning import class_channels, step_condition
from .inference import StepRequest
from .masks import Masks
from .model import FramesModel
from .postprocess import smooth_logits, weight_of_logits
from .prediction import Prepared


@dataclass(frozen=True)
class TorchPrepared:
    """What `prepare` computes once per painting: features, and the part indices (1,H,W) int64."""

    features: Prepared
    labels: Tensor


class TorchFramesNetwork:
    """A `FramesNetwork` with a frames model, on the device its weights are on."""

    def __init__(self, model: FramesModel) -> None:
        self.model, self.config = model, model.config
        self.device = next(model.parameters()).device

    def prepare(
        self, painting: np.ndarray, labels: np.ndarray, classes: np.ndarray | None, states: np.ndarray | None
    ) -> TorchPrepared:
        index = torch.from_numpy(labels.astype(np.int64))[None]
        channels = torch.zeros(1, self.config.n_classes, *labels.shape)
        if classes is not None:
            channels = class_channels(torch.from_numpy(classes.astype(np.int64))[None], self.config.n_classes)
        mixed = torch.zeros(1, 0, 3, *labels.shape)
        if states is not None:
            mixed = torch.cat([image_tensor(state) for state in states])[None]
        inputs = (image_tensor(painting), channels, label_edges(index), mixed)
        with torch.inference_mode():
            features = self.model.prepare(*(tensor.to(self.device) for tensor in inputs))
        return TorchPrepared(features, index.to(self.device))

    def draw_z(self, height: int, width: int, style_seed: int, local_seed: int) -> np.ndarray:
        """See `FramesNetwork.draw_z`. Drawn on the CPU: every device gives the same."""
        style, local = (torch.Generator().manual_seed(seed) for seed in (style_seed, local_seed))
        return self.model.latent.draw(height, width, style, local)[0].numpy()

    def predict(self, prepared: TorchPrepared, canvas: np.ndarray, request: StepRequest, z: np.ndarray) -> Masks:
        arrays = (request.degrees.astype(np.float32), request.field.astype(np.float32), request.finish, z)
        degrees, field, finish, latent = (torch.from_numpy(array)[None].to(self.device) for array in arrays)
        with torch.inference_mode():
            condition = step_condition(degrees, field, finish, prepared.labels, self.config)
            image = image_tensor(canvas).to(self.device)
            prediction = self.model.predict(prepared.features, image, condition, latent)
            logits = prediction.weight_logits
            return Masks(
                mix=None if prediction.mix is None else _planes(prediction.mix),
                free=np.ascontiguousarray(_planes(prediction.free).transpose(1, 2, 0)),
                weight=_planes(prediction.weight)[0],
                weight_logits=None if logits is None else _planes(smooth_logits(logits))[0],
                adds=prediction.adds,
            )

    def opacity(self, logits: np.ndarray) -> np.ndarray:
        return weight_of_logits(torch.from_numpy(logits), self.config.sharpness).numpy()


def image_tensor(image: np.ndarray) -> Tensor:
    """Convert a float image (H,W,3) to (1,3,H,W) float32."""
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float()


def _planes(tensor: Tensor) -> np.ndarray:
    """Take the only sample (C,H,W) of a batch, float32 on the CPU."""
    return tensor[0].float().cpu().numpy()
