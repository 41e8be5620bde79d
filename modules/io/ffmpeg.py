"""Opening media files with FFmpeg (PyAV)."""

from pathlib import Path
from typing import Any, Literal

# Containers that hold pictures themselves. FFmpeg would also follow lists of other files (ffconcat, playlists), and
# addresses, whatever a file is called.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "gif", "apng", "asf", "flv", "mpeg", "mpegts", "mpegvideo",
    "ogg", "nut", "ivf", "m4v", "h264", "hevc", "av1", "obu", "mjpeg", "dv", "mxf", "wtv", "rm",
    "yuv4mpegpipe",
)  # fmt: skip


def open_container(path: Path, mode: Literal["r", "w"] = "r", **options: Any) -> Any:
    """Call `av.open` for one file of a known container, with FFmpeg's logging to Python off, which can deadlock.

    PyAV hands what FFmpeg logs to Python unless its level is None, its default; older torchvision (0.19) sets another
    when it is imported. A thread that logs then waits for the interpreter, while the interpreter, freeing the
    decoder, waits for the thread: for ever.
    """
    import av
    import av.logging

    av.logging.set_level(None)
    if mode == "r":
        options["container_options"] = {"format_whitelist": ",".join(FORMATS), "protocol_whitelist": "file"}
    return av.open(str(path), mode, **options)
