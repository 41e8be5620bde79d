"""A painting process on disk: one folder, the same form whether it was recorded, simulated or predicted.

    painting.png  labels.png  frames/00000.png …  process.json  [plan.npz]

`process.json` says what kind it is, of which painting, and what every step did. `plan.npz` (simulated processes) holds
where and how far each step went: `field` (N-1,h,w) uint8 (255 = 1.0), `finish` (N-1,h,w) uint8, `degrees` (N-1,K).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ... import __version__
from ..degree import measure
from ..errors import UserError
from ..files import atomic_folder, file_sha256
from ..labels import LabelSet
from ..plans.plan import Plan
from .simulate import simulate

SCHEMA = 1
KINDS = ("recorded", "simulated", "predicted")


def read_rgb(path: Path) -> np.ndarray:
    """A PNG of a process folder as (H,W,3) uint8 RGB. UserError when it is missing or damaged."""
    image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR) if path.is_file() else None
    if image is None:
        raise UserError(f"{path} cannot be read", "it is missing or no whole picture", "make the process again")
    return np.ascontiguousarray(image[:, :, ::-1])


def write_rgb(path: Path, image: np.ndarray) -> None:
    """Write (H,W,3), float32 in [0,1] or uint8 RGB, as a PNG."""
    pixels = image if image.dtype == np.uint8 else np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    done, buffer = cv2.imencode(".png", np.ascontiguousarray(pixels[:, :, ::-1]))
    if not done:
        raise OSError(f"{path} could not be encoded")
    buffer.tofile(path)


@dataclass(frozen=True)
class Process:
    """A process folder, read lazily."""

    folder: Path

    @cached_property
    def info(self) -> dict[str, Any]:
        """What process.json says."""
        path = self.folder / "process.json"
        try:
            info = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"{self.folder} is no painting process", f"process.json: {error}") from None
        if not isinstance(info, dict) or info.get("schema") != SCHEMA:
            raise UserError(f"{self.folder} cannot be read", "its process.json has another schema", "update ppp")
        return info

    @cached_property
    def label_set(self) -> LabelSet:
        """Whose classes the label map's values are."""
        return LabelSet.from_json(self.info["label_set"])

    @cached_property
    def frame_paths(self) -> list[Path]:
        """Paths of the frames in order of their numbers, not of their names as text."""
        return sorted((self.folder / "frames").glob("*.png"), key=lambda path: int(path.stem))

    def painting(self) -> np.ndarray:
        """(H,W,3) uint8; of a predicted process the painting itself, where it was when it was read."""
        path = self.folder / "painting.png"
        return read_rgb(path if path.is_file() else Path(self.info["painting"]["path"] or path))

    def labels(self) -> np.ndarray:
        """(H,W) uint8."""
        path = self.folder / "labels.png"
        return self.label_set.load_png(path if path.is_file() else self.folder / "segmentation.png")

    def frame(self, index: int) -> np.ndarray:
        """(H,W,3) uint8."""
        return read_rgb(self.frame_paths[index])

    @cached_property
    def plan(self) -> dict[str, np.ndarray] | None:
        """The arrays of plan.npz, or None for a process that nobody planned."""
        path = self.folder / "plan.npz"
        if not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}


def find_processes(folders: list[Path]) -> list[Process]:
    """All process folders at or below the given folders, sorted by path. UserError when there is none."""
    found = sorted({path.parent for folder in folders for path in folder.rglob("process.json")})
    if not found:
        names = ", ".join(str(folder) for folder in folders)
        raise UserError(f"no painting processes in {names}", fix="make some: ppp data simulate PICTURES -o FOLDER")
    return [Process(path) for path in found]


def write_simulated(
    folder: Path, painting: np.ndarray, labels: np.ndarray, label_set: LabelSet, plan: Plan, seed: int, source: Path
) -> None:
    """Let the simulated painter paint (H,W,3) float32 with labels (H,W) by a plan, and write the process.

    `seed` draws the hand, `source` is the picture's file, named in process.json.
    """
    height, width = labels.shape
    with atomic_folder(folder) as part:
        (part / "frames").mkdir()
        write_rgb(part / "painting.png", painting)
        label_set.save_png(part / "labels.png", labels)
        steps, before = [], None
        names = [label_set.names[k] for k in np.unique(labels)]
        for index, frame in enumerate(simulate(painting, labels, label_set, plan.n_frames, seed, plan)):
            write_rgb(part / "frames" / f"{index:05d}.png", frame)
            if before is not None:
                reached = measure(before, frame, painting, labels, len(label_set))
                asked = plan.degrees[index - 1]
                steps.append(
                    {
                        "frame": index,
                        "by": "simulate",
                        "asked": {n: round(float(asked[label_set.index(n)]), 4) for n in names},
                        "reached": {n: round(float(reached[label_set.index(n)]), 4) for n in names},
                        "distance": round(float(np.abs(frame - painting).mean()), 6),
                    }
                )
            before = frame
        planned = [plan.step(i) for i in range(1, plan.n_frames)]
        np.savez_compressed(
            part / "plan.npz",
            field=np.stack([np.round(255 * s.field).astype(np.uint8) for s in planned]),
            finish=np.stack([s.finish for s in planned]),
            degrees=plan.degrees,
        )
        info = {
            "schema": SCHEMA,
            "kind": "simulated",
            "ppp_version": __version__,
            "painting": {"path": str(source), "sha256": file_sha256(source), "width": width, "height": height},
            "seed": seed,
            "plan": plan.to_json(),
            "ground": list(plan.ground),
            "labels": names,
            "label_set": label_set.to_json(),
            "steps": steps,
            "provenance": "simulated, not recorded",
        }
        (part / "process.json").write_text(json.dumps(info), encoding="utf-8")
