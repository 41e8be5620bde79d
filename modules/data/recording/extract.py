"""From a recording to process folders, in two passes: look at every frame small and decide, then write those kept.

OUT/extract.jsonl  OUT/process-00/{painting.png frames/00000.png… process.json}  OUT/process-01/…
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...io.errors import UserError
from ...io.files import atomic_folder
from ...io.png import write_rgb
from ...version import __version__
from ..processes.process import SCHEMA
from .canvas_detection import CanvasBox, check_box, find_canvas
from .dithering import has_palette, smooth
from .frame_selection import Decision, FrameSample, Rules, decide, finish
from .occlusions import unpack
from .video_reader import Frame, Video

LOOK = 288  # pixels of the canvas's longest side in the first pass
LOOKS = 6000  # so many frames are looked at; of longer recordings every second, third, ...
LOG = "extract.jsonl"

Progress = Callable[[float], None]  # what share of the work is done, in [0,1]


def extract(
    video: Video,
    out: Path,
    rules: Rules,
    size: int,
    canvas: CanvasBox | None = None,
    progress: Progress = lambda share: None,
) -> list[dict[str, Any]]:
    """Write the processes that a recording shows into the folder `out`, which must not exist or is replaced.

    Args:
        video: an open recording.
        rules: when a frame is kept.
        size: longest side of the written frames in pixels; smaller canvases keep their size.
        canvas: where the canvas is; found by itself when None.

    Returns:
        For each process its folder, number of frames, number of cuts, and seconds it lasts in the recording.

    Raises:
        UserError: the recording is damaged, or shows no process.
    """
    box = find_canvas(video) if canvas is None else check_box(canvas, video)
    every = max(1, -(-video.count // LOOKS))
    dithered = has_palette(video)
    watched = _watch(video, lambda number: number % every == 0, lambda share: progress(share / 2))
    decisions = finish(list(decide(_looks(watched, video, box, dithered), rules, video.rate / every)), rules)
    scenes = sorted({said.scene for said in decisions if said.keep})
    if not scenes:
        changed = sum(said.why in ("short", "hidden", "zoomed") for said in decisions)
        raise UserError(
            f"{video.path} shows no painting process.",
            f"Of {len(decisions)} frames looked at, {changed} show something new, and too few of them a clear canvas.",
            "Say where the canvas is: --canvas x,y,w,h.",
        )
    process_of = {scene: number for number, scene in enumerate(scenes)}
    sha256 = video.sha256()
    with atomic_folder(out) as part:
        lines = (json.dumps(said.log(process_of.get(said.scene))) + "\n" for said in decisions)
        (part / LOG).write_text("".join(lines), encoding="utf-8")
        _write_frames(video, decisions, {s: _folder(part, n) for s, n in process_of.items()}, box, size, progress)
        made = []
        for scene, number in process_of.items():
            kept = [said for said in decisions if said.scene == scene and said.keep]
            info = _info(video, sha256, box, every, kept, _size(box, size))
            folder = _folder(part, number)
            shutil.copyfile(frame_file(folder, len(kept) - 1), folder / "painting.png")
            (folder / "process.json").write_text(json.dumps(info), encoding="utf-8")
            seconds = round(kept[-1].time - kept[0].time, 2)
            summary = {"folder": str(_folder(out, number)), "frames": len(kept), "cuts": len(info["cuts"])}
            made.append(summary | {"seconds": seconds})
    return made


def _watch(video: Video, wanted: Callable[[int], bool], progress: Progress) -> Iterator[Frame]:
    for i, frame in enumerate(video.frames(wanted)):
        if i % 5 == 0 and video.count:
            progress(min(1.0, frame.index / video.count))
        yield frame


def _looks(frames: Iterator[Frame], video: Video, box: CanvasBox, dithered: bool) -> Iterator[FrameSample]:
    """The frames, each one's canvas made small."""
    shrink = min(1.0, LOOK / max(box.width, box.height))
    small = (max(2, round(video.size[0] * shrink)), max(2, round(video.size[1] * shrink)))
    scale = (small[0] / video.size[0], small[1] / video.size[1])
    for frame in frames:
        rgb = box.crop(frame.rgb(small), scale)
        yield FrameSample(frame.index, frame.time, smooth(rgb) if dithered else rgb)


def _write_frames(
    video: Video, decisions: list[Decision], folders: dict[int, Path], box: CanvasBox, size: int, progress: Progress
) -> None:
    """The second pass: write the kept frames of every scene into its folder.

    Pixels that a cursor hides are taken from the clear frame before; this is why those thinned out are read as well.
    """
    clear = {d.index: d for d in decisions if d.scene in folders and (d.keep or d.why == "spread")}
    before: dict[int, np.ndarray] = {}
    written = dict.fromkeys(folders, 0)
    for folder in folders.values():
        (folder / "frames").mkdir(parents=True)
    for frame in _watch(video, clear.__contains__, lambda share: progress(0.5 + share / 2)):
        said = clear[frame.index]
        picture = box.crop(frame.rgb())
        wanted = _size(box, size)
        if wanted != (box.width, box.height):
            picture = cv2.resize(picture, wanted, interpolation=cv2.INTER_AREA)
        if said.patch and said.scene in before and not said.moved:
            hides = cv2.resize(unpack(said.patch), wanted, interpolation=cv2.INTER_NEAREST) > 0
            picture[hides] = before[said.scene][hides]
        before[said.scene] = picture
        if said.keep:
            write_rgb(frame_file(folders[said.scene], written[said.scene]), picture)
            written[said.scene] += 1


def _info(
    video: Video, sha256: str, box: CanvasBox, every: int, kept: list[Decision], size: tuple[int, int]
) -> dict[str, Any]:
    """What process.json says. Pairs across a move of the canvas are cuts until `align` has undone it."""
    return {
        "schema": SCHEMA,
        "kind": "recorded",
        "ppp_version": __version__,
        "painting": {"path": str(video.path.resolve()), "sha256": sha256, "width": size[0], "height": size[1]},
        "seed": None,
        "plan": None,
        "labels": [],
        "label_set": None,
        "first": {"time": round(kept[0].time, 3), "source_frame": kept[0].index},
        "steps": [
            {
                "frame": i,
                "by": "recorded",
                "time": round(said.time, 3),
                "source_frame": said.index,
                "change": round(said.change, 6),
            }
            for i, said in enumerate(kept[1:], 1)
        ],
        "canvas": {"box": box.list},
        "looked_at_every": every,
        "cuts": [i for i, said in enumerate(kept) if i and said.moved],
        "alignment": None,
        "provenance": "recorded",
    }


def _size(box: CanvasBox, longest: int) -> tuple[int, int]:
    """(width, height) of the written frames."""
    shrink = min(1.0, longest / max(box.width, box.height))
    return max(2, round(box.width * shrink)), max(2, round(box.height * shrink))


def _folder(out: Path, number: int) -> Path:
    return out / f"process-{number:02d}"


def frame_file(folder: Path, index: int) -> Path:
    """A frame of a process folder."""
    return folder / "frames" / f"{index:05d}.png"
