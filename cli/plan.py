"""`ppp plan`: the plan that a run would use, as a file to edit and give back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..modules.io.errors import UserError
from ..modules.io.files import atomic_file
from .options import load_pipeline, parse_stages, say
from .plan_options import (
    Degree,
    From,
    Group,
    Habit,
    Order,
    Passes,
    PlanOption,
    Skip,
    SplitOption,
    find_plan,
    parse_edits,
    parse_splits,
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    help="Print how PAINTING would be painted with the same options of `ppp run`: a TOML file to edit and give back "
    "with `ppp run PAINTING --plan FILE`."
)
def plan(
    painting: Annotated[Path, typer.Argument(help="A picture file of any size.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="A file instead of the standard output.")] = None,
    frames: Annotated[int | None, typer.Option("--frames", help="Number of frames (40).")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Which artist (0).")] = None,
    plan: PlanOption = "artist",
    habit: Habit = None,
    order: Order = None,
    degree: Degree = None,
    skip: Skip = None,
    passes: Passes = None,
    group: Group = None,
    split: SplitOption = None,
    begun: From = None,
    stage: Annotated[list[str] | None, typer.Option("--stage", metavar="STAGE=SOURCE", help="As in ppp run.")] = None,
    weights: Annotated[str, typer.Option("--weights", help="The pipeline: a name, a folder or a hub id.")] = "portrait",
    segmentation: Annotated[Path | None, typer.Option("--segmentation", help="A label map (PNG).")] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")] = "auto",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is already there.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No notes.")] = False,
) -> None:
    if out is not None and out.exists() and (not overwrite or out.is_dir()):
        raise UserError(f"{out} is already there.", fix="Choose another name, or add --overwrite.")
    from ..pipeline.images import read_picture

    picture = read_picture(painting)  # what cannot be read is said before torch is loaded
    steer = [*parse_splits(split), *parse_edits(order, degree, skip, passes, group)]
    pipeline = load_pipeline(weights, parse_stages(stage or []), device)
    from ..modules.plans.plan_file import to_toml

    made, notes = pipeline.plan(
        picture,
        frames,
        seed,
        find_plan(plan),
        habit=habit,
        segmentation=segmentation,
        edits=steer,
        canvas=begun,
    )
    for note in notes:
        say(note, quiet)
    text = to_toml(made, f"How {painting.name} would be painted.")
    if out is None:
        print(text, end="")
        return
    with atomic_file(out) as part:
        part.write_text(text, encoding="utf-8")
    print(out)
