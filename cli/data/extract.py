"""`ppp data extract`: painting processes from time-lapse videos."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ...modules.io.errors import UserError
from ..errors import explain
from ..options import unique_names
from .jobs import claim, finish, release, share_done


def extract(
    videos: Annotated[list[Path], typer.Argument(help="Videos (mp4, webm, mkv, mov, gif) or folders of stills.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to make: one folder per video, its log, processes.")],
    canvas: Annotated[
        str | None, typer.Option(help="Where the canvas is: x,y,w,h in pixels; found by itself if not given.")
    ] = None,
    size: Annotated[int, typer.Option(min=32, help="Longest side of the frames in pixels.")] = 512,
    frames: Annotated[int, typer.Option(min=2, help="At most so many frames per process.")] = 300,
    start: Annotated[float, typer.Option("--from", min=0, help="Leave out what is before, in seconds.")] = 0,
    end: Annotated[float | None, typer.Option("--to", min=0, help="Leave out what is after, in seconds.")] = None,
    static: Annotated[
        float, typer.Option(min=0, max=1, help="Drop frames in which a smaller share of the canvas changed.")
    ] = 0.001,
    hidden: Annotated[
        float, typer.Option(min=0, max=1, help="Drop frames of which a hand or menu hides a larger share.")
    ] = 0.01,
    zoom: Annotated[float, typer.Option(min=1.01, help="Drop frames shown so much larger than the others.")] = 1.15,
    one: Annotated[bool, typer.Option("--one", help="Every video shows one painting: never cut it in two.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what another run left.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Tell what was made as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")] = False,
) -> None:
    """Take the frames in which the canvas changed and nothing hides it. An interrupted run continues where it was."""
    from ...modules.data.recording import SelectionRules, open_video, parse_box
    from ...modules.data.recording import extract as take
    from ...modules.data.recording.extract import LOG_FILE

    if end is not None and end <= start:
        raise UserError(f"--to {end} is not after --from {start}.")
    box = parse_box(canvas) if canvas else None
    rules = SelectionRules(
        most=frames, least=min(frames, SelectionRules.least), static=static, hidden=hidden, zoom=zoom, cuts=not one
    )
    if len(videos) == 1:
        open_video(videos[0], start, end)  # what is no video at all is said before anything is made
    settings = {"made_by": "ppp data extract", "canvas": canvas, "size": size, "frames": frames, "from": start}
    settings |= {"to": end, "static": static, "hidden": hidden, "zoom": zoom, "one": one}
    claim(out, settings, overwrite)
    made: list[dict[str, Any]] = []
    there, failed, only_input = 0, list[tuple[str, str]](), True
    for video, name in zip(videos, unique_names(videos), strict=True):
        if (out / name / LOG_FILE).is_file():
            there += 1
            continue
        try:
            with share_done(video.name, quiet) as done:
                processes = take(open_video(video, start, end), out / name, rules, size, box, done)
            made += [{"video": str(video), **process} for process in processes]
        except Exception as error:
            problem = explain(error)
            only_input = only_input and isinstance(problem, UserError)
            failed.append((str(video), str(problem).replace("\n", " ")))
            if len(videos) == 1:
                release(out)
                raise
    if failed and not made and not there:
        release(out)
        if only_input:
            raise UserError("No video could be used.", "; ".join(why for _, why in failed))
    if as_json:
        typer.echo(
            json.dumps({"processes": made, "failed": [{"video": v, "error": why} for v, why in failed]}, indent=1)
        )
    note = f" ({there} videos were there already)" if there else ""
    videos_used = len({process["video"] for process in made})
    finish("" if as_json else f"{len(made)} processes from {videos_used} videos in {out}{note}", failed)
