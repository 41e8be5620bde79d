"""Background worker: one thread with the pipeline, a bounded queue of runs, and short tasks between frames.

Tasks (segmenting a painting) are done before the next run, and between two frames of the run that is being painted, so
that nobody waits for another person's long run to see the parts of their picture.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...modules.io.errors import PPPError
from ...modules.paints.pigments import named_shelf
from ..errors import explain
from .errors import RequestError, error_body
from .painting import Painting
from .runs import PLAN_FILE, PreviewWriter, Run, RunCancelled, RunState
from .take_home import TakeHome

if TYPE_CHECKING:
    from ...pipeline.pipeline import Pipeline
    from ...pipeline.timelapse import TimeLapse


class Worker:
    """Call `start`, then `segment` and `paint` from any thread; `stop` ends the thread within a frame.

    Args:
        load: creates the pipeline, in the worker's thread, so that the page answers while torch is imported.
        max_queued: runs that may wait.
        on_failure: called with the error when `load` fails.
    """

    def __init__(self, load: Callable[[], Pipeline], max_queued: int, on_failure: Callable[[PPPError], None]) -> None:
        self._load, self._max_queued, self._on_failure = load, max_queued, on_failure
        self._tasks: deque[Painting] = deque()
        self._queue: deque[Run] = deque()
        self._current: Run | None = None
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="ppp-painter", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 15.0) -> None:
        """Cancel the current run and end the thread; waits at most `timeout` seconds."""
        with self._changed:
            self._stopping = True
            for run in [*self._queue, *([self._current] if self._current else [])]:
                run.stop.set()
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def segment(self, painting: Painting) -> None:
        """Queue the segmentation of a painting; the result is reported in its event log."""
        with self._changed:
            self._tasks.append(painting)
            self._changed.notify_all()

    def make(self, run: Run, wanted: TakeHome) -> None:
        """Queue the making of files of a run that is done. Raises as `paint` does, or 409 when some are being made."""
        with self._changed:
            if run.wanted is not None:
                raise RequestError(409, "Files of this run are being made.", fix="Try again when they are done.")
            run.wanted, run.error = wanted, None
            run.stop.clear()
            try:
                self.paint([run])
            except RequestError:
                run.wanted = None
                raise

    def paint(self, runs: list[Run]) -> None:
        """Queue runs, to be painted or to have files made, all or none. RequestError 429 when there is no room."""
        with self._changed:
            if len(self._queue) + len(runs) > self._max_queued + (self._current is None):
                raise RequestError(
                    429, "Too many paintings are waiting.",
                    f"{len(self._queue)} are in the queue, the limit is {self._max_queued}.",
                    "Try again when some of them are done.", retry_after=20,
                )  # fmt: skip
            self._queue.extend(runs)
            for run in runs:
                if run.wanted is None:
                    run.emit("waiting", wish=run.options.to_json(), ahead=self._ahead(run))
                else:
                    run.emit("making", done=0, of=run.options.frames)
            self._changed.notify_all()

    def cancel(self, run: Run) -> None:
        """Cancel a run: at once while it waits, after the current frame while it is painted."""
        with self._changed:
            run.stop.set()
            if run in self._queue:
                self._queue.remove(run)
                if run.wanted is None:
                    self._finish(run, "cancelled")
                else:
                    run.wanted = None
                    run.emit("made", files=run.files)
                self._report_positions()

    def _ahead(self, run: Run) -> int:
        return self._queue.index(run) + (self._current is not None)

    def _report_positions(self) -> None:
        for run in self._queue:
            if run.wanted is None:
                run.emit("ahead", ahead=self._ahead(run))

    # ---- in the thread

    def _work(self) -> None:
        try:
            pipeline = self._load()
        except Exception as error:
            self._on_failure(explain(error))
            return
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._tasks or self._queue)
                if self._stopping:
                    return
                if not self._tasks:
                    self._current = self._queue.popleft()
                    if self._current.wanted is None:
                        self._current.state = "painting"
                    self._report_positions()
            if self._current is None:
                self._do_tasks(pipeline)
            else:
                if self._current.wanted is None:
                    self._paint(pipeline, self._current)
                else:
                    self._make(pipeline, self._current, self._current.wanted)
                with self._changed:
                    self._current = None

    def _do_tasks(self, pipeline: Pipeline) -> None:
        while self._tasks and not self._stopping:
            painting = self._tasks.popleft()
            if painting.events.closed:
                continue
            try:
                parts, notes = pipeline.segment(painting.read())
                with painting.lock:
                    painting.segmentation = parts
                    painting.notes = tuple(notes)
                painting.events.push("parts", **painting.to_json())
            except Exception as error:
                painting.events.push("problem", **error_body(explain(error)))

    def _paint(self, pipeline: Pipeline, run: Run) -> None:
        options = run.options
        try:
            painting = run.painting
            segmentation, labels = painting.corrected()
            run.emit("begun", labels=labels)
            self._between_frames(pipeline, run)
            lapse = pipeline(
                painting.read(), options.frames, options.seed, run.plan_file or options.plan,
                habit=options.habit, medium=options.medium, segmentation=segmentation,
                palette=None if options.palette is None else named_shelf(options.palette),
                edits=options.plan_edits(), canvas=run.canvas if options.initial_canvas else None,
            )  # fmt: skip
            self._between_frames(pipeline, run)
            run.plan = plan_summary(lapse)
            run.emit("plan", **run.plan)
            from ...pipeline.kept import KeepWriter, keep
            from ...pipeline.writers import DEFAULT

            lapse.save(
                run.result,
                progress=lambda done, total: self._between_frames(pipeline, run),
                writers=[*DEFAULT, lambda job: PreviewWriter(job, run), lambda job: KeepWriter(job, run.kept)],
            )
            keep(lapse, run.kept)
            from ...modules.plans.plan_file import to_toml

            (run.folder / PLAN_FILE).write_text(to_toml(lapse.plan, "How it was painted."), encoding="utf-8")
            run.list_files()
            self._finish(run, "done", files=run.files, **result_summary(lapse))
        except RunCancelled:
            self._finish(run, "cancelled")
        except Exception as error:
            run.error = explain(error)
            # Files that were deleted meanwhile belong to a cancelled run; that is not a failure.
            self._finish(run, "cancelled" if run.stop.is_set() else "failed", **error_body(run.error))

    def _make(self, pipeline: Pipeline, run: Run, wanted: TakeHome) -> None:
        """Make files of a run that is done: write its result again from what is kept of it."""
        from ...pipeline.kept import KeptFrames, load_kept
        from ...pipeline.writers import DEFAULT

        def show(done: int, total: int) -> None:
            self._between_frames(pipeline, run)
            if done in (total // 4, total // 2, 3 * total // 4, total):
                run.emit("making", done=done, of=total)

        facts: dict[str, Any] = {}
        with run.reading():  # whoever removes it meanwhile, its folder stays until this ends
            try:
                self._between_frames(pipeline, run)
                frames = run.result / "frames"
                lapse, options = load_kept(run.kept, frames), wanted.options(run.painting.shelves)
                with run.next_result() as folder:
                    lapse.save(
                        folder, writers=options.writers([lambda job: KeptFrames(job, frames), *DEFAULT[1:]]),
                        video=options.video(len(lapse)), canvas_size=options.canvas(), progress=show,
                    )  # fmt: skip
                facts = {"film": result_summary(lapse)["film"], "wanted": wanted.model_dump(exclude_defaults=True)}
            except RunCancelled:
                pass
            except Exception as error:
                run.error = None if run.stop.is_set() else explain(error)
                facts = error_body(run.error) if run.error else {}
            run.wanted = None
            run.emit("made", files=run.files, **facts)

    def _between_frames(self, pipeline: Pipeline, run: Run) -> None:
        """Stop if the run was cancelled, and do waiting tasks."""
        if run.stop.is_set() or self._stopping:
            raise RunCancelled
        self._do_tasks(pipeline)

    def _finish(self, run: Run, state: RunState, **data: Any) -> None:
        run.state = state
        if state == "cancelled":  # nobody looks at it again, and somebody may cancel for ever
            run.painting.events.forget(run.token)
        run.emit(state, **data)
        if state != "done":
            run.remove()


def plan_summary(lapse: TimeLapse) -> dict[str, Any]:
    """Return what the page shows of a plan: its parts, habit, and the degree of every part in every step."""
    plan = lapse.plan
    return {
        "name": plan.name,
        "habit": plan.habit,
        "start": plan.start,
        "notes": lapse.notes,
        "parts": [
            {"name": lapse.parts.label_set.names[k], "colour": list(lapse.parts.label_set.colours[k])}
            for k in lapse.parts.present
        ],
        "degrees": [[round(float(row[k]), 3) for k in lapse.parts.present] for row in plan.degrees],
    }


def result_summary(lapse: TimeLapse) -> dict[str, Any]:
    """Return what the page shows of a finished run."""
    process = lapse.process
    return {
        "unfinished": process["unfinished"],
        "distance": process["steps"][-1]["distance"],
        "film": {key: process["video"].get(key, 1) for key in ("file", "fps", "smooth")},
        "seconds": round(sum(process["times"].values()), 1),
    }
