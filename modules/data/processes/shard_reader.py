"""Read processes from shards.

A shard is a WebDataset .tar (one sample per process: `KEY.process.json`, `KEY.frames.00000.png`, …) with a .json beside
it that holds the offset and size of each file in the .tar. So any process is read without reading the rest, and its
bytes are those that lay in the folder. `index.json` lists the shards:

    {"schema": 1, "kind": "process shards", "shards": [{"file": "train-000000.tar", "split": "train",
     "processes": ["NAME", …], "frames": 2560, "sha256": "…"}, …], …}
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from ...io.errors import UserError
from ...io.json_schema import find_mismatch
from ...io.limits import MAX_BYTES
from .storage import sort_by_number

_SHARD = {"file": str, "split": str, "processes": [str]}
_TAR = re.compile(r"[\w-][\w.-]*\.tar")
_NAME = re.compile(r"(frames/)?[\w-][\w.-]*")  # of a file in a process
INDEX_FILE, INDEX_SCHEMA, INDEX_KIND = "index.json", 1, "process shards"


@dataclass(frozen=True)
class ShardFiles:
    """The files of process number `number` of a shard, read from inside the .tar."""

    tar: Path
    number: int
    group: int  # number of the shard among all that are read together: machines divide the shards
    split: str = "train"  # or val

    @property
    def is_local(self) -> bool:
        return _exists(self.tar)

    def _extents(self) -> dict[str, list[int]]:
        """Map each file's name to its [offset, size]."""
        path = self.tar.with_suffix(".json")
        modified = path.stat().st_mtime_ns if path.is_file() else 0
        return _read_extents(path, modified)[self.number]

    def __contains__(self, name: object) -> bool:
        return name in self._extents()

    def read(self, name: str) -> bytes:
        extent = self._extents().get(name)
        if extent is None:
            raise FileNotFoundError(f"{self.path(name)} does not exist")
        offset, size = extent
        if offset + size > self.tar.stat().st_size:  # before room is made for it
            raise UserError(f"{self.tar} is cut off", f"{name} lies beyond its end", "copy or make the shard again")
        with self.tar.open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def frame_names(self) -> list[str]:
        return sort_by_number([name for name in self._extents() if name.startswith("frames/")])

    def path(self, name: str) -> Path:
        return self.tar / str(self.number) / name


@cache
def _exists(tar: Path) -> bool:
    return tar.is_file()


@lru_cache(maxsize=512)
def _read_extents(path: Path, _modified: int) -> list[dict[str, list[int]]]:
    """Read a shard's .json: for each process, the [offset, size] of its files by name."""
    try:
        found = [process["files"] for process in json.loads(path.read_text("utf-8"))["processes"]]
        for name, (offset, size) in (row for files in found for row in files.items()):
            if not (type(offset) is type(size) is int and offset >= 0 and 0 <= size <= MAX_BYTES):
                raise ValueError(f"{name} is at {offset} and has {size} bytes")
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no file of a process")
        return found
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{path} cannot be read", str(error), "make the shards again: ppp data shard") from None


def read_index(folder: Path) -> dict[str, Any] | None:
    """Read index.json of a folder of shards.

    Returns:
        The index, or None when the folder holds none.

    Raises:
        UserError: a newer version of ppp wrote it, or it is damaged.
    """
    try:
        index = json.loads((folder / INDEX_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(index, dict) or index.get("kind") != INDEX_KIND:
        return None
    if index.get("schema") != INDEX_SCHEMA:
        raise UserError(f"{folder} cannot be read", "its index.json has another schema", "update ppp")
    if mismatch := find_mismatch(index, {"shards": [_SHARD]}):
        raise UserError(f"{folder} cannot be read", f"index.json: {mismatch}", "make the shards again: ppp data shard")
    for shard in index["shards"]:  # beside the index, never elsewhere
        if not _TAR.fullmatch(shard["file"]):
            raise UserError(f"{folder} cannot be read", f"index.json names {shard['file']!r}, which is no shard's name")
    return index


def find_sharded(folders: Sequence[Path], split: str | None = None) -> list[tuple[Path, ShardFiles]]:
    """List the display path and the files of each process in the shards at or below the folders, in their order."""
    found = []
    group = 0
    for path in sorted({path for folder in folders for path in folder.rglob(INDEX_FILE)}):
        index = read_index(path.parent)
        for shard in index["shards"] if index else []:
            if split in (None, shard["split"]):
                tar = path.parent / shard["file"]
                found += [
                    (tar / name, ShardFiles(tar, i, group, shard["split"])) for i, name in enumerate(shard["processes"])
                ]
                group += 1
    return found
