"""Labelled pictures for the segment stage, and how they are turned into training crops.

The bars are on paintings, yet there are few labelled ones, so photos and sitters are made to look painted
(`augment_brushwork`) and everything is shown at the head sizes the stage meets when it runs at `SegmentConfig.size`.
A crop is a pure function of (picture, numpy Generator): the caller seeds that with (seed, epoch, index).
"""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..data.processes.shard_reader import find_sharded
from ..io.errors import UserError
from ..io.png import decode_rgb
from ..labels import PORTRAIT, LabelSet
from .augment import augment_brushwork, augment_darkness, augment_lost_edges, augment_palette

IGNORE = -100  # torch's cross-entropy skips this label
EDGE = 0


@dataclass(frozen=True)
class LabelledPicture:
    """One labelled picture in memory. `image` (H,W,3) uint8 RGB, `labels` (H,W) uint8, `face` the head's centre
    and height in pixels (x, y, h) or None; `kind` oil|mixed|digital|photo|sitter|process, `quality` A|B."""

    name: str
    image: np.ndarray
    labels: np.ndarray
    kind: str
    quality: str
    split: str
    face: tuple[float, float, float] | None

    @property
    def painted(self) -> bool:
        return self.kind != "photo"


def read_pictures(folders: list[Path], label_set: LabelSet = PORTRAIT) -> list[LabelledPicture]:
    """All labelled pictures of `folders`, in a fixed order.

    A folder is either a data folder with `manifest.jsonl` (the shared data folder's format) or is searched for
    painting.png + labels.png pairs (sitters and processes, in folders or shards). UserError when nothing is found.
    """
    pictures: list[LabelledPicture] = []
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"no training data at {folder}", "it is not a folder", "give a folder that exists")
        if (folder / "manifest.jsonl").is_file():
            pictures += _from_manifest(folder, label_set)
        else:
            pictures += _from_pairs(folder, label_set)
    if not pictures:
        raise UserError(
            f"no labelled pictures in {', '.join(map(str, folders))}",
            "neither manifest.jsonl nor painting.png + labels.png pairs are there",
            "make some with `ppp data portraits` or point at a data folder",
        )
    return pictures


def _from_manifest(folder: Path, label_set: LabelSet) -> list[LabelledPicture]:
    pictures = []
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row.get("labels"):
            faces = row.get("faces") or []
            face = None
            if faces:
                x0, y0, x1, y1 = faces[0]
                face = ((x0 + x1) / 2, (y0 + y1) / 2, y1 - y0)
            image, labels = _read(folder / row["file"], folder / row["labels"], label_set)
            pictures.append(
                LabelledPicture(Path(row["file"]).stem, image, labels, row["kind"], row["quality"], row["split"], face)
            )
    return pictures


def _from_pairs(folder: Path, label_set: LabelSet) -> list[LabelledPicture]:
    pictures = []
    for painting in sorted(folder.rglob("painting.png")):
        if (painting.parent / "labels.png").is_file():
            image, labels = _read(painting, painting.parent / "labels.png", label_set)
            name = painting.parent.relative_to(folder).as_posix()
            pictures.append(LabelledPicture(name, image, labels, "process", "A", "train", _head(labels, label_set)))
    for path, files in find_sharded([folder]):
        if "labels.png" in files:
            image = decode_rgb(files.read("painting.png"), files.path("painting.png"))
            size = (image.shape[1], image.shape[0])
            labels = label_set.load_png(files.path("labels.png"), size, content=files.read("labels.png"))
            pictures.append(
                LabelledPicture(path.name, image, labels, "process", "A", files.split, _head(labels, label_set))
            )
    return pictures


def _read(image_file: Path, label_file: Path, label_set: LabelSet) -> tuple[np.ndarray, np.ndarray]:
    bgr = cv2.imread(str(image_file), cv2.IMREAD_COLOR)
    if bgr is None:
        raise UserError(f"cannot read {image_file}", "it is missing or damaged", "check the data folder")
    labels = label_set.load_png(label_file, (bgr.shape[1], bgr.shape[0]))
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), labels.astype(np.uint8)


def _head(labels: np.ndarray, label_set: LabelSet) -> tuple[float, float, float] | None:
    """Centre and height of the face with its features, from the label map."""
    inside = np.isin(labels, [label_set.index(n) for n in ("face", "eyebrows", "eyes", "nose", "mouth")])
    if not inside.any():
        return None
    rows, columns = np.nonzero(inside)
    return float(columns.mean()), float(rows.mean()), float(np.ptp(rows) + 1)


def crop(picture: LabelledPicture, size: int, run_size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A random `size` x `size` training crop: image (size,size,3) float32 in [0,1], labels (size,size) int64.

    The picture is scaled so that its longest side would be `run_size` times 0.66 to 1.5 (the scale met when the
    stage runs), turned by up to 12 degrees, perhaps mirrored, and cut around the head four times in five.
    What lies outside it is either its mirror image (label IGNORE) or a plain border (label `edge`).
    """
    height, width = picture.labels.shape
    zoom = run_size / max(height, width) * float(np.exp(rng.uniform(-0.42, 0.4)))
    bordered = rng.random() < 0.12
    angle = 0.0 if bordered else float(np.deg2rad(np.clip(rng.normal(0, 5), -12, 12)))
    if picture.face is not None and rng.random() < 0.8:
        x, y = picture.face[0], picture.face[1]
    else:
        x, y = width * rng.uniform(0.25, 0.75), height * rng.uniform(0.25, 0.75)
    x += rng.uniform(-0.3, 0.3) * size / zoom
    y += rng.uniform(-0.25, 0.35) * size / zoom  # more of what is under the head: clothes and body
    flip = -1.0 if rng.random() < 0.5 else 1.0
    squeeze = float(np.exp(rng.normal(0, 0.06)))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * zoom
    turn = np.diag([flip * squeeze, 1 / squeeze]) @ turn
    matrix = np.hstack([turn, (np.array([[size / 2], [size / 2]]) - turn @ np.array([[x], [y]]))])
    source = picture.image
    if zoom < 0.7:  # cv2 samples single pixels: smooth first, or the crop aliases
        source = cv2.GaussianBlur(source, (0, 0), 0.45 / zoom)
    border, colour = cv2.BORDER_REFLECT_101, (0.0, 0.0, 0.0)
    if bordered:
        border, grey = cv2.BORDER_CONSTANT, rng.choice([0.0, 255.0, rng.uniform(0, 255)])
        colour = tuple(float(np.clip(grey + c, 0, 255)) for c in rng.normal(0, 6, 3))  # type: ignore[assignment]
    image = cv2.warpAffine(source, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border, borderValue=colour)
    labels = cv2.warpAffine(
        picture.labels,
        matrix,
        (size, size),
        flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255.0,),
    ).astype(np.int64)
    labels[labels == 255] = EDGE if bordered else IGNORE
    image = augment_brushwork(image, 0.7 if picture.kind == "photo" else 0.35, rng)
    return augment_palette(
        augment_darkness(augment_lost_edges(image, rng).astype(np.float32) / 255.0, rng), rng
    ), labels
