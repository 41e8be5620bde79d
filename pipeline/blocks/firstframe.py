"""The firstframe stage as a block."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...modules.firstframe.inference import FirstFrameInputs, FirstFramePredictor
from ...modules.firstframe.palette import Palette
from ...modules.firstframe.torch_network import TorchFirstFrameNetwork
from ..graph import Block
from ..port_values import Beginning, Parts
from .ports import BEGINNING, FIRST_FRAME, LABELS, PALETTE, STROKES

if TYPE_CHECKING:
    from ...modules.firstframe.model import FirstFrameModel


class FirstFrameBlock(Block):
    """Paint the first frame with a firstframe model.

    Where the graph feeds them, it knows the painting's palette (tones of each part, never its pixels), the kind of
    start and what the plan's first step paints.
    """

    def __init__(self, model: FirstFrameModel, device: torch.device | str) -> None:
        self.predictor = FirstFramePredictor(TorchFirstFrameNetwork(model.to(device).eval()))
        self.inputs = (replace(LABELS, label_set=model.config.label_hash), PALETTE, BEGINNING)
        self.outputs = (FIRST_FRAME, STROKES)

    def __call__(
        self, *, labels: Parts, palette: np.ndarray | None = None, beginning: Beginning | None = None
    ) -> dict[str, Any]:
        known: dict[str, Any] = {}
        if palette is not None:
            known["palette"] = Palette.of(palette, labels.labels, labels.label_set)
        if beginning is not None:
            known |= {"start": beginning.start, "ground": beginning.ground, "step": beginning.step}
        return {"x_1": self.predictor.predict(labels.labels, labels.label_set, FirstFrameInputs(**known))}
