"""Parts from layers: a painting with layers says itself what its things are, where their names say it."""

from pathlib import Path

import numpy as np

from ..modules.data.layered.formats import FORMATS, read_layered
from ..modules.data.layered.layered_picture import UNKNOWN, topmost
from ..modules.imaging.nearest import nearest
from ..modules.imaging.resize import resize_labels
from ..modules.io.errors import UserError
from ..modules.labels import PORTRAIT
from ..modules.things import thing_label_set
from .port_values import Parts

SIDE = 1024  # longest side in pixels at which layers are taken apart
LEAST_NAMED = 0.8  # share of the picture that layers with telling names have to take
LEAST_KINDS = 2
_SITTER = "face"  # what makes it a portrait


def parts_of_layers(path: Path | None, size: tuple[int, int]) -> Parts | None:
    """Find the parts of a layered file by the names of its layers, at a size (width, height).

    None where it has no layers, they cannot be read, or their names do not say what most of the picture shows.
    """
    if path is None or path.suffix.lower() not in FORMATS:
        return None
    try:
        picture = read_layered(path, SIDE)
    except UserError:  # that it has no things of its own, or a reader is not installed: the parts are found as usual
        return None
    named = [i for i, kind in enumerate(picture.kinds) if kind != UNKNOWN]
    kinds = [picture.kinds[i] for i in named]
    if len(set(kinds)) < LEAST_KINDS:
        return None
    layers = topmost(picture.extents[named])
    if (layers > 0).mean() < LEAST_NAMED:
        return None
    _, at = nearest(layers > 0)
    labels, label_set = layers.ravel()[at], thing_label_set(kinds)
    if _SITTER in kinds:
        own = [PORTRAIT.index(kind if kind in PORTRAIT.names else "background") for kind in ("edge", *kinds)]
        labels, label_set = np.array(own, np.uint8)[labels], PORTRAIT
    return Parts(resize_labels(labels.reshape(layers.shape), size), label_set)
