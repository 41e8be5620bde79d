"""A real training that is small enough to be killed often, and the comparison of two of its runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import torch

from ppp.cli.main import main
from ppp.modules.training.checkpoint import STATE, checkpoint_folders
from ppp.modules.training.logging import FILE

# The frames stage has everything that can go wrong: two models, two optimisers, noise, both phases, its own state.
SIZE = ["--size", "32", "--batch", "2", "--set", "width=16", "--set", "blocks=1", "--perceptual", "none"]
HOW = ["--threads", "1", "--device", "cpu", "--log-every", "3", "--sheet-every", "1000000"]


def make_processes(folder: Path) -> Path:
    """Create a few simulated processes of small sitters to train on."""
    with redirect_stdout(sys.stderr):
        for words in (
            ["data", "portraits", "3", "-o", f"{folder}/sitters", "--size", "48"],
            ["data", "simulate", f"{folder}/sitters", "-o", f"{folder}/processes", "--size", "48", "--frames", "8"],
        ):
            code = main([*words, "--jobs", "1", "--quiet"])
            assert code == 0, f"ppp {' '.join(words)} ended with {code}"
    return folder / "processes"


def command(data: Path, run: Path, steps: int, save_every: int, *more: str) -> list[str]:
    """Return the arguments of `ppp` that start or resume the training."""
    words = ["train", "frames", str(data), "-o", str(run), "--steps", str(steps), "--save-every", str(save_every)]
    return [*words, *SIZE, *HOW, *more]


def finish(words: Sequence[str]) -> None:
    """Train to the end in this process, in which torch is loaded already."""
    with redirect_stdout(sys.stderr):
        code = main(list(words))
    assert code == 0, f"the resumed run ended with exit code {code}"


def start(words: Sequence[str], before: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    """Start training in a process of its own; `before` is called in the child before Python starts."""
    return subprocess.Popen(
        [sys.executable, "-m", "ppp.cli.main", *words],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=before, env=_one_thread(),
    )  # fmt: skip


def _one_thread() -> dict[str, str]:
    return os.environ | dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def wait_for(done: Callable[[], bool], child: subprocess.Popen[str], seconds: float = 900) -> bool:
    """Poll until `done()` holds; return False when the child ended before. The time is for busy machines."""
    end = time.monotonic() + seconds
    while not done():
        if child.poll() is not None:
            return False
        if time.monotonic() > end:
            child.kill()
            child.communicate()
            raise AssertionError("the training did not get there in time")
        time.sleep(0.0002)
    return True


def newest(run: Path) -> dict[str, Any]:
    """Load the run's newest checkpoint."""
    state: dict[str, Any] = torch.load(checkpoint_folders(run)[0] / STATE, weights_only=True)
    return state


def lines(run: Path) -> list[dict[str, Any]]:
    """Read the log without its times, which no two runs share."""
    rows = [json.loads(line) for line in (run / FILE).read_text("utf-8").splitlines()]
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]


def assert_same(a: Any, b: Any, where: str = "state") -> None:
    """Assert that nested dicts and lists have bit-equal tensors."""
    assert type(a) is type(b), where
    if isinstance(a, dict):
        assert a.keys() == b.keys(), where
        for key in a:
            assert_same(a[key], b[key], f"{where}.{key}")
    elif isinstance(a, list):
        assert len(a) == len(b), where
        for i, (one, other) in enumerate(zip(a, b, strict=True)):
            assert_same(one, other, f"{where}[{i}]")
    elif isinstance(a, torch.Tensor):
        assert a.dtype == b.dtype and torch.equal(a, b), where
    else:
        assert a == b, where


def assert_same_run(run: Path, whole: Path) -> None:
    """Assert that weights, optimisers, EMA, running means, log and exported model are equal, bit by bit."""
    assert_same(newest(run), newest(whole))
    assert lines(run) == lines(whole), "the logs differ"
    for file in ("model.safetensors", "config.json"):
        assert (run / "model" / file).read_bytes() == (whole / "model" / file).read_bytes(), f"model/{file} differs"
