"""`ppp evaluate`: paint pictures with several systems, score what they do, and make the table."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..modules.errors import PPPError, UserError
from .errors import explain
from .options import parse_stages, say

if TYPE_CHECKING:
    from ..pipeline.evaluate import Settings, Sitting

BLOCKS = ("partfade", "crossfade", "simulate")
STANDARD = "model,untrained,partfade,crossfade,simulate"
SHEETS_PER_GROUP = 28
LABELS = ("predicted", "given")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    help="Paint PICTURES (files, folders, or --shared-data) with every system, from one plan per seed, and compare: "
    "a table on stderr; REPORT/report.md (its path on stdout), REPORT/figures.json and contact sheets. "
    "Interrupted, it goes on where it was when it is given the same REPORT again."
)
def evaluate(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="REPORT", help="The folder for the report.")],
    pictures: Annotated[
        list[Path] | None, typer.Argument(metavar="[PICTURES]...", help="Pictures, or folders of them.")
    ] = None,
    shared_data: Annotated[
        bool, typer.Option("--shared-data", help="The shared data folder ($PPP_DATA, or ../shared/data).")
    ] = False,
    split: Annotated[str, typer.Option(help="Which pictures of a data folder: val, train or all.")] = "val",
    systems: Annotated[
        str, typer.Option(help="Comma-separated; others as NAME=SOURCE, a source of the frames stage.")
    ] = STANDARD,
    frames: Annotated[int, typer.Option(min=4, help="Frames per run, bare canvas included.")] = 40,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds per picture: 0, 1, ...")] = 3,
    baseline_seeds: Annotated[int, typer.Option(min=1, help="Seeds of `untrained` and of NAME=SOURCE.")] = 1,
    rollout: Annotated[int, typer.Option(min=0, help="Frames of the model's long run; 0 = none.")] = 100,
    size: Annotated[int, typer.Option(min=32, help="Longest side that pictures are painted at.")] = 256,
    plan: Annotated[str, typer.Option(help="artist, random or dataset.")] = "artist",
    labels: Annotated[
        str, typer.Option(help="Parts: predicted by the segment stage (as a user meets it), or given by the data.")
    ] = "predicted",
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
    perceptual: Annotated[
        str, typer.Option(help="squeezenet, vgg16 or none: also the perceptual distance, with --first-frame.")
    ] = "none",
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Also write the report here; remarks at its end are kept.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The tables as JSON on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No table, no progress.")] = False,
) -> None:
    started = time.perf_counter()
    if not pictures and not shared_data:
        raise UserError("No pictures are given.", fix="Give pictures or folders, or --shared-data.")
    if labels not in LABELS:
        raise UserError(f"--labels {labels} is not understood.", fix=f"Use one of: {', '.join(LABELS)}.")
    if first_frame:
        from .first_frames import labelled, report

        _keep_out_of_the_package(out)
        told: dict[str, Any] = {"weights": weights, "stages": tuple(parse_stages(stage or []).items()), "size": size}
        told |= {"device": device, "perceptual": perceptual}
        begun = _spread(labelled(_pictures(pictures or [], shared_data, split)), limit)
        report(begun, out, told, jobs=jobs, markdown=markdown, as_json=as_json, quiet=quiet)
        return
    if perceptual != "none":
        raise UserError("--perceptual is for --first-frame alone.", fix="Add --first-frame, or leave it out.")
    from ..pipeline.evaluate import MODEL, UNTRAINED, Settings, evaluate_picture, save_untrained
    from ..pipeline.report import contact_sheet, groups, remarks_of, summary
    from ..pipeline.report import markdown as as_markdown

    found_pictures = _pictures(pictures or [], shared_data, split)
    chosen = _spread(found_pictures, limit)
    _keep_out_of_the_package(out)
    out.mkdir(parents=True, exist_ok=True)
    thumbs = out / "states"
    with tempfile.TemporaryDirectory(prefix="ppp-") as temporary:
        found = _systems(systems, Path(temporary))
        settings = Settings(
            weights=weights, systems=found, stages=dict(parse_stages(stage or [])), frames=frames,
            seeds=tuple(range(seeds)), baseline_seeds=baseline_seeds, rollout=rollout, size=size, plan=plan,
            labels=labels, device=device, thumbs=thumbs, kept=out / "kept",
        )  # fmt: skip
        hashes = _hashes(settings)  # also finds out at once when something does not load
        if UNTRAINED in found:
            save_untrained(settings, Path(str(found[UNTRAINED])))
        # Those beyond the limit are not painted, but the segment stage is scored on every picture with a good map.
        unpainted = [p for p in found_pictures if p not in chosen and p.quality == "A"]
        todo = _sittings(chosen, settings) + _sittings(unpainted, replace(settings, systems={}))
        with progress(quiet, len(todo)) as advance:
            results, failed = work(evaluate_picture, todo, jobs, advance)
    if not results:
        raise PPPError("No picture could be evaluated.", failed[0][1] if failed else "", "See the messages above.")
    results.sort(key=lambda result: result["name"])
    names = list(found)
    facts = _facts(chosen, results, settings, hashes, time.perf_counter() - started)
    title = f"Figures of the weights {weights!r}"
    (out / "figures.json").write_text(
        json.dumps({"facts": facts, "summary": summary(results, names), "pictures": results}, indent=1), "utf-8"
    )
    kept = remarks_of(markdown) if markdown else ""
    text = as_markdown(results, names, title, facts, kept)
    (out / "report.md").write_text(text, "utf-8")
    if markdown:
        markdown.parent.mkdir(parents=True, exist_ok=True)
        markdown.write_text(text, "utf-8")
    for group, members in groups(results).items():
        picked = members[:: max(1, -(-len(members) // SHEETS_PER_GROUP))]
        if MODEL in names:
            strips = [(m["name"], thumbs / f"{m['name']}--{MODEL}.png") for m in picked]
            contact_sheet(out / f"{group}-{MODEL}", strips)
        both = [(f"{m['name']}: {s}", thumbs / f"{m['name']}--{s}.png") for m in picked[:8] for s in names]
        contact_sheet(out / f"{group}-systems", both, per_page=len(names) * 4)
    _show(results, names, quiet)
    print(json.dumps(summary(results, names), indent=1) if as_json else out / "report.md")
    if failed:
        say(f"ppp: {len(failed)} of {len(todo)} pictures failed: {', '.join(name for name, _ in failed)}", False)
        raise typer.Exit(3)


def _pictures(pictures: list[Path], shared: bool, split: str) -> list[Any]:
    """The pictures to evaluate; a split is only asked of data folders, plain pictures have none."""
    from ..modules.data.pictures import find_pictures
    from ..modules.perceptual import shared_data

    if split not in ("val", "train", "all"):
        raise UserError(f"--split {split} is not understood.", fix="Use val, train or all.")
    folders = [*pictures, *([shared_data()] if shared else [])]
    found = []
    for folder in folders:
        has_splits = folder.is_dir() and (folder / "manifest.jsonl").is_file()
        found += find_pictures([folder], split if has_splits and split != "all" else None)
    return found


def _spread(pictures: list[Any], limit: int) -> list[Any]:
    """At most `limit` of them, spread evenly; all for 0."""
    if not limit or limit >= len(pictures):
        return pictures
    return [pictures[i * len(pictures) // limit] for i in range(limit)]


def _systems(text: str, folder: Path) -> dict[str, str | None]:
    """`model,untrained,partfade,mine=runs/mine` -> name: source of the frames stage (None: the pipeline's own)."""
    found: dict[str, str | None] = {}
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


def _sittings(pictures: list[Any], settings: Settings) -> list[Sitting]:
    from ..pipeline.evaluate import Sitting

    return [Sitting(p.name, p.image, p.labels, p.kind, p.quality, settings) for p in pictures]


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


def work(
    job: Callable[[Any], dict[str, Any]], todo: list[Any], jobs: int, advance: Callable[[str], None]
) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Do the jobs in processes of one thread each; what fails is reported and does not stop the rest."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed

    results: list[dict[str, Any]] = []
    failed: list[tuple[str, str]] = []
    # Fresh interpreters: torch and OpenCV do not survive a fork that happens after they made their threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(todo)), mp_context=context, initializer=_single_thread) as pool:
        futures = {pool.submit(job, one): one.name for one in todo}
        try:
            for future in as_completed(futures):
                name = futures[future]
                try:
                    results.append(future.result())
                except Exception as error:
                    problem = explain(error)
                    print(f"ppp: {name}: {problem}", file=sys.stderr)
                    failed.append((name, str(problem)))
                advance(name)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return results, failed


def _single_thread() -> None:
    """Each process keeps to one core: two that both want all of them are slower than one."""
    import cv2
    import torch

    cv2.setNumThreads(1)
    torch.set_num_threads(1)


@contextmanager
def progress(quiet: bool, total: int) -> Iterator[Callable[[str], None]]:
    if quiet or not sys.stderr.isatty():
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("painting", total=total)
        yield lambda name: bar.update(task, description=name, advance=1)


def _hashes(settings: Settings) -> dict[str, str]:
    """The first 12 digits of the weights of each stage that takes part."""
    from ..pipeline.evaluate import pipeline_of

    pipeline = pipeline_of(settings)
    names = ["segment"] if all(name in BLOCKS for name in settings.systems) else list(pipeline.sources)
    return {name: (pipeline.stage(name).sha256 or "none")[:12] for name in names}


def _facts(
    pictures: list[Any], results: list[dict[str, Any]], settings: Settings, hashes: dict[str, str], seconds: float
) -> list[str]:
    from .. import __version__

    kinds = {kind: sum(p.kind == kind for p in pictures) for kind in dict.fromkeys(p.kind for p in pictures)}
    drawn = ", ".join(f"{count} {kind or 'of no stated kind'}" for kind, count in kinds.items())
    painted = sum(bool(result["runs"]) for result in results)
    command = " ".join(["ppp", *sys.argv[1:]])
    where = "the segment stage's own" if settings.labels == "predicted" else "the data's label map where there is one"
    return [
        f"Made by `{command}` (ppp {__version__}).",
        f"{painted} pictures painted ({drawn}), {settings.frames} frames, "
        f"seeds {', '.join(map(str, settings.seeds))}, "
        f"longest side {settings.size} px, plan {settings.plan}.",
        f"Parts: {where}; parts by colour and place where no portrait is found. All systems paint the same parts by "
        "the same plan. Every figure is computed from frames and label maps.",
        f"model and simulate: every seed; partfade and crossfade: one, since they know no seed; others: "
        f"{settings.baseline_seeds}.",
        f"Weights: {', '.join(f'{name} {value}' for name, value in hashes.items())}.",
        f"{seconds / 60:.0f} minutes on {platform.machine()}, {os.cpu_count()} cores, device {settings.device}.",
    ]


def _show(results: list[dict[str, Any]], systems: list[str], quiet: bool) -> None:
    """The tables on stderr."""
    if quiet:
        return
    from rich.console import Console
    from rich.table import Table

    from ..pipeline.report import groups, segmentation_table, table

    console = Console(stderr=True)
    for group, members in groups(results).items():
        shown = Table("figure", "bar", *systems, title=f"{group}: {len(members)}")
        for row in table(members, systems):
            shown.add_row(*row)
        console.print(shown)
    rows = segmentation_table(results)
    if rows:
        shown = Table(*rows[0], title="segmentation of quality A, IoU")
        for row in rows[1:]:
            shown.add_row(*row)
        console.print(shown)
