"""`ppp data shard`: pack processes into few large files that many machines can read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ...modules.io.errors import UserError, install_extra
from ..engines import Jobs
from ..options import Overwrite, Quiet
from .jobs import Failures, claim_folder, finish, run_jobs


@dataclass(frozen=True)
class ShardJob:
    """A shard to write: its .tar, its split, and the folders and names of its processes."""

    tar: Path
    split: str
    folders: tuple[Path, ...]
    names: tuple[str, ...]


def pack(job: ShardJob) -> dict[str, Any]:
    """Write one shard; returns its entry for the index."""
    from ...modules.data.processes.process import Process
    from ...modules.data.processes.shard_writer import write_shard

    return write_shard(job.tar, [Process(folder) for folder in job.folders], job.names, job.split)


def shard(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Processes, or folders of processes.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="SHARDS", help="Folder to make.")],
    per_shard: Annotated[int, typer.Option(min=1, help="Processes in a shard.")] = 64,
    val: Annotated[float, typer.Option(min=0, max=1, help="Share of the paintings that goes to the split val.")] = 0.0,
    jobs: Jobs = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Pack processes into WebDataset shards, which every command reads like folders.

    The order is that of the folders; all processes of a painting go into one split. An interrupted run continues.
    """
    try:
        import webdataset  # noqa: F401
    except ImportError:
        raise UserError("Shards need the library webdataset.", "It is not installed.", install_extra("data")) from None
    from ...modules.data.processes.process import find_processes, unique_process_names
    from ...modules.data.processes.shard_writer import split_of, write_index

    found = [process for process in find_processes(folders) if process.files.group is None]
    splits: dict[str, list[tuple[Path, str]]] = {"train": [], "val": []}
    failed: Failures = []
    for process, name in zip(found, unique_process_names(found), strict=True):
        try:
            process.check_labelled()
            _ = process.manual_degrees  # checks them
            splits[split_of(process, val)].append((process.folder, name))
        except UserError as error:
            failed.append((name, str(error)))
    if not any(splits.values()):
        raise UserError("None of these processes can be packed.", failed[0][1] if failed else "They are in shards.")
    settings = {"per_shard": per_shard, "val": val}
    todo = []
    for split, members in splits.items():
        for start in range(0, len(members), per_shard):
            packed_folders, names = zip(*members[start : start + per_shard], strict=True)
            todo.append(ShardJob(out / f"{split}-{start // per_shard:06d}.tar", split, packed_folders, names))
    inputs = (process.folder for process in found)
    with claim_folder(out, {"made_by": "ppp data shard", **settings}, overwrite, inputs):
        entries, more = run_jobs(pack, todo, jobs, quiet, "Packing", lambda job: job.tar.name)
        if entries:
            write_index(out, sorted(entries, key=lambda entry: entry["file"]), settings)
    packed = sum(len(entry["processes"]) for entry in entries)
    finish(f"{packed} processes in {len(entries)} shards in {out}", failed + more)
