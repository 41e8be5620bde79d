"""The sitter's own brush: the drawn picture is painted once more, in real strokes of a medium (`modules/brush`)."""

import cv2
import numpy as np

from ....brush import Layout, draw_strokes
from ..drawing.canvas import Canvas
from ..drawing.shapes import f32, noise
from ..repaint import SMALLEST, lay_strokes
from .classes import BACKGROUND, EDGE, EYEBROWS, EYES, MOUTH, NOSE
from .sitter import Sitter

LOOSE = 2.2  # how much farther off the background may stay


def paint_in_strokes(canvas: Canvas, sitter: Sitter) -> None:
    """Paint what is drawn on `canvas` in strokes of the sitter's medium, in place. Labels stay as they are."""
    if sitter.line > 0.05:
        _contours(canvas, sitter)
    longest = max(canvas.shape)
    if longest < SMALLEST:
        return
    drawn = np.clip(canvas.colour, 0, 1)
    layout = Layout(drawn, canvas.labels, sitter.medium, seed=sitter.seed)
    looseness = np.where(np.isin(canvas.labels, (BACKGROUND, EDGE)), f32(LOOSE), f32(1))
    painted = lay_strokes(layout, drawn, sitter.rng("ground"), looseness)
    # the features last, with the finest brush; in the eyes its strokes lay the drawing's own pixels
    grown = np.ones((2 * round(0.003 * longest) + 1,) * 2, np.uint8)
    for number, (labels, own) in enumerate((((NOSE, MOUTH, EYEBROWS), None), ((EYES,), drawn)), start=1):
        where = f32(cv2.dilate(np.isin(canvas.labels, labels).astype(np.uint8), grown))
        strokes = layout.strokes(where, drawn, "painting", number=number, brush=0.75)
        draw_strokes(painted, strokes, painting=own if sitter.medium in ("oil", "digital", "ink") else drawn)
    canvas.colour = painted


def _contours(canvas: Canvas, s: Sitter) -> None:
    """Draw the contours of the parts as a dark, uneven line (illustration styles)."""
    h, w = canvas.shape
    thick = max(1, round(0.006 * min(h, w)))
    edge = cv2.morphologyEx(canvas.labels, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0
    edge &= ~np.isin(canvas.labels, (EDGE, EYEBROWS, EYES, NOSE, MOUTH))
    line = cv2.dilate(edge.astype(np.uint8), np.ones((thick, thick), np.uint8)).astype(np.float32)
    line = f32(cv2.GaussianBlur(line, (0, 0), 0.5 + 0.3 * thick))
    line *= 0.75 + 0.35 * noise(s.rng("ink"), canvas.shape, 10, 1)
    nose = cv2.dilate((canvas.labels == NOSE).astype(np.uint8), np.ones((2 * thick + 1, 2 * thick + 1), np.uint8))
    line = np.clip(line, 0, 1) * f32(s.line) * (1 - nose)
    canvas.colour *= 1 - line[..., None] * (1 - f32([0.16, 0.11, 0.12]))
