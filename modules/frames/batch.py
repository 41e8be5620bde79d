"""A training batch as tensors: sequences of one painting each, or all their steps side by side."""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

import torch
from torch import Tensor

from ..labels import label_edges
from .conditioning import Condition, class_channels, step_condition
from .config import FramesConfig

T = TypeVar("T")


@dataclass
class StepBatch:
    """One step of B processes: canvases before and after it (B,3,H,W), and what was requested."""

    painting: Tensor
    classes: Tensor
    edges: Tensor
    before: Tensor
    after: Tensor
    condition: Condition

    def first(self, count: int) -> "StepBatch":
        return _map(self, lambda x: x[:count])

    def twice(self) -> "StepBatch":
        """Repeat the batch: all samples, and all of them again."""
        return _map(self, lambda x: x.repeat(2, 1, 1, 1))


@dataclass
class SequenceBatch:
    """B sequences of S steps; painting, states, classes and edges are (B,...), one for each sequence."""

    painting: Tensor
    states: Tensor
    classes: Tensor
    edges: Tensor
    frames: Tensor  # (B,S+1,3,H,W)
    conditions: list[Condition]  # one for each of the S steps

    @property
    def length(self) -> int:
        """Steps S of each sequence."""
        return len(self.conditions)

    @classmethod
    def of(cls, batch: dict[str, Any], config: FramesConfig, drop_names: float) -> "SequenceBatch":
        """Build it from the collated arrays of `SequenceDataset.sample`.

        drop_names: share of samples that lose their class channels; drawn from torch's global generator.
        """
        labels = batch["labels"]
        named = batch["named"] * (torch.rand(len(labels), device=labels.device) >= drop_names)
        classes = class_channels(labels.clamp(max=config.n_classes - 1), config.n_classes)
        return cls(
            painting=batch["painting"],
            states=batch["states"],
            classes=classes * named[:, None, None, None],
            edges=label_edges(labels),
            frames=batch["frames"],
            conditions=[
                step_condition(batch["degrees"][:, s], batch["field"][:, s], batch["finish"][:, s], labels, config)
                for s in range(batch["field"].shape[1])
            ],
        )

    def at(self, index: int) -> StepBatch:
        """Step number `index` of all sequences."""
        before, after = self.frames[:, index], self.frames[:, index + 1]
        return StepBatch(self.painting, self.classes, self.edges, before, after, self.conditions[index])

    def flat(self) -> StepBatch:
        """All steps as one batch (S*B), step after step."""
        steps = [self.at(i) for i in range(self.length)]
        return StepBatch(
            self.painting.repeat(self.length, 1, 1, 1),
            self.classes.repeat(self.length, 1, 1, 1),
            self.edges.repeat(self.length, 1, 1, 1),
            torch.cat([step.before for step in steps]),
            torch.cat([step.after for step in steps]),
            Condition(
                torch.cat([step.condition.degree_map for step in steps]),
                torch.cat([step.condition.field for step in steps]),
                torch.cat([step.condition.finish for step in steps]),
            ),
        )


def _map(batch: T, change: Callable[[Tensor], Tensor]) -> T:
    """Change every tensor of a dataclass and of those in it."""
    values = {field.name: getattr(batch, field.name) for field in fields(batch)}  # type: ignore[arg-type]
    return replace(batch, **{k: _map(v, change) if is_dataclass(v) else change(v) for k, v in values.items()})  # type: ignore[type-var]
