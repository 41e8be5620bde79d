"""Cases of an evaluation on scenes: labelled pictures of data folders, what is known of them, and what is scored."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ...modules.data.manifest import MANIFEST, manifest_path, read_manifest
from ...modules.data.pictures import SPLITS, pick_evenly
from ...modules.io.errors import UserError
from ...modules.labels import PORTRAIT
from ...modules.segment.inference import SegmentPredictor
from ...modules.segment.torch_network import TorchSegmentNetwork
from ...modules.segment.training_pictures import UNKNOWN, LabelledPicture, load_training_pictures
from ...modules.things import ALL_CLASSES, SCENE_CLASSES
from ..loading import LoadedStage
from ..pipeline import Pipeline
from .systems import MODEL, UNTRAINED

HAND, TEACHERS, LAYERED, DRAWN, PORTRAITS = "quality H", "quality A and B", "layered art", "drawn scenes", "portraits"
GROUPS = (HAND, TEACHERS, LAYERED, DRAWN, PORTRAITS)  # tables of the report, in this order


@dataclass(frozen=True)
class SceneSettings:
    """Settings of an evaluation of the segment stage on scenes."""

    weights: str  # the pipeline, as `Pipeline.from_pretrained` takes it
    stages: tuple[tuple[str, str], ...]  # (stage, source) in place of its own
    device: str
    thumbs: Path  # where the strips of the contact sheets go


@dataclass(frozen=True)
class SceneCase:
    """One labelled picture, and where it lies."""

    name: str  # unique in the evaluation
    folder: Path
    picture: LabelledPicture
    row: dict[str, Any]  # of the folder's manifest, {} without one
    settings: SceneSettings

    @property
    def group(self) -> str:
        """The table that it is counted in."""
        if self.picture.order is not None:
            return DRAWN if self.picture.kind == "drawn" else LAYERED
        if not self.picture.scenic:
            return PORTRAITS
        return HAND if self.picture.quality == "H" else TEACHERS


def scene_cases(folders: list[Path], split: str, limit: int, settings: SceneSettings) -> list[SceneCase]:
    """Read the labelled pictures of data folders; of portraits those of quality A.

    Args:
        folders: as `load_training_pictures` takes them.
        split: val, train or all.
        limit: most pictures of each folder, spread evenly; 0 for all.

    Raises:
        UserError: a folder is no such folder or has nothing of the split, or the stage sees no scenes.
    """
    if split not in (*SPLITS, "all"):
        raise UserError(f"--split {split} is not understood.", fix="Use val, train or all.")
    load_predictors(settings)
    cases: list[SceneCase] = []
    taken: Counter[str] = Counter()
    for folder in folders:
        rows = {Path(row["file"]).stem: row for row in read_manifest(folder)} if (folder / MANIFEST).is_file() else {}
        found, _ = load_training_pictures([folder], frozenset(), None if split == "all" else split)
        for picture in pick_evenly([p for p in found if p.scenic or p.quality == "A"], limit):
            taken[picture.name] += 1
            number = f"~{taken[picture.name]}" if taken[picture.name] > 1 else ""
            row = rows.get(picture.name, {})
            cases.append(SceneCase(f"{picture.name}{number}", folder, picture, row, settings))
    if not cases:
        raise UserError("No scene can be scored.", "Label maps of portraits count in quality A only.", "Give scenes.")
    return cases


@lru_cache(maxsize=2)
def load_predictors(settings: SceneSettings) -> dict[str, SegmentPredictor]:
    """Load the segment stage and its untrained counterpart (torch seed 0) once a process.

    UserError when it is no network that tells scene classes apart.
    """
    import torch

    model = _segment_stage(settings).model
    if model is None or not model.config.scenes:
        raise UserError(
            "The segment stage cannot be scored on scenes.",
            "It is no network that tells scene classes apart.",
            "Give one: --stage segment=RUN, trained by ppp train segment.",
        )
    torch.manual_seed(0)
    untrained = type(model)(model.config).to(settings.device).eval()
    return {name: SegmentPredictor(TorchSegmentNetwork(net)) for name, net in ((MODEL, model), (UNTRAINED, untrained))}


@lru_cache(maxsize=2)
def _segment_stage(settings: SceneSettings) -> LoadedStage:
    pipeline = Pipeline.from_pretrained(
        settings.weights, device=settings.device, runtime="torch", **dict(settings.stages)
    )
    return pipeline.stage("segment")


def segment_hash(settings: SceneSettings) -> str:
    """Return the first 12 digits of the SHA-256 of the stage's weights."""
    return (_segment_stage(settings).sha256 or "none")[:12]


def teacher_scores(case: SceneCase) -> np.ndarray | None:
    """Read the teacher's scores of `SCENE_CLASSES` (15,h,w) float32, if the manifest names them.

    Raises UserError: the file is missing or no such scores.
    """
    if not case.row.get("soft"):
        return None
    path = manifest_path(case.folder, case.row["soft"])
    try:
        with np.load(path, allow_pickle=False) as file:
            scores = file["p"]
        if scores.ndim != 3 or scores.shape[2] != len(SCENE_CLASSES) + 1:
            raise ValueError(f"p has the shape {scores.shape}")
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path} cannot be used as soft scores.", f"{error}") from None
    return np.asarray(scores[..., 1:].transpose(2, 0, 1), np.float32)  # the first is void


def true_order(case: SceneCase) -> tuple[np.ndarray, np.ndarray] | None:
    """Find what is known of a picture's order: parts (H,W), 0 for none, and how near each is (K,); None for nothing.

    Layers are in their order, parts of portraits as a rule; of scenes the manifest may list the classes far to near.
    """
    picture = case.picture
    if picture.order is not None:
        return picture.order, np.arange(int(picture.order.max()) + 1)
    if not picture.scenic:
        return picture.labels, PORTRAIT.depth_order
    listed = [str(name).split(" (")[0] for name in case.row.get("order") or ()]
    if case.group != HAND or not listed:
        return None
    nearness = np.zeros(UNKNOWN + 1, np.int64)
    for place, name in enumerate(listed, 1):
        if listed.count(name) == 1 and name in SCENE_CLASSES:  # else the class map does not tell them apart
            nearness[ALL_CLASSES.index(name)] = place
    return np.where(nearness[picture.labels] > 0, picture.labels, 0), nearness
