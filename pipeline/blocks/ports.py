"""Ports that several blocks declare."""

from ...modules.labels import LabelSet
from ..graph import Port


def picture_port(name: str, description: str, *, optional: bool = False) -> Port:
    """Make a port for RGB pictures (H,W,3) float32 in [0,1], at the painting's full size."""
    return Port(name, "picture", 3, (0.0, 1.0), optional=optional, description=description)


def labels_port(label_set: LabelSet) -> Port:
    """Make the output port for labels of a set: named classes have its hash, other parts outlines only."""
    named, text = label_set.named, "The label map: the part of every pixel, and the parts' names."
    return Port("labels", "labels", label_set=label_set.hash if named else None, unnamed=not named, description=text)


PAINTING = picture_port("painting", "The finished painting.")
LABELS = Port("labels", "labels", unnamed=True, description="The label map: the part of every pixel.")
CONFIDENCE = Port("confidence", "confidence", description="How sure the segmenter is of every pixel, in [0,1].")
SCENE = Port("scene", "scene", description="Classes of things and how near they are, where the segmenter knows them.")
PALETTE = picture_port("palette", "The painting, for the tones of each part; its pixels are not used.", optional=True)
BEGINNING = Port(
    "beginning",
    "beginning",
    optional=True,
    description="How this artist starts: the kind of start, the ground's colour, and the plan's first step.",
)
FIRST_FRAME = picture_port("x_1", "The first painted frame.")
STROKES = Port(
    "strokes", "strokes", optional=True, description="The brush strokes that this frame was made with, in their order."
)
NOTES = Port("notes", "notes", description="Sentences that a person should read; the run collects them.")
