"""Trained models on disk: folders with `config.json` and `model.safetensors`, written atomically, verified on loading.

config.json: {"format": 1, "stage": "segment", "config": {...}, "sha256": "<of model.safetensors>",
"config_sha256": "<of everything else in here>", "ppp_version": "...", ...whatever the training wants to remember}.
Nothing is ever unpickled.
"""

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ..version import __version__
from .config_json import check_ranges, config_from_json, config_to_json
from .errors import PPPError, UserError
from .files import atomic_folder, file_sha256

FORMAT = 1  # raised when an older ppp could no longer read the folder correctly
CONFIG, WEIGHTS = "config.json", "model.safetensors"
# Hash of config.json itself: a damaged digit leaves it valid JSON and the weights loadable.
CONFIG_HASH = "config_sha256"
RESERVED = ("format", "stage", "config", "sha256", CONFIG_HASH, "ppp_version")
# Tiny variances lose digits as float16, and they are too few to be worth it.
KEEP_FLOAT32 = ("running_mean", "running_var")


def save_model(
    folder: Path | str,
    stage: str,
    config: dict[str, Any],
    state: dict[str, Tensor],
    *,
    half: bool = False,
    extra: dict[str, Any] | None = None,
) -> None:
    """Write a model folder atomically, replacing an older one.

    Args:
        stage: segment, firstframe or frames.
        config: constructor settings of the model, JSON values.
        state: tensors of any shape and device.
        half: store floats as float16, except running statistics and tensors that exceed its range.
        extra: more keys for config.json, such as training figures.

    Raises:
        UserError: `folder` contains anything but a model.
        ValueError: `extra` has a reserved key.
    """
    folder = Path(folder)
    if folder.exists():
        others = sorted(p.name for p in folder.iterdir() if p.name not in (CONFIG, WEIGHTS)) if folder.is_dir() else []
        if others or not folder.is_dir():
            raise UserError(
                f"The model cannot be saved in {folder}.",
                f"It contains other files: {', '.join(others[:5])}." if folder.is_dir() else "It is a file.",
                "Choose a new or empty folder.",
            )
    if taken := set(extra or {}) & set(RESERVED):
        raise ValueError(f"reserved keys of config.json: {sorted(taken)}")
    tensors = {name: _prepare_tensor(name, tensor, half) for name, tensor in state.items()}
    with atomic_folder(folder) as part:
        _write(tensors, part / WEIGHTS)
        manifest = {
            "format": FORMAT,
            "stage": stage,
            "config": config,
            "sha256": file_sha256(part / WEIGHTS),
            CONFIG_HASH: "",  # in the middle, so that a person can delete the line
            "ppp_version": __version__,
            **(extra or {}),
        }
        manifest[CONFIG_HASH] = manifest_sha256(manifest)
        (part / CONFIG).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _write(tensors: dict[str, Tensor], path: Path) -> None:
    try:
        save_file(tensors, path)
    except SafetensorError as error:
        # All its errors have one type; the error number in the text identifies a full disk.
        if number := re.search(r"(?:os error |Os \{ code: )(\d+)", str(error)):  # the second until safetensors 0.4
            raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from error
        raise


def _prepare_tensor(name: str, tensor: Tensor, half: bool) -> Tensor:
    # Copied, since safetensors refuses tensors that share memory.
    tensor = tensor.detach().to("cpu", copy=True).contiguous()
    if half and tensor.is_floating_point() and not name.endswith(KEEP_FLOAT32):
        small = tensor.half()
        if torch.isfinite(small).all():
            return small
    return tensor


def model_folder(folder: Path | str) -> Path:
    """Return the folder with the model's two files: `folder` itself, or `folder`/model of a training run."""
    folder = Path(folder)
    if not (folder / CONFIG).exists() and (folder / "model" / CONFIG).exists():
        return folder / "model"
    return folder


def manifest_sha256(manifest: dict[str, Any]) -> str:
    """Return the SHA-256 of a config.json without this hash, independent of its layout, 64 hex digits."""
    content = json.loads(json.dumps({key: value for key, value in manifest.items() if key != CONFIG_HASH}))
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def read_manifest(folder: Path | str) -> dict[str, Any]:
    """Read the config.json of a model folder or training run, without the weights.

    Raises UserError when it is missing, damaged, written by a newer ppp, or does not match its own hash; one without
    that hash (an older one, or one that a person has edited) is accepted.
    """
    path = model_folder(folder) / CONFIG
    what = f"{folder} cannot be loaded as a model."
    if not path.is_file():
        raise UserError(what, f"There is no {CONFIG} in it.", "Give a model folder or a training run.")
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise UserError(what, f"Its {CONFIG} is damaged ({error}).", "Get or train the model again.") from None
    if isinstance(manifest, dict) and isinstance(manifest.get("format"), int) and manifest["format"] > FORMAT:
        raise UserError(
            what,
            f"It has format {manifest['format']}, written by ppp {manifest.get('ppp_version', '?')};"
            f" this is ppp {__version__} and reads up to {FORMAT}.",
            "Use that version of ppp, or a newer one.",
        )
    if not isinstance(manifest, dict) or not isinstance(manifest.get("config"), dict) or "stage" not in manifest:
        raise UserError(what, f"Its {CONFIG} was not written by ppp.", "Give a model folder or a training run.")
    if CONFIG_HASH in manifest and manifest[CONFIG_HASH] != manifest_sha256(manifest):
        raise UserError(
            what,
            f"Its {CONFIG} is damaged: it does not match its {CONFIG_HASH}.",
            f'Get or train the model again. If you edited it yourself, delete its line "{CONFIG_HASH}".',
        )
    return manifest


def load_model(folder: Path | str, stage: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read a model folder, or the EMA model of a training run.

    Args:
        stage: the stage that the model must belong to.

    Returns:
        The config, and the state dict with float32 tensors on the CPU.

    Raises:
        UserError: the folder is missing or damaged (the weights' SHA-256 is checked), belongs to another stage, or was
            written by a newer ppp.
    """
    manifest = read_manifest(folder)
    what = f"{folder} cannot be loaded as a model."
    if manifest["stage"] != stage:
        raise UserError(
            what,
            f"Its stage is {manifest['stage']!r}, but {stage!r} is needed.",
            f"Give a folder of the stage {stage!r}.",
        )
    path = model_folder(folder) / WEIGHTS
    again = "Get or train the model again."
    if not path.is_file():
        raise UserError(what, f"There is no {WEIGHTS} in it.", again)
    if file_sha256(path) != manifest.get("sha256"):
        raise UserError(what, f"Its {WEIGHTS} is damaged: it does not match the SHA-256 in its {CONFIG}.", again)
    try:
        state = load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError(what, f"Its {WEIGHTS} is damaged ({error}).", again) from error
    if bad := next((k for k, v in state.items() if v.is_floating_point() and not torch.isfinite(v).all()), None):
        raise UserError(what, f"Its {WEIGHTS} holds NaN or infinity, in {bad}.", again)
    return manifest["config"], {k: v.float() if v.is_floating_point() else v for k, v in state.items()}


def load_state(module: nn.Module, state: dict[str, Tensor], folder: Path | str) -> None:
    """Load a state dict into `module`; `folder` is only named in messages.

    Raises UserError when tensors are missing, unexpected, or of another shape.
    """
    _check_shapes(module.state_dict(), state, folder)
    module.load_state_dict(state)


def _check_shapes(mine: Mapping[str, Tensor], state: Mapping[str, Tensor], folder: Path | str) -> None:
    """Raise UserError as `load_state` does, for the tensors that a model has."""
    what = f"The weights in {folder} do not fit the model."
    fix = f"Its {CONFIG} and {WEIGHTS} must come from one training."
    missing, unexpected = sorted(mine.keys() - state.keys()), sorted(state.keys() - mine.keys())
    if missing or unexpected:
        why = [f"{len(names)} tensors are {how}, such as {names[0]}" for how, names in
               (("missing", missing), ("unexpected", unexpected)) if names]  # fmt: skip
        raise UserError(what, "; ".join(why) + ".", fix)
    for name, tensor in state.items():
        if tensor.shape != mine[name].shape:
            raise UserError(
                what, f"{name} has the shape {tuple(tensor.shape)}, the model expects {tuple(mine[name].shape)}.", fix
            )


class PretrainedModel(nn.Module):
    """Base class of the stages' models, with `from_pretrained` and `save_pretrained`.

    A subclass sets `stage` and `Config` (a dataclass of JSON values), and takes a Config as its only argument.
    """

    stage: ClassVar[str]
    Config: ClassVar[type]
    config: Any

    @classmethod
    def class_for(cls, config: dict[str, Any]) -> type[Self]:
        """Choose the class for a stored config; a stage with variants overrides it."""
        return cls

    @classmethod
    def from_pretrained(cls, folder: Path | str, *, device: torch.device | str = "cpu") -> Self:
        """Load the model of a model folder or training run to `device`, in eval mode; UserError when that fails."""
        config, state = load_model(folder, cls.stage)
        try:
            check_ranges(config)
        except (ValueError, RecursionError) as error:
            raise UserError(
                f"{folder} cannot be loaded as a model.", f"Its config holds {error}.", "Get or train the model again."
            ) from None
        try:
            kind = cls.class_for(config)
            made = config_from_json(kind.Config, config)
            with torch.device("meta"):  # which takes no memory
                _check_shapes(kind(made).state_dict(), state, folder)
            model = kind(made)
        except TypeError as error:
            raise UserError(
                f"{folder} cannot be loaded as a model.",
                f"Its config does not match {cls.__name__} ({error}).",
                "It may come from another version of ppp: use that version, or train the model again.",
            ) from error
        load_state(model, state, folder)
        return model.to(device).eval()

    def save_pretrained(self, folder: Path | str, half: bool = False, extra: dict[str, Any] | None = None) -> None:
        """Write config and weights to `folder`; see `save_model`."""
        if not dataclasses.is_dataclass(self.config):
            raise PPPError(f"{type(self).__name__} cannot be saved.", "Its config is not a dataclass.")
        save_model(folder, self.stage, config_to_json(self.config), self.state_dict(), half=half, extra=extra)
