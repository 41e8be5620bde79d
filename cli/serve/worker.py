"""The one who paints: a single thread with the pipeline, a bounded queue of runs, and errands in between.

Errands are short (find the parts of a painting); they are done before the next run, and between two frames of the run
that is being painted, so that nobody waits for another person's long run to see what their picture consists of.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...modules.io.errors import PPPError
from ..errors import explain
from .errors import Refused, error_body
from .painting import Painting
from .runs import PLAN, Cancelled, Run, State, ViewWriter

if TYPE_CHECKING:
    from ...pipeline.pipeline import Pipeline
    from ...pipeline.timelapse import TimeLapse


class Worker:
    """Call `start`, then `find_parts` and `paint` from any thread; `stop` ends it within a frame.

    load: makes the pipeline, in the worker's thread, so that the page answers while torch is imported.
    failed: called with the error when that does not work.
    """

    def __init__(self, load: Callable[[], Pipeline], waiting: int, failed: Callable[[PPPError], None]) -> None:
        self._load, self._most, self._failed = load, waiting, failed
        self._errands: deque[Painting] = deque()
        self._runs: deque[Run] = deque()
        self._now: Run | None = None
        self._news = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._work, name="ppp-painter", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, patience: float = 15.0) -> None:
        """Give up what is being painted and end the thread; waits at most `patience` seconds."""
        with self._news:
            self._ending = True
            for run in [*self._runs, *([self._now] if self._now else [])]:
                run.stop.set()
            self._news.notify_all()
        if self._thread.is_alive():
            self._thread.join(patience)

    def find_parts(self, painting: Painting) -> None:
        """Have the parts of a painting found soon; the news comes through its feed."""
        with self._news:
            self._errands.append(painting)
            self._news.notify_all()

    def paint(self, runs: list[Run]) -> None:
        """Queue runs, all or none. Refused with status 429 when the queue has no room for them."""
        with self._news:
            if len(self._runs) + len(runs) > self._most + (self._now is None):
                raise Refused(
                    429, "Too many paintings are waiting.",
                    f"{len(self._runs)} are in the queue and {self._most} are possible.",
                    "Try again when some of them are done.", retry_after=20,
                )  # fmt: skip
            self._runs.extend(runs)
            for run in runs:
                run.tell("waiting", wish=run.wish.model_dump(), ahead=self._ahead(run))
            self._news.notify_all()

    def cancel(self, run: Run) -> None:
        """Give a run up: at once while it waits, after the frame in hand while it is painted."""
        with self._news:
            run.stop.set()
            if run in self._runs:
                self._runs.remove(run)
                self._end(run, "cancelled")
                for other in self._runs:
                    other.tell("ahead", ahead=self._ahead(other))

    def _ahead(self, run: Run) -> int:
        return self._runs.index(run) + (self._now is not None)

    # ---- in the thread

    def _work(self) -> None:
        try:
            pipeline = self._load()
        except Exception as error:
            self._failed(explain(error))
            return
        while True:
            with self._news:
                self._news.wait_for(lambda: self._ending or self._errands or self._runs)
                if self._ending:
                    return
                if not self._errands:
                    self._now = self._runs.popleft()
                    self._now.state = "painting"
                    for other in self._runs:
                        other.tell("ahead", ahead=self._ahead(other))
            if self._now is None:
                self._do_errands(pipeline)
            else:
                self._paint(pipeline, self._now)
                with self._news:
                    self._now = None

    def _do_errands(self, pipeline: Pipeline) -> None:
        while self._errands and not self._ending:
            painting = self._errands.popleft()
            if painting.feed.closed:
                continue
            try:
                parts, notes = pipeline.segment(painting.read())
                with painting.lock:
                    painting.found = parts
                    painting.notes = tuple(notes)
                painting.feed.push("parts", **painting.to_json())
            except Exception as error:
                painting.feed.push("problem", **error_body(explain(error)))

    def _paint(self, pipeline: Pipeline, run: Run) -> None:
        wish = run.wish
        try:
            run.tell("begun")
            self._look_up(pipeline, run)
            lapse = pipeline(
                run.painting.read(), wish.frames, wish.seed, run.book or wish.plan,
                habit=wish.habit, segmentation=run.painting.given(), steer=wish.steering(),
                canvas=run.canvas if wish.begun else None,
            )  # fmt: skip
            self._look_up(pipeline, run)
            run.plan = plan_facts(lapse)
            run.tell("plan", **run.plan)
            from ...pipeline.writers import DEFAULT

            lapse.save(
                run.result,
                progress=lambda done, of: self._look_up(pipeline, run),
                writers=[*DEFAULT, lambda job: ViewWriter(job, run)],
            )
            from ...modules.plans.plan_file import to_toml

            (run.folder / PLAN).write_text(to_toml(lapse.plan, "How it was painted."), encoding="utf-8")
            run.list_files()
            self._end(run, "done", files=run.files, **result_facts(lapse))
        except Cancelled:
            self._end(run, "cancelled")
        except Exception as error:
            run.error = explain(error)
            # What was deleted under our hands was given up; that is nobody's mistake.
            self._end(run, "cancelled" if run.stop.is_set() else "failed", **error_body(run.error))

    def _look_up(self, pipeline: Pipeline, run: Run) -> None:
        """Between two frames: stop when that is wanted, and do errands."""
        if run.stop.is_set() or self._ending:
            raise Cancelled
        self._do_errands(pipeline)

    def _end(self, run: Run, state: State, **data: Any) -> None:
        run.state = state
        run.tell(state, **data)
        if state != "done":
            run.remove()


def plan_facts(lapse: TimeLapse) -> dict[str, Any]:
    """What the page shows of a plan: parts, how the artist works, and the degree of every part in every step."""
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


def result_facts(lapse: TimeLapse) -> dict[str, Any]:
    """What the page says of a finished run."""
    process = lapse.process
    return {
        "unfinished": process["unfinished"],
        "distance": process["steps"][-1]["distance"],
        "video": process["video"]["file"],
        "seconds": round(sum(process["times"].values()), 1),
    }
