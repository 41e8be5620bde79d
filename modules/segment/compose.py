"""Composition of training pictures: cut-outs put into scenes, layers in other colours. Labels and order stay exact."""

import cv2
import numpy as np

from .augment import augment_palette
from .training_pictures import UNKNOWN, CutOut

MOST_PASTED = 3
LEAST_COVER = 0.5  # alpha from which a cut-out's pixel belongs to it


def paste_cutouts(
    image: np.ndarray,
    labels: np.ndarray,
    order: np.ndarray,
    cutouts: list[list[CutOut]],
    rng: np.random.Generator,
) -> None:
    """Put one to three cut-outs in front of a picture, in place.

    Args:
        image: (H,W,3) uint8.
        labels: (H,W) uint8.
        order: (H,W) int16; each cut-out gets the next number.
        cutouts: lists of cut-outs, one list a class: classes come equally often.
    """
    height, width = labels.shape
    for _ in range(int(rng.integers(1, MOST_PASTED + 1))):
        same = cutouts[rng.integers(len(cutouts))]
        cut = same[rng.integers(len(same))]
        piece = cut.image[:, ::-1] if rng.random() < 0.5 else cut.image
        scale = float(np.exp(rng.uniform(np.log(0.12), np.log(0.7)))) * max(height, width) / max(piece.shape[:2])
        size = max(4, round(piece.shape[1] * scale)), max(4, round(piece.shape[0] * scale))
        piece = cv2.resize(piece, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        # Things stand on the ground rather than in the air; some are cut by the picture's border.
        x = round(rng.uniform(-0.3, 1.0) * width - 0.2 * size[0])
        y = round(np.clip(rng.normal(0.72, 0.2), 0.1, 1.15) * height - size[1])
        _paste(image, labels, order, piece, cut.label, (y, x), rng)


def _paste(
    image: np.ndarray,
    labels: np.ndarray,
    order: np.ndarray,
    piece: np.ndarray,
    label: int,
    at: tuple[int, int],
    rng: np.random.Generator,
) -> None:
    """Lay a piece (h,w,4) over a picture at (row, column), in something of the picture's light."""
    (top, left), (h, w) = at, piece.shape[:2]
    rows, columns = slice(max(top, 0), min(top + h, len(image))), slice(max(left, 0), min(left + w, image.shape[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    piece = piece[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    behind = image[rows, columns].astype(np.float32)
    paint = augment_palette(piece[..., :3].astype(np.float32) / 255, rng) * 255
    around = behind.reshape(-1, 3).mean(0)
    paint += float(rng.uniform(0, 0.45)) * (around - paint.reshape(-1, 3).mean(0))
    cover = piece[..., 3:].astype(np.float32) / 255
    image[rows, columns] = np.clip(behind * (1 - cover) + paint * cover, 0, 255).astype(np.uint8)
    here = cover[..., 0] >= LEAST_COVER
    labels[rows, columns][here] = label
    order[rows, columns][here] = int(order.max()) + 1


def recolour_layers(image: np.ndarray, order: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give the layers of a picture (H,W,3) uint8 other colours: each its own, and each perhaps a texture."""
    result = image.astype(np.float32) / 255
    for layer in np.unique(order):
        if rng.random() < 0.6:
            here = order == layer
            colours = augment_palette(result[here][None], rng)[0]
            if rng.random() < 0.4:  # flat shapes get a grain
                grain = cv2.resize(
                    rng.normal(0, rng.uniform(0.02, 0.08), (24, 24)).astype(np.float32),
                    order.shape[::-1],
                    interpolation=cv2.INTER_CUBIC,
                )
                colours = colours + grain[here][:, None]
            result[here] = colours
    return np.asarray(np.clip(result, 0, 1) * 255).astype(np.uint8)


def by_class(cutouts: list[CutOut]) -> list[list[CutOut]]:
    """Group cut-outs by class."""
    labels = sorted({cut.label for cut in cutouts})
    return [[cut for cut in cutouts if cut.label == label] for label in labels if label != UNKNOWN]
