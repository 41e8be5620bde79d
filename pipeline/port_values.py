"""Values that travel between ports, besides pictures: small, immutable, without torch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..modules.labels import LabelSet

if TYPE_CHECKING:
    from ..modules.brush.pass_layout import PassLayout
    from ..modules.plans.edits import PlanEdit
    from ..modules.plans.plan import Plan, PlanStep
    from ..modules.plans.plan_file import PlanFile


@dataclass(frozen=True)
class Parts:
    """A label map with its names (port kind `labels`)."""

    labels: np.ndarray  # (H,W) uint8, indices into `label_set`
    label_set: LabelSet  # names, colours and parents of the classes

    @property
    def present(self) -> list[int]:
        """Indices of the parts with pixels; padding (class `edge`) is no part."""
        return self.label_set.present(self.labels)

    @property
    def names(self) -> list[str]:
        return [self.label_set.names[k] for k in self.present]


@dataclass(frozen=True)
class Scene:
    """What a network of scenes sees, at the size it runs at (port kind `scene`)."""

    probabilities: np.ndarray  # (24,h,w) in [0,1], of `segment.classes.NETWORK_CLASSES`
    depth: np.ndarray  # (h,w) in [0,1], near = 1


@dataclass(frozen=True)
class PlanSettings:
    """The plan that is requested (port kind `request`)."""

    n_frames: int = 40  # N, frame 0 (bare canvas) included
    seed: int = 0  # which artist, or which draw
    plan: str | Plan | PlanFile = "artist"  # a name in `plans.PLANS`, a plan file, or a ready plan
    habit: str | None = None  # of the plans "artist" and "reverse"; None draws one by the seed
    edits: tuple[PlanEdit, ...] = ()  # changes to the plan, applied one after the other
    medium: str | None = None  # None: what the painting looks like
    ending: str | None = None  # "painting" or "brush"; None: as a plan file says, or else as the painting
    canvas: np.ndarray | None = None  # (H,W,3) float32 in [0,1], frame 0 in place of a bare canvas
    first_step: int = 2  # the first step that the loop paints: 2 after a first frame, 1 where none is made


@dataclass(frozen=True)
class Beginning:
    """How this artist starts (port kind `beginning`)."""

    start: str  # toned, sketch, mass or block
    ground: tuple[float, float, float]  # RGB in [0,1]
    step: PlanStep  # the plan's first step
    canvas: np.ndarray | None = None  # (H,W,3) float32 in [0,1], frame 0; None is white, without a layout
    layout: Callable[[], PassLayout] | None = None  # makes the layout of the plan's strokes, once; None: no strokes


@dataclass(frozen=True)
class PlanSteps:
    """Steps `first` .. N-1 of a plan, made when they are read (port kind `series of degrees`)."""

    plan: Plan
    first: int

    def __iter__(self) -> Iterator[PlanStep]:
        return (self.plan.step(index) for index in range(self.first, self.plan.n_frames))

    def __len__(self) -> int:
        return max(0, self.plan.n_frames - self.first)


@dataclass(frozen=True)
class Noise:
    """The source of `z` (port kind `noise`).

    Frame k's numbers depend on the seed, the painting's pixels and k alone, so that a frame can be painted again
    without those before it.
    """

    seed: int
    painting_sha256: str

    def seed_of(self, frame: int) -> int:
        """Return the seed (63 bits) of frame `frame`."""
        digest = hashlib.sha256(f"{self.seed} {self.painting_sha256} {frame}".encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 1
