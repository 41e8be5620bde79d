"""What `ppp run` shows on a terminal: live progress while it paints, and a table of what was done. All on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..pipeline.stages import STAGES

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

# node of the graph, or what comes before and after it -> what a person is told
PROGRESS = {
    "load": "loading",
    "parts": STAGES["segment"].progress,
    "plan": "planning",
    "write": "writing",
    **{name: stage.progress for name, stage in STAGES.items()},
}
TIMES = ("load", "segment", "plan", "firstframe", "frames", "measure", "write")
WORKED = 0.03  # a part was worked on in a step that took it this share of its way


class Live:
    """Progress of a batch of paintings; shows nothing without `bar`."""

    def __init__(self, bar: Progress | None = None) -> None:
        self.bar, self.name = bar, ""
        self.task: TaskID | None = None

    def begin(self, name: str) -> None:
        """The next painting."""
        self.name = name
        self._show("load", None)

    def stage(self, name: str) -> None:
        """A node of the graph begins."""
        self._show(name, None)

    def frame(self, done: int, of: int) -> None:
        """So many frames are painted."""
        if done <= 1 or self.task is None:
            self._show("frames", of)
        if self.bar and self.task is not None:
            self.bar.update(self.task, completed=done)
        if done == of:
            self._show("write", None)

    def _show(self, stage: str, total: int | None) -> None:
        if not self.bar:
            return
        # Each stage is its own task, so that speed and time left are those of painting alone.
        if self.task is not None:
            self.bar.remove_task(self.task)
        text = f"{self.name}  {PROGRESS.get(stage, stage)}"
        self.task = self.bar.add_task(text, total=total)


@contextmanager
def live(quiet: bool, console: Console | None = None) -> Iterator[Live]:
    """Live progress: stage, frame, frames a second, time left. On a terminal only, and not when `quiet`."""
    if quiet or not (console or sys.stderr.isatty()):
        yield Live()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class Frames(ProgressColumn):
        """ "frame 12/40  1.6 frames/s  0:17 left", nothing before the first frame."""

        def render(self, task: Task) -> Text:
            if not task.total:
                return Text("")
            return Text(frames_line(int(task.completed), int(task.total), task.speed))

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(24), Frames(), TimeElapsedColumn())
    with Progress(*columns, console=console or Console(stderr=True), transient=True) as bar:
        yield Live(bar)


def frames_line(done: int, of: int, speed: float | None) -> str:
    """ "frame 12/40  1.6 frames/s  0:17 left"; without a speed as long as none is known."""
    line = f"frame {done}/{of}"
    if not speed:
        return line
    left = round((of - done) / speed)
    rate = f"{speed:.1f} frames/s" if speed >= 1 else f"{1 / speed:.1f} s/frame"
    return f"{line}  {rate}  {left // 60}:{left % 60:02} left"


def worked_on(process: Mapping[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """For every part of a process.json: its name, the first and the last frame in which it was worked on, how many of
    them, and from which frame on it is finished ("-" for none)."""
    rows = []
    for part in process["labels"]:
        frames = [step["frame"] for step in process["steps"] if step["reached"].get(part, 0) >= WORKED]
        done = "-"
        for step in reversed(process["steps"]):
            if part not in step["finished"]:
                break
            done = str(step["frame"])
        span = (str(frames[0]), str(frames[-1])) if frames else ("-", "-")
        rows.append((part, *span, str(len(frames)), done))
    return rows


def summary(process: Mapping[str, Any], title: str, console: Console | None = None) -> None:
    """Print what was painted when, how near it came, and where the time went, on stderr."""
    from rich.console import Console
    from rich.table import Table

    console = console or Console(stderr=True)

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for number, heading in enumerate(("part", "first frame", "last frame", "frames", "finished at")):
        table.add_column(heading, justify="left" if number == 0 else "right")
    for row in worked_on(process):
        table.add_row(*row)
    console.print(table)
    last = process["steps"][-1]
    console.print(f"distance to the painting: {last['distance']:.4f} after {last['frame']} steps", highlight=False)
    times = process["times"]
    spent = [f"{PROGRESS.get(name, name)} {times[name]:.1f} s" for name in TIMES if times.get(name, 0) >= 0.05]
    console.print(f"time: {', '.join(spent)}", highlight=False)
