"""What the runs on one painting are measured with: the painting, its parts, its true processes, and the ruler."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..images import bare_canvas
from ..values import Parts
from . import metrics


@dataclass(frozen=True)
class Scorer:
    """painting: (H,W,3) float32 in [0,1]. parts: its label map of that size. truths: true processes (N,H,W,3)."""

    painting: np.ndarray
    parts: Parts
    truths: Sequence[np.ndarray] = field(default=(), repr=False)
    ruler: metrics.PerceptualMetric | None = None

    def figures(
        self, frames: np.ndarray, asked: np.ndarray | None, *, truths: Sequence[np.ndarray] | None = None
    ) -> dict[str, Any]:
        """Every figure of a process; where there are true ones (`truths`: others than all), also beside the nearest.

        Several people paint one picture in several ways, and being like one of them is enough: the nearest is that
        whose aligned frames are most alike in structure (SSIM).
        """
        n_classes = len(self.parts.label_set)
        found = metrics.score(frames, self.painting, self.parts.labels, n_classes, asked, self.ruler)
        if not np.isfinite(frames).all():
            return found
        beside = [
            metrics.compare_to_reference(frames, true, self.parts.labels, self.ruler)
            for true in (self.truths if truths is None else truths)
        ]
        return found | max(beside, key=lambda one: one["aligned_ssim"], default={})

    def states(self, frames: np.ndarray) -> np.ndarray:
        """What a process looked like at equal distances from the painting, small: for `spread`."""
        start = float(np.abs(bare_canvas(self.painting.shape) - self.painting).mean())
        return metrics.at_levels(frames, self.painting, start)

    def spread(self, states: Sequence[np.ndarray]) -> dict[str, float]:
        """How far processes are apart, from their `states`; nothing for under two."""
        return metrics.spread_of(states, self.ruler)
