"""`ppp data extract`: painting processes from time-lapse videos."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ...modules.io.errors import UserError
from ..options import AsJson, Overwrite, Quiet, unique_names
from .jobs import Attempts, claim_folder, finish, progress_bar


def extract(
    videos: Annotated[list[Path], typer.Argument(help="Videos (mp4, webm, mkv, mov, gif) or folders of stills.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to make: one folder per video, its log, processes.")],
    canvas: Annotated[
        str | None, typer.Option(help="Where the canvas is: x,y,w,h in pixels; detected if not given.")
    ] = None,
    size: Annotated[int, typer.Option(min=32, help="Longest side of the frames in pixels.")] = 512,
    frames: Annotated[int, typer.Option(min=2, help="Maximum number of frames per process.")] = 300,
    start: Annotated[float, typer.Option("--from", min=0, help="Skip what is before, in seconds.")] = 0,
    end: Annotated[float | None, typer.Option("--to", min=0, help="Skip what is after, in seconds.")] = None,
    static: Annotated[
        float, typer.Option(min=0, max=1, help="Drop frames in which a smaller share of the canvas changed.")
    ] = 0.001,
    hidden: Annotated[
        float, typer.Option(min=0, max=1, help="Drop frames of which a hand or menu hides a larger share.")
    ] = 0.01,
    zoom: Annotated[float, typer.Option(min=1.01, help="Drop frames shown so much larger than the others.")] = 1.15,
    one: Annotated[bool, typer.Option("--one", help="Every video shows one painting: never cut it in two.")] = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Extract the frames in which the canvas changed and nothing hides it. An interrupted run can be continued."""
    from ...modules.data.recording import SelectionRules, open_video, parse_box
    from ...modules.data.recording import extract as extract_processes
    from ...modules.data.recording.extract import LOG_FILE

    if end is not None and end <= start:
        raise UserError(f"--to {end} is not after --from {start}.")
    box = parse_box(canvas) if canvas else None
    rules = SelectionRules(
        most=frames, least=min(frames, SelectionRules.least), static=static, hidden=hidden, zoom=zoom, cuts=not one
    )
    if len(videos) == 1:
        open_video(videos[0], start, end)  # what is not a video is reported before anything is made
    settings = {"made_by": "ppp data extract", "canvas": canvas, "size": size, "frames": frames, "from": start}
    settings |= {"to": end, "static": static, "hidden": hidden, "zoom": zoom, "one": one}
    attempts = Attempts(len(videos))
    made: list[dict[str, Any]] = []
    existing = 0
    with claim_folder(out, settings, overwrite, videos):
        for video, name in zip(videos, unique_names(videos), strict=True):
            if (out / name / LOG_FILE).is_file():
                existing += 1
                continue
            with attempts.attempt(str(video)), progress_bar(video.name, quiet) as progress:
                processes = extract_processes(open_video(video, start, end), out / name, rules, size, box, progress)
                made += [{"video": str(video), **process} for process in processes]
    if not made and not existing:
        attempts.raise_if_all_failed("No video could be used.")
    if as_json:
        failed = [{"video": name, "error": why} for name, why in attempts.failed]
        text = json.dumps({"processes": made, "failed": failed}, indent=1)
    else:
        used = len({process["video"] for process in made})
        note = f" ({existing} videos were there already)" if existing else ""
        text = f"{len(made)} processes from {used} videos in {out}{note}"
    finish(text, attempts.failed)
