"""How much memory a run needs, and how much this machine would give it. Does not import torch."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Peak of `ppp run` in bytes on a CPU, a little above what benchmarks/run_cost.py measured (docs/reliability.md has the
# figures): what torch, the models and their own small canvas take, and what every pixel of the painting adds.
BASE = 1_050_000_000
PER_PIXEL = 120


def needed(width: int, height: int) -> int:
    """Bytes at the peak of a run on a painting of that size, whatever the number of frames."""
    return BASE + PER_PIXEL * width * height


def available() -> int | None:
    """Bytes this process may still take: what the machine has free, or less where a limit is set. None: not known."""
    found = [room for room in (_machine(), _group(), _process()) if room is not None]
    return min(found) if found else None


def _machine() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:  # macOS has no number for what is free; all there is, then
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _group() -> int | None:
    """What a container's limit leaves (cgroup 2)."""
    folder = Path("/sys/fs/cgroup")
    try:
        most = (folder / "memory.max").read_text("ascii").strip()
        return None if most == "max" else max(0, int(most) - int((folder / "memory.current").read_text("ascii")))
    except (OSError, ValueError):
        return None


def _process() -> int | None:
    """What `ulimit -v` leaves."""
    if sys.platform == "win32":
        return None
    import resource

    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most == resource.RLIM_INFINITY:
        return None
    try:
        taken = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        taken = 0
    return max(0, most - taken)
