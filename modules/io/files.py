"""Files and folders that appear under their final name only when they are complete."""

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
from .locks import OLD, hold_lock, prefix

__all__ = [
    "atomic_file",
    "atomic_folder",
    "check_file",
    "file_sha256",
    "is_there",
    "read_file",
    "read_json",
    "read_text",
]

MOST_BYTES = 600_000_000  # of a file that is read at once: 64 million pixels of 16-bit RGBA
_KINDS = {
    stat.S_ISDIR: "a directory",
    stat.S_ISFIFO: "a pipe",
    stat.S_ISSOCK: "a socket",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
}


def is_there(path: Path | str, kind: Literal["file", "folder"]) -> bool:
    """Whether there is such a file or folder. False, too, for what can be no path (too long, a NUL in it)."""
    try:
        return Path(path).is_file() if kind == "file" else Path(path).is_dir()
    except (OSError, ValueError):
        return False


def check_file(path: Path | str, what: str, fix: str = "Check the path.") -> Path:
    """The path of a file that can be opened, with `~` written out; UserError, `what` first, for anything else.

    Looked at before it is opened: a pipe or a device would be waited for, or read, without an end.
    """
    try:
        found = Path(path).expanduser()
        mode = found.stat().st_mode
        if kind := next((name for test, name in _KINDS.items() if test(mode)), None):
            raise UserError(what, f"It is {kind}.", "Name the file itself.")
        with found.open("rb"):
            return found
    except FileNotFoundError:
        raise UserError(what, "There is no such file.", fix) from None
    except OSError as error:
        raise UserError(what, f"It cannot be opened ({error.strerror or error}).", fix) from None
    except (ValueError, RuntimeError) as error:  # a NUL in the name; ~ of a user that does not exist
        raise UserError(what, f"That is no file name ({error}).", fix) from None


def read_file(path: Path | str, what: str, fix: str = "Check the path.", most: int = MOST_BYTES) -> bytes:
    """The bytes of a file; UserError, `what` first, when it is missing, no file, or has more than `most` bytes."""
    found = check_file(path, what, fix)
    try:
        if (size := found.stat().st_size) > most:
            raise UserError(what, f"It has {size / 1e6:.0f} MB, at most {most / 1e6:.0f} are read.", fix)
        return found.read_bytes()
    except OSError as error:
        raise UserError(what, f"It cannot be read ({error.strerror or error}).", fix) from None


def read_text(path: Path | str, what: str, fix: str = "Check the path.", most: int = 64_000_000) -> str:
    """The text of a UTF-8 file; UserError as `read_file`, and when it is no text."""
    try:
        return read_file(path, what, fix, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(what, f"It is no text in UTF-8 (byte {error.start}).", fix) from None


def read_json(path: Path | str, what: str, fix: str = "Check the path.") -> Any:
    """What a JSON file holds; UserError as `read_text`, and when it is no JSON."""
    try:
        return json.loads(read_text(path, what, fix))
    except ValueError as error:
        raise UserError(what, f"It is no JSON ({error}).", fix) from None
    except RecursionError:
        raise UserError(what, "It is no JSON that anybody writes: it is nested too deeply.", fix) from None


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
    handle, name = tempfile.mkstemp(prefix=prefix(path.stem), suffix=path.suffix, dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        with hold_lock(part):
            yield part
        part.chmod(0o666 & ~_umask())  # mkstemp makes files that only their owner can read
        _sync(part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def atomic_folder(folder: Path | str, *, replace: bool = True) -> Iterator[Path]:
    """Give a temporary folder beside `folder` to fill; it takes the place of `folder` at the end.

    What `folder` held before is replaced as a whole, and kept when the body raises; without `replace` an OSError is
    raised at the end where somebody put something there meanwhile.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=prefix(folder.name), dir=folder.parent))
    with hold_lock(part):
        yield from _filled(part, folder, replace)


def _filled(part: Path, folder: Path, replace: bool) -> Iterator[Path]:
    """Give a temporary folder to fill and let it take the place of `folder`; it goes when the body raises."""
    try:
        yield part
        part.chmod(0o777 & ~_umask())
        for path in part.rglob("*"):
            if path.is_file():
                path.chmod(0o666 & ~_umask())  # some libraries write files that only their owner can read
                _sync(path)
        if replace and folder.exists():
            # A folder cannot be renamed over another one that is not empty: move the old one aside first.
            aside = Path(tempfile.mkdtemp(prefix=prefix(folder.name), dir=folder.parent))
            with hold_lock(aside):
                folder.rename(aside / OLD)
                part.rename(folder)
                shutil.rmtree(aside)
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
