"""`ppp verify`: provenance of files, and whether they were changed."""

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

    results, codes = [], [0]
    for path in files:
        try:
            result = verify(path)
        except UserError as error:
            if len(files) == 1:
                raise
            print(f"ppp: {error}", file=sys.stderr)
            codes.append(error.exit_code)
            continue
        results.append(result)
        codes.append(NO_TRACE if not result.from_ppp else EDITED if result.state == CHANGED else 0)
    if as_json:
        rows = [result.to_json() for result in results]
        print(json.dumps(rows[0] if len(files) == 1 else rows, indent=1))
    else:
        for result in results:
            print(f"{result.path}: {_verdict(result.from_ppp, result.statement, result.state)}")
            if result.process:
                print(f"  process {result.process} ({result.software or 'ppp'})")
            for note in result.notes:
                print(f"  {note}")
    if code := 2 if 2 in codes else max(codes):
        raise typer.Exit(code)


def _verdict(from_ppp: bool, statement: str, state: str) -> str:
    if not from_ppp:
        return "no trace of ppp"
    states = {"unchanged": "not changed since", "changed": "CHANGED since", "unknown": "changed or not is unknown"}
    return f"from ppp ({statement or 'origin not stated'}), {states[state]}"
