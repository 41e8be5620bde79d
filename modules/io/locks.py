"""File locks and temporary names: `.NAME.ppp-XXXXXXXX`, locked by the process that writes under them.

A killed process leaves its temporary file or folder behind. The next one that writes to the same place removes it; the
lock, which ends with its process, tells a stale one from one that is still being written. A lock is held on the
temporary file or folder itself, so that no lock file can stay behind. Where there are no such locks (Windows) nothing
is removed, and other processes are not noticed.
"""

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

TEMP_MARK = ".ppp-"
REPLACED = "old"  # in a temporary folder: what is being replaced, until its successor is in place
_MAX_NAME_BYTES = 200  # prefix and suffix have to fit into 255, too
_TEMPORARY = re.compile(r"\..*" + re.escape(TEMP_MARK) + r"[a-z0-9_]{8}(\.\w*)?", re.DOTALL)
_GRACE = 3.0  # seconds in which a process that made a temporary folder has surely locked it


def temp_prefix(name: str) -> str:
    return f".{os.fsdecode(os.fsencode(name)[:_MAX_NAME_BYTES])}{TEMP_MARK}"


@contextmanager
def exclusive_lock(path: Path) -> Iterator[bool | None]:
    """Lock a file or folder itself while the body runs.

    Gives False when another process holds the lock, None where there are no locks (Windows, some file systems).
    """
    if fcntl is None:
        yield None
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        yield _try_lock(handle)
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool | None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return None
    return True


def remove_stale(folder: Path, name: str | None = None, *, grace: float = _GRACE) -> bool:
    """Remove what killed processes left in a folder; return whether another process is writing there now.

    A folder that was being replaced when its process was killed gets its name back.

    Args:
        name: only what was left while writing this file or folder; None means all.
        grace: seconds; what is younger stays, since its process may not have locked it yet. 0 where no other process
            can be writing.
    """
    if not folder.is_dir():
        return False
    busy, begin = False, "." if name is None else temp_prefix(name)
    found = [entry.name for entry in os.scandir(folder) if entry.name.startswith(begin)]
    for path in (folder / entry for entry in sorted(found) if _TEMPORARY.fullmatch(entry)):
        with suppress(OSError), exclusive_lock(path) as locked:
            if locked is False:
                busy = True
            elif locked and time.time() - path.stat().st_mtime >= grace:
                if (path / REPLACED).is_dir():
                    with suppress(OSError):  # its successor is in place: then it is not needed any more
                        (path / REPLACED).rename(folder / path.name[1:].rpartition(TEMP_MARK)[0])
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    return busy
