"""Entry point: one painted portrait and its exact label map, from a size and a seed."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ....imaging.nearest import nearest
from ....imaging.resize import shrink_labels
from ....io.errors import UserError
from ..drawing.canvas import Canvas
from ..drawing.shapes import f32, fill
from .aging import apply_aging, apply_tone
from .background import paint_background
from .brushwork import paint_in_strokes
from .classes import BACKGROUND, EDGE, EYEBROWS, EYES
from .clothes import paint_body
from .face import paint_head, shade_neck
from .facial_features import paint_features
from .hair import Hair, paint_back_hair, paint_beard, paint_front_hair
from .hats import paint_hat, paint_hood_back
from .head import Head
from .props import paint_cloak, paint_props
from .sitter import Sitter, sample_sitter

SMALLEST = 16  # pixels of a side


def draw_sitter(size: int | tuple[int, int], seed: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Draw a procedural portrait with its label map.

    Args:
        size: side of a square, or (width, height), in pixels; at least 16 each.
        seed: any non-negative integer; the same (size, seed) gives the same picture bit for bit, another size gives
            the same sitter.

    Returns:
        painting (H,W,3) float32 RGB in [0,1] and labels (H,W) uint8, the ten classes of `PORTRAIT`.

    Raises:
        UserError: when a side is too short or the seed is negative.
    """
    width, height = (size, size) if isinstance(size, int) else size
    if min(width, height) < SMALLEST:
        raise UserError(f"A sitter of {width} x {height} pixels cannot be drawn.", f"The smallest side is {SMALLEST}.")
    if seed < 0:
        raise UserError(f"The seed {seed} is negative.", fix="Use 0 or more.")
    sitter = sample_sitter(seed, width / height)
    finer = 2 if max(width, height) < 96 else 1
    canvas = paint_sitter(sitter, round(height * finer), round(width * finer))
    labels = shrink_labels(canvas.labels, (width, height))
    painting = cv2.resize(canvas.colour, (width, height), interpolation=cv2.INTER_AREA) if finer > 1 else canvas.colour
    return np.clip(painting, 0, 1).astype(np.float32), labels


def paint_sitter(sitter: Sitter, height: int, width: int) -> Canvas:
    """Draw the picture, paint it in strokes, let it age."""
    canvas, head = draw_picture(sitter, height, width)
    paint_in_strokes(canvas, sitter)
    apply_aging(canvas, head)
    if sitter.border:
        _border(canvas, sitter)
    return canvas


def draw_picture(sitter: Sitter, height: int, width: int) -> tuple[Canvas, Head]:
    """Draw all layers from far to near: the picture that is to be painted, and the head in it."""
    canvas = Canvas(height, width, BACKGROUND)
    shorter = min(width, height * 0.9)
    unit = sitter.scale * shorter * 1.05
    head = Head(sitter, (sitter.offset[0] * width, sitter.offset[1] * height), unit)
    paint_background(canvas, sitter)
    paint_hood_back(canvas, head)
    hair = None if sitter.hair_kind == "bald" else Hair(head)
    paint_back_hair(canvas, head, hair)
    paint_cloak(canvas, head)
    paint_body(canvas, head)
    paint_props(canvas, head)
    face = fill(canvas.shape, head.place(head.outline()))
    shade_neck(canvas, head, face)
    face, lit = paint_head(canvas, head)
    paint_features(canvas, head, face, lit)
    paint_beard(canvas, head, face)
    paint_front_hair(canvas, head, hair, face)
    paint_hat(canvas, head, face)
    np.clip(canvas.colour, 0, 1, out=canvas.colour)
    _clear_specks(canvas)
    apply_tone(canvas, head)
    return canvas, head


def _clear_specks(canvas: Canvas) -> None:
    """Give specks of a label, smaller than 1/5000 of the picture, to what lies round them."""
    specks = np.zeros(canvas.shape, bool)
    for label in np.unique(canvas.labels).tolist():
        _, found, stats, _ = cv2.connectedComponentsWithStats((canvas.labels == label).astype(np.uint8), connectivity=4)
        area = stats[1:, cv2.CC_STAT_AREA]
        kept = np.argsort(-area)[: 2 if label in (EYES, EYEBROWS) else 1]  # small heads have small features
        small = np.setdiff1d(np.flatnonzero(area < canvas.labels.size / 5000), kept)
        specks |= np.isin(found, small + 1)
    if specks.any():
        _, at = nearest(~specks)
        canvas.labels = canvas.labels.ravel()[at].reshape(canvas.shape)


def _border(canvas: Canvas, s: Sitter) -> None:
    """Leave paper or black around the painting: class edge."""
    rng = s.rng("border")
    h, w = canvas.shape
    b = s.border * min(h, w)
    sides = rng.random(4) < 0.7
    if not sides.any():
        sides[:] = True
    tone = rng.choice([0.0, 0.95, 1.0, 0.5])
    top, right, bottom, left = (round(b) if side else 0 for side in sides)
    mask = np.ones((h, w), bool)
    mask[top : h - bottom, left : w - right] = False
    canvas.colour[mask] = f32(tone)
    canvas.labels[mask] = EDGE
