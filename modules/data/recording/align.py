"""Hold the canvas of a recorded process still: every frame is brought to where the last one shows things (`place`)."""

from __future__ import annotations

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
from .moved_layers import find_moved
from .registration import Aligner, Pose
from .similarity_transform import IDENTITY, displacement, warp


def align(process: Process, out: Path, progress: Callable[[float], None] = lambda share: None) -> dict[str, Any]:
    """Align a recorded process and write it to the folder `out`, which may be its own.

    A pixel that a frame does not show (the canvas was partly out of view) is taken from the frame before, as it was
    last seen. Pairs that nothing relates, or not to half a percent, become cuts, and so do all that nothing relates to
    the last frame; cuts that stood for a move of the canvas go.

    Returns:
        What process.json now says under `alignment`, with `cuts`.

    Raises:
        UserError: not a recorded process, or its frames differ in size.
    """
    info = dict(process.info)
    if info.get("kind") != "recorded":
        raise UserError(f"{process.folder} is not recorded but {info.get('kind')}.", "Its canvas does not move.")
    paths = process.frame_paths
    if not paths:
        raise UserError(f"{process.folder} has no frames.", fix="Extract it again: ppp data extract VIDEO -o FOLDER")
    last = read_rgb(paths[-1])
    aligner, placed = Aligner(last), [Pose(IDENTITY, "last", 0.0)]
    for n, path in enumerate(reversed(paths[:-1])):
        frame = read_rgb(path)
        if frame.shape != last.shape:
            raise UserError(f"{path} has another size than the last frame.", fix="Extract the video again.")
        placed.append(aligner.place(frame))
        progress(0.7 * (n + 1) / len(paths))
    placed.reverse()
    cuts = [i + 1 for i, where in enumerate(placed[:-1]) if where.lost or not where.explained]
    moved: list[dict[str, Any]] = []
    with atomic_folder(out) as part:
        (part / "frames").mkdir()
        for extra in process.folder.iterdir():
            if extra.is_file() and extra.name != "process.json":
                shutil.copyfile(extra, part / extra.name)
        before: np.ndarray | None = None
        for i, (path, where) in enumerate(zip(paths, placed, strict=True)):
            frame = _held_still(read_rgb(path), where.matrix, before)
            if before is not None and i not in cuts:
                moved += [{"frame": i, **region} for region in find_moved(before, frame)]
            write_rgb(frame_file(part, i), frame)
            before = frame
            progress(0.7 + 0.3 * (i + 1) / len(paths))
        size = (last.shape[1], last.shape[0])
        info["alignment"] = {"frames": [p.report(i, size) for i, p in enumerate(placed)], "moved": moved}
        info["cuts"] = cuts
        (part / "process.json").write_text(json.dumps(info), encoding="utf-8")
    return info["alignment"] | {"cuts": cuts}


def _held_still(frame: np.ndarray, matrix: np.ndarray, before: np.ndarray | None) -> np.ndarray:
    """The frame as the last one shows things; what it does not show is as it was before."""
    size = (frame.shape[1], frame.shape[0])
    if displacement(matrix, size) == 0:
        return frame
    held, inside = warp(frame, matrix, size)
    if before is not None:
        held[~inside] = before[~inside]
    return held
