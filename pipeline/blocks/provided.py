"""Blocks that stand in for a stage where a person provides its result."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from ...modules.io.errors import UserError
from ...modules.io.files import read_file
from ...modules.labels import PORTRAIT, LabelSet, cluster_label_set
from ..graph.graph import Block, Port
from ..images import Picture, quantise
from ..values import Parts
from .ports import PAINTING, labels_port

__all__ = ["ProvidedFirstFrame", "ProvidedLabels"]


class ProvidedLabels(Block):
    """painting -> the label map that a person gave, as a file or an array, in place of the segment stage."""

    inputs = (PAINTING,)

    def __init__(self, source: str | Path | np.ndarray | Parts, label_set: LabelSet | None = None) -> None:
        self.source = source
        self.label_set = label_set or (source.label_set if isinstance(source, Parts) else _set_of(source))
        self.outputs = (labels_port(self.label_set),)

    def __call__(self, *, painting: np.ndarray) -> dict[str, Any]:
        height, width = painting.shape[:2]
        if isinstance(self.source, (str, Path)):
            return {"labels": Parts(self.label_set.load_png(self.source, (width, height)), self.label_set)}
        labels = np.asarray(self.source.labels if isinstance(self.source, Parts) else self.source)
        what = "The label map cannot be used."
        if labels.shape != (height, width):
            raise UserError(what, f"Its shape is {labels.shape}, the painting's is {(height, width)}.")
        if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0 or labels.max() >= len(self.label_set):
            raise UserError(what, "It has values that are no class.", f"Use integers 0..{len(self.label_set) - 1}.")
        return {"labels": Parts(labels.astype(np.uint8), self.label_set)}


def _set_of(source: str | Path | np.ndarray) -> LabelSet:
    """The label set a file was painted with: a segmentation.png of ours tells its clusters by its palette."""
    if isinstance(source, np.ndarray):
        return PORTRAIT
    from PIL import Image

    try:
        with Image.open(io.BytesIO(read_file(source, "")), formats=["PNG"]) as image:
            palette = image.getpalette() if image.mode == "P" else None
    except Exception:
        return PORTRAIT  # load_png says what is wrong with the file
    n = len(palette or ()) // 3
    if 2 <= n <= 256:
        clusters = cluster_label_set(n - 1)
        if palette == [c for colour in clusters.colours for c in colour]:
            return clusters
    return PORTRAIT


class ProvidedFirstFrame(Block):
    """The first frame that a person gave, in place of the firstframe stage."""

    inputs = (Port("labels", "labels", unnamed=True),)
    outputs = (Port("x_1", "picture", 3, (0.0, 1.0)),)

    def __init__(self, picture: Picture) -> None:
        self.picture = picture

    def __call__(self, *, labels: Parts) -> dict[str, Any]:
        if self.picture.rgb.shape[:2] != labels.labels.shape:
            height, width = labels.labels.shape
            raise UserError(
                f"{self.picture.name} cannot be the first frame.",
                f"It is {self.picture.width}x{self.picture.height} pixels, the painting is {width}x{height}.",
                "Give a picture of exactly the painting's size.",
            )
        # On the grid of 8-bit values, as frame 1 is written: from there it can be painted again.
        return {"x_1": quantise(self.picture.rgb).astype(np.float32) / 255}
