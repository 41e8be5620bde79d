"""Step describer: what a step does, in words: what to paint, with which brush and colours, and when to let it dry."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...modules.brush.media import MEDIA
from ...modules.brush.stroke import MARKS, StrokeList
from ...modules.finish_levels import LEVELS
from ...modules.imaging.resize import resize_labels
from ..port_values import Parts
from .base import WriteJob
from .brush_words import (
    GRID,
    THIN,
    Arrow,
    Handling,
    brush_sizes,
    cover_map,
    describe_strokes,
    direction_arrows,
    kit_words,
)
from .canvas_size import CanvasSize, default_canvas
from .colour_names import distinct_names, mixed_colours, to_lab
from .part_words import PartWords
from .step_words import Line, ground_name, instructions

NAMED_SHARE, NAMED_OWN = 0.15, 0.35  # a part is named for this share of all that was painted, or of its own pixels
OVER = 0.1  # share of what is painted that lies on wet paint, from which one waits until it is dry
SAMPLES = 4000  # pixels or strokes, at most about, that colours are mixed for
BEHIND = 1 / 3  # share of a part's pixels that another's strokes lie on, from which that goes on behind it
ITS_PART = 0.6  # share of a colour that one part has, from which it is that part's
_GRAPHITE = 8.0  # chroma below which a pencil is a graphite one


@dataclass(frozen=True)
class StepDescription:
    """What is said of the frames first .. last: lines with their brushes, and the colours.

    Attributes:
        lines: what to do, and for each how: the brushes that are used, none where no strokes are known.
        parts: names of the parts that were painted, the most painted first.
        palette: rgb, name and part ("" for several) of every colour to mix, dark to light.
        arrows: in which direction strokes run, place by place.
    """

    lines: list[tuple[Line, list[Handling]]]
    parts: list[str]
    palette: list[dict[str, Any]]
    arrows: list[Arrow]

    @property
    def said(self) -> list[tuple[str, str]]:
        """What to do, and how: "" where no strokes are known."""
        return [(line.do, join_handlings(handlings)) for line, handlings in self.lines]

    def to_json(self) -> dict[str, Any]:
        """Return the keys of a step of the sheet in process.json."""
        return {
            "do": [do for do, _ in self.said],
            "how": [how for _, how in self.said],
            "brushes": [handling.to_json() for _, handlings in self.lines for handling in handlings],
            "parts": self.parts,
            "palette": self.palette,
        }


def join_handlings(handlings: Sequence[Handling]) -> str:
    """Join what is said of several brushes to one sentence; "" for none."""
    words = [handling.words for handling in handlings]
    return "; then ".join([*words[:1], *(word[0].lower() + word[1:] for word in words[1:])])


def medium_of(strokes: StrokeList) -> str:
    """Name the medium of strokes, of which there are some."""
    return list(MEDIA)[strokes.medium[0]]


class StepDescriber:
    """Describes the steps of one process, one after the other.

    Args:
        job: the process.
        labels: (h,w) its label map, at the size of the pictures that will come.
        picture: (h,w,3) uint8, the painting: nameless parts are told by their colours.
    """

    def __init__(self, job: WriteJob, labels: np.ndarray, picture: np.ndarray) -> None:
        self.job, self.labels = job, labels
        self.names = {k: job.parts.label_set.names[k] for k in job.parts.present}
        self.own = np.bincount(labels.reshape(-1), minlength=len(job.parts.label_set))
        self.areas = {name: float(self.own[k] / self.own.sum()) for k, name in self.names.items()}
        self.words = PartWords.of(Parts(labels, job.parts.label_set), picture)
        self.medium: str | None = job.plan.get("medium")
        self.wet = np.zeros((GRID, GRID), bool)  # where the last step left wet paint
        self.begun: set[int] = set()  # parts that strokes were laid for
        self.squares = _in_square(labels)
        # where strokes of the parts were laid that others lie over
        self.laid = {name: np.zeros((GRID, GRID), bool) for far in self.words.over.values() for name in far}

    @property
    def canvas(self) -> CanvasSize:
        """The size at which somebody paints along."""
        return self.job.canvas_size or default_canvas(self.medium, self.job.size)

    @property
    def surface(self) -> str:
        """What is painted on, one of `brush.surface.SURFACES`."""
        return MEDIA[self.medium].surface if self.medium in MEDIA else "canvas"

    def describe(
        self, first: int, frame: int, picture: np.ndarray, painted: np.ndarray, strokes: StrokeList | None
    ) -> StepDescription:
        """Describe the step that makes the frames first .. frame.

        Args:
            picture: (h,w,3) uint8 after it.
            painted: (h,w) bool, where it painted.
            strokes: what was laid, None where nothing is known of it.
        """
        if strokes is not None and len(strokes):
            self.medium = medium_of(strokes)
        changed = np.bincount(self.labels[painted], minlength=len(self.own))
        seen = {name: float(changed[k] / max(self.own[k], 1)) for k, name in self.names.items()}
        behind = {} if strokes is None else self._behind(strokes)
        lines = instructions(self.job.plan, first, frame, seen, self.areas, self.words, self.surface, behind)
        both = [(line, []) for line in lines] if strokes is None else self._with_brushes(lines, strokes)
        arrows = [] if strokes is None else direction_arrows(strokes)
        palette = self._palette(picture, painted, strokes)
        return StepDescription(both, parts_painted(changed, self.own, self.names), palette, arrows)

    def _behind(self, strokes: StrokeList) -> dict[str, set[str]]:
        """Find for each part those whose strokes, these included, lie on much of what will be its pixels."""
        index = {name: k for k, name in self.names.items()}
        for name, laid in self.laid.items():
            if (mine := strokes.part == index[name]).any():
                laid |= cover_map(strokes[mine])
        own = {name: self.squares == index[name] for name in self.words.over}
        return {
            name: {other for other in far if self.laid[other][own[name]].sum() > BEHIND * own[name].sum()}
            for name, far in self.words.over.items()
        }

    def _with_brushes(self, lines: Sequence[Line], strokes: StrokeList) -> list[tuple[Line, list[Handling]]]:
        """Add to every line the brushes that do it; say before which one to let it dry, and where strokes run on."""
        begun = {name for k, name in self.names.items() if k in self.begun}
        self.begun |= set(np.unique(strokes.part).tolist())
        wet = self.wet
        self.wet = np.zeros_like(wet)
        found: list[tuple[Line, list[Handling]]] = []
        for line, mine in zip(lines, self._divide(lines, strokes), strict=True):
            if len(mine):
                dry, slow = _wet_strokes(mine)
                over, left = cover_map(mine[dry & wet.any()]), cover_map(mine[slow])
                if (over & wet).sum() > OVER * max(over.sum(), 1):
                    found.append((Line("Let the thin paint set" if self.medium == "oil" else "Let it dry"), []))
                    wet = np.zeros_like(wet)
                wet, self.wet = wet | left, self.wet | left
                if line.finishes == ("lined",) and (mine.mark == MARKS.index("line")).all():
                    line = replace(line, do=f"Ink the lines of {self.words.name(line.parts)}")
            elif line.parts and not line.finishes:
                # Touched without strokes of its own: others run on under what comes later.
                later = [name for name in line.parts if name not in begun]
                if not later:
                    continue
                line = Line(f"Let it run on where {self.words.name(later)} will be")
            found.append((line, describe_strokes(mine, self.canvas) if len(mine) else []))
        return found or [(Line("Small touches"), [])]

    def _divide(self, lines: Sequence[Line], strokes: StrokeList) -> list[StrokeList]:
        """Divide strokes among the lines that they do; each stroke belongs to one."""
        index = {name: k for k, name in self.names.items()}
        free = np.ones(len(strokes), bool)
        found: dict[int, StrokeList] = {}
        # What is said of single parts takes its strokes first.
        for place in sorted(range(len(lines)), key=lambda i: (not lines[i].parts, not lines[i].finishes)):
            line = lines[place]
            mine = free & (np.isin(strokes.part, [index[name] for name in line.parts]) if line.parts else True)
            finished = mine & np.isin(strokes.finish, [LEVELS.index(finish) for finish in line.finishes])
            if finished.any() or (line.finishes and not line.parts):
                mine = finished
            found[place] = strokes[mine]
            free &= ~mine
        return [found[place] for place in range(len(lines))]

    def _palette(self, picture: np.ndarray, painted: np.ndarray, strokes: StrokeList | None) -> list[dict[str, Any]]:
        """Find the colours to mix: as they stand on the canvas, dry; of pencils those of the strokes."""
        rgb, part = picture[painted], self.labels[painted]
        if strokes is not None and len(strokes) and self.medium == "pencil":
            work = brush_sizes(strokes)[1]
            times = np.ceil(SAMPLES * work / max(work.sum(), 1e-12)).astype(int)
            rgb, part = np.repeat(strokes.colour, times, axis=0), np.repeat(strokes.part, times)
        colours = mixed_colours(rgb[None], np.ones((1, len(rgb)), bool))
        names = distinct_names(colours)
        if self.medium == "pencil" and len(colours) == 1:
            chroma = float(np.hypot(*to_lab(np.array(colours, np.uint8))[0, 1:]))
            names = ["graphite pencil"] if chroma < _GRAPHITE else [f"{names[0]} pencil or chalk"]
        where = self._where(rgb, part, colours)
        return [
            {"rgb": list(colour), "name": name, "part": place}
            for colour, name, place in zip(colours, names, where, strict=True)
        ]

    def _where(self, rgb: np.ndarray, part: np.ndarray, colours: Sequence[tuple[int, int, int]]) -> list[str]:
        """Name for each colour the part that most of it belongs to; "" where that is several, or where all are one."""
        every = max(1, len(rgb) // SAMPLES)
        rgb, part = rgb[::every], part[::every]
        if not len(rgb) or len(colours) < 2:
            return [""] * len(colours)
        apart = np.linalg.norm(to_lab(rgb)[:, None] - to_lab(np.array(colours, np.uint8))[None], axis=2)
        nearest = apart.argmin(axis=1)
        found = []
        for i in range(len(colours)):
            counts = np.bincount(np.maximum(part[nearest == i], 0), minlength=len(self.own))
            most = int(counts.argmax())
            found.append(self.names.get(most, "") if counts[most] > ITS_PART * max(counts.sum(), 1) else "")
        return found if len(set(found)) > 1 else [""] * len(colours)


def _in_square(labels: np.ndarray) -> np.ndarray:
    """Scale a label map (h,w) to the square of `cover_map`, (GRID,GRID), -1 beside it."""
    scale = GRID / max(labels.shape)
    height, width = (max(1, round(side * scale)) for side in labels.shape)
    square = np.full((GRID, GRID), -1, np.int16)
    square[:height, :width] = resize_labels(labels, (width, height))
    return square


def _wet_strokes(strokes: StrokeList) -> tuple[np.ndarray, np.ndarray]:
    """Tell strokes that want dry paint below them, (n,) bool, and those that are long wet."""
    drops = strokes.mark == MARKS.index("wet")
    thin = (strokes.mark == MARKS.index("bristle")) & (strokes.opacity < 255 * THIN)
    return ~drops, drops | thin | (strokes.mark == MARKS.index("wash"))


def parts_painted(painted: np.ndarray, own: np.ndarray, names: dict[int, str]) -> list[str]:
    """Name the parts that were painted, the most painted first; `painted` and `own` are pixels of every part, (K,)."""
    total = max(int(painted.sum()), 1)
    return [
        names[k]
        for k in np.argsort(-painted, kind="stable").tolist()
        if k in names and painted[k] and (painted[k] >= NAMED_SHARE * total or painted[k] >= NAMED_OWN * own[k])
    ]


_GROUND = {"canvas": ("primed white", "primed, toned {}"), "paper": ("white", "{}"), "smooth": ("white", "filled {}")}
MEDIUM_WORDS = {"oil": "oil paint", "digital": "gouache, or a painting program", "watercolour": "watercolour",
           "ink": "ink and flat colour", "pencil": "pencil or charcoal"}  # fmt: skip


def list_materials(job: WriteJob, describer: StepDescriber, steps: Sequence[StepDescription]) -> dict[str, str]:
    """List what somebody needs who paints along: the medium, the ground and its size, the brushes.

    Nothing is said of a medium and of brushes where no strokes are known.
    """
    tone, surface = ground_name(job.plan), describer.surface
    ground = _GROUND[surface][not tone.endswith("white")].format(tone)
    handlings = [handling for step in steps for _, found in step.lines for handling in found]
    found = {
        "medium": MEDIUM_WORDS.get(describer.medium or "", "") if handlings else "",
        "paper" if surface == "paper" else "canvas": f"{describer.canvas.sides(job.size)}, {ground}",
        "brushes": "; ".join(kit_words(handlings, describer.canvas)),
    }
    return {name: words for name, words in found.items() if words}
