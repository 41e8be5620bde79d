"""batch.jsonl: a line for each painting as it is done. A painting that was tried again has several; the last counts."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from ...modules.io.addresses import Place
from ...modules.io.errors import UserError, is_disk_full
from ...modules.io.files import path_exists
from ...modules.io.locks import exclusive_lock

REWRITTEN = 30.0  # seconds between two writings at an address, where files cannot grow


class BatchLog:
    """The log of a batch, or of one shard of it. Lines are on the disk at once; at an address from time to time."""

    def __init__(self, place: Place, shard: tuple[int, int], name: str = "batch") -> None:
        index, count = shard
        self.place, self.name = place, f"{name}.jsonl" if count == 1 else f"{name}-{index}-of-{count}.jsonl"
        self.file = place.find(self.name)
        self._before = (place.read(self.name) or "") if place.remote else ""
        self.exists = bool(self._before) or (not place.remote and path_exists(self.file, "file"))
        self._lines: list[str] = []
        self._written = time.monotonic()
        self._lock = ExitStack()

    def __enter__(self) -> BatchLog:
        if self.place.remote:
            return self
        path = Path(self.file)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            cut = path.exists() and path.stat().st_size > 0 and not path.read_bytes().endswith(b"\n")
            self._open = path.open("a", encoding="utf-8")
        except OSError as error:
            if is_disk_full(error):
                raise
            raise self._refuse(f"{path.name}: {error.strerror or error}.") from error
        if self._lock.enter_context(exclusive_lock(path)) is False:
            self._open.close()
            self._lock.close()
            raise self._refuse(f"Another command is at work there: it writes {path.name}.")
        self._open.write("\n" if cut else "")  # the end of what was killed while it wrote
        return self

    def _refuse(self, why: str) -> UserError:
        return UserError(f"The results cannot be written to {self.place.root}.", why, "Choose another folder with -o.")

    def add(self, row: dict[str, Any]) -> None:
        """Add a line."""
        line = json.dumps(row) + "\n"
        if not self.place.remote:
            self._open.write(line)
            self._open.flush()
            return
        self._lines.append(line)
        if time.monotonic() - self._written > REWRITTEN:
            self._write()

    def _write(self) -> None:
        self.place.write(self.name, "".join([self._before, *self._lines]))
        self._written = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.place.remote:
            self._open.close()
            self._lock.close()
        else:
            self._write()
