"""What an evaluation consists of: its settings, and each painting with all that is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...modules.data.pictures import PictureFile, find_pictures
from ...modules.data.processes.process import Process, find_processes
from ...modules.data.processes.shard_reader import find_sharded
from ...modules.io.errors import UserError
from .external_frames import find_sequences, same_painting

TRUE_KINDS = ("recorded", "simulated")  # processes that really made the painting


@dataclass(frozen=True)
class EvalSettings:
    """What holds for a whole evaluation.

    systems: name -> source of the frames stage (None: the pipeline's own). seeds: each is one plan and one hand.
    baseline_seeds: how many of the seeds the systems other than `model` and `simulate` run. rollout: frames of the
    model's long run, 0 for none. size: longest side that pictures are painted at. labels: "predicted" (by the segment
    stage, as a user would meet it) or "given" (the data's own map, where there is one). perceptual: the ruler asked
    for, "auto" for what there is (see metrics.find_ruler). thumbs: where contact sheets' states go, or None. kept:
    where the figures of each picture and system are kept, or None.
    """

    weights: str
    systems: dict[str, str | None]
    stages: dict[str, str]
    frames: int = 40
    seeds: tuple[int, ...] = (0, 1, 2)
    baseline_seeds: int = 1
    rollout: int = 100
    size: int = 256
    plan: str = "artist"
    labels: str = "predicted"
    device: str = "cpu"
    perceptual: str = "auto"
    thumbs: Path | None = None
    kept: Path | None = None


@dataclass(frozen=True)
class EvalCase:
    """One painting to be painted by every system.

    labels, quality: the data's own label map and its grade, if any. processes: those of this painting that were given;
    recorded and simulated ones are true, predicted ones are scored. others: name of another tool -> its sequences.
    """

    name: str
    image: Path
    labels: Path | None
    kind: str
    quality: str
    settings: EvalSettings
    processes: tuple[Process, ...] = ()
    others: tuple[tuple[str, tuple[Path, ...]], ...] = ()

    @property
    def truths(self) -> list[Process]:
        """The true processes."""
        return [process for process in self.processes if process.info.get("kind") in TRUE_KINDS]

    @property
    def predicted(self) -> list[Process]:
        """The processes that are to be scored themselves."""
        return [process for process in self.processes if process.info.get("kind") not in TRUE_KINDS]


def find_inputs(folders: Sequence[Path], split: str) -> tuple[list[PictureFile], list[list[Process]]]:
    """Pictures, and processes by painting, of files and folders; `split` (val, train, all) is asked of those with one.

    A folder with processes at or below it (or in shards) gives these, any other its pictures.
    """
    pictures: list[PictureFile] = []
    processes: list[Process] = []
    for folder in folders:
        asked = None if split == "all" else split
        if folder.is_dir() and (find_sharded([folder]) or next(folder.rglob("process.json"), None)):
            processes += find_processes([folder], split=asked)
        else:
            has_splits = folder.is_dir() and (folder / "manifest.jsonl").is_file()
            pictures += find_pictures([folder], asked if has_splits else None)
    return pictures, same_painting(processes)


def picture_cases(pictures: Sequence[PictureFile], settings: EvalSettings) -> list[EvalCase]:
    """One sitting per picture."""
    return [EvalCase(p.name, p.image, p.labels, p.kind, p.quality, settings) for p in pictures]


def process_cases(groups: Sequence[Sequence[Process]], settings: EvalSettings) -> list[EvalCase]:
    """One sitting per painting of which there are processes, named after the first of these."""
    found, taken = [], set()
    for group in groups:
        name = stem = group[0].folder.name or "process"
        number = 2
        while name in taken:
            name, number = f"{stem}~{number}", number + 1
        taken.add(name)
        painting = group[0].files.path("painting.png")
        found.append(EvalCase(name, painting, None, "process", "", settings, processes=tuple(group)))
    return found


def with_others(sittings: Sequence[EvalCase], others: dict[str, Path]) -> list[EvalCase]:
    """The sittings with the sequences that other tools (name -> folder) made of their paintings.

    UserError when a folder does not exist or has nothing for any of them.
    """
    result = []
    held = dict.fromkeys(others, 0)
    for sitting in sittings:
        found = {name: _sequences(folder, sitting, len(sittings) == 1) for name, folder in others.items()}
        for name, paths in found.items():
            held[name] += len(paths)
        told = tuple((name, tuple(paths)) for name, paths in found.items() if paths)
        result.append(replace(sitting, others=told))
    for name, count in held.items():
        if not count:
            example = others[name] / (sittings[0].name if sittings else "NAME")
            raise UserError(
                f"There are no frames for --other {name}={others[name]}.",
                "No folder or video in it is named after a painting that is evaluated.",
                f"Put the frames of each painting into a folder such as {example}.",
            )
    return result


def _sequences(folder: Path, sitting: EvalCase, alone: bool) -> list[Path]:
    """By the sitting's name; of processes also by the picture's file and by any of the processes' names."""
    names = [sitting.name, *(process.folder.name for process in sitting.processes)]
    names += [Path((process.info.get("painting") or {}).get("path") or "").stem for process in sitting.processes]
    for name in dict.fromkeys(filter(None, names)):
        if found := find_sequences(folder, name, False):
            return found
    return find_sequences(folder, sitting.name, True) if alone else []
