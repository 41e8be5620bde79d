"""The pictures of a batch: found, named once and for all, and divided among several commands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path, PurePosixPath

from ...modules.imaging.picture import is_painting
from ...modules.io.addresses import is_address, list_files
from ...modules.io.errors import UserError
from ...modules.io.files import check_file, read_text
from ..options import folder_name, number_names

LIST = ".txt"


@dataclass(frozen=True)
class BatchJob:
    """One painting to make: the picture's path or address, the name of its result, and the seed beyond the batch's."""

    source: str
    name: str
    seed: int = 0


def find_paintings(given: Sequence[str], seeds: int, out: Path | None) -> list[BatchJob]:
    """Find the pictures that are given, `seeds` paintings of each. Their order and names depend on them alone.

    out: where the results go; what lies in there is not found in folders or by patterns.

    Raises UserError: one is missing, or holds no picture.
    """
    found: dict[str, str] = {}  # source -> name
    out = None if out is None else out.expanduser().resolve()
    for text in given:
        some = False
        for source, name in _find(text):
            if out is None or is_address(source) or source == text or not _lies_in(source, out):
                found.setdefault(source, name)
                some = True
        if not some:
            why = "What lies in the folder of the results is not painted." if out and _lies_in(f"{text}/*", out) else ""
            raise UserError(f"There are no pictures in {text}.", why, "Give pictures, folders, patterns or a list.")
    names = zip(found, number_names(map(folder_name, found.values())), strict=True)
    if seeds == 1:
        return [BatchJob(source, name) for source, name in names]
    return [BatchJob(source, f"{name}-{seed:02}", seed) for source, name in names for seed in range(seeds)]


def _lies_in(source: str, out: Path) -> bool:
    """Whether a file lies below the folder, by whatever way either of them is named."""
    folder = Path(source).parent.resolve()
    return out == folder or out in folder.parents


def _find(text: str) -> Iterator[tuple[str, str]]:
    """Yield pictures with the names that suit them: of a folder's, the way to it, too."""
    if text.lower().endswith(LIST):
        yield from _listed(text)
    elif is_address(text):
        for address, inside in list_files(text):
            if address == text or is_painting(Path(PurePosixPath(address).name)):
                yield address, _name(inside)
    elif Path(text).is_dir():
        for path in sorted(Path(text).rglob("*")):
            if is_painting(path) and path.is_file():
                yield str(path), _name(str(path.relative_to(text)))
    elif any(sign in text for sign in "*?[") and not Path(text).exists():
        for path in sorted(map(Path, glob(text, recursive=True))):
            if is_painting(path) and path.is_file():
                yield str(path), path.stem
    else:
        check_file(text, f"{text} cannot be painted.")
        yield text, Path(text).stem


def _listed(text: str) -> Iterator[tuple[str, str]]:
    """Yield the pictures of a list: one on each line; paths are relative to the list."""
    folder = Path(text).parent
    for line in map(str.strip, read_text(text, f"The list {text} cannot be read.").splitlines()):
        if line and not line.startswith("#"):
            source = line if is_address(line) else str(folder / line)
            yield source, PurePosixPath(source).stem


def _name(inside: str) -> str:
    """`portraits/anna.jpg` -> `portraits-anna`."""
    path = PurePosixPath(inside)
    return "-".join([*path.parent.parts, path.stem])


def parse_shard(text: str | None) -> tuple[int, int]:
    """Parse `I/N`; None is everything, 0/1. UserError for anything else."""
    match = re.fullmatch(r"(\d+)/(\d+)", text or "0/1")
    if match is None or not int(match[1]) < int(match[2]):
        raise UserError(f"--shard {text} is not understood.", "It counts from 0.", "Write 0/4, 1/4, 2/4 and 3/4.")
    return int(match[1]), int(match[2])
