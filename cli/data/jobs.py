"""Shared parts of the `ppp data` commands: claiming the output folder, parallel jobs, progress bars, the summary."""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

from ...modules.io.errors import UserError
from ...modules.io.outputs import check_apart
from ..engines import Engine, iterate_results, same
from ..errors import explain

Failures = list[tuple[str, str]]  # name of an item, error
SOME_FAILED = 3  # exit code: the others are complete
SETTINGS = "settings.json"  # of the run that made a folder
PICTURE_FOLDERS = ("images", "labels", "layers", "amodal")  # of a data folder with a manifest


def seed_of(*parts: object) -> int:
    """Hash the parts into a seed (31 bits), so that more pictures leave the others' seeds as they are."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


@contextmanager
def claim_folder(out: Path, settings: dict[str, Any], overwrite: bool, inputs: Iterable[Path] = ()) -> Iterator[None]:
    """Mark the folder `out` as made with `settings` while the body fills it; a run with the same settings continues.

    With `overwrite`, what other settings made is set aside; it is removed after the body or, where that makes nothing,
    put back. A new folder in which nothing is made is removed.

    Raises UserError for a folder that holds one of the `inputs`, that other settings made, unless `overwrite`, or that
    another program made.
    """
    from ...modules.data.manifest import MANIFEST
    from ...modules.io.files import atomic_file
    from ...modules.io.locks import exclusive_lock, temp_prefix

    check_apart(out, {"what it is made of": inputs})
    continued = _check_claim(out, settings, overwrite)
    old = set() if continued else _made_in(out)
    out.mkdir(parents=True, exist_ok=True)
    notes = {out / SETTINGS, out / MANIFEST}
    try:
        with (
            TemporaryDirectory(prefix=temp_prefix(SETTINGS), dir=out) as aside,
            exclusive_lock(Path(aside)),
            ExitStack() as undo,
        ):
            for path in old:
                place = Path(aside) / path.relative_to(out)
                place.parent.mkdir(exist_ok=True)
                path.rename(place)
                undo.callback(place.rename, path)
            before = set() if continued else {*out.rglob("*")}
            for note in notes:
                undo.callback(note.unlink, missing_ok=True)
            try:
                with atomic_file(out / SETTINGS) as part:
                    part.write_text(json.dumps(settings), encoding="utf-8")
                yield
            finally:
                if any(path.is_file() for path in {*out.rglob("*")} - before - notes):
                    undo.pop_all()
    finally:
        for folder in (*(out / part for part in PICTURE_FOLDERS), out):
            with suppress(OSError):  # it is not empty
                folder.rmdir()


def _check_claim(out: Path, settings: dict[str, Any], overwrite: bool) -> bool:
    """Tell whether a run with the same settings began in the folder; UserError when it cannot be used."""
    from ...modules.io.locks import remove_stale

    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file.", fix="Give a folder with -o.")
    for folder in (out, *(out / name for name in PICTURE_FOLDERS)):
        remove_stale(folder)
    previous = None
    if (out / SETTINGS).is_file():
        try:
            previous = json.loads((out / SETTINGS).read_text(encoding="utf-8"))
        except ValueError:
            previous = {}
    if previous != settings and out.is_dir() and any(out.iterdir()):
        if previous is None:
            raise UserError(
                f"{out} is not empty.", "It was not made by this command.", "Choose another folder with -o."
            )
        if not overwrite:
            differ = ", ".join(sorted(k for k in {*settings, *previous} if settings.get(k) != previous.get(k)))
            raise UserError(
                f"{out} was made with other settings.", f"They differ in: {differ}.",
                "Choose another folder with -o, the same settings to continue, or --overwrite.",
            )  # fmt: skip
    return previous == settings


def _made_in(out: Path) -> set[Path]:
    """List what an earlier run of these commands made in `out`."""
    from ...modules.data.manifest import MANIFEST, read_manifest
    from ...modules.data.processes.shard_reader import INDEX_FILE

    folders = {path.parent for path in [*out.glob("*/process.json"), *out.glob("*/extract.jsonl")]}
    shards = {path for split in ("train", "val") for path in out.glob(f"{split}-[0-9]*.*")}
    rows = []
    with suppress(UserError):  # a damaged one lists nothing
        rows = read_manifest(out) if (out / MANIFEST).is_file() else []
    listed = [Path(row[key]) for row in rows for key in ("file", "labels", "layers", "amodal") if row.get(key)]
    named = {out / name for name in listed if str(name.parent) in PICTURE_FOLDERS}
    drawn = {
        path for part in PICTURE_FOLDERS for what in ("sitter", "scene") for path in out.glob(f"{part}/{what}_*.png")
    }
    notes = {out / name for name in (SETTINGS, MANIFEST, INDEX_FILE)}
    return folders | shards | {path for path in named | drawn | notes if path.is_file()}


def split_of(name: object, val: float) -> str:
    """Draw the split of a picture from its name or seed: a share `val` goes to "val", the others to "train"."""
    return "val" if (seed_of("split", name) % 1000) < 1000 * val else "train"


def parse_size(text: str, smallest: int = 16) -> tuple[int, int]:
    """Parse `256` or `256x320` to (width, height); UserError for anything else, and for sides under `smallest`."""
    try:
        numbers = [int(part) for part in text.lower().split("x")]
        width, height = numbers if len(numbers) == 2 else (numbers[0], numbers[0])
        if len(numbers) > 2 or not smallest <= min(width, height) <= max(width, height) <= 8192:
            raise ValueError
    except ValueError:
        raise UserError(
            f"--size {text} cannot be used.", fix=f"Give {smallest} to 8192 pixels: 256, or 256x320."
        ) from None
    return width, height


def run_jobs(
    run: Callable[[Any], Any],
    jobs: list[Any],
    workers: int | Engine[Any],
    quiet: bool,
    title: str,
    name: Callable[[Any], str],
) -> tuple[list[Any], Failures]:
    """Run all jobs in parallel processes (`workers` of them, 0 = one per core, or an engine's), with a progress bar.

    A failed job is recorded under its `name` and the others go on. Returns results as they came, and failures.
    """
    done: list[Any] = []
    failed: Failures = []
    if isinstance(workers, int):
        workers = partial(iterate_results, workers=min(workers or os.cpu_count() or 1, max(1, len(jobs))))
    with progress_bar(title, quiet, len(jobs)) as show:
        for job, result, error in workers(partial(same, run), jobs):
            if error is None:
                done.append(result)
            else:
                failed.append((name(job), str(error) or type(error).__name__))
            show(len(done) + len(failed))
    return done, failed


class Attempts:
    """Items tried one after another: a failure is recorded and the others go on; a single item's error is raised."""

    def __init__(self, count: int) -> None:
        self.single, self.failed, self.only_user_errors = count == 1, Failures(), True

    @contextmanager
    def attempt(self, name: str) -> Iterator[None]:
        """Record an error of the body under the item's name."""
        try:
            yield
        except Exception as error:
            if self.single:
                raise
            problem = explain(error)
            self.only_user_errors = self.only_user_errors and isinstance(problem, UserError)
            self.failed.append((name, str(problem).replace("\n", " ")))

    def raise_if_all_failed(self, what: str) -> None:
        """Raise UserError when none of the items could be used; to be called when nothing was done."""
        if self.failed and self.only_user_errors:
            raise UserError(what, "; ".join(why for _, why in self.failed))


@contextmanager
def progress_bar(title: str, quiet: bool, total: int | None = None) -> Iterator[Callable[[float], None]]:
    """Show a progress bar on stderr, when that is a terminal.

    Gives a function that takes how many of the `total` jobs are done or, without `total`, the share of one long job.
    """
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
        task = bar.add_task(title, total=total or 1)
        yield lambda done: bar.update(task, completed=done)


def finish(summary: str, failed: Failures) -> None:
    """Print the summary to stdout and failures to stderr; typer.Exit(SOME_FAILED) when there are any."""
    typer.echo(summary)
    for name, why in failed[:20]:
        first = why.splitlines()[0] if why else "unknown error"
        typer.echo(f"failed: {name}: {first}", err=True)
    if failed:
        typer.echo(f"{len(failed)} failed; the others are complete.", err=True)
        raise typer.Exit(SOME_FAILED)
