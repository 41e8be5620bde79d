"""Step sheet (sheet.png, sheet-2.png ..., sheet.pdf): steps to paint along with, on pages to print.

Every step shows the canvas after it, what to paint now in words, with which brush and how it is led, the colours to mix
for it, and where they go. The first page begins with what somebody needs who paints along.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ...modules.brush.stroke import StrokeList, concatenate
from ...modules.imaging.resize import fit_size, resize_labels
from ...modules.paints.recipes import RecipeBook
from ..provenance import save_stamped
from .base import WriteJob, Writer
from .canvas_size import default_canvas
from .overlay import changed_mask
from .page_layout import DPI, SHOWN, Card, Page, render_pages, title_of
from .painting_time import painting_minutes
from .part_words import PartWords
from .sheet_options import SheetOptions, parse_grid
from .step_describer import StepDescriber, StepDescription, list_materials, medium_of
from .step_words import habit_words

MOST_STATES, MOST_OF_MANY, MANY = 12, 18, 80  # steps shown; and those of processes with more frames than MANY


@dataclass(frozen=True)
class State:
    """A canvas on the sheet.

    Attributes:
        first, frame: the frames that lead to it.
        picture: (h,w,3) uint8.
        painted: (h,w) bool, where they painted.
        strokes: what was laid in them, None where that is not known.
    """

    first: int
    frame: int
    picture: np.ndarray
    painted: np.ndarray
    strokes: StrokeList | None


def choose_states(degrees: np.ndarray, areas: np.ndarray, most: int = MOST_STATES) -> list[int]:
    """Choose the frames to show: the first painted one, the last, and others between which equally much is painted.

    Args:
        degrees: (N-1,K), requested in each step.
        areas: (K,) each part's share of the picture.
        most: how many frames at most.

    Returns:
        Numbers of frames, 1 .. N-1, in order.
    """
    n = len(degrees)
    if n <= most:
        return list(range(1, n + 1))
    # Half by amount, half by time: a plan that does most early still shows how it ends.
    amount = degrees @ np.sqrt(areas) + 1e-6
    clock = np.cumsum(amount[1:]) / amount[1:].sum() + np.arange(1, n) / (n - 1)
    marks = np.linspace(0, clock[-1], most)[1:]
    chosen = [1, *(2 + int(np.searchsorted(clock, mark - 1e-9)) for mark in marks)]
    chosen = [min(frame, n) for frame in chosen]
    # Two marks may fall on one frame: the next free ones take their place.
    for i in range(1, most):
        chosen[i] = max(chosen[i], chosen[i - 1] + 1)
    for i in range(most - 1, 0, -1):
        chosen[i] = min(chosen[i], n - (most - 1 - i))
    return chosen


def _spoken(palette: Sequence[Mapping[str, Any]], words: PartWords) -> list[dict[str, Any]]:
    """Call the parts of a palette's colours what the sentences call them."""
    return [{**colour, "part": words.call(colour["part"])} for colour in palette]


class SheetWriter(Writer):
    """Collects the chosen states while frames arrive, and lays out the pages at the end."""

    def __init__(self, job: WriteJob, options: SheetOptions | None = None) -> None:
        super().__init__(job)
        self.options = options or SheetOptions()
        self._check_pdf()
        labels, names = job.parts.labels, job.parts.label_set.names
        areas = np.bincount(labels.reshape(-1), minlength=len(names)) / labels.size
        most = MOST_STATES if job.n_frames <= MANY else MOST_OF_MANY
        self.chosen = choose_states(job.requested, areas, most)
        # As large as it is printed at most: a small painting is enlarged there, not here.
        self.size = fit_size(labels.shape, SHOWN)
        self.labels = resize_labels(labels, self.size)
        self.states: list[State] = []
        self.before: np.ndarray = np.zeros((0, 0, 3), np.uint8)
        self.strokes: list[StrokeList] = []

    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        if strokes is not None:
            self.strokes.append(strokes)
        if index and index not in self.chosen:
            return
        small = cv2.resize(frame, self.size, interpolation=cv2.INTER_AREA)
        if index:
            first = self.states[-1].frame + 1 if self.states else 1
            laid = concatenate(self.strokes) if self.strokes else None
            self.states.append(State(first, index, small, changed_mask(self.before, small), laid))
        self.before, self.strokes = small, []

    def _check_pdf(self) -> None:
        """Refuse a grid or a poster that does not fit the canvas before anything is painted."""
        if "pdf" in self.options.formats:
            canvas = self.job.canvas_size or default_canvas(self.job.plan.get("medium"), self.job.size)
            parse_grid(self.options.grid, canvas)
            if self.job.canvas_size is not None:
                from .pdf.poster import plan_poster

                plan_poster(canvas, self.job.size, self.options.paper)

    def close(self) -> dict[str, Any]:
        describer = StepDescriber(self.job, self.labels, self.states[-1].picture)
        laid = [state.strokes for state in self.states if state.strokes is not None and len(state.strokes)]
        if laid:
            describer.medium = medium_of(laid[0])
        steps = [
            describer.describe(state.first, state.frame, state.picture, state.painted, state.strokes)
            for state in self.states
        ]
        minutes = [
            None if state.strokes is None
            else painting_minutes(state.strokes, describer.canvas, len(step.palette))
            for step, state in zip(steps, self.states, strict=True)
        ]  # fmt: skip
        materials = list_materials(self.job, describer, steps)
        if shelf := self.options.paints or self.job.palette:
            materials["paints"] = ", ".join(paint.name for paint in shelf.paints)
            book = RecipeBook(shelf)
            for step in steps:
                for colour in step.palette:
                    colour["recipe"] = book.find(tuple(colour["rgb"])).to_json()
        files = self._write_pictures(describer, steps, materials) if "png" in self.options.formats else []
        if "pdf" in self.options.formats:
            files += [self._write_pdf(describer, steps, minutes, materials)]
        facts = [
            {"number": number, "first": state.first, "frame": state.frame, **step.to_json(), "minutes": time}
            for number, (step, state, time) in enumerate(zip(steps, self.states, minutes, strict=True), 1)
        ]
        return {"sheet": {"files": files, "materials": materials, "steps": facts}}

    def _write_pictures(
        self, describer: StepDescriber, steps: Sequence[StepDescription], materials: Mapping[str, str]
    ) -> list[str]:
        """Write the pages as PNG; return their names."""
        cards = [
            Card(
                number,
                state.frame,
                state.picture,
                state.painted,
                step.said,
                _spoken(step.palette, describer.words),
                step.arrows,
            )
            for number, (step, state) in enumerate(zip(steps, self.states, strict=True), 1)
        ]
        files: list[str] = []
        for sheet in render_pages(self.page(materials, describer.words), cards):
            files.append(f"sheet-{len(files) + 1}.png" if files else "sheet.png")
            save_stamped(sheet, self.job.folder / files[-1], self.job.text, DPI)
            del sheet  # 35 MB
        return files

    def _write_pdf(
        self,
        describer: StepDescriber,
        steps: Sequence[StepDescription],
        minutes: Sequence[int | None],
        materials: Mapping[str, str],
    ) -> str:
        """Write the pages as a PDF; return its name."""
        from .pdf.content import SheetContent, SheetStep
        from .pdf.write_pdf import write_pdf

        page, plan = self.page(materials, describer.words), self.job.plan
        ground = plan.get("ground")
        content = SheetContent(
            title=title_of(self.job.name),
            heading=self.options.title,
            habit=habit_words(plan),
            n_frames=self.job.n_frames,
            size=self.job.size,
            picture=page.picture,
            labels=self.labels,
            numbers=page.numbers,
            ground=None if ground is None else tuple(round(255 * float(value)) for value in ground),  # type: ignore[arg-type]
            materials=materials,
            canvas=describer.canvas,
            poster=self.job.canvas_size is not None,
            square=parse_grid(self.options.grid, describer.canvas),
            steps=[
                SheetStep(number, state.frame, state.picture, state.painted, step.said,
                     _spoken(step.palette, describer.words), step.arrows, time)
                for number, (step, state, time) in enumerate(zip(steps, self.states, minutes, strict=True), 1)
            ],
        )  # fmt: skip
        options = self.options
        pdf = write_pdf(content, paper=options.paper, language=options.language, font=options.font, text=self.job.text)
        (self.job.folder / "sheet.pdf").write_bytes(pdf)
        return "sheet.pdf"

    def page(self, materials: Mapping[str, str], words: PartWords) -> Page:
        """Collect what stands at the head and foot of the pages."""
        names = self.job.parts.label_set.names
        numbers = {k: words.numbered[names[k]][1] for k in self.job.parts.present if names[k] in words.numbered}
        return Page(
            self.job.name, self.job.n_frames, self.job.plan, self.job.text, self.states[-1].picture,
            self.labels if numbers else None, numbers,
            materials, self.options.title,
        )  # fmt: skip
