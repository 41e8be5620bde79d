"""`ppp segment`: the parts of a painting as a label map."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ..modules.io.errors import UserError, disk_advice
from ..modules.io.outputs import check_apart
from .options import (
    AsJson,
    Device,
    Overwrite,
    Quiet,
    Runtime,
    Weights,
    default_out,
    load_pipeline,
    parse_stages,
    print_note,
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help="Find the parts of PAINTING and write them as a paletted PNG: pixel value = class index.")
def segment(
    painting: Annotated[Path, typer.Argument(help="A picture file of any size.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="The PNG to write.  [default: out/NAME_labels.png]")
    ] = None,
    stage: Annotated[
        list[str] | None, typer.Option("--stage", metavar="segment=SOURCE", help="Another segment stage.")
    ] = None,
    weights: Weights = "portrait",
    device: Device = "auto",
    runtime: Runtime = "auto",
    as_json: AsJson = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    stages = parse_stages(stage)
    if set(stages) - {"segment"}:
        raise UserError(f"--stage {', '.join(stages)} has no use here.", fix="Only segment=... is used.")
    out = default_out(painting, "_labels.png") if out is None else out
    if out.suffix.lower() != ".png":
        raise UserError(f"{out} cannot be written.", "A label map is a PNG.", "Give a name that ends in .png")
    if out.is_dir():
        raise UserError(f"{out} cannot be written.", "It is a folder.", "Give a file name that ends in .png")
    check_apart(out, {"the painting": painting, "the stage": list(stages.values())})
    if out.exists() and not overwrite:
        raise UserError(f"{out} is already there.", fix="Choose another name, or add --overwrite.")
    from ..pipeline.images import read_picture

    picture = read_picture(painting)  # an unreadable one is reported before torch is loaded
    parts, notes = load_pipeline(weights, stages, device, runtime).segment(picture)
    for note in notes:
        print_note(f"{painting.name}: {note}", quiet)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        parts.label_set.save_png(out, parts.labels)
    except OSError as error:
        raise UserError(f"{out} cannot be written.", f"{error.strerror or error}.", disk_advice(error)) from error
    if as_json:
        shares = {name: float((parts.labels == k).mean()) for name, k in zip(parts.names, parts.present, strict=True)}
        print(json.dumps({"out": str(out), "parts": {name: round(share, 4) for name, share in shares.items()}}))
    else:
        print(out)
