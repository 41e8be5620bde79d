"""`ppp data label`: what the parts of a recorded process are, and how much of each was painted in each step."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...modules.io.errors import UserError
from .jobs import SOME_FAILED, Failures, finish, progress, work

if TYPE_CHECKING:
    import numpy as np

    from ...modules.data.processes.process import Process
    from ...modules.labels import LabelSet
    from ...pipeline.pipeline import Pipeline


@dataclass(frozen=True)
class LabelJob:
    """A process to label: its folder, the label map (H,W), and the set of its classes."""

    folder: str
    labels: np.ndarray
    label_set: LabelSet


def write_label(job: LabelJob) -> list[str]:
    """Write the label map and the degrees of all steps; returns the names of the parts."""
    from ...modules.data.processes.labelling import label_process
    from ...modules.data.processes.process import Process

    parts: list[str] = label_process(Process(Path(job.folder)), job.labels, job.label_set)["labels"]
    return parts


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
            help="Another segment stage: a folder, a hub id, or 'clusters'. With --again also where labels are.",
        ),
    ] = None,
    weights: Annotated[str, typer.Option(help="The pipeline: a name, a folder or a hub id.")] = "portrait",
    again: Annotated[
        bool, typer.Option("--again", help="Measure those again that have labels and degrees already.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0 = one per core.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was done as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")] = False,
) -> None:
    """Find the parts of the finished frame of recorded processes, and measure the degrees of every step.

    A labels.png that lies in a process already is kept; degrees.json, written by hand, wins over what is measured.
    """
    from ...modules.data.processes.process import find_processes

    found = find_processes(folders)
    given = _given_files(labels, found)
    todo = [process for process in found if again or process.folder in given or not _done(process)]
    files = [given.get(process.folder) or (None if again and segment else _own_file(process)) for process in todo]
    segmenter = _segmenter(weights, segment, device) if None in files else None
    ready, failed = _label_maps(todo, files, segmenter, quiet)
    made, more = work(write_label, ready, jobs, quiet, "Measuring", lambda job: Path(job.folder).name)
    failed += more
    there = len(found) - len(todo)
    if as_json:
        facts = {"labelled": len(made), "there": there, "failed": [{"process": n, "why": why} for n, why in failed]}
        print(json.dumps(facts))
        if failed:
            raise typer.Exit(SOME_FAILED)
        return
    finish(f"{len(made)} processes labelled" + (f" ({there} were already)" if there else ""), failed)


def _done(process: Process) -> bool:
    """Whether a process has labels and the degrees of all steps in all modes."""
    from ...modules.degree import MODES

    return process.labelled and all(process.step_degrees(mode) is not None for mode in MODES)


def _own_file(process: Process) -> Path | None:
    """The label map that lies in a process already."""
    from ...modules.data.processes.process import LABEL_FILES

    return next((process.files.path(name) for name in LABEL_FILES if name in process.files), None)


def _given_files(labels: Path | None, found: list[Process]) -> dict[Path, Path]:
    """Process folder -> label map, as `--labels` says."""
    from ...modules.data.processes.process import unique_process_names

    if labels is None:
        return {}
    if labels.is_dir():
        names = unique_process_names(found)
        given: dict[Path, Path] = {}
        for process, name in zip(found, names, strict=True):
            ways = [way + ending for way in (name, name.replace("/", "-")) for ending in ("", "_labels")]
            files = [path for way in ways if (path := labels / f"{way}.png").is_file()]
            if files:
                given[process.folder] = files[0]
        if not given:
            raise UserError(
                f"{labels} holds no label map for these processes.",
                fix=f"Name them like the processes: {names[0].replace('/', '-')}.png",
            )
        return given
    if len(found) > 1:
        raise UserError(f"{labels} is one label map.", f"There are {len(found)} processes.", "Give a folder of them.")
    return {found[0].folder: labels}


def _label_maps(
    todo: list[Process], files: list[Path | None], segmenter: Pipeline | None, quiet: bool
) -> tuple[list[LabelJob], Failures]:
    """The label map of every process: from its file or, where that is None, from the segment stage."""
    ready: list[LabelJob] = []
    failed: Failures = []
    with progress("Segmenting", len(todo), quiet) as advance:
        for process, path in zip(todo, files, strict=True):
            try:
                if path is not None:
                    found, label_set = _read_map(process, path)
                else:
                    assert segmenter is not None
                    parts, _ = segmenter.segment(process.painting())
                    found, label_set = parts.labels, parts.label_set
                ready.append(LabelJob(str(process.folder), found, label_set))
            except UserError as error:
                failed.append((process.folder.name, str(error)))
            advance()
    return ready, failed


def _segmenter(weights: str, segment: str | None, device: str) -> Pipeline:
    """A pipeline whose segment stage is loaded. UserError when it does not load."""
    from ...pipeline.device import matched_torch

    with matched_torch():
        from ...pipeline.pipeline import Pipeline

        pipeline = Pipeline.from_pretrained(weights, segment=segment, device=device)
        pipeline.stage("segment")
        return pipeline


def _read_map(process: Process, path: Path) -> tuple[np.ndarray, LabelSet]:
    """A label map from a file, of the set that its palette tells or that the process names already."""
    from ...pipeline.blocks.provided import ProvidedLabels

    named = process.label_set if process.labelled and path.parent == process.folder else None
    height, width = process.painting().shape[:2]
    label_set = named or ProvidedLabels(path).label_set
    return label_set.load_png(path, (width, height)), label_set
