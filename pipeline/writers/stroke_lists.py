"""Writer of strokes.json and strokes.svg: every brush stroke of the process, in order."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from ...modules.brush.stroke import StrokeList
from ...modules.brush.stroke_file import JsonStrokes, SvgStrokes
from ...modules.io.errors import UserError
from .base import WriteJob, Writer
from .format_names import parse_format_names

STROKE_FORMATS: dict[str, type[JsonStrokes] | type[SvgStrokes]] = {"json": JsonStrokes, "svg": SvgStrokes}


def parse_stroke_formats(values: Sequence[str]) -> tuple[str, ...]:
    """Parse the values of `--strokes`, each one or more names with commas between them; no duplicates."""
    return parse_format_names("--strokes", values, STROKE_FORMATS)


class StrokesWriter(Writer):
    """Writes the strokes of every step as they come.

    Raises UserError when the frames are made without strokes.
    """

    def __init__(self, job: WriteJob, formats: Sequence[str] = ("json",)) -> None:
        super().__init__(job)
        if not job.strokes:
            raise UserError(
                "There are no strokes to write.", "The frames are painted by a block that lays none.",
                "Leave --strokes out, or paint with brush strokes: --medium auto",
            )  # fmt: skip
        self.names = [f"strokes.{name}" for name in formats]
        self.files = ExitStack()
        names, ground = job.parts.label_set.names, job.plan.get("bare") or (1.0, 1.0, 1.0)
        self.lists = [
            STROKE_FORMATS[name](
                self.files.enter_context((job.folder / file).open("w", encoding="utf-8", newline="\n")),
                job.size[::-1], names, ground,
            )
            for name, file in zip(formats, self.names, strict=True)
        ]  # fmt: skip
        self.unknown: list[int] = []

    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        if strokes is not None:
            for one in self.lists:
                one.add(strokes.at_step(index))
        elif index:
            self.unknown.append(index)

    def close(self) -> dict[str, Any]:
        with self.files:
            for one in self.lists:
                one.close()
        return {"strokes": {"files": self.names, "count": self.lists[0].count, "unknown": self.unknown}}

    def abort(self) -> None:
        self.files.close()
