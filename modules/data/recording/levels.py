"""Levels of a recording: dark and faint paintings are stretched before anything is judged by its difference."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

USUAL_RANGE, MAX_GAIN = 110.0, 4.0  # of 255: pictures with a smaller range are stretched to it, at most so much


@dataclass(frozen=True)
class Levels:
    """A stretch of values about the darkest one."""

    darkest: float
    gain: float

    @classmethod
    def of(cls, pictures: Sequence[np.ndarray]) -> "Levels":
        """Measure the range of some of the pictures (H,W,3) uint8, from the first to the last."""
        if not pictures:
            return cls(0.0, 1.0)
        chosen = [pictures[i] for i in np.linspace(0, len(pictures) - 1, min(len(pictures), 24)).astype(int)]
        low, high = np.percentile(np.stack(chosen), (1, 99))
        return cls(float(low), float(np.clip(USUAL_RANGE / max(high - low, 1e-3), 1, MAX_GAIN)))

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        if self.gain < 1.05:
            return picture
        return np.clip((picture - self.darkest) * self.gain + 10, 0, 255).astype(np.uint8)
