"""`ppp plan`: the plan that a run would use, as a file to edit and give back."""

from pathlib import Path
from typing import Annotated

import typer

from ..modules.io.errors import UserError
from ..modules.io.files import atomic_file
from ..modules.io.outputs import check_apart
from .option_groups import with_option_groups
from .options import Device, Overwrite, PipelineOptions, Quiet, print_note
from .plan_options import EditOptions, From, PlanOptions, read_files

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    help="Print how PAINTING would be painted with the same options of `ppp run`: a TOML file to edit and give back "
    "with `ppp run PAINTING --plan FILE`."
)
@with_option_groups
def plan(
    *,
    painting: Annotated[Path, typer.Argument(help="A picture file of any size.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="A file instead of the standard output.")] = None,
    options: PlanOptions,
    edits: EditOptions,
    canvas: From = None,
    models: PipelineOptions,
    segmentation: Annotated[Path | None, typer.Option("--segmentation", help="A label map (PNG).")] = None,
    device: Device = "auto",
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    if out is not None:
        check_apart(out, read_files(options, edits, models, painting, segmentation=segmentation, canvas=canvas))
    if out is not None and out.exists() and (not overwrite or out.is_dir()):
        raise UserError(f"{out} is already there.", fix="Choose another name, or add --overwrite.")
    from ..pipeline.images import read_picture

    picture = read_picture(painting)  # an unreadable one is reported before torch is loaded
    changes = [*edits.parse_splits(), *edits.parse()]
    made, notes = models.load(device).plan(
        picture, options.frames, options.seed, options.find(), segmentation=segmentation, edits=changes,
        canvas=canvas, **options.request,
    )  # fmt: skip
    for note in notes:
        print_note(f"{painting.name}: {note}", quiet)
    from ..modules.plans.plan_file import to_toml

    text = to_toml(made, f"How {painting.name} would be painted.")
    if out is None:
        print(text, end="")
        return
    with atomic_file(out) as part:
        part.write_text(text, encoding="utf-8")
    print(out)
