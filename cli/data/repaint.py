"""`ppp data repaint`: paint labelled pictures once more in brush strokes; their label maps stay true."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...modules.io.errors import UserError, choices
from ..engines import Jobs
from ..options import Overwrite, Quiet
from .jobs import claim_folder, finish, run_jobs, seed_of

if TYPE_CHECKING:
    from ...modules.data.pictures import PictureFile

AUTO = ("oil", "oil", "digital", "ink")  # drawn from; those leave no paper bare beside outlines
LOOSENESS = (1.0, 1.5, 2.0, 3.0)  # drawn from, as `repaint` takes it


@dataclass(frozen=True)
class RepaintJob:
    """One picture to paint once more into the folder `out`."""

    out: Path
    picture: "PictureFile"
    size: int
    seed: int
    medium: str


def repaint_picture(job: RepaintJob) -> dict[str, Any]:
    """Paint a picture once more and write it with its label map; returns its row of the manifest."""
    import numpy as np

    from ...modules.data.synthetic.repaint import repaint
    from ...modules.io.files import atomic_file
    from ...modules.io.png import write_rgb

    file, name = job.picture, f"{job.picture.name}_painted"
    painting, labels = file.load(size=job.size)
    assert labels is not None
    image = job.out / "images" / f"{name}.png"
    if not image.is_file():  # made before an interruption, with the same settings
        seed = seed_of(job.seed, file.name)
        rng = np.random.default_rng(seed)
        medium, looseness = str(rng.choice(AUTO)), float(rng.choice(LOOSENESS))
        painted = repaint(painting, labels, medium if job.medium == "auto" else job.medium, seed, looseness)
        with atomic_file(image) as part:
            write_rgb(part, painted)
    file.label_set.save_png(job.out / "labels" / f"{name}.png", labels)
    row: dict[str, Any] = {
        "file": f"images/{name}.png",
        "labels": f"labels/{name}.png",
        "width": labels.shape[1],
        "height": labels.shape[0],
        "quality": "A" if file.quality == "H" else file.quality or "A",  # outlines are those of strokes now
        "source": f"ppp data repaint: {file.image}",
        "kind": "painting",
        "classes": [file.label_set.names[k] for k in np.unique(labels) if file.label_set.names[k] != "edge"],
        "split": file.split,
    }
    if file.face is not None:
        x, y, height = (side * max(labels.shape) / max(file.load()[0].shape) for side in file.face)
        row["faces"] = [[x - height / 2, y - height / 2, x + height / 2, y + height / 2]]
    return row


def repaint(
    folders: Annotated[list[Path], typer.Argument(help="Folders of labelled pictures; layered ones are left out.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to make: images/, labels/, manifest.jsonl.")],
    split: Annotated[str, typer.Option(help="Pictures of which split: train or val.")] = "train",
    limit: Annotated[int, typer.Option(min=0, help="Most pictures, spread evenly; 0 for all.")] = 0,
    size: Annotated[int, typer.Option(min=160, max=4096, help="Longest side in pixels.")] = 384,
    medium: Annotated[
        str, typer.Option(help="oil, digital, watercolour, ink or pencil; auto = drawn by seed.")
    ] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Other strokes, media and looseness.")] = 0,
    jobs: Jobs = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Paint labelled pictures, photos too, once more in brush strokes, so that a network learns what is painted."""
    from ...modules.brush import MEDIA
    from ...modules.data.manifest import write_manifest
    from ...modules.data.pictures import find_pictures, pick_evenly

    if medium not in ("auto", *MEDIA):
        raise UserError(f"There is no medium {medium!r}.", fix=choices(medium, ["auto", *MEDIA]))
    found = [file for file in find_pictures(folders, split) if file.labels is not None and not file.layered]
    if not found:
        raise UserError(
            "No picture can be painted once more.",
            f"None of the split {split} has a label map of classes.",
            "Give a folder with labelled pictures; scenes and portraits drawn by ppp are painted as they are made.",
        )
    settings: dict[str, Any] = {"made_by": "ppp data repaint", "folders": [str(f.absolute()) for f in folders]}
    settings |= {"split": split, "limit": limit, "size": size, "medium": medium, "seed": seed}
    todo = [RepaintJob(out, file, size, seed, medium) for file in pick_evenly(found, limit)]
    with claim_folder(out, settings, overwrite, [file.image for file in found]):
        rows, failed = run_jobs(repaint_picture, todo, jobs, quiet, "Painting", lambda job: job.picture.name)
        if rows:
            write_manifest(out, rows)
    finish(f"{len(rows)} pictures painted once more in {out}", failed)
