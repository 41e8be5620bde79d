"""`ppp data simulate`: let simulated artists paint pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ...modules.io.errors import UserError
from .jobs import claim, finish, seed_of, work


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


def simulate_process(job: ProcessJob) -> str:
    """Paint one picture as one artist would, and write the process folder; returns its name."""
    from ...modules.data.pictures import PictureFile
    from ...modules.data.synthetic.simulated_process import write_simulated
    from ...modules.labels import PORTRAIT
    from ...modules.plans import make_plan

    file = PictureFile(job.name, Path(job.image), Path(job.labels) if job.labels else None)
    painting, labels = file.load(PORTRAIT, job.size)
    label_set = PORTRAIT
    if labels is None:
        from ...modules.segment.clusters import cluster

        labels, label_set = cluster(painting, job.seed)
    plan = make_plan("artist", painting, labels, label_set, job.frames, job.seed)
    write_simulated(Path(job.folder), painting, labels, label_set, plan, job.seed, file.image)
    return Path(job.folder).name


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
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what another run left.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")] = False,
) -> None:
    """Let simulated artists paint pictures, and write each process. An interrupted run continues where it was."""
    from ...modules.data.pictures import find_pictures

    if unlabelled not in ("skip", "clusters"):
        raise UserError(f"--unlabelled {unlabelled} is unknown.", fix="Use skip or clusters.")
    found = find_pictures(pictures, split)
    if any(picture.files is not None for picture in found):
        raise UserError("Processes in shards are not painted again.", fix="Give folders of pictures.")
    chosen = [picture for picture in found if picture.labels or unlabelled == "clusters"]
    if not chosen:
        raise UserError("No picture has a label map.", fix="Use --unlabelled clusters to find parts by themselves.")
    if limit and limit < len(chosen):
        chosen = [chosen[i * len(chosen) // limit] for i in range(limit)]
    settings = {"made_by": "ppp data simulate", "size": size, "frames": frames, "seed": seed, "split": split}
    claim(out, settings, overwrite)
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
    made, failed = work(simulate_process, todo, jobs, quiet, "Painting", lambda job: Path(job.folder).name)
    note = f" ({there} were there already)" if there else ""
    skipped = len(found) - len(chosen) if unlabelled == "skip" and not limit else 0
    note += f"; {skipped} pictures without label map skipped" if skipped else ""
    finish(f"{len(made)} processes made in {out}{note}", failed)
