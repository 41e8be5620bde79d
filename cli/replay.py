"""`ppp replay`: the same frames from a process.json; and `ppp run --continue`: another way from one of its steps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..modules.io.errors import UserError
from ..modules.io.outputs import check_apart
from .option_groups import with_option_groups
from .options import AsJson, Overwrite, Quiet, default_out
from .output_options import OutputOptions

if TYPE_CHECKING:
    from ..pipeline.timelapse import TimeLapse

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    help="Paint the process of a result again, from its folder or process.json: the frames are the same, byte by byte, "
    "on the same machine and device. With --size, or from a file of strokes, its strokes are rendered at any size."
)
@with_option_groups
def replay(
    *,
    process: Annotated[
        Path,
        typer.Argument(
            metavar="OUT/process.json", help="A result folder or its process.json; or its strokes.json or strokes.svg."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="The result folder.  [default: out/NAME-again]")
    ] = None,
    painting: Annotated[
        Path | None, typer.Option("--painting", help="Where the painting lies now, if it was moved.")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option("--size", help="Longest side of the frames in pixels: the same strokes, rendered at that size."),
    ] = None,
    output: OutputOptions,
    device: Annotated[str | None, typer.Option("--device", help="Another one than it was made on.")] = None,
    as_json: AsJson = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    if out is None:
        out = default_out(source_folder(process), "-again")
    check_apart(out, {"the process": process, "the painting": painting})
    from ..modules.brush.stroke_file import holds_strokes

    if process.is_file() and holds_strokes(process):
        _replay_strokes(process, out, size, painting, output, as_json=as_json, overwrite=overwrite)
        return
    from ..pipeline.rendering import at_size, check_size
    from ..pipeline.replay import replay

    if size is not None:
        check_size(size)
    lapse = replay(process, device=device, painting=painting)
    if size is not None:
        lapse = at_size(lapse, size)
    output.save(lapse, out, overwrite=overwrite, quiet=quiet)
    print_result(lapse, out, as_json)


def _replay_strokes(
    path: Path, out: Path, size: int | None, painting: Path | None, output: OutputOptions, *, as_json: bool,
    overwrite: bool,
) -> None:  # fmt: skip
    """Paint the strokes of a file: frames and video, without what only a whole process knows."""
    from ..pipeline.output import check_output
    from ..pipeline.rendering import StrokeReplay

    if output.captions:
        raise UserError(
            "--captions need the steps of a process.", "Strokes alone have none.", "Replay its process.json."
        )
    check_output(out, overwrite)
    strokes = StrokeReplay(path, size=size, painting=painting)
    video, writers = output.video(len(strokes)), output.writers(("frames", "video", "first_frame"))
    process = strokes.save(out, writers=writers, video=video, overwrite=overwrite, signing=output.signing())
    facts = {"strokes": str(path), "out": str(out), "frames": len(strokes), "size": list(strokes.size)}
    print(json.dumps(facts | {"video": str(out / process["video"]["file"])}, indent=1) if as_json else out)


def source_folder(process: Path) -> Path:
    """Return the folder of a process: itself, or the one that its file lies in."""
    return process.absolute().parent if process.is_file() else process.absolute()


def print_result(lapse: TimeLapse, out: Path, as_json: bool) -> None:
    """Print the folder of a process that was painted again, or facts about it as JSON."""
    facts: dict[str, Any] = {
        "painting": str(lapse.picture.path),
        "out": str(out),
        "frames": len(lapse),
        "unfinished": lapse.process["unfinished"],
        "distance": lapse.process["steps"][-1]["distance"],
        "notes": lapse.notes,
    }
    print(json.dumps(facts, indent=1) if as_json else out)
