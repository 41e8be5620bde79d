"""Read processes out of shards.

A shard is a WebDataset .tar (one sample per process: `KEY.process.json`, `KEY.frames.00000.png`, …) with a .json beside
it that holds the offset and size of each file in the .tar. So a reader takes what it needs of any process without
reading the rest, and gets the very bytes that lay in the folder. `index.json` lists the shards:

    {"schema": 1, "kind": "process shards", "shards": [{"file": "train-000000.tar", "split": "train",
     "processes": ["NAME", …], "frames": 2560, "sha256": "…"}, …], …}
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from ...io.errors import UserError
from .storage import in_order

SCHEMA = 1
KIND = "process shards"
INDEX = "index.json"


@dataclass(frozen=True)
class ShardFiles:
    """The files of process number `number` of a shard, read from inside the .tar."""

    tar: Path
    number: int
    group: int  # which shard of its folder: shards are what machines divide among them
    split: str = "train"  # or val

    @property
    def here(self) -> bool:
        return _is_here(self.tar)

    def _places(self) -> dict[str, list[int]]:
        path = self.tar.with_suffix(".json")
        changed = path.stat().st_mtime_ns if path.is_file() else 0
        return _read_places(path, changed)[self.number]

    def __contains__(self, name: object) -> bool:
        return name in self._places()

    def read(self, name: str) -> bytes:
        place = self._places().get(name)
        if place is None:
            raise FileNotFoundError(f"{self.path(name)} does not exist")
        with self.tar.open("rb") as file:
            file.seek(place[0])
            content = file.read(place[1])
        if len(content) < place[1]:
            raise UserError(f"{self.tar} is cut off", f"{name} lies beyond its end", "copy or make the shard again")
        return content

    def frame_names(self) -> list[str]:
        return in_order([name for name in self._places() if name.startswith("frames/")])

    def path(self, name: str) -> Path:
        return self.tar / str(self.number) / name


@cache
def _is_here(tar: Path) -> bool:
    return tar.is_file()


@lru_cache(maxsize=512)
def _read_places(path: Path, _changed: int) -> list[dict[str, list[int]]]:
    """Where the files of each process of a shard lie, as its .json says: name -> [offset, size]."""
    try:
        return [process["files"] for process in json.loads(path.read_text("utf-8"))["processes"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} cannot be read", str(error), "make the shards again: ppp data shard") from None


def read_index(folder: Path) -> dict[str, Any] | None:
    """The index.json of a folder of shards; None when it holds none. UserError when it is of a newer ppp."""
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(index, dict) or index.get("kind") != KIND:
        return None
    if index.get("schema") != SCHEMA:
        raise UserError(f"{folder} cannot be read", "its index.json has another schema", "update ppp")
    return index


def find_sharded(folders: Sequence[Path], split: str | None = None) -> list[tuple[Path, ShardFiles]]:
    """What people call it, and the files, of each process in the shards at or below the folders, in their order."""
    found = []
    group = 0
    for path in sorted({path for folder in folders for path in folder.rglob(INDEX)}):
        index = read_index(path.parent)
        for shard in index["shards"] if index else []:
            if split in (None, shard["split"]):
                tar = path.parent / shard["file"]
                found += [
                    (tar / name, ShardFiles(tar, i, group, shard["split"])) for i, name in enumerate(shard["processes"])
                ]
                group += 1
    return found
