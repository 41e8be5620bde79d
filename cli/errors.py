"""Translation of any exception into an error that a user can act on. Does not import torch."""

from ..modules.io.errors import PPPError, UserError, install_extra, is_disk_full
from ..pipeline.device import torch_mismatch
from ..pipeline.runtime import INSTALL_TORCH, TORCH_MISSING

# extra (pyproject.toml) -> import names of its packages
EXTRAS = {
    "train": ("lightning_fabric", "tensorboard", "scipy", "skimage"),
    "video": ("av",),
    "onnx": ("onnxruntime", "onnx", "onnxscript", "onnx_ir"),
    "data": ("webdataset", "resvg_py", "defusedxml", "psd_tools"),
    "sign": ("cryptography",),
    "c2pa": ("c2pa",),
    "serve": ("fastapi", "uvicorn"),
    "cluster": ("ray", "fsspec"),
    "paper": ("fpdf", "fontTools"),
}

TRAINS = ("torch", "torchvision", "segmentation_models_pytorch")  # the light install leaves them out


def explain(error: BaseException) -> PPPError:
    """Convert any exception to a PPPError, whose message has at most three lines."""
    if isinstance(error, PPPError):
        return error
    text = str(error).strip()
    first = text.splitlines()[0][:300] if text else ""
    if "torchvision::" in text or "torchvision._C" in text:
        return torch_mismatch(error)
    if isinstance(error, MemoryError) or "out of memory" in text.lower():
        return PPPError("There is not enough memory.", first, "Use a smaller picture, or --device cpu.")
    if is_disk_full(error):
        return PPPError("The disk is full.", first, "Free some space, or write to another disk with -o.")
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("ppp"):
        package = error.name.split(".")[0]
        if package in TRAINS:
            return UserError(f"This needs the package {package!r}.", TORCH_MISSING, INSTALL_TORCH)
        extra = next((extra for extra, packages in EXTRAS.items() if package in packages), None)
        fix = 'Install ppp again, in its clone: pip install -e "."' if extra is None else install_extra(extra)
        return PPPError(f"The package {package!r} is not installed.", first, fix)
    return PPPError(
        "Something went wrong inside ppp.",
        f"{type(error).__name__}: {first}",
        "Run it again with PPP_DEBUG=1 to see the traceback, and report it.",
    )
