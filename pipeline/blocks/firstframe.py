"""The firstframe stage as a block."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ...modules.brush.layout import WORKING_SIZE
from ...modules.firstframe.conditioning import FirstFrameInputs
from ...modules.firstframe.first_strokes import lay_first_strokes
from ...modules.firstframe.inference import FirstFrameNetwork, FirstFramePredictor
from ...modules.firstframe.palette import Palette
from ...modules.imaging.resize import fit_size, resize_labels
from ..graph import Block
from ..port_values import Beginning, Parts
from .ports import BEGINNING, FIRST_FRAME, LABELS, PALETTE, STROKES


class FirstFrameBlock(Block):
    """Paint the first frame with a firstframe model.

    Where the graph feeds them, the network knows the painting's palette (tones of each part, never its pixels), the
    kind of start and what the plan's first step paints; its picture is laid as strokes.
    """

    def __init__(self, network: FirstFrameNetwork) -> None:
        self.predictor = FirstFramePredictor(network)
        self.inputs = (replace(LABELS, label_set=network.config.label_hash), PALETTE, BEGINNING)
        self.outputs = (FIRST_FRAME, STROKES)

    def __call__(
        self, *, labels: Parts, palette: np.ndarray | None = None, beginning: Beginning | None = None
    ) -> dict[str, Any]:
        known: dict[str, Any] = {}
        if palette is not None:
            known["palette"] = Palette.of(palette, labels.labels, labels.label_set)
        if beginning is not None:
            known |= {"start": beginning.start, "ground": beginning.ground, "step": beginning.step}
        inputs = FirstFrameInputs(**known)
        if beginning is None or beginning.layout is None or beginning.canvas is None:
            return {"x_1": self.predictor.predict(labels.labels, labels.label_set, inputs), "strokes": None}
        small = resize_labels(labels.labels, fit_size(labels.labels.shape, WORKING_SIZE))
        picture, canvas = self.predictor.predict(small, labels.label_set, inputs), beginning.canvas
        x_1, strokes = lay_first_strokes(picture, beginning.layout(), canvas)
        return {"x_1": x_1, "strokes": strokes}
