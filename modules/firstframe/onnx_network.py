"""ONNX runtime of the firstframe stage: numpy arrays in and out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..io.config_json import config_from_json
from ..io.onnx_graph import OnnxGraph
from .config import MULTIPLE, FirstFrameConfig


class OnnxFirstFrameNetwork:
    """A `FirstFrameNetwork` of an exported graph (export.py)."""

    def __init__(self, config: dict[str, Any], graphs: Mapping[str, Path]) -> None:
        self.config: FirstFrameConfig = config_from_json(FirstFrameConfig, config)
        self._graph = OnnxGraph(graphs["model"])
        self.mixes = "scores" in self._graph.outputs

    def predict(self, condition: np.ndarray) -> np.ndarray:
        return self._run(condition)["picture"]

    def scores(self, condition: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = self._run(condition)
        return found["scores"], found["free"]

    def _run(self, condition: np.ndarray) -> dict[str, np.ndarray]:
        h, w = condition.shape[1:]
        padded = np.pad(condition, ((0, 0), (0, -h % MULTIPLE), (0, -w % MULTIPLE)), mode="edge")
        found = self._graph(condition=padded[None])
        return {name: np.ascontiguousarray(planes[0, :, :h, :w].transpose(1, 2, 0)) for name, planes in found.items()}
