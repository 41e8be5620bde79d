"""Equation 2 by masks: what the network composes itself, in training and where its stroke is free RGB."""

import numpy as np

from ..imaging.resize import resize
from .masks import Masks, equation2, stroke_colours


class Composite:
    """Equation 2 on masks: next = weight * stroke + (1 - weight) * canvas, enlarged where the picture is larger."""

    def __init__(self, shape: tuple[int, ...], states: np.ndarray | None) -> None:
        """Take the picture's shape (H,W,...), and its states of finish (M,h,w,3), None for a model that mixes none."""
        self.shape, self.states = shape, states

    def __call__(self, canvas: np.ndarray, masks: Masks) -> np.ndarray:
        """Compose the next frame (H,W,3) in [0,1]; `canvas` (H,W,3) is not changed."""
        if masks.adds:
            return np.clip(canvas + self._sized(masks.free), 0, 1)
        if masks.mix is not None and self.states is None:
            raise ValueError("masks mix states of finish, but there are none")
        stroke = self._sized(stroke_colours(masks, self.states))
        return np.clip(equation2(stroke, self._sized(masks.weight)[..., None], canvas), 0, 1)

    def _sized(self, values: np.ndarray) -> np.ndarray:
        height, width = self.shape[:2]
        return resize(values, (width, height)).reshape(height, width, *values.shape[2:])
