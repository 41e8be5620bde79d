"""`ppp data scenes`: draw landscapes, seas and more with exact classes, order and hidden parts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ..engines import Jobs
from ..options import Overwrite, Quiet
from .jobs import claim_folder, finish, parse_size, run_jobs, split_of

SMALLEST = 32  # pixels of a side


@dataclass(frozen=True)
class SceneJob:
    """One scene to draw into the folder `out`."""

    out: Path
    size: tuple[int, int]
    seed: int
    kind: str | None
    medium: str
    split: str


def write_scene(job: SceneJob) -> dict[str, Any]:
    """Draw a scene and write its files; returns its row of the manifest."""
    from ...modules.data.layered.layered_picture import layered_row, write_layered
    from ...modules.data.synthetic.scenes import DRAWN, draw_scene

    name = f"scene_{job.seed:06d}"
    made = all((job.out / part / f"{name}.png").is_file() for part in ("images", "layers", "amodal"))
    # what was made before an interruption, with the same settings, is not painted again: only its layers are drawn
    picture, kind = draw_scene(job.size, job.seed, job.kind, DRAWN if made else job.medium)
    about = {
        "kind": "scene",
        "title": f"{kind} {job.seed}",
        "source": "ppp data scenes",
        "licence": "MIT",
        "split": job.split,
    }
    return layered_row(name, picture, **about) if made else write_layered(job.out, name, picture, **about)


def scenes(
    count: Annotated[int, typer.Argument(min=1, help="Number of scenes.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", help="Folder to make: images/, layers/, amodal/, manifest.jsonl.")
    ],
    size: Annotated[str, typer.Option(help="Pixels: 320, or WIDTHxHEIGHT.")] = "320x240",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first scene; the next ones count on.")] = 0,
    kind: Annotated[
        str | None, typer.Option(help="Only this kind: landscape, sea, still-life, interior, animals.")
    ] = None,
    medium: Annotated[
        str, typer.Option(help="Paint them in brush strokes: oil, digital ..., auto = as suits each; drawn = do not.")
    ] = "auto",
    val: Annotated[float, typer.Option(min=0, max=1, help="Share that goes to the split val.")] = 0.1,
    jobs: Jobs = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Draw scenes with exact classes, order and hidden parts. An interrupted run can be continued."""
    from ...modules.data.manifest import write_manifest
    from ...modules.data.synthetic.scenes import check_request

    pixels = parse_size(size, SMALLEST)
    check_request(kind, medium)
    settings = {"made_by": "ppp data scenes", "size": list(pixels), "seed": seed, "val": val}
    todo = [SceneJob(out, pixels, number, kind, medium, split_of(number, val)) for number in range(seed, seed + count)]
    with claim_folder(out, settings | {"kind": kind, "medium": medium}, overwrite):
        rows, failed = run_jobs(write_scene, todo, jobs, quiet, "Drawing scenes", lambda job: f"scene {job.seed}")
        if rows:
            write_manifest(out, rows)
    finish(f"{len(rows)} scenes in {out}", failed)
