"""Write processes into shards: few large files instead of many small ones, so that a million fit and many machines
can read. `shard_reader` describes the format."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...io.files import atomic_file, file_sha256
from ...io.png import encode_rgb
from ...version import __version__
from .process import Process
from .shard_reader import INDEX, KIND, SCHEMA

WHOLE_FILES = ("process.json", "painting.png", "labels.png", "segmentation.png", "plan.npz", "degrees.json")
_MTIME = 0.0  # equal processes make equal shards, bit by bit, whenever they are packed
_NAME_LENGTH = 60  # a name in a .tar has at most 100 bytes


def split_of(process: Process, val: float) -> str:
    """train or val: of all processes of one painting (or video) the same, whatever else is there."""
    painting = process.info.get("painting") or {}
    name = painting.get("sha256") or process.folder.name
    drawn = int.from_bytes(hashlib.sha256(f"split/{name}".encode()).digest()[:4], "big") / 2**32
    return "val" if drawn < val else "train"


def write_shard(tar: Path, processes: Sequence[Process], names: Sequence[str], split: str) -> dict[str, Any]:
    """Write processes into a shard and its .json, each under its name; returns the shard's entry for the index.

    A finished shard of the very same is kept.
    """
    from webdataset.writer import TarWriter

    stated = _contents(processes, names)
    if (done := _finished(tar, stated)) is not None:
        return _entry(tar, split, done)
    keys = [_key(i, name) for i, name in enumerate(names)]
    rows = []
    with atomic_file(tar) as part:
        with part.open("wb") as file, TarWriter(file, encoder=False, mtime=_MTIME) as writer:
            for key, process in zip(keys, processes, strict=True):
                files = {name: process.files.read(name) for name in _names(process)}
                files.setdefault("painting.png", encode_rgb(process.painting()))  # a prediction points to its own
                writer.write({"__key__": key, **{name.replace("/", "."): files[name] for name in files}})
                rows.append(list(files))
        with tarfile.open(part) as archive:
            places = {member.name: [member.offset_data, member.size] for member in archive}
    held = {
        "sha256": file_sha256(tar),
        "processes": [
            {**row, "key": key, "files": {name: places[f"{key}.{name.replace('/', '.')}"] for name in names}}
            for row, key, names in zip(stated, keys, rows, strict=True)
        ],
    }
    with atomic_file(tar.with_suffix(".json")) as part:
        part.write_text(json.dumps(held), encoding="utf-8")
    return _entry(tar, split, held)


def _names(process: Process) -> list[str]:
    """The files of a process that go into a shard."""
    return [name for name in WHOLE_FILES if name in process.files] + process.frame_names


def _key(number: int, name: str) -> str:
    """What WebDataset calls a process: up to the first dot of its files' names, so without one."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in name)
    return f"{number:06d}-{plain[:_NAME_LENGTH]}"


def _contents(processes: Sequence[Process], names: Sequence[str]) -> list[dict[str, str]]:
    """What a shard of these processes holds: their names, and a digest that changes when their labels do."""
    rows = []
    for process, called in zip(processes, names, strict=True):
        digest = hashlib.sha256()
        for name in ("process.json", "labels.png", "degrees.json"):
            digest.update(process.files.read(name) if name in process.files else b"-")
        rows.append({"name": called, "digest": digest.hexdigest()})
    return rows


def _finished(tar: Path, stated: list[dict[str, str]]) -> dict[str, Any] | None:
    """What the .json of a shard says when the shard is there, whole, and of just these contents."""
    try:
        held: dict[str, Any] = json.loads(tar.with_suffix(".json").read_text("utf-8"))
        same = [{name: row[name] for name in ("name", "digest")} for row in held["processes"]] == stated
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return held if same and tar.is_file() and file_sha256(tar) == held["sha256"] else None


def _entry(tar: Path, split: str, held: dict[str, Any]) -> dict[str, Any]:
    frames = sum(name.startswith("frames/") for row in held["processes"] for name in row["files"])
    names = [row["name"] for row in held["processes"]]
    return {"file": tar.name, "split": split, "processes": names, "frames": frames, "sha256": held["sha256"]}


def write_index(folder: Path, shards: Sequence[dict[str, Any]], settings: dict[str, Any]) -> None:
    """Write index.json; shards that an earlier run left and that it does not list go."""
    listed = {shard["file"] for shard in shards}
    with atomic_file(folder / INDEX) as part:
        head = {"schema": SCHEMA, "kind": KIND, "ppp_version": __version__, **settings}
        part.write_text(json.dumps({**head, "shards": list(shards)}), encoding="utf-8")
    for split in ("train", "val"):
        for tar in folder.glob(f"{split}-[0-9]*.tar"):
            if tar.name not in listed:
                tar.unlink()
                tar.with_suffix(".json").unlink(missing_ok=True)
