"""Read frames that were painted elsewhere: processes on disk, and folders or videos of any other tool."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...modules.data.processes.process import Process
from ...modules.data.recording.video_reader import VIDEO_ENDINGS, open_video
from ...modules.imaging.picture import is_picture, same_aspect
from ...modules.imaging.resize import resize
from ...modules.io.errors import UserError

MAX_READ = 200  # of longer sequences at most so many frames are read, spread evenly


def read_process(process: Process, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray | None]:
    """Read frames (N, H, W, 3) float32 in [0, 1] at size = (width, height), and the requested degrees (N-1, K).

    Degrees are None for a process without a plan (recorded), or with more than MAX_READ frames.
    """
    count = len(process.frame_names)
    chosen = np.unique(np.round(np.linspace(0, count - 1, min(count, MAX_READ))).astype(int))
    if len(chosen) < 2:
        raise UserError(f"{process.folder} is no process.", f"It has {len(chosen)} frames.", "Two are the least.")
    frames = np.stack([_scaled(process.frame(int(index)), size) for index in chosen])
    steps = {int(step["frame"]): step.get("asked") for step in process.info.get("steps") or []}
    rows = [steps.get(int(index)) for index in chosen[1:]]
    if len(chosen) < count or not process.labelled or not all(rows):
        return frames, None
    requested = np.zeros((len(rows), len(process.label_set)), np.float32)
    for i, row in enumerate(rows):
        for name, degree in (row or {}).items():
            requested[i, process.label_set.index(name)] = degree
    return frames, requested


def read_sequence(path: Path, size: tuple[int, int]) -> tuple[np.ndarray, str]:
    """Read a folder of numbered pictures or a video at size = (width, height).

    Returns:
        Frames (N, H, W, 3) float32 in [0, 1]; and a note when they were stretched to the painting's shape, else "".

    Raises:
        UserError: for under two frames, damaged ones, or a video without the extra that reads it.
    """
    video = open_video(path)
    frames: list[np.ndarray] = []
    every, frame = 1, None
    for number, frame in enumerate(video.frames()):  # how many there are is often not known before the end
        if number % every == 0:
            frames.append(_scaled(frame.rgb(), size))
        if len(frames) > MAX_READ:
            frames, every = frames[::2], 2 * every
    if frame is not None and number % every:
        frames.append(_scaled(frame.rgb(), size))
    if len(frames) < 2:
        raise UserError(f"{path} is no process.", f"It has {len(frames)} frames.", "Two are the least.")
    note = f"{path}: {video.size[0]}x{video.size[1]}, stretched to the painting's {size[0]}x{size[1]}"
    return np.stack(frames), "" if same_aspect(video.size, size) else note


def find_sequences(folder: Path, name: str, alone: bool) -> list[Path]:
    """Find another tool's sequences of the painting `name`: folders of pictures or videos, one for each draw.

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
    return sum(map(is_picture, folder.iterdir())) > 1


def _scaled(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.clip(resize(frame.astype(np.float32) / 255, size), 0, 1)


def same_painting(processes: Sequence[Process]) -> list[list[Process]]:
    """Group processes by the painting they are of (its file's SHA-256), in order of the first of each."""
    found: dict[str, list[Process]] = {}
    for process in processes:
        sha = (process.info.get("painting") or {}).get("sha256") or str(process.folder)
        found.setdefault(sha, []).append(process)
    return list(found.values())
