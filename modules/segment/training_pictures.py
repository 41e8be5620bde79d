"""Training pictures of the segment stage: portraits, scenes, layered art, and cut-outs to put into them."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..data.pictures import PictureFile, find_pictures
from ..io.errors import UserError
from ..labels import PORTRAIT, LabelSet, label_edges
from ..things import ALL_CLASSES

UNKNOWN = 255  # in label maps: no class is known
OUTLINE = 4  # pixels to either side of an outline where class maps of scenes are not trusted


@dataclass(frozen=True)
class LabelledPicture:
    """A labelled picture in memory."""

    name: str  # for messages
    image: np.ndarray  # (H,W,3) uint8 RGB
    labels: np.ndarray  # (H,W) uint8 of `ALL_CLASSES`, or UNKNOWN
    kind: str  # oil, mixed, digital, photo, sitter, process, scene or layered
    quality: str  # of the labels, H (by hand), A or B
    split: str  # train or val
    face: tuple[float, float, float] | None = None  # the head's centre and height in pixels (x, y, h), or None
    order: np.ndarray | None = None  # (H,W) uint8, true stacking order, far = 0; None: not known
    scenic: bool = False  # whether its labels are classes of scenes, not the portrait's


@dataclass(frozen=True)
class CutOut:
    """A thing without its surroundings."""

    image: np.ndarray  # (h,w,4) uint8 RGBA
    label: int  # index into `ALL_CLASSES`


def load_training_pictures(
    folders: list[Path], leave_out: frozenset[str], split: str | None = None
) -> tuple[list[LabelledPicture], list[CutOut]]:
    """Read all labelled pictures and cut-outs of `folders`, in a fixed order, but those named in `leave_out`.

    data/pictures.py has what a folder may hold.

    split: only the pictures of `train` or `val`.

    Raises UserError: there are none, or one is damaged.
    """
    found = [file for file in find_pictures(folders, split) if leave_out.isdisjoint({file.name, file.image.stem})]
    pictures = [_labelled(file) for file in found if file.labels is not None]
    if not pictures:
        raise UserError(
            f"No labelled pictures in {', '.join(map(str, folders))}.",
            "Its pictures have no label maps." if split is None else f"None of the split {split} has a label map.",
            "Make some with `ppp data portraits` or `ppp data scenes`, or give a folder that has them.",
        )
    return pictures, [_cut_out(file) for file in found if file.cutout]


def _cut_out(file: PictureFile) -> CutOut:
    data = np.fromfile(file.image, np.uint8) if file.image.is_file() else np.zeros(0, np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if len(data) else None
    if image is None or image.ndim != 3 or image.shape[2] != 4:
        raise UserError(f"{file.image} cannot be used as a cut-out.", "It is missing or no picture with transparency.")
    return CutOut(cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA), ALL_CLASSES.index(file.cutout))


def _labelled(file: PictureFile) -> LabelledPicture:
    """Read a picture with its label map; of a process, which knows no head, the labels show it."""
    painting, labels = file.load()
    assert labels is not None
    image, scenic, order = np.round(painting * 255).astype(np.uint8), file.portrait_labels is None, None
    kind, quality, face = file.kind or "process", file.quality or "A", file.face
    if scenic:
        order = labels if file.layered else None
        labels = _class_table(file.label_set)[labels]
        kind = ("drawn" if kind == "scene" else "layered") if file.layered else "photo" if kind == "photo" else "scene"
        if not file.layered and quality != "H":
            near = cv2.dilate(label_edges(labels[None])[0, 0], np.ones((2 * OUTLINE + 1, 2 * OUTLINE + 1), np.uint8))
            labels[near > 0] = UNKNOWN
    elif not file.kind:
        face = _head(labels)
    return LabelledPicture(file.name, image, labels, kind, quality, file.split, face, order, scenic)


def _class_table(label_set: LabelSet) -> np.ndarray:
    """Class of `ALL_CLASSES` of each part of a set of things, UNKNOWN where it shows none of them."""
    kinds = map(label_set.kind, range(len(label_set)))
    known = ALL_CLASSES.names[1:]
    return np.array([ALL_CLASSES.index(kind) if kind in known else UNKNOWN for kind in kinds], np.uint8)


def _head(labels: np.ndarray) -> tuple[float, float, float] | None:
    """Centre and height of the face with its features, from the label map."""
    inside = np.isin(labels, [PORTRAIT.index(n) for n in ("face", "eyebrows", "eyes", "nose", "mouth")])
    if not inside.any():
        return None
    rows, columns = np.nonzero(inside)
    return float(columns.mean()), float(rows.mean()), float(np.ptp(rows) + 1)
