"""Access to the files of a process by name, whether they lie in a folder or inside a shard."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class ProcessFiles(Protocol):
    """The files of one process by their names, with `/` between folder and file."""

    @property
    def group(self) -> int | None:
        """Number of the shard they lie in: machines that train together divide the shards. None: a folder."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether this machine has them: each machine may hold only its own shards."""
        ...

    def __contains__(self, name: object) -> bool: ...

    def read(self, name: str) -> bytes:
        """Read a file; OSError when there is none."""
        ...

    def frame_names(self) -> list[str]:
        """List the frames' names, sorted by number."""
        ...

    def path(self, name: str) -> Path: ...


def sort_by_number(names: list[str]) -> list[str]:
    """Sort frame names such as `frames/00010.png` by number, not as text."""
    return sorted(names, key=lambda name: int(name.rpartition("/")[2].partition(".")[0]))


@dataclass(frozen=True)
class FolderFiles:
    """The files of a process folder."""

    folder: Path
    group: None = None
    is_local: bool = True

    def __contains__(self, name: object) -> bool:
        return (self.folder / str(name)).is_file()

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def frame_names(self) -> list[str]:
        return sort_by_number([f"frames/{path.name}" for path in (self.folder / "frames").glob("*.png")])

    def path(self, name: str) -> Path:
        return self.folder / name
