"""`ppp data align`: hold the canvas of recorded processes still."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ...modules.io.errors import UserError
from ..errors import explain
from .jobs import finish, share_done


def align(
    folders: Annotated[list[Path], typer.Argument(help="Recorded processes, or folders that hold them.")],
    again: Annotated[bool, typer.Option("--again", help="Also those that are aligned already.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Tell what was found as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")] = False,
) -> None:
    """Undo moves, turns and zooms of the canvas, in place; tell what the artist moved; cut what cannot be explained."""
    from ...modules.data.processes.process import find_processes
    from ...modules.data.recording import align as hold

    found = find_processes(folders)
    done: list[dict[str, Any]] = []
    there, failed, only_input = 0, list[tuple[str, str]](), True
    for process in found:
        try:
            if process.info.get("alignment") and not again:
                there += 1
                continue
            with share_done(process.folder.name, quiet) as show:
                told = hold(process, process.folder, show)
            still = sum(frame["method"] in ("still", "last") for frame in told["frames"])
            summary = {"frames": len(told["frames"]), "still": still, "moved_parts": len(told["moved"])}
            done.append({"folder": str(process.folder), **summary, "cuts": told["cuts"]})
        except Exception as error:
            if len(found) == 1:
                raise
            problem = explain(error)
            only_input = only_input and isinstance(problem, UserError)
            failed.append((str(process.folder), str(problem).replace("\n", " ")))
    if failed and not done and not there and only_input:
        raise UserError("No process could be aligned.", "; ".join(why for _, why in failed))
    if as_json:
        processes = {"processes": done, "failed": [{"folder": name, "error": why} for name, why in failed]}
        typer.echo(json.dumps(processes, indent=1))
    cuts = sum(len(process["cuts"]) for process in done)
    note = f" ({there} were aligned already)" if there else ""
    finish("" if as_json else f"{len(done)} processes aligned, {cuts} pairs cut{note}", failed)
