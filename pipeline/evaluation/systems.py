"""Systems under evaluation: sources of the frames stage, by name. Does not import torch.

`model` is the pipeline's own frames stage, `untrained` the same network with fresh weights; `partfade`, `crossfade` and
`simulate` are registered blocks; any other source has a name of its own. Beside them stand given processes: true ones
(`truth`), predicted ones, and other tools' frames.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ...modules.io.errors import UserError

if TYPE_CHECKING:
    from ..pipeline import Pipeline
    from .cases import EvalSettings

MODEL, UNTRAINED = "model", "untrained"
TRUTH, PREDICTED = "truth", "predicted"  # what the given processes are called in the tables
BASELINES = ("partfade", "crossfade", "simulate")
SEEDLESS = ("partfade", "crossfade")  # the same for every seed and plan: one run suffices
DEFAULT_SYSTEMS = ",".join((MODEL, UNTRAINED, *BASELINES))


def parse_systems(text: str, folder: Path) -> dict[str, str | None]:
    """Parse `model,untrained,partfade,mine=runs/mine` or "none" to name -> source, see `EvalSettings`.

    `folder` is where the untrained weights will be. UserError for an unknown name, or no name at all.
    """
    found: dict[str, str | None] = {}
    if text.strip() == "none":
        return found
    sources = {MODEL: None, UNTRAINED: str(folder / UNTRAINED), **{name: name for name in BASELINES}}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, _, source = item.partition("=")
        if not source and name not in sources:
            fix = f"Use {DEFAULT_SYSTEMS.replace(',', ', ')}, or NAME=SOURCE."
            raise UserError(f"There is no system {name!r}.", fix=fix)
        found[name] = source or sources[name]
    if not found:
        raise UserError("--systems names no system.", fix=f"Use for example --systems {DEFAULT_SYSTEMS}")
    return found


def parse_external(given: list[str], systems: dict[str, str | None]) -> dict[str, Path]:
    """Parse `NAME=FOLDER` of other tools' frames to name -> folder. UserError for a taken name or a missing folder."""
    found: dict[str, Path] = {}
    for text in given:
        name, _, folder = text.partition("=")
        what = f"--other {text} is not understood."
        if not name or not folder:
            raise UserError(what, fix="Write it as NAME=FOLDER, for example --other timecraft=results/timecraft")
        if name in {*systems, *found, TRUTH, PREDICTED}:
            raise UserError(what, f"There is a system {name!r} already.", "Choose another name.")
        if not Path(folder).is_dir():
            raise UserError(what, f"{folder} is no folder.", "Give the folder that holds a folder for each painting.")
        found[name] = Path(folder)
    return found


@lru_cache(maxsize=16)
def _load(weights: str, stages: tuple[tuple[str, str], ...], device: str) -> Pipeline:
    """Load each set of stages once a process."""
    from ..pipeline import Pipeline

    return Pipeline.from_pretrained(weights, device=device, runtime="torch", **dict(stages))


def load_system(settings: EvalSettings, system: str = MODEL) -> Pipeline:
    """Load the pipeline of a system; all systems share segment and firstframe. UserError when something is missing."""
    stages = dict(settings.stages)
    source = settings.systems.get(system)
    if source is not None:
        stages["frames"] = source
    return _load(settings.weights, tuple(sorted(stages.items())), settings.device)


def prepare_systems(settings: EvalSettings) -> dict[str, str]:
    """Load what takes part, save the untrained weights, and return the first 12 digits of each stage's SHA-256.

    UserError when something does not load, or has no network to be untrained.
    """
    if not settings.systems:
        return {}
    pipeline = load_system(settings)
    stages = ["segment"] if all(name in BASELINES for name in settings.systems) else list(pipeline.sources)
    hashes = {name: (pipeline.stage(name).sha256 or "none")[:12] for name in stages}
    if UNTRAINED in settings.systems:
        _save_untrained(settings, Path(str(settings.systems[UNTRAINED])))
    return hashes


def _save_untrained(settings: EvalSettings, folder: Path) -> None:
    """Save the frames network with fresh weights (torch seed 0), as `ppp train frames --steps 0` makes it."""
    import torch

    model = load_system(settings).stage("frames").model
    if model is None:
        raise UserError(
            "The system 'untrained' cannot be made.",
            "The frames stage in use is no network.",
            "Leave it out of --systems, or give a trained frames stage.",
        )
    torch.manual_seed(0)
    type(model)(model.config).save_pretrained(folder)
