"""Options and helpers that several commands share. Does not import torch."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..modules.io.errors import UserError, choices
from ..pipeline.blocks.registry import BLOCKS
from ..pipeline.runtime import RUNTIMES
from ..pipeline.stages import STAGES
from .completion import complete_names

if TYPE_CHECKING:
    from ..pipeline.pipeline import Pipeline

LONGEST_NAME = 150  # bytes of a result folder's name: numbers, seeds and a temporary mark come to it
DEVICES = ("auto", "cpu", "cuda", "mps")
_NAMES = "; ".join(f"{stage}: {', '.join(names)}" for stage, names in BLOCKS.items() if names)
Stages = Annotated[
    list[str] | None,
    typer.Option(
        "--stage",
        autocompletion=complete_names([f"{stage}=" for stage in STAGES]),
        metavar="STAGE=SOURCE",
        help=f"Replace {', '.join(STAGES)} by a model folder, a training run, a Hub repository or a name ({_NAMES}). "
        "Repeatable.",
    ),
]
Weights = Annotated[str, typer.Option("--weights", help="The pipeline: a name, a folder or a Hub repository.")]
Device = Annotated[
    str, typer.Option("--device", autocompletion=complete_names(DEVICES), help="auto, cpu, cuda or mps.")
]
Runtime = Annotated[
    str,
    typer.Option(
        "--runtime",
        autocompletion=complete_names(RUNTIMES),
        help="auto, torch or onnx: what computes the networks; auto takes what is there.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing results.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress and no notes.")]


@dataclass(frozen=True)
class PipelineOptions:
    """Which pipeline, and which of its stages are replaced."""

    stage: Stages = None
    weights: Weights = "portrait"
    runtime: Runtime = "auto"

    def load(self, device: str) -> Pipeline:
        """Load the pipeline. Raises UserError when a part is missing."""
        return load_pipeline(self.weights, parse_stages(self.stage), device, self.runtime)


def parse_stages(values: list[str] | None) -> dict[str, str]:
    """Parse `--stage STAGE=SOURCE` options to {stage: source}.

    Raises UserError for an unknown or repeated stage, or a missing "=".
    """
    stages: dict[str, str] = {}
    for text in values or ():
        stage, equals, source = text.partition("=")
        what = f"--stage {text} is not understood."
        if not equals or not source:
            raise UserError(what, fix="Write it as stage=FOLDER, for example --stage frames=runs/mine")
        if stage not in STAGES:
            raise UserError(what, f"There is no stage {stage!r}.", choices(stage, STAGES))
        if stage in stages:
            raise UserError(what, f"The stage {stage!r} is given twice.", "Give each stage once.")
        stages[stage] = source
    return stages


def load_pipeline(weights: str, stages: dict[str, str], device: str, runtime: str = "auto") -> Pipeline:
    """Load a pipeline with some of its stages replaced. Raises UserError when a part is missing or does not load."""
    from ..pipeline.device import matched_torch

    with matched_torch():
        from ..pipeline.pipeline import Pipeline

        return Pipeline.from_pretrained(weights, device=device, runtime=runtime, **stages)


def print_note(text: str, quiet: bool) -> None:
    """Print a note on stderr, since stdout is for data alone."""
    if not quiet:
        print(text, file=sys.stderr, flush=True)


def default_out(painting: Path, ending: str = "") -> Path:
    """Return where the result of a picture goes when nobody says: out/NAME."""
    return Path("out") / f"{unique_names([painting])[0]}{ending}"


def unique_names(paintings: list[Path]) -> list[str]:
    """Choose a folder name for each painting or film: its stem, numbered where two would collide (also by case alone).

    A folder of stills has no ending: `anna.2024` stays so.
    """
    return number_names(folder_name(path.name if path.is_dir() else path.stem or path.name) for path in paintings)


def folder_name(stem: str) -> str:
    """Make a name for a folder in OUT of a picture's name, which may be any: `...png` has the stem `..`.

    No folder that is there already, no log (`batch.jsonl`), nothing that breaks lines, nothing too long for a name.
    """
    name = "".join("_" if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in stem)
    if name.lower().endswith(".jsonl"):
        name = name[: -len(".jsonl")] + "-jsonl"
    while len(os.fsencode(name)) > LONGEST_NAME:
        name = name[:-1]
    return "painting" if name in ("", ".", "..") else name


def number_names(names: Iterable[str]) -> list[str]:
    """Add numbers to names that collide with one before them, also by case alone."""
    taken: set[str] = set()
    last: dict[str, int] = {}  # of each name, the last number: thousands may have the same
    numbered = []
    for name in names:
        chosen, number = name, last.get(name.casefold(), 1)
        while chosen.casefold() in taken:
            number += 1
            chosen = f"{name}-{number}"
        last[name.casefold()] = number
        taken.add(chosen.casefold())
        numbered.append(chosen)
    return numbered
