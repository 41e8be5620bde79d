"""Loading stages: from a name, a folder, a hub id or an object to the block of a stage."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..modules.io.errors import UserError
from ..modules.io.files import path_exists, read_json
from ..modules.io.json_schema import find_mismatch
from ..modules.io.model_folder import check_graphs, check_model, read_manifest
from .blocks.registry import block_names, named_block
from .device import choose_device, matched_torch
from .graph import Block, Step
from .runtime import choose_runtime
from .stages import STAGES, import_class

SHIPPED = Path(__file__).resolve().parent.parent / "weights"
PIPELINE_FILE = "pipeline.json"
FORMAT = 1
_HUB_ID = re.compile(r"([\w.-]+/[\w.-]+)(?:@([\w.][\w./-]*))?")  # owner/name, and a branch, tag or commit

StageSource = str | Path | Block | Step


@dataclass(frozen=True)
class LoadedStage:
    """A stage ready to run."""

    block: Block | Step  # what stands in the graph
    sha256: str | None = None  # of its weights; None for a block without any
    model: Any = None  # the network in torch, to save it again; None for a block without one, and in other runtimes
    name: str | None = None  # the registered name of a block without weights
    runtime: str | None = None  # what computes it, torch or onnx; None for a block without a network
    file: str | None = None  # SHA-256 of the file that a person provided in place of the stage
    folder: Path | None = None  # of the model

    @property
    def weights(self) -> str | dict[str, str] | None:
        """What process.json says that the stage was made by: a SHA-256, or {"file": ...}."""
        return self.sha256 if self.file is None else {"file": self.file}


def load_stage(stage: str, source: StageSource, device: str = "auto", runtime: str = "auto") -> LoadedStage:
    """Load a stage from a block, a registered name, a model folder, a training run, or a hub id.

    Args:
        device: auto, cpu, cuda or mps.
        runtime: auto, torch or onnx.

    Raises:
        UserError: it does not load, or is another stage.
        PPPError: torch itself does not load.
    """
    found = find_stage(stage, source)
    if not isinstance(found, Path):
        return LoadedStage(found, name=source if isinstance(source, str) else getattr(found, "name", None))
    spec = STAGES[stage]
    manifest = check_model(found, stage)
    graphs = check_graphs(found, manifest)
    chosen, model = choose_runtime(runtime, device, bool(graphs), str(found)), None
    if chosen == "onnx":
        network = import_class(spec.onnx_network)(manifest["config"], graphs)
    else:
        with matched_torch():
            model = import_class(spec.model).from_pretrained(found, device=choose_device(device))
            network = import_class(spec.torch_network)(model)
    block = import_class(spec.block)(network)
    return LoadedStage(block, sha256=manifest.get("sha256"), model=model, folder=found, runtime=chosen)


def read_config(stage: str, source: StageSource) -> dict[str, Any] | None:
    """Read the config of a stage's model without loading its weights; None for a block. Raises as `load_stage`."""
    found = find_stage(stage, source)
    if not isinstance(found, Path):
        return None
    return read_manifest(found)["config"]


def load_planner(source: StageSource, device: str) -> Any:
    """Load the planner in the folder of a frames model, a `Proposer`; None for a block, or a model without one."""
    found = find_stage("frames", source)
    if not isinstance(found, Path):
        return None
    with matched_torch():
        from ..modules.frames.planner.inference import load_proposer

        return load_proposer(found, choose_device(device))


def copy_planner(frames: Path, to: Path) -> None:
    """Copy the planner in the folder of a frames model, if it has one, into another model's folder."""
    with matched_torch():
        from ..modules.frames.planner import model

        model.copy_planner(frames, to)


def find_stage(stage: str, source: StageSource) -> Block | Step | Path:
    """Find the block that a source is or names, or the folder of its model."""
    if isinstance(source, Block | Step):
        return source
    if isinstance(source, str) and (block := named_block(stage, source)) is not None:
        return block
    names = block_names(stage)
    others = f"a hub id (owner/name), or one of: {', '.join(names)}" if names else "or a hub id (owner/name)"
    return find_folder(source, f"stage {stage}", others)


def find_folder(name: str | Path, what: str, others: str) -> Path:
    """Find a folder on disk or, for "owner/name" or "owner/name@revision" that is none, on the Hugging Face hub.

    What was downloaded once is found in the hub's cache without a network.

    Args:
        name: the folder or hub id.
        what: what it is meant to be, for the message.
        others: which names would have been understood, for the message.

    Raises:
        UserError: it is neither here nor on the hub.
    """
    with contextlib.suppress(RuntimeError):  # ~ of a user that does not exist
        name = Path(name).expanduser() if str(name).startswith("~") else name
    if path_exists(name, "folder"):
        return Path(name)
    if path_exists(name, "file"):
        raise UserError(f"{name} cannot be used as {what}.", "It is a file.", "Give the folder it lies in.")
    hub = _HUB_ID.fullmatch(name) if isinstance(name, str) else None
    if hub is None or hub[1].split("/")[0] in (".", ".."):
        raise UserError(f"{name} cannot be used as {what}.", "There is no such folder.", f"Give a folder, {others}.")
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(hub[1], revision=hub[2], allow_patterns=["*.json", "*.safetensors", "*.onnx"]))
    except Exception as error:
        # The hub's client raises a dozen kinds: no network, no such repository, no rights, no space.
        reason = str(error).strip().splitlines()[0] if str(error).strip() else ""
        raise UserError(
            f"{name} cannot be used as {what}.",
            f"There is no such folder here, and the hub gave: {type(error).__name__} {reason}"[:300],
            f"Check the name and the network, or give a folder, {others}.",
        ) from error


def find_pipeline(name: str | Path, revision: str | None = None) -> tuple[Path, str]:
    """Find a pipeline that ships, a folder, or one on the hub -> its folder, and how process.json names it.

    Args:
        revision: branch, tag or commit of a hub id; "owner/name@revision" says the same.

    Raises:
        UserError: there is no such pipeline, or a revision is given for another than a hub id.
    """
    if revision is not None:
        if isinstance(name, Path) or not re.fullmatch(r"[\w.-]+/[\w.-]+", name) or Path(name).is_dir():
            raise UserError(f"{name} has no revision {revision!r}.", "Only Hub repositories have revisions.")
        name = f"{name}@{revision}"
    names = sorted(path.parent.name for path in SHIPPED.glob(f"*/{PIPELINE_FILE}"))
    if isinstance(name, str) and name in names:
        return SHIPPED / name, name
    others = "a hub id (owner/name)" + (f", or one of: {', '.join(names)}" if names else "")
    folder = find_folder(name, "weights", others)
    relative = path_exists(name, "folder") and not Path(name).is_absolute()
    return folder, str(folder.resolve()) if relative else str(name)


def read_pipeline(folder: Path) -> dict[str, Any]:
    """Read pipeline.json: {"format", "graph", "stages": {stage: sub-folder, folder, hub id or name}}.

    Raises UserError: it is missing, damaged, or of a newer format.
    """
    what = f"{folder} cannot be loaded as a pipeline."
    if not (folder / PIPELINE_FILE).exists():
        single = " It looks like a single stage: use --stage." if (folder / "config.json").exists() else ""
        raise UserError(what, f"There is no {PIPELINE_FILE} in it.{single}", "Give a pipeline's folder.")
    data = read_json(folder / PIPELINE_FILE, f"{what[:-1]}: its {PIPELINE_FILE} is damaged.", "Get it again.")
    if isinstance(data, dict) and isinstance(data.get("format"), int) and data["format"] > FORMAT:
        raise UserError(what, f"It has format {data['format']}; this ppp reads up to {FORMAT}.", "Update ppp.")
    if wrong := find_mismatch(data, {"format": int, "stages": {"*": str}, "?graph": (str, dict)}):
        raise UserError(what, f"Its {PIPELINE_FILE} is not one that ppp wrote: {wrong}.", "Get it again.")
    return data
