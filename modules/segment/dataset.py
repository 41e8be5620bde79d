"""Training data of the segment stage: crops of labelled pictures.

The quality bars are on paintings, yet there are few labelled ones, so photos and sitters are made to look painted
(`augment_brushwork`) and everything is shown at the head sizes the stage meets when it runs at `SegmentConfig.size`.
A crop is a pure function of (picture, numpy Generator): the caller seeds that with (seed, epoch, index).
"""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from ..labels import PORTRAIT
from ..training.task import sample_rng
from .augment import augment_brushwork, augment_darkness, augment_lost_edges, augment_palette
from .compose import by_class, paste_cutouts, recolour_layers
from .training_pictures import UNKNOWN, CutOut, LabelledPicture

IGNORE = -100  # torch's cross-entropy skips this label
EDGE = PORTRAIT.index("edge")
# How often a picture of each (kind, quality) is seen in an epoch; kinds not named are PAINTED_REPEATS. The portraits'
# bars are on paintings, and there are fewer of them than photos; sitters, processes, drawn scenes come in any number.
REPEATS = {
    ("photo", "A"): 1, ("photo", "B"): 1, ("process", "A"): 1, ("sitter", "A"): 1, ("drawn", "A"): 1,
    ("scene", "H"): 2, ("scene", "A"): 2, ("scene", "B"): 1, ("layered", "A"): 2,
}  # fmt: skip
PAINTED_REPEATS = {"H": 3, "A": 3, "B": 2}
HELD_SHARE = 0.01  # of a picture's pixels, from which it counts as holding a class
CUTOUT_SHARE = 0.35  # of the scenes, into which cut-outs are put
CLASS_CENTRES = 0.3  # share of a scene's crops cut around a pixel of one of its classes, each as likely
# Scenes are changed less than portraits, and more of each is seen at once: what is a meadow and what a mountain is said
# by its colour and by all that is around it.
SCENE_LIGHT = 0.2  # share of scenes in other light and pigments; of portraits all
ZOOMS = {False: (0.66, 1.5), True: (0.55, 1.16)}  # by whether it is a scene: least and most
BRUSHWORK = {False: 0.35, True: 0.2}  # chance of each effect; in photos of people 0.7


class SegmentDataset:
    """Crops of labelled pictures; a picture may stand several times in an epoch, each time cut differently."""

    def __init__(
        self, pictures: list[LabelledPicture], size: int, run_size: int, cutouts: list[CutOut] | None = None
    ) -> None:
        self.size, self.run_size, self.cutouts = size, run_size, by_class(cutouts or [])
        self.entries: list[LabelledPicture] = []
        for picture, more in zip(pictures, _rarity(pictures), strict=True):
            usual = REPEATS.get((picture.kind, picture.quality), PAINTED_REPEATS[picture.quality])
            self.entries += [picture] * (usual * more)

    def __len__(self) -> int:
        return len(self.entries)

    def name(self, index: int) -> str:
        return self.entries[index].name

    def sample(self, seed: int, epoch: int, index: int) -> dict[str, Any]:
        """Cut a crop.

        Returns:
            painting (3,size,size) float32 in [0,1]; labels (size,size) int64, indices into `ALL_CLASSES` or IGNORE;
            order (size,size) int64, true stacking order, equal where none is known; good: 0 for quality B, else 1;
            portrait: 1 where labels are a portrait's.
        """
        picture, rng = self.entries[index], sample_rng(seed, epoch, index)
        image, labels, order = random_crop(self._composed(picture, rng), self.size, self.run_size, rng)
        return {
            "painting": np.ascontiguousarray(image.transpose(2, 0, 1)),
            "labels": labels,
            "order": order,
            "good": np.float32(picture.quality != "B"),
            "portrait": np.float32(not picture.scenic),
        }

    def _composed(self, picture: LabelledPicture, rng: np.random.Generator) -> LabelledPicture:
        """Give layers other colours and put cut-outs into scenes."""
        # wider than the file's: cut-outs get numbers after the last layer
        order = np.zeros(picture.labels.shape, np.int16) if picture.order is None else picture.order.astype(np.int16)
        image, labels = picture.image, picture.labels
        if picture.kind == "layered":
            image = recolour_layers(image, order, rng)
        if picture.scenic and self.cutouts and rng.random() < CUTOUT_SHARE:
            image, labels = image.copy(), labels.copy()
            paste_cutouts(image, labels, order, self.cutouts, rng)
        return replace(picture, image=image, labels=labels, order=order)


def _rarity(pictures: list[LabelledPicture]) -> list[int]:
    """Balance classes: how many times more often each picture is seen, 1 to 3, by the rarest class that it holds.

    Only scenes differ: drawn ones come in any number, and a portrait holds all of a portrait's classes.
    """
    held = [
        np.bincount(p.labels.ravel(), minlength=UNKNOWN + 1)[:UNKNOWN] > HELD_SHARE * p.labels.size
        if p.scenic and p.order is None
        else np.zeros(UNKNOWN, bool)
        for p in pictures
    ]
    count = np.sum(held, axis=0)
    return [int(np.clip(np.sqrt(count.max() / count[own].min()), 1, 3) + 0.5) if own.any() else 1 for own in held]


def random_crop(
    picture: LabelledPicture, size: int, run_size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut a random `size` x `size` crop: image (size,size,3) float32 in [0,1], labels and order (size,size) int64.

    The picture is scaled so that its longest side would be `run_size` times one of `ZOOMS` (about the scale met when
    the stage runs), turned by up to 12 degrees, perhaps mirrored, and cut around the head four times in five, a scene
    now and then around one of its classes.
    What lies outside it is either its mirror image (label IGNORE) or a plain border (label `edge`).
    """
    height, width = picture.labels.shape
    zoom = run_size / max(height, width) * float(np.exp(rng.uniform(*np.log(ZOOMS[picture.scenic]))))
    bordered = rng.random() < 0.12
    angle = 0.0 if bordered else float(np.deg2rad(np.clip(rng.normal(0, 5), -12, 12)))
    if picture.face is not None and rng.random() < 0.8:
        x, y = picture.face[0], picture.face[1]
    elif picture.scenic and rng.random() < CLASS_CENTRES:
        x, y = _pixel_of_a_class(picture.labels, rng)
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
    known = np.zeros_like(picture.labels) if picture.order is None else picture.order
    outside, order = (
        cv2.warpAffine(plane, matrix, (size, size), flags=cv2.INTER_NEAREST, borderMode=mode, borderValue=(1.0,))
        for plane, mode in ((np.zeros_like(known), cv2.BORDER_CONSTANT), (known, cv2.BORDER_REFLECT_101))
    )
    labels = cv2.warpAffine(
        picture.labels, matrix, (size, size), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101
    ).astype(np.int64)
    labels[(labels == UNKNOWN) | (outside > 0)] = IGNORE
    if bordered:
        labels[outside > 0] = EDGE
    image = augment_brushwork(image, 0.7 if picture.kind == "photo" else BRUSHWORK[picture.scenic], rng)
    crop = augment_lost_edges(image, rng).astype(np.float32) / 255.0
    if not picture.scenic or rng.random() < SCENE_LIGHT:
        crop = augment_palette(augment_darkness(crop, rng), rng)
    return crop, labels, order.astype(np.int64)


def _pixel_of_a_class(labels: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Draw a pixel (x, y) of labels (H,W): first its class, all as likely, then its place."""
    rows, columns = np.nonzero(labels == rng.choice(np.unique(labels)))
    pick = rng.integers(len(rows))
    return float(columns[pick]), float(rows[pick])
