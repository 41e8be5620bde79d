"""Progress display and summary table of `ppp run`, on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..pipeline.stages import STAGES

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

# node of the graph, or step before or after it -> text shown
PHASES = {
    "load": "loading",
    "parts": STAGES["segment"].progress,
    "plan": "planning",
    "write": "writing",
    **{name: stage.progress for name, stage in STAGES.items()},
}
TIMES = ("load", "segment", "plan", "firstframe", "frames", "measure", "write")
WORKED_DEGREE = 0.03  # a part was worked on in a step that reached at least this degree


class ProgressDisplay:
    """Progress of a batch of paintings; shows nothing without a `bar`."""

    def __init__(self, bar: Progress | None = None) -> None:
        self.bar, self.name = bar, ""
        self.task: TaskID | None = None

    def begin(self, name: str) -> None:
        self.name = name
        self._show("load", None)

    def stage(self, name: str) -> None:
        """Show that a node of the graph begins."""
        self._show(name, None)

    def frame(self, done: int, total: int) -> None:
        """Show how many frames are painted."""
        if done <= 1 or self.task is None:
            self._show("frames", total)
        if self.bar and self.task is not None:
            self.bar.update(self.task, completed=done)
        if done == total:
            self._show("write", None)

    def _show(self, phase: str, total: int | None) -> None:
        if not self.bar:
            return
        # Each phase is a task of its own, so that speed and time left are those of painting alone.
        if self.task is not None:
            self.bar.remove_task(self.task)
        text = f"{self.name}  {PHASES.get(phase, phase)}"
        self.task = self.bar.add_task(text, total=total)


@contextmanager
def show_progress(quiet: bool, console: Console | None = None) -> Iterator[ProgressDisplay]:
    """Show phase, frame, frames per second and time left; on a terminal only, and not when `quiet`."""
    if quiet or not (console or sys.stderr.isatty()):
        yield ProgressDisplay()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class Frames(ProgressColumn):
        """Column with the text of `progress_line`, empty before the first frame."""

        def render(self, task: Task) -> Text:
            if not task.total:
                return Text("")
            return Text(progress_line(int(task.completed), int(task.total), task.speed))

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(24), Frames(), TimeElapsedColumn())
    with Progress(*columns, console=console or Console(stderr=True), transient=True) as bar:
        yield ProgressDisplay(bar)


def progress_line(done: int, total: int, speed: float | None) -> str:
    """Format progress as "frame 12/40  1.6 frames/s  0:17 left"; only the first part while the speed is unknown."""
    line = f"frame {done}/{total}"
    if not speed:
        return line
    left = round((total - done) / speed)
    rate = f"{speed:.1f} frames/s" if speed >= 1 else f"{1 / speed:.1f} s/frame"
    return f"{line}  {rate}  {left // 60}:{left % 60:02} left"


def part_rows(process: Mapping[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """Summarise each part of a process.json as a table row, with "-" for none.

    Returns:
        Name, first and last frame in which the part was worked on, their number, first frame from which it is finished.
    """
    rows = []
    for part in process["labels"]:
        frames = [step["frame"] for step in process["steps"] if step["reached"].get(part, 0) >= WORKED_DEGREE]
        done = "-"
        for step in reversed(process["steps"]):
            if part not in step["finished"]:
                break
            done = str(step["frame"])
        span = (str(frames[0]), str(frames[-1])) if frames else ("-", "-")
        rows.append((part, *span, str(len(frames)), done))
    return rows


def print_summary(process: Mapping[str, Any], title: str, console: Console | None = None) -> None:
    """Print when each part was painted, the final distance to the painting, and the time spent, on stderr."""
    from rich.console import Console
    from rich.table import Table

    console = console or Console(stderr=True)

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for number, heading in enumerate(("part", "first frame", "last frame", "frames", "finished at")):
        table.add_column(heading, justify="left" if number == 0 else "right")
    for row in part_rows(process):
        table.add_row(*row)
    console.print(table)
    last = process["steps"][-1]
    console.print(f"distance to the painting: {last['distance']:.4f} after {last['frame']} steps", highlight=False)
    times = process["times"]
    spent = [f"{PHASES.get(name, name)} {times[name]:.1f} s" for name in TIMES if times.get(name, 0) >= 0.05]
    console.print(f"time: {', '.join(spent)}", highlight=False)
