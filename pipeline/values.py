"""What travels between blocks besides pictures: small immutable values, without torch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..modules.labels import LabelSet

if TYPE_CHECKING:
    import torch

    from ..modules.plans.edits import PlanEdit
    from ..modules.plans.plan import Plan, PlanStep
    from ..modules.plans.plan_file import PlanFile

__all__ = ["Beginning", "Noise", "Parts", "RunRequest", "PlanSteps"]


@dataclass(frozen=True)
class Parts:
    """A label map with its names: labels (H,W) uint8, indices into `label_set`."""

    labels: np.ndarray
    label_set: LabelSet

    @property
    def present(self) -> list[int]:
        """Indices of the parts with pixels; padding (class `edge`) is no part."""
        edge = self.label_set.names.index("edge") if "edge" in self.label_set.names else -1
        return [int(k) for k in np.flatnonzero(np.bincount(self.labels.reshape(-1))) if k != edge]

    @property
    def names(self) -> list[str]:
        return [self.label_set.names[k] for k in self.present]


@dataclass(frozen=True)
class RunRequest:
    """What a person asked for: how many frames, which draw, which plan (a name, a ready one or a plan file) and
    habit,
    what is wanted otherwise (`steering`), and the canvas (H,W,3) to begin with instead of a bare one.

    first: the first step that is painted, on the canvas `now` (H,W,3); those before it are given.
    notes: gets what the person should know.
    """

    n_frames: int
    seed: int
    plan: str | Plan | PlanFile = "artist"
    habit: str | None = None
    steering: tuple[PlanEdit, ...] = ()
    canvas: np.ndarray | None = None
    first: int = 1
    now: np.ndarray | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Beginning:
    """How this artist starts: `start` (toned, sketch, mass, block), the ground's RGB in [0,1], the plan's step 1."""

    start: str
    ground: tuple[float, float, float]
    step: PlanStep


@dataclass(frozen=True)
class PlanSteps:
    """Steps first .. last of a plan, made when they are read."""

    plan: Plan
    first: int

    def __iter__(self) -> Iterator[PlanStep]:
        return (self.plan.step(index) for index in range(self.first, self.plan.n_frames))

    def __len__(self) -> int:
        return max(0, self.plan.n_frames - self.first)


@dataclass(frozen=True)
class Noise:
    """Where `z` comes from: frame k's depends on the seed, the painting's pixels and k alone, so that a frame can be
    painted again without those before it. Drawn on the CPU: every device gives the same."""

    seed: int
    painting_sha256: str

    def generator(self, frame: int) -> torch.Generator:
        import torch

        digest = hashlib.sha256(f"{self.seed} {self.painting_sha256} {frame}".encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)
