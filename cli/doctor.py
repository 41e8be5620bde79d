"""`ppp doctor`: diagnose this installation and machine."""

from __future__ import annotations

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

    from ..pipeline.doctor import FAULT, examine

    findings = []
    for finding in examine(
        weights=weights, stages=stages, device=device, out=out, size=(int(match[1]), int(match[2] or match[1]))
    ):
        findings.append(finding)
        if not as_json:
            remedy = f" -> {finding.remedy}" if finding.remedy else ""
            print(f"{finding.state:8} {finding.name:19} {finding.found}{remedy}", flush=True)
    bad = any(finding.state == FAULT for finding in findings)
    if as_json:
        print(json.dumps({"ok": not bad, "checks": [finding.to_json() for finding in findings]}, indent=1))
    if bad:
        raise typer.Exit(2)
