"""The stages of the pipeline: one table of specs. A new stage is a row here. Does not import torch."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class StageSpec:
    """Everything that differs between stages; classes are named as "module:Class" below the package `ppp`."""

    name: str  # of the stage, its node in the graph, its folder in modules/ and in a folder of weights
    model: str  # its network, a `PretrainedModel`
    block: str  # its block in the graph, made of a network
    defaults: str  # the defaults of its training settings, `SETTINGS` (modules/training/settings.py)
    progress: str  # shown on a terminal while it runs
    steps: int  # training steps where none are given
    batch: int  # samples per training step where no number is given

    @property
    def torch_network(self) -> str:
        """Its network in torch, made of a model."""
        return f"modules.{self.name}.torch_network:Torch{self._title}Network"

    @property
    def onnx_network(self) -> str:
        """Its network in ONNX Runtime, made of a config and graphs."""
        return f"modules.{self.name}.onnx_network:Onnx{self._title}Network"

    @property
    def _title(self) -> str:
        return self.model.partition(":")[2].removesuffix("Model")


# Training takes about an hour on two cores (segment), an evening (the others).
STAGES: dict[str, StageSpec] = {
    spec.name: spec
    for spec in (
        StageSpec(
            "segment",
            model="modules.segment.model:SegmentModel",
            block="pipeline.blocks.segment:SegmentBlock",
            defaults="modules.segment.config:SETTINGS",
            progress="finding the parts",
            steps=2000,
            batch=8,
        ),
        StageSpec(
            "firstframe",
            model="modules.firstframe.model:FirstFrameModel",
            block="pipeline.blocks.firstframe:FirstFrameBlock",
            defaults="modules.firstframe.config:SETTINGS",
            progress="first frame",
            steps=4000,
            batch=8,
        ),
        StageSpec(
            "frames",
            model="modules.frames.model:FramesModel",
            block="pipeline.blocks.frames:FramesBlock",
            defaults="modules.frames.variants:SETTINGS",
            progress="painting",
            steps=10_000,
            batch=8,
        ),
    )
}


def import_class(path: str) -> Any:
    """Import a class that is named as "module:Class" below the package."""
    module, _, name = path.partition(":")
    return getattr(import_module(f"..{module}", __package__), name)
