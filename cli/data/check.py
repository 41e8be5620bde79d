"""`ppp data check`: statistics of a data set of painting processes, as figures and as a picture."""

from __future__ import annotations

import base64
import html
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...modules.io.errors import UserError, choices
from ...modules.io.outputs import check_apart
from ..engines import Jobs
from ..options import AsJson, Overwrite, Quiet
from .jobs import SOME_FAILED, finish, run_jobs

if TYPE_CHECKING:
    from ...modules.data.processes.conflicts import Conflict
    from ...modules.data.processes.process import Process
    from ...modules.data.processes.report import ReportVerdict, Strip
    from ...modules.data.processes.statistics import ProcessStatistics
    from ...modules.degree import DegreeMode

SHOWN, SHOWN_FRAMES, SHOWN_CONFLICTS = 4, 10, 3


@dataclass(frozen=True)
class CheckJob:
    """A process to measure, and its unique name."""

    process: Process
    name: str
    intervals: tuple[int, ...]
    mode: DegreeMode


def measure(job: CheckJob) -> ProcessStatistics:
    from ...modules.data.processes.arrays import ProcessArrays
    from ...modules.data.processes.statistics import STATISTICS_SIDE, measure_process
    from ...pipeline.evaluation.metrics import undone as undone_share
    from ...pipeline.frame_arrays import as_frames

    arrays = ProcessArrays(job.process, STATISTICS_SIDE)
    undone = undone_share(as_frames(arrays.frames), arrays.painting)
    return measure_process(job.process, arrays, undone, job.intervals, job.mode, job.name)


def check(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Processes, folders of them, or shards.")],
    report: Annotated[
        Path | None, typer.Option("-o", "--report", help="Draw a report: .png, or .html with all figures.")
    ] = None,
    degrees: Annotated[
        Path | None, typer.Option("--degrees", metavar="FILE", help="Save the degrees for: ppp run --plan dataset=FILE")
    ] = None,
    intervals: Annotated[str, typer.Option(help="Distances in frames between the two of a pair.")] = "1,3,5",
    mode: Annotated[
        str, typer.Option(help="Degrees that count as the condition of a step: progress, area or contribution.")
    ] = "progress",
    limit: Annotated[int, typer.Option(min=0, help="Maximum number of processes, spread evenly; 0 = all.")] = 0,
    jobs: Jobs = 0,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Count pairs and sequences, show how even the degrees are, find conflicts, and measure how the painters work."""
    from ...modules.degree import MODES

    parsed_intervals = parse_intervals(intervals)
    if mode not in MODES:
        raise UserError(f"There is no degree mode {mode!r}.", fix=choices(mode, MODES))
    for path, endings in ((report, (".png", ".html")), (degrees, (".json",))):
        _check_out(path, endings, overwrite)
    from ...modules.data.pictures import pick_evenly
    from ...modules.data.processes.process import find_processes, unique_process_names
    from ...modules.data.processes.report import judge_data
    from ...modules.data.processes.sampler import DegreeBalance
    from ...modules.data.processes.statistics import summarise

    found = pick_evenly([process for process in find_processes(folders) if process.files.is_local], limit)
    for path in filter(None, (report, degrees)):
        check_apart(path, {"a process": [process.folder for process in found]}, "Choose another name.")
    by_name = dict(zip(unique_process_names(found), found, strict=True))
    todo = [CheckJob(process, name, parsed_intervals, mode) for name, process in by_name.items()]
    statistics, failed = run_jobs(measure, todo, jobs, quiet, "Measuring", lambda job: job.name)
    if not statistics:
        raise UserError("None of these processes can be used.", failed[0][1] if failed else "")
    order = {name: i for i, name in enumerate(by_name)}
    statistics.sort(key=lambda row: order[row.name])
    usable = {row.name: by_name[row.name] for row in statistics}
    balanced = DegreeBalance.fit(list(usable.values()), intervals=parsed_intervals, mode=mode).expected
    summary, conflicts = summarise(statistics, parsed_intervals, mode, balanced)
    summary["failed"] = [{"process": name, "why": why} for name, why in failed]
    verdicts = judge_data(summary, len(failed))
    if degrees:
        _save_degrees(degrees, list(usable.values()))
    if report:
        _save_report(report, summary, verdicts, usable, conflicts)
    if as_json:
        rows = [{"sign": verdict.sign, "text": verdict.text} for verdict in verdicts]
        print(json.dumps({**summary, "verdicts": rows}, allow_nan=False))
        if failed:
            raise typer.Exit(SOME_FAILED)
        return
    marks = {"good": "ok  ", "look": "look", "bad": "BAD "}
    lines = [f"{marks[verdict.sign]}  {verdict.text}" for verdict in verdicts]
    counts = f"{summary['pairs']} pairs, {summary['sequences']} sequences at intervals {intervals}"
    files = "".join(f"; {what} in {path}" for what, path in (("picture", report), ("degrees", degrees)) if path)
    finish("\n".join([*lines, counts + files]), failed)


def parse_intervals(text: str) -> tuple[int, ...]:
    """Parse `1,3,5` to (1, 3, 5), without repetitions; UserError for anything else."""
    try:
        numbers = tuple(dict.fromkeys(int(part) for part in text.split(",")))
        if min(numbers) < 1:
            raise ValueError
    except ValueError:
        raise UserError(f"--intervals {text} cannot be used.", fix="Give whole numbers from 1 on: 1,3,5") from None
    return numbers


def _check_out(path: Path | None, endings: tuple[str, ...], overwrite: bool) -> None:
    if path is None:
        return
    if path.suffix.lower() not in endings:
        raise UserError(f"{path} cannot be written.", fix=f"Give a name that ends in {' or '.join(endings)}")
    if path.is_dir():
        raise UserError(f"{path} cannot be written.", "It is a folder.", "Give a file's name.")
    if path.exists() and not overwrite:
        raise UserError(f"{path} is already there.", fix="Choose another name, or add --overwrite.")


def _save_degrees(path: Path, processes: Sequence[Process]) -> None:
    from ...modules.data.processes.degree_rows import degree_rows
    from ...modules.plans.sampled import save_rows

    names, rows = degree_rows(processes)
    if not len(rows):
        raise UserError(
            f"{path} is not written.", "No process holds the degrees of its steps.", "Run: ppp data label FOLDER"
        )
    save_rows(path, names, rows)


def _save_report(
    path: Path, summary: dict[str, Any], verdicts: Sequence[ReportVerdict], processes: dict[str, Process],
    conflicts: Sequence[Conflict],
) -> None:  # fmt: skip
    from ...modules.data.pictures import pick_evenly
    from ...modules.data.processes.report import Strip, draw_report
    from ...modules.io.files import atomic_file
    from ...modules.io.png import png_info

    strips = [Strip(name, _some_frames(processes[name])) for name in pick_evenly(list(processes), SHOWN)]
    clearest = [_conflict_strip(processes, conflict) for conflict in conflicts[:SHOWN_CONFLICTS]]
    page = draw_report(summary, verdicts, strips, clearest)
    picture = io.BytesIO()
    page.save(picture, "PNG", optimize=True, pnginfo=png_info({}))
    with atomic_file(path) as part:
        if path.suffix.lower() == ".png":
            part.write_bytes(picture.getvalue())
        else:
            part.write_text(_web_page(picture.getvalue(), summary, verdicts), encoding="utf-8")


def _some_frames(process: Process) -> list[Any]:
    count = len(process.frame_names)
    wanted = sorted({round(i * (count - 1) / (SHOWN_FRAMES - 1)) for i in range(SHOWN_FRAMES)})
    return [process.frame(i) for i in wanted]


def _conflict_strip(processes: dict[str, Process], conflict: Conflict) -> Strip:
    from ...modules.data.processes.report import Strip

    (one, (a, b)), (other, (c, d)) = conflict.one, conflict.other
    first, second = processes[one], processes[other]
    where = one if one == other else f"{one} and {other}"
    caption = (
        f"{where}: canvas {a}, after the step to {b}; canvas {c}, after the step to {d} "
        f"({conflict.apart:.0%} of the outcomes differ)"
    )
    return Strip(caption, [first.frame(a), first.frame(b), second.frame(c), second.frame(d)])


def _web_page(picture: bytes, summary: dict[str, Any], verdicts: Sequence[ReportVerdict]) -> str:
    """Build a self-contained page: the picture, the verdicts as its text, and all figures."""
    image = base64.b64encode(picture).decode("ascii")
    text = " ".join(verdict.text for verdict in verdicts)
    figures = html.escape(json.dumps(summary, indent=1))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Painting processes</title>'
        "<style>body{margin:0 auto;max-width:1560px;font:16px sans-serif}img{width:100%}pre{padding:0 40px}</style>"
        f'<img alt="{html.escape(text)}" src="data:image/png;base64,{image}">'
        f"<details><summary>All figures</summary><pre>{figures}</pre></details></html>\n"
    )
