"""`ppp data portraits`: draw sitters with exact label maps."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ..engines import Jobs
from ..options import Overwrite, Quiet
from .jobs import claim_folder, finish, parse_size, run_jobs, split_of


@dataclass(frozen=True)
class PortraitJob:
    """One sitter to draw into the folder `out`."""

    out: Path
    size: tuple[int, int]
    seed: int
    split: str


def draw_portrait(job: PortraitJob) -> dict[str, Any]:
    """Draw a sitter, and write its picture and label map; returns its row of the manifest."""
    import numpy as np

    from ...modules.data.synthetic.portraits import draw_sitter
    from ...modules.io.files import atomic_file
    from ...modules.io.png import write_rgb
    from ...modules.labels import PORTRAIT

    name = f"sitter_{job.seed:06d}"
    image, label_map = job.out / "images" / f"{name}.png", job.out / "labels" / f"{name}.png"
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


def portraits(
    count: Annotated[int, typer.Argument(min=1, help="Number of sitters.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to make: images/, labels/, manifest.jsonl.")],
    size: Annotated[str, typer.Option(help="Pixels: 256, or WIDTHxHEIGHT.")] = "256x320",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first sitter; the next ones count on.")] = 0,
    val: Annotated[float, typer.Option(min=0, max=1, help="Share that goes to the split val.")] = 0.1,
    jobs: Jobs = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Draw painted portraits with exact label maps. An interrupted run can be continued."""
    from ...modules.data.manifest import write_manifest

    pixels = parse_size(size)
    settings = {"made_by": "ppp data portraits", "size": list(pixels), "seed": seed, "val": val}
    seeds = range(seed, seed + count)
    splits = [split_of(number, val) for number in seeds]
    todo = [PortraitJob(out, pixels, number, split) for number, split in zip(seeds, splits, strict=True)]
    with claim_folder(out, settings, overwrite):
        rows, failed = run_jobs(draw_portrait, todo, jobs, quiet, "Drawing sitters", lambda job: f"sitter {job.seed}")
        if rows:
            write_manifest(out, rows)
    finish(f"{len(rows)} sitters in {out}", failed)
