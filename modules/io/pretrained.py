"""Trained models in torch: written atomically to a model folder (model_folder.py), verified on loading.

Nothing is ever unpickled.
"""

import dataclasses
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ..version import __version__
from .config_json import config_from_json, config_to_json
from .errors import PPPError, UserError
from .files import atomic_folder, file_sha256
from .model_folder import (
    CONFIG,
    CONFIG_HASH,
    FORMAT,
    GRAPHS,
    WEIGHTS,
    check_model,
    model_folder,
    write_manifest,
)  # fmt: skip

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
        known = {CONFIG, WEIGHTS, *(p.name for p in folder.glob("*.onnx"))}
        others = sorted(p.name for p in folder.iterdir() if p.name not in known) if folder.is_dir() else []
        if others or not folder.is_dir():
            raise UserError(
                f"The model cannot be saved in {folder}.",
                f"It contains other files: {', '.join(others[:5])}." if folder.is_dir() else "It is a file.",
                "Choose a new or empty folder.",
            )
    if taken := set(extra or {}) & {"format", "stage", "config", "sha256", CONFIG_HASH, "ppp_version", GRAPHS}:
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
        write_manifest(part, manifest)


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


def load_model(folder: Path | str, stage: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read a model folder, or the EMA model of a training run.

    Args:
        stage: the stage that the model must belong to.

    Returns:
        The config, and the state dict with float32 tensors on the CPU.

    Raises:
        UserError: as `check_model`.
    """
    manifest = check_model(folder, stage)
    state = load_file(model_folder(folder) / WEIGHTS)
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


class _Unfilled(TorchFunctionMode):
    """Models made in its context have parameters without initial values: those of a file come in their place.

    On the meta device torch would first import, for seconds, what tells the shapes of drawn numbers.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__module__", None) == "torch.nn.init":
            return kwargs["tensor"] if "tensor" in kwargs else args[0]
        return func(*args, **kwargs)


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
            kind = cls.class_for(config)
            made = config_from_json(kind.Config, config)
            with _Unfilled():
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
