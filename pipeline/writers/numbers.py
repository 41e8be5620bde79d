"""Writer of numbers.svg and numbers.pdf: the painting to paint by numbers, in the order of the plan."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...modules.brush.stroke import StrokeList
from .base import WriteJob, Writer
from .format_names import parse_format_names
from .number_areas import NumberedPicture, find_areas, order_colours
from .number_page import PAGE_FORMATS, NumberStep, check_format, draw_page
from .page_layout import readable_title
from .part_words import PartWords


def parse_number_formats(values: Sequence[str]) -> tuple[str, ...]:
    """Parse the values of `--numbers`, each one or more names with commas between them; no duplicates.

    Raises UserError for an unknown format, or one that a package is missing for.
    """
    names = parse_format_names("--numbers", values, PAGE_FORMATS)
    for name in names:
        check_format(name)
    return names


class NumbersWriter(Writer):
    """Draws the pages from the last frame."""

    def __init__(self, job: WriteJob, formats: Sequence[str] = ("svg",)) -> None:
        super().__init__(job)
        self.formats = formats
        self.last = np.zeros((0, 0, 3), np.uint8)

    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        if index == self.job.n_frames - 1:
            self.last = frame

    def close(self) -> dict[str, Any]:
        parts = self.job.parts
        picture = find_areas(self.last, parts.labels)
        order = order_colours(picture, self._planned())
        steps = self._steps(picture, order)
        title = f"{readable_title(self.job.name)}, to paint by numbers"
        files = [f"numbers.{name}" for name in self.formats]
        for name, file in zip(self.formats, files, strict=True):
            data = draw_page(name, picture, order, steps, title, self.job.text)
            (self.job.folder / file).write_bytes(data)
        return {"numbers": {"files": files, "colours": len(order), "areas": len(picture.areas)}}

    def _planned(self) -> list[int]:
        """List the parts in the order in which the plan begins them; without a plan from far to near."""
        label_set = self.job.parts.label_set
        index = {name: k for k, name in enumerate(label_set.names)}
        passes = self.job.plan.get("passes") or []
        named = [passes[i]["part"] for step in self.job.plan.get("steps") or [] for i, _, _ in step.get("passes") or []]
        rest = sorted(self.job.parts.present, key=label_set.depth_order.tolist().__getitem__)
        return list(dict.fromkeys([*(index[name] for name in named if name in index), *rest]))

    def _steps(self, picture: NumberedPicture, order: Sequence[int]) -> list[NumberStep]:
        number = {colour: i for i, colour in enumerate(order, 1)}
        height, width = self.last.shape[:2]
        words = (
            PartWords.of(self.job.parts, self.last) if self.job.parts.labels.shape == (height, width) else PartWords()
        )
        found: dict[int, set[int]] = {}
        for area in picture.areas:
            found.setdefault(area.part, set()).add(number[area.colour])
        names = self.job.parts.label_set.names
        return [
            NumberStep(words.call(names[part]), part, tuple(sorted(found[part])))
            for part in self._planned()
            if part in found
        ]
