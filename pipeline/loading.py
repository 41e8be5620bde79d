"""From what a person says about a stage (a name, a folder, a hub id, an object) to its block."""

from __future__ import annotations

import contextlib
import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..modules.io.errors import PPPError, UserError
from ..modules.io.files import path_exists, read_json
from ..modules.io.json_schema import find_mismatch
from .blocks.registry import block_names, named_block
from .graph.graph import Block, Step
from .stages import STAGES

if TYPE_CHECKING:
    import torch

SHIPPED = Path(__file__).resolve().parent.parent / "weights"
PIPELINE_FILE = "pipeline.json"
FORMAT = 1
_HUB_ID = re.compile(r"([\w.-]+/[\w.-]+)(?:@([\w.][\w./-]*))?")  # owner/name, and a branch, tag or commit


@dataclass(frozen=True)
class LoadedStage:
    """A stage ready to run. sha256: of its weights, None for a block without any. model: to save it again, or None.
    name: the registered name of a block without weights."""

    block: Block | Step
    sha256: str | None = None
    model: Any = None
    name: str | None = None


def choose_device(name: str) -> torch.device:
    """auto, cpu, cuda, cuda:1 or mps -> the device. UserError for an unknown one, or one this machine lacks."""
    import torch

    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    what, fix = f"The device {name!r} cannot be used.", "Use auto or cpu."
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UserError(what, "There is no such device.", "Use auto, cpu, cuda or mps.") from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(what, f"This torch sees {torch.cuda.device_count()} CUDA devices.", fix)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise UserError(what, "This torch has no MPS device.", fix)
    if device.type not in ("cpu", "cuda", "mps"):
        raise UserError(what, "Only cpu, cuda and mps are supported.", fix)
    return device


def find_folder(name: str | Path, what: str, others: str) -> Path:
    """A folder on disk or, for "owner/name" or "owner/name@revision" that is none, one of the Hugging Face hub.

    What was downloaded once is found in the hub's cache without a network.
    what, others: for the message: what it should have been, and which names would have been understood.
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

        return Path(snapshot_download(hub[1], revision=hub[2], allow_patterns=["*.json", "*.safetensors"]))
    except Exception as error:
        # The hub's client raises a dozen kinds: no network, no such repository, no rights, no space.
        reason = str(error).strip().splitlines()[0] if str(error).strip() else ""
        raise UserError(
            f"{name} cannot be used as {what}.",
            f"There is no such folder here, and the hub gave: {type(error).__name__} {reason}"[:300],
            f"Check the name and the network, or give a folder, {others}.",
        ) from error


def load_stage(stage: str, source: str | Path | Block | Step, device: Any) -> LoadedStage:
    """A stage from a block, a registered name, a model folder, a training run, or a hub id.

    Raises UserError when it does not load or holds another stage, PPPError when torch itself does not load.
    """
    if isinstance(source, Block | Step):
        return LoadedStage(source, name=getattr(source, "name", None))
    if isinstance(source, str) and (block := named_block(stage, source)) is not None:
        return LoadedStage(block, name=source)
    names = block_names(stage)
    others = f"a hub id (owner/name), or one of: {', '.join(names)}" if names else "or a hub id (owner/name)"
    folder = find_folder(source, f"stage {stage}", others)
    with matched_torch():
        from ..modules.io.pretrained import read_manifest

        model = STAGES[stage].model_class().from_pretrained(folder)
        block = STAGES[stage].block_class()(model, device)
        return LoadedStage(block, sha256=read_manifest(folder).get("sha256"), model=model)


class matched_torch(AbstractContextManager):
    """Turns the failure of a torch and a torchvision that do not belong together into a message that helps."""

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, RuntimeError | ImportError | OSError) and "torchvision" in str(error):
            raise PPPError(
                "torch and torchvision do not belong together.",
                str(error).strip().splitlines()[0],
                "Install a matching pair from one index: pip install --force-reinstall torch torchvision",
            ) from error


def read_pipeline(folder: Path) -> dict[str, Any]:
    """The pipeline.json of a folder: {"format", "graph", "stages": {stage: sub-folder, folder, hub id or name}}.

    Raises UserError when it is missing, damaged or newer.
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


def shipped_names() -> list[str]:
    """The pipelines that come with the package."""
    return sorted(path.parent.name for path in SHIPPED.glob(f"*/{PIPELINE_FILE}"))
