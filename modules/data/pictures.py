"""Dataset sources: finished pictures, with or without label maps.

`SOURCES` has a reader for each of three folder layouts: a data folder with `manifest.jsonl` (the shared data folders,
and what `ppp data portraits` and `ppp data layered` write), processes (`painting.png` + `labels.png`, in folders or in
shards), and plain pictures, each perhaps with a label map of the same name ending in `_labels.png`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from ..imaging.picture import is_picture, read_levels
from ..imaging.resize import shrink_labels
from ..io.errors import UserError, choices
from ..labels import PORTRAIT, LabelSet
from ..things import SCENE_CLASSES, thing_label_set
from .layered.layered_picture import layer_label_set, row_kinds
from .manifest import MANIFEST, manifest_path, read_manifest
from .processes.shard_reader import find_sharded
from .processes.storage import ProcessFiles

SPLITS = ("train", "val")
HELD_OUT = 8  # every eighth layered picture is of the val split where the manifest does not say
Item = TypeVar("Item")


@dataclass(frozen=True)
class PictureFile:
    """A picture on disk: its file, its label map or None, and its row of the manifest."""

    name: str  # unique within the folders read together
    image: Path
    labels: Path | None
    kind: str = ""  # oil, mixed, digital, photo, sitter, or "" when unknown
    split: str = "train"  # or val
    quality: str = ""  # of the label map, as the manifest grades it (A, B, C), or "" when unknown
    files: ProcessFiles | None = None  # when it belongs to a process in a shard; image and labels are then its names
    face: tuple[float, float, float] | None = None  # the head's centre and height in pixels, from the manifest
    label_set: LabelSet = PORTRAIT  # the classes of its label map, unless it belongs to a process
    layered: bool = False  # whether its label map tells the layers, in the order in which they were painted
    cutout: str = ""  # the class of what it shows, where that stands alone on nothing

    @property
    def portrait_labels(self) -> Path | None:
        """The label map, if its classes are the portrait's."""
        return self.labels if self.label_set == PORTRAIT else None

    def load(self, label_set: LabelSet | None = None, size: int | None = None) -> tuple[np.ndarray, np.ndarray | None]:
        """Read the picture and its label map.

        Args:
            label_set: the classes of the label map, where the picture's process knows them better.
            size: the longest side is scaled down to so many pixels; None keeps the size.

        Returns:
            painting (H,W,3) float32 in [0,1] and labels (H,W) uint8 or None.

        Raises:
            UserError: the picture is damaged, or the label map does not fit.
        """
        rgb = read_levels(self.image, None if self.files is None else self.files.read(self.image.name))
        height, width = rgb.shape[:2]
        labels = None
        if self.labels:
            content = self.files.read(self.labels.name) if self.files is not None else None
            classes = self.label_set if label_set is None else label_set
            labels = classes.load_png(self.labels, (width, height), content=content)
        scale = min(1.0, size / max(height, width)) if size else 1.0
        small = (max(2, round(width * scale)), max(2, round(height * scale)))
        if small != (width, height):
            rgb = cv2.resize(rgb, small, interpolation=cv2.INTER_AREA)
            labels = None if labels is None else shrink_labels(labels, small)
        return rgb.astype(np.float32) / 255, labels


def find_pictures(folders: list[Path], split: str | None = None) -> list[PictureFile]:
    """Find all pictures of the folders (or single picture files), sorted.

    Args:
        split: only `train` or `val`; pictures without a manifest count as `train`.

    Raises:
        UserError: a folder is missing or holds no pictures, or a manifest is damaged.
    """
    if split is not None and split not in SPLITS:
        raise UserError(f"There is no split {split!r}.", fix=choices(split, SPLITS))
    found: list[PictureFile] = []
    for folder in folders:
        if not folder.exists():
            raise UserError(f"{folder} does not exist.", fix="Give a folder of pictures, or a picture.")
        before = len(found)
        if folder.is_file():
            found.append(_with_labels_beside(folder))
        else:
            found += next((pictures for read in SOURCES.values() if (pictures := read(folder)) is not None), [])
        if len(found) == before:
            raise UserError(
                f"No pictures in {folder}.",
                "It holds no manifest.jsonl, no painting.png and no picture files.",
                "Make some with: ppp data portraits 100 -o FOLDER",
            )
    chosen = [picture for picture in found if split in (None, picture.split)]
    if not chosen:
        raise UserError(f"None of the {len(found)} pictures belongs to the split {split!r}.")
    return _number_duplicates(chosen)


def _read_manifest(folder: Path) -> list[PictureFile] | None:
    if not (folder / MANIFEST).is_file():
        return None
    pictures = []
    for number, row in enumerate(read_manifest(folder)):
        image = manifest_path(folder, row["file"])
        labels, label_set = _row_labels(folder, row)
        layered, cutout = bool(row.get("layers")), row.get("cls") or ""
        kind, quality = row.get("kind", ""), row.get("quality", "")
        split = row.get("split") or ("val" if layered and number % HELD_OUT == 0 else "train")
        face = None
        if row.get("faces"):
            x0, y0, x1, y1 = row["faces"][0]
            face = ((x0 + x1) / 2, (y0 + y1) / 2, y1 - y0)
        pictures.append(
            PictureFile(image.stem, image, labels, kind, split, quality, None, face, label_set, layered, cutout)
        )
    return sorted(pictures, key=lambda picture: picture.name)


def _row_labels(folder: Path, row: dict[str, Any]) -> tuple[Path | None, LabelSet]:
    """Find the label map of a manifest's row and its classes: layers, a scene's classes, or a portrait's.

    Raises UserError: its classes are of both, or of neither.
    """
    if row.get("layers"):
        return manifest_path(folder, row["layers"]), layer_label_set(row_kinds(folder, row))
    labels = manifest_path(folder, row["labels"]) if row.get("labels") else None
    classes = {*(row.get("classes") or ())}
    if labels is None or classes <= {*PORTRAIT.names}:
        return labels, PORTRAIT
    if not classes <= {*SCENE_CLASSES, "void"}:
        what = f"The classes of {row['file']} of {folder} cannot be used."
        why = f"{', '.join(sorted(map(str, classes)))} are neither all a portrait's nor all a scene's."
        raise UserError(what, why, f"A scene's are {', '.join(SCENE_CLASSES)}.")
    return labels, thing_label_set(SCENE_CLASSES)


def _read_processes(folder: Path) -> list[PictureFile] | None:
    pictures = []
    for painting in sorted(folder.rglob("painting.png")):
        labels = painting.with_name("labels.png")
        pictures.append(PictureFile(painting.parent.name, painting, labels if labels.is_file() else None))
    for path, files in find_sharded([folder]):
        # a shard that only another machine has cannot be looked into: assume a label map
        label_map = files.path("labels.png") if not files.is_local or "labels.png" in files else None
        pictures.append(PictureFile(path.name, files.path("painting.png"), label_map, split=files.split, files=files))
    return pictures or None


def _read_plain(folder: Path) -> list[PictureFile]:
    paths = (path for path in sorted(folder.rglob("*")) if is_picture(path))
    return [_with_labels_beside(path) for path in paths if not path.stem.endswith("_labels")]


def _with_labels_beside(path: Path) -> PictureFile:
    labels = path.with_name(f"{path.stem}_labels.png")
    return PictureFile(path.stem, path, labels if labels.is_file() else None)


# Layout of a folder -> its reader, which returns None for another layout; the first that reads a folder is taken.
SOURCES: dict[str, Callable[[Path], list[PictureFile] | None]] = {
    "manifest": _read_manifest,
    "paintings": _read_processes,
    "files": _read_plain,
}


def pick_evenly(items: list[Item], limit: int) -> list[Item]:
    """Pick at most `limit` of the items, spread evenly; all of them for 0."""
    if not limit or limit >= len(items):
        return items
    return [items[i * len(items) // limit] for i in range(limit)]


def _number_duplicates(pictures: list[PictureFile]) -> list[PictureFile]:
    """Add a number to names that occur more than once, so that nothing made from one overwrites another's."""
    seen: dict[str, int] = {}
    out = []
    for picture in pictures:
        count = seen.get(picture.name, 0)
        seen[picture.name] = count + 1
        if count:
            picture = replace(picture, name=f"{picture.name}~{count + 1}")
        out.append(picture)
    return out
