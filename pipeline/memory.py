"""Memory that a run needs and that this machine has. Does not import torch."""

import contextlib
import ctypes
import os
import sys
from pathlib import Path

# Peak of `ppp run` in bytes on a CPU, about what benchmarks/run_cost.py measured (docs/reliability.md has the
# figures): a constant for torch, the models and their small canvas, and an amount for every pixel of the painting.
BASE = 1_400_000_000
PER_PIXEL = 130


def needed(width: int, height: int) -> int:
    """Estimate the peak memory of a run in bytes for a painting of that size and any number of frames."""
    return BASE + PER_PIXEL * width * height


def available() -> int | None:
    """Return the bytes that this process may still allocate, limits included, or None if unknown."""
    found = [room for room in (_machine(), _group(), _process()) if room is not None]
    return min(found) if found else None


def share_heap() -> None:
    """Let all threads of this process take memory from one store: glibc has one for each, which are never empty."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(-8, 1)  # M_ARENA_MAX of malloc.h


def give_back() -> None:
    """Give free memory back to the system: glibc keeps what lies between blocks in use, a fifth of a run's memory."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # other systems have no such function
        ctypes.CDLL(None).malloc_trim(0)


def _machine() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:  # macOS has no number for free memory; the total, then
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _group() -> int | None:
    """Return what a container's limit leaves (cgroup 2)."""
    folder = Path("/sys/fs/cgroup")
    try:
        limit = (folder / "memory.max").read_text("ascii").strip()
        return None if limit == "max" else max(0, int(limit) - int((folder / "memory.current").read_text("ascii")))
    except (OSError, ValueError):
        return None


def _process() -> int | None:
    """Return what `ulimit -v` leaves."""
    if sys.platform == "win32":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return None
    try:
        used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        used = 0
    return max(0, limit - used)
