"""Options that say how a painting is to be painted: order, degrees, skipped parts, passes, groups. No torch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..modules.io.errors import UserError
from ..modules.io.files import path_exists
from ..modules.plans import HABITS, PlanFile, edits

if TYPE_CHECKING:
    from ..pipeline.blocks.split_parts import Split

PlanOption = Annotated[
    str,
    typer.Option(
        "--plan", help="What is painted when: artist, reverse, random, dataset, dataset=FILE, or a plan file (TOML)."
    ),
]
Habit = Annotated[str | None, typer.Option("--habit", help=f"How the artist works: {', '.join(HABITS)}.")]
Order = Annotated[
    str | None, typer.Option("--order", help="Parts in the order in which they are begun: background,hair,face.")
]
Degree = Annotated[
    list[str] | None,
    typer.Option(
        "--degree",
        metavar="PART=D[@STEP]",
        help="How much of a part is painted: hair=0.2 in the whole process, hair=0.2@5 or @5-9 in the step that makes "
        "frame 5 (of what is left then). Repeatable, or several with commas between them.",
    ),
]
Skip = Annotated[
    list[str] | None, typer.Option("--skip", help="Parts that are left alone. Repeatable, or with commas.")
]
Passes = Annotated[
    list[str] | None,
    typer.Option("--passes", metavar="N|PART=N", help="How often all parts, or one, are gone over: 1 to 5."),
]
Group = Annotated[
    list[str] | None,
    typer.Option("--group", metavar="NAME=PART,PART", help="Several parts driven as one. Repeatable."),
]
SplitOption = Annotated[
    list[str] | None,
    typer.Option(
        "--split",
        metavar="PART[:NAME,NAME]=MASK",
        help="One part driven as several: hair=mask.png makes hair.1 (white in the mask) and hair.2, "
        "hair:fringe,rest=mask.png names them. Repeatable.",
    ),
]
From = Annotated[
    Path | None,
    typer.Option("--from", help="A half-finished picture to go on from, as frame 0; what is right on it is left."),
]
Continue = Annotated[
    Path | None,
    typer.Option("--continue", help="A result to go on from, without PAINTING: its frames before --at are kept."),
]
At = Annotated[int | None, typer.Option("--at", help="With --continue: the first step that is painted anew.")]
Variations = Annotated[
    int | None,
    typer.Option("--variations", help="So many different artists, in folders 1, 2, ... of OUT, and a sheet of them."),
]

_DEGREE = re.compile(r"(?P<part>[^=@]+)=(?P<degree>[^=@]+)(@(?P<first>\d+)(-(?P<last>\d+))?)?")


def find_plan(given: str) -> str | PlanFile:
    """Resolve --plan: the name of a plan, or the content of a file. UserError when the file cannot be read."""
    if given.lower().endswith(".toml") or ("=" not in given and path_exists(given, "file")):
        return PlanFile.load(Path(given))
    return given


def split_commas(given: Sequence[str] | None) -> list[str]:
    """Split the values of a repeatable option at their commas, without empty ones."""
    return [name for text in given or [] for name in (part.strip() for part in text.split(",")) if name]


def parse_splits(given: Sequence[str] | None) -> list[Split]:
    """Parse --split options. UserError for one that is not understood."""
    if not given:
        return []
    from ..pipeline.blocks.split_parts import Split

    found = []
    for text in given:
        left, equals, mask = text.partition("=")
        part, _, names = left.partition(":")
        if not equals or not mask or not part.strip():
            raise UserError(f"--split {text} is not understood.", fix="Write PART=MASK or PART:NAME,NAME=MASK.")
        found.append(Split(part.strip(), mask, tuple(split_commas([names]))))
    return found


def parse_edits(
    order: str | None = None,
    degree: Sequence[str] | None = None,
    skip: Sequence[str] | None = None,
    passes: Sequence[str] | None = None,
    group: Sequence[str] | None = None,
    step: int | None = None,
) -> list[edits.PlanEdit]:
    """Parse the options into plan edits, in the order in which they are to be applied.

    step: the step of degrees that name none (`--continue --at`); None = the whole process.
    UserError with all that is not understood.
    """
    wrong: list[str] = []
    found: list[edits.PlanEdit] = []
    for text in group or []:
        name, equals, members = text.partition("=")
        if not equals or len(split_commas([members])) < 2 or not name.strip():
            wrong.append(f"--group {text}: write NAME=PART,PART")
        else:
            found.append(edits.Group(name.strip(), *split_commas([members])))
    for text in split_commas(passes):
        name, _, count = text.rpartition("=")
        if not count.strip().isdigit():
            wrong.append(f"--passes {text}: write a number, or PART=NUMBER")
        else:
            found.append(edits.Passes(int(count), *([name.strip()] if name else [])))
    if order is not None:
        found.append(edits.Order(*split_commas([order])))
    if names := split_commas(skip):
        found.append(edits.Skip(*names))
    for text in split_commas(degree):
        match = _DEGREE.fullmatch(text)
        try:
            if match is None:
                raise ValueError
            degrees = {match["part"].strip(): float(match["degree"])}
        except ValueError:
            wrong.append(f"--degree {text}: write PART=0.2, PART=0.2@5 or PART=0.2@5-9")
            continue
        first = int(match["first"]) if match["first"] else step
        steps = () if first is None else range(first, int(match["last"] or first) + 1)
        found.append(edits.Degrees(degrees, step=steps))
    if wrong:
        raise UserError(f"{len(wrong)} of the options are not understood." if len(wrong) > 1 else wrong[0],
                        "; ".join(wrong) if len(wrong) > 1 else "")  # fmt: skip
    return found
