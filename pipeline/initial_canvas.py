"""Processes that do not begin with a bare canvas: somebody's own half-finished picture, or frames painted before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..modules.imaging.resize import resize
from ..modules.io.errors import UserError
from ..modules.io.png import read_rgb
from .images import Picture, Source, quantise, read_picture, same_aspect


@dataclass(frozen=True)
class InitialCanvas:
    """A canvas to go on from, as frame 0: canvas (H,W,3) float32 in [0,1], on the grid of 8-bit values.

    facts: what process.json says of it.
    """

    canvas: np.ndarray
    facts: dict[str, Any]


def read_initial_canvas(source: Source | Picture, size: tuple[int, int], notes: list[str]) -> InitialCanvas:
    """Read a canvas and bring it to the painting's size (width, height); a sentence in `notes` where it is scaled.

    Raises UserError when it cannot be read, or its shape is another one than the painting's.
    """
    given = read_picture(source)
    if not same_aspect((given.width, given.height), size):
        raise UserError(
            f"{given.name} cannot be gone on from.",
            f"It is {given.width}x{given.height}, of another shape than the painting's {size[0]}x{size[1]}.",
            "Crop or turn it so that both show the same frame.",
        )
    rgb = given.rgb
    if (given.width, given.height) != size:
        notes.append(f"{given.name}: {given.width}x{given.height}, scaled to the painting's {size[0]}x{size[1]}.")
        rgb = np.clip(resize(rgb, size), 0, 1)
    canvas = quantise(rgb).astype(np.float32) / 255
    return InitialCanvas(canvas, {"sha256": given.sha256, "width": given.width, "height": given.height})


@dataclass(frozen=True)
class PaintedPrefix:
    """Frames 0 .. at-1 of a process that was painted before; step `at` is the first to be painted anew.

    Attributes:
        paths: their files, kept byte by byte.
        by: who painted frames 1 .. at-1.
        process: the name of the process they are of.
    """

    paths: Sequence[Path]
    by: Sequence[str]
    process: str | None

    @property
    def at(self) -> int:
        return len(self.paths)

    @property
    def facts(self) -> dict[str, Any]:
        """What process.json says of it."""
        return {"at": self.at, "process": self.process}

    def frame(self, index: int) -> np.ndarray:
        """(H,W,3) float32 in [0,1]."""
        return read_rgb(self.paths[index]).astype(np.float32) / 255

    def frames(self) -> Iterator[np.ndarray]:
        return (self.frame(index) for index in range(self.at))
