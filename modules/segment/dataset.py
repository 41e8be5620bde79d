"""Training data of the segment stage: labelled pictures and crops of them.

The quality bars are on paintings, yet there are few labelled ones, so photos and sitters are made to look painted
(`augment_brushwork`) and everything is shown at the head sizes the stage meets when it runs at `SegmentConfig.size`.
A crop is a pure function of (picture, numpy Generator): the caller seeds that with (seed, epoch, index).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..data.pictures import PictureFile, find_pictures
from ..io.errors import UserError
from ..labels import PORTRAIT, LabelSet
from ..training.task import sample_rng
from .augment import augment_brushwork, augment_darkness, augment_lost_edges, augment_palette

IGNORE = -100  # torch's cross-entropy skips this label
EDGE = 0
# How often a picture of each (kind, quality) is seen in an epoch; kinds not named are PAINTED_REPEATS. The bars are on
# paintings, and there are fewer of them than photos; sitters and processes come in any number, so once.
REPEATS = {("photo", "A"): 1, ("photo", "B"): 1, ("process", "A"): 1, ("sitter", "A"): 1}
PAINTED_REPEATS = {"A": 3, "B": 2}


@dataclass(frozen=True)
class LabelledPicture:
    """A labelled picture in memory."""

    name: str  # for messages
    image: np.ndarray  # (H,W,3) uint8 RGB
    labels: np.ndarray  # (H,W) uint8
    kind: str  # oil, mixed, digital, photo, sitter or process
    quality: str  # of the labels, A or B
    split: str  # train or val
    face: tuple[float, float, float] | None  # the head's centre and height in pixels (x, y, h), or None

    @classmethod
    def load(cls, file: PictureFile, label_set: LabelSet) -> "LabelledPicture":
        """Read a picture that has a label map; without a manifest its quality is A, and the labels show the head."""
        painting, labels = file.load(label_set)
        assert labels is not None
        image, face = np.round(painting * 255).astype(np.uint8), file.face
        if not file.kind:
            face = _head(labels, label_set)
        return cls(file.name, image, labels, file.kind or "process", file.quality or "A", file.split, face)


def load_labelled_pictures(folders: list[Path], label_set: LabelSet = PORTRAIT) -> list[LabelledPicture]:
    """Read all labelled pictures of `folders` (data/pictures.py has their forms), in a fixed order.

    Raises UserError: there are none, or one is damaged.
    """
    found = [file for file in find_pictures(folders) if file.labels is not None]
    if not found:
        raise UserError(
            f"No labelled pictures in {', '.join(map(str, folders))}.",
            "Its pictures have no label maps.",
            "Make some with `ppp data portraits`, or give a folder that has them.",
        )
    return [LabelledPicture.load(file, label_set) for file in found]


class SegmentDataset:
    """Crops of labelled pictures; a picture may stand several times in an epoch, each time cut differently."""

    def __init__(self, pictures: list[LabelledPicture], size: int, run_size: int) -> None:
        self.size, self.run_size = size, run_size
        self.entries: list[LabelledPicture] = []
        for picture in pictures:
            self.entries += [picture] * REPEATS.get((picture.kind, picture.quality), PAINTED_REPEATS[picture.quality])

    def __len__(self) -> int:
        return len(self.entries)

    def name(self, index: int) -> str:
        return self.entries[index].name

    def sample(self, seed: int, epoch: int, index: int) -> dict[str, Any]:
        """Cut a crop: painting (3,size,size) float32 in [0,1], labels (size,size) int64, good: 1 for A, 0 for B."""
        picture = self.entries[index]
        image, labels = random_crop(picture, self.size, self.run_size, sample_rng(seed, epoch, index))
        painting = np.ascontiguousarray(image.transpose(2, 0, 1))
        return {"painting": painting, "labels": labels, "good": np.float32(picture.quality == "A")}


def _head(labels: np.ndarray, label_set: LabelSet) -> tuple[float, float, float] | None:
    """Centre and height of the face with its features, from the label map."""
    inside = np.isin(labels, [label_set.index(n) for n in ("face", "eyebrows", "eyes", "nose", "mouth")])
    if not inside.any():
        return None
    rows, columns = np.nonzero(inside)
    return float(columns.mean()), float(rows.mean()), float(np.ptp(rows) + 1)


def random_crop(
    picture: LabelledPicture, size: int, run_size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Cut a random `size` x `size` training crop: image (size,size,3) float32 in [0,1], labels (size,size) int64.

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
