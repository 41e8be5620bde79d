"""Align a recorded process: undo moves of the canvas, so that every frame lies on the last one."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ...io.errors import UserError
from ...io.files import atomic_folder
from ...io.png import read_rgb, write_rgb
from ..processes.process import Process
from .extract import frame_file
from .moved_layers import find_moved_layers
from .registration import Aligner, Pose
from .similarity_transform import IDENTITY, displacement, warp

MAX_UNSEEN = 0.1  # share of the canvas: a pair of which more was never in view is not to be learned from


def align(process: Process, out: Path, progress: Callable[[float], None] = lambda share: None) -> dict[str, Any]:
    """Align a recorded process and write it to the folder `out`, which may be its own.

    A pixel that a frame does not show (the canvas was partly out of view) is taken from the frame before, as it was
    last seen; a pair of which much was never seen becomes a cut. So do pairs that nothing relates, or not to half a
    percent, and all that nothing relates to the last frame: such frames are left as they were. Cuts that stood for a
    move of the canvas go, those for other events (a change of light, a gap) stay.

    Args:
        process: in a folder.
        progress: called with the share of the work that is done, in [0,1].

    Returns:
        The new `alignment` of process.json, with `cuts`.

    Raises:
        UserError: not a recorded process, or its frames differ in size.
    """
    info = dict(process.info)
    if info.get("kind") != "recorded":
        raise UserError(f"{process.folder} is not recorded but {info.get('kind')}.", "Its canvas does not move.")
    paths = process.frame_paths
    if not paths:
        raise UserError(f"{process.folder} has no frames.", fix="Extract it again: ppp data extract VIDEO -o FOLDER")
    last = process.frame(-1)
    aligner, poses = Aligner(last), [Pose(IDENTITY, "last", 0.0)]
    for n, path in enumerate(reversed(paths[:-1])):
        frame = process.frame(len(paths) - 2 - n)
        if frame.shape != last.shape:
            raise UserError(f"{path} has another size than the last frame.", fix="Extract the video again.")
        poses.append(aligner.register(frame))
        progress(0.7 * (n + 1) / len(paths))
    poses.reverse()
    cuts = {i + 1 for i, pose in enumerate(poses[:-1]) if pose.lost or not pose.explained}
    cuts |= {int(event["frame"]) for event in info.get("events") or []}
    moved: list[dict[str, Any]] = []
    with atomic_folder(out) as part:
        (part / "frames").mkdir()
        for extra in process.folder.iterdir():
            if extra.is_file() and extra.name != "process.json":
                shutil.copyfile(extra, part / extra.name)
        before, seen = last, np.zeros(last.shape[:2], bool)
        for i, (path, pose) in enumerate(zip(paths, poses, strict=True)):
            if i in cuts:
                seen[:] = False
            frame, shown = _warp_to_last(read_rgb(path), pose)
            frame[~shown & seen] = before[~shown & seen]
            if i and i not in cuts and (~seen).mean() > MAX_UNSEEN:  # of the frame before, or still
                cuts.add(i)
            seen |= shown
            if i and i not in cuts:
                moved += [{"frame": i, **layer} for layer in find_moved_layers(before, frame)]
            write_rgb(frame_file(part, i), frame)
            before = frame
            progress(0.7 + 0.3 * (i + 1) / len(paths))
        size = (last.shape[1], last.shape[0])
        info["alignment"] = {"frames": [pose.report(i, size) for i, pose in enumerate(poses)], "moved": moved}
        info["cuts"] = sorted(cuts)
        (part / "process.json").write_text(json.dumps(info), encoding="utf-8")
    return info["alignment"] | {"cuts": info["cuts"]}


def _warp_to_last(frame: np.ndarray, pose: Pose) -> tuple[np.ndarray, np.ndarray]:
    """Warp a frame into the last one's coordinates; returns it, and which of its pixels it shows (bool)."""
    if pose.mirrored:
        frame = np.ascontiguousarray(frame[:, ::-1])
    size = (frame.shape[1], frame.shape[0])
    if displacement(pose.matrix, size) == 0:
        return frame, np.ones(frame.shape[:2], bool)
    return warp(frame, pose.matrix, size)
