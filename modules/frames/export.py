"""The frames network as graphs for other runtimes: `prepare` once per painting, `step` for every frame."""

import torch
from torch import Tensor
from torch.export import Dim

from ..io.onnx_export import BATCH, GraphSpec
from .conditioning import step_condition
from .model import FramesModel
from .patches import PATCH
from .postprocess import smooth_logits
from .prediction import Prepared

PARTS = 7  # of the example; the graph takes any number


def _prepare(model: FramesModel, *inputs: Tensor) -> Tensor:
    return model.decoder.prepare_features(*inputs)


def _step(
    model: FramesModel, features: Tensor, states: Tensor, anchors: Tensor, labels: Tensor,
    canvas: Tensor, degrees: Tensor, field: Tensor, finish: Tensor, z: Tensor,
) -> dict[str, Tensor]:  # fmt: skip
    """Predict a step; the condition is built inside, as torch_network.py builds it."""
    condition = step_condition(degrees, field, finish, labels, model.config)
    found = model.predict(Prepared(features, states, anchors), canvas, condition, z)
    logits = None if found.weight_logits is None else smooth_logits(found.weight_logits)
    named = {"mix": found.mix, "free": found.free, "weight": found.weight, "logits": logits}
    return {name: tensor for name, tensor in named.items() if tensor is not None}


def graph_specs(model: FramesModel) -> dict[str, GraphSpec]:
    """List the graphs of a model by name."""
    h, w = Dim("h", min=2), Dim("w", min=2)
    full = {3: PATCH * h, 4: PATCH * w}
    image, plane = {0: BATCH, 2: full[3], 3: full[4]}, {0: BATCH, 1: full[3], 2: full[4]}
    config = model.config

    def painting(batch: int, height: int, width: int) -> dict[str, Tensor]:
        size = (PATCH * height, PATCH * width)
        shapes = {"painting": (3,), "labels": (config.n_classes,), "edges": (1,), "states": (config.n_states, 3)}
        return {name: torch.rand(batch, *channels, *size) for name, channels in shapes.items()}

    @torch.inference_mode()
    def step(batch: int, height: int, width: int) -> dict[str, Tensor]:
        before, size = painting(batch, height, width), (batch, PATCH * height, PATCH * width)
        prepared = model.prepare(*before.values())
        generators = (torch.Generator().manual_seed(seed) for seed in (1, 2))
        return {
            "features": prepared.features, "states": prepared.states, "anchors": prepared.anchors,
            "labels": torch.randint(0, PARTS, size), "canvas": torch.rand(batch, 3, *size[1:]),
            "degrees": torch.rand(batch, PARTS), "field": torch.rand(size),
            "finish": torch.randint(0, max(config.n_states, 1) + 1, size, dtype=torch.uint8),
            "z": model.latent.draw(*size[1:], *generators).expand(batch, -1, -1, -1).clone(),
        }  # fmt: skip

    sample = step(1, 2, 2)
    with torch.inference_mode():
        outputs = tuple(_step(model, *sample.values()))
    scale = PATCH * 2 // sample["features"].shape[-2]
    spatial = {0: BATCH, 2: h, 3: w} if sample["z"].shape[-1] > 1 else {0: BATCH}
    dims = {
        "features": {0: BATCH, 2: PATCH // scale * h, 3: PATCH // scale * w}, "states": {0: BATCH} | full,
        "anchors": {0: BATCH}, "labels": plane, "canvas": image, "degrees": {0: BATCH, 1: Dim("parts", min=2)},
        "field": plane, "finish": plane, "z": spatial,
    }  # fmt: skip
    before = dict.fromkeys(("painting", "labels", "edges"), image) | {"states": {0: BATCH} | full}
    return {
        "prepare": GraphSpec(_prepare, painting, before, ("features",)),
        "step": GraphSpec(_step, step, dims, outputs),
    }
