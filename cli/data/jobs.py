"""What the commands of `ppp data` share: claiming a folder, work in several processes, progress, the summary."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from ...modules.io.errors import UserError

Failures = list[tuple[str, str]]
SOME_FAILED = 3  # exit code: the others are there


def seed_of(*parts: object) -> int:
    """A seed (31 bits) that depends on all parts and on nothing else, so that more pictures leave the others alone."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def claim(out: Path, settings: dict[str, Any], overwrite: bool) -> None:
    """Mark `out` as made with `settings`. The same settings continue; a folder of others or of strangers is refused."""
    from ...modules.io.files import atomic_file
    from ...modules.io.locks import remove_stale

    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file.", fix="Give a folder with -o.")
    for place in (out, out / "images", out / "labels"):
        remove_stale(place)
    marker = out / "settings.json"
    held = None
    if marker.is_file():
        try:
            held = json.loads(marker.read_text(encoding="utf-8"))
        except ValueError:
            held = {}
    if held != settings and out.is_dir() and any(out.iterdir()):
        if held is None:
            raise UserError(
                f"{out} is not empty.", "It was not made by this command.", "Choose another folder with -o."
            )
        if not overwrite:
            differ = ", ".join(sorted(k for k in {*settings, *held} if settings.get(k) != held.get(k)))
            raise UserError(
                f"{out} was made with other settings.", f"They differ in: {differ}.",
                "Choose another folder with -o, the same settings to continue, or --overwrite.",
            )  # fmt: skip
        _clear(out)
    with atomic_file(marker) as part:
        part.write_text(json.dumps(settings), encoding="utf-8")


def release(out: Path) -> None:
    """Take back a claim under which nothing was made."""
    (out / "settings.json").unlink(missing_ok=True)
    if out.is_dir() and not any(out.iterdir()):
        out.rmdir()


def _clear(out: Path) -> None:
    """Remove what an earlier run of these commands made in `out`, and nothing else."""
    import shutil

    for path in [*out.glob("*/process.json"), *out.glob("*/extract.jsonl")]:
        shutil.rmtree(path.parent)
    for path in [*out.glob("images/sitter_*.png"), *out.glob("labels/sitter_*.png"), *out.glob("manifest.jsonl")]:
        path.unlink()


def _prepare_worker() -> None:
    """One thread per process: the processes are the parallelism. Ctrl-C is the parent's to handle, its end theirs."""
    import signal

    import cv2

    from ...modules.io.child_processes import exit_with_parent

    exit_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)


def work(
    do: Callable[[Any], Any], jobs: list[Any], workers: int, quiet: bool, title: str, name: Callable[[Any], str]
) -> tuple[list[Any], Failures]:
    """Do all jobs in several processes with a progress bar; a job that fails is noted and the others go on."""
    made: list[Any] = []
    failed: Failures = []
    workers = min(workers or os.cpu_count() or 1, max(1, len(jobs)))
    with progress(title, len(jobs), quiet) as advance:
        for job, result, error in results(do, jobs, workers):
            if error is None:
                made.append(result)
            else:
                failed.append((name(job), str(error) or type(error).__name__))
            advance()
    return made, failed


def results(do: Callable[[Any], Any], jobs: list[Any], workers: int) -> Iterator[tuple[Any, Any, Exception | None]]:
    """(job, result, error) of every job as it is done, in `workers` processes; with one, in this process."""
    if workers == 1:
        for job in jobs:
            try:
                yield job, do(job), None
            except Exception as error:
                yield job, None, error
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare_worker) as pool:
        waiting = iter(jobs)
        running: dict[Any, Any] = {}
        try:
            while True:
                for job in waiting:  # a short queue, so that an interrupt does not leave thousands behind
                    running[pool.submit(do, job)] = job
                    if len(running) >= 3 * workers:
                        break
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    why = future.exception()
                    if why is not None and not isinstance(why, Exception):
                        raise why
                    yield running.pop(future), None if why else future.result(), why
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def progress(title: str, total: int, quiet: bool) -> Iterator[Callable[[], None]]:
    """A bar of so many jobs on stderr, when that is a terminal; gives a function to call after each."""
    with _bar(title, total, quiet) as (bar, task):
        yield lambda: bar.advance(task)


@contextmanager
def share_done(title: str, quiet: bool) -> Iterator[Callable[[float], None]]:
    """A bar of one long job; gives a function that takes the share of it that is done, in [0,1]."""
    with _bar(title, None, quiet) as (bar, task):
        yield lambda share: bar.update(task, completed=share, total=1)


@contextmanager
def _bar(title: str, total: int | None, quiet: bool) -> Iterator[tuple[Any, Any]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    count = TaskProgressColumn() if total is None else MofNCompleteColumn()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), count, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet or not sys.stderr.isatty()) as bar:
        yield bar, bar.add_task(title, total=total or 1)


def finish(summary: str, failed: Failures) -> None:
    """Print the summary to stdout and what failed to stderr; typer.Exit(SOME_FAILED) when something did."""
    if summary:
        typer.echo(summary)
    for name, why in failed[:20]:
        first = why.splitlines()[0] if why else "unknown error"
        typer.echo(f"failed: {name}: {first}", err=True)
    if failed:
        typer.echo(f"{len(failed)} failed; the others are complete.", err=True)
        raise typer.Exit(SOME_FAILED)
