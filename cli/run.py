"""`ppp run`: from paintings to time lapses."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..modules.io.errors import UserError
from .errors import explain
from .options import load_pipeline, parse_stages, say, unique_names
from .output_options import Duration, Fps, OutputOptions, Overlay, VideoFormat
from .plan_options import (
    At,
    Continue,
    Degree,
    From,
    Group,
    Habit,
    Order,
    Passes,
    PlanOption,
    Skip,
    SplitOption,
    Variations,
    find_plan,
    parse_edits,
    parse_splits,
)  # fmt: skip
from .replay import continue_run
from .terminal import print_summary, show_progress

if TYPE_CHECKING:
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
    out: Annotated[Path, typer.Option("-o", "--out", help="The result folder.")],
    paintings: Annotated[
        list[Path] | None, typer.Argument(metavar="PAINTING...", help="Picture files of any size.")
    ] = None,
    frames: Annotated[
        int | None, typer.Option("--frames", help="Number of frames, the bare canvas included. (40)")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Another number, another way to paint it. (0)")] = None,
    plan: PlanOption = "artist",
    habit: Habit = None,
    stage: Annotated[list[str] | None, typer.Option("--stage", metavar="STAGE=SOURCE", help=_STAGE_HELP)] = None,
    weights: Annotated[str, typer.Option("--weights", help="The pipeline: a name, a folder or a hub id.")] = "portrait",
    segmentation: Annotated[
        Path | None, typer.Option("--segmentation", help="A label map (PNG) instead of our own.")
    ] = None,
    first_frame: Annotated[
        str | None, typer.Option("--first-frame", help="'blank', or a picture to start from.")
    ] = None,
    order: Order = None,
    degree: Degree = None,
    skip: Skip = None,
    passes: Passes = None,
    group: Group = None,
    split: SplitOption = None,
    begun: From = None,
    continued: Continue = None,
    at: At = None,
    variations: Variations = None,
    video_format: VideoFormat = None,
    fps: Fps = None,
    duration: Duration = None,
    overlay: Overlay = False,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a result that is already there.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress and no notes.")] = False,
) -> None:
    from ..pipeline.images import read_picture

    stages = parse_stages(stage or [])
    single = paintings is not None and len(paintings) == 1
    # What cannot be read is said before torch is loaded, which takes seconds.
    picture = read_picture(paintings[0]) if paintings and single and continued is None else None
    from ..modules.plans.plan_file import PlanFile

    planned, given_frames = find_plan(plan), frames
    if frames is None:
        frames = (planned.frames if isinstance(planned, PlanFile) else None) or 40
    if frames < 2:
        raise UserError(f"--frames {frames} is too few.", "The bare canvas is frame 0.", "Ask for 2 or more.")
    steer = parse_edits(order, degree, skip, passes, group, at if continued else None)
    if continued is not None:
        given = {"PAINTING": paintings, "--frames": given_frames, "--seed": seed, "--habit": habit, "--from": begun,
                 "--segmentation": segmentation, "--first-frame": first_frame, "--stage": stage,
                 "--split": split, "--variations": variations}  # fmt: skip
        if strange := [name for name, value in given.items() if value] + ["--plan"] * (plan != "artist"):
            raise UserError(f"{strange[0]} does not go with --continue.", "All of that stands in the process.")
        written = continue_run(
            continued,
            at,
            steer,
            out,
            OutputOptions.parse(video_format, fps, duration, overlay, frames),
            device,
            overwrite,
            quiet,
        )
        print(json.dumps(written, indent=1) if as_json else written["out"])
        return
    if at is not None:
        raise UserError("--at belongs to --continue.", fix="For example: ppp run --continue OUT --at 17 -o OUT2")
    if not paintings:
        raise UserError("No painting is given.", fix="Name a picture: ppp run my-painting.jpg -o out")
    splits = parse_splits(split)
    if not single and (segmentation or begun or splits or first_frame not in (None, "blank")):
        what = "--segmentation, --first-frame, --split and --from belong to one painting."
        raise UserError(what, f"{len(paintings)} are given.")
    folders = [out] if single else [out / name for name in unique_names(paintings)]
    from ..pipeline.output import check_output
    from ..pipeline.variations import check_variations, save_variations

    seeing = OutputOptions.parse(video_format, fps, duration, overlay, frames)
    for folder in folders:
        (check_output if variations is None else check_variations)(folder, overwrite)
    with show_progress(quiet) as progress:
        progress.begin(paintings[0].name)
        pipeline = load_pipeline(weights, stages, device)

        def make(painting: Path, seed: int | None, name: str) -> TimeLapse:
            progress.begin(name)
            lapse = pipeline(
                picture or painting, frames, seed, planned, habit=habit, segmentation=segmentation,
                first_frame=first_frame, edits=[*splits, *steer], canvas=begun, on_node=progress.stage,
            )  # fmt: skip
            for note in lapse.notes:
                say(note, quiet)
            return lapse

        def save(lapse: TimeLapse, folder: Path) -> None:
            lapse.save(
                folder, overwrite=overwrite, progress=progress.frame,
                writers=seeing.writers, video=seeing.video,
            )  # fmt: skip
            if unfinished := lapse.process["unfinished"]:
                say(f"{lapse.picture.name}: not finished in the last frame: {', '.join(unfinished)}.", quiet)
            made.append(lapse.process)

        def paint(painting: Path, folder: Path) -> dict[str, Any]:
            started = time.perf_counter()
            if variations is None:
                lapse = make(painting, seed, painting.name)
                save(lapse, folder)
                return _summary(lapse, painting, folder, time.perf_counter() - started)
            first = (planned.seed if isinstance(planned, PlanFile) else None) or 0 if seed is None else seed
            facts = save_variations(
                lambda i: make(painting, first + i, f"{painting.name} {i + 1}/{variations}"), variations, folder, save,
                overwrite=overwrite,
            )  # fmt: skip
            say(f"{painting.name}: {variations} variations, diversity {100 * facts['spread_l1']:.1f} %.", quiet)
            return {**facts, "painting": str(painting), "out": str(folder), "frames": frames}

        made: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        if single:
            results = [paint(paintings[0], folders[0])]
        else:
            results, failed = _batch(paintings, folders, paint)
    if single and variations is None and sys.stderr.isatty() and not (quiet or as_json):
        print_summary(made[0], paintings[0].name)
    if as_json:
        print(json.dumps(results[0] if single else {"results": results, "failed": failed}, indent=1))
    else:
        for result in results:
            print(result["out"])
    if failed:
        raise typer.Exit(3)


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
