"""`ppp run` killed at random moments: its result is complete or absent, and the next run removes what was left.

A trial starts the real command in a process of its own, kills it (-9) at a random moment between its first temporary
file and its usual end, and checks what is left. Then the same command runs to its end. Every third trial replaces an
older result (--overwrite), every fourth continues one (--continue). Of two simultaneous runs into one folder one wins.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from ppp.pipeline.verify import UNCHANGED, verify

from .pictures import SIZE, scene
from .results import TrialResults

TIMES = 20
STAGES = ("--stage", "segment=clusters", "--stage", "frames=partfade", "--device", "cpu", "--quiet")
FORMATS = ("mp4", "gif", "webp,apng", "webm")
FRAMES = 8
WRITING = 3.0  # seconds that writing such a result takes, about: a kill comes within them, sooner more often


def run(times: int, seed: int, folder: Path) -> TrialResults:
    """Try `times` kills in `folder`, a batch with broken pictures, and two runs into one folder."""
    results = TrialResults()
    draw = np.random.default_rng(seed)
    painting, base = folder / "painting.png", folder / "base"
    Image.fromarray(scene((4 * SIZE[0], 4 * SIZE[1]))).save(painting)
    end(start(painting, "-o", base, "--overwrite"), 0)
    for number in range(times):
        with results.trial(f"{number}", "kill -9"):
            kill(painting, base, folder / f"kill-{number}", number, draw)
    with results.trial("batch", "batch"):
        batch(painting, folder / "batch")
    with results.trial("two at once", "two at once"):
        two(painting, folder / "two")
    return results


def start(*arguments: object) -> subprocess.Popen[str]:
    """Start `ppp run` in a process of its own."""
    words = [str(word) for word in arguments]
    more = () if "--continue" in words else (*STAGES, "--frames", str(FRAMES))
    if "--video-format" not in words:
        more = (*more, "--video-format", "gif")
    return subprocess.Popen(
        [sys.executable, "-m", "ppp.cli.main", "run", *more, *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def end(child: subprocess.Popen[str], code: int) -> str:
    """Wait for the process, assert its exit code, and return stdout and stderr."""
    output = "".join(child.communicate(timeout=600))
    assert child.returncode == code, f"exit code {child.returncode}: {output[-400:]}"
    assert "Traceback" not in output, output[-400:]
    return output


def left(place: Path) -> list[str]:
    """List temporary names in a folder."""
    return [path.name for path in place.iterdir() if path.name.startswith(".")]


def check_whole(out: Path) -> None:
    """Assert that a result is complete and unchanged."""
    found = verify(out)
    assert found.state == UNCHANGED, f"{out.name}: {found}"
    process = json.loads((out / "process.json").read_text("utf-8"))
    assert len(list((out / "frames").iterdir())) == len(process["steps"]) + 1 == FRAMES


def kill(painting: Path, base: Path, place: Path, number: int, draw: np.random.Generator) -> None:
    """Kill a run, and check the result of the next one."""
    place.mkdir()
    out = place / "out"
    replacing, going_on = number % 3 == 2, number % 4 == 3
    if replacing:
        shutil.copytree(base, out)
    words: list[object] = ["-o", out, "--video-format", FORMATS[number % len(FORMATS)], "--overwrite"]
    words = ["--continue", base, "--at", 4, *words] if going_on else [painting, "--overlay", *words]
    child = start(*words)
    deadline = time.monotonic() + 300
    while not left(place):
        assert child.poll() is None and time.monotonic() < deadline, f"it never began: {child.poll()}"
        time.sleep(0.005)
    time.sleep(float(draw.uniform(0, 1.0)) ** 2 * WRITING)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    if out.exists():
        check_whole(out)
    for path in place.iterdir():  # as if some time had gone by
        os.utime(path, (time.time() - 60,) * 2)
    end(start(*words), 0)
    check_whole(out)
    assert not left(place), f"left: {left(place)}"
    shutil.rmtree(place)


def batch(painting: Path, place: Path) -> None:
    """Assert that in a batch broken pictures are listed, the others painted, and the exit code is 3."""
    place.mkdir()
    whole = [Path(shutil.copy(painting, place / f"{name}.png")) for name in "ab"]
    (place / "text.png").write_text("no picture")
    (place / "cut.png").write_bytes(painting.read_bytes()[:200])
    output = end(start(whole[0], place / "text.png", place / "cut.png", whole[1], "-o", place / "out"), 3)
    assert "2 of 4 paintings failed: text.png, cut.png" in output, output
    assert sorted(path.name for path in (place / "out").iterdir()) == ["a", "b"]
    for name in "ab":
        check_whole(place / "out" / name)


def two(painting: Path, place: Path) -> None:
    """Assert that of two runs into one folder one is rejected with a reason, and the other completes."""
    place.mkdir()
    children = [start(painting, "-o", place / "out", "--seed", seed) for seed in (1, 2)]
    output = ["".join(child.communicate(timeout=600)) for child in children]
    codes = sorted(child.returncode for child in children)
    assert codes == [0, 2], f"{codes}: {output}"
    assert "nother run" in "".join(output) or "already holds" in "".join(output), output
    check_whole(place / "out")
    assert not left(place), left(place)
