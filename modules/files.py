"""Files and folders that appear under their final name only when they are complete."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["atomic_file", "atomic_folder", "file_sha256"]


def file_sha256(path: Path | str) -> str:
    """The SHA-256 of a file's bytes, 64 hex digits; read in blocks, so any size is fine."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def atomic_file(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside `path`, with the same suffix, to write to; rename it to `path` at the end.

    The parent folder is made when missing. When the body raises, the temporary file goes and `path` keeps
    what it held before.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o666 & ~_umask())  # mkstemp makes files that only their owner can read
        _sync(part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def atomic_folder(folder: Path | str) -> Iterator[Path]:
    """Give a temporary folder beside `folder` to fill; it takes the place of `folder` at the end.

    What `folder` held before is replaced as a whole, and kept when the body raises.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield part
        part.chmod(0o777 & ~_umask())
        for path in part.rglob("*"):
            if path.is_file():
                path.chmod(0o666 & ~_umask())  # some libraries write files that only their owner can read
                _sync(path)
        if folder.exists():
            # A folder cannot be renamed over another one that is not empty: move the old one aside first.
            old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
            folder.rename(old / "old")
            part.rename(folder)
            shutil.rmtree(old)
        else:
            part.rename(folder)
        _sync(folder.parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _sync(path: Path) -> None:
    """Flush a file's bytes, or a folder's entries, to the disk. Folders cannot be opened on Windows."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
