"""`ppp evaluate`: paint pictures with several systems, score what they do, and make the table."""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from ..modules.io.errors import UserError, choices
from ..modules.io.outputs import check_apart
from ..pipeline.evaluation.systems import DEFAULT_SYSTEMS
from .evaluation_jobs import print_tables, report_failures, score_cases
from .options import AsJson, Device, Quiet, Stages, Weights, parse_stages, print_note

LABELS = ("predicted", "given")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    help="Paint pictures (files, folders, or --shared-data) with every system, from one plan per seed, and compare: "
    "a table on stderr; REPORT/report.md (its path on stdout), REPORT/figures.json and contact sheets. "
    "Given painting processes (folders with a process.json), it also says how like the true ones each system paints, "
    "and scores the frames of other tools (--other). docs/evaluation.md says what the figures mean. "
    "Interrupted, it goes on where it was when it is given the same REPORT again."
)
def evaluate(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="REPORT", help="The folder for the report.")],
    pictures: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PICTURES|PROCESSES]...", help="Pictures, painting processes, or folders of them."),
    ] = None,
    shared_data: Annotated[
        bool,
        typer.Option(
            "--shared-data",
            help="The project's own labelled pictures ($PPP_DATA, or ../shared/data): who has none names pictures.",
        ),
    ] = False,
    split: Annotated[str, typer.Option(help="Which pictures of a data folder: val, train or all.")] = "val",
    systems: Annotated[
        str, typer.Option(help="Comma-separated; others as NAME=SOURCE, a source of the frames stage; or none.")
    ] = DEFAULT_SYSTEMS,
    other: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FOLDER",
            help="Another tool's frames: FOLDER/PAINTING/ with numbered pictures or a video, one folder for each of "
            "several draws. Repeatable; any size and count.",
        ),
    ] = None,
    frames: Annotated[int, typer.Option(min=4, help="Frames per run, bare canvas included.")] = 40,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds per picture: 0, 1, ...")] = 3,
    baseline_seeds: Annotated[int, typer.Option(min=1, help="Seeds of `untrained` and of NAME=SOURCE.")] = 1,
    rollout: Annotated[int, typer.Option(min=0, help="Frames of the model's long run; 0 = none.")] = 100,
    size: Annotated[int, typer.Option(min=32, help="Longest side that pictures are painted at.")] = 256,
    plan: Annotated[str, typer.Option(help="artist, random or dataset.")] = "artist",
    labels: Annotated[
        str | None,
        typer.Option(
            help="Parts: predicted by the segment stage (as a user meets it; standard for pictures), or given by the "
            "data (standard for processes)."
        ),
    ] = None,
    perceptual: Annotated[
        str, typer.Option(help="Network of the perceptual distance: auto (what is there), squeezenet, vgg16 or none.")
    ] = "auto",
    limit: Annotated[
        int, typer.Option(min=0, help="Paint at most so many, spread evenly; 0 = all. Segmentation is scored on all.")
    ] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes, one core each.")] = 2,
    weights: Weights = "portrait",
    stage: Stages = None,
    device: Device = "cpu",
    first_frame: Annotated[
        bool, typer.Option("--first-frame", help="Score the firstframe stage alone, on pictures with a label map.")
    ] = False,
    scenes: Annotated[
        bool,
        typer.Option(
            "--scenes", help="Score what the segment stage sees in labelled scenes and layered art (folders)."
        ),
    ] = False,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Also write the report here; remarks at its end are kept.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    started = time.perf_counter()
    if not pictures and not shared_data:
        raise UserError(
            "No pictures are given.",
            fix="Name pictures (ppp evaluate examples -o out/examples), or give --shared-data.",
        )
    if labels not in (None, *LABELS):
        raise UserError(f"--labels {labels} is not understood.", fix=choices(labels or "", LABELS))
    from ..modules.perceptual import shared_data as shared_folder
    from ..pipeline.evaluation.cases import EvalSettings, find_inputs, make_cases
    from ..pipeline.evaluation.metrics import find_perceptual_metric
    from ..pipeline.evaluation.report import check_folder, describe, terminal_tables, write_report
    from ..pipeline.evaluation.systems import parse_external, parse_systems, prepare_systems

    if shared_data and not shared_folder().is_dir():
        why = f"{shared_folder()} is the project's own set of pictures, which is not published."
        fix = "Name pictures or folders (ppp evaluate examples -o out/examples), or set PPP_DATA to a data folder."
        raise UserError("There is no shared data folder here.", why, fix)
    check_folder(out)
    inputs = [*(pictures or []), *([shared_folder()] if shared_data else [])]
    frames_of_others = [text.partition("=")[2] for text in other or []]
    check_apart(out, {"what is scored": inputs, "what --other gives": frames_of_others})
    if markdown is not None:  # a page beside the pictures is none of them, whatever it is named
        files = [path for one in inputs for path in (one.rglob("*") if one.is_dir() else [one]) if path.suffix != ".md"]
        check_apart(markdown, {"what is scored": files}, "Choose another name for --markdown.")
    stages = parse_stages(stage)
    if scenes:
        from .evaluate_scenes import evaluate_scenes

        evaluate_scenes(
            inputs,
            split,
            limit,
            out,
            weights,
            stages,
            device,
            jobs=jobs,
            markdown=markdown,
            as_json=as_json,
            quiet=quiet,
        )
        return
    if first_frame:
        from .evaluate_first_frame import evaluate_first_frame

        fields = {"weights": weights, "stages": tuple(stages.items()), "size": size, "device": device}
        fields["perceptual"] = perceptual
        evaluate_first_frame(
            inputs, split, limit, out, fields, jobs=jobs, markdown=markdown, as_json=as_json, quiet=quiet
        )
        return
    from ..pipeline.evaluation.evaluate import evaluate_case

    found = find_inputs(inputs, split)
    _, measured_by = find_perceptual_metric(perceptual)
    with tempfile.TemporaryDirectory(prefix="ppp-") as temporary:
        sources = parse_systems(systems, Path(temporary))
        external = parse_external(other or [], sources)
        settings = EvalSettings(
            weights=weights, systems=sources, stages=stages, frames=frames, seeds=tuple(range(seeds)),
            baseline_seeds=baseline_seeds, rollout=rollout, size=size, plan=plan, labels=labels or "predicted",
            device=device, perceptual=perceptual, thumbs=out / "states", cache=out / "kept",
        )  # fmt: skip
        painted, unpainted = make_cases(found, limit, settings, labels, external)
        hashes = prepare_systems(settings)
        results, failed = score_cases(evaluate_case, painted + unpainted, jobs, quiet)
    command = " ".join(["ppp", *sys.argv[1:]])
    facts = describe(command, settings, painted, results, hashes, measured_by, time.perf_counter() - started)
    summary = write_report(out, results, settings, facts, markdown)
    if not quiet:
        print_tables(terminal_tables(results, list(sources)))
    for note in (note for result in results for note in result["notes"]):
        print_note(f"ppp: {note}", quiet)
    print(json.dumps(summary, indent=1) if as_json else out / "report.md")
    if failed:
        report_failures(failed, len(painted) + len(unpainted))
        raise typer.Exit(3)
