"""Damaged and malicious model folders: each must be rejected with a reason, and no code in it may run.

Each trial copies a shipped stage, damages the copy in one way, and loads it as a run would. Trials cycle through
`DAMAGES`; bytes and bits are drawn at random.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from ppp.modules.io.errors import UserError
from ppp.modules.io.files import file_sha256
from ppp.modules.io.model_folder import read_manifest
from ppp.pipeline.loading import SHIPPED, load_stage

from .results import TrialResults

TIMES = 120  # ten rounds of `DAMAGES`
STAGE = "firstframe"  # the smallest of the three
CONFIG, WEIGHTS = "config.json", "model.safetensors"


class Payload:
    """When unpickled, creates a folder: the proof that code ran."""

    def __init__(self, sign: Path) -> None:
        self.sign = sign

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.sign),)


def run(times: int, seed: int, folder: Path) -> TrialResults:
    """Try `times` damaged folders, after one intact folder without a network."""
    results = TrialResults()
    source = SHIPPED / "portrait" / STAGE
    with results.trial("whole, without a network", "loads"), patch.object(socket, "socket", side_effect=_no_network):
        load_stage(STAGE, source, "cpu")
        load_stage(STAGE, _again(source, folder), "cpu")
    for i in range(times):
        name, damage, expected = DAMAGES[i % len(DAMAGES)]
        copy, sign = folder / f"model-{i:03d}", folder / f"ran-{i:03d}"
        shutil.copytree(source, copy)
        with results.trial(f"{i} {name}", name):
            given = damage(copy, np.random.default_rng([seed, i]), sign) or copy
            message = _refusal(given)
            assert not sign.exists(), "the payload ran"
            # A flipped bit in a space, or in the name of the hash itself: everything that is used is as it was.
            harmless = not message and damage is _flip_config and _config(copy) == _config(source)
            assert message or harmless, "it was loaded"
            assert expected in message or harmless, f"the message is {message}"
        shutil.rmtree(copy)
    return results


def _refusal(given: Path) -> str:
    """Return the error message, or "" when it loads."""
    try:
        load_stage(STAGE, given, "cpu")
    except UserError as error:
        return str(error)
    return ""


def _config(folder: Path) -> Any:
    return read_manifest(folder)["config"]


def _no_network(*_: Any, **__: Any) -> Any:
    raise OSError("there is no network")


def _again(source: Path, folder: Path) -> Path:
    """Assert that saving, loading and saving again gives the same bytes."""
    one, two = folder / "one", folder / "two"
    load_stage(STAGE, source, "cpu").model.save_pretrained(one)
    load_stage(STAGE, one, "cpu").model.save_pretrained(two)
    for name in (CONFIG, WEIGHTS):
        assert (one / name).read_bytes() == (two / name).read_bytes(), f"{name} differs"
    return two


def _flip(copy: Path, rng: np.random.Generator, _: Path) -> None:
    data = bytearray((copy / WEIGHTS).read_bytes())
    data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    (copy / WEIGHTS).write_bytes(data)


def _cut(copy: Path, rng: np.random.Generator, _: Path) -> None:
    data = (copy / WEIGHTS).read_bytes()
    (copy / WEIGHTS).write_bytes(data[: int(rng.integers(len(data)))])


def _edit(copy: Path, **changes: Any) -> None:
    """Edit config.json and remove its hash."""
    path = copy / CONFIG
    manifest = {**json.loads(path.read_text("utf-8")), **changes}
    manifest.pop("config_sha256", None)
    path.write_text(json.dumps(manifest), "utf-8")


def _flip_config(copy: Path, rng: np.random.Generator, _: Path) -> None:
    """Flip any bit of config.json."""
    data = bytearray((copy / CONFIG).read_bytes())
    data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    (copy / CONFIG).write_bytes(data)


def _digit(copy: Path, rng: np.random.Generator, _: Path) -> None:
    """Change one digit of the config: valid JSON, and often a model that accepts the weights."""
    text = (copy / CONFIG).read_text("utf-8")
    numbers = [found.start() for found in re.finditer(r"(?<=[ \[])\d", text) if found.start() > text.index('"config"')]
    at = int(rng.choice(numbers))
    (copy / CONFIG).write_text(text[:at] + str(int(text[at]) % 9 + 1) + text[at + 1 :], "utf-8")


def _tensors(change: Callable[[dict[str, torch.Tensor], str], None]) -> Callable[..., None]:
    """Change the set of tensors, with the matching hash."""

    def damage(copy: Path, rng: np.random.Generator, _: Path) -> None:
        state = load_file(copy / WEIGHTS)
        change(state, str(rng.choice(sorted(state))))
        save_file(state, copy / WEIGHTS)
        _edit(copy, sha256=file_sha256(copy / WEIGHTS))

    return damage


def _drop(state: dict[str, torch.Tensor], key: str) -> None:
    del state[key]


def _add(state: dict[str, torch.Tensor], key: str) -> None:
    state[f"{key}.strange"] = torch.zeros(1)


def _reshape(state: dict[str, torch.Tensor], key: str) -> None:
    state[key] = torch.zeros(*state[key].shape, 2)


def _pickled(copy: Path, _: np.random.Generator, sign: Path) -> None:
    """Store a pickle under the name of the weights, with the matching hash."""
    (copy / WEIGHTS).write_bytes(pickle.dumps(Payload(sign)))
    _edit(copy, sha256=file_sha256(copy / WEIGHTS))


def _pt_beside(copy: Path, _: np.random.Generator, sign: Path) -> None:
    """Replace the weights by .pt files."""
    (copy / WEIGHTS).unlink()
    for name in ("model.pt", "pytorch_model.bin", "state.pt"):
        torch.save(Payload(sign), copy / name)


def _pt_itself(copy: Path, _: np.random.Generator, sign: Path) -> Path:
    """Give a .pt file as the stage."""
    torch.save(Payload(sign), copy / "model.pt")
    return copy / "model.pt"


DAMAGES: list[tuple[str, Callable[..., Path | None], str]] = [
    ("a bit flipped", _flip, "damaged"),
    ("cut off", _cut, "damaged"),
    ("a bit of config.json flipped", _flip_config, "cannot be loaded"),
    ("a digit of config.json changed", _digit, "config.json is damaged"),
    ("another stage", lambda copy, *_: _edit(copy, stage="frames"), "is needed"),
    ("a tensor missing", _tensors(_drop), "missing"),
    ("a tensor too many", _tensors(_add), "unexpected"),
    ("a tensor of another shape", _tensors(_reshape), "shape"),
    ("a newer format", lambda copy, *_: _edit(copy, format=99), "format 99"),
    ("a pickle as weights", _pickled, "damaged"),
    ("a .pt in place of the weights", _pt_beside, "no model.safetensors"),
    ("a .pt given as the stage", _pt_itself, "It is a file"),
]
