"""`ppp verify`: provenance of files, and whether they were changed."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..modules.io.errors import UserError
from .options import AsJson

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

NO_TRACE, EDITED, NOT_SIGNED = 3, 4, 5  # exit codes; 2 (cannot be read) wins over them, then 4, 5, 3
_ORDER = (2, EDITED, NOT_SIGNED, NO_TRACE)


@app.command(
    help="Check whether FILES (pictures, videos, process.json, result folders) come from ppp, from which process, and "
    "whether they were changed. Exit code: 0 from ppp, no change found; 2 cannot be read; 3 no trace of ppp; "
    "4 from ppp and changed; 5 not signed with --key."
)
def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="A picture, video, process.json or folder.")],
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            metavar="FILE",
            help="Public keys, such as KEY.pub or a GitHub user's .keys: also check that one of them signed it.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    from ..modules.io.signing import read_public_keys
    from ..pipeline.verify import CHANGED, verify

    keys = None if key is None else read_public_keys(key)
    results, codes = [], [0]
    for path in files:
        try:
            result = verify(path, keys)
        except UserError as error:
            if len(files) == 1:
                raise
            print(f"ppp: {error}", file=sys.stderr)
            codes.append(error.exit_code)
            continue
        results.append(result)
        code = EDITED if result.state == CHANGED else NO_TRACE if not result.from_ppp else 0
        codes.append(NOT_SIGNED if code in (0, NO_TRACE) and keys is not None and not result.by_key else code)
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
    if found := [code for code in _ORDER if code in codes]:
        raise typer.Exit(found[0])


def _verdict(from_ppp: bool, statement: str, state: str) -> str:
    if not from_ppp:
        return "no trace of ppp"
    states = {"unchanged": "not changed since", "changed": "CHANGED since", "unknown": "changed or not is unknown"}
    return f"from ppp ({statement or 'origin not stated'}), {states[state]}"
