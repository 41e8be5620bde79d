"""All paintings and runs of a server, under random names in one temporary folder that goes with the server."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import RLock

from .errors import Refused
from .painting import Painting
from .runs import ContinueFromUpload, Run, Wish
from .settings import MEGA, ServerSettings

Cancel = Callable[[Run], None]


class Store:
    """Finds paintings and runs by their tokens, makes room for new ones, and deletes what nobody uses any more.

    cancel: gives up a run that waits or is being painted.
    """

    def __init__(self, settings: ServerSettings, cancel: Cancel) -> None:
        self.settings, self._cancel = settings, cancel
        self.root = Path(tempfile.mkdtemp(prefix="ppp-serve-"))  # readable by its owner only
        self._paintings: dict[str, Painting] = {}
        self._runs: dict[str, Run] = {}
        self._lock = RLock()

    def painting(self, token: str) -> Painting:
        """The painting of a token; Refused with 404 when there is none (any more)."""
        with self._lock:
            found = self._paintings.get(token)
            if found is None:
                raise Refused(404, "This painting is not here any more.", fix="Give it again.")
            found.used = found.feed.heard = time.monotonic()
            return found

    def run(self, token: str) -> Run:
        """The run of a token; Refused with 404 when there is none (any more)."""
        with self._lock:
            found = self._runs.get(token)
            if found is None:
                raise Refused(404, "This run is not here any more.", fix="Paint it again.")
            found.used = time.monotonic()
            self.painting(found.painting.token)
            return found

    def runs_of(self, painting: Painting) -> list[Run]:
        """The runs of a painting, oldest first."""
        with self._lock:
            return [run for run in self._runs.values() if run.painting is painting]

    def new_folder(self) -> tuple[str, Path]:
        """A token and an empty folder of that name."""
        token = secrets.token_urlsafe(16)
        folder = self.root / token
        folder.mkdir(mode=0o700)
        return token, folder

    def add_painting(self, painting: Painting) -> None:
        """Keep a painting; the one unused for longest makes room. Refused with 429 when all of them are in use."""
        with self._lock:
            if len(self._paintings) >= self.settings.paintings:
                idle = [p for p in self._paintings.values() if not p.feed.listened and not self._busy(p)]
                if not idle:
                    raise Refused(
                        429, "The server holds too many paintings.", f"{len(self._paintings)} are in use.",
                        "Try again later.", retry_after=60,
                    )  # fmt: skip
                self.remove_painting(min(idle, key=lambda p: p.used))
            self._paintings[painting.token] = painting

    def new_runs(self, painting: Painting, wishes: list[Wish]) -> list[Run]:
        """Runs that are not in any queue yet. Refused when a wish is too much for this server."""
        for wish in wishes:
            self._check(painting, wish)
        with self._lock:
            canvases = [self._canvas(painting, wish) for wish in wishes]  # before anything makes room
            over = sorted((run for run in self._runs.values() if run.over), key=lambda run: run.used)
            for run in over[: max(0, len(self._runs) + len(wishes) - self.settings.runs)]:
                self.remove_run(run)
            books = [painting.books.get(wish.book) if wish.book else None for wish in wishes]
            runs = [Run(*self.new_folder(), painting, wish, book) for wish, book in zip(wishes, books, strict=True)]
            for run, canvas in zip(runs, canvases, strict=True):
                if canvas is not None:
                    run.canvas.write_bytes(canvas)  # a copy: the run that it is from may go
            self._runs.update((run.token, run) for run in runs)
            return runs

    def _canvas(self, painting: Painting, wish: Wish) -> bytes | None:
        """The file of the frame that a wish begins with; Refused when there is none."""
        if wish.begun is None:
            return None
        if isinstance(wish.begun, ContinueFromUpload):
            path = painting.canvases.get(wish.begun.canvas)
            if path is None:
                raise Refused(422, "This canvas is not here any more.", fix="Give it again.")
            return path.read_bytes()
        other = self._runs.get(wish.begun.run)
        path = other.painted(wish.begun.frame) if other is not None and other.painting is painting else None
        if path is None:
            raise Refused(422, "There is no such frame to go on from.", fix="Choose a frame of a run that is done.")
        return path.read_bytes()

    def _check(self, painting: Painting, wish: Wish) -> None:
        what, most = f"{wish.frames} frames are too many.", self.settings.most_frames
        if wish.frames > most:
            raise Refused(422, what, fix=f"Ask for {most} or fewer.")
        painting.check_names(wish.parts)
        if wish.book is not None:
            if (book := painting.books.get(wish.book)) is None:
                raise Refused(422, "This plan file is not here any more.", fix="Give it again.")
            book.check_frames(wish.frames)
        pixels = painting.size[0] * painting.size[1]
        if wish.frames * pixels > self.settings.most_work:
            raise Refused(
                422, what, f"The picture has {pixels / MEGA:.1f} million pixels.",
                f"Ask for {self.settings.most_work // pixels} or fewer, or scale the picture down.",
            )  # fmt: skip

    def forget(self, run: Run) -> None:
        """Take back a run that found no place in the queue."""
        with self._lock:
            self._runs.pop(run.token, None)
        run.remove()

    def remove_run(self, run: Run) -> None:
        """Give a run up and delete its files."""
        with self._lock:
            self._runs.pop(run.token, None)
        self._cancel(run)
        if run.over:
            run.remove()
            run.tell("removed")

    def remove_painting(self, painting: Painting) -> None:
        """Delete a painting with all its runs."""
        for run in self.runs_of(painting):
            self.remove_run(run)
        with self._lock:
            self._paintings.pop(painting.token, None)
        painting.remove()

    def _busy(self, painting: Painting) -> bool:
        return any(not run.over for run in self.runs_of(painting))

    def tidy(self, now: float | None = None) -> None:
        """Delete what nobody used for `keep` seconds; give up runs that nobody has listened to for `abandoned`."""
        now = time.monotonic() if now is None else now
        with self._lock:
            paintings, runs = list(self._paintings.values()), list(self._runs.values())
        for painting in paintings:
            alone = now - painting.feed.heard if not painting.feed.listened else 0.0
            if alone > self.settings.abandoned:
                for run in self.runs_of(painting):
                    if not run.over:
                        self._cancel(run)
            if alone > self.settings.keep and now - painting.used > self.settings.keep:
                self.remove_painting(painting)
        for run in runs:
            if run.over and not run.painting.feed.listened and now - run.used > self.settings.keep:
                self.remove_run(run)

    def close(self) -> None:
        """Delete everything."""
        with self._lock:
            paintings = list(self._paintings.values())
            self._paintings.clear()
            self._runs.clear()
        for painting in paintings:
            painting.feed.close()
        shutil.rmtree(self.root, ignore_errors=True)
