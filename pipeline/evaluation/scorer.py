"""Scorer: the reference data of one painting (label map, true processes, perceptual metric) and all metrics on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..diversity import at_levels, spread_of
from ..port_values import Parts
from .metrics import PerceptualMetric, compare_to_reference, score_process


@dataclass(frozen=True)
class Scorer:
    """Scores processes of one painting."""

    painting: np.ndarray  # (H, W, 3) float32 in [0, 1]
    parts: Parts  # its label map, of that size
    references: Sequence[np.ndarray] = field(default=(), repr=False)  # true processes, (N_i, H, W, 3) each
    perceptual: PerceptualMetric | None = None

    def score(
        self, frames: np.ndarray, requested: np.ndarray | None, *, references: Sequence[np.ndarray] | None = None
    ) -> dict[str, Any]:
        """Compute every metric of a process, also beside the nearest of the references.

        Several people paint one picture in several ways, and being like one of them is enough: the nearest is that
        whose aligned frames have the highest SSIM.

        Args:
            frames: (N, H, W, 3) in [0, 1].
            requested: degrees (N-1, K) of the plan, if any.
            references: true processes in place of all.
        """
        found = score_process(
            frames, self.painting, self.parts.labels, len(self.parts.label_set), requested, self.perceptual
        )
        if not np.isfinite(frames).all():
            return found
        compared = [
            compare_to_reference(frames, reference, self.parts.labels, self.perceptual)
            for reference in (self.references if references is None else references)
        ]
        return found | max(compared, key=lambda one: one["aligned_ssim"], default={})

    def states(self, frames: np.ndarray) -> np.ndarray:
        """Pick the frames of a process at equal distances from the painting, scaled down, for `spread`."""
        start = float((1 - self.painting).mean())  # from white, whatever the ground is: one scale for all processes
        return at_levels(frames, self.painting, start)

    def spread(self, states: Sequence[np.ndarray]) -> dict[str, float]:
        """Measure how far processes are apart, from their `states`; {} for under two."""
        return spread_of(states, self.perceptual)
