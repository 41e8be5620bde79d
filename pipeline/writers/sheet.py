"""sheet.png: the process on one page, in numbered steps that name the parts painted since the one before."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ...modules.finish import resize_labels
from ..provenance import stamped_png
from ..values import Parts
from .base import Job, Writer

MOST_STATES = 12
CELL = 420  # longest side of a state, pixels
GAP, MARGIN = 24, 36
TITLE_SIZE, TEXT_SIZE = 26, 19
PAPER, INK, GREY = (250, 249, 246), (40, 38, 36), (120, 116, 110)
CHANGED = 0.05  # a pixel counts as painted when it changed by more than this
NAMED_SHARE, NAMED_OWN = 0.15, 0.35  # a part is named for this share of all that was painted, or of its own pixels


def choose_states(asked: np.ndarray, areas: np.ndarray, most: int = MOST_STATES) -> list[int]:
    """Which frames to show: the first painted one, the last, and others between which equally much is painted.

    asked: (N-1,K) degrees; areas: (K,) each part's share of the picture. Frames 1 .. N-1 in order, at most `most`.
    """
    n = len(asked)
    if n <= most:
        return list(range(1, n + 1))
    # Half by amount, half by time: a plan that does most early still shows how it ends.
    amount = asked @ np.sqrt(areas) + 1e-6
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


def parts_painted(before: np.ndarray, after: np.ndarray, labels: np.ndarray, parts: Parts) -> list[str]:
    """Names of the parts that were painted between two small states, (h,w,3) uint8, the most painted first.

    labels: (h,w), the label map of `parts` at the states' size.
    """
    names = parts.label_set.names
    changed = cv2.absdiff(before, after).max(axis=2) > 255 * CHANGED
    painted = np.bincount(labels[changed], minlength=len(names))
    own = np.bincount(labels.reshape(-1), minlength=len(names))
    total = max(int(painted.sum()), 1)
    order = np.argsort(-painted, kind="stable")
    return [
        names[k]
        for k in order
        if k in parts.present and painted[k] and (painted[k] >= NAMED_SHARE * total or painted[k] >= NAMED_OWN * own[k])
    ]


class SheetWriter(Writer):
    def __init__(self, job: Job) -> None:
        super().__init__(job)
        labels, names = job.parts.labels, job.parts.label_set.names
        areas = np.bincount(labels.reshape(-1), minlength=len(names)) / labels.size
        self.states = choose_states(job.asked, areas)
        scale = min(1.0, CELL / max(job.size))
        self.thumb = (max(1, round(job.size[0] * scale)), max(1, round(job.size[1] * scale)))
        self.labels = resize_labels(labels, self.thumb)
        self.pictures: list[np.ndarray] = []
        self.captions: list[str] = []
        self.before: np.ndarray = np.zeros((0, 0, 3), np.uint8)

    def add(self, index: int, frame: np.ndarray) -> None:
        if index and index not in self.states:
            return
        small = cv2.resize(frame, self.thumb, interpolation=cv2.INTER_AREA)
        if index:
            # Named by what can be seen to have changed, not by what was asked for.
            painted = parts_painted(self.before, small, self.labels, self.job.parts)
            everything = len(painted) > 2 and len(painted) == len(self.job.parts.present)
            self.captions.append("everything" if everything else ", ".join(painted) or "small touches")
            self.pictures.append(small)
        self.before = small

    def close(self) -> dict[str, Any]:
        (self.job.folder / "sheet.png").write_bytes(stamped_png(np.asarray(self.draw()), self.job.text))
        return {}

    def draw(self) -> Image.Image:
        """The page as a Pillow image."""
        title, text = ImageFont.load_default(TITLE_SIZE), ImageFont.load_default(TEXT_SIZE)
        cell = (max(self.thumb[0], 240), self.thumb[1])
        captions = [_wrapped(caption, text, cell[0]) for caption in self.captions]
        below = 10 + TITLE_SIZE + 4 + (TEXT_SIZE + 6) * max(len(lines) for lines in captions)
        columns = _columns(len(self.pictures), cell[0] + GAP, cell[1] + below + GAP)
        rows = math.ceil(len(self.pictures) / columns)
        top = MARGIN + TITLE_SIZE + GAP
        width = 2 * MARGIN + columns * (cell[0] + GAP) - GAP
        height = top + rows * (cell[1] + below + GAP) + TEXT_SIZE + MARGIN - GAP
        page = Image.new("RGB", (width, height), PAPER)
        pen = ImageDraw.Draw(page)
        pen.text((MARGIN, MARGIN - 6), _shortened(self.job.name, title, width - 2 * MARGIN), font=title, fill=INK)
        for number, (picture, lines) in enumerate(zip(self.pictures, captions, strict=True)):
            x = MARGIN + number % columns * (cell[0] + GAP)
            y = top + number // columns * (cell[1] + below + GAP)
            page.paste(Image.fromarray(picture), (x, y))
            pen.rectangle((x - 1, y - 1, x + self.thumb[0], y + self.thumb[1]), outline=(205, 202, 196))
            y += cell[1] + 10
            label = f"{number + 1}."
            pen.text((x, y), label, font=title, fill=INK)
            aside = f"frame {self.states[number]} of {self.job.n_frames - 1}"
            pen.text((x + pen.textlength(label, font=title) + 10, y + 6), aside, font=text, fill=GREY)
            for line in lines:
                y += TEXT_SIZE + 6 if line is not lines[0] else TITLE_SIZE + 4
                pen.text((x, y), line, font=text, fill=INK)
        pen.text((MARGIN, height - MARGIN - 4), "; ".join(self.job.text.values()), font=text, fill=GREY)
        return page


def _columns(n: int, width: int, height: int) -> int:
    """How many columns of cells make the page nearest to 4:3."""
    return min(range(1, n + 1), key=lambda c: abs(math.log(c * width / (math.ceil(n / c) * height) / (4 / 3))))


def _wrapped(words: str, font: Any, width: int) -> list[str]:
    """Break a comma-separated list into lines that fit, at most three."""
    lines = [""]
    for word in words.split(", "):
        longer = f"{lines[-1]}, {word}" if lines[-1] else word
        if font.getlength(longer + ",") <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines[-1] += ","
            lines.append(word)
    if len(lines) > 3:
        lines = [*lines[:2], _shortened(lines[2] + " ...", font, width)]
    return [_shortened(line, font, width) for line in lines]


def _shortened(text: str, font: Any, width: float) -> str:
    """Cut text that is too long and say so with dots."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "...") > width:
        text = text[:-1]
    return text + "..."
