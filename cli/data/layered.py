"""`ppp data layered`: take layered art apart into pictures, things, their order and their whole extents."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ...modules.io.errors import UserError
from ..engines import Jobs
from ..options import Overwrite, Quiet, unique_names
from .jobs import claim_folder, finish, run_jobs, split_of


@dataclass(frozen=True)
class LayeredJob:
    """One file to take apart into the folder `out`, under a name."""

    out: Path
    path: Path
    name: str
    size: int
    classes: dict[str, str]
    split: str


def take_file_apart(job: LayeredJob) -> dict[str, Any]:
    """Take one file apart and write the picture, its layers and their extents; returns its row of the manifest."""
    from ...modules.data.layered.formats import read_layered
    from ...modules.data.layered.layered_picture import write_layered

    picture = read_layered(job.path, job.size, job.classes)
    kind = "vector" if job.path.suffix.lower().startswith(".svg") else "layers"
    return write_layered(job.out, job.name, picture, kind=kind, split=job.split, source=str(job.path))


def layered(
    files: Annotated[
        list[Path],
        typer.Argument(help="Folders of layered files (svg, ora, psd, kra, xcf), with those below, or files."),
    ],
    out: Annotated[
        Path, typer.Option("-o", "--out", help="Folder to make: images/, layers/, amodal/, manifest.jsonl.")
    ],
    size: Annotated[int, typer.Option(min=64, max=2048, help="Longest side in pixels.")] = 512,
    classes: Annotated[
        Path | None, typer.Option(help='JSON file of words in the names of layers: {"himmel": "sky"}.')
    ] = None,
    val: Annotated[float, typer.Option(min=0, max=1, help="Share that goes to the split val.")] = 0.1,
    jobs: Jobs = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Take layered art apart: every thing, what it is, the order of painting, and what lies behind others."""
    from ...modules.data.layered.formats import FORMATS
    from ...modules.data.manifest import write_manifest

    words = read_classes(classes) if classes else {}
    paths = find_files(files)
    settings = {"made_by": "ppp data layered", "size": size, "classes": words, "val": val}
    todo = [
        LayeredJob(out, path, name, size, words, split_of(name, val))
        for path, name in zip(paths, unique_names(paths), strict=True)
    ]
    with claim_folder(out, settings, overwrite, [*paths, *([classes] if classes else [])]):
        rows, failed = run_jobs(take_file_apart, todo, jobs, quiet, "Taking apart", lambda job: str(job.path))
        if not rows:
            why = " ".join(failed[0][1].splitlines()[1:]) or failed[0][1]
            raise UserError(
                f"None of {len(failed)} files could be taken apart.", f"{failed[0][0]}: {why}",
                f"Give files whose things are layers, groups or shapes of their own ({', '.join(FORMATS)}).",
            )  # fmt: skip
        write_manifest(out, rows)
    finish(
        f"{len(rows)} layered pictures in {out}",
        [(name, " ".join(why.splitlines()[1:]) or why) for name, why in failed],
    )


def find_files(paths: list[Path]) -> list[Path]:
    """List the layered files in folders, or single files; also those of formats that are known but not read.

    Raises UserError for a path that does not exist, or where there are none.
    """
    from ...modules.data.layered.formats import FORMATS, NOT_READ

    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise UserError(f"{path} does not exist.", fix="Give a folder of layered files, or a file.")
        below = sorted(path.rglob("*")) if path.is_dir() else [path]
        known = [one for one in below if one.suffix.lower() in {*FORMATS, *NOT_READ} and one.is_file()]
        if not known:
            endings = ", ".join(FORMATS)
            raise UserError(f"No layered files in {path}.", f"None ends in {endings}.", "Give a folder that has some.")
        found += known
    return found


def read_classes(path: Path) -> dict[str, str]:
    """Read which classes further words say, from a JSON object. Raises UserError for any other file."""
    from ...modules.data.layered.layered_picture import KINDS
    from ...modules.io.files import read_json

    what, fix = f"--classes {path} cannot be used.", 'Write {"himmel": "sky", "baum": "tree"}.'
    words = read_json(path, what, fix)
    if not isinstance(words, dict):
        raise UserError(what, "It is not a JSON object of words and classes.", fix)
    for word, kind in words.items():
        if not isinstance(kind, str) or kind not in KINDS:
            raise UserError(what, f"{kind!r}, for {word!r}, is no class.", f"Use: {', '.join(sorted(KINDS))}.")
    return {word.lower(): kind for word, kind in words.items()}
