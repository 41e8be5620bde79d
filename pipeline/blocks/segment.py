"""The segment stage as a block around its model."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...modules.segment.classes import DEPTH
from ...modules.segment.inference import SegmentNetwork, SegmentPredictor
from ..graph import Block
from ..port_values import Parts, Scene
from .ports import CONFIDENCE, PAINTING, SCENE, labels_port


class SegmentBlock(Block):
    """Find the parts of a painting with a segment model."""

    inputs = (PAINTING,)

    def __init__(self, network: SegmentNetwork) -> None:
        self.predictor = SegmentPredictor(network)
        self.scenes = network.config.scenes
        self.outputs = (labels_port(network.config.label_set), CONFIDENCE, *([SCENE] if self.scenes else []))

    def __call__(self, *, painting: np.ndarray) -> dict[str, Any]:
        planes = self.predictor.look(painting)
        labels, confidence = self.predictor.label(planes, painting.shape[:2])
        found = {"labels": Parts(labels, self.predictor.label_set), "confidence": confidence}
        return found | ({"scene": Scene(planes[:DEPTH], planes[DEPTH])} if self.scenes else {})
