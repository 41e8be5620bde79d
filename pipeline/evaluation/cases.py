"""Evaluation cases: the settings of an evaluation, and each painting with its label map, processes and sequences."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...modules.data.pictures import SPLITS, PictureFile, find_pictures, pick_evenly
from ...modules.data.processes.process import Process, find_processes
from ...modules.data.processes.shard_reader import find_sharded
from ...modules.io.errors import UserError
from .external_frames import find_sequences, same_painting

TRUE_KINDS = ("recorded", "simulated")  # processes that really made the painting


@dataclass(frozen=True)
class EvalSettings:
    """Settings of a whole evaluation."""

    weights: str  # the pipeline, as `Pipeline.from_pretrained` takes it
    systems: dict[str, str | None]  # name -> source of the frames stage (None: the pipeline's own)
    stages: dict[str, str]  # stage -> source in place of the pipeline's own, for all systems
    frames: int = 40  # per run, bare canvas included
    seeds: tuple[int, ...] = (0, 1, 2)  # each is one plan and one draw of z
    baseline_seeds: int = 1  # how many of the seeds the systems other than `model` and `simulate` run
    rollout: int = 100  # frames of the model's long run, 0 for none
    size: int = 256  # longest side in pixels that pictures are painted at
    plan: str = "artist"  # or random, dataset
    labels: str = "predicted"  # by the segment stage, as a user would meet it; or given: the data's own map, if any
    device: str = "cpu"
    perceptual: str = "auto"  # network of the perceptual distance, see `find_perceptual_metric`
    thumbs: Path | None = None  # where the film strips of contact sheets go
    cache: Path | None = None  # where the results of each picture and system are stored


@dataclass(frozen=True)
class EvalCase:
    """One painting to be painted by every system."""

    name: str  # unique in the evaluation
    image: Path
    labels: Path | None  # the data's own label map
    kind: str  # photo, oil, ..., or process
    quality: str  # grade of the label map, A for the best
    settings: EvalSettings
    processes: tuple[Process, ...] = ()  # of this painting; true ones are references, predicted ones are scored
    external: tuple[tuple[str, tuple[Path, ...]], ...] = ()  # name of another tool, its sequences

    @property
    def references(self) -> list[Process]:
        """The true processes: recorded or simulated."""
        return [process for process in self.processes if process.info.get("kind") in TRUE_KINDS]

    @property
    def predicted(self) -> list[Process]:
        """The processes that are to be scored themselves."""
        return [process for process in self.processes if process.info.get("kind") not in TRUE_KINDS]


def find_inputs(folders: Sequence[Path], split: str) -> tuple[list[PictureFile], list[list[Process]]]:
    """Find pictures, and processes grouped by painting, in files and folders; `split` is val, train or all.

    A folder with processes at or below it (or in shards) gives these, any other its pictures.
    UserError for an unknown split, or an input that does not exist.
    """
    if split not in (*SPLITS, "all"):
        raise UserError(f"--split {split} is not understood.", fix="Use val, train or all.")
    wanted = None if split == "all" else split
    pictures: list[PictureFile] = []
    processes: list[Process] = []
    for folder in folders:
        if folder.is_dir() and (find_sharded([folder]) or next(folder.rglob("process.json"), None)):
            processes += find_processes([folder], split=wanted)
        else:
            has_splits = folder.is_dir() and (folder / "manifest.jsonl").is_file()
            pictures += find_pictures([folder], wanted if has_splits else None)
    return pictures, same_painting(processes)


def make_cases(
    inputs: tuple[list[PictureFile], list[list[Process]]],
    limit: int,
    settings: EvalSettings,
    labels: str | None,
    external: dict[str, Path],
) -> tuple[list[EvalCase], list[EvalCase]]:
    """Make the cases to paint; and, for the segment stage alone, of the other pictures with a quality-A label map.

    Args:
        limit: most cases to paint, spread evenly; 0 for all.
        labels: predicted, given, or None: predicted for pictures, given for processes.
        external: name of another tool -> folder with its sequences.
    """
    pictures, groups = inputs
    chosen = pick_evenly([*pictures, *groups], limit)
    painted = _picture_cases([p for p in pictures if p in chosen], replace(settings, labels=labels or "predicted"))
    painted += process_cases([g for g in groups if g in chosen], replace(settings, labels=labels or "given"))
    if external:
        painted = with_external(painted, external)
    others = [p for p in pictures if p not in chosen and p.quality == "A"] if settings.systems else []
    return painted, _picture_cases(others, replace(settings, labels=labels or "predicted", systems={}))


def picture_group(kind: str) -> str:
    """Name the group of the report that a kind of picture belongs to; "" is an unknown kind."""
    return "photos" if kind == "photo" else "paintings" if kind else "pictures"


def _picture_cases(pictures: Sequence[PictureFile], settings: EvalSettings) -> list[EvalCase]:
    return [EvalCase(p.name, p.image, p.portrait_labels, p.kind, p.quality, settings) for p in pictures]


def process_cases(groups: Sequence[Sequence[Process]], settings: EvalSettings) -> list[EvalCase]:
    """Make one case per painting of which there are processes, named after the first of these."""
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


def with_external(cases: Sequence[EvalCase], external: dict[str, Path]) -> list[EvalCase]:
    """Add other tools' sequences (name -> folder). UserError when a folder has nothing for any of the cases."""
    result = []
    counts = dict.fromkeys(external, 0)
    for case in cases:
        found = {name: _sequences(folder, case, len(cases) == 1) for name, folder in external.items()}
        for name, paths in found.items():
            counts[name] += len(paths)
        result.append(replace(case, external=tuple((name, tuple(paths)) for name, paths in found.items() if paths)))
    for name, count in counts.items():
        if not count:
            example = external[name] / (cases[0].name if cases else "NAME")
            raise UserError(
                f"There are no frames for --other {name}={external[name]}.",
                "No folder or video in it is named after a painting that is evaluated.",
                f"Put the frames of each painting into a folder such as {example}.",
            )
    return result


def _sequences(folder: Path, case: EvalCase, alone: bool) -> list[Path]:
    """Look up sequences by the case's name; of processes also by the picture's file and by any of their names."""
    names = [case.name, *(process.folder.name for process in case.processes)]
    names += [Path((process.info.get("painting") or {}).get("path") or "").stem for process in case.processes]
    for name in dict.fromkeys(filter(None, names)):
        if found := find_sequences(folder, name, False):
            return found
    return find_sequences(folder, case.name, True) if alone else []
