"""Failures that are not ours by name, said so that a person can act on them. Does not import torch."""

from __future__ import annotations

import errno

from ..modules.errors import PPPError


def explain(error: BaseException) -> PPPError:
    """An error of at most three lines for any exception."""
    if isinstance(error, PPPError):
        return error
    text = str(error).strip()
    first = text.splitlines()[0][:300] if text else ""
    if "torchvision::" in text or "torchvision._C" in text:
        return PPPError(
            "torch and torchvision do not belong together.",
            first,
            "Install a matching pair from one index: pip install --force-reinstall torch torchvision",
        )
    if isinstance(error, MemoryError) or "out of memory" in text.lower():
        return PPPError("There is not enough memory.", first, "Use a smaller picture, or --device cpu.")
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return PPPError("The disk is full.", first, "Make room, or write to another disk with -o.")
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("ppp"):
        return PPPError(f"The package {error.name!r} is not installed.", first, f"Install it: pip install {error.name}")
    return PPPError(
        "Something went wrong inside ppp.",
        f"{type(error).__name__}: {first}",
        "Run it again with PPP_DEBUG=1 for the details, and report them.",
    )
