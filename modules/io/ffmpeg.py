"""Opening media files with FFmpeg (PyAV)."""

from pathlib import Path
from typing import Any, Literal


def open_container(path: Path, mode: Literal["r", "w"] = "r", **options: Any) -> Any:
    """Call `av.open` with FFmpeg's logging to Python switched off, which can deadlock.

    PyAV hands what FFmpeg logs to Python unless its level is None, its default; older torchvision (0.19) sets another
    when it is imported. A thread that logs then waits for the interpreter, while the interpreter, freeing the
    decoder, waits for the thread: for ever.
    """
    import av
    import av.logging

    av.logging.set_level(None)
    return av.open(str(path), mode, **options)
