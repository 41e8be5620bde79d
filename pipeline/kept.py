"""A painted process that is kept, so that it can be written in other forms without being painted again."""

import os
import pickle
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..modules.brush.stroke import StrokeList
from ..modules.io.png import read_rgb
from .blocks.ports import STROKES
from .graph import Stream
from .timelapse import TimeLapse
from .writers import WriteJob, Writer

_LAPSE, _STROKES = "lapse", "strokes"  # files in the folder
_FRAME = "frame"  # port of the stream


class KeepWriter(Writer):
    """Keeps the strokes of every frame in a folder; `keep` puts the rest there when all are painted."""

    def __init__(self, job: WriteJob, folder: Path) -> None:
        super().__init__(job)
        folder.mkdir()
        self._file = (folder / _STROKES).open("wb")

    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        pickle.dump(strokes, self._file)

    def close(self) -> dict[str, Any]:
        self._file.close()
        return {}

    def abort(self) -> None:
        self._file.close()


def keep(lapse: TimeLapse, folder: Path) -> None:
    """Keep what a time lapse knows, beside the strokes that a `KeepWriter` has put into a folder of one's own."""
    with (folder / _LAPSE).open("wb") as file:
        pickle.dump(replace(lapse, stream=None), file)  # type: ignore[arg-type]


def load_kept(folder: Path, frames: Path) -> TimeLapse:
    """Load the time lapse that is kept in a folder: the same frames, which lie in `frames`, with the same strokes."""
    with (folder / _LAPSE).open("rb") as file:
        lapse: TimeLapse = pickle.load(file)
    begin = 1 if lapse.prefix is None else lapse.prefix.at

    def records() -> Iterator[dict[str, Any]]:
        with (folder / _STROKES).open("rb") as file:
            for index in range(len(lapse)):
                strokes = pickle.load(file)
                if index >= begin:
                    yield {_FRAME: read_rgb(frames / f"{index:05}.png").astype(np.float32) / 255, STROKES.name: strokes}

    with (folder / _STROKES).open("rb") as file:
        known = any(pickle.load(file) is not None for _ in range(len(lapse)))
    stream = Stream(records, _FRAME, (_FRAME, STROKES.name) if known else (_FRAME,))
    return replace(lapse, stream=stream, first_frame=None, first_strokes=None)


class KeptFrames(Writer):
    """Puts frames that are written already into another result: as links where that can be."""

    def __init__(self, job: WriteJob, frames: Path) -> None:
        super().__init__(job)
        self.frames = frames
        (job.folder / "frames").mkdir()

    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        name = f"{index:05}.png"
        try:
            os.link(self.frames / name, self.job.folder / "frames" / name)
        except OSError:
            shutil.copyfile(self.frames / name, self.job.folder / "frames" / name)
