"""Ports that several blocks declare."""

from __future__ import annotations

from ...modules.labels import LabelSet
from ..graph.graph import Port

PAINTING = Port("painting", "picture", 3, (0.0, 1.0))


def labels_port(label_set: LabelSet) -> Port:
    """The output port for labels of a set: named classes are told by its hash, other parts have outlines only."""
    return Port("labels", "labels", label_set=label_set.hash if label_set.named else None, unnamed=not label_set.named)
