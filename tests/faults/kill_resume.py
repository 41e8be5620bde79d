"""Training that is killed, stopped, damaged or out of disk space, and resumed, must end as the uninterrupted one.

Each trial starts the real `ppp train frames` in a process of its own, interrupts it, resumes it, and compares the
finished run with an uninterrupted one, bit by bit. Trials cycle through `FAULTS`.
"""

from __future__ import annotations

import contextlib
import io
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from ppp.modules.training.checkpoint import HASHES, STATE, checkpoint_folders

from .results import TrialResults
from .training import assert_same_run, command, finish, lines, make_processes, newest, start, wait_for

TIMES = 60  # five rounds of `FAULTS`; the two kinds of kill -9 come twice in a round
STEPS, SAVE_EVERY = 30, 3


class TrainingTrial:
    """One trial: its RUN folder, the command that trains it, and the uninterrupted run to compare with."""

    def __init__(self, data: Path, whole: Path, run: Path, rng: np.random.Generator) -> None:
        self.run, self.whole, self.rng = run, whole, rng
        self.words = command(data, run, STEPS, SAVE_EVERY)

    def child_that_trains(self, *more: str, saves: int = 1) -> subprocess.Popen[str]:
        """Start the training in a process, with `more` options, and wait for `saves` checkpoints."""
        first = _newest_step(self.run)
        child = start([*self.words, *more])
        there = wait_for(lambda: _newest_step(self.run) >= first + saves * SAVE_EVERY, child)
        assert there, f"the training ended by itself: {child.communicate()[1][-500:]}"
        return child

    def end(self, *more: str) -> str:
        """Resume to the end, with `more` options, compare with the uninterrupted run, and return stderr."""
        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            finish([*self.words, *more])
        assert_same_run(self.run, self.whole)
        left = [p.name for p in (self.run / "checkpoints").iterdir() if p.name.startswith(".")]
        assert not left, f"left lying about: {left}"
        return stderr.getvalue()


def run(times: int, seed: int, folder: Path) -> TrialResults:
    """Run `times` trials in `folder`."""
    data = make_processes(folder)
    whole = folder / "whole"
    finish(command(data, whole, STEPS, SAVE_EVERY))
    results = TrialResults()
    faults = FAULTS if _can_mount(folder / "disk") else [f for f in FAULTS if f[1] is not small_disk]
    for i in range(times):
        name, fault = faults[i % len(faults)]
        case = TrainingTrial(data, whole, folder / f"run-{i:03d}", np.random.default_rng([seed, i]))
        with results.trial(f"{i} {name}", name):
            fault(case)
        shutil.rmtree(case.run, ignore_errors=True)
    return results


def _newest_step(run: Path) -> int:
    every = checkpoint_folders(run)
    return int(every[0].name[5:]) if every else 0


def kill_anywhere(case: TrainingTrial) -> None:
    """Kill with -9 up to three times, at random moments."""
    for _ in range(int(case.rng.integers(1, 4))):
        if _newest_step(case.run) > STEPS - 3 * SAVE_EVERY:
            break
        child = case.child_that_trains(saves=1)
        time.sleep(float(case.rng.uniform(0, 0.6)))
        child.kill()
        child.communicate()
    assert "damaged" not in case.end(), "a checkpoint that was there before the kill is damaged"


def kill_while_saving(case: TrainingTrial) -> None:
    """Kill with -9 while a checkpoint is being written: its temporary folder exists after the kill."""
    inside = False
    while not inside and _newest_step(case.run) < STEPS - 2 * SAVE_EVERY:
        child = case.child_that_trains(saves=1)
        if wait_for(lambda: any((case.run / "checkpoints").glob(".step-*")), child):
            time.sleep(float(case.rng.uniform(0, 0.004)))
            child.kill()
        child.communicate()
        inside = any((case.run / "checkpoints").glob(".step-*"))
    assert inside, "no kill of this trial fell into a write"
    assert "damaged" not in case.end()


def stop_politely(case: TrainingTrial, number: signal.Signals, code: int) -> None:
    """Stop with SIGTERM or Ctrl-C: the current step is saved, and the exit code tells the signal."""
    child = case.child_that_trains(saves=1)
    time.sleep(float(case.rng.uniform(0, 0.3)))
    child.send_signal(number)
    stderr = child.communicate()[1]
    assert child.returncode == code, f"exit code {child.returncode}: {stderr[-300:]}"
    assert newest(case.run)["step"] >= lines(case.run)[-1]["step"], "steps were logged that are not saved"
    case.end()


def damage_newest(case: TrainingTrial, how: str) -> None:
    """Damage the newest checkpoint: the one before is used, with a message."""
    child = case.child_that_trains(saves=2)
    child.kill()
    child.communicate()
    newest_folder = checkpoint_folders(case.run)[0]
    file = newest_folder / (STATE if how == "flip" else case.rng.choice([STATE, HASHES]))
    data = bytearray(file.read_bytes())
    if how == "flip":
        data[int(case.rng.integers(len(data)))] ^= 1 << int(case.rng.integers(8))
        file.write_bytes(data)
    elif how == "truncate":
        file.write_bytes(data[: int(case.rng.integers(len(data)))])
    else:
        file.unlink()
    stderr = case.end()
    assert f"{newest_folder.name} is damaged" in stderr, f"no message about it: {stderr[-300:]}"


def other_workers(case: TrainingTrial) -> None:
    """Kill with two loading processes and resume with four: the result is the same as without any."""
    child = case.child_that_trains("--workers", "2", saves=2)
    child.kill()
    child.communicate()
    assert "damaged" not in case.end("--workers", "4")


def no_room(case: TrainingTrial) -> None:
    """Limit file sizes to half a checkpoint (RLIMIT_FSIZE): the training ends, earlier checkpoints stay intact."""
    child = case.child_that_trains(saves=2)
    child.kill()
    child.communicate()
    there = [folder.name for folder in checkpoint_folders(case.run)]
    half = (checkpoint_folders(case.run)[0] / STATE).stat().st_size // 2
    child = start(case.words, partial(resource.setrlimit, resource.RLIMIT_FSIZE, (half, half)))
    stderr = child.communicate()[1]
    assert child.returncode == 1 and "Traceback" not in stderr, f"exit code {child.returncode}: {stderr[-500:]}"
    assert "could not be written" in stderr and len(stderr.strip().splitlines()) <= 3, stderr[-500:]
    assert [folder.name for folder in checkpoint_folders(case.run)] == there, "checkpoints came or went"
    assert "damaged" not in case.end()


def small_disk(case: TrainingTrial) -> None:
    """Run on a disk (tmpfs) for two checkpoints, not three, so that a write fills it; then enlarge it."""
    case.run.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o"]
    room = (
        int(case.rng.integers(23, 30))
        * (case.whole / "checkpoints" / checkpoint_folders(case.whole)[0] / STATE).stat().st_size
    )
    subprocess.run([*mount, f"size={room // 10}", "none", str(case.run)], check=True)
    try:
        child = start(case.words)
        stderr = child.communicate()[1]
        assert child.returncode == 1 and "Traceback" not in stderr, f"exit code {child.returncode}: {stderr[-500:]}"
        assert "No space left" in stderr and len(stderr.strip().splitlines()) <= 3, stderr[-500:]
        assert checkpoint_folders(case.run), "it was full before there was a checkpoint"
        subprocess.run([*mount, f"remount,size={20 * room}", "none", str(case.run)], check=True)
        assert "damaged" not in case.end()
    finally:
        subprocess.run(["umount", str(case.run)], check=True)


def _can_mount(folder: Path) -> bool:
    """Return whether a tmpfs can be mounted: on Linux, as root."""
    folder.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    subprocess.run(["umount", folder], check=True)
    return True


FAULTS: list[tuple[str, Callable[[TrainingTrial], None]]] = [
    ("kill -9 at any moment", kill_anywhere),
    ("kill -9 while a checkpoint is written", kill_while_saving),
    ("newest checkpoint: a bit flipped", partial(damage_newest, how="flip")),
    ("SIGTERM", partial(stop_politely, number=signal.SIGTERM, code=143)),
    ("kill -9 at any moment", kill_anywhere),
    ("kill -9 while a checkpoint is written", kill_while_saving),
    ("newest checkpoint: cut off", partial(damage_newest, how="truncate")),
    ("newest checkpoint: a file missing", partial(damage_newest, how="missing")),
    ("Ctrl-C", partial(stop_politely, number=signal.SIGINT, code=130)),
    ("two workers, then four", other_workers),
    ("no room for a file", no_room),
    ("disk full", small_disk),
]
