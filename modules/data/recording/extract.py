"""Extract process folders from a recording, in two passes: decide on every frame at reduced size, write those kept.

OUT/extract.jsonl  OUT/process-00/{painting.png frames/00000.png… process.json}  OUT/process-01/…
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...io.errors import UserError
from ...io.files import atomic_folder
from ...io.origin import check_recorded
from ...io.png import write_rgb
from ...version import __version__
from ..processes.process import SCHEMA
from .canvas_detection import CanvasBox, check_box, find_canvas
from .dithering import is_dithered, remove_dithering
from .ending import find_ending
from .exposure import NO_GAIN, find_gains, relight
from .frame_selection import FrameDecision, FrameSample, SelectionRules, decide_frames, finalise_decisions
from .levels import Levels
from .occlusions import decode_mask
from .overlays import OverlayFinder, OverlayRemover, fill
from .sample_store import SampleStore
from .shots import ShotImage, find_move
from .surroundings import NO_RIM, find_rim, other_views
from .video import Video, VideoFrame
from .whole_picture import find_events, thumbnail, turn

ANALYSIS_SIDE = 288  # pixels of the canvas's longest side in the first pass
MAX_ANALYSED = 6000  # frames that are analysed; of longer recordings every second, third, ...
NO_SHOT = -1  # of frames that show no canvas
EMPTY = np.zeros((0, 0, 3), np.uint8)
LOG_FILE = "extract.jsonl"

Progress = Callable[[float], None]  # share of the work that is done, in [0,1]


def extract(
    video: Video,
    out: Path,
    rules: SelectionRules,
    size: int,
    canvas: CanvasBox | None = None,
    progress: Progress = lambda share: None,
) -> list[dict[str, Any]]:
    """Write the processes that a recording shows into the folder `out`, which must not exist or is replaced.

    Args:
        rules: when a frame is kept.
        size: longest side of the written frames in pixels; smaller canvases keep their size.
        canvas: where the canvas is; found automatically when None.
        progress: called with the share of the work that is done.

    Returns:
        For each process its folder, number of frames, number of cuts, and seconds it lasts in the recording.

    Raises:
        UserError: it says of itself that it is no recording, is damaged, or shows no process.
    """
    check_recorded(video.path, video.sources, video.metadata)
    if canvas is not None:
        check_box(canvas, video)
    box = canvas or find_canvas(video)
    every = max(1, -(-video.count // MAX_ANALYSED))
    dithered = is_dithered(video)
    frames = _report_progress(video, lambda number: number % every == 0, lambda share: progress(share / 2))
    decisions = _decide(_reduce(frames, video, box, dithered), rules, video.rate / every)
    shots = sorted({decision.shot for decision in decisions if decision.keep})
    if not shots:
        changed = sum(decision.why in ("short", "hidden", "zoomed") for decision in decisions)
        raise UserError(
            f"{video.path} shows no painting process.",
            f"Of {len(decisions)} frames, {changed} show something new, and too few of them a clear canvas.",
            "Say where the canvas is: --canvas x,y,w,h.",
        )
    process_of = {shot: number for number, shot in enumerate(shots)}
    sha256, gaps = video.sha256(), list(video.gaps)
    with atomic_folder(out) as part:
        lines = (json.dumps(decision.log(process_of.get(decision.shot))) + "\n" for decision in decisions)
        (part / LOG_FILE).write_text("".join(lines), encoding="utf-8")
        folders = {shot: part / f"process-{number:02d}" for shot, number in process_of.items()}
        _write_frames(video, decisions, folders, box, size, progress)
        made = []
        for shot, folder in folders.items():
            kept = [decision for decision in decisions if decision.shot == shot and decision.keep]
            info = _process_info(video, sha256, box, every, kept, _fit_size(box, size), gaps)
            shutil.copyfile(frame_file(folder, len(kept) - 1), folder / "painting.png")
            (folder / "process.json").write_text(json.dumps(info), encoding="utf-8")
            seconds = round(kept[-1].time - kept[0].time, 2)
            summary = {"folder": str(out / folder.name), "frames": len(kept), "cuts": len(info["cuts"])}
            told = {"seconds": seconds, "damaged": info["damaged"], "events": info["events"]}
            made.append(summary | told)
    return made


def _decide(samples: Iterator[FrameSample], rules: SelectionRules, rate: float) -> list[FrameDecision]:
    """Decide about all samples: what shows no canvas first, which is known when all have been seen."""
    with closing(SampleStore()) as store:
        read = []
        thumbnails = []
        overlays = OverlayFinder()
        for sample in samples:
            store.add(sample.rgb)
            overlays.learn(sample.rgb)
            thumbnails.append(thumbnail(sample.rgb))
            read.append(replace(sample, rgb=EMPTY))

        def is_move(a: int, b: int) -> bool:
            return find_move(ShotImage(store[a]), ShotImage(store[b])) is not None

        events = find_events(thumbnails, [sample.time for sample in read], is_move)
        find_ending(store.__getitem__, [sample.time for sample in read], events.kinds)
        for i, moved in enumerate(other_views([sample.rim for sample in read], events.kinds)):
            if moved and not events.kinds[i]:
                events.kinds[i] = "zoomed"
        gains = find_gains(thumbnails, events.kinds)
        stretch = Levels.of(thumbnails)
        found = overlays.find(store, [sample.time for sample in read], [not kind for kind in events.kinds])
        remover = OverlayRemover(found)

        def shown() -> Iterator[FrameSample]:
            for i, sample in enumerate(read):
                if not events.kinds[i]:
                    mask = remover.mask(i)
                    mask = mask if mask is None else turn(mask, events.flips[i])
                    rgb, caption = remover.remove(turn(relight(store[i], gains[i]), events.flips[i]), mask)
                    yield replace(sample, rgb=stretch(rgb), caption=caption)

        decided = {
            decision.index: decision for decision in finalise_decisions([*decide_frames(shown(), rules, rate)], rules)
        }
    tones = [read[i].index for i in events.tones]
    result = []
    changed = False
    for sample, kind, flips, gain in zip(read, events.kinds, events.flips, gains, strict=True):
        decision = decided.get(sample.index)
        if decision is None:
            decision = FrameDecision(sample.index, sample.time, False, kind, NO_SHOT)
        changed = changed or sample.index in tones
        result.append(replace(decision, flips=flips, gains=gain, event="light" if changed and decision.keep else ""))
        changed = changed and not decision.keep
    return result


def _report_progress(video: Video, wanted: Callable[[int], bool], progress: Progress) -> Iterator[VideoFrame]:
    for i, frame in enumerate(video.frames(wanted)):
        if i % 5 == 0 and video.count:
            progress(min(1.0, frame.index / video.count))
        yield frame


def _reduce(frames: Iterator[VideoFrame], video: Video, box: CanvasBox, dithered: bool) -> Iterator[FrameSample]:
    """Crop frames to the canvas at reduced size, and what lies close around it."""
    shrink = min(1.0, ANALYSIS_SIDE / max(box.width, box.height))
    small = (max(2, round(video.size[0] * shrink)), max(2, round(video.size[1] * shrink)))
    scale = (small[0] / video.size[0], small[1] / video.size[1])
    for frame in frames:
        picture = frame.rgb(small)
        rgb = box.crop(picture, scale)
        rim = [NO_RIM] * 4 if box.blurred_beside else find_rim(picture, box, scale)
        yield FrameSample(frame.index, frame.time, remove_dithering(rgb) if dithered else rgb, frame.after_gap, rim=rim)


def _write_frames(
    video: Video,
    decisions: list[FrameDecision],
    folders: dict[int, Path],
    box: CanvasBox,
    size: int,
    progress: Progress,
) -> None:
    """Second pass: write the kept frames of every shot into its folder.

    Pixels that a cursor hides are taken from the clear frame before; this is why those thinned out are read as well.
    """
    clear = {
        decision.index: decision
        for decision in decisions
        if decision.shot in folders and (decision.keep or decision.why == "spread")
    }
    before: dict[int, np.ndarray] = {}
    written = dict.fromkeys(folders, 0)
    for folder in folders.values():
        (folder / "frames").mkdir(parents=True)
    target = _fit_size(box, size)
    for frame in _report_progress(video, clear.__contains__, lambda share: progress(0.5 + share / 2)):
        decision = clear[frame.index]
        picture = relight(turn(box.crop(frame.rgb()), decision.flips), decision.gains)
        if target != (box.width, box.height):
            picture = cv2.resize(picture, target, interpolation=cv2.INTER_AREA)
        if decision.occluded and not decision.moved:
            mask = cv2.resize(decode_mask(decision.occluded), target, interpolation=cv2.INTER_NEAREST) > 0
            picture = fill(picture, mask, before.get(decision.shot))
        before[decision.shot] = picture
        if decision.keep:
            write_rgb(frame_file(folders[decision.shot], written[decision.shot]), picture)
            written[decision.shot] += 1


def _process_info(
    video: Video, sha256: str, box: CanvasBox, every: int, kept: list[FrameDecision], size: tuple[int, int],
    gaps: list[tuple[float, float]],
) -> dict[str, Any]:  # fmt: skip
    """Describe a process for process.json.

    Pairs across a move of the canvas are cuts until `align` has undone it; those across a gap, or a change of light
    that stays, for good (`events`).
    """
    damaged = [gap for gap in gaps if gap[1] > kept[0].time and gap[0] < kept[-1].time]
    events: list[dict[str, Any]] = [
        {"frame": i, "what": "damaged" if broken else now.event}
        for i, (before, now) in enumerate(pairwise(kept), 1)
        if (broken := any(gap[1] > before.time and gap[0] < now.time for gap in damaged)) or now.event
    ]
    moved = {i for i, decision in enumerate(kept) if i and decision.moved}
    return {
        "schema": SCHEMA,
        "kind": "recorded",
        "ppp_version": __version__,
        "painting": {"path": str(video.path.resolve()), "sha256": sha256, "width": size[0], "height": size[1]},
        "seed": None,
        "plan": None,
        "labels": [],
        "parts": [],
        "label_set": None,
        "first": {"time": round(kept[0].time, 3), "source_frame": kept[0].index},
        "steps": [
            {
                "frame": i,
                "by": "recorded",
                "time": round(decision.time, 3),
                "source_frame": decision.index,
                "change": round(decision.change, 6),
            }
            for i, decision in enumerate(kept[1:], 1)
        ],
        "canvas": {"box": box.to_json()},
        "looked_at_every": every,
        "cuts": sorted(moved | {int(event["frame"]) for event in events}),
        "events": events,
        "relit": any(decision.gains != NO_GAIN for decision in kept),
        "damaged": [[round(time, 2) for time in gap] for gap in damaged],
        "alignment": None,
        "provenance": "recorded",
    }


def _fit_size(box: CanvasBox, longest: int) -> tuple[int, int]:
    """Return (width, height) of the written frames."""
    shrink = min(1.0, longest / max(box.width, box.height))
    return max(2, round(box.width * shrink)), max(2, round(box.height * shrink))


def frame_file(folder: Path, index: int) -> Path:
    return folder / "frames" / f"{index:05d}.png"
