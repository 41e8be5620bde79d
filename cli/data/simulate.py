"""`ppp data simulate`: let simulated artists paint pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from ...modules.io.errors import UserError
from ..engine_options import EngineOptions
from ..option_groups import with_option_groups
from ..options import Overwrite, Quiet
from .jobs import claim_folder, finish, run_jobs, seed_of

if TYPE_CHECKING:
    from ...modules.data.pictures import PictureFile

OTHER_MEDIUM = 0.4  # share of the processes in any medium, whatever the picture looks like


@dataclass(frozen=True)
class SimulationJob:
    """One process to simulate: its folder, the picture, and the artist's seed."""

    folder: Path
    picture: PictureFile
    size: int
    frames: int
    seed: int


def simulate_process(job: SimulationJob) -> None:
    """Paint one picture as one artist would, and write the process folder."""
    from ...modules.brush.media import MEDIA
    from ...modules.data.synthetic.simulated_process import write_simulated
    from ...modules.label_files import read_label_set
    from ...modules.labels import PORTRAIT
    from ...modules.plans import make_plan

    own, label_set = job.picture.labels, job.picture.label_set
    if own is not None and label_set == PORTRAIT:  # unless a manifest says more
        label_set = read_label_set(own) or label_set
    painting, labels = job.picture.load(label_set, job.size)
    if labels is None:
        from ...modules.segment.clusters import cluster

        labels, label_set = cluster(painting, job.seed)
    rng = np.random.default_rng([job.seed, 5])
    other = str(rng.choice(list(MEDIA))) if rng.random() < OTHER_MEDIUM else None
    plan = make_plan("artist", painting, labels, label_set, job.frames, job.seed, medium=other)
    write_simulated(job.folder, painting, labels, label_set, plan, job.seed, job.picture.image)


@with_option_groups
def simulate(
    *,
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
    limit: Annotated[int, typer.Option(min=0, help="Maximum number of pictures, spread evenly; 0 = all.")] = 0,
    work: EngineOptions,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Let simulated artists paint pictures, and write each process. An interrupted run can be continued."""
    from ...modules.data.pictures import find_pictures, pick_evenly

    if unlabelled not in ("skip", "clusters"):
        raise UserError(f"--unlabelled {unlabelled} is unknown.", fix="Use skip or clusters.")
    engine = work.find()
    found = find_pictures(pictures, split)
    if any(picture.files is not None for picture in found):
        raise UserError("Processes in shards are not painted again.", fix="Give folders of pictures.")
    chosen = [picture for picture in found if picture.labels or unlabelled == "clusters"]
    if not chosen:
        raise UserError("No picture has a label map.", fix="Use --unlabelled clusters to find parts by themselves.")
    skipped = len(found) - len(chosen) if unlabelled == "skip" and not limit else 0
    chosen = pick_evenly(chosen, limit)
    settings = {"made_by": "ppp data simulate", "size": size, "frames": frames, "seed": seed, "split": split}
    todo = []
    with claim_folder(out, settings, overwrite, (picture.image for picture in chosen)):
        for artist in range(artists):
            for picture in chosen:
                folder = out / f"{picture.name}-{artist:02d}"
                if not (folder / "process.json").is_file():
                    todo.append(SimulationJob(folder, picture, size, frames, seed_of(seed, picture.name, artist)))
        made, failed = run_jobs(simulate_process, todo, engine, quiet, "Painting", lambda job: job.folder.name)
    existing = artists * len(chosen) - len(todo)
    note = f" ({existing} were there already)" if existing else ""
    note += f"; {skipped} pictures without label map skipped" if skipped else ""
    finish(f"{len(made)} processes made in {out}{note}", failed)
