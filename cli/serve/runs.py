"""A run: one way to paint a painting, asked for by the page, and the files that come of it."""

from __future__ import annotations

import shutil
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Annotated, Any, Literal

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from ...modules.io.errors import PPPError
from ...modules.plans import HABITS, PLANS, PlanFile
from ...modules.plans.edits import MOST_PASSES, Degrees, Order, Passes, PlanEdit
from ...pipeline.images import read_picture
from ...pipeline.writers import WriteJob, Writer
from .errors import error_body
from .painting import Painting, save_view

State = Literal["waiting", "painting", "done", "failed", "cancelled"]
PartName = Annotated[str, Field(max_length=64)]
MOST_PARTS = 256  # a label map has no more
ARCHIVE = "painting-process.zip"
PLAN = "plan.toml"  # beside the result, which is what `ppp run` writes and nothing more


class ContinueFrom(BaseModel):
    """A frame of another run of the same painting, as the canvas to go on from."""

    model_config = ConfigDict(extra="forbid", strict=True)

    run: Annotated[str, Field(max_length=64)]
    frame: int = Field(ge=0)


class ContinueFromUpload(BaseModel):
    """A picture that was given beside the painting (its token), as the canvas to go on from."""

    model_config = ConfigDict(extra="forbid", strict=True)

    canvas: Annotated[str, Field(max_length=64)]


class Wish(BaseModel):
    """What a person asks of a run. A `plan` in `PLANS`, a `habit` in `HABITS` or None for one drawn by the seed.

    order: parts in the order in which they are begun, () as the artist likes. degrees: how much of a part is painted in
    the whole process, 1 where nothing is said. passes: how often each part is gone over, None as the artist likes.
    begun: the canvas that it starts with, None for a bare one. book: a plan file that was given beside the painting
    (its token), in place of `plan`.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    frames: int = Field(40, ge=2)
    seed: int = Field(0, ge=0, lt=2**53)  # the largest whole number that a browser counts to
    plan: str = "artist"
    habit: str | None = None
    order: list[PartName] = Field([], max_length=MOST_PARTS)
    degrees: dict[PartName, Annotated[float, Field(ge=0, le=1)]] = Field({}, max_length=MOST_PARTS)
    passes: int | None = Field(None, ge=1, le=MOST_PASSES)
    begun: ContinueFrom | ContinueFromUpload | None = None
    book: Annotated[str, Field(max_length=64)] | None = None

    @field_validator("plan", "habit")
    @classmethod
    def _known(cls, value: str | None, info: ValidationInfo) -> str | None:
        # Exactly a name of the table: "dataset=FILE", which `ppp run` takes, would read files of this computer.
        names = PLANS if info.field_name == "plan" else HABITS
        if value is not None and value not in names:
            raise ValueError(f"there is no {info.field_name} {value[:40]!r}, but there are {', '.join(names)}")
        return value

    @property
    def parts(self) -> set[str]:
        """All parts that are named."""
        return {*self.order, *self.degrees}

    def steering(self) -> list[PlanEdit]:
        """The same as the objects that steer a plan, in the order in which they belong."""
        steer: list[PlanEdit] = [] if self.passes is None else [Passes(self.passes)]
        if self.order:
            steer.append(Order(*self.order))
        return [*steer, Degrees(self.degrees)] if self.degrees else steer


class Cancelled(Exception):
    """The run was given up; raised between two frames."""


@dataclass
class Run:
    """One run; everything it writes lies in `folder`."""

    token: str
    folder: Path
    painting: Painting
    wish: Wish
    book: PlanFile | None = None  # the plan file of the wish
    state: State = "waiting"
    done: int = 0  # frames
    plan: dict[str, Any] | None = None
    error: PPPError | None = None
    files: dict[str, int] = field(default_factory=dict)  # name -> bytes
    stop: Event = field(default_factory=Event)
    used: float = field(default_factory=time.monotonic)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    @property
    def result(self) -> Path:
        """The folder as `ppp run` writes it."""
        return self.folder / "result"

    @property
    def canvas(self) -> Path:
        """Frame 0 where the run goes on from a frame of another one."""
        return self.folder / "canvas.png"

    def painted(self, index: int) -> Path | None:
        """A frame as it was written at full size; None when it is not there (any more)."""
        path = self.result / "frames" / f"{index:05}.png"
        return path if self.state == "done" and path.exists() else None

    def states(self) -> np.ndarray:
        """What variations are compared by (pipeline.variations.on_the_way); found once, then kept beside the result."""
        path = self.folder / "states.npy"
        with self._lock:
            if not path.exists():
                from ...pipeline.variations import on_the_way  # with what is heavy

                found = on_the_way(self.result, read_picture(self.painting.read()).rgb)
                part = path.with_suffix(".part")
                with part.open("wb") as file:
                    np.save(file, found)
                part.replace(path)
            return np.asarray(np.load(path))

    def view(self, index: int) -> Path:
        """The frame that the page shows."""
        return self.folder / "view" / f"{index:05}.jpg"

    def tell(self, event: str, **data: Any) -> None:
        self.painting.feed.push(event, run=self.token, **data)

    def list_files(self) -> None:
        """Note what can be downloaded: the files of the result, and all of it as one archive."""
        self.files = {p.name: p.stat().st_size for p in sorted(self.result.iterdir()) if p.is_file()}
        self.files[PLAN] = (self.folder / PLAN).stat().st_size
        self.files[ARCHIVE] = sum(p.stat().st_size for p in self.result.rglob("*") if p.is_file())

    def file(self, name: str) -> Path | None:
        """The path of one of `files`, the archive made when it is first wanted; None for any other name."""
        if name not in self.files or self.state != "done":
            return None
        if name != ARCHIVE:
            return (self.folder if name == PLAN else self.result) / name
        with self._lock:
            path = self.folder / ARCHIVE
            if not path.exists():
                part = path.with_suffix(".part")
                with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:  # pictures and video are packed already
                    for member in sorted(self.result.rglob("*")):
                        archive.write(member, Path("painting-process") / member.relative_to(self.result))
                part.replace(path)
            return path

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def to_json(self) -> dict[str, Any]:
        """What the page needs to know."""
        body: dict[str, Any] = {
            "id": self.token,
            "painting": self.painting.token,
            "state": self.state,
            "wish": self.wish.model_dump(),
            "done": self.done,
            "of": self.wish.frames,
            "plan": self.plan,
            "files": self.files,
        }
        return body | (error_body(self.error) if self.error else {})


class ViewWriter(Writer):
    """Every frame as a small JPEG for the page, and the news that it is there."""

    def __init__(self, job: WriteJob, run: Run) -> None:
        super().__init__(job)
        self.run = run
        run.view(0).parent.mkdir()

    def add(self, index: int, frame: np.ndarray) -> None:
        size = self.run.painting.view
        small = frame if size == self.job.size else cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        save_view(small, self.run.view(index))
        self.run.done = index + 1
        self.run.tell("frame", frame=index, of=self.job.n_frames)
