"""Split parts: one part of a picture becomes several, by the grey values of a mask."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...modules.imaging.resize import resize_labels
from ...modules.io.errors import UserError
from ...modules.plans.part_names import PartNames, suggest
from ..graph import Block
from ..images import Source, read_picture, same_aspect
from ..port_values import Parts

MOST_SHADES = 8  # a mask with more greys than that is a picture: two pieces, cut at half
LEAST_PIECE = 0.05  # a grey on a smaller share of the part is the soft edge of another


@dataclass(frozen=True)
class Split:
    """Split of one part: `Split("hair", "mask.png")` makes hair.1 (where the mask is brightest) and hair.2."""

    part: str  # the name of the part that is split
    # a picture of the painting's shape: every grey value in it is a piece, from bright to dark, but for soft edges;
    # with more than MOST_SHADES of them the bright half is one piece and the dark half the other
    mask: Source
    names: tuple[str, ...] = ()  # of the pieces; () for part.1, part.2, ...

    def apply(self, parts: Parts) -> Parts:
        """Split the part. UserError when it is not there or the mask does not divide it."""
        what = f"{self.part} cannot be split."
        names = PartNames(parts.label_set, frozenset(parts.present))
        found = names.unit(self.part) if names.find(self.part) else ()
        if len(found) != 1:
            why = f"There are {len(found)} of it." if found else "This picture has no such part."
            raise UserError(what, why, suggest(self.part, parts.names))
        part = parts.label_set.names[found[0]]
        here = parts.labels == found[0]
        shades = self._shades(parts.labels.shape, what)
        shades, values = _pieces(shades[here])
        if len(values) < 2:
            raise UserError(what, "The mask has one shade all over it.", "Paint one piece white and the other black.")
        pieces = self.names or tuple(f"{part}.{i + 1}" for i in range(len(values)))
        if len(pieces) != len(values):
            raise UserError(what, f"The mask makes {len(values)} pieces, but {len(pieces)} names are given.")
        first = len(parts.label_set)
        label_set = parts.label_set.split(part, pieces)
        labels = parts.labels.copy()
        nearest = np.abs(shades[:, None] - np.array(values)).argmin(axis=1)
        labels[here] = (first + nearest).astype(np.uint8)
        return Parts(labels, label_set)

    def _shades(self, shape: tuple[int, ...], what: str) -> np.ndarray:
        """Grey values (H,W) in 0..255 of the mask at the label map's size."""
        mask = read_picture(self.mask)
        height, width = shape
        if not same_aspect((mask.width, mask.height), (width, height)):
            raise UserError(
                what, f"{mask.name} is {mask.width}x{mask.height}, another aspect ratio than {width}x{height}.",
                "Paint the mask over the painting, in the same frame.",
            )  # fmt: skip
        grey = np.round(mask.rgb.mean(axis=2) * 255).astype(np.uint8)
        return resize_labels(grey, (width, height)).astype(int)


def _pieces(shades: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Find the greys of a part (n,) that make a piece each, bright to dark; others go to the nearest."""
    values, counts = np.unique(shades, return_counts=True)
    pieces = values[counts >= LEAST_PIECE * len(shades)]
    if not 0 < len(pieces) <= MOST_SHADES:
        shades = np.where(shades > 127, 255, 0)
        pieces = np.unique(shades)
    return shades, pieces[::-1].tolist()


class SplitParts(Block):
    """Wrapper of a block that outputs labels: some of their parts are split."""

    def __init__(self, block: Block, splits: Sequence[Split]) -> None:
        self.block, self.splits = block, splits
        self.inputs, self.outputs = block.inputs, block.outputs

    def __call__(self, **values: Any) -> dict[str, Any]:
        found = self.block(**values)
        for split in self.splits:
            found = found | {"labels": split.apply(found["labels"])}
        return found
