"""What on this machine would keep a run from working, each with its remedy: `ppp doctor`.

Every check does what a run would do (imports, loads, encodes, writes) rather than guess from versions. Nothing here
imports torch until its check comes, so that a torch that does not load is a finding like any other.
"""

from __future__ import annotations

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

OK, WARNING, FAULT = "ok", "warning", "fault"
NAME = "painting-process-predict"
AGAIN = f'Install ppp again: pip install --upgrade --force-reinstall "{NAME}[video] @ ."'
# what every run imports, under the names it is imported by -> the distribution that brings it
ALWAYS = {
    "numpy": "numpy", "cv2": "opencv-python-headless", "PIL": "pillow", "typer": "typer", "rich": "rich",
    "safetensors": "safetensors", "huggingface_hub": "huggingface_hub",
}  # fmt: skip
FRAMES = 40


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is (ok, warning, fault), what was found, and what to do about it."""

    name: str
    state: str
    found: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        return asdict(self)


def examine(
    *,
    weights: str = "portrait",
    stages: Mapping[str, str] | None = None,
    device: str = "auto",
    out: Path | str = ".",
    size: tuple[int, int] = (1024, 1024),
) -> Iterator[Finding]:
    """Look at everything a run with these options needs, one finding after the other.

    size: (width, height) of the painting in pixels. out: where the result would be written.
    """
    yield from _packages()
    torch_works = True
    for finding in _torch():
        torch_works &= finding.state != FAULT
        yield finding
    if torch_works:
        yield _device(device)
        yield from _weights(weights, stages or {})
    yield _video()
    yield _memory(*size)
    yield _room(Path(out), *size)


def _packages() -> Iterator[Finding]:
    """Everything that is always installed loads, and is no older than pyproject.toml allows."""
    there = []
    for module, distribution in ALWAYS.items():
        try:
            importlib.import_module(module)
        except Exception as error:  # a library that does not load may raise anything
            yield Finding(distribution, FAULT, f"does not load: {_one_line(error)}", AGAIN)
            continue
        version, least = _version(distribution), _least(distribution)
        if version and least and _numbers(version) < _numbers(least):
            yield Finding(distribution, FAULT, f"{version} is older than {least}, the oldest that works", AGAIN)
        else:
            there.append(f"{distribution} {version or '(version unknown)'}")
    if there:
        yield Finding("packages", OK, ", ".join(there))


def _torch() -> Iterator[Finding]:
    """torch and torchvision load, and are of one release."""
    pair = "Install a matching pair from one index: pip install --force-reinstall torch torchvision"
    try:
        with matched_torch():
            import torch
            import torchvision
    except PPPError as error:
        yield Finding("torch", FAULT, f"{error.what} {error.why}", error.fix)
        return
    except Exception as error:
        yield Finding("torch", FAULT, f"does not load: {_one_line(error)}", pair)
        return
    found = f"torch {torch.__version__}, torchvision {torchvision.__version__}"
    wants = [re.fullmatch(r"torch\s*==\s*([\w.]+)", line) for line in _requires("torchvision")]
    other = [want[1] for want in wants if want and want[1] != torch.__version__.partition("+")[0]]
    if other:
        yield Finding("torch", FAULT, f"{found}, which was made for torch {other[0]}", pair)
    else:
        yield Finding("torch", OK, found)


def _device(name: str) -> Finding:
    import torch

    try:
        return Finding("device", OK, f"{choose_device(name)}, for --device {name}")
    except UserError as error:
        found, remedy = f"{error.what} {error.why}", error.fix
    if name.startswith("cuda") and torch.cuda.device_count() == 0:
        if torch.version.cuda is None and torch.version.hip is None:
            found = f"--device {name} cannot be used: this torch was built for the CPU alone."
            remedy = "Install CUDA builds of torch and torchvision together (pytorch.org), or use --device cpu."
        else:
            remedy = "Check the graphics driver with nvidia-smi, or use --device cpu."
    return Finding("device", FAULT, found, remedy)


def _weights(name: str, given: Mapping[str, str]) -> Iterator[Finding]:
    """Every stage loads: there, whole (SHA-256), of the right stage and form."""
    from .pipeline import Pipeline

    try:
        pipeline = Pipeline.from_pretrained(name, device="cpu", **given)
    except PPPError as error:
        yield Finding("weights", FAULT, f"{error.what} {error.why}", error.fix)
        return
    for stage in pipeline.sources:
        try:
            sha256 = pipeline.stage(stage).sha256
        except PPPError as error:
            yield Finding(f"weights {stage}", FAULT, f"{error.what} {error.why}", error.fix)
        else:
            yield Finding(f"weights {stage}", OK, f"whole, sha256 {sha256[:12]}" if sha256 else "needs none")


def _video() -> Finding:
    """A time lapse of two frames is really written, as mp4 if that goes."""
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
        return Finding("video", FAULT, f"cannot be written: {_one_line(error)}", _VIDEO)
    if not size:
        return Finding("video", FAULT, f"an empty {name} was written", _VIDEO)
    if name == "mp4":
        return Finding("video", OK, "mp4 (H.264) can be written")
    return Finding("video", WARNING, "no H.264 encoder: time lapses become webm (VP9), not mp4", _VIDEO)


_VIDEO = "Install PyAV: pip install av"


def _memory(width: int, height: int) -> Finding:
    wanted, have = needed(width, height), available()
    found = f"a painting of {width}x{height} takes about {_gigabytes(wanted)}"
    if have is None:
        return Finding("memory", WARNING, f"{found}; how much is free cannot be told here", "Look at it yourself.")
    found = f"{found}, {_gigabytes(have)} are free"
    if have < wanted:
        return Finding("memory", FAULT, found, "Close other programs, or scale the picture down.")
    return Finding("memory", OK, found)


def _room(out: Path, width: int, height: int) -> Finding:
    """A file can be written where the result would be, and there is room for its frames."""
    place = out.expanduser().absolute()
    while not os.path.exists(place) and place != place.parent:  # unlike Path.exists, False where one may not look
        place = place.parent
    what = f"results cannot be written to {out}"
    if not place.is_dir():
        return Finding("output", FAULT, f"{what}: {place} is a file", "Choose another folder with -o.")
    try:
        handle, name = tempfile.mkstemp(prefix=".ppp-", dir=place)
        try:
            os.write(handle, bytes(2**16))
            os.fsync(handle)
        finally:
            os.close(handle)
            os.unlink(name)
        free = shutil.disk_usage(place).free
    except OSError as error:
        remedy = f"Give yourself the right to write there (chmod u+w {place}), or choose another folder with -o."
        return Finding("output", FAULT, f"{what}: {error.strerror or error}", remedy)
    most = FRAMES * width * height * 3  # frames as PNGs, if they could not be packed at all
    found = f"{place} can be written to, {_gigabytes(free)} are free"
    if free < most:
        return Finding("output", FAULT, f"{found}, {FRAMES} frames may take {_gigabytes(most)}", "Make room there.")
    return Finding("output", OK, found)


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
    """The requirements of an installed distribution that hold without extras."""
    try:
        lines = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return []
    return [line.partition(";")[0].strip() for line in lines if "extra ==" not in line]


def _least(distribution: str) -> str:
    """The oldest version that pyproject.toml allows, or "" where it says nothing."""
    for line in _requires(NAME):
        match = re.fullmatch(rf"{re.escape(distribution)}\s*>=\s*([\w.]+)", line)
        if match:
            return match[1]
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])
