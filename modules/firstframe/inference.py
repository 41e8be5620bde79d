"""Inference of the firstframe stage: a label map and what is known of the plan to x_1, numpy in and numpy out."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ..imaging.push_pull import enlarge_by_part
from ..imaging.resize import crop_resize, fit_size, resize_labels
from ..labels import LabelSet
from .conditioning import FirstFrameInputs, class_planes
from .config import FirstFrameConfig
from .first_step import FirstStepMasks
from .model import GENERATORS, FirstFrameModel
from .palette import TONES, UNKNOWN

ROWS = 256  # of the picture mixed at a time: memory grows with one frame, not with the candidates


class FirstFrameNetwork(Protocol):
    """The network as numpy; another runtime provides the same."""

    config: FirstFrameConfig

    def predict(self, condition: np.ndarray) -> np.ndarray:
        """Return x_1 (h,w,3) of a condition (C,h,w), at its size."""
        ...

    def scores(self, condition: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return scores (h,w,CANDIDATES) and free colour (h,w,3) of a condition, of a variant that mixes."""
        ...


class TorchFirstFrameNetwork:
    """A `FirstFrameModel` as a `FirstFrameNetwork`, on the model's device."""

    def __init__(self, model: FirstFrameModel) -> None:
        self.model, self.config = model, model.config
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


class FirstFramePredictor:
    """Paints first frames by a model, or by what stands in its place."""

    def __init__(self, network: FirstFrameModel | FirstFrameNetwork) -> None:
        self.network = TorchFirstFrameNetwork(network) if isinstance(network, FirstFrameModel) else network
        self.config = self.network.config
        self.generator = GENERATORS[self.config.variant]

    def prepare(self, labels: np.ndarray, label_set: LabelSet, inputs: FirstFrameInputs) -> np.ndarray:
        """Build the condition (C,h,w) for labels (h,w) of `label_set`."""
        masks, palette = FirstStepMasks.of(labels, label_set, inputs.step), inputs.palette
        return self.generator.condition(
            labels,
            class_planes(labels, label_set, self.config.classes),
            inputs.start,
            colours=None if palette is None else palette.colours(masks.laid),
            light=None if palette is None else palette.light(masks.laid),
            ground=None if inputs.ground is None else np.asarray(inputs.ground, np.float32),
            where=masks.where if masks.known else None,
        )

    def predict(self, labels: np.ndarray, label_set: LabelSet, inputs: FirstFrameInputs) -> np.ndarray:
        """Paint x_1 (H,W,3) float32 in [0,1] at the size of labels (H,W) of `label_set`."""
        small = resize_labels(labels, fit_size(labels.shape, self.config.size))
        condition = self.prepare(small, label_set, inputs)
        if small.shape == labels.shape or not self.generator.mixes:
            return enlarge_by_part(self.network.predict(condition), small, labels)
        scores, free = self.network.scores(condition)
        masks = FirstStepMasks.of(labels, label_set, inputs.step)
        return _mix_at_full_size(scores / self.config.temperature, free, masks, inputs)


def _mix_at_full_size(
    scores: np.ndarray, free: np.ndarray, masks: FirstStepMasks, inputs: FirstFrameInputs
) -> np.ndarray:
    """Mix the picture (H,W,3) that scores (h,w,C) and free colour (h,w,3) make at the size of `masks`.

    Scores are enlarged rather than what they mix, so that shapes stay crisp; outlines are those of the full label map.
    """
    height, width = masks.laid.shape
    ground = np.full(3, UNKNOWN, np.float32) if inputs.ground is None else np.asarray(inputs.ground, np.float32)
    result = np.empty((height, width, 3), np.float32)
    for top in range(0, height, ROWS):
        box = (top, min(height, top + ROWS), 0, width)
        wide = np.dstack([crop_resize(scores[..., i], masks.laid.shape, box) for i in range(scores.shape[2])])
        shares = np.exp(wide - wide.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        laid = masks.laid[top : box[1]]
        picture = shares[..., :1] * ground + shares[..., -1:] * crop_resize(free, masks.laid.shape, box)
        for tone in range(TONES):
            colours = np.full(3, UNKNOWN, np.float32) if inputs.palette is None else inputs.palette.tones[:, tone][laid]
            picture += shares[..., 1 + tone : 2 + tone] * colours
        result[top : box[1]] = picture
    return np.clip(result, 0, 1, out=result)
