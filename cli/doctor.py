"""`ppp doctor`: diagnose this installation and machine."""

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from ..modules.io.errors import UserError
from .options import AsJson, Device, Stages, Weights, parse_stages

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    help="Check that all that a run needs is installed and works: packages, torch, the device, weights, video, memory, "
    "the output folder. Prints one line for each, with a remedy. Exit code: 0 no faults (there may be warnings), "
    "2 faults."
)
def doctor(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for results.")] = Path("."),
    size: Annotated[
        str, typer.Option("--size", metavar="WIDTHxHEIGHT", help="Size of the painting in pixels.")
    ] = "1024x1024",
    stage: Stages = None,
    weights: Weights = "portrait",
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    stages = parse_stages(stage)
    match = re.fullmatch(r"([1-9]\d{0,6})(?:[x×]([1-9]\d{0,6}))?", size.strip().lower())
    if not match:
        raise UserError(f"--size {size} is not understood.", fix="Write it as WIDTHxHEIGHT, for example 4000x3000.")

    from ..pipeline.doctor import FAULT, run_checks

    results = []
    for result in run_checks(
        weights=weights, stages=stages, device=device, out=out, size=(int(match[1]), int(match[2] or match[1]))
    ):
        results.append(result)
        if not as_json:
            remedy = f" -> {result.remedy}" if result.remedy else ""
            print(f"{result.state:8} {result.name:19} {result.found}{remedy}", flush=True)
    faulty = any(result.state == FAULT for result in results)
    if as_json:
        print(json.dumps({"ok": not faulty, "checks": [result.to_json() for result in results]}, indent=1))
    if faulty:
        raise typer.Exit(2)
