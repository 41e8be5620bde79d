"""Runtimes: what computes the networks, torch or ONNX Runtime. Imports neither."""

import sys
from importlib.util import find_spec

from ..modules.io.errors import UserError, choices, install_extra

PACKAGES = {"torch": "torch", "onnx": "onnxruntime"}
RUNTIMES = ("auto", *PACKAGES)
TORCH_MISSING = "PyTorch is not installed: this is the light install, which paints and does not train."
INSTALL_TORCH = install_extra("train")


def installed(package: str) -> bool:
    """Whether a package can be found; it is not imported."""
    try:
        return package in sys.modules or find_spec(package) is not None
    except ImportError:
        return False


def check_runtime(runtime: str, device: str) -> None:
    """Raise UserError for a runtime that does not exist, is not installed, or does not compute on a device."""
    what = f"The runtime {runtime!r} cannot be used."
    if runtime not in RUNTIMES:
        raise UserError(what, "There is no such runtime.", choices(runtime, RUNTIMES))
    if runtime == "torch" and not installed("torch"):
        raise UserError(what, TORCH_MISSING, INSTALL_TORCH)
    if runtime == "onnx" and not installed("onnxruntime"):
        raise UserError(what, "ONNX Runtime is not installed.", "pip install onnxruntime")
    if runtime == "onnx" and device not in ("auto", "cpu"):
        raise UserError(what, f"It computes on the CPU only, not on {device}.", "Use --runtime torch.")


def choose_runtime(runtime: str, device: str, exported: bool, model: str) -> str:
    """Choose torch or onnx for a model.

    Unasked it is ONNX Runtime, which starts in a tenth of the time, unless torch is loaded already or is alone in what
    is asked for: another device than the CPU, a model that was not exported.

    Args:
        exported: whether the model has ONNX graphs.
        model: its name, for messages.

    Raises UserError: what the model needs is not installed.
    """
    if runtime == "torch" or (runtime == "auto" and (device not in ("auto", "cpu") or "torch" in sys.modules)):
        check_runtime("torch", device)
        return "torch"
    if exported and installed("onnxruntime"):
        return "onnx"
    if runtime == "auto" and installed("torch"):
        return "torch"
    if not exported:
        fix = f"Export it where PyTorch is installed: ppp export {model} -o NEW"
        raise UserError(f"{model} does not run without PyTorch.", "It has no ONNX graphs.", fix)
    raise UserError("There is nothing that runs networks.", TORCH_MISSING, "pip install onnxruntime")
