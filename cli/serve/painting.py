"""A painting on the server: its file, what the page shows of it, its label map and the corrections of that."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from PIL import Image

from ...modules.imaging.resize import fit_size, resize, resize_labels
from ...modules.io.errors import PPPError, did_you_mean
from ...modules.plans import PlanFile
from ...pipeline.images import encode_png, quantise, read_picture
from ...pipeline.values import Parts
from .edits import BrushEdit, FillEdit, apply_edits
from .errors import Refused
from .event_log import EventLog
from .settings import MEGA, ServerSettings

QUALITY = 92  # of the JPEGs that are shown while painting; the results themselves are without loss


def save_view(rgb: np.ndarray, path: Path) -> None:
    """(h,w,3) uint8 as the JPEG that the page shows; complete or not there."""
    part = path.with_suffix(".part")
    Image.fromarray(rgb).save(part, "JPEG", quality=QUALITY, subsampling=0)
    part.replace(path)


def check_pixels(path: Path, most: int) -> None:
    """Refuse a picture that is too large by its header, before a pixel of it is decoded."""
    try:
        with Image.open(path) as image:
            width, height = image.size
    except Image.DecompressionBombError:
        width = height = 10**6
    except Exception:
        return  # no picture at all: reading it says what it is instead
    if width * height > most:
        size = f"It is {width}x{height} pixels" if width < 10**6 else "Its header claims far too many pixels"
        fix = f"Scale it down to {most // MEGA} million pixels or fewer."
        raise Refused(413, "This picture is too large.", f"{size}.", fix)


@dataclass
class Painting:
    """One uploaded picture. `token` is its only name; `folder` holds its files and nothing else does."""

    token: str
    folder: Path
    size: tuple[int, int]  # width, height
    view: tuple[int, int]  # of what is shown
    notes: tuple[str, ...]
    feed: EventLog = field(default_factory=EventLog)
    used: float = field(default_factory=time.monotonic)
    found: Parts | None = None
    edits: list[BrushEdit | FillEdit] = field(default_factory=list)
    books: dict[str, PlanFile] = field(default_factory=dict)  # plan files that were given, by token
    canvases: dict[str, Path] = field(default_factory=dict)  # pictures to go on from that were given, by token
    lock: Lock = field(default_factory=Lock)

    @property
    def file(self) -> Path:
        return self.folder / "upload"

    def read(self) -> bytes:
        """The painting's file. Pixels are decoded for each run: none are held in memory in between."""
        return self.file.read_bytes()

    def parts(self) -> Parts:
        """The label map with its corrections. Refused while it is not known yet."""
        with self.lock:
            found, edits = self.found, list(self.edits)
        if found is None:
            raise Refused(409, "The parts are not known yet.", fix="Wait for them, then ask again.")
        if not edits:
            return found
        return Parts(apply_edits(found.labels, found.label_set.names, edits), found.label_set)

    def correct(self, edits: list[BrushEdit | FillEdit]) -> None:
        """Replace all corrections. Refused for a part that does not exist."""
        self.check_names(edit.part for edit in edits)
        with self.lock:
            self.edits = list(edits)

    def check_names(self, names: Iterable[str]) -> None:
        """Refused for a part that does not exist."""
        known = self.choices()
        if wrong := next((name for name in names if name not in known), None):
            fix = did_you_mean(wrong, known) or f"Use one of: {', '.join(known)}."
            raise Refused(422, f"There is no part called {wrong!r}.", fix=fix)

    def choices(self) -> list[str]:
        """The parts that a pixel can be given to. Padding ("edge") is none: all of the picture is painted."""
        if self.found is None:
            raise Refused(409, "The parts are not known yet.", fix="Wait for them, then ask again.")
        return [name for name in self.found.label_set.names if name != "edge"]

    def given(self) -> Parts | None:
        """The label map that a run has to be given: None where nobody corrected anything."""
        return self.parts() if self.edits else None

    def labels_png(self) -> bytes:
        """The label map as the page draws it: grey, the value is the class index, at the size of the view."""
        small = resize_labels(self.parts().labels, self.view)
        return encode_png(np.repeat(small[..., None], 3, axis=2), level=6)

    def to_json(self) -> dict[str, Any]:
        """What the page needs to know."""
        body: dict[str, Any] = {
            "id": self.token,
            "width": self.size[0],
            "height": self.size[1],
            "view": list(self.view),
            "notes": list(self.notes),
            "parts": None,
        }
        if self.found is not None:
            parts = self.parts()
            shares = np.bincount(parts.labels.reshape(-1), minlength=len(parts.label_set)) / parts.labels.size
            body["named"] = parts.label_set.named
            body["parts"] = [
                {
                    "name": name,
                    "index": index,
                    "colour": list(parts.label_set.colours[index]),
                    "share": round(float(shares[index]), 5),
                }
                for index, name in enumerate(parts.label_set.names)
                if name != "edge"
            ]
            body["edits"] = len(self.edits)
        return body

    def remove(self) -> None:
        """Delete its files and end its listeners."""
        self.feed.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def take_in(token: str, folder: Path, settings: ServerSettings) -> Painting:
    """A painting from the file `folder`/upload. UserError when it is no picture that can be read, or too large."""
    file = folder / "upload"
    check_pixels(file, settings.most_pixels)
    picture = read_picture(file.read_bytes())
    view = fit_size(picture.rgb.shape, settings.view)
    try:
        save_view(quantise(np.clip(resize(picture.rgb, view), 0, 1)), folder / "view.jpg")
    except OSError as error:
        raise PPPError("The picture cannot be kept.", f"{error.strerror or error}.", "Is the disk full?") from error
    return Painting(token, folder, (picture.width, picture.height), view, picture.notes)
