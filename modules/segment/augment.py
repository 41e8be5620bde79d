"""Augmentation of the segment stage: a training crop made to look like another painting of the same thing.

Strokes, flats and grain, edges that melt, light that leaves a part in the dark, other pigments and varnish. None
of them moves anything, so the labels stay. Each is a pure function of (picture, numpy Generator).
"""

import cv2
import numpy as np


def augment_brushwork(image: np.ndarray, chance: float, rng: np.random.Generator) -> np.ndarray:
    """Make a picture (h,w,3) uint8 look painted, or worse photographed, with the given chance for each effect."""
    if rng.random() < chance:
        effect = rng.integers(5)
        if effect == 0:
            image = cv2.bilateralFilter(image, 7, float(rng.uniform(25, 90)), float(rng.uniform(2, 6)))
        elif effect == 1:
            image = cv2.medianBlur(image, int(rng.choice([3, 5, 7])))
        elif effect == 2:
            image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.5, 2.2)))
        elif effect == 3:  # fewer tones, as flats of a brush
            step = float(rng.uniform(14, 36))
            soft = cv2.bilateralFilter(image, 5, 50, 3).astype(np.float32)
            image = ((np.floor(soft / step) + 0.5) * step).clip(0, 255).astype(np.uint8)
        else:  # strokes: blur along one random direction
            length = int(rng.choice([5, 7, 9]))
            kernel = np.zeros((length, length), np.float32)
            angle = rng.uniform(0, np.pi)
            end = (np.array([np.cos(angle), np.sin(angle)]) * length / 2).round().astype(int)
            centre = length // 2
            cv2.line(
                kernel, (centre - int(end[0]), centre - int(end[1])), (centre + int(end[0]), centre + int(end[1])), 1.0
            )
            image = cv2.filter2D(image, -1, kernel / kernel.sum())
    if rng.random() < chance * 0.5:  # canvas grain and sensor noise
        size = image.shape[0]
        coarse = rng.normal(0, 1, (size // 2, size // 2)).astype(np.float32)
        grain = cv2.resize(coarse, (size, size)) + rng.normal(0, 1, (size, size)).astype(np.float32)
        noisy = image.astype(np.float32) + grain[..., None] * float(rng.uniform(2, 9))
        image = noisy.clip(0, 255).astype(np.uint8)
    return image


def augment_lost_edges(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Let outlines melt in some places, (h,w,3) uint8 to the same: one time in six."""
    if rng.random() > 0.17:
        return image
    soft = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(1.0, 3.5))).astype(np.float32)
    where = np.clip(1.6 * _clouds(image.shape[:2], int(rng.integers(2, 7)), rng) - 0.3, 0, 1)[..., None]
    return np.asarray(image + where * (soft - image)).astype(np.uint8)


def augment_darkness(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Let a part of the picture, (h,w,3) float32 in [0,1], sink into shadow: one time in four.

    From one side, away from one point, or in clouds: what lies in the dark is still what it was.
    """
    if rng.random() > 0.25:
        return image
    h, w = image.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32) / max(h, w)
    kind = rng.integers(3)
    if kind == 0:
        turn = rng.uniform(0, 2 * np.pi)
        shade = 0.5 + (x - 0.5) * np.cos(turn) + (y - 0.5) * np.sin(turn)
    elif kind == 1:
        shade = 1.25 - np.hypot(x - rng.uniform(0.2, 0.8), y - rng.uniform(0.1, 0.7)) * rng.uniform(1.2, 3.0)
    else:
        shade = _clouds((h, w), int(rng.integers(2, 5)), rng)
    least = rng.uniform(0.12, 0.7)
    return np.asarray(image * (least + (1 - least) * np.clip(shade, 0, 1))[..., None], np.float32)


def _clouds(shape: tuple[int, int], cells: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a soft random field (h,w) float32 in [0,1] of about `cells` lumps a side."""
    lattice = rng.random((cells + 1, cells + 1)).astype(np.float32)
    return np.clip(cv2.resize(lattice, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), 0, 1)


def augment_palette(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Other light, other pigments: (h,w,3) float32 in [0,1] to the same. Old varnish is warm, dark, low in contrast."""
    matrix = np.eye(3) + rng.normal(0, 0.09, (3, 3))
    grey = np.full((3, 3), 1 / 3)
    keep = 1.0 if rng.random() > 0.5 else float(rng.uniform(0.0, 1.4))  # saturation
    matrix = (keep * matrix + (1 - keep) * grey).astype(np.float32)
    image = np.clip(image @ matrix.T, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.28)))
    if rng.random() < 0.35:  # glaze
        warm = np.array([1.0, rng.uniform(0.75, 0.95), rng.uniform(0.45, 0.85)], np.float32)
        image = image * (1 + np.float32(rng.uniform(0.3, 1.0)) * (warm - 1))
    contrast = float(rng.uniform(0.45, 1.0)) if rng.random() < 0.35 else float(rng.uniform(0.85, 1.25))
    middle = float(image.mean())
    image = (image - middle) * contrast + middle + float(rng.normal(0, 0.07))
    return np.clip(image, 0, 1).astype(np.float32)
