"""Options that several commands share, and where their output goes. Does not import torch."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..modules.io.errors import UserError
from ..pipeline.stages import STAGES

if TYPE_CHECKING:
    from ..pipeline.pipeline import Pipeline


def parse_stages(given: list[str]) -> dict[str, str]:
    """`stage=FOLDER|HUB|NAME` options -> {stage: source}. UserError for an unknown or repeated stage, or no "="."""
    stages: dict[str, str] = {}
    for text in given:
        stage, equals, source = text.partition("=")
        what = f"--stage {text} is not understood."
        if not equals or not source:
            raise UserError(what, fix="Write it as stage=FOLDER, for example --stage frames=runs/mine")
        if stage not in STAGES:
            raise UserError(what, f"There is no stage {stage!r}.", f"Use one of: {', '.join(STAGES)}.")
        if stage in stages:
            raise UserError(what, f"The stage {stage!r} is given twice.", "Give each stage once.")
        stages[stage] = source
    return stages


def load_pipeline(weights: str, stages: dict[str, str], device: str) -> Pipeline:
    """The pipeline with some of its stages replaced. UserError when something of it does not exist or load."""
    from ..pipeline.loading import matched_torch

    with matched_torch():
        from ..pipeline.pipeline import Pipeline

        return Pipeline.from_pretrained(weights, device=device, **stages)


def say(text: str, quiet: bool) -> None:
    """A note for the person, on stderr: data alone goes to stdout."""
    if not quiet:
        print(text, file=sys.stderr, flush=True)


def unique_names(paintings: list[Path]) -> list[str]:
    """A folder name for each painting: its stem, numbered where two would collide (also by case alone)."""
    taken: set[str] = set()
    names = []
    for path in paintings:
        stem = path.stem or path.name or "painting"
        name, number = stem, 2
        while name.casefold() in taken:
            name, number = f"{stem}-{number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names
