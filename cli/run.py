"""`ppp run`: from paintings to time lapses."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..modules.io.errors import UserError
from ..modules.io.outputs import check_apart
from .errors import explain
from .option_groups import with_option_groups
from .options import AsJson, Device, Overwrite, PipelineOptions, Quiet, default_out, print_note, unique_names
from .output_options import OutputOptions
from .plan_options import AUTO, EditOptions, From, PlanOptions, Size, read_files
from .replay import print_result, source_folder
from .terminal import ProgressDisplay, print_summary, show_progress

if TYPE_CHECKING:
    from ..pipeline.pipeline import Pipeline
    from ..pipeline.request import RunRequest
    from ..pipeline.run_batch import RunJob
    from ..pipeline.timelapse import TimeLapse

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    help="Predict how PAINTINGS could have been painted, and write a time lapse, a step sheet and all frames to OUT "
    "(with several paintings: to OUT/NAME for each)."
)
@with_option_groups
def run(
    *,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="The result folder.  [default: out/NAME, of several paintings in out]"),
    ] = None,
    paintings: Annotated[
        list[Path] | None, typer.Argument(metavar="PAINTING...", help="Picture files of any size.")
    ] = None,
    plan: PlanOptions,
    size: Size = None,
    models: PipelineOptions,
    segmentation: Annotated[
        Path | None, typer.Option("--segmentation", help="A label map (PNG) instead of our own, with any parts.")
    ] = None,
    first_frame: Annotated[
        str | None, typer.Option("--first-frame", help="'blank', or a picture to start from.")
    ] = None,
    edits: EditOptions,
    canvas: From = None,
    continued: Annotated[
        Path | None,
        typer.Option("--continue", help="A result to go on from, without PAINTING: its frames before --at are kept."),
    ] = None,
    at: Annotated[
        int | None, typer.Option("--at", help="With --continue: the first step that is painted anew.")
    ] = None,
    variations: Annotated[
        int | None,
        typer.Option(
            "--variations", help="So many different artists, in folders 1, 2, ... of OUT, and a sheet of them."
        ),
    ] = None,
    output: OutputOptions,
    device: Device = "auto",
    as_json: AsJson = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    if continued is not None:
        given = {"PAINTING": paintings, "--frames": plan.frames, "--seed": plan.seed, "--habit": plan.habit,
                 "--size": size, "--from": canvas, "--segmentation": segmentation, "--first-frame": first_frame,
                 "--stage": models.stage, "--split": edits.split, "--variations": variations,
                 "--plan": plan.plan != "artist", "--medium": plan.medium != AUTO, "--finish": plan.finish,
                 "--palette": plan.palette}  # fmt: skip
        if unused := [name for name, value in given.items() if value]:
            raise UserError(f"{unused[0]} does not go with --continue.", "All of that stands in the process.")
        output.canvas()
        out = default_out(source_folder(continued), f"-from-{at}") if out is None else out
        lapse = _continue(continued, at, edits, out, device)
        output.save(lapse, out, overwrite=overwrite, quiet=quiet)
        print_result(lapse, out, as_json)
        return
    if at is not None:
        raise UserError("--at belongs to --continue.", fix="For example: ppp run --continue OUT --at 17 -o OUT2")
    if not paintings:
        raise UserError("No painting is given.", fix="Name a picture: ppp run my-painting.jpg -o out")
    if len(paintings) > 1 and (segmentation or canvas or edits.split or first_frame not in (None, "blank")):
        what = "--segmentation, --first-frame, --split and --from belong to one painting."
        raise UserError(what, f"{len(paintings)} are given.")
    if out is None:
        out = default_out(paintings[0]) if len(paintings) == 1 else Path("out")
    inputs = {"segmentation": segmentation, "first_frame": first_frame, "canvas": canvas}
    jobs = _make_jobs(paintings, out, plan, edits, {**inputs, "size": size})
    output.video(jobs[0].request.n_frames)
    output.canvas()
    from ..pipeline.memory import share_heap
    from ..pipeline.output import check_output
    from ..pipeline.variations import check_variations

    share_heap()
    read = read_files(plan, edits, models, paintings, **inputs)
    for job in jobs:
        (check_output if variations is None else check_variations)(job.folder, overwrite, read)
    with show_progress(quiet) as progress:
        progress.begin(paintings[0].name)
        painter = _Painter(models.load(device), output, progress, variations, overwrite, quiet, len(jobs) == 1)
        if len(jobs) > 1:
            results, failed = _paint_all(painter, jobs)
            facts: dict[str, Any] = {"results": results, "failed": failed}
        else:
            facts = painter.paint(jobs[0])
            results, failed = [facts], []
    if len(jobs) == 1 and variations is None and sys.stderr.isatty() and not (quiet or as_json):
        print_summary(painter.processes[0], paintings[0].name)
    if as_json:
        print(json.dumps(facts, indent=1))
    else:
        for result in results:
            print(result["out"])
    if failed:
        raise typer.Exit(3)


def _continue(source: Path, at: int | None, edits: EditOptions, out: Path, device: str) -> TimeLapse:
    """`ppp run --continue SOURCE --at STEP`: the process, to be painted from that step on."""
    changes = edits.parse(at)
    if at is None:
        raise UserError("--continue needs --at.", "It says which step is painted anew.", "For example: --at 17")
    check_apart(out, {"the process": source})
    from ..pipeline.replay import continue_from

    return continue_from(source, at, changes, device=None if device == "auto" else device)


def _make_jobs(
    paintings: list[Path], out: Path, plan: PlanOptions, edits: EditOptions, inputs: dict[str, Any]
) -> list[RunJob]:
    """One job for each painting; a single one is read at once: a bad file is reported before torch is loaded."""
    from ..pipeline.images import read_picture
    from ..pipeline.request import RunRequest
    from ..pipeline.run_batch import RunJob

    single = len(paintings) == 1
    painting = read_picture(paintings[0]) if single else paintings[0]
    changes = [*edits.parse_splits(), *edits.parse()]
    request = RunRequest.of(painting, plan.frames, plan.seed, plan.find(), edits=changes, **plan.request, **inputs)
    if single:
        return [RunJob(paintings[0], request, out)]
    names = zip(paintings, unique_names(paintings), strict=True)
    return [RunJob(path, replace(request, painting=path), out / name) for path, name in names]


@dataclass
class _Painter:
    """Paints jobs into their folders, and shows how far it is."""

    pipeline: Pipeline
    output: OutputOptions
    progress: ProgressDisplay
    variations: int | None
    overwrite: bool
    quiet: bool
    alone: bool  # whether there is one painting only, whose frames are all that is left to be made
    processes: list[dict[str, Any]] = field(default_factory=list)

    def paint(self, job: RunJob) -> dict[str, Any]:
        """Paint a job, or its variations -> what was written."""
        if self.variations is not None:
            return self._paint_variations(job, self.variations)
        started = time.perf_counter()
        lapse = self._make(job.request, job.painting.name)
        if self.alone:
            self.pipeline.forget("segment", "firstframe")
        self._save(lapse, job.folder)
        process = lapse.process
        return {
            "painting": str(job.painting),
            "out": str(job.folder),
            "frames": len(lapse),
            "video": str(job.folder / process["video"]["file"]),
            "parts": process["labels"],
            "unfinished": process["unfinished"],
            "distance": process["steps"][-1]["distance"],
            "notes": lapse.notes,
            "seconds": round(time.perf_counter() - started, 2),
            "times": process["times"],
        }

    def _paint_variations(self, job: RunJob, count: int) -> dict[str, Any]:
        from ..pipeline.variations import save_variations

        name, request = job.painting.name, job.request

        def make(index: int) -> TimeLapse:
            return self._make(replace(request, seed=request.seed + index), f"{name} {index + 1}/{count}")

        facts = save_variations(make, count, job.folder, self._save, overwrite=self.overwrite)
        print_note(f"{name}: {count} variations, diversity {100 * facts['spread_l1']:.1f} %.", self.quiet)
        return {**facts, "painting": str(job.painting), "out": str(job.folder), "frames": request.n_frames}

    def _make(self, request: RunRequest, title: str) -> TimeLapse:
        self.progress.begin(title)
        return self.pipeline.run(request, self.progress.stage)

    def _save(self, lapse: TimeLapse, folder: Path) -> None:
        options = {"overwrite": self.overwrite, "quiet": self.quiet, "final": self.variations is None}
        self.output.save(lapse, folder, progress=self.progress.frame, **options)
        self.processes.append(lapse.process)


def _paint_all(painter: _Painter, jobs: list[RunJob]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Paint one after the other -> what was written, and what failed."""
    from ..pipeline.run_batch import run_batch

    results: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for job, result in run_batch(jobs, painter.paint):
        if isinstance(result, Exception):
            problem = explain(result)
            print(f"ppp: {problem}", file=sys.stderr)
            failed.append({"painting": str(job.painting), "error": [problem.what, problem.why, problem.fix]})
        else:
            results.append(result)
    if failed:
        names = ", ".join(Path(one["painting"]).name for one in failed)
        print(f"ppp: {len(failed)} of {len(jobs)} paintings failed: {names}", file=sys.stderr)
    return results, failed
