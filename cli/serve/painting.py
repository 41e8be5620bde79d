"""A painting on the server: its file, its preview, its label map and the corrections of that."""

import hashlib
import math
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from PIL import Image

from ...modules.imaging.resize import fit_size, resize, resize_labels
from ...modules.io.errors import PPPError, disk_advice
from ...modules.io.png import encode_png
from ...modules.plans import PlanFile
from ...modules.plans.part_names import PartNames, suggest
from ...modules.things import SCENE_CLASSES
from ...pipeline.images import quantise, read_picture
from ...pipeline.port_values import Parts
from .errors import RequestError
from .event_log import EventLog
from .label_edits import AnyEdit, apply_edits, edited_set
from .server_settings import MEGA, ServerSettings

PREVIEW_QUALITY = 92  # of JPEG previews; the results themselves are lossless


def save_preview(rgb: np.ndarray, path: Path) -> None:
    """Write (h,w,3) uint8 atomically as the JPEG that the page shows."""
    part = path.with_suffix(".part")
    Image.fromarray(rgb).save(part, "JPEG", quality=PREVIEW_QUALITY, subsampling=0)
    part.replace(path)


def edits_name(edits: list[AnyEdit]) -> str:
    """Name corrections: equal for equal ones."""
    return hashlib.sha256(repr(edits).encode()).hexdigest()[:16] if edits else ""


def check_pixels(path: Path, max_pixels: int) -> None:
    """Reject a picture that is too large according to its header, before decoding it."""
    try:
        with Image.open(path) as image:
            width, height = image.size
    except Image.DecompressionBombError:
        width = height = 10**6
    except Exception:
        return  # not a picture: reading it explains why
    if width * height > max_pixels:
        size = f"It is {width}x{height} pixels" if width < 10**6 else "Its header claims far too many pixels"
        fix = f"Scale it down to {max_pixels // MEGA} million pixels or fewer."
        raise RequestError(413, "This picture is too large.", f"{size}.", fix)


@dataclass
class Painting:
    """One uploaded picture. `token` is its only name; all its files are in `folder`."""

    token: str
    folder: Path
    size: tuple[int, int]  # width, height
    preview_size: tuple[int, int]
    notes: tuple[str, ...]
    events: EventLog = field(default_factory=EventLog)
    last_used: float = field(default_factory=time.monotonic)
    segmentation: Parts | None = None  # before corrections; None until the worker has found it
    edits: list[AnyEdit] = field(default_factory=list)
    plan_files: dict[str, PlanFile] = field(default_factory=dict)  # attached, by token
    canvases: dict[str, Path] = field(default_factory=dict)  # attached, by token
    shelves: dict[str, Path] = field(default_factory=dict)  # lists of paints, attached, by token
    lock: Lock = field(default_factory=Lock)
    max_edit_work: float = math.inf
    _corrected: Parts | None = None  # of the edits; both are made once, not for each request
    _facts: tuple[Parts, list[float], bytes] | None = None  # a label map, its parts' shares, its PNG

    @property
    def file(self) -> Path:
        return self.folder / "upload"

    def read(self) -> bytes:
        """Read the uploaded file. It is decoded for each run; no pixels are held in memory in between."""
        return self.file.read_bytes()

    def parts(self) -> Parts:
        """Return the label map with its corrections. Raises RequestError while it is unknown."""
        with self.lock:
            return self._corrected or self._found()

    def corrected(self) -> tuple[Parts | None, str]:
        """Return the corrected label map (None without corrections), and the name of these corrections."""
        with self.lock:
            return self._corrected, edits_name(self.edits)

    def set_edits(self, edits: list[AnyEdit]) -> None:
        """Replace all corrections. Raises UserError for a part that does not exist then, or cannot be."""
        found = self._found()
        reduce(edited_set, edits, found.label_set)
        corrected = apply_edits(found, edits, self.max_edit_work) if edits else None
        with self.lock:
            self.edits, self._corrected = list(edits), corrected

    def check_names(self, names: Iterable[str]) -> None:
        """Raise RequestError for a name that stands for no part."""
        parts = self.parts()
        known = PartNames(parts.label_set, frozenset(parts.present))
        if wrong := next((name for name in names if known.find(name) is None), None):
            raise RequestError(422, f"There is no part called {wrong!r}.", fix=suggest(wrong, known.known))

    def _found(self) -> Parts:
        if self.segmentation is None:
            raise RequestError(409, "The parts are not known yet.", fix="Wait for them, then try again.")
        return self.segmentation

    def labels_png(self) -> bytes:
        """Encode the label map at preview size as a grey PNG: pixel value = class index."""
        return self._facts_of(self.parts())[1]

    def _facts_of(self, parts: Parts) -> tuple[list[float], bytes]:
        """Return the shares of all parts, and the label map as PNG; once for each label map."""
        with self.lock:
            if self._facts is None or self._facts[0] is not parts:
                # Row by row: of a whole picture NumPy would make 8 bytes a pixel first.
                counts = sum(np.bincount(row, minlength=len(parts.label_set)) for row in parts.labels)
                small = resize_labels(parts.labels, self.preview_size)
                png = encode_png(np.repeat(small[..., None], 3, axis=2), level=6)
                self._facts = parts, (np.asarray(counts) / parts.labels.size).tolist(), png
            return self._facts[1:]

    def to_json(self) -> dict[str, Any]:
        """Return the painting's state for the page."""
        body: dict[str, Any] = {
            "id": self.token,
            "width": self.size[0],
            "height": self.size[1],
            "view": list(self.preview_size),
            "notes": list(self.notes),
            "parts": None,
        }
        if self.segmentation is not None:
            parts = self.parts()
            label_set = parts.label_set
            rank = label_set.depth_order.tolist()
            # A portrait's parts as always, things from far to near.
            ranked = not label_set.named or bool(label_set.pieces)
            order = sorted(range(len(label_set)), key=rank.__getitem__) if ranked else range(len(label_set))
            shares = self._facts_of(parts)[0]
            body["named"] = label_set.named
            body["ranked"] = ranked
            body["classes"] = SCENE_CLASSES
            body["parts"] = [
                {
                    "name": label_set.names[index],
                    "class": label_set.kind(index),
                    "rank": rank[index],
                    "index": index,
                    "colour": list(label_set.colours[index]),
                    "share": round(float(shares[index]), 5),
                }
                for index in order
                if label_set.names[index] != "edge"
            ]
            body["edits"] = len(self.edits)
            body["labels"] = edits_name(self.edits)
        return body

    def remove(self) -> None:
        """Delete the files and end all listeners."""
        self.events.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def open_painting(token: str, folder: Path, settings: ServerSettings) -> Painting:
    """Create a painting from the file `folder`/upload. Raises UserError when it is unreadable or too large."""
    file = folder / "upload"
    check_pixels(file, settings.max_upload_pixels)
    picture = read_picture(file.read_bytes())
    preview_size = fit_size(picture.rgb.shape, settings.preview_side)
    try:
        save_preview(quantise(np.clip(resize(picture.rgb, preview_size), 0, 1)), folder / "view.jpg")
    except OSError as error:
        why, fix = f"{error.strerror or error}.", disk_advice(error, "Does the server's temporary folder still exist?")
        raise PPPError("The picture cannot be stored.", why, fix) from error
    size = (picture.width, picture.height)
    return Painting(token, folder, size, preview_size, picture.notes, max_edit_work=settings.max_edit_work)
