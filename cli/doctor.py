"""`ppp doctor`: what on this machine would keep ppp from working, and what to do about it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from ..modules.io.errors import UserError
from .options import parse_stages

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    help="Look whether everything a run needs is here and works: packages, torch, the device, weights, video, memory, "
    "the place to write. One line for each, with the remedy. Exit code: 0 nothing to mend (warnings may stand), "
    "2 something must be mended."
)
def doctor(
    out: Annotated[Path, typer.Option("-o", "--out", help="Where results would be written.")] = Path("."),
    size: Annotated[
        str, typer.Option("--size", metavar="WIDTHxHEIGHT", help="Size of the painting in pixels.")
    ] = "1024x1024",
    stage: Annotated[
        list[str] | None, typer.Option("--stage", metavar="STAGE=SOURCE", help="As for ppp run. Repeatable.")
    ] = None,
    weights: Annotated[str, typer.Option("--weights", help="The pipeline: a name, a folder or a hub id.")] = "portrait",
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Say it as JSON.")] = False,
) -> None:
    stages = parse_stages(stage or [])
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
