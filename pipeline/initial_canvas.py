"""Processes that start with paint on the canvas: a half-finished picture, or frames that were painted before."""

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
    """A half-finished picture as frame 0."""

    canvas: np.ndarray  # (H,W,3) float32 in [0,1], on the grid of 8-bit values
    facts: dict[str, Any]  # what process.json says of it
    notes: tuple[str, ...] = ()  # what a person should know about how it was read


def read_initial_canvas(source: Source | Picture, size: tuple[int, int]) -> InitialCanvas:
    """Read a canvas and scale it to the painting's size (width, height).

    Raises UserError: it cannot be read, or has another shape than the painting.
    """
    given = read_picture(source)
    if not same_aspect((given.width, given.height), size):
        raise UserError(
            f"{given.name} cannot be used to start from.",
            f"It is {given.width}x{given.height}, of another shape than the painting's {size[0]}x{size[1]}.",
            "Crop or turn it so that both show the same frame.",
        )
    rgb, notes = given.rgb, list[str]()
    if (given.width, given.height) != size:
        notes.append(f"{given.name}: {given.width}x{given.height}, scaled to the painting's {size[0]}x{size[1]}.")
        rgb = np.clip(resize(rgb, size), 0, 1)
    canvas = quantise(rgb).astype(np.float32) / 255
    return InitialCanvas(canvas, {"sha256": given.sha256, "width": given.width, "height": given.height}, tuple(notes))


@dataclass(frozen=True)
class PaintedPrefix:
    """Frames 0 .. at-1 of a process that was painted before; step `at` is the first to be painted anew."""

    paths: Sequence[Path]  # their files, retained byte by byte
    painters: Sequence[str]  # who painted frames 1 .. at-1, as process.json says it
    process: str | None  # the id of the process they are from

    @property
    def at(self) -> int:
        """The first step that is painted anew."""
        return len(self.paths)

    @property
    def facts(self) -> dict[str, Any]:
        return {"at": self.at, "process": self.process}

    def frame(self, index: int) -> np.ndarray:
        """Read a frame: (H,W,3) float32 in [0,1]."""
        return read_rgb(self.paths[index]).astype(np.float32) / 255

    def frames(self) -> Iterator[np.ndarray]:
        return (self.frame(index) for index in range(self.at))
