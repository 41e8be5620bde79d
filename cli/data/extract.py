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
    join: Annotated[bool, typer.Option("--join", help="The videos are segments of one recording.")] = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Extract the frames in which the canvas changed and nothing hides it. An interrupted run can be continued."""
    from ...modules.data.recording import SelectionRules, join_videos, open_video, parse_box
    from ...modules.data.recording import extract as extract_processes
    from ...modules.data.recording.extract import LOG_FILE

    if end is not None and end <= start:
        raise UserError(f"--to {end} is not after --from {start}.")
    box = parse_box(canvas) if canvas else None
    rules = SelectionRules(
        most=frames, least=min(frames, SelectionRules.least), static=static, hidden=hidden, zoom=zoom, cuts=not one
    )
    twins = [video for video in videos if video.name.startswith("._")]  # what a Mac leaves beside its files
    videos = [video for video in videos if video not in twins] or videos
    sources = [videos] if join else [[video] for video in videos]
    if len(sources) == 1:  # what is not a video is reported before anything is made
        join_videos(videos, start, end) if join else open_video(videos[0], start, end)
    settings: dict[str, Any] = {
        "made_by": "ppp data extract",
        "canvas": canvas,
        "size": size,
        "frames": frames,
        "from": start,
    }
    settings |= {"to": end, "static": static, "hidden": hidden, "zoom": zoom, "one": one}
    settings |= {"join": [str(video) for video in videos]} if join else {}
    attempts = Attempts(len(sources))
    made: list[dict[str, Any]] = []
    existing = 0
    with claim_folder(out, settings, overwrite, videos):
        for (video, *more), name in zip(sources, unique_names([first for first, *_ in sources]), strict=True):
            if (out / name / LOG_FILE).is_file():
                existing += 1
                continue
            with attempts.attempt(str(video)), progress_bar(video.name, quiet) as progress:
                opened = join_videos([video, *more], start, end) if join else open_video(video, start, end)
                processes = extract_processes(opened, out / name, rules, size, box, progress)
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
        text += "".join(f"\n{line}" for process in made for line in _notes(process))
    finish(text, attempts.failed)


def _notes(process: dict[str, Any]) -> list[str]:
    """Say what a person should know of a process."""
    folder = process["folder"]
    gaps = ", ".join(f"{first:g} to {last:g} s" for first, last in process["damaged"])
    notes = [f"{folder}: {gaps} of the video cannot be read; cut there."] if gaps else []
    cuts = ", ".join(f"{event['frame']} ({event['what']})" for event in process["events"] if event["what"] != "damaged")
    return [*notes, f"{folder}: everything changes at frames {cuts}; cut there."] if cuts else notes
