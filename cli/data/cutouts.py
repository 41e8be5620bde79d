"""`ppp data cutouts`: things without surroundings, from sets of icons, to be put into scenes while training."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...modules.io.errors import UserError
from ..engines import Jobs
from ..options import Overwrite, Quiet
from .jobs import claim_folder, finish, run_jobs

if TYPE_CHECKING:
    from ...modules.data.layered.icon_set import Icon


@dataclass(frozen=True)
class CutOutJob:
    """An icon to draw into the folder `out`, and what its row of the manifest says of the set."""

    out: Path
    icon: Icon
    size: int
    prefix: str
    licence: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.prefix}:{self.icon.name}"


def draw_cutout(job: CutOutJob) -> dict[str, Any]:
    """Draw one icon, unless that was done before an interruption; returns its row of the manifest."""
    from PIL import Image

    from ...modules.io.files import atomic_file

    file = f"images/{job.prefix}-{job.icon.name}.png"
    if not (job.out / file).is_file():
        image = job.icon.render(job.size, f"{job.name} cannot be drawn.")
        with atomic_file(job.out / file) as part:
            Image.fromarray(image).save(part, format="PNG")
    with Image.open(job.out / file) as drawn:
        width, height = drawn.size
    row = {"file": file, "cls": job.icon.kind, "width": width, "height": height, "name": job.name}
    return row | {"source": job.source, "licence": job.licence, "kind": "cut-out"}


def cutouts(
    icons: Annotated[list[Path], typer.Argument(metavar="ICONS.json...", help="Sets of icons as Iconify JSON.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to make: images/, manifest.jsonl.")],
    size: Annotated[int, typer.Option(min=32, max=1024, help="Longest side of an icon in pixels.")] = 256,
    jobs: Jobs = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Make cut-outs of the icons whose names say one whole thing of a scene class, for `ppp train segment`.

    An interrupted run can be continued.
    """
    from ...modules.data.layered.icon_set import read_icon_set
    from ...modules.data.manifest import write_manifest
    from ...modules.io.files import file_sha256

    todo: dict[str, CutOutJob] = {}
    for path in icons:
        found = read_icon_set(path)
        for icon in found.icons:
            job = CutOutJob(out, icon, size, found.prefix, found.licence, found.source)
            todo.setdefault(job.name, job)
    if not todo:
        raise UserError(
            f"No cut-outs in {', '.join(map(str, icons))}.",
            "No coloured icon has a name that says one whole thing of a scene class.",
            "Give a set that names what it shows in English, such as @iconify-json/noto.",
        )
    settings = {"made_by": "ppp data cutouts", "size": size, "icons": [file_sha256(path) for path in icons]}
    with claim_folder(out, settings, overwrite, icons):
        rows, failed = run_jobs(draw_cutout, [*todo.values()], jobs, quiet, "Drawing", lambda job: job.name)
        if not rows:
            raise UserError(f"None of {len(failed)} icons could be drawn.", f"{failed[0][1]}")
        write_manifest(out, rows)
    counts = Counter(row["cls"] for row in rows)
    classes = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
    finish(f"{len(rows)} cut-outs in {out}: {classes}", failed)
