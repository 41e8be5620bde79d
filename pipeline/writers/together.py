"""Several writers over one stream of frames; a saved process written once more in other formats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from .base import Job, Writer

Progress = Callable[[int, int], None]  # frames done, of how many
WriterKind = Callable[[Job], Writer]  # a class of `WRITERS`, or anything else that makes a writer


def write_all(
    job: Job, kinds: Sequence[WriterKind], frames: Iterable[np.ndarray], progress: Progress | None = None
) -> dict[str, Any]:
    """Give every frame, (H,W,3) uint8, to every writer -> what they say for process.json.

    They write while the next frame is being made; never more than that one ahead. When something fails, every writer
    lets go of its files.
    """
    writers: list[Writer] = []
    facts: dict[str, Any] = {}
    try:
        writers.extend(kind(job) for kind in kinds)
        with ThreadPoolExecutor(max_workers=2) as pool:
            pending: list[Future[None]] = []
            for index, frame in enumerate(frames):
                for done in pending:
                    done.result()
                pending = [pool.submit(writer.add, index, frame) for writer in writers]
                if progress:
                    progress(index + 1, job.n_frames)
            for done in pending:
                done.result()
        while writers:
            facts.update(writers[0].close())
            writers.pop(0)
    except BaseException:
        for writer in writers:
            writer.abort()
        raise
    return facts
