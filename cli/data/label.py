"""`ppp data label`: label maps of recorded processes, and the degrees of every step."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...modules.io.errors import UserError
from ..engines import Jobs
from ..options import AsJson, Device, Quiet, Weights, load_pipeline
from .jobs import SOME_FAILED, Failures, finish, progress_bar, run_jobs

if TYPE_CHECKING:
    import numpy as np

    from ...modules.data.processes.process import Process
    from ...modules.labels import LabelSet
    from ...pipeline.pipeline import Pipeline


@dataclass(frozen=True)
class LabelJob:
    """A process to label: its folder, the label map (H,W), and the set of its classes."""

    folder: Path
    labels: np.ndarray
    label_set: LabelSet


def write_labels(job: LabelJob) -> None:
    """Write the label map and the degrees of all steps."""
    from ...modules.data.processes.labelling import label_process
    from ...modules.data.processes.process import Process

    label_process(Process(job.folder), job.labels, job.label_set)


def label(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Processes, or folders of processes.")],
    labels: Annotated[
        Path | None,
        typer.Option(
            help="A label map (PNG), or a folder of them: NAME.png or NAME_labels.png for the process NAME "
            "(VIDEO-process-00.png where several are called process-00)."
        ),
    ] = None,
    segment: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="Another segment stage: a folder, a Hub repository, or 'clusters'. With --again it replaces labels.",
        ),
    ] = None,
    weights: Weights = "portrait",
    again: Annotated[bool, typer.Option("--again", help="Also those that have labels and degrees already.")] = False,
    device: Device = "auto",
    jobs: Jobs = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Segment the finished frame of recorded processes, and measure the degrees of every step.

    An existing labels.png is kept; degrees.json, written by hand, takes precedence over measured degrees.
    """
    from ...modules.data.processes.process import find_processes

    found = find_processes(folders)
    provided = _provided_maps(labels, found)
    todo = [process for process in found if again or process.folder in provided or not _is_complete(process)]
    files = [provided.get(process.folder) or (None if again and segment else _own_map(process)) for process in todo]
    segmenter = _load_segmenter(weights, segment, device) if None in files else None
    ready, failed = _make_maps(todo, files, segmenter, quiet)
    done, more = run_jobs(write_labels, ready, jobs, quiet, "Measuring", lambda job: job.folder.name)
    failed += more
    existing = len(found) - len(todo)
    if as_json:
        failures = [{"process": name, "why": why} for name, why in failed]
        print(json.dumps({"labelled": len(done), "there": existing, "failed": failures}))
        if failed:
            raise typer.Exit(SOME_FAILED)
        return
    finish(f"{len(done)} processes labelled" + (f" ({existing} were already)" if existing else ""), failed)


def _is_complete(process: Process) -> bool:
    """Tell whether a process has labels and the degrees of all steps in all modes."""
    from ...modules.degree import MODES

    return process.labelled and all(process.step_degrees(mode) is not None for mode in MODES)


def _own_map(process: Process) -> Path | None:
    """Find the label map that lies in a process already."""
    from ...modules.data.processes.process import LABEL_FILES

    return next((process.files.path(name) for name in LABEL_FILES if name in process.files), None)


def _provided_maps(labels: Path | None, found: list[Process]) -> dict[Path, Path]:
    from ...modules.data.processes.process import unique_process_names

    if labels is None:
        return {}
    if not labels.is_dir():
        if len(found) > 1:
            raise UserError(
                f"{labels} is one label map.", f"There are {len(found)} processes.", "Give a folder of them."
            )
        return {found[0].folder: labels}
    names = unique_process_names(found)
    provided: dict[Path, Path] = {}
    for process, name in zip(found, names, strict=True):
        stems = [stem + ending for stem in (name, name.replace("/", "-")) for ending in ("", "_labels")]
        files = [path for stem in stems if (path := labels / f"{stem}.png").is_file()]
        if files:
            provided[process.folder] = files[0]
    if not provided:
        raise UserError(
            f"{labels} holds no label map for these processes.",
            fix=f"Name them like the processes: {names[0].replace('/', '-')}.png",
        )
    return provided


def _make_maps(
    todo: list[Process], files: list[Path | None], segmenter: Pipeline | None, quiet: bool
) -> tuple[list[LabelJob], Failures]:
    """Make the label map of every process: from its file or, where that is None, by the segment stage."""
    ready: list[LabelJob] = []
    failed: Failures = []
    with progress_bar("Segmenting", quiet, len(todo)) as show:
        for process, path in zip(todo, files, strict=True):
            try:
                if path is not None:
                    label_map, label_set = _read_map(process, path)
                else:
                    assert segmenter is not None
                    parts, _ = segmenter.segment(process.painting())
                    label_map, label_set = parts.labels, parts.label_set
                ready.append(LabelJob(process.folder, label_map, label_set))
            except UserError as error:
                failed.append((process.folder.name, str(error)))
            show(len(ready) + len(failed))
    return ready, failed


def _load_segmenter(weights: str, segment: str | None, device: str) -> Pipeline:
    """Load a pipeline and its segment stage. UserError when it does not load."""
    pipeline = load_pipeline(weights, {} if segment is None else {"segment": segment}, device)
    pipeline.stage("segment")
    return pipeline


def _read_map(process: Process, path: Path) -> tuple[np.ndarray, LabelSet]:
    """Read a label map, with the label set that its palette matches or that the process has already."""
    from ...pipeline.blocks.provided import ProvidedLabels

    own_set = process.label_set if process.labelled and path.parent == process.folder else None
    height, width = process.painting().shape[:2]
    label_set = own_set or ProvidedLabels(path).label_set
    return label_set.load_png(path, (width, height)), label_set
