"""The firstframe network as a graph for other runtimes."""

import torch
from torch import Tensor
from torch.export import Dim

from ..io.onnx_export import BATCH, GraphSpec
from .conditioning import CONDITION_SIZE
from .config import MULTIPLE
from .generator import MixGenerator, candidates, mix
from .model import FirstFrameModel


def _picture(model: FirstFrameModel, condition: Tensor) -> tuple[Tensor, ...]:
    """Paint the picture of a padded condition; of a generator that mixes, with what it is mixed by."""
    generator = model.generator
    if not isinstance(generator, MixGenerator):
        return (generator(condition).clamp(0, 1),)
    scores, free = generator.scores(condition)
    return mix(scores / generator.temperature, *candidates(condition), free).clamp(0, 1), scores, free


def graph_specs(model: FirstFrameModel) -> dict[str, GraphSpec]:
    """List the graphs of a model by name."""
    mixes = model.generator.mixes
    planes = model.config.classes + (CONDITION_SIZE if mixes else 1)
    h, w = Dim("h", min=2), Dim("w", min=2)
    spec = GraphSpec(
        _picture,
        lambda batch, height, width: {"condition": torch.rand(batch, planes, MULTIPLE * height, MULTIPLE * width)},
        {"condition": {0: BATCH, 2: MULTIPLE * h, 3: MULTIPLE * w}},
        ("picture", "scores", "free") if mixes else ("picture",),
    )
    return {"model": spec}
