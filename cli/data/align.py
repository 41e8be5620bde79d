"""`ppp data align`: undo moves of the canvas in recorded processes."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ..options import AsJson, Quiet
from .jobs import Attempts, finish, progress_bar


def align(
    folders: Annotated[list[Path], typer.Argument(help="Recorded processes, or folders that hold them.")],
    again: Annotated[bool, typer.Option("--again", help="Also those that are aligned already.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Undo moves, turns and zooms of the canvas, in place; report moved layers; cut where registration fails."""
    from ...modules.data.processes.process import find_processes
    from ...modules.data.recording import align as align_process

    found = find_processes(folders)
    attempts = Attempts(len(found))
    aligned: list[dict[str, Any]] = []
    existing = 0
    for process in found:
        with attempts.attempt(str(process.folder)):
            if process.info.get("alignment") and not again:
                existing += 1
                continue
            with progress_bar(process.folder.name, quiet) as progress:
                alignment = align_process(process, process.folder, progress)
            frames = alignment["frames"]
            still = sum(frame["method"] in ("still", "last") for frame in frames)
            summary = {"frames": len(frames), "still": still, "moved_parts": len(alignment["moved"])}
            aligned.append({"folder": str(process.folder), **summary, "cuts": alignment["cuts"]})
    if not aligned and not existing:
        attempts.raise_if_all_failed("No process could be aligned.")
    if as_json:
        failed = [{"folder": name, "error": why} for name, why in attempts.failed]
        text = json.dumps({"processes": aligned, "failed": failed}, indent=1)
    else:
        cuts = sum(len(process["cuts"]) for process in aligned)
        note = f" ({existing} were aligned already)" if existing else ""
        text = f"{len(aligned)} processes aligned, {cuts} pairs cut{note}"
    finish(text, attempts.failed)
