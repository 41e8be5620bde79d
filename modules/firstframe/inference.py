"""Inference of the firstframe stage: a label map and what is known of the plan to x_1, with any runtime behind it."""

from typing import Protocol

import numpy as np

from ..imaging.push_pull import enlarge_by_part
from ..imaging.resize import crop_resize, fit_size, resize_labels
from ..labels import LabelSet
from .conditioning import CONDITIONS, FirstFrameInputs, class_planes
from .config import FirstFrameConfig
from .first_step import FirstStepMasks
from .palette import TONES, UNKNOWN

ROWS = 256  # of the picture mixed at a time: memory grows with one frame, not with the candidates


class FirstFrameNetwork(Protocol):
    """The generator in some runtime (torch_network.py has PyTorch's)."""

    config: FirstFrameConfig
    mixes: bool  # whether there are scores, by which the picture can be mixed at any size

    def predict(self, condition: np.ndarray) -> np.ndarray:
        """Return x_1 (h,w,3) of a condition (C,h,w), at its size."""

    def scores(self, condition: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return scores (h,w,CANDIDATES) and free colour (h,w,3) of a condition (C,h,w)."""


class FirstFramePredictor:
    """Paints first frames."""

    def __init__(self, network: FirstFrameNetwork) -> None:
        self.network, self.config = network, network.config

    def prepare(self, labels: np.ndarray, label_set: LabelSet, inputs: FirstFrameInputs) -> np.ndarray:
        """Build the condition (C,h,w) for labels (h,w) of `label_set`."""
        masks, palette = FirstStepMasks.of(labels, label_set, inputs.step), inputs.palette
        return CONDITIONS[self.config.variant](
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
        if small.shape == labels.shape or not self.network.mixes:
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
