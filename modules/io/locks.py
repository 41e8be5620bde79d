"""Temporary names beside what is being written: `.NAME.ppp-XXXXXXXX`, held by the process that writes under them.

A process that is killed leaves its temporary file or folder behind. The next one that writes to the same place takes
it away, and knows one that is still being written from one that was left by a lock on it, which goes with its process.
Where there are no such locks (Windows) nothing is taken away, and nothing is known of others.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

MARK = ".ppp-"
OLD = "old"  # in a temporary folder: what is being replaced, until its successor is in place
_LONGEST = 200  # bytes of a name; what is put around it has to fit into 255
_TEMPORARY = re.compile(r"\..*" + re.escape(MARK) + r"[a-z0-9_]{8}(\.\w*)?")
_NEW = 3.0  # seconds in which a process that made a temporary folder has surely locked it


def prefix(name: str) -> str:
    """What temporary names for `name` begin with."""
    return f".{os.fsdecode(os.fsencode(name)[:_LONGEST])}{MARK}"


@contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Lock a temporary file or folder while the body runs."""
    if fcntl is None:
        yield
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            _lock(handle)
        yield
    finally:
        os.close(handle)


@contextmanager
def exclusive_lock(folder: Path) -> Iterator[bool]:
    """Lock a folder itself while the body runs -> whether nobody else has done so; True where there are no locks."""
    if fcntl is None:
        yield True
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        first = True
        with suppress(OSError):  # a file system without locks
            first = _lock(handle)
        yield first
    finally:
        os.close(handle)


def remove_stale(place: Path, name: str | None = None, *, new: float = _NEW) -> bool:
    """Take away what killed processes left in a folder, for one name or all -> whether another is writing there now.

    A folder that was being replaced when its process was killed gets its name back. What is younger than `new` seconds
    stays: who just made it may not have locked it yet; 0 where nobody else can be writing.
    """
    busy = False
    if fcntl is None or not place.is_dir():
        return busy
    begin = "." if name is None else prefix(name)
    found = [entry.name for entry in os.scandir(place) if entry.name.startswith(begin)]
    for left in (place / one for one in sorted(found) if _TEMPORARY.fullmatch(one)):
        with suppress(OSError):
            if _is_held(left):
                busy = True
                continue
            if time.time() - left.stat().st_mtime < new:
                continue
            if (left / OLD).is_dir():
                with suppress(OSError):  # its successor is there: then it is not wanted any more
                    (left / OLD).rename(place / left.name[1:].rpartition(MARK)[0])
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    return busy


def _is_held(path: Path) -> bool:
    """Whether a process holds the lock of a temporary file or folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        return not _lock(handle)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    """Lock what is open, until it is closed -> False when another has it locked."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
