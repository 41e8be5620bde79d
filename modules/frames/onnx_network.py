"""ONNX runtime of the frames stage: numpy arrays in, `Masks` out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..io.config_json import config_from_json
from ..io.onnx_graph import OnnxGraph
from ..labels import label_edges
from ..normal_draws import draw_normal
from .config import FramesConfig
from .inference import StepRequest
from .masks import Masks
from .patches import ANCHOR_SHARE, ANCHOR_SIDE, OPEN_END, PATCH
from .variants import SETTINGS


@dataclass(frozen=True)
class OnnxPrepared:
    """What `prepare` computes once per painting, as inputs of the graph of a step."""

    inputs: dict[str, np.ndarray]


class OnnxFramesNetwork:
    """A `FramesNetwork` of exported graphs (export.py)."""

    def __init__(self, config: dict[str, Any], graphs: Mapping[str, Path]) -> None:
        self.config: FramesConfig = config_from_json(type(SETTINGS[config.get("variant", "default")][1]), config)
        self._prepare, self._step = OnnxGraph(graphs["prepare"]), OnnxGraph(graphs["step"])

    def prepare(
        self, painting: np.ndarray, labels: np.ndarray, classes: np.ndarray | None, states: np.ndarray | None
    ) -> OnnxPrepared:
        channels = np.zeros((self.config.n_classes, *labels.shape), np.float32)
        if classes is not None:
            np.put_along_axis(channels, classes[None].astype(np.int64), 1.0, axis=0)
        index = labels.astype(np.int64)[None]
        mixed = np.zeros((1, 0, 3, *labels.shape), np.float32)
        if states is not None:
            mixed = states.transpose(0, 3, 1, 2).astype(np.float32)[None]
        features = self._prepare(
            painting=_image(painting), labels=channels[None], edges=label_edges(index), states=mixed
        )["features"]
        anchors = _dark_light_anchors(painting if states is None else states[-1])
        return OnnxPrepared({"features": features, "states": mixed, "anchors": anchors[None], "labels": index})

    def draw_z(self, height: int, width: int, style_seed: int, local_seed: int) -> np.ndarray:
        """See `FramesNetwork.draw_z`: the numbers that torch draws."""
        config, (h, w) = self.config, (height // PATCH, width // PATCH)
        if not config.latent:
            return np.zeros((config.z_size, 1, 1), np.float32)
        if not config.local:
            return draw_normal(config.z_size, style_seed)[:, None, None]
        style = draw_normal(config.style, style_seed)[:, None, None]
        local = np.float32(config.temperature) * draw_normal(config.local * h * w, local_seed).reshape(-1, h, w)
        return np.concatenate([np.broadcast_to(style, (config.style, h, w)), local])

    def predict(self, prepared: OnnxPrepared, canvas: np.ndarray, request: StepRequest, z: np.ndarray) -> Masks:
        found = self._step(
            **prepared.inputs,
            canvas=_image(canvas),
            degrees=request.degrees.astype(np.float32)[None],
            field=request.field.astype(np.float32)[None],
            finish=request.finish[None],
            z=z[None],
        )
        return Masks(
            mix=found["mix"][0] if "mix" in found else None,
            free=np.ascontiguousarray(found["free"][0].transpose(1, 2, 0)),
            weight=found["weight"][0, 0],
            weight_logits=found["logits"][0, 0] if "logits" in found else None,
            adds=self.config.predict == "difference",
        )

    def opacity(self, logits: np.ndarray) -> np.ndarray:
        sharpness = self.config.sharpness
        weight = 1 / (1 + np.exp(-sharpness * logits))
        return weight if sharpness == 1.0 else ((weight - OPEN_END) / (1 - 2 * OPEN_END)).clip(0, 1)


def _image(image: np.ndarray) -> np.ndarray:
    """(H,W,3) -> (1,3,H,W) float32."""
    return image.transpose(2, 0, 1).astype(np.float32)[None]


def _dark_light_anchors(painting: np.ndarray) -> np.ndarray:
    """Compute `postprocess.dark_light_anchors` of one painting (H,W,3): (2,3)."""
    side = max(1, min(painting.shape[:2]) // ANCHOR_SIDE)
    h, w = (length // side for length in painting.shape[:2])
    small = painting[: h * side, : w * side].reshape(h, side, w, side, 3).mean(axis=(1, 3)).reshape(-1, 3)
    order, count = small.sum(axis=1).argsort(kind="stable"), max(1, round(ANCHOR_SHARE * len(small)))
    return np.stack([small[order[:count]].mean(axis=0), small[order[-count:]].mean(axis=0)]).astype(np.float32)
