"""The run's log: log.jsonl always, TensorBoard when it is installed; on stderr a bar, or lines off a terminal."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

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
    """Lines {"step", "seconds", "lr", ...means} of RUN/log.jsonl, the same for TensorBoard, and progress on stderr.

    On a resume the lines after the checkpoint's step are cut off: those steps happen again. `live=False` (every process
    but the first) writes nothing.
    """

    def __init__(self, run: Path, steps: int, start: int, *, quiet: bool, live: bool = True) -> None:
        self.file = run / FILE
        self.live, self.quiet, self.steps = live, quiet or not live, steps
        self.began, self.start = time.monotonic(), start
        console = Console(stderr=True)
        self.on_terminal = console.is_terminal
        # Step and loss: where there is little room the others are cut.
        whole = Column(no_wrap=True, min_width=len(f"step {steps}/{steps}  loss 1.23e-05"))
        self.bar = Progress(
            TextColumn("{task.fields[head]}", table_column=whole),
            *([BarColumn(20)] if console.width > 80 else []),
            TextColumn("{task.fields[note]}", table_column=Column(no_wrap=True, ratio=1)),
            *([TimeRemainingColumn()] if console.width > 60 else []),
            console=console,
            expand=True,
            disable=self.quiet or not self.on_terminal,
        )
        self.row = self.bar.add_task("train", total=steps, completed=start, head="", note="")
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
        if not self.quiet and not self.on_terminal:
            head, note = self._describe(step, values)
            print(f"{head}  {note}", file=sys.stderr, flush=True)
        line = {"step": step, "seconds": round(time.monotonic() - self.began, 2), **values}
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        if self.board is not None:
            for name, value in values.items():
                self.board.add_scalar(name, value, step)

    def show(self, step: int, values: dict[str, float]) -> None:
        """Move the bar; on a terminal only."""
        if not self.bar.disable:
            head, note = self._describe(step, values)
            self.bar.update(self.row, completed=step, head=head, note=note)

    def _describe(self, step: int, values: dict[str, float]) -> tuple[str, str]:
        """Return step and loss, and after them the speed and the other numbers."""
        speed = (step - self.start) / max(1e-9, time.monotonic() - self.began)
        first, *rest = sorted(values, key=lambda name: name != "loss")  # the others in their order
        numbers = [f"{name} {values[name]:.3g}" for name in (first, *rest)]
        head = f"step {step}/{self.steps}  {numbers[0]}"
        return head, "  ".join([f"{speed:.2f} steps/s", *numbers[1:]])

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
