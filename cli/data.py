"""`ppp data`: make training data. `portraits` draws sitters, `simulate` lets the simulated painter paint pictures."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ..modules.errors import UserError

app = typer.Typer(
    help="Make training data: sitters, and painting processes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Failures = list[tuple[str, str]]
SOME_FAILED = 3  # exit code: the others are there


@dataclass(frozen=True)
class PortraitJob:
    """One sitter to draw into the folder `out`."""

    out: str
    number: int
    size: tuple[int, int]
    seed: int
    split: str


@dataclass(frozen=True)
class ProcessJob:
    """One process to simulate: which picture, which artist, where to."""

    folder: str
    name: str
    image: str
    labels: str | None
    size: int
    frames: int
    seed: int


def seed_of(*parts: object) -> int:
    """A seed (31 bits) that depends on all parts and on nothing else, so that more pictures leave the others alone."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def draw_portrait(job: PortraitJob) -> dict[str, Any]:
    """Draw a sitter, write picture and label map, and give its line of the manifest."""
    import numpy as np

    from ..modules.data.portraits import draw_sitter
    from ..modules.data.process import write_rgb
    from ..modules.files import atomic_file
    from ..modules.labels import PORTRAIT

    name = f"sitter_{job.seed:06d}"
    image, label_map = Path(job.out) / "images" / f"{name}.png", Path(job.out) / "labels" / f"{name}.png"
    if image.is_file() and label_map.is_file():  # made before an interruption, with the same settings
        labels = PORTRAIT.load_png(label_map, job.size)
    else:
        painting, labels = draw_sitter(job.size, job.seed)
        with atomic_file(image) as part:
            write_rgb(part, painting)
        PORTRAIT.save_png(label_map, labels)
    rows, cols = np.nonzero(np.isin(labels, [PORTRAIT.index(n) for n in ("eyebrows", "eyes", "nose", "mouth", "face")]))
    faces = [[int(cols.min()), int(rows.min()), int(cols.max()) + 1, int(rows.max()) + 1]] if len(rows) else []
    return {
        "file": f"images/{name}.png",
        "labels": f"labels/{name}.png",
        "width": job.size[0],
        "height": job.size[1],
        "quality": "A",
        "source": "ppp data portraits",
        "title": f"sitter {job.seed}",
        "licence": "MIT",
        "kind": "sitter",
        "faces": faces,
        "classes": [PORTRAIT.names[k] for k in np.unique(labels)],
        "split": job.split,
    }


def simulate_process(job: ProcessJob) -> str:
    """Paint one picture as one artist would, and write the process folder; returns its name."""
    from ..modules.data.pictures import PictureFile
    from ..modules.data.process import write_simulated
    from ..modules.labels import PORTRAIT
    from ..modules.plans import make_plan

    file = PictureFile(job.name, Path(job.image), Path(job.labels) if job.labels else None, "", "train")
    painting, labels = file.load(PORTRAIT, job.size)
    label_set = PORTRAIT
    if labels is None:
        from ..modules.segment.clusters import cluster

        labels, label_set = cluster(painting, job.seed)
    plan = make_plan("artist", painting, labels, label_set, job.frames, job.seed)
    write_simulated(Path(job.folder), painting, labels, label_set, plan, job.seed, file.image)
    return Path(job.folder).name


@app.command()
def portraits(
    count: Annotated[int, typer.Argument(min=1, help="How many sitters to draw.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to make: images/, labels/, manifest.jsonl.")],
    size: Annotated[str, typer.Option(help="Pixels: 256, or WIDTHxHEIGHT.")] = "256x320",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first sitter; the next ones count on.")] = 0,
    val: Annotated[float, typer.Option(min=0, max=1, help="Share that goes to the split val.")] = 0.1,
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0 = one per core.")] = 0,
    overwrite: Annotated[bool, typer.Option(help="Replace what the folder holds from another run.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")] = False,
) -> None:
    """Draw painted portraits with exact label maps. An interrupted run continues where it was."""
    from ..modules.files import atomic_file

    pixels = parse_size(size)
    settings = {"made_by": "ppp data portraits", "size": list(pixels), "seed": seed, "val": val}
    _claim(out, settings, overwrite)
    split = ["val" if (seed_of("split", seed + i) % 1000) < 1000 * val else "train" for i in range(count)]
    todo = [PortraitJob(str(out), i, pixels, seed + i, split[i]) for i in range(count)]
    rows, failed = _work(draw_portrait, todo, jobs, quiet, "Drawing sitters", lambda job: f"sitter {job.seed}")
    rows.sort(key=lambda row: row["file"])
    with atomic_file(out / "manifest.jsonl") as part:
        part.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    _finish(f"{len(rows)} sitters in {out}", failed)


@app.command()
def simulate(
    pictures: Annotated[list[Path], typer.Argument(help="Folders of pictures with label maps, or single pictures.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to make: one process folder per picture, artist.")],
    artists: Annotated[int, typer.Option(min=1, help="Different artists per picture.")] = 1,
    size: Annotated[int, typer.Option(min=16, help="Longest side in pixels.")] = 256,
    frames: Annotated[int, typer.Option(min=2, help="Frames per process, bare canvas included.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other artists.")] = 0,
    split: Annotated[str | None, typer.Option(help="Only pictures of this split: train or val.")] = None,
    unlabelled: Annotated[
        str, typer.Option(help="Pictures without label map: skip, or find parts (clusters).")
    ] = "skip",
    limit: Annotated[int, typer.Option(min=0, help="At most so many pictures, spread evenly; 0 = all.")] = 0,
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0 = one per core.")] = 0,
    overwrite: Annotated[bool, typer.Option(help="Replace what the folder holds from another run.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")] = False,
) -> None:
    """Let simulated artists paint pictures, and write each process. An interrupted run continues where it was."""
    from ..modules.data.pictures import find_pictures

    if unlabelled not in ("skip", "clusters"):
        raise UserError(f"--unlabelled {unlabelled} is unknown.", fix="Use skip or clusters.")
    found = find_pictures(pictures, split)
    chosen = [picture for picture in found if picture.labels or unlabelled == "clusters"]
    if not chosen:
        raise UserError("No picture has a label map.", fix="Use --unlabelled clusters to find parts by themselves.")
    if limit and limit < len(chosen):
        chosen = [chosen[i * len(chosen) // limit] for i in range(limit)]
    settings = {"made_by": "ppp data simulate", "size": size, "frames": frames, "seed": seed, "split": split}
    _claim(out, settings, overwrite)
    todo = []
    for artist in range(artists):
        for picture in chosen:
            folder = out / f"{picture.name}-{artist:02d}"
            if not (folder / "process.json").is_file():
                labels = str(picture.labels) if picture.labels else None
                drawn = seed_of(seed, picture.name, artist)
                job = ProcessJob(str(folder), picture.name, str(picture.image), labels, size, frames, drawn)
                todo.append(job)
    there = artists * len(chosen) - len(todo)
    made, failed = _work(simulate_process, todo, jobs, quiet, "Painting", lambda job: Path(job.folder).name)
    note = f" ({there} were there already)" if there else ""
    skipped = len(found) - len(chosen) if unlabelled == "skip" and not limit else 0
    note += f"; {skipped} pictures without label map skipped" if skipped else ""
    _finish(f"{len(made)} processes made in {out}{note}", failed)


def parse_size(text: str) -> tuple[int, int]:
    """`256` or `256x320` -> (width, height); UserError for anything else."""
    try:
        numbers = [int(part) for part in text.lower().split("x")]
        width, height = numbers if len(numbers) == 2 else (numbers[0], numbers[0])
        if len(numbers) > 2 or not 16 <= min(width, height) <= max(width, height) <= 8192:
            raise ValueError
    except ValueError:
        raise UserError(f"--size {text} cannot be used.", fix="Give 16 to 8192 pixels: 256, or 256x320.") from None
    return width, height


def _claim(out: Path, settings: dict[str, Any], overwrite: bool) -> None:
    """Mark `out` as made with `settings`. The same settings continue; a folder of others or of strangers is refused."""
    from ..modules.files import atomic_file

    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file.", fix="Give a folder with -o.")
    marker = out / "settings.json"
    held = None
    if marker.is_file():
        try:
            held = json.loads(marker.read_text(encoding="utf-8"))
        except ValueError:
            held = {}
    if held != settings and out.is_dir() and any(out.iterdir()):
        if held is None:
            raise UserError(
                f"{out} is not empty.", "It was not made by this command.", "Choose another folder with -o."
            )
        if not overwrite:
            differ = ", ".join(sorted(k for k in {*settings, *held} if settings.get(k) != held.get(k)))
            raise UserError(
                f"{out} was made with other settings.", f"They differ in: {differ}.",
                "Choose another folder with -o, the same settings to continue, or --overwrite.",
            )  # fmt: skip
        _clear(out)
    with atomic_file(marker) as part:
        part.write_text(json.dumps(settings), encoding="utf-8")


def _clear(out: Path) -> None:
    """Remove what an earlier run of these commands made in `out`, and nothing else."""
    import shutil

    for path in [*out.glob("*/process.json")]:
        shutil.rmtree(path.parent)
    for path in [*out.glob("images/sitter_*.png"), *out.glob("labels/sitter_*.png"), *out.glob("manifest.jsonl")]:
        path.unlink()


def _prepare_worker() -> None:
    """One thread per process: the processes are the parallelism. Ctrl-C is the parent's to handle."""
    import signal

    import cv2

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)


def _work(
    do: Callable[[Any], Any], jobs: list[Any], workers: int, quiet: bool, title: str, name: Callable[[Any], str]
) -> tuple[list[Any], Failures]:
    """Do all jobs in several processes with a progress bar; a job that fails is noted and the others go on."""
    results: list[Any] = []
    failed: Failures = []
    workers = min(workers or os.cpu_count() or 1, max(1, len(jobs)))
    with _progress(title, len(jobs), quiet) as advance:
        for job, result, error in _results(do, jobs, workers):
            if error is None:
                results.append(result)
            else:
                failed.append((name(job), str(error) or type(error).__name__))
            advance()
    return results, failed


def _results(do: Callable[[Any], Any], jobs: list[Any], workers: int) -> Iterator[tuple[Any, Any, Exception | None]]:
    if workers == 1:
        for job in jobs:
            try:
                yield job, do(job), None
            except Exception as error:
                yield job, None, error
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare_worker) as pool:
        waiting = iter(jobs)
        running: dict[Any, Any] = {}
        try:
            while True:
                for job in waiting:  # a short queue, so that an interrupt does not leave thousands behind
                    running[pool.submit(do, job)] = job
                    if len(running) >= 3 * workers:
                        break
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    why = future.exception()
                    if why is not None and not isinstance(why, Exception):
                        raise why
                    yield running.pop(future), None if why else future.result(), why
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _progress(title: str, total: int, quiet: bool) -> Iterator[Callable[[], None]]:
    """A bar on stderr, when that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet or not sys.stderr.isatty()) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)


def _finish(summary: str, failed: Failures) -> None:
    typer.echo(summary)
    for name, why in failed[:20]:
        first = why.splitlines()[0] if why else "unknown error"
        typer.echo(f"failed: {name}: {first}", err=True)
    if failed:
        typer.echo(f"{len(failed)} failed; the others are complete.", err=True)
        raise typer.Exit(SOME_FAILED)
