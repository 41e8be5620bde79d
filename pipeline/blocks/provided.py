"""Blocks that stand in for a stage: its result comes from a person, or it is left out."""

from pathlib import Path
from typing import Any

import numpy as np

from ...modules.io.errors import UserError
from ...modules.label_files import file_beside, read_label_set
from ...modules.labels import PORTRAIT, LabelSet
from ..graph import Block
from ..images import Picture, quantise
from ..port_values import Beginning, Parts
from .ports import BEGINNING, CONFIDENCE, FIRST_FRAME, LABELS, NOTES, PAINTING, PALETTE, labels_port

_HOW = 'If they are others, write them to {}: {{"classes": [{{"name": "edge"}}, {{"name": "sky"}}, ...]}}.'


class ProvidedLabels(Block):
    """Use a label map that a person provides, in place of the segment stage.

    Args:
        source: a PNG whose pixel values are class indices, such an array (H,W), or parts.
        label_set: of the labels; None reads it from the source (`label_files.read_label_set`), or takes the portrait's.
    """

    inputs = (PAINTING,)

    def __init__(self, source: str | Path | np.ndarray | Parts, label_set: LabelSet | None = None) -> None:
        self.source = source
        if isinstance(source, Parts):
            label_set = label_set or source.label_set
        elif label_set is None and isinstance(source, (str, Path)):
            label_set = read_label_set(source)
        self.known = label_set is not None
        self.label_set = label_set or PORTRAIT
        self.outputs = (labels_port(self.label_set), CONFIDENCE, NOTES)

    def __call__(self, *, painting: np.ndarray) -> dict[str, Any]:
        height, width = painting.shape[:2]
        certain = np.broadcast_to(np.float32(1), (height, width))
        notes = () if self.known or not isinstance(self.source, (str, Path)) else (self._guess(self.source),)
        parts = Parts(self._labels(height, width), self.label_set)
        return {"labels": parts, "confidence": certain, "notes": notes}

    def _guess(self, path: str | Path) -> str:
        classes = ", ".join(f"{i} {name}" for i, name in enumerate(self.label_set.names))
        return f"{path} does not say what its values are: they are read as {classes}. {_HOW.format(file_beside(path))}"

    def _labels(self, height: int, width: int) -> np.ndarray:
        if isinstance(self.source, (str, Path)):
            try:
                return self.label_set.load_png(self.source, (width, height))
            except UserError as error:
                if self.known or not error.fix.startswith("The classes are"):
                    raise
                raise UserError(error.what, error.why, f"{error.fix} {_HOW.format(file_beside(self.source))}") from None
        labels = np.asarray(self.source.labels if isinstance(self.source, Parts) else self.source)
        what = "The label map cannot be used."
        if labels.shape != (height, width):
            raise UserError(what, f"Its shape is {labels.shape}, the painting's is {(height, width)}.")
        if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0 or labels.max() >= len(self.label_set):
            raise UserError(what, "It has values that are no class.", f"Use integers 0..{len(self.label_set) - 1}.")
        return labels.astype(np.uint8)


class ProvidedFirstFrame(Block):
    """Use a first frame that a person provides, in place of the firstframe stage."""

    inputs = (LABELS, PALETTE, BEGINNING)
    outputs = (FIRST_FRAME,)

    def __init__(self, picture: Picture) -> None:
        self.picture = picture

    def __call__(self, *, labels: Parts, **unused: Any) -> dict[str, Any]:
        if self.picture.rgb.shape[:2] != labels.labels.shape:
            height, width = labels.labels.shape
            raise UserError(
                f"{self.picture.name} cannot be the first frame.",
                f"It is {self.picture.width}x{self.picture.height} pixels, the painting is {width}x{height}.",
                "Give a picture of exactly the painting's size.",
            )
        # On the grid of 8-bit values, as frame 1 is written: from there it can be painted again.
        return {"x_1": quantise(self.picture.rgb).astype(np.float32) / 255}


class NoFirstFrame(Block):
    """Leave the firstframe stage out: the loop starts on the canvas and takes every step of the plan.

    canvas: (H,W,3) float32 in [0,1] to start on; None is the plan's bare canvas.
    """

    inputs = (LABELS, PALETTE, BEGINNING)
    outputs = (FIRST_FRAME,)

    def __init__(self, canvas: np.ndarray | None = None) -> None:
        self.canvas = canvas

    def __call__(self, *, labels: Parts, beginning: Beginning | None = None, **unused: Any) -> dict[str, Any]:
        canvas = self.canvas if self.canvas is not None or beginning is None else beginning.canvas
        return {"x_1": np.ones((*labels.labels.shape, 3), np.float32) if canvas is None else canvas}
