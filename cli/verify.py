"""`ppp verify`: provenance of files, and whether they were changed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..modules.io.errors import UserError
from .options import AsJson

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

NO_TRACE, EDITED = 3, 4  # exit codes; 2 (cannot be read) wins over both


@app.command(
    help="Check whether FILES (pictures, videos, process.json, result folders) come from ppp, from which process, and "
    "whether they were changed. Exit code: 0 from ppp, no change found; 2 cannot be read; 3 no trace of ppp; "
    "4 from ppp and changed."
)
def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="A picture, video, process.json or folder.")],
    as_json: AsJson = False,
) -> None:
    from ..pipeline.verify import CHANGED, verify

    findings, codes = [], [0]
    for path in files:
        try:
            found = verify(path)
        except UserError as error:
            if len(files) == 1:
                raise
            print(f"ppp: {error}", file=sys.stderr)
            codes.append(error.exit_code)
            continue
        findings.append(found)
        codes.append(NO_TRACE if not found.ours else EDITED if found.state == CHANGED else 0)
    if as_json:
        results = [found.to_json() for found in findings]
        print(json.dumps(results[0] if len(files) == 1 else results, indent=1))
    else:
        for found in findings:
            print(f"{found.path}: {_verdict(found.ours, found.statement, found.state)}")
            if found.process:
                print(f"  process {found.process} ({found.software or 'ppp'})")
            for note in found.notes:
                print(f"  {note}")
    if code := 2 if 2 in codes else max(codes):
        raise typer.Exit(code)


def _verdict(ours: bool, statement: str, state: str) -> str:
    if not ours:
        return "no trace of ppp"
    ends = {"unchanged": "not changed since", "changed": "CHANGED since", "unknown": "changed or not: cannot be told"}
    return f"from ppp ({statement or 'it does not say how it was made'}), {ends[state]}"
