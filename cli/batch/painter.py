"""What one process of a batch does: it loads the pipeline once, paints pictures, and says how each went."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...modules.io.addresses import Place, is_address, read_address
from ...modules.io.errors import PPPError, UserError
from ...pipeline.images import Picture, read_picture
from ...pipeline.output import MANIFEST
from ..errors import explain
from ..options import PipelineOptions
from ..output_options import OutputOptions
from .paintings import BatchJob

if TYPE_CHECKING:
    from ...pipeline.request import RunRequest

Row = dict[str, Any]


@dataclass(frozen=True)
class BatchSettings:
    """Everything that the paintings of a batch share; it travels to every process."""

    request: RunRequest  # all but the painting
    models: PipelineOptions
    output: OutputOptions
    device: str
    out: str
    digest: str  # of all settings that make a difference
    keep: bool  # what is there already and whole
    overwrite: bool  # what is there already and was made of another picture, or with other settings

    def start(self) -> Callable[[BatchJob], Row]:
        """Load the pipeline, for all paintings of this process."""
        return _BatchPainter(self).paint


class _BatchPainter:
    def __init__(self, settings: BatchSettings) -> None:
        self.settings, self.place = settings, Place(settings.out)
        self.pipeline = settings.models.load(settings.device)

    def paint(self, job: BatchJob) -> Row:
        """Paint a picture, unless its result is there -> its line of the log. Never raises."""
        started, cpu = time.perf_counter(), time.process_time()
        row: Row = {"painting": job.source, "out": self.place.find(job.name), "process": os.getpid()}
        try:
            row |= self._paint(job)
        except Exception as error:
            if os.environ.get("PPP_DEBUG"):
                raise
            row |= failed(explain(error))
        spent = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}
        return row | {name: round(value, 3) for name, value in spent.items()} | {"peak_MiB": _peak()}

    def _paint(self, job: BatchJob) -> Row:
        picture = _read(job.source)
        if self._is_finished(job, picture):
            return {"state": "kept"}
        settings = self.settings
        request = replace(settings.request, painting=picture, seed=settings.request.seed + job.seed)
        lapse = self.pipeline.run(request)
        marked = lapse.made_with | {"batch": settings.digest}
        lapse = replace(lapse, made_with=marked)
        with self.place.folder(job.name, last=MANIFEST) as folder:
            settings.output.save(lapse, folder, overwrite=settings.overwrite or self.place.remote, quiet=True)
        return {"state": "painted", "seed": lapse.seed, "notes": lapse.notes, "unfinished": lapse.process["unfinished"]}

    def _is_finished(self, job: BatchJob, picture: Picture) -> bool:
        """Whether the result of this picture and these settings is there, whole. UserError for one of others."""
        text = self.place.read(f"{job.name}/{MANIFEST}")
        if text is None:
            return False
        try:
            process = json.loads(text)
            mine = (
                process["painting"]["sha256"] == picture.sha256,
                process["made_with"].get("batch") == self.settings.digest,
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            mine = False, False
        if all(mine) or self.settings.overwrite:
            return all(mine) and self.settings.keep
        of_what = "of another picture" if not mine[0] else "that was made with other settings"
        what = f"{self.place.find(job.name)} holds a result {of_what}."
        raise UserError(what, fix="Choose another folder with -o, or add --overwrite.")


def _read(source: str) -> Picture:
    if not is_address(source):
        return read_picture(source)
    data = read_address(source)
    return replace(read_picture(data), path=Path(source))


def failed(problem: PPPError) -> Row:
    """Say in a line of the log that a painting failed, and why."""
    return {"state": "failed", "error": [problem.what, problem.why, problem.fix]}


def digest_of(settings: Any) -> str:
    """Hash settings, by which a result tells whether it was made with them."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _peak() -> int | None:
    """Return the most memory that this process has used so far, in MiB."""
    if sys.platform == "win32":
        return None
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10))
