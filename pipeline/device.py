"""The device that torch computes on, and a torch that does not load. Imports torch only when it is used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..modules.io.errors import PPPError, UserError

if TYPE_CHECKING:
    import torch


def choose_device(name: str) -> torch.device:
    """Choose a device: auto, cpu, cuda, cuda:1 or mps. UserError for an unknown one, or one this machine lacks."""
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


def torch_mismatch(error: BaseException) -> PPPError:
    """Make the error for a torch and a torchvision of different releases from the exception that they raise."""
    fix = "Install a matching pair from one index: pip install --force-reinstall torch torchvision"
    return PPPError("torch and torchvision are incompatible.", str(error).strip().splitlines()[0][:300], fix)


@contextmanager
def matched_torch() -> Iterator[None]:
    """Turn the failure of an incompatible torch and torchvision into a message that helps."""
    try:
        yield
    except (RuntimeError, ImportError, OSError) as error:
        if "torchvision" not in str(error):
            raise
        raise torch_mismatch(error) from error
