"""`ppp evaluate`: paint pictures with several systems, score what they do, and make the table."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..modules.io.errors import PPPError, UserError
from ..modules.io.files import atomic_file
from .errors import explain
from .options import parse_stages, say

if TYPE_CHECKING:
    from ..pipeline.evaluation.cases import EvalCase, EvalSettings

BLOCKS = ("partfade", "crossfade", "simulate")
STANDARD = "model,untrained,partfade,crossfade,simulate"
SHEETS_PER_GROUP = 28
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
        bool, typer.Option("--shared-data", help="The shared data folder ($PPP_DATA, or ../shared/data).")
    ] = False,
    split: Annotated[str, typer.Option(help="Which pictures of a data folder: val, train or all.")] = "val",
    systems: Annotated[
        str, typer.Option(help="Comma-separated; others as NAME=SOURCE, a source of the frames stage; or none.")
    ] = STANDARD,
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
    weights: Annotated[str, typer.Option("--weights", help="The pipeline: a name, a folder or a hub id.")] = "portrait",
    stage: Annotated[list[str] | None, typer.Option("--stage", metavar="STAGE=SOURCE", help="As in ppp run.")] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")] = "cpu",
    first_frame: Annotated[
        bool, typer.Option("--first-frame", help="Score the firstframe stage alone, on pictures with a label map.")
    ] = False,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Also write the report here; remarks at its end are kept.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The tables as JSON on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No table, no progress.")] = False,
) -> None:
    started = time.perf_counter()
    if not pictures and not shared_data:
        raise UserError("No pictures are given.", fix="Give pictures or folders, or --shared-data.")
    if labels not in (None, *LABELS):
        raise UserError(f"--labels {labels} is not understood.", fix=f"Use one of: {', '.join(LABELS)}.")
    if first_frame:
        from ..pipeline.evaluation.metrics import find_perceptual_metric
        from .evaluate_first_frame import labelled, report

        _keep_out_of_the_package(out)
        ruler, _ = find_perceptual_metric(perceptual)
        told: dict[str, Any] = {"weights": weights, "stages": tuple(parse_stages(stage or []).items()), "size": size}
        told |= {"device": device, "perceptual": ruler.kind if ruler else "none"}
        begun = _spread(labelled(_inputs(pictures or [], shared_data, split)[0]), limit)
        report(begun, out, told, jobs=jobs, markdown=markdown, as_json=as_json, quiet=quiet)
        return
    from ..pipeline.evaluation.cases import EvalSettings, picture_cases, process_cases, with_others
    from ..pipeline.evaluation.evaluate import MODEL, UNTRAINED, evaluate_picture, save_untrained
    from ..pipeline.evaluation.metrics import find_perceptual_metric
    from ..pipeline.evaluation.report import columns_of, contact_sheet, groups, remarks_of, summary, systems_of
    from ..pipeline.evaluation.report import markdown as as_markdown
    from .data.jobs import work

    found_pictures, found_processes = _inputs(pictures or [], shared_data, split)
    chosen = _spread([*found_pictures, *found_processes], limit)
    _keep_out_of_the_package(out)
    _, measured_by = find_perceptual_metric(perceptual)
    with tempfile.TemporaryDirectory(prefix="ppp-") as temporary:
        found = _systems(systems, Path(temporary))
        others = _others(other or [], found)
        settings = EvalSettings(
            weights=weights, systems=found, stages=dict(parse_stages(stage or [])), frames=frames,
            seeds=tuple(range(seeds)), baseline_seeds=baseline_seeds, rollout=rollout, size=size, plan=plan,
            labels=labels or "predicted", device=device, perceptual=perceptual, thumbs=out / "states",
            kept=out / "kept",
        )  # fmt: skip
        painted = picture_cases([p for p in found_pictures if p in chosen], settings)
        by_processes = replace(settings, labels=labels or "given")
        painted += process_cases([p for p in found_processes if p in chosen], by_processes)
        if others:
            painted = with_others(painted, others)
        hashes = _hashes(settings) if found else {}  # also finds out at once when something does not load
        if UNTRAINED in found:
            save_untrained(settings, Path(str(found[UNTRAINED])))
        # Those beyond the limit are not painted, but the segment stage is scored on every picture with a good map.
        unpainted = [p for p in found_pictures if p not in chosen and p.quality == "A"] if found else []
        todo = painted + picture_cases(unpainted, replace(settings, systems={}))
        out.mkdir(parents=True, exist_ok=True)
        results, failed = work(
            partial(alone, evaluate_picture), todo, jobs, quiet, "painting", lambda sitting: sitting.name
        )
    for name, problem in failed:
        print(f"ppp: {name}: {problem}", file=sys.stderr)
    if not results:
        raise PPPError("No picture could be evaluated.", failed[0][1] if failed else "", "See the messages above.")
    results.sort(key=lambda result: result["name"])
    names = systems_of(results, list(found))
    facts = _facts(painted, results, settings, hashes, measured_by, time.perf_counter() - started)
    title = f"Figures of the weights {weights!r}" if MODEL in names else "Figures of painting processes"
    numbers = summary(results, names)
    with atomic_file(out / "figures.json") as part:
        part.write_text(json.dumps({"facts": facts, "summary": numbers, "pictures": results}, indent=1), "utf-8")
    text = as_markdown(results, names, title, facts, remarks_of(markdown) if markdown else "")
    for page in filter(None, (out / "report.md", markdown)):
        with atomic_file(page) as part:
            part.write_text(text, "utf-8")
    for group, members in groups(results).items():
        picked = members[:: max(1, -(-len(members) // SHEETS_PER_GROUP))]
        if MODEL in names:
            contact_sheet(out / f"{group}-{MODEL}", _strips(picked, [MODEL], settings, "{name}"))
        columns = columns_of(members, names)
        strips = _strips(picked[:8], columns, settings, "{name}: {system}")
        contact_sheet(out / f"{group}-systems", strips, per_page=len(columns) * 4)
    _show(results, names, quiet)
    for note in (note for result in results for note in result["notes"]):
        say(f"ppp: {note}", quiet)
    print(json.dumps(numbers, indent=1) if as_json else out / "report.md")
    if failed:
        say(f"ppp: {len(failed)} of {len(todo)} pictures failed: {', '.join(name for name, _ in failed)}", False)
        raise typer.Exit(3)


def alone(job: Callable[[Any], dict[str, Any]], one: Any) -> dict[str, Any]:
    """One job on one core (two processes that both want all cores are slower than one); errors told as ours."""
    import torch

    torch.set_num_threads(1)
    try:
        return job(one)
    except Exception as error:
        if os.environ.get("PPP_DEBUG"):
            raise
        raise explain(error) from error


def _strips(
    results: list[dict[str, Any]], systems: list[str], settings: EvalSettings, caption: str
) -> list[tuple[str, Path]]:
    """Caption and file of the states of each result and system that there are."""
    assert settings.thumbs is not None
    named = [(r["name"], s, settings.thumbs / f"{r['name']}--{s}.png") for r in results for s in systems]
    return [(caption.format(name=name, system=system), path) for name, system, path in named if path.is_file()]


def _inputs(given: list[Path], shared: bool, split: str) -> tuple[list[Any], list[Any]]:
    """Pictures, and groups of processes of one painting."""
    from ..modules.perceptual import shared_data
    from ..pipeline.evaluation.cases import find_inputs

    if split not in ("val", "train", "all"):
        raise UserError(f"--split {split} is not understood.", fix="Use val, train or all.")
    return find_inputs([*given, *([shared_data()] if shared else [])], split)


def _spread(pictures: list[Any], limit: int) -> list[Any]:
    """At most `limit` of them, spread evenly; all for 0."""
    if not limit or limit >= len(pictures):
        return pictures
    return [pictures[i * len(pictures) // limit] for i in range(limit)]


def _systems(text: str, folder: Path) -> dict[str, str | None]:
    """`model,untrained,partfade,mine=runs/mine` -> name: source of the frames stage (None: the pipeline's own)."""
    found: dict[str, str | None] = {}
    if text.strip() == "none":
        return found
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, equals, source = item.partition("=")
        if equals and source:
            found[name] = source
        elif name in BLOCKS:
            found[name] = name
        elif name == "model":
            found[name] = None
        elif name == "untrained":
            found[name] = str(folder / "untrained")
        else:
            raise UserError(f"There is no system {name!r}.", fix=f"Use {STANDARD.replace(',', ', ')}, or NAME=SOURCE.")
    if not found:
        raise UserError("--systems names no system.", fix=f"Use for example --systems {STANDARD}")
    return found


def _others(given: list[str], systems: dict[str, str | None]) -> dict[str, Path]:
    """`--other NAME=FOLDER` -> name: folder."""
    from ..pipeline.evaluation.evaluate import PREDICTED, TRUTH

    found: dict[str, Path] = {}
    for text in given:
        name, _, folder = text.partition("=")
        what = f"--other {text} is not understood."
        if not name or not folder:
            raise UserError(what, fix="Write it as NAME=FOLDER, for example --other timecraft=results/timecraft")
        if name in {*systems, *found, TRUTH, PREDICTED}:
            raise UserError(what, f"There is a system {name!r} already.", "Choose another name.")
        if not Path(folder).is_dir():
            raise UserError(what, f"{folder} is no folder.", "Give the folder that holds a folder for each painting.")
        found[name] = Path(folder)
    return found


def _keep_out_of_the_package(out: Path) -> None:
    """Contact sheets show other people's pictures: they do not belong among files that are committed."""
    root = Path(__file__).resolve().parents[1]
    target = out.resolve()
    if target.is_relative_to(root) and not any(target.is_relative_to(root / name) for name in ("out", "runs")):
        raise UserError(
            f"The report cannot be written to {out}.",
            "It holds other people's pictures, and that is inside the package.",
            "Use a folder under out/ or runs/, or outside; --markdown may lie anywhere.",
        )


def _hashes(settings: EvalSettings) -> dict[str, str]:
    """The first 12 digits of the weights of each stage that takes part."""
    from ..pipeline.evaluation.evaluate import pipeline_of

    pipeline = pipeline_of(settings)
    names = ["segment"] if all(name in BLOCKS for name in settings.systems) else list(pipeline.sources)
    return {name: (pipeline.stage(name).sha256 or "none")[:12] for name in names}


def _facts(
    painted: list[EvalCase],
    results: list[dict[str, Any]],
    settings: EvalSettings,
    hashes: dict[str, str],
    measured_by: str,
    seconds: float,
) -> list[str]:
    """How the report was made, as sentences; what does not apply is left out."""
    from ..modules.version import __version__

    kinds = {kind: sum(s.kind == kind for s in painted) for kind in dict.fromkeys(s.kind for s in painted)}
    drawn = ", ".join(f"{count} {kind or 'of no stated kind'}" for kind, count in kinds.items())
    count = sum(bool(result["runs"]) for result in results)
    facts = [f"Made by `{' '.join(['ppp', *sys.argv[1:]])}` (ppp {__version__})."]
    if settings.systems:
        where = "the data's label map where there is one"
        if settings.labels == "predicted":
            where = "the segment stage's own"
        if "process" in kinds and painted[-1].settings.labels == "given":
            where = "the processes' own label maps" + (f"; of pictures {where}" if len(kinds) > 1 else "")
        facts += [
            f"{count} pictures painted ({drawn}), {settings.frames} frames, "
            f"seeds {', '.join(map(str, settings.seeds))}, "
            f"longest side {settings.size} px, plan {settings.plan}.",
            f"Parts: {where}; parts by colour and place where no portrait is found. All systems paint the same parts "
            "by the same plan. Every figure is computed from frames and label maps.",
            f"model and simulate: every seed; partfade and crossfade: one, since they know no seed; others: "
            f"{settings.baseline_seeds}.",
            f"Weights: {', '.join(f'{name} {value}' for name, value in hashes.items())}.",
        ]
    else:
        facts += [
            f"{count} paintings ({drawn}), longest side {settings.size} px. Every figure is computed from frames."
        ]
    if "process" in kinds:
        truths = sum(len(sitting.truths) for sitting in painted)
        facts.append(
            f"{truths} true processes (column truth: theirs, beside each other where a painting has several); a "
            "simulated one's own seed is not painted again."
        )
    facts.append(measured_by)
    runs = [run for result in results for run in result["runs"]]
    old = sum("end_l1" in run and not any(key.startswith(("end_squeeze", "end_vgg")) for key in run) for run in runs)
    if 0 < old < len(runs):
        facts.append(f"{old} of {len(runs)} runs were kept from an earlier version, which measured less.")
    minutes = f"{seconds / 60:.0f} minutes on {platform.machine()}, {os.cpu_count()} cores, device {settings.device}."
    return [*facts, minutes]


def _show(results: list[dict[str, Any]], systems: list[str], quiet: bool) -> None:
    """The tables on stderr."""
    if quiet:
        return
    from rich.console import Console
    from rich.table import Table

    from ..pipeline.evaluation.report import columns_of, groups, segmentation_table, table

    console = Console(stderr=True)
    for group, members in groups(results).items():
        columns = columns_of(members, systems)
        shown = Table("figure", "bar", *columns, title=f"{group}: {len(members)}")
        for row in table(members, columns):
            shown.add_row(*row)
        console.print(shown)
    rows = segmentation_table(results)
    if rows:
        shown = Table(*rows[0], title="segmentation of quality A, IoU")
        for row in rows[1:]:
            shown.add_row(*row)
        console.print(shown)
