"""`ppp run`: from paintings to time lapses."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..modules.errors import UserError
from .errors import explain
from .options import parse_stages, say, unique_names
from .seeing import Duration, Fps, Overlay, Seeing, VideoFormat
from .show import live, summary

if TYPE_CHECKING:
    from ..pipeline.pipeline import Pipeline
    from ..pipeline.timelapse import TimeLapse

_STAGE_HELP = (
    "Replace segment, firstframe or frames by a model folder, a training run, a hub id or a name "
    "(frames: simulate, partfade, crossfade; segment: clusters). Repeatable."
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    help="Predict how PAINTINGS could have been painted, and write a time lapse, a step sheet and all frames to OUT "
    "(with several paintings: to OUT/NAME for each)."
)
def run(
    paintings: Annotated[list[Path], typer.Argument(metavar="PAINTING...", help="Picture files of any size.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The result folder.")],
    frames: Annotated[int, typer.Option("--frames", help="Number of frames, the bare canvas included.")] = 40,
    seed: Annotated[int, typer.Option("--seed", help="Another number, another way to paint it.")] = 0,
    plan: Annotated[
        str, typer.Option("--plan", help="What is painted when: artist, random, dataset or dataset=FILE.")
    ] = "artist",
    habit: Annotated[
        str | None, typer.Option("--habit", help="How the artist works: masses, objects, lineart, watercolour.")
    ] = None,
    stage: Annotated[list[str] | None, typer.Option("--stage", metavar="STAGE=SOURCE", help=_STAGE_HELP)] = None,
    weights: Annotated[str, typer.Option("--weights", help="The pipeline: a name, a folder or a hub id.")] = "portrait",
    segmentation: Annotated[
        Path | None, typer.Option("--segmentation", help="A label map (PNG) instead of our own.")
    ] = None,
    first_frame: Annotated[
        str | None, typer.Option("--first-frame", help="'blank', or a picture to start from.")
    ] = None,
    video_format: VideoFormat = None,
    fps: Fps = None,
    duration: Duration = None,
    overlay: Overlay = False,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a result that is already there.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress and no notes.")] = False,
) -> None:
    stages = parse_stages(stage or [])
    if frames < 2:
        raise UserError(f"--frames {frames} is too few.", "The bare canvas is frame 0.", "Ask for 2 or more.")
    single = len(paintings) == 1
    if not single and (segmentation or first_frame not in (None, "blank")):
        raise UserError("--segmentation and --first-frame belong to one painting.", f"{len(paintings)} are given.")
    folders = [out] if single else [out / name for name in unique_names(paintings)]
    from ..pipeline.output import check_output

    seeing = Seeing.of(video_format, fps, duration, overlay, frames)
    for folder in folders:
        check_output(folder, overwrite)
    with live(quiet) as progress:
        progress.begin(paintings[0].name)
        pipeline = _pipeline(weights, stages, device)

        def paint(painting: Path, folder: Path) -> dict[str, Any]:
            started = time.perf_counter()
            progress.begin(painting.name)
            lapse = pipeline(
                painting, frames, seed, plan, habit=habit, segmentation=segmentation, first_frame=first_frame,
                watch=progress.stage,
            )  # fmt: skip
            for note in lapse.notes:
                say(note, quiet)
            lapse.save(
                folder, overwrite=overwrite, progress=progress.frame,
                writers=seeing.writers, video=seeing.video,
            )  # fmt: skip
            if unfinished := lapse.process["unfinished"]:
                say(f"{painting.name}: not finished in the last frame: {', '.join(unfinished)}.", quiet)
            made.append(lapse.process)
            return _summary(lapse, painting, folder, time.perf_counter() - started)

        made: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        if single:
            results = [paint(paintings[0], folders[0])]
        else:
            results, failed = _batch(paintings, folders, paint)
    if single and sys.stderr.isatty() and not (quiet or as_json):
        summary(made[0], paintings[0].name)
    if as_json:
        print(json.dumps(results[0] if single else {"results": results, "failed": failed}, indent=1))
    else:
        for result in results:
            print(result["out"])
    if failed:
        raise typer.Exit(3)


def _pipeline(weights: str, stages: dict[str, str], device: str) -> Pipeline:
    from ..pipeline.stages import matched_torch

    with matched_torch():
        from ..pipeline.pipeline import Pipeline

        return Pipeline.from_pretrained(weights, device=device, **stages)


def _batch(
    paintings: list[Path], folders: list[Path], paint: Callable[[Path, Path], dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Paint one after the other; what fails is listed and does not stop the rest."""
    results: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for painting, folder in zip(paintings, folders, strict=True):
        try:
            results.append(paint(painting, folder))
        except Exception as error:
            problem = explain(error)
            print(f"ppp: {problem}", file=sys.stderr)
            failed.append({"painting": str(painting), "error": [problem.what, problem.why, problem.fix]})
    if failed:
        names = ", ".join(Path(f["painting"]).name for f in failed)
        print(f"ppp: {len(failed)} of {len(paintings)} paintings failed: {names}", file=sys.stderr)
    return results, failed


def _summary(lapse: TimeLapse, painting: Path, folder: Path, seconds: float) -> dict[str, Any]:
    process = lapse.process
    return {
        "painting": str(painting),
        "out": str(folder),
        "frames": len(lapse),
        "video": str(folder / process["video"]["file"]),
        "parts": process["labels"],
        "unfinished": process["unfinished"],
        "distance": process["steps"][-1]["distance"],
        "notes": lapse.notes,
        "seconds": round(seconds, 2),
        "times": process["times"],
    }
