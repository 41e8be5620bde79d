"""Runs: options of a run as the page requests it, its state, and its files."""

import shutil
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Annotated, Any, Literal

import cv2
import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from ...modules.brush.media import MEDIA
from ...modules.brush.stroke import StrokeList
from ...modules.imaging.resize import resize_labels
from ...modules.io.errors import PPPError
from ...modules.paints.pigments import PALETTES
from ...modules.plans import HABITS, PLANS, PlanFile
from ...modules.plans.edits import MOST_PASSES, Degrees, Order, Passes, PlanEdit
from ...pipeline.images import read_picture
from ...pipeline.writers import WriteJob, Writer
from ...pipeline.writers.overlay import changed_mask
from ...pipeline.writers.step_describer import StepDescriber
from .errors import error_body
from .painting import Painting, save_preview
from .take_home import TakeHome

RunState = Literal["waiting", "painting", "done", "failed", "cancelled"]
PartName = Annotated[str, Field(max_length=64)]
MAX_PARTS = 256  # of a label map
ARCHIVE = "painting-process.zip"
PLAN_FILE = "plan.toml"  # beside the result folder, which is as `ppp run` writes it


class ContinueFrom(BaseModel):
    """A frame of another run of the same painting as initial canvas."""

    model_config = ConfigDict(extra="forbid", strict=True)

    run: Annotated[str, Field(max_length=64)]
    frame: int = Field(ge=0)


class ContinueFromUpload(BaseModel):
    """An attached picture (its token) as initial canvas."""

    model_config = ConfigDict(extra="forbid", strict=True)

    canvas: Annotated[str, Field(max_length=64)]


class RunOptions(BaseModel):
    """Options of a run."""

    model_config = ConfigDict(extra="forbid", strict=True)

    frames: int = Field(40, ge=2)  # number of frames, the bare canvas included
    seed: int = Field(0, ge=0, lt=2**53)  # the largest exact integer in JavaScript
    plan: str = "artist"  # a name in `PLANS`
    habit: str | None = None  # a name in `HABITS`; None draws one with the seed
    medium: str | None = None  # a name in `MEDIA`; None is what the painting looks like
    palette: str | None = None  # a name in `PALETTES`, the paints in whose colours it is painted; None is any colours
    # parts in the order in which they are started; empty as the artist likes
    order: list[PartName] = Field([], max_length=MAX_PARTS)
    # how much of a part is painted in the whole process; 1 where a part is missing
    degrees: dict[PartName, Annotated[float, Field(ge=0, le=1)]] = Field({}, max_length=MAX_PARTS)
    # how often each part is painted over; None as the artist likes
    passes: int | None = Field(None, ge=1, le=MOST_PASSES)
    # the canvas to start from ("begun" in JSON); None is a bare one
    initial_canvas: ContinueFrom | ContinueFromUpload | None = Field(None, alias="begun")
    # token of an attached plan file ("book" in JSON), in place of `plan`
    plan_file: Annotated[str, Field(max_length=64)] | None = Field(None, alias="book")

    @field_validator("plan", "habit", "medium", "palette")
    @classmethod
    def _known(cls, value: str | None, info: ValidationInfo) -> str | None:
        # Names of the table only: files of this computer, which `ppp run` accepts, too, are not to be read.
        tables: dict[str | None, Iterable[str]] = {"plan": PLANS, "habit": HABITS, "medium": MEDIA, "palette": PALETTES}
        names = tables[info.field_name]
        if value is not None and value not in names:
            raise ValueError(f"there is no {info.field_name} {value[:40]!r}; use one of {', '.join(names)}")
        return value

    @property
    def parts(self) -> set[str]:
        return {*self.order, *self.degrees}

    def plan_edits(self) -> list[PlanEdit]:
        """Convert the options to edits of the plan, in the order in which they apply."""
        edits: list[PlanEdit] = [] if self.passes is None else [Passes(self.passes)]
        if self.order:
            edits.append(Order(*self.order))
        return [*edits, Degrees(self.degrees)] if self.degrees else edits

    def to_json(self) -> dict[str, Any]:
        """Return the options as the page sent them."""
        return self.model_dump(by_alias=True)


def folder_bytes(folder: Path) -> int:
    """Add up the sizes of all files at or below a folder, which may be deleted meanwhile."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total


class RunCancelled(Exception):
    """Raised between two frames of a cancelled run."""


@dataclass
class Run:
    """One run; all its files are in `folder`."""

    token: str
    folder: Path
    painting: Painting
    options: RunOptions
    plan_file: PlanFile | None = None  # the one that the options name
    state: RunState = "waiting"
    frames_done: int = 0
    plan: dict[str, Any] | None = None
    error: PPPError | None = None
    files: dict[str, int] = field(default_factory=dict)  # name -> bytes
    wanted: TakeHome | None = None  # files that are to be made of it, once it is done
    stop: Event = field(default_factory=Event)
    last_used: float = field(default_factory=time.monotonic)
    _lock: Lock = field(default_factory=Lock, repr=False)
    _archiving: Lock = field(default_factory=Lock, repr=False)
    _readers: int = 0  # downloads that are being sent
    _removed: bool = False
    _results: int = 1  # so many results were written

    @property
    def is_finished(self) -> bool:
        """Whether it is done, failed or cancelled."""
        return self.state in ("done", "failed", "cancelled")

    @property
    def result(self) -> Path:
        """The result folder, as `ppp run` writes it; one with other files takes its place."""
        return self.folder / f"result-{self._results}"

    @property
    def kept(self) -> Path:
        """Where the painted process is kept, see `pipeline.kept`."""
        return self.folder / "kept"

    @property
    def canvas(self) -> Path:
        """The initial canvas, where one was given."""
        return self.folder / "canvas.png"

    def frame_file(self, index: int) -> Path | None:
        """Return the file of a frame at full size, or None when it does not exist (any more)."""
        path = self.result / "frames" / f"{index:05}.png"
        return path if self.state == "done" and path.exists() else None

    def states(self) -> np.ndarray:
        """Compute what variations are compared by (pipeline.variations.compared_states), once for each run."""
        path = self.folder / "states.npy"
        with self._archiving:
            if not path.exists():
                from ...pipeline.variations import compared_states  # imports torch

                found = compared_states(self.result, read_picture(self.painting.read()).rgb)
                part = path.with_suffix(".part")
                with part.open("wb") as file:
                    np.save(file, found)
                part.replace(path)
            return np.asarray(np.load(path))

    def preview(self, index: int) -> Path:
        """Return the file of a frame as the page shows it."""
        return self.folder / "view" / f"{index:05}.jpg"

    def emit(self, event: str, **data: Any) -> None:
        """Add an event of this run to the painting's log."""
        self.painting.events.push(event, run=self.token, **data)

    @contextmanager
    def next_result(self) -> Iterator[Path]:
        """Give the folder of a result that takes the place of this one; who reads a file of this one reads on."""
        before = self.result
        yield self.folder / f"result-{self._results + 1}"
        with self._lock:
            self._results += 1
            read = self._readers > 1  # besides the one that makes it
        self.list_files()
        if not read:
            shutil.rmtree(before, ignore_errors=True)
            before.with_suffix(".zip").unlink(missing_ok=True)

    def list_files(self) -> None:
        """Record what can be downloaded: the files of the result, the plan, and an archive of everything."""
        self.files = {p.name: p.stat().st_size for p in sorted(self.result.iterdir()) if p.is_file()}
        self.files[PLAN_FILE] = (self.folder / PLAN_FILE).stat().st_size
        self.files[ARCHIVE] = sum(p.stat().st_size for p in self.result.rglob("*") if p.is_file())

    def file(self, name: str) -> Path | None:
        """Return the path of one of `files`, or None; the archive is created on first use."""
        if name not in self.files or self.state != "done" or self._removed:
            return None
        if name != ARCHIVE:
            return (self.folder if name == PLAN_FILE else self.result) / name
        with self._archiving:
            path = self.result.with_suffix(".zip")
            if not path.exists():
                part = path.with_suffix(".part")
                with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:  # all compressed already
                    for member in sorted(self.result.rglob("*")):
                        archive.write(member, Path("painting-process") / member.relative_to(self.result))
                part.replace(path)
            return path

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Keep the files while one is sent: what is deleted meanwhile goes when the last of them is through."""
        with self._lock:
            self._readers += 1
        try:
            yield
        finally:
            with self._lock:
                self._readers -= 1
            self._remove_unread()

    def remove(self) -> None:
        """Delete the files, those that are being sent when they are sent."""
        self._removed = True
        self._remove_unread()

    def _remove_unread(self) -> None:
        with self._lock:
            if not self._removed or self._readers:
                return
        shutil.rmtree(self.folder, ignore_errors=True)

    def to_json(self) -> dict[str, Any]:
        """Return the run's state for the page."""
        body: dict[str, Any] = {
            "id": self.token,
            "painting": self.painting.token,
            "state": self.state,
            "wish": self.options.to_json(),
            "done": self.frames_done,
            "of": self.options.frames,
            "plan": self.plan,
            "files": self.files,
            "making": self.wanted is not None,
        }
        return body | (error_body(self.error) if self.error else {})


class PreviewWriter(Writer):
    """Writes a small JPEG of every frame for the page and emits an event for it, with what the step sheet would say."""

    def __init__(self, job: WriteJob, run: Run) -> None:
        super().__init__(job)
        self.run = run
        run.preview(0).parent.mkdir()
        size = run.painting.preview_size
        picture = np.asarray(Image.open(run.painting.folder / "view.jpg").convert("RGB"))
        self.describer = StepDescriber(job, resize_labels(job.parts.labels, size), picture)
        self.before: np.ndarray | None = None

    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        """Write a frame and tell the listeners."""
        size = self.run.painting.preview_size
        small = frame if size == self.job.size else cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        save_preview(small, self.run.preview(index))
        said = {}
        if self.before is not None:
            step = self.describer.describe(index, index, small, changed_mask(self.before, small), strokes)
            said = {"said": step.said, "palette": step.palette}
        self.before = small
        self.run.frames_done = index + 1
        self.run.emit("frame", frame=index, of=self.job.n_frames, **said)
