"""Store of all paintings and runs, under random tokens in one temporary folder that is deleted with the server."""

import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import RLock

from .errors import RequestError
from .painting import Painting
from .runs import ContinueFromUpload, Run, RunOptions, folder_bytes
from .server_settings import MEGA, ServerSettings

Cancel = Callable[[Run], None]


class Store:
    """Finds paintings and runs by token, makes room for new ones, and deletes unused ones."""

    def __init__(self, settings: ServerSettings, cancel: Cancel) -> None:
        self.settings, self._cancel = settings, cancel
        self.root = Path(tempfile.mkdtemp(prefix="ppp-serve-"))  # readable only by its owner
        self._paintings: dict[str, Painting] = {}
        self._runs: dict[str, Run] = {}
        self._lock = RLock()

    def painting(self, token: str) -> Painting:
        """Return the painting of a token. Raises RequestError 404 when there is none (any more)."""
        with self._lock:
            found = self._paintings.get(token)
            if found is None:
                raise RequestError(404, "This painting does not exist any more.", fix="Upload it again.")
            found.last_used = found.events.last_listened = time.monotonic()
            return found

    def run(self, token: str) -> Run:
        """Return the run of a token. Raises RequestError 404 when there is none (any more)."""
        with self._lock:
            found = self._runs.get(token)
            if found is None:
                raise RequestError(404, "This run does not exist any more.", fix="Paint it again.")
            found.last_used = time.monotonic()
            self.painting(found.painting.token)
            return found

    def runs_of(self, painting: Painting) -> list[Run]:
        """List the runs of a painting, oldest first."""
        with self._lock:
            return [run for run in self._runs.values() if run.painting is painting]

    def listeners(self) -> int:
        """Count the open event streams."""
        with self._lock:
            return sum(painting.events.listeners for painting in self._paintings.values())

    def check_disk(self, more: int = 0) -> None:
        """Make room on the disk for so many bytes more; the finished runs unused for longest go first.

        Raises RequestError 507 without room.
        """
        used, most = folder_bytes(self.root) + more, self.settings.max_disk_bytes
        if used <= most:
            return
        with self._lock:
            finished = sorted((run for run in self._runs.values() if run.is_finished), key=lambda run: run.last_used)
        for run in finished:
            used -= folder_bytes(run.folder)
            self.remove_run(run)
            if used <= most:
                return
        raise RequestError(
            507, "The server's disk space is used up.", f"The limit is {most / MEGA:.0f} MB.", "Delete other runs."
        )

    def new_folder(self) -> tuple[str, Path]:
        """Create a token and an empty folder of that name."""
        token = secrets.token_urlsafe(16)
        folder = self.root / token
        folder.mkdir(mode=0o700)
        return token, folder

    def add_painting(self, painting: Painting) -> None:
        """Add a painting; the one unused for longest makes room. Raises RequestError 429 when all are in use."""
        with self._lock:
            if len(self._paintings) >= self.settings.max_paintings:
                idle = [
                    painting
                    for painting in self._paintings.values()
                    if not painting.events.has_listeners and all(run.is_finished for run in self.runs_of(painting))
                ]
                if not idle:
                    raise RequestError(
                        429, "The server holds too many paintings.", f"{len(self._paintings)} are in use.",
                        "Try again later.", retry_after=60,
                    )  # fmt: skip
                self.remove_painting(min(idle, key=lambda p: p.last_used))
            self._paintings[painting.token] = painting

    def new_runs(self, painting: Painting, batch: list[RunOptions]) -> list[Run]:
        """Create runs that are not queued yet. Raises RequestError when options exceed the server's limits."""
        for options in batch:
            self._check(painting, options)
        with self._lock:
            self.painting(painting.token)  # it may have been deleted meanwhile
            canvases = [self._read_canvas(painting, options) for options in batch]  # before anything makes room
            finished = sorted((run for run in self._runs.values() if run.is_finished), key=lambda run: run.last_used)
            for run in finished[: max(0, len(self._runs) + len(batch) - self.settings.max_runs)]:
                self.remove_run(run)
            runs = []
            for options, canvas in zip(batch, canvases, strict=True):
                plan_file = painting.plan_files.get(options.plan_file) if options.plan_file else None
                runs.append(run := Run(*self.new_folder(), painting, options, plan_file))
                if canvas is not None:
                    run.canvas.write_bytes(canvas)  # a copy: the run that it comes from may be deleted
            self._runs.update((run.token, run) for run in runs)
            return runs

    def _read_canvas(self, painting: Painting, options: RunOptions) -> bytes | None:
        """Read the file of the initial canvas, if any. Raises RequestError when it does not exist."""
        source = options.initial_canvas
        if source is None:
            return None
        if isinstance(source, ContinueFromUpload):
            path = painting.canvases.get(source.canvas)
            if path is None:
                raise RequestError(422, "This canvas does not exist any more.", fix="Upload it again.")
            return path.read_bytes()
        other = self._runs.get(source.run)
        path = other.frame_file(source.frame) if other is not None and other.painting is painting else None
        if path is None:
            raise RequestError(422, "There is no such frame to continue from.", fix="Choose a frame of a finished run.")
        return path.read_bytes()

    def _check(self, painting: Painting, options: RunOptions) -> None:
        what, max_frames = f"{options.frames} frames are too many.", self.settings.max_frames
        if options.frames > max_frames:
            raise RequestError(422, what, fix=f"Use {max_frames} or fewer.")
        painting.check_names(options.parts)
        if options.plan_file is not None:
            if (plan_file := painting.plan_files.get(options.plan_file)) is None:
                raise RequestError(422, "This plan file does not exist any more.", fix="Upload it again.")
            plan_file.check_frames(options.frames)
        pixels = painting.size[0] * painting.size[1]
        if options.frames * pixels > self.settings.max_work:
            raise RequestError(
                422, what, f"The picture has {pixels / MEGA:.1f} million pixels.",
                f"Use {self.settings.max_work // pixels} or fewer, or scale the picture down.",
            )  # fmt: skip

    def discard_run(self, run: Run) -> None:
        """Remove a run that found no place in the queue."""
        with self._lock:
            self._runs.pop(run.token, None)
        run.remove()

    def remove_run(self, run: Run) -> None:
        """Cancel a run and delete its files."""
        with self._lock:
            self._runs.pop(run.token, None)
        self._cancel(run)
        if run.is_finished:
            run.remove()
            run.painting.events.forget(run.token)
            run.emit("removed")

    def remove_painting(self, painting: Painting) -> None:
        """Delete a painting with all its runs."""
        for run in self.runs_of(painting):
            self.remove_run(run)
        with self._lock:
            self._paintings.pop(painting.token, None)
        painting.remove()

    def remove_expired(self, now: float | None = None) -> None:
        """Delete what is unused for `expire_after` seconds; cancel runs without a listener for `abandon_after`."""
        now = time.monotonic() if now is None else now
        with self._lock:
            paintings, runs = list(self._paintings.values()), list(self._runs.values())
        for painting in paintings:
            unheard = now - painting.events.last_listened if not painting.events.has_listeners else 0.0
            if unheard > self.settings.abandon_after:
                for run in self.runs_of(painting):
                    if not run.is_finished:
                        self._cancel(run)
            if unheard > self.settings.expire_after and now - painting.last_used > self.settings.expire_after:
                self.remove_painting(painting)
        for run in runs:
            listened = run.painting.events.has_listeners
            if run.is_finished and not listened and now - run.last_used > self.settings.expire_after:
                self.remove_run(run)

    def close(self) -> None:
        with self._lock:
            paintings = list(self._paintings.values())
            self._paintings.clear()
            self._runs.clear()
        for painting in paintings:
            painting.events.close()
        shutil.rmtree(self.root, ignore_errors=True)
