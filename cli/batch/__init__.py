"""`ppp batch`: many pictures, on all cores of one machine or on a cluster, to be stopped and continued at any time."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...modules.io.addresses import Place
from ...modules.io.errors import UserError
from ...modules.io.locks import remove_stale
from ..data.jobs import finish, progress_bar
from ..engine_options import EngineOptions
from ..engines import Engine
from ..errors import explain
from ..option_groups import with_option_groups
from ..options import AsJson, Overwrite, Quiet
from .batch_options import BatchOptions
from .log import BatchLog
from .paintings import BatchJob, find_paintings, parse_shard

if TYPE_CHECKING:
    from .painter import BatchSettings

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    help="Paint many PICTURES: files, folders, patterns ('*.jpg'), lists (a .txt with one on each line), or addresses "
    "(s3://bucket/folder). Each becomes a result OUT/NAME as `ppp run` makes it, and a line of OUT/batch.jsonl. "
    "One that fails does not stop the others. After an interruption, a kill or failures the same command with "
    "--skip-finished goes on: what is whole is kept, what is not is painted again."
)
@with_option_groups
def batch(
    *,
    pictures: Annotated[list[str], typer.Argument(metavar="PICTURES...", help="What to paint.")],
    out: Annotated[str, typer.Option("-o", "--out", help="The folder of the results, or an address.")],
    work: EngineOptions,
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard", metavar="I/N", help="Paint only part I (0 to N-1) of N, as one of N such commands anywhere."
        ),
    ] = None,
    skip_finished: Annotated[
        bool, typer.Option("--skip-finished", help="Go on: keep the results that are there and whole.")
    ] = False,
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, help="So many paintings of each picture, by other artists.")
    ] = 1,
    how: BatchOptions,
    as_json: AsJson = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    part = parse_shard(shard)
    engine = work.find()
    place = Place(out)
    how.check()
    jobs = find_paintings(pictures, seeds, None if place.remote else Path(place.root))[part[0] :: part[1]]
    log = BatchLog(place, part)
    if log.exists and not (skip_finished or overwrite):
        fix = "Add --skip-finished to go on, or --overwrite to paint all again."
        raise UserError(f"This batch was begun before: {log.file} is there.", fix=fix)
    settings = how.settings(out, keep=skip_finished or not overwrite, overwrite=overwrite)
    _report(_paint(settings, jobs, engine, log, quiet), place, as_json, quiet)


def _paint(
    settings: BatchSettings, jobs: list[BatchJob], engine: Engine[BatchJob], log: BatchLog, quiet: bool
) -> dict[str, Any]:
    """Paint all -> how many were painted or kept, what failed, and what it took."""
    from .painter import failed

    facts: dict[str, Any] = {"painted": 0, "kept": 0, "failed": [], "seconds": 0.0, "cpu_seconds": 0.0}
    started = time.perf_counter()
    with log, progress_bar("Painting", quiet, len(jobs)) as show:
        for done, (job, row, error) in enumerate(engine(settings.start, jobs), 1):
            if error is not None:
                row = {"painting": job.source, "out": log.place.find(job.name), **failed(explain(error))}
            facts["cpu_seconds"] += row.get("cpu_seconds", 0.0)
            if row["state"] == "failed":
                facts["failed"].append({"painting": row["painting"], "error": row["error"]})
            else:
                facts[row["state"]] += 1
            if row["state"] != "kept":
                log.add(row)
            show(done)
    if not log.place.remote:
        remove_stale(Path(log.place.root))  # of processes that were killed
    facts["seconds"] = time.perf_counter() - started
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in facts.items()}


def _report(facts: dict[str, Any], place: Place, as_json: bool, quiet: bool) -> None:
    """Print what was done on stdout, failures on stderr; typer.Exit(SOME_FAILED) when there are any."""
    kept = f" ({facts['kept']} were there already)" if facts["kept"] else ""
    summary = f"{facts['painted']} painted in {place.root}{kept}"
    failures = [(one["painting"], one["error"][0]) for one in facts["failed"]]
    finish(json.dumps({"out": place.root, **facts}, indent=1) if as_json else summary, failures)
