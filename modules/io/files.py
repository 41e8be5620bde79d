"""Checked reading and atomic writing of files and folders."""

import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from .errors import UserError
from .limits import MAX_BYTES
from .locks import REPLACED, exclusive_lock, temp_prefix

MAX_TEXT_BYTES = 64_000_000
_SPECIAL_FILES = {
    stat.S_ISDIR: "a directory",
    stat.S_ISFIFO: "a pipe",
    stat.S_ISSOCK: "a socket",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
}


def path_exists(path: Path | str, kind: Literal["file", "folder"]) -> bool:
    """Return whether a file or folder exists; False also for an invalid path (too long, a NUL in it)."""
    try:
        return Path(path).is_file() if kind == "file" else Path(path).is_dir()
    except (OSError, ValueError):
        return False


def check_file(path: Path | str, what: str, fix: str = "Check the path.") -> Path:
    """Return the path of a readable file with `~` expanded, or raise a UserError that begins with `what`.

    The kind of file is checked before it is opened: a pipe or a device would be waited for, or read, without an end.
    """
    try:
        found = Path(path).expanduser()
        mode = found.stat().st_mode
        if kind := next((name for test, name in _SPECIAL_FILES.items() if test(mode)), None):
            raise UserError(what, f"It is {kind}.", "Give a file.")
        with found.open("rb"):
            return found
    except FileNotFoundError:
        raise UserError(what, "There is no such file.", fix) from None
    except OSError as error:
        raise UserError(what, f"It cannot be opened ({error.strerror or error}).", fix) from None
    except (ValueError, RuntimeError) as error:  # a NUL in the name; ~ of a user that does not exist
        raise UserError(what, f"It is not a valid file name ({error}).", fix) from None


def read_file(path: Path | str, what: str, fix: str = "Check the path.", max_bytes: int = MAX_BYTES) -> bytes:
    """Read a file, or raise a UserError that begins with `what` when it is missing or has more than `max_bytes`."""
    found = check_file(path, what, fix)
    try:
        if (size := found.stat().st_size) > max_bytes:
            raise UserError(what, f"It has {size / 1e6:.0f} MB, the limit is {max_bytes / 1e6:.0f} MB.", fix)
        return found.read_bytes()
    except OSError as error:
        raise UserError(what, f"It cannot be read ({error.strerror or error}).", fix) from None


def read_text(path: Path | str, what: str, fix: str = "Check the path.", max_bytes: int = MAX_TEXT_BYTES) -> str:
    """Read a UTF-8 file. Raises UserError as `read_file` does, and for other encodings."""
    try:
        return read_file(path, what, fix, max_bytes).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(what, f"It is not UTF-8 text (byte {error.start}).", fix) from None


def read_json(path: Path | str, what: str, fix: str = "Check the path.", max_bytes: int = MAX_TEXT_BYTES) -> Any:
    """Read and parse a JSON file. Raises UserError as `read_text` does, and for invalid JSON."""
    try:
        return json.loads(read_text(path, what, fix, max_bytes))
    except ValueError as error:
        raise UserError(what, f"It is not valid JSON ({error}).", fix) from None
    except RecursionError:
        raise UserError(what, "Its JSON is nested too deeply.", fix) from None


def file_sha256(path: Path | str) -> str:
    """Return the SHA-256 of a file of any size, 64 hex digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def atomic_file(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside `path`, with the same suffix, and rename it to `path` at the end.

    Creates a missing parent folder. When the body raises, the temporary file is removed and `path` is unchanged.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=temp_prefix(path.stem), suffix=path.suffix, dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        with exclusive_lock(part):
            yield part
        part.chmod(0o666 & ~_umask())  # mkstemp makes files that only their owner can read
        _sync(part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def atomic_folder(folder: Path | str, *, replace: bool = True) -> Iterator[Path]:
    """Give a temporary folder beside `folder` to fill, and rename it to `folder` at the end.

    An existing folder is replaced as a whole, and unchanged when the body raises. Without `replace`, raises OSError at
    the end when `folder` is no longer missing or empty.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=temp_prefix(folder.name), dir=folder.parent))
    with exclusive_lock(part):
        yield from _fill_and_rename(part, folder, replace)


def _fill_and_rename(part: Path, folder: Path, replace: bool) -> Iterator[Path]:
    """Give the temporary folder and rename it to `folder`; remove it when the body raises."""
    try:
        yield part
        part.chmod(0o777 & ~_umask())
        for path in part.rglob("*"):
            if path.is_file():
                path.chmod(0o666 & ~_umask())  # some libraries write files that only their owner can read
                _sync(path)
        if replace and folder.exists():
            # A folder cannot be renamed over another one that is not empty: move the old one aside first.
            aside = Path(tempfile.mkdtemp(prefix=temp_prefix(folder.name), dir=folder.parent))
            with exclusive_lock(aside):
                folder.rename(aside / REPLACED)
                part.rename(folder)
                shutil.rmtree(aside)
        else:
            part.rename(folder)
        _sync(folder.parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _sync(path: Path) -> None:
    """Flush a file's bytes, or a folder's entries, to the disk; folders cannot be opened on Windows."""
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
