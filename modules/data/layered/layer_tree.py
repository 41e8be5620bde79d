"""Layer trees: the structure of a layered file, whatever its format, as `take_apart` needs it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...io.errors import UserError

OPAQUE = 127  # of 255: a layer's extent is where it hides more than half of what lies beneath
MAX_RATIO = 50  # of the longer to the shorter side


@dataclass(frozen=True, eq=False)
class LayerNode:
    """A layer or a group of layers, the first painted first.

    Attributes:
        name: what the file calls it; may be empty.
        kind: the class that its names say, or "unknown".
        source: the element or layer of the file.
    """

    name: str
    kind: str
    source: Any
    children: "tuple[LayerNode, ...]" = ()

    def leaves(self) -> "Iterator[LayerNode]":
        """Iterate over the layers in this group, or this layer itself."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


class LayerTree(Protocol):
    """An opened layered file.

    Attributes:
        size: (width, height) in pixels at which the file is taken apart.
        nodes: layers and groups of the top level, the first painted first; without invisible ones.
    """

    size: tuple[int, int]
    nodes: tuple[LayerNode, ...]

    def image(self) -> np.ndarray:
        """Render the whole picture on white at `size`, (H,W,3) uint8."""
        ...

    def alpha(self, nodes: Sequence[LayerNode], size: tuple[int, int]) -> np.ndarray:
        """Render some layers alone at a size up to `size` and return their opacity, (H,W) uint8."""
        ...


def fit_canvas(width: float, height: float, longest: int, what: str) -> tuple[int, int]:
    """Scale a canvas, up or down, to `longest` pixels: (width, height).

    Raises a UserError that begins with `what` for a canvas without a usable size.
    """
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise UserError(what, f"Its canvas has the size {width:g} x {height:g}.", "Give the canvas a size.")
    if max(width, height) > MAX_RATIO * min(width, height):
        raise UserError(what, f"Its canvas of {width:g} x {height:g} is a mere line.", f"Up to 1:{MAX_RATIO} will do.")
    scale = longest / max(width, height)
    return max(2, round(width * scale)), max(2, round(height * scale))
