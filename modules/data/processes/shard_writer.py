"""Write processes into shards; `shard_reader` describes the format.

Few large files take the place of many small ones, so that a million processes fit and many machines can read them.
"""

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
from .shard_reader import INDEX_FILE, INDEX_KIND, INDEX_SCHEMA

PACKED_FILES = ("process.json", "painting.png", "labels.png", "segmentation.png", "plan.npz", "degrees.json")
_MTIME = 0.0  # equal processes make equal shards, bit by bit, whenever they are packed
_NAME_LENGTH = 60  # a name in a .tar has at most 100 bytes


def split_of(process: Process, val: float) -> str:
    """Assign a process to train or val by a hash of its painting (or video), so that all of one go together."""
    painting = process.info.get("painting") or {}
    name = painting.get("sha256") or process.folder.name
    share = int.from_bytes(hashlib.sha256(f"split/{name}".encode()).digest()[:4], "big") / 2**32
    return "val" if share < val else "train"


def write_shard(tar: Path, processes: Sequence[Process], names: Sequence[str], split: str) -> dict[str, Any]:
    """Write processes into a shard and its .json, unless a complete shard of the same content is there.

    Args:
        names: a unique name for each.
        split: train or val.

    Returns:
        The shard's entry for the index.
    """
    from webdataset.writer import TarWriter

    wanted = _digests(processes, names)
    if (existing := _read_complete(tar, wanted)) is not None:
        return _index_entry(tar, split, existing)
    keys = [_sample_key(i, name) for i, name in enumerate(names)]
    file_names = []
    with atomic_file(tar) as part:
        with part.open("wb") as file, TarWriter(file, encoder=False, mtime=_MTIME) as writer:
            for key, process in zip(keys, processes, strict=True):
                present = [name for name in PACKED_FILES if name in process.files] + process.frame_names
                files = {name: process.files.read(name) for name in present}
                # a predicted process only points to its painting
                files.setdefault("painting.png", encode_rgb(process.painting()))
                writer.write({"__key__": key, **{name.replace("/", "."): files[name] for name in files}})
                file_names.append(list(files))
        with tarfile.open(part) as archive:
            extents = {member.name: [member.offset_data, member.size] for member in archive}
    contents = {
        "sha256": file_sha256(tar),
        "processes": [
            {**row, "key": key, "files": {name: extents[f"{key}.{name.replace('/', '.')}"] for name in packed}}
            for row, key, packed in zip(wanted, keys, file_names, strict=True)
        ],
    }
    with atomic_file(tar.with_suffix(".json")) as part:
        part.write_text(json.dumps(contents), encoding="utf-8")
    return _index_entry(tar, split, contents)


def _sample_key(number: int, name: str) -> str:
    """Make WebDataset's key of a process; without dots, since a key ends at the first dot of a file's name."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in name)
    return f"{number:06d}-{plain[:_NAME_LENGTH]}"


def _digests(processes: Sequence[Process], names: Sequence[str]) -> list[dict[str, str]]:
    """List the names of the processes, each with a digest that changes when its labels or degrees do."""
    rows = []
    for process, display_name in zip(processes, names, strict=True):
        digest = hashlib.sha256()
        for name in ("process.json", "labels.png", "degrees.json"):
            digest.update(process.files.read(name) if name in process.files else b"-")
        rows.append({"name": display_name, "digest": digest.hexdigest()})
    return rows


def _read_complete(tar: Path, wanted: list[dict[str, str]]) -> dict[str, Any] | None:
    """Read a shard's .json when the shard is complete and holds just the wanted processes, else None."""
    try:
        contents: dict[str, Any] = json.loads(tar.with_suffix(".json").read_text("utf-8"))
        same = [{name: row[name] for name in ("name", "digest")} for row in contents["processes"]] == wanted
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return contents if same and tar.is_file() and file_sha256(tar) == contents["sha256"] else None


def _index_entry(tar: Path, split: str, contents: dict[str, Any]) -> dict[str, Any]:
    frames = sum(name.startswith("frames/") for row in contents["processes"] for name in row["files"])
    names = [row["name"] for row in contents["processes"]]
    return {"file": tar.name, "split": split, "processes": names, "frames": frames, "sha256": contents["sha256"]}


def write_index(folder: Path, shards: Sequence[dict[str, Any]], settings: dict[str, Any]) -> None:
    """Write index.json, and remove shards of an earlier run that it does not list."""
    listed = {shard["file"] for shard in shards}
    with atomic_file(folder / INDEX_FILE) as part:
        head = {"schema": INDEX_SCHEMA, "kind": INDEX_KIND, "ppp_version": __version__, **settings}
        part.write_text(json.dumps({**head, "shards": list(shards)}), encoding="utf-8")
    for split in ("train", "val"):
        for tar in folder.glob(f"{split}-[0-9]*.tar"):
            if tar.name not in listed:
                tar.unlink()
                tar.with_suffix(".json").unlink(missing_ok=True)
