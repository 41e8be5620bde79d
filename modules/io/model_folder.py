"""Model folders: `config.json`, `model.safetensors` and, where it was exported, the network's graphs as ONNX.

config.json: {"format": 1, "stage": "segment", "config": {...}, "sha256": "<of model.safetensors>",
"config_sha256": "<of everything else in here>", "ppp_version": "...", "onnx": {"<file>": "<its SHA-256>"},
...whatever the training wants to remember}. Does not import torch.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from ..version import __version__
from .config_json import check_ranges
from .errors import UserError
from .files import file_sha256

FORMAT = 1  # raised when an older ppp could no longer read the folder correctly
CONFIG, WEIGHTS = "config.json", "model.safetensors"
# Hash of config.json itself: a damaged digit leaves it valid JSON and the weights loadable.
CONFIG_HASH = "config_sha256"
GRAPHS = "onnx"  # key of config.json
AGAIN = "Get or train the model again."


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
        raise UserError(what, f"Its {CONFIG} is damaged ({error}).", AGAIN) from None
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


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write config.json with the hash of itself."""
    manifest[CONFIG_HASH] = manifest_sha256(manifest)
    (folder / CONFIG).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def check_model(folder: Path | str, stage: str) -> dict[str, Any]:
    """Read the config.json of a model folder or training run, and check its weights.

    Args:
        stage: the stage that the model must belong to.

    Raises:
        UserError: the folder is missing or damaged (the weights' SHA-256 is checked), belongs to another stage, was
            written by a newer ppp, or holds numbers that no model of ours has, NaN and infinity among them.
    """
    manifest = read_manifest(folder)
    what = f"{folder} cannot be loaded as a model."
    if manifest["stage"] != stage:
        raise UserError(
            what,
            f"Its stage is {manifest['stage']!r}, but {stage!r} is needed.",
            f"Give a folder of the stage {stage!r}.",
        )
    try:
        check_ranges(manifest["config"])
    except (ValueError, RecursionError) as error:
        raise UserError(what, f"Its config holds {error}.", AGAIN) from None
    path = model_folder(folder) / WEIGHTS
    if not path.is_file():
        raise UserError(what, f"There is no {WEIGHTS} in it.", AGAIN)
    if file_sha256(path) != manifest.get("sha256"):
        raise UserError(what, f"Its {WEIGHTS} is damaged: it does not match the SHA-256 in its {CONFIG}.", AGAIN)
    try:
        with safe_open(path, "numpy") as file:
            names = file.keys()
            bad = next((name for name in names if not np.isfinite(file.get_tensor(name)).all()), None)
    except (SafetensorError, OSError) as error:
        raise UserError(what, f"Its {WEIGHTS} is damaged ({error}).", AGAIN) from error
    if bad:
        raise UserError(what, f"Its {WEIGHTS} holds NaN or infinity, in {bad}.", AGAIN)
    return manifest


def check_graphs(folder: Path | str, manifest: dict[str, Any]) -> dict[str, Path]:
    """Find the ONNX graphs of a model folder by their names, checked by their SHA-256; {} where it was not exported.

    Raises UserError when one is missing or damaged.
    """
    found = {}
    for name, sha256 in manifest.get(GRAPHS, {}).items():
        path = model_folder(folder) / Path(name).name
        if not path.is_file() or file_sha256(path) != sha256:
            what, why = f"{folder} cannot be loaded as a model.", f"Its {name} is missing or damaged."
            raise UserError(what, why, "Get it again, or make it: ppp export FOLDER -o NEW")
        found[path.stem] = path
    return found
