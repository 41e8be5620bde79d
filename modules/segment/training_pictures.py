"""Training pictures of the segment stage: portraits, scenes, layered art, and cut-outs to put into them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..data.layered.layered_picture import UNKNOWN as NO_KIND
from ..data.layered.layered_picture import layer_label_set, row_kinds
from ..data.manifest import MANIFEST, read_manifest
from ..data.pictures import find_pictures
from ..io.errors import UserError
from ..labels import PORTRAIT, LabelSet, label_edges
from ..things import ALL_CLASSES, SCENE_CLASSES

UNKNOWN = 255  # in label maps: no class is known
HELD_OUT = 8  # of layered art without a split every eighth picture is of the val split
OUTLINE = 4  # pixels to either side of an outline where class maps of scenes are not trusted


@dataclass(frozen=True)
class LabelledPicture:
    """A labelled picture in memory."""

    name: str  # for messages
    image: np.ndarray  # (H,W,3) uint8 RGB
    labels: np.ndarray  # (H,W) uint8 of `ALL_CLASSES`, or UNKNOWN
    kind: str  # oil, mixed, digital, photo, sitter, process, scene or layered
    quality: str  # of the labels, A or B
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

    A folder's manifest.jsonl says what its rows are: layered art (`layers`), cut-outs (`cls`), scenes (`labels`, and
    `classes` that are not the portrait's), or portraits; data/pictures.py has what else a folder may hold.

    split: only the pictures of `train` or `val`.

    Raises UserError: there are none, or one is damaged.
    """
    pictures: list[LabelledPicture] = []
    cutouts: list[CutOut] = []
    portraits: list[Path] = []
    for folder in folders:
        rows = read_manifest(folder) if (folder / MANIFEST).is_file() else []
        for number, row in enumerate(rows):
            part = row.get("split") or ("val" if "layers" in row and number % HELD_OUT == 0 else "train")
            if Path(row["file"]).stem in leave_out or split not in (None, part):
                continue
            if "layers" in row:
                pictures.append(_layered(_base(folder, row), row, part))
            elif "cls" in row:
                cutouts.append(CutOut(_read(_base(folder, row) / row["file"], 4), ALL_CLASSES.index(row["cls"])))
            elif _is_scene(row):
                pictures.append(_scene(_base(folder, row), row))
        if not any("layers" in row or "cls" in row or _is_scene(row) for row in rows):
            portraits.append(folder)
    if portraits:
        found = [file for file in find_pictures(portraits, split) if file.portrait_labels is not None]
        pictures += [_portrait(file) for file in found if file.name not in leave_out]
    if not pictures:
        raise UserError(
            f"No labelled pictures in {', '.join(map(str, folders))}.",
            "Its pictures have no label maps." if split is None else f"None of the split {split} has a label map.",
            "Make some with `ppp data portraits` or `ppp data scenes`, or give a folder that has them.",
        )
    return pictures, cutouts


def _base(folder: Path, row: dict[str, Any]) -> Path:
    """Find the folder that a row's paths start from: the manifest's, or the one above it."""
    return folder if (folder / row["file"]).is_file() else folder.parent


def _is_scene(row: dict[str, Any]) -> bool:
    classes = set(row.get("classes") or ())
    return bool(row.get("labels")) and bool(classes) and not classes <= set(PORTRAIT.names)


def _read(path: Path, channels: int) -> np.ndarray:
    """Read a picture as RGB or RGBA (H,W,channels) uint8, or as it is (H,W) for 1."""
    data = np.fromfile(path, np.uint8) if path.is_file() else np.zeros(0, np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED if channels != 3 else cv2.IMREAD_COLOR) if len(data) else None
    if image is None or (channels > 1 and (image.ndim != 3 or image.shape[2] != channels)):
        raise UserError(f"{path} cannot be read.", f"It is missing or no picture of {channels} channels.")
    order = {1: None, 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
    return np.ascontiguousarray(image if order is None else image[..., order])


def _scene(base: Path, row: dict[str, Any]) -> LabelledPicture:
    """Read a scene with its class map (0 void, 1.. = `SCENE_CLASSES`)."""
    image = _read(base / row["file"], 3)
    classes = LabelSet.from_json({"classes": [{"name": "void"}, *({"name": name} for name in SCENE_CLASSES)]})
    labels = classes.load_png(base / row["labels"], (image.shape[1], image.shape[0]))
    first = ALL_CLASSES.index(SCENE_CLASSES[0])
    labels = np.where(labels == 0, UNKNOWN, labels + (first - 1)).astype(np.uint8)
    if row.get("quality") != "H":
        near = cv2.dilate(label_edges(labels[None])[0, 0], np.ones((2 * OUTLINE + 1, 2 * OUTLINE + 1), np.uint8))
        labels[near > 0] = UNKNOWN
    kind = "photo" if row.get("kind") == "photo" else "scene"
    quality, split = row.get("quality", "A"), row.get("split", "train")
    return LabelledPicture(Path(row["file"]).stem, image, labels, kind, quality, split, scenic=True)


def _layered(base: Path, row: dict[str, Any], split: str) -> LabelledPicture:
    """Read layered art: the classes of its layers and their true order."""
    image, kinds = _read(base / row["file"], 3), row_kinds(base, row)
    order = layer_label_set(kinds).load_png(base / str(row["layers"]), (image.shape[1], image.shape[0]))
    index = np.array([UNKNOWN, *(UNKNOWN if k == NO_KIND else ALL_CLASSES.index(k) for k in kinds)], np.uint8)
    kind = "drawn" if row.get("kind") == "scene" else "layered"
    return LabelledPicture(Path(row["file"]).stem, image, index[order], kind, "A", split, order=order, scenic=True)


def _portrait(file: Any) -> LabelledPicture:
    """Read a portrait with its label map; without a manifest its quality is A, and the labels show the head."""
    painting, labels = file.load(PORTRAIT)
    image, face = np.round(painting * 255).astype(np.uint8), file.face
    if not file.kind:
        face = _head(labels)
    return LabelledPicture(file.name, image, labels, file.kind or "process", file.quality or "A", file.split, face)


def _head(labels: np.ndarray) -> tuple[float, float, float] | None:
    """Centre and height of the face with its features, from the label map."""
    inside = np.isin(labels, [PORTRAIT.index(n) for n in ("face", "eyebrows", "eyes", "nose", "mouth")])
    if not inside.any():
        return None
    rows, columns = np.nonzero(inside)
    return float(columns.mean()), float(rows.mean()), float(np.ptp(rows) + 1)
