"""The segment network as graphs for other runtimes: scenes or portraits, and the network beside it."""

from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.export import Dim

from ..io.onnx_export import BATCH, GraphSpec
from ..layers import channel_softmax
from .model import SegmentModel


def graph_specs(model: SegmentModel) -> dict[str, GraphSpec]:
    """List the graphs of a model by name."""
    multiple, h, w = model.config.multiple, Dim("h", min=2), Dim("w", min=2)
    rest: tuple[Any, ...] = (
        lambda batch, height, width: {"painting": torch.rand(batch, 3, multiple * height, multiple * width)},
        {"painting": {0: BATCH, 2: multiple * h, 3: multiple * w}},
        ("planes",),
    )
    found = {"model": GraphSpec(partial(_planes, classes=len(model.config.classes)), *rest)}
    return found if model.portrait is None else found | {"portrait": GraphSpec(_portrait_planes, *rest)}


def _planes(model: SegmentModel, painting: Tensor, classes: int) -> Tensor:
    """Compute what `SegmentNetwork.predict` gives, in batches."""
    scores = model(painting)
    return torch.cat([channel_softmax(scores[:, :classes]), scores[:, classes:].sigmoid()], 1)


def _portrait_planes(model: SegmentModel, painting: Tensor) -> Tensor:
    assert model.portrait is not None
    return channel_softmax(model.portrait(painting))
