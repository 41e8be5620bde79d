"""Step sheet (sheet.png, sheet-2.png ...): steps to paint along with, on A4 pages to print.

Every step shows the canvas after it, what to paint now in words, the colours to mix for it, and where they go.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ...modules.brush.stroke import StrokeList
from ...modules.imaging.resize import fit_size, resize_labels
from ..port_values import Parts
from ..provenance import stamped_png
from .base import WriteJob, Writer
from .colour_names import distinct_names, mixed_colours
from .overlay import changed_mask
from .page_layout import DPI, SHOWN, Card, Page, render_pages
from .step_words import instructions, part_hints

MOST_STATES, MOST_OF_MANY, MANY = 12, 18, 80  # steps shown; and those of processes with more frames than MANY
NAMED_SHARE, NAMED_OWN = 0.15, 0.35  # a part is named for this share of all that was painted, or of its own pixels


@dataclass(frozen=True)
class State:
    """A canvas on the sheet: picture (h,w,3) uint8, the frames first .. frame that lead to it, their pixels (h,w)."""

    first: int
    frame: int
    picture: np.ndarray
    painted: np.ndarray


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


def parts_painted(painted: np.ndarray, own: np.ndarray, parts: Parts) -> list[str]:
    """Name the parts that were painted, the most painted first; `painted` and `own` are pixels of every part, (K,)."""
    total = max(int(painted.sum()), 1)
    order, present = np.argsort(-painted, kind="stable"), set(parts.present)
    return [
        parts.label_set.names[k]
        for k in order
        if k in present and painted[k] and (painted[k] >= NAMED_SHARE * total or painted[k] >= NAMED_OWN * own[k])
    ]


class SheetWriter(Writer):
    """Collects the chosen states while frames arrive, and lays out the pages at the end."""

    def __init__(self, job: WriteJob) -> None:
        super().__init__(job)
        labels, names = job.parts.labels, job.parts.label_set.names
        areas = np.bincount(labels.reshape(-1), minlength=len(names)) / labels.size
        most = MOST_STATES if job.n_frames <= MANY else MOST_OF_MANY
        self.chosen = choose_states(job.requested, areas, most)
        # As large as it is printed at most: a small painting is enlarged there, not here.
        self.size = fit_size(labels.shape, SHOWN)
        self.labels = resize_labels(labels, self.size)
        self.states: list[State] = []
        self.before: np.ndarray = np.zeros((0, 0, 3), np.uint8)

    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        if index and index not in self.chosen:
            return
        small = cv2.resize(frame, self.size, interpolation=cv2.INTER_AREA)
        if index:
            first = self.states[-1].frame + 1 if self.states else 1
            self.states.append(State(first, index, small, changed_mask(self.before, small)))
        self.before = small

    def close(self) -> dict[str, Any]:
        steps = self.steps()
        cards = [
            Card(step["number"], step["frame"], state.picture, state.painted, step["do"], step["palette"])
            for step, state in zip(steps, self.states, strict=True)
        ]
        files = []
        for number, picture in enumerate(render_pages(self.page(), cards), 1):
            files.append("sheet.png" if number == 1 else f"sheet-{number}.png")
            (self.job.folder / files[-1]).write_bytes(stamped_png(picture, self.job.text, dpi=DPI))
        return {"sheet": {"files": files, "steps": steps}}

    def page(self) -> Page:
        """Collect what stands at the head and foot of the pages."""
        numbered = not self.job.parts.label_set.named
        return Page(
            self.job.name, self.job.n_frames, self.job.plan, self.job.text, self.states[-1].picture,
            self.labels if numbered else None, {k: self.job.parts.label_set.names[k] for k in self.job.parts.present},
        )  # fmt: skip

    def steps(self) -> list[dict[str, Any]]:
        """Describe each step of the sheet: number, first and last frame, what to do, parts seen to change, palette."""
        parts, last = self.job.parts, self.states[-1].picture
        names = {k: parts.label_set.names[k] for k in parts.present}
        hints = part_hints(self.labels, names, last)
        own = np.bincount(self.labels.reshape(-1), minlength=len(parts.label_set))
        areas = {name: float(own[k] / own.sum()) for k, name in names.items()}
        found = []
        for number, state in enumerate(self.states, 1):
            painted = np.bincount(self.labels[state.painted], minlength=len(parts.label_set))
            seen = {name: float(painted[k] / max(own[k], 1)) for k, name in names.items()}
            colours = mixed_colours(state.picture, state.painted)
            found.append(
                {
                    "number": number,
                    "first": state.first,
                    "frame": state.frame,
                    "do": instructions(self.job.plan, state.first, state.frame, seen, areas, hints),
                    "parts": parts_painted(painted, own, parts),
                    "palette": [
                        {"rgb": list(colour), "name": name}
                        for colour, name in zip(colours, distinct_names(colours), strict=True)
                    ],
                }
            )
        return found
