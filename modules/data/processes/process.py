"""Read painting processes: one folder format for recorded, simulated and predicted ones.

    painting.png  labels.png  frames/00000.png …  process.json  [plan.npz]  [degrees.json]

`process.json` holds the kind, the painting, and what every step did. `plan.npz` (simulated processes) holds where and
how far each step went: `field` (N-1,h,w) uint8 (255 = 1.0), `finish` (N-1,h,w) uint8, `degrees` (N-1,K).
`degrees.json` (written by a person) annotates degrees of single steps; they take precedence over measured ones.
docs/data.md describes every file and key.
"""

import io
import json
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...degree import DegreeMode
from ...io.errors import UserError
from ...io.locks import TEMP_MARK
from ...io.origin import find_contradiction, find_false_statement
from ...io.png import decode_rgb, read_rgb
from ...labels import LabelSet
from .shard_reader import find_sharded
from .storage import FolderFiles, ProcessFiles

SCHEMA = 1
LABEL_FILES = ("labels.png", "segmentation.png")  # a run's output calls it by its other name
DEGREES_FILE = "degrees.json"


class Process:
    """A process, read lazily from its folder or, where `files` is given, from inside a shard.

    `folder` is its path as messages show it. Frames are numbered from 0; step i is the one that makes frame i.
    """

    def __init__(self, folder: Path, files: ProcessFiles | None = None) -> None:
        self.folder, self.files = folder, files or FolderFiles(folder)

    @cached_property
    def info(self) -> dict[str, Any]:
        try:
            info = json.loads(self.files.read("process.json"))
        except (OSError, ValueError) as error:
            raise UserError(f"{self.folder} is not a painting process", f"process.json: {error}") from None
        if not isinstance(info, dict) or info.get("schema") != SCHEMA:
            raise UserError(f"{self.folder} cannot be read", "its process.json has another schema", "update ppp")
        if contradiction := find_contradiction(info):
            raise _contradiction(self.folder, contradiction)
        return info

    def check_origin(self) -> None:
        """Raise UserError where process.json, or one of a few frames, says that it is of another kind.

        The others are checked as they are read.
        """
        last = len(self.frame_names) - 1
        for index in {0, last // 2, last} if last >= 0 and self.info else ():
            with suppress(OSError):  # who reads that frame says what is wrong with it
                self._read_frame(index)

    def _read_frame(self, index: int) -> bytes:
        name, kind = self.frame_names[index], self.info["kind"]
        content = self.files.read(name)
        if found := find_false_statement(kind, content):
            raise _contradiction(self.files.path(name), f'Its process is {kind}; it says of itself: "{found}".')
        return content

    @property
    def labelled(self) -> bool:
        """Whether there is a label map, and a label set that names its values."""
        return bool(self.info.get("label_set")) and any(name in self.files for name in LABEL_FILES)

    def check_labelled(self) -> None:
        """Raise UserError for a process without label map (a recorded one before `ppp data label`)."""
        if not self.labelled:
            raise UserError(
                f"{self.folder} has no label map.",
                "It has not been labelled yet.",
                f"Run: ppp data label {self.folder}",
            )

    @cached_property
    def label_set(self) -> LabelSet:
        """The classes of the label map."""
        self.check_labelled()
        return LabelSet.from_json(self.info["label_set"])

    @cached_property
    def frame_names(self) -> list[str]:
        """Names of the frames' files, sorted by number."""
        return self.files.frame_names()

    @property
    def frame_paths(self) -> list[Path]:
        """Paths of the frames' files as messages show them."""
        return [self.files.path(name) for name in self.frame_names]

    @property
    def cuts(self) -> list[int]:
        """Frames i before which the record jumps: no pair or sequence may hold both i - 1 and i."""
        return list(self.info.get("cuts") or [])

    @property
    def begins_bare(self) -> bool:
        """Whether frame 0 is a canvas without any paint. A record begins where the camera was switched on."""
        return self.info.get("kind") != "recorded"

    def painting(self) -> np.ndarray:
        """Read the finished painting, (H,W,3) uint8; a predicted process only holds the path where it was."""
        if "painting.png" in self.files:
            return decode_rgb(self.files.read("painting.png"), self.files.path("painting.png"))
        return read_rgb(Path(self.info["painting"]["path"] or self.files.path("painting.png")))

    def labels(self) -> np.ndarray:
        """Read the label map, (H,W) uint8. UserError when the process has none."""
        self.check_labelled()
        name = next(name for name in LABEL_FILES if name in self.files)
        return self.label_set.load_png(self.files.path(name), content=self.files.read(name))

    def frame(self, index: int) -> np.ndarray:
        """Read a frame, (H,W,3) uint8."""
        return decode_rgb(self._read_frame(index), self.files.path(self.frame_names[index]))

    @cached_property
    def plan(self) -> dict[str, np.ndarray] | None:
        """The arrays of plan.npz, or None for a process without a plan."""
        if "plan.npz" not in self.files:
            return None
        with np.load(io.BytesIO(self.files.read("plan.npz")), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}

    @cached_property
    def manual_degrees(self) -> dict[int, dict[int, float]]:
        """The annotations of degrees.json: step -> class index -> degree. UserError when it cannot be used."""
        return read_manual_degrees(self, self.label_set) if DEGREES_FILE in self.files else {}

    def step_degrees(self, mode: DegreeMode = "progress") -> np.ndarray | None:
        """Read the degrees (N-1,K) of all single steps from process.json; manual annotations take precedence.

        None when it holds none in this mode; `ppp data label` writes all three.
        """
        steps = self.info.get("steps") or []
        rows = np.zeros((len(self.frame_names) - 1, len(self.label_set)), np.float32)
        if len(steps) < len(rows):
            return None
        by_index = {int(step["frame"]): step for step in steps}
        own_mode = self.info.get("degree_mode", "progress")
        for index in range(1, len(rows) + 1):
            step = by_index.get(index, {})
            row = (step.get("degrees") or {}).get(mode) or (step.get("reached") if mode == own_mode else None)
            if row is None:
                return None
            for name, degree in row.items():
                rows[index - 1, self.label_set.index(name)] = degree
            for part, degree in self.manual_degrees.get(index, {}).items():
                rows[index - 1, part] = degree
        return rows

    def apply_manual_degrees(self, a: int, b: int, measured: np.ndarray, mode: DegreeMode) -> np.ndarray:
        """Replace measured degrees (K,) of the pair of frames (a, b) where manual annotations exist.

        A pair of several steps joins its annotated steps with the degrees of the others as process.json holds them;
        when one of those is unknown, the pair stays as measured.
        """
        rows = [self.manual_degrees.get(step, {}) for step in range(a + 1, b + 1)]
        parts = sorted({part for row in rows for part in row})
        if not parts:
            return measured
        result = measured.copy()
        known = self.step_degrees(mode) if b > a + 1 else None
        for part in parts:
            if known is not None or all(part in row for row in rows):
                values = [row[part] for row in rows] if known is None else list(known[a:b, part])
                result[part] = join_steps(np.array(values)[:, None], mode)[0]
        return result


def _contradiction(path: Path, why: str) -> UserError:
    return UserError(f"{path} contradicts itself.", why, "Leave it out, or put back what it was: ppp verify says more.")


def read_manual_degrees(process: Process, label_set: LabelSet) -> dict[int, dict[int, float]]:
    """Read the degrees that a person annotated for single steps (the paper's Figure 3).

    Returns:
        Step -> class index -> degree; empty without degrees.json.

    Raises:
        UserError: degrees.json names a step or part that does not exist, or a degree outside [0,1].
    """
    if DEGREES_FILE not in process.files:
        return {}
    path, last = process.files.path(DEGREES_FILE), len(process.frame_names) - 1
    fix = 'write {"12": {"hair": 0.3}}: in the step to frame 12, hair is painted by 0.3'
    try:
        content = json.loads(process.files.read(DEGREES_FILE))
        rows = {int(step): {str(n): float(d) for n, d in row.items()} for step, row in content.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise UserError(f"{path} cannot be read", str(error), fix) from None
    for step, row in rows.items():
        if not 0 < step <= last:
            raise UserError(f"{path} names step {step}", f"steps are 1 to {last}", fix)
        if wrong := [name for name, degree in row.items() if not 0 <= degree <= 1]:
            raise UserError(f"{path}, step {step}: {wrong[0]} is {row[wrong[0]]}", "degrees are 0 to 1", fix)
        if unknown := [name for name in row if name not in label_set.names]:
            parts = ", ".join(label_set.names)
            raise UserError(f"{path}, step {step}: there is no part {unknown[0]!r}", f"parts: {parts}", fix)
    return {step: {label_set.index(n): d for n, d in row.items()} for step, row in rows.items()}


def join_steps(degrees: np.ndarray, mode: DegreeMode = "progress") -> np.ndarray:
    """Combine the degrees (M,K) of M consecutive steps into those (K,) of one step that does them all.

    In mode `progress` the remaining distances are multiplied, which is exact; `area` does the same, as if the touched
    places were independent; shares of the whole picture's change (`contribution`) are averaged.
    """
    joined: np.ndarray = degrees.mean(axis=0) if mode == "contribution" else 1 - np.prod(1 - degrees, axis=0)
    return joined.astype(np.float32)


def unique_process_names(processes: Sequence[Process]) -> list[str]:
    """Name each process by the end of its path, as much of it as tells them all apart."""
    parts = [process.folder.parts for process in processes]
    for length in range(1, max(map(len, parts), default=1) + 1):
        names = ["/".join(part[-length:]) for part in parts]
        if len(set(names)) == len(names):
            break
    return names


def find_processes(folders: list[Path], *, labelled: bool = False, split: str | None = None) -> list[Process]:
    """Find all processes at or below the given folders.

    Args:
        labelled: require a label map of each (in shards all have one).
        split: of shards only those of `train` or `val`; folders have no splits.

    Returns:
        Processes in folders sorted by path, then those in shards in their order.

    Raises:
        UserError: there is none, one of them contradicts itself or, with `labelled`, has no label map yet.
    """
    found = sorted({path.parent for folder in folders for path in folder.rglob("process.json")})
    # leaves out what is half-written, by a run that goes on or was killed
    processes = [Process(folder) for folder in found if TEMP_MARK not in folder.name]
    if labelled:
        for process in processes:
            process.check_labelled()
    for process in processes:
        process.check_origin()
    processes += [Process(path, files) for path, files in find_sharded(folders, split)]
    if not processes:
        names = ", ".join(str(folder) for folder in folders)
        raise UserError(f"no painting processes in {names}", fix="make some: ppp data simulate PICTURES -o FOLDER")
    return processes
