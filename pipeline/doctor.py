"""Diagnosis of an installation for `ppp doctor`: what would keep a run from working, with remedies.

Every check does what a run would do (import, load, encode, write) rather than guess from versions. torch is imported in
its own check only, so that a torch that does not load is reported like any other fault.
"""

import importlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from importlib import metadata
from pathlib import Path

from ..modules.io.errors import PPPError, UserError
from .device import choose_device, matched_torch
from .memory import available, needed
from .runtime import INSTALL_TORCH, TORCH_MISSING, installed

OK, WARNING, FAULT = "ok", "warning", "fault"
DISTRIBUTION = "painting-process-predict"
REINSTALL = 'Install ppp again, in its clone: pip install --upgrade --force-reinstall -e ".[video]"'
# import names that every run needs -> distribution
REQUIRED = {
    "numpy": "numpy", "cv2": "opencv-python-headless", "PIL": "pillow", "typer": "typer", "rich": "rich",
    "safetensors": "safetensors",
}  # fmt: skip
FRAMES = 40


@dataclass(frozen=True)
class CheckResult:
    """Result of one check."""

    name: str  # what was checked
    state: str  # ok, warning or fault
    found: str  # what was found
    remedy: str = ""  # what to do about it

    def to_json(self) -> dict[str, str]:
        """Return the result as `ppp doctor --json` prints it."""
        return asdict(self)


def run_checks(
    *,
    weights: str = "portrait",
    stages: Mapping[str, str] | None = None,
    device: str = "auto",
    out: Path | str = ".",
    size: tuple[int, int] = (1024, 1024),
) -> Iterator[CheckResult]:
    """Check everything that a run with these options needs, one result after the other.

    Args:
        weights: name, folder or Hub repository of the pipeline.
        stages: other sources of stages.
        out: where the result would be written.
        size: (width, height) of the painting in pixels.
    """
    yield from _packages()
    torch_works = True
    for result in _torch():
        torch_works &= result.state != FAULT
        yield result
    if torch_works:
        yield _device(device)
        yield from _weights(weights, stages or {})
    yield _video()
    yield _memory(*size)
    yield _output(Path(out), *size)


def _packages() -> Iterator[CheckResult]:
    """Check that all required packages load and are not older than pyproject.toml allows."""
    loaded = []
    hub = {"huggingface_hub": "huggingface_hub"} if installed("torch") else {}  # comes with what torch needs
    for module, distribution in (REQUIRED | hub).items():
        try:
            importlib.import_module(module)
        except Exception as error:  # a library that does not load may raise anything
            yield CheckResult(distribution, FAULT, f"does not load: {_one_line(error)}", REINSTALL)
            continue
        version, minimum = _version(distribution), _min_version(distribution)
        if version and minimum and _version_numbers(version) < _version_numbers(minimum):
            yield CheckResult(
                distribution, FAULT, f"{version} is older than {minimum}, the oldest that works", REINSTALL
            )
        else:
            loaded.append(f"{distribution} {version or '(version unknown)'}")
    if loaded:
        yield CheckResult("packages", OK, ", ".join(loaded))


def _torch() -> Iterator[CheckResult]:
    """Check that torch and torchvision load and are of one release; without them, that ONNX Runtime loads."""
    if not installed("torch") and installed("onnxruntime"):
        import onnxruntime

        yield CheckResult("torch", OK, f"onnxruntime {onnxruntime.__version__} in its place: paints, does not train")
        return
    pair = "Install a matching pair from one index: pip install --force-reinstall torch torchvision"
    try:
        with matched_torch():
            import torch
            import torchvision
    except PPPError as error:
        yield CheckResult("torch", FAULT, f"{error.what} {error.why}", error.fix)
        return
    except Exception as error:
        yield CheckResult("torch", FAULT, f"does not load: {_one_line(error)}", pair)
        return
    found = f"torch {torch.__version__}, torchvision {torchvision.__version__}"
    wants = [re.fullmatch(r"torch\s*==\s*([\w.]+)", line) for line in _requires("torchvision")]
    other = [want[1] for want in wants if want and want[1] != torch.__version__.partition("+")[0]]
    if other:
        yield CheckResult("torch", FAULT, f"{found}, which was made for torch {other[0]}", pair)
    else:
        yield CheckResult("torch", OK, found)


def _device(name: str) -> CheckResult:
    if not installed("torch"):
        if name in ("auto", "cpu"):
            return CheckResult("device", OK, f"cpu, for --device {name}")
        return CheckResult("device", FAULT, f"--device {name} cannot be used: {TORCH_MISSING}", INSTALL_TORCH)
    import torch

    try:
        return CheckResult("device", OK, f"{choose_device(name)}, for --device {name}")
    except UserError as error:
        found, remedy = f"{error.what} {error.why}", error.fix
    if name.startswith("cuda") and torch.cuda.device_count() == 0:
        if torch.version.cuda is None and torch.version.hip is None:
            found = f"--device {name} cannot be used: this torch is built for the CPU only."
            remedy = "Install CUDA builds of torch and torchvision together (pytorch.org), or use --device cpu."
        else:
            remedy = "Check the graphics driver with nvidia-smi, or use --device cpu."
    return CheckResult("device", FAULT, found, remedy)


def _weights(name: str, stages: Mapping[str, str]) -> Iterator[CheckResult]:
    """Check that the weights of every stage exist, match their SHA-256 and load."""
    from .pipeline import Pipeline

    try:
        pipeline = Pipeline.from_pretrained(name, device="cpu", **stages)
    except PPPError as error:
        yield CheckResult("weights", FAULT, f"{error.what} {error.why}", error.fix)
        return
    for stage in pipeline.sources:
        try:
            sha256 = pipeline.stage(stage).sha256
        except PPPError as error:
            yield CheckResult(f"weights {stage}", FAULT, f"{error.what} {error.why}", error.fix)
        else:
            yield CheckResult(f"weights {stage}", OK, f"intact, sha256 {sha256[:12]}" if sha256 else "needs none")


def _video() -> CheckResult:
    """Write a time lapse of two frames, as mp4 if possible."""
    try:
        import numpy as np

        from .writers.encoders import can_encode, open_encoder
        from .writers.timing import Timing

        name = "mp4" if can_encode("mp4") else "webm"
        with tempfile.TemporaryDirectory(prefix="ppp-") as folder:
            path = Path(folder) / f"timelapse.{name}"
            video = open_encoder(path, (64, 48), Timing(Fraction(2), 2, 0), {})
            for grey in (40, 200):
                video.add(np.full((48, 64, 3), grey, np.uint8))
            video.close()
            size = path.stat().st_size
    except Exception as error:
        return CheckResult("video", FAULT, f"cannot be written: {_one_line(error)}", _VIDEO)
    if not size:
        return CheckResult("video", FAULT, f"an empty {name} was written", _VIDEO)
    if name == "mp4":
        return CheckResult("video", OK, "mp4 (H.264) can be written")
    return CheckResult("video", WARNING, "no H.264 encoder: time lapses become webm (VP9), not mp4", _VIDEO)


_VIDEO = "Install PyAV: pip install av"


def _memory(width: int, height: int) -> CheckResult:
    required, free = needed(width, height), available()
    found = f"a painting of {width}x{height} takes about {_gigabytes(required)}"
    if free is None:
        return CheckResult("memory", WARNING, f"{found}; the free memory is unknown", "Check the free memory yourself.")
    found = f"{found}, {_gigabytes(free)} are free"
    if free < required:
        return CheckResult("memory", FAULT, found, "Close other programs, or scale the picture down.")
    return CheckResult("memory", OK, found)


def _output(out: Path, width: int, height: int) -> CheckResult:
    """Check that a file can be written where the result would be, and that there is space for its frames."""
    folder = out.expanduser().absolute()
    while not os.path.exists(folder) and folder != folder.parent:  # unlike Path.exists, False without permission
        folder = folder.parent
    what = f"results cannot be written to {out}"
    if not folder.is_dir():
        return CheckResult("output", FAULT, f"{what}: {folder} is a file", "Choose another folder with -o.")
    try:
        handle, name = tempfile.mkstemp(prefix=".ppp-", dir=folder)
        try:
            os.write(handle, bytes(2**16))
            os.fsync(handle)
        finally:
            os.close(handle)
            os.unlink(name)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        remedy = f"Allow writing there (chmod u+w {folder}), or choose another folder with -o."
        return CheckResult("output", FAULT, f"{what}: {error.strerror or error}", remedy)
    required = FRAMES * width * height * 3  # frames as PNGs, if they cannot be compressed at all
    found = f"{folder} is writable, {_gigabytes(free)} are free"
    if free < required:
        return CheckResult(
            "output", FAULT, f"{found}, {FRAMES} frames may take {_gigabytes(required)}", "Free some space there."
        )
    return CheckResult("output", OK, found)


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__} {error}".split())[:200]


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _requires(distribution: str) -> list[str]:
    """List the requirements of an installed distribution without its extras."""
    try:
        lines = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return []
    return [line.partition(";")[0].strip() for line in lines if "extra ==" not in line]


def _min_version(distribution: str) -> str:
    """Return the oldest version that pyproject.toml allows, or ""."""
    for line in _requires(DISTRIBUTION):
        match = re.fullmatch(rf"{re.escape(distribution)}\s*>=\s*([\w.]+)", line)
        if match:
            return match[1]
    return ""


def _version_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])
