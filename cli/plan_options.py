"""Options of `ppp run` and `ppp plan` that choose a plan and edit it. Does not import torch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..modules.brush.layout import find_medium
from ..modules.brush.media import MEDIA
from ..modules.io.errors import UserError, choices
from ..modules.io.files import path_exists
from ..modules.io.outputs import Given
from ..modules.paints.pigments import PALETTES, find_shelf
from ..modules.plans import HABITS, PLANS, PlanFile, edits
from ..modules.plans.spec import ENDINGS, MOST_FRAMES
from .completion import complete_names, complete_parts
from .options import PipelineOptions, parse_stages

if TYPE_CHECKING:
    from ..pipeline.blocks.split_parts import Split

Habit = Annotated[
    str | None,
    typer.Option("--habit", autocompletion=complete_names(HABITS), help=f"How the artist works: {', '.join(HABITS)}."),
]
AUTO = "auto"  # the medium that the painting looks most like
From = Annotated[
    Path | None,
    typer.Option("--from", help="A half-finished picture to go on from, as frame 0; what is right on it is left."),
]

Size = Annotated[
    int | None,
    typer.Option("--size", help="Scale a larger painting to this longest side in pixels first: sooner, and smaller."),
]

NAMES = {"segmentation": "the label map", "first_frame": "the first frame", "canvas": "the canvas"}

_QUOTED = r"\"[^\"]*\"|'[^']*'"
_ITEM = re.compile(rf"\s*((?:{_QUOTED})[^,]*|[^,]+)")
_DEGREE = re.compile(rf"(?P<part>{_QUOTED}|[^=@]+)=(?P<degree>[^=@]+)(@(?P<first>\d+)(-(?P<last>\d+))?)?")


@dataclass(frozen=True)
class PlanOptions:
    """Which plan is made."""

    frames: Annotated[int | None, typer.Option("--frames", help="Number of frames, the bare canvas included. (40)")] = (
        None
    )
    seed: Annotated[int | None, typer.Option("--seed", help="Another number, another way to paint it. (0)")] = None
    plan: Annotated[
        str,
        typer.Option(
            "--plan",
            autocompletion=complete_names(PLANS),
            help=f"What is painted when: {', '.join(PLANS)}, dataset=FILE, or a plan file (TOML).",
        ),
    ] = "artist"
    habit: Habit = None
    medium: Annotated[
        str,
        typer.Option(
            "--medium",
            autocompletion=complete_names([AUTO, *MEDIA]),
            help=f"What it is painted in: {', '.join(MEDIA)}, or {AUTO}, as the picture looks.",
        ),
    ] = AUTO
    finish: Annotated[
        str | None,
        typer.Option(
            "--finish",
            autocompletion=complete_names(ENDINGS),
            help="How it ends: as the painting itself (painting, as a rule), or as the brush leaves it (brush).",
        ),
    ] = None

    palette: Annotated[
        str | None,
        typer.Option(
            "--palette",
            autocompletion=complete_names(PALETTES),
            metavar="NAME|FILE",
            help=f"Paint it in the colours that these paints can be mixed to: {', '.join(PALETTES)}, or a TOML file.",
        ),
    ] = None

    @property
    def request(self) -> dict[str, Any]:
        """The fields of a `RunRequest` that say how it is painted. UserError for what is unknown."""
        medium = None if self.medium.lower() == AUTO else find_medium(self.medium).name
        if self.finish not in (None, *ENDINGS):
            raise UserError(f"--finish {self.finish} is unknown.", fix=choices(self.finish or "", ENDINGS))
        palette = None if self.palette is None else find_shelf(self.palette, "--palette")
        return {"habit": self.habit, "medium": medium, "ending": self.finish, "palette": palette}

    @property
    def file(self) -> str | None:
        """The file that --plan names, if it names one."""
        path = self.plan.removeprefix("dataset=")
        return path if path_exists(path, "file") else None

    def find(self) -> str | PlanFile:
        """Resolve --plan: the name of a plan, or the content of a file. UserError when the file cannot be read."""
        if self.plan.lower().endswith(".toml") or ("=" not in self.plan and path_exists(self.plan, "file")):
            return PlanFile.load(Path(self.plan))
        return self.plan


@dataclass(frozen=True)
class EditOptions:
    """How the plan is edited, and which parts are split before."""

    order: Annotated[
        str | None,
        typer.Option(
            "--order",
            autocompletion=complete_parts(),
            help="Parts in the order in which they are begun: background,hair,face, or sky,tree (all trees).",
        ),
    ] = None
    degree: Annotated[
        list[str] | None,
        typer.Option(
            "--degree",
            autocompletion=complete_parts("="),
            metavar="PART=D[@STEP]",
            help="How much of a part is painted: hair=0.2 in the whole process, hair=0.2@5 or @5-9 in the step that "
            "makes frame 5 (of what is left then). Repeatable, or several with commas between them.",
        ),
    ] = None
    skip: Annotated[
        list[str] | None,
        typer.Option(
            "--skip", autocompletion=complete_parts(), help="Parts that are left alone. Repeatable, or with commas."
        ),
    ] = None
    passes: Annotated[
        list[str] | None,
        typer.Option(
            "--passes",
            autocompletion=complete_parts("="),
            metavar="N|PART=N",
            help="How often all parts, or one, are gone over: 1 to 5.",
        ),
    ] = None
    group: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="NAME=PART,PART", help="Several parts driven as one. Repeatable."),
    ] = None
    split: Annotated[
        list[str] | None,
        typer.Option(
            "--split",
            autocompletion=complete_parts("="),
            metavar="PART[:NAME,NAME]=MASK",
            help="One part driven as several: hair=mask.png makes hair.1 (white in the mask) and hair.2, "
            "hair:fringe,rest=mask.png names them. Repeatable.",
        ),
    ] = None

    @property
    def masks(self) -> list[str]:
        """The files that --split names."""
        return [text.rpartition("=")[2] for text in self.split or []]

    def parse(self, step: int | None = None) -> list[edits.PlanEdit]:
        """Parse everything but --split into plan edits, in the order in which they are to be applied.

        Args:
            step: the step of degrees that name none (`--continue --at`); None is the whole process.

        Raises:
            UserError: with all that is not understood.
        """
        wrong: list[str] = []
        found: list[edits.PlanEdit] = []
        for text in self.group or []:
            name, equals, members = text.partition("=")
            if not equals or len(split_names([members])) < 2 or not name.strip():
                wrong.append(f"--group {text}: write NAME=PART,PART")
            else:
                found.append(edits.Group(unquote(name), *split_names([members])))
        for text in split_commas(self.passes):
            name, _, count = text.rpartition("=")
            if not count.strip().isdecimal():
                wrong.append(f"--passes {text}: write a number, or PART=NUMBER")
            else:
                found.append(edits.Passes(int(count), *([unquote(name)] if name else [])))
        if self.order is not None:
            found.append(edits.Order(*split_names([self.order])))
        if names := split_names(self.skip):
            found.append(edits.Skip(*names))
        degrees: dict[int | None, dict[str, float]] = {}  # all of one step are one edit, in which exact names win
        for text in split_commas(self.degree):
            try:
                steps, part, degree = _parse_degree(text, step)
                for number in steps or [None]:
                    degrees.setdefault(number, {})[part] = degree
            except ValueError:
                wrong.append(f"--degree {text}: write PART=0.2, PART=0.2@5 or PART=0.2@5-9")
        found += [edits.Degrees(parts, step=() if number is None else number) for number, parts in degrees.items()]
        if wrong:
            several = len(wrong) > 1
            what = f"{len(wrong)} of the options are not understood." if several else wrong[0]
            raise UserError(what, "; ".join(wrong) if several else "")
        return found

    def parse_splits(self) -> list[Split]:
        """Parse --split. UserError for one that is not understood."""
        if not self.split:
            return []
        from ..pipeline.blocks.split_parts import Split

        found = []
        for text in self.split:
            left, equals, mask = text.partition("=")
            part, _, names = left.partition(":")
            if not equals or not mask or not part.strip():
                raise UserError(f"--split {text} is not understood.", fix="Write PART=MASK or PART:NAME,NAME=MASK.")
            found.append(Split(unquote(part), mask, tuple(split_names([names]))))
        return found


def _parse_degree(text: str, step: int | None) -> tuple[tuple[int, ...], str, float]:
    """Parse PART=D[@STEP[-STEP]] to its steps, part and degree. ValueError when it is not understood."""
    match = _DEGREE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    first = int(match["first"]) if match["first"] else step
    last = int(match["last"] or first or 0)
    if first is not None and last < first:
        raise ValueError(text)
    steps = () if first is None else tuple(range(first, min(last, first + MOST_FRAMES) + 1))  # enough to be refused
    return steps, unquote(match["part"]), float(match["degree"])


def split_commas(given: Sequence[str] | None) -> list[str]:
    """Split the values of a repeatable option at their commas, without empty ones; not within quotes round a name."""
    return [item.strip() for text in given or [] for item in _ITEM.findall(text) if item.strip()]


def split_names(given: Sequence[str] | None) -> list[str]:
    """Split names at their commas, and take off the quotes that some are in."""
    return [name for item in split_commas(given) if (name := unquote(item))]


def unquote(name: str) -> str:
    """Take off the spaces and quotes round a name."""
    name = name.strip()
    return name[1:-1].strip() if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'" else name


def read_files(
    plan: PlanOptions, edits: EditOptions, models: PipelineOptions, painting: Given, **inputs: Given
) -> dict[str, Given]:
    """Everything that a run reads, by its name in messages: what it writes must not lie over it."""
    named = {NAMES[key]: given for key, given in inputs.items()}
    stages = list(parse_stages(models.stage).values())
    return {"the painting": painting, "the plan": plan.file, "the mask": edits.masks, "the stage": stages, **named}
