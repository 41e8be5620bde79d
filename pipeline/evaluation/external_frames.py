"""Frames that were painted elsewhere: processes on disk, and folders or videos of any other tool."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...modules.data.pictures import PICTURE_ENDINGS
from ...modules.data.processes.process import Process
from ...modules.data.recording.video_reader import VIDEO_ENDINGS, open_video
from ...modules.imaging.resize import resize
from ...modules.io.errors import UserError
from ..images import same_aspect

MOST_FRAMES = 200  # of longer sequences at most so many are read, spread evenly


def kept_indices(count: int) -> np.ndarray:
    """Which of `count` frames are read: all, or MOST_FRAMES of them with the first and the last."""
    return np.unique(np.round(np.linspace(0, count - 1, min(count, MOST_FRAMES))).astype(int))


def read_process(process: Process, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray | None]:
    """Frames (N, H, W, 3) float32 in [0, 1] of a process at size = (width, height), and what was asked (N-1, K).

    Asked is None for a process that nobody asked anything of (recorded), or that has more than MOST_FRAMES frames.
    """
    chosen = kept_indices(len(process.frame_names))
    if len(chosen) < 2:
        raise UserError(f"{process.folder} is no process.", f"It has {len(chosen)} frames.", "Two are the least.")
    frames = np.stack([_scaled(process.frame(int(index)), size) for index in chosen])
    steps = {int(step["frame"]): step.get("asked") for step in process.info.get("steps") or []}
    rows = [steps.get(int(index)) for index in chosen[1:]]
    if len(chosen) < len(process.frame_names) or not process.labelled or not all(rows):
        return frames, None
    asked = np.zeros((len(rows), len(process.label_set)), np.float32)
    for i, row in enumerate(rows):
        for name, degree in (row or {}).items():
            asked[i, process.label_set.index(name)] = degree
    return frames, asked


def read_sequence(path: Path, size: tuple[int, int]) -> tuple[np.ndarray, str]:
    """Frames (N, H, W, 3) float32 in [0, 1] of a folder of numbered pictures or a video, at size = (width, height).

    And a note when the shape is another than the painting's, so that they had to be stretched, else "".
    UserError for under two frames, damaged ones, or a video without the extra that reads it.
    """
    video = open_video(path)
    frames: list[np.ndarray] = []
    every, frame = 1, None
    for number, frame in enumerate(video.frames()):  # how many there are is often not known before the end
        if number % every == 0:
            frames.append(_scaled(frame.rgb(), size))
        if len(frames) > MOST_FRAMES:
            frames, every = frames[::2], 2 * every
    if frame is not None and number % every:
        frames.append(_scaled(frame.rgb(), size))
    if len(frames) < 2:
        raise UserError(f"{path} is no process.", f"It has {len(frames)} frames.", "Two are the least.")
    note = f"{path}: {video.size[0]}x{video.size[1]}, stretched to the painting's {size[0]}x{size[1]}"
    return np.stack(frames), "" if same_aspect(video.size, size) else note


def find_sequences(folder: Path, name: str, alone: bool) -> list[Path]:
    """Another tool's sequences of the painting `name`: folders of pictures or videos, one for each of its draws.

    Looked for at FOLDER/name and FOLDER/name.mp4 (or another video), and, when the painting is `alone`, in FOLDER
    itself: pictures or `frames/` are one sequence, every folder or video in it another. [] when there is none.
    """
    named = [folder / name, *(folder / f"{name}{ending}" for ending in VIDEO_ENDINGS)]
    for path in [*named, *([folder] if alone else [])]:
        if path.is_file() and path.suffix.lower() in VIDEO_ENDINGS:
            return [path]
        if path.is_dir() and (found := _within(path)):
            return found
    return []


def _within(folder: Path) -> list[Path]:
    if (folder / "frames").is_dir():
        return [folder / "frames"]
    if _holds_pictures(folder):
        return [folder]
    found: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            found += [path / "frames"] if (path / "frames").is_dir() else [path] if _holds_pictures(path) else []
        elif path.suffix.lower() in VIDEO_ENDINGS:
            found.append(path)
    return found


def _holds_pictures(folder: Path) -> bool:
    return sum(path.suffix.lower() in PICTURE_ENDINGS for path in folder.iterdir()) > 1


def _scaled(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.clip(resize(frame.astype(np.float32) / 255, size), 0, 1)


def same_painting(processes: Sequence[Process]) -> list[list[Process]]:
    """Processes grouped by the painting they are of (its file's SHA-256), in order of the first of each."""
    found: dict[str, list[Process]] = {}
    for process in processes:
        sha = (process.info.get("painting") or {}).get("sha256") or str(process.folder)
        found.setdefault(sha, []).append(process)
    return list(found.values())
