"""Repainting: a finished picture laid once more in brush strokes of a medium, so that it looks painted."""

import cv2
import numpy as np

from ...brush import Layout, bare_ground, draw_strokes
from ...io.errors import UserError
from .drawing.shapes import Array, f32

SMALLEST = 160  # pixels of the longest side below which strokes of a fine finish are finer than a pixel: none are laid
# medium -> the finishes it is painted in, broad to fine, each where the canvas is still that far from the picture
FINISHES: dict[str, tuple[tuple[str, float], ...]] = {
    "oil": (("form", 0.0), ("smooth", 0.030), ("painting", 0.022)),
    "digital": (("form", 0.0), ("smooth", 0.030), ("painting", 0.022)),
    "watercolour": (("flat", 0.0), ("smooth", 0.05)),
    "ink": (("flat", 0.0), ("form", 0.03), ("smooth", 0.03), ("painting", 0.06)),
    "pencil": (("flat", 0.0), ("smooth", 0.0)),
}
OWN_TONE = 0.75  # of a toned ground that belongs to the picture, for it shows between strokes


def repaint(
    picture: Array, labels: np.ndarray, medium: str, seed: int = 0, looseness: float | np.ndarray = 1.0
) -> Array:
    """Paint a picture once more in strokes of a medium; its label map stays true, strokes stop at outlines.

    Args:
        picture: (H,W,3) float32 in [0,1].
        labels: (H,W) integers, the part of each pixel.
        medium: name in `brush.MEDIA`.
        seed: which artist, and all that is random.
        looseness: how much farther off the picture strokes may stay, for all or (H,W): 1 = as the medium is used, 2
            = with a broad brush.

    Returns:
        (H,W,3) float32 in [0,1]. A picture whose longest side is under 160 pixels comes back as it is.

    Raises:
        UserError: for an unknown medium, or labels of another size.
    """
    if labels.shape != picture.shape[:2]:
        raise UserError(
            f"Labels of {labels.shape[1]} x {labels.shape[0]} pixels do not belong to a picture of "
            f"{picture.shape[1]} x {picture.shape[0]}.",
            fix="Give one label for each pixel.",
        )
    layout = Layout(picture, labels, medium, seed=seed)
    if max(labels.shape) < SMALLEST:
        return picture
    return lay_strokes(layout, picture, np.random.default_rng([seed, 17]), looseness)


def lay_strokes(layout: Layout, picture: Array, rng: np.random.Generator, looseness: float | np.ndarray = 1.0) -> Array:
    """Lay a picture (H,W,3) in strokes, broad ones first, finer ones where these are still too far from it."""
    height, width = picture.shape[:2]
    grounds, ground = layout.medium.grounds, layout.context.ground
    if not layout.medium.transparent:
        ground = f32(grounds[int(rng.integers(0, len(grounds)))])
        ground = f32(1 - OWN_TONE) * ground + f32(OWN_TONE) * np.median(picture, axis=(0, 1))
    painted = bare_ground(layout.medium.surface, ground, height, width)
    strictness = f32(1) / np.asarray(looseness, np.float32)
    for finish, most in FINISHES[layout.medium.name]:
        where = np.ones((height, width), np.float32)
        if most:
            away = np.abs(painted - picture).mean(axis=2)
            where = f32(cv2.GaussianBlur(away, (0, 0), 0.005 * max(height, width)) * strictness > most)
        brush = 0.75 if finish == "painting" else 1.0
        draw_strokes(painted, layout.strokes(where, picture, finish, canvas=painted, brush=brush))
    return painted
