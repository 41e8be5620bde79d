"""Several writers over one stream of frames, and a saved process written once more in other formats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from ..images import IN_MEMORY
from ..provenance import metadata
from ..values import Parts
from .base import Job, Writer
from .timing import VideoOptions

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


def write_again(
    saved: Path, out: Path, kinds: Sequence[WriterKind], video: VideoOptions | None = None
) -> dict[str, Any]:
    """Write the frames of a saved result with other writers into a folder that exists -> what they say.

    Nothing is painted, and the result is not changed: what is written carries the name of its process. Raises UserError
    when `saved` holds no process with a label map.
    """
    from ...modules.data.processes.process import Process  # it brings torch, which no writer needs

    process = Process(Path(saved))
    info, label_set = process.info, process.label_set
    n_frames = len(process.frame_names)
    asked = np.zeros((n_frames - 1, len(label_set)), np.float32)
    for step in info["steps"][: n_frames - 1]:
        for name, degree in step.get("asked", {}).items():
            asked[step["frame"] - 1, label_set.index(name)] = degree
    painting = info["painting"]
    name = Path(painting.get("path") or IN_MEMORY).name
    job = Job(
        Path(out), name, (painting["width"], painting["height"]), n_frames, Parts(process.labels(), label_set), asked,
        metadata(info["id"]), plan=info.get("plan") or {}, video=video or VideoOptions(),
    )  # fmt: skip
    return write_all(job, kinds, (process.frame(index) for index in range(n_frames)))
