"""Checkpoints that survive crashes: written to a temporary folder, hashed, renamed; a damaged one is skipped.

RUN/checkpoints/step-00001200/state.pt and hashes.json ({"state.pt": sha256, "step": 1200}). state.pt is read with
`weights_only=True`, so it cannot run code. It is for continuing a run; the model folder beside it is for use.
"""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any, BinaryIO

import torch

from ..io.errors import UserError
from ..io.files import atomic_folder, file_sha256

KEEP = 2
STATE, HASHES = "state.pt", "hashes.json"


def checkpoint_folders(run: Path) -> list[Path]:
    """List the run's checkpoint folders, the newest first, without the temporary ones of a crash."""
    found = [f for f in (run / "checkpoints").glob("step-*") if re.fullmatch(r"step-\d{8,}", f.name)]
    return sorted(found, key=lambda f: int(f.name[5:]), reverse=True)


def save(run: Path, step: int, state: dict[str, Any]) -> Path:
    """Write the state after `step` steps and remove checkpoints older than the newest two."""
    folder = run / "checkpoints" / f"step-{step:08d}"
    with atomic_folder(folder) as part:
        with (part / STATE).open("wb") as file:
            _write(state, file)
        hashes = {STATE: file_sha256(part / STATE), "step": step}
        (part / HASHES).write_text(json.dumps(hashes) + "\n", encoding="utf-8")
    for old in checkpoint_folders(run)[KEEP:]:
        shutil.rmtree(old)
    return folder


def _write(state: dict[str, Any], file: BinaryIO) -> None:
    try:
        torch.save(state, file)
    except RuntimeError as error:
        # torch's writer hides why the disk took no more behind a remark about positions.
        if isinstance(error.__context__, OSError):
            raise error.__context__ from None
        raise


def load(run: Path) -> dict[str, Any] | None:
    """Read the newest good state of the run, or None when it has no checkpoint; says which damaged ones it skips.

    Raises UserError: all checkpoints are damaged.
    """
    every = checkpoint_folders(run)
    for folder in every:
        problem = _problem(folder)
        if not problem:
            try:
                return torch.load(folder / STATE, map_location="cpu", weights_only=True)
            except Exception as error:  # whatever the reader trips over, the one before may be good
                problem = f"cannot be read ({type(error).__name__})"
        print(f"checkpoint {folder.name} is damaged: {problem}; trying the one before", file=sys.stderr)
    if every:
        raise UserError(
            f"no usable checkpoint in {run / 'checkpoints'}",
            f"all {len(every)} are damaged",
            "start again in another folder",
        )
    return None


def _problem(folder: Path) -> str:
    """Say why the checkpoint cannot be trusted, or "" when it can."""
    try:
        wanted = json.loads((folder / HASHES).read_text(encoding="utf-8"))[STATE]
        return "" if file_sha256(folder / STATE) == wanted else f"{STATE} has changed since it was written"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
