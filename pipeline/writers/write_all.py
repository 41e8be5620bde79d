"""Running several writers over one stream of frames."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from ...modules.brush.stroke import StrokeList
from ..memory import give_back
from .base import WriteJob, Writer

Progress = Callable[[int, int], None]  # frames done, total
WriterFactory = Callable[[WriteJob], Writer]  # a class of `WRITERS`, or any other way to create a writer


def write_all(
    job: WriteJob,
    factories: Sequence[WriterFactory],
    frames: Iterable[tuple[np.ndarray, StrokeList | None]],
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Give every frame, (H,W,3) uint8, and its strokes to every writer; return their entries for process.json.

    Frames are written while the next one is being painted, one ahead at most. After a failure all writers are aborted.
    """
    writers: list[Writer] = []
    entries: dict[str, Any] = {}
    try:
        writers.extend(factory(job) for factory in factories)
        with ThreadPoolExecutor(max_workers=2) as pool:
            pending: list[Future[None]] = []
            for index, (frame, strokes) in enumerate(frames):
                for done in pending:
                    done.result()
                pending = [pool.submit(writer.add, index, frame, strokes) for writer in writers]
                if index % 8 == 7:
                    give_back()
                if progress:
                    progress(index + 1, job.n_frames)
            for done in pending:
                done.result()
        give_back()
        while writers:
            entries.update(writers[0].close())
            writers.pop(0)
    except BaseException:
        for writer in writers:
            writer.abort()
        raise
    return entries
