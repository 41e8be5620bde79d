"""`ppp watch`: paint what is dropped into a folder, until it is stopped."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from ..modules.imaging.picture import is_painting
from ..modules.io.addresses import Place
from ..modules.io.errors import UserError
from ..modules.io.outputs import check_apart
from .batch.batch_options import BatchOptions
from .batch.log import BatchLog
from .batch.paintings import BatchJob
from .option_groups import with_option_groups
from .options import AsJson, Overwrite, Quiet, folder_name, number_names, print_note

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
LOG = "watch"  # .jsonl
EVERY = 1.0  # seconds between two looks
Sign = tuple[int, int]  # size and time of change of a file


@app.command(
    help="Paint every picture that lies in FOLDER, or is put there later, until it is stopped (Ctrl-C). Each becomes a "
    "result OUT/NAME as `ppp run` makes it, whose path is printed, and a line of OUT/watch.jsonl. A picture is taken "
    "when it has not changed for a moment. One that fails does not stop the others; it is tried again when it changes. "
    "Started again, it keeps what is there and whole."
)
@with_option_groups
def watch(
    *,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where pictures are dropped; not inside of others.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder of the results.")],
    settle: Annotated[
        float, typer.Option("--settle", min=0, help="Seconds that a file must stay as it is before it is taken.")
    ] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Stop when everything that is there is painted.")] = False,
    how: BatchOptions,
    as_json: AsJson = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    if not folder.is_dir():
        why = "It is a file." if folder.exists() else "There is no such folder."
        raise UserError(f"{folder} cannot be watched.", why, "Give a folder that pictures are put into.")
    if out.absolute() == folder.absolute():
        raise UserError("The results cannot lie among the pictures.", fix="Choose another folder with -o.")
    check_apart(out, {"the pictures": folder})
    how.check()
    paint = how.settings(str(out), keep=True, overwrite=overwrite).start()
    print_note(f"Watching {folder}. Stop it with Ctrl-C.", quiet or once)
    failed = False
    with BatchLog(Place(str(out)), (0, 1), LOG) as log:
        for job in Watch(folder, settle, names=_known_names(out / f"{LOG}.jsonl")).jobs(once=once):
            row = paint(job)
            failed |= row["state"] == "failed"
            log.add(row)
            _print(row, as_json)
    if failed:
        raise typer.Exit(3)


def _print(row: dict[str, Any], as_json: bool) -> None:
    """Print a line about a painting: its folder, or with `as_json` all facts; failures on stderr."""
    if as_json:
        print(json.dumps(row), flush=True)
    elif row["state"] == "failed":
        print(f"ppp: {row['painting']}: {' '.join(text for text in row['error'] if text)}", file=sys.stderr, flush=True)
    else:
        print(row["out"], flush=True)


def _known_names(log: Path) -> dict[Path, str]:
    """Read which result an earlier watch gave to each picture; what is not understood is passed over."""
    names = {}
    for line in log.read_text("utf-8", errors="replace").splitlines() if log.is_file() else ():
        with suppress(ValueError, KeyError, TypeError):
            row = json.loads(line)
            names[Path(row["painting"])] = Path(row["out"]).name
    return names


@dataclass
class Watch:
    """A folder that is watched.

    Attributes:
        folder: whose pictures are painted.
        settle: seconds that a file must stay as it is.
        names: of the results of pictures that are known.
        clock, wait: for tests: what tells the time, and what lets it pass.
    """

    folder: Path
    settle: float
    names: dict[Path, str] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep
    _since: dict[Path, tuple[Sign, float]] = field(default_factory=dict)  # how each file is, and since when
    _done: dict[Path, Sign] = field(default_factory=dict)

    def jobs(self, *, once: bool = False) -> Iterator[BatchJob]:
        """Yield pictures to paint, as they come; `once`: until nothing waits any more."""
        while True:
            ready = self.look()
            for path in ready:
                yield self._job(path)
            if once and not ready and not self.waiting():
                return
            if not ready:
                self.wait(EVERY if not once else min(EVERY, max(self.settle, 0.01)))

    def look(self) -> list[Path]:
        """List the pictures that are new or changed, and whole; the oldest first."""
        now, ready = self.clock(), []
        for path in self._pictures():
            try:
                facts = path.stat()
            except OSError:
                continue  # gone again
            sign = facts.st_size, facts.st_mtime_ns
            if self._since.get(path, (None, 0.0))[0] != sign:
                self._since[path] = sign, now
            settled = now - self._since[path][1] >= self.settle and facts.st_size > 0
            if settled and self._done.get(path) != sign:
                ready.append((facts.st_mtime_ns, path))
        return [path for _, path in sorted(ready)]

    def waiting(self) -> bool:
        """Whether a file is there that is not settled yet; an empty one is nothing to wait for."""
        return any(sign[0] and self._done.get(path) != sign for path, (sign, _) in self._since.items() if path.exists())

    def _pictures(self) -> list[Path]:
        try:
            return [path for path in sorted(self.folder.iterdir()) if is_painting(path) and path.is_file()]
        except OSError as error:
            why = f"{error.strerror or error}."
            raise UserError(f"{self.folder} cannot be watched any more.", why, "Was it moved?") from None

    def _job(self, path: Path) -> BatchJob:
        self._done[path] = self._since[path][0]
        if path not in self.names:
            *_, name = number_names([*self.names.values(), folder_name(path.stem)])
            self.names[path] = name
        return BatchJob(str(path), self.names[path])
