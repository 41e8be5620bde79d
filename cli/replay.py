"""`ppp replay`: the same frames from a process.json; and `ppp run --continue`: another way from one of its steps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..modules.io.errors import UserError
from .options import say
from .output_options import Duration, Fps, OutputOptions, Overlay, VideoFormat

if TYPE_CHECKING:
    from ..modules.plans.edits import PlanEdit
    from ..pipeline.timelapse import TimeLapse

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    help="Paint the process of a result again, from its folder or process.json: the frames are the same, byte by byte, "
    "on the same machine and device."
)
def replay(
    process: Annotated[Path, typer.Argument(metavar="OUT/process.json", help="A result folder or its process.json.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The result folder.")],
    painting: Annotated[
        Path | None, typer.Option("--painting", help="Where the painting lies now, if it was moved.")
    ] = None,
    video_format: VideoFormat = None,
    fps: Fps = None,
    duration: Duration = None,
    overlay: Overlay = False,
    device: Annotated[str | None, typer.Option("--device", help="Another one than it was made on.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a result that is already there.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No notes.")] = False,
) -> None:
    check_apart(process, out)
    from ..pipeline.replay import replay

    lapse = replay(process, device=device, painting=painting)
    seeing = OutputOptions.parse(video_format, fps, duration, overlay, len(lapse))
    summary = save(lapse, out, seeing, overwrite, quiet)
    print(json.dumps(summary, indent=1) if as_json else summary["out"])


def check_apart(source: Path, out: Path) -> None:
    """UserError when a process would be written over the one that it is made from."""
    folder = source if source.is_dir() else source.parent
    if folder.resolve() == out.resolve():
        raise UserError(f"{out} holds the process itself.", fix="Choose another folder with -o.")


def continue_run(
    source: Path, at: int | None, steer: list[PlanEdit], out: Path, seeing: OutputOptions, device: str, overwrite: bool,
    quiet: bool,
) -> dict[str, Any]:  # fmt: skip
    """`ppp run --continue SOURCE --at STEP` -> what was written."""
    if at is None:
        raise UserError("--continue needs --at.", "It says which step is painted anew.", "For example: --at 17")
    check_apart(source, out)
    from ..pipeline.replay import continue_from

    return save(
        continue_from(source, at, steer, device=None if device == "auto" else device), out, seeing, overwrite, quiet
    )


def save(lapse: TimeLapse, out: Path, seeing: OutputOptions, overwrite: bool, quiet: bool) -> dict[str, Any]:
    """Paint and write a time lapse -> what was written."""
    for note in lapse.notes:
        say(note, quiet)
    lapse.save(out, overwrite=overwrite, writers=seeing.writers, video=seeing.video)
    if unfinished := lapse.process["unfinished"]:
        say(f"{lapse.picture.name}: not finished in the last frame: {', '.join(unfinished)}.", quiet)
    return {
        "painting": str(lapse.picture.path),
        "out": str(out),
        "frames": len(lapse),
        "unfinished": unfinished,
        "distance": lapse.process["steps"][-1]["distance"],
        "notes": lapse.notes,
    }
