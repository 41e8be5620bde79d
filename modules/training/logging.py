"""The run's log: log.jsonl always, TensorBoard when it is installed, progress on a terminal."""

import json
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

FILE = "log.jsonl"


class AverageMeter:
    """Means of the logged numbers since the last line of the log; part of the checkpoint."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}
        self.counts: dict[str, int] = {}

    def add(self, values: dict[str, float]) -> None:
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
            self.counts[name] = self.counts.get(name, 0) + 1

    def take(self) -> dict[str, float]:
        """Return the means and start anew."""
        means = {name: self.sums[name] / self.counts[name] for name in self.sums}
        self.sums, self.counts = {}, {}
        return means

    def state(self) -> dict[str, Any]:
        return {"sums": dict(self.sums), "counts": dict(self.counts)}

    def load(self, state: dict[str, Any]) -> None:
        self.sums, self.counts = dict(state["sums"]), dict(state["counts"])


class TrainingLog:
    """Lines {"step", "seconds", "lr", ...means} of RUN/log.jsonl, the same for TensorBoard, and a progress bar.

    On a resume the lines after the checkpoint's step are cut off: those steps happen again. `live=False` (every process
    but the first) writes nothing.
    """

    def __init__(self, run: Path, steps: int, start: int, *, quiet: bool, live: bool = True) -> None:
        self.file = run / FILE
        self.live = live
        self.began, self.start = time.monotonic(), start
        console = Console(stderr=True)
        self.bar = Progress(
            TextColumn("step"),
            MofNCompleteColumn(),
            BarColumn(),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
            console=console,
            disable=quiet or not live or not console.is_terminal,
        )
        self.row = self.bar.add_task("train", total=steps, completed=start, note="")
        self.board = None
        if live:
            run.mkdir(parents=True, exist_ok=True)
            if start and self.file.exists():
                self._cut_after(start)
            elif not start:
                self.file.write_text("", encoding="utf-8")
            self.board = _tensorboard(run, start)
        self.bar.start()

    def _cut_after(self, step: int) -> None:
        kept = []
        for line in self.file.read_text(encoding="utf-8").splitlines():
            try:
                if json.loads(line)["step"] <= step:
                    kept.append(line)
            except (ValueError, KeyError):
                continue  # half a line of a crash
        self.file.write_text("".join(line + "\n" for line in kept), encoding="utf-8")

    def write(self, step: int, values: dict[str, float]) -> None:
        """Log the means of the last steps after `step` steps."""
        if not self.live:
            return
        line = {"step": step, "seconds": round(time.monotonic() - self.began, 2), **values}
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        if self.board is not None:
            for name, value in values.items():
                self.board.add_scalar(name, value, step)

    def show(self, step: int, values: dict[str, float]) -> None:
        speed = (step - self.start) / max(1e-9, time.monotonic() - self.began)
        numbers = " ".join(f"{name} {value:.3g}" for name, value in values.items())
        self.bar.update(self.row, completed=step, note=f"{numbers}  {speed:.2f} steps/s")

    def close(self) -> None:
        self.bar.stop()
        if self.board is not None:
            self.board.close()


def _tensorboard(run: Path, start: int) -> Any:
    """Open TensorBoard's writer, None without it; steps after `start` that a crashed run wrote are hidden."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(run / "tensorboard"), purge_step=start or None)
