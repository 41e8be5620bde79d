"""Result cache: the scores of every picture and system on disk, so that an interrupted evaluation continues."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...modules.io.config_json import config_to_json
from ...modules.io.files import atomic_file, file_sha256
from ...modules.version import __version__
from .cases import EvalCase, EvalSettings
from .systems import BASELINES, load_system


def load_or_compute(path: Path | None, compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Read a result, or compute and store it; without a path nothing is stored."""
    if path is not None and path.is_file():
        return json.loads(path.read_text("utf-8"))
    found = compute()
    if path is not None:
        with atomic_file(path) as part:
            part.write_text(json.dumps(found), "utf-8")
    return found


def cache_path(settings: EvalSettings, case: EvalCase, system: str) -> Path | None:
    """Name the file of one system's result on one picture; None without a cache.

    The name depends on all that could change the result: the picture, the settings, and the weights that take part
    with their configs (some entries change what is done with the same weights).
    """
    if settings.cache is None:
        return None
    pipeline = load_system(settings, system)
    stages = ["segment"] if system in BASELINES else list(pipeline.sources)
    weights = {stage: pipeline.stage(stage).sha256 for stage in stages}
    models = {stage: pipeline.stage(stage).model for stage in stages}
    key: dict[str, Any] = {
        "weights": weights,
        "configs": {stage: config_to_json(model.config) for stage, model in models.items() if model is not None},
        "picture": _fingerprint(case),
        "system": settings.systems[system] if weights.get("frames") is None else "",
        "version": __version__,
    }
    names = ("frames", "seeds", "size", "plan", "labels", "device", "baseline_seeds", "rollout")
    key |= {name: getattr(settings, name) for name in names}
    if settings.perceptual != "auto":
        key["perceptual"] = settings.perceptual
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]
    return settings.cache / f"{case.name}--{system}--{digest}.json"


def _fingerprint(case: EvalCase) -> str:
    """Hash the painting, and the processes that runs are compared with."""
    if not case.processes:
        return file_sha256(case.image)
    digest = hashlib.sha256()
    for process in case.processes:
        for name in ("process.json", *process.frame_names):
            digest.update(hashlib.sha256(process.files.read(name)).digest())
        digest.update(process.labels().tobytes() if process.labelled else b"")
    return digest.hexdigest()
