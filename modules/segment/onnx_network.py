"""ONNX runtime of the segment stage: numpy arrays in and out."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..io.config_json import config_from_json
from ..io.onnx_graph import OnnxGraph
from .config import SegmentConfig


class OnnxSegmentNetwork:
    """A `SegmentNetwork` of exported graphs (export.py). That for portraits is loaded when somebody is seen."""

    def __init__(self, config: dict[str, Any], graphs: Mapping[str, Path]) -> None:
        self.config: SegmentConfig = config_from_json(SegmentConfig, config)
        self._graph, self._graphs = OnnxGraph(graphs["model"]), graphs

    @cached_property
    def _portrait(self) -> OnnxGraph:
        return OnnxGraph(self._graphs["portrait"])

    def predict(self, painting: np.ndarray) -> np.ndarray:
        return self._graph(painting=painting[None])["planes"][0]

    def predict_portrait(self, painting: np.ndarray) -> np.ndarray:
        return self._portrait(painting=painting[None])["planes"][0]
