"""Where the files of a process lie: in a folder of their own, or inside a shard. Readers see names and bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """The files of one process by their names, with `/` between folder and file."""

    @property
    def group(self) -> int | None:
        """Which shard they lie in: machines that train together divide the shards. None: a folder, read by all."""
        ...

    @property
    def here(self) -> bool:
        """Whether this machine has them: of shards that machines divide, each may hold its own only."""
        ...

    def __contains__(self, name: object) -> bool: ...

    def read(self, name: str) -> bytes:
        """The bytes of a file; OSError when there is none."""
        ...

    def frame_names(self) -> list[str]:
        """Names of the frames in order of their numbers, not of their names as text."""
        ...

    def path(self, name: str) -> Path:
        """What a person calls this file, in messages."""
        ...


def in_order(names: list[str]) -> list[str]:
    """Names of frames such as `frames/00010.png`, sorted by number."""
    return sorted(names, key=lambda name: int(name.rpartition("/")[2].partition(".")[0]))


@dataclass(frozen=True)
class FolderFiles:
    """The files of a folder."""

    folder: Path
    group: None = None
    here: bool = True

    def __contains__(self, name: object) -> bool:
        return (self.folder / str(name)).is_file()

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def frame_names(self) -> list[str]:
        return in_order([f"frames/{path.name}" for path in (self.folder / "frames").glob("*.png")])

    def path(self, name: str) -> Path:
        return self.folder / name
