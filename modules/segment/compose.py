"""Composition of training pictures: cut-outs put into scenes, layers in other colours. Labels and order stay exact."""

import cv2
import numpy as np

from ..things import ALL_CLASSES
from .augment import augment_palette
from .training_pictures import UNKNOWN, CutOut

MOST_PASTED = 3
MOST_TOGETHER = 4  # of one class, side by side
LEAST_COVER = 0.5  # alpha from which a cut-out's pixel belongs to it
ANYWHERE = 0.25  # share of cut-outs that need not stand on something
SIZES = {"object": (0.07, 0.35), "plant": (0.08, 0.4), "animal": (0.09, 0.45)}  # of the picture; others:
USUAL_SIZE = (0.12, 0.7)
STANDS_ON = {
    "animal": "ground grass rock water", "person": "ground grass rock", "vehicle": "ground water",
    "furniture": "ground", "object": "furniture ground", "plant": "grass ground furniture",
    "tree": "grass ground mountain", "building": "grass ground", "rock": "grass ground water",
}  # fmt: skip


def paste_cutouts(
    image: np.ndarray,
    labels: np.ndarray,
    order: np.ndarray,
    cutouts: list[list[CutOut]],
    rng: np.random.Generator,
) -> None:
    """Put one to three cut-outs, or small groups of a class, in front of a picture, in place.

    Args:
        image: (H,W,3) uint8.
        labels: (H,W) uint8.
        order: (H,W) int16; each cut-out gets the next number.
        cutouts: lists of cut-outs, one list a class: classes come equally often.
    """
    height, width = labels.shape
    for _ in range(int(rng.integers(1, MOST_PASTED + 1))):
        same = cutouts[rng.integers(len(cutouts))]
        name = ALL_CLASSES.names[same[0].label]
        share = float(np.exp(rng.uniform(*np.log(SIZES.get(name, USUAL_SIZE)))))
        foot = _place(labels, name, rng)
        together = int(rng.integers(2, MOST_TOGETHER + 1)) if name in SIZES and rng.random() < 0.35 else 1
        for _ in range(together):
            cut = same[rng.integers(len(same))]
            piece = cut.image[:, ::-1] if rng.random() < 0.5 else cut.image
            side = share * max(height, width) * float(rng.uniform(0.8, 1.2) if together > 1 else 1)
            piece = _resize(piece, side / max(piece.shape[:2]))
            h, w = piece.shape[:2]
            _paste(image, labels, order, piece, cut.label, (round(foot[0] - h), round(foot[1] - w / 2)), rng)
            foot = foot[0] + rng.normal(0, 0.12) * h, foot[1] + rng.choice([-1, 1]) * rng.uniform(0.5, 1.5) * w


def _place(labels: np.ndarray, name: str, rng: np.random.Generator) -> tuple[float, float]:
    """Choose where the foot of a thing of a class is, (row, column): on what it stands on, where that is to be seen."""
    height, width = labels.shape
    if rng.random() > ANYWHERE:
        under = [ALL_CLASSES.index(other) for other in STANDS_ON.get(name, "").split()]
        rows, columns = np.nonzero(np.isin(labels[::4, ::4], under))
        if len(rows):
            pick = rng.integers(len(rows))
            return 4.0 * rows[pick] + 2, 4.0 * columns[pick]
    # Things stand on the ground rather than in the air; some are cut by the picture's border.
    return float(np.clip(rng.normal(0.72, 0.2), 0.1, 1.15)) * height, float(rng.uniform(-0.1, 1.1)) * width


def _resize(piece: np.ndarray, scale: float) -> np.ndarray:
    """Scale a piece (h,w,4) uint8; what lies under its transparent pixels does not bleed into its outline."""
    size = max(4, round(piece.shape[1] * scale)), max(4, round(piece.shape[0] * scale))
    cover = piece[..., 3:].astype(np.float32) / 255
    laid = np.concatenate([piece[..., :3] * cover, cover * 255], 2)
    laid = cv2.resize(laid, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    colour = laid[..., :3] / np.maximum(laid[..., 3:] / 255, 1e-3)
    return np.clip(np.concatenate([colour, laid[..., 3:]], 2), 0, 255).astype(np.uint8)


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
    piece = _lit(piece, behind, rng)
    cover = piece[..., 3:] / 255
    image[rows, columns] = np.clip(behind * (1 - cover) + piece[..., :3] * cover, 0, 255).astype(np.uint8)
    here = cover[..., 0] >= LEAST_COVER
    labels[rows, columns][here] = label
    order[rows, columns][here] = int(order.max()) + 1


def _lit(piece: np.ndarray, behind: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fit a piece (h,w,4) uint8 to what is behind it, (h,w,3) float32, as float32: it is not told by a flat look alone.

    Colour and contrast come nearer to those behind, one side is lit, strokes go on over it, its outline may be soft.
    """
    h, w = piece.shape[:2]
    paint = augment_palette(piece[..., :3].astype(np.float32) / 255, rng) * 255
    shown = piece[..., 3] > 127
    if shown.any():
        own, around = paint[shown], behind.reshape(-1, 3)
        calm = float(np.clip(around.std(0).mean() / max(own.std(0).mean(), 1), 0.5, 1))
        paint = own.mean(0) + (paint - own.mean(0)) * (1 - float(rng.uniform(0, 1)) * (1 - calm))
        paint += float(rng.uniform(0, 0.55)) * (around.mean(0) - own.mean(0))
    turn = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-0.5 : 0.5 : h * 1j, -0.5 : 0.5 : w * 1j].astype(np.float32)
    paint *= (1 + float(rng.uniform(0, 0.6)) * (x * np.cos(turn) + y * np.sin(turn)))[..., None]
    strokes = behind - cv2.GaussianBlur(behind, (0, 0), 2.5)
    paint += float(rng.uniform(0, 0.8)) * np.clip(strokes.mean(2, keepdims=True), -20, 20)  # no ghost of what is there
    cover = piece[..., 3:].astype(np.float32)
    if (soft := float(rng.uniform(-0.012, 0.012)) * max(h, w)) > 0.3:
        # Its colour goes on under the outline that spreads.
        near = cv2.GaussianBlur(np.concatenate([paint * cover, cover], 2), (0, 0), 2 * soft)
        paint = np.where(shown[..., None], paint, near[..., :3] / np.maximum(near[..., 3:], 1e-3))
        cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), soft)[..., None], np.float32)
    return np.concatenate([paint, cover], 2)


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
